import { orUndefined } from '../../../failures.ts';
import type { Autoscale } from '../../api/types.ts';
import type { DigitalOceanContext } from '../../context.ts';

/** Whether the storage of a cluster grows by itself. */
export async function autoscaleAt({ api }: Pick<DigitalOceanContext, 'api'>, id: string): Promise<Autoscale> {
  const path = `/databases/${id}/autoscale`;
  return (await orUndefined(api.rest<{ autoscale?: Autoscale }>('GET', path)))?.autoscale ?? {};
}
