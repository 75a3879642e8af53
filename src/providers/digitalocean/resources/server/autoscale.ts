import { orUndefined } from '../../../failures.ts';
import type { Autoscale } from '../../api/types.ts';
import type { DigitalOceanContext } from '../../context.ts';

/**
 * Whether the storage of a cluster grows by itself. DigitalOcean answers it without the `autoscale` around it that the
 * reference has. https://github.com/digitalocean/godo/pull/1018
 */
export async function autoscaleAt({ api }: Pick<DigitalOceanContext, 'api'>, id: string): Promise<Autoscale> {
  const path = `/databases/${id}/autoscale`;
  const answer = await orUndefined(api.rest<Autoscale & { autoscale?: Autoscale }>('GET', path));
  return answer?.autoscale ?? answer ?? {};
}
