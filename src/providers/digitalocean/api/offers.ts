import { ignoring, UNREADABLE } from '../../failures.ts';
import type { DigitalOceanContext } from '../context.ts';

/** What DigitalOcean offers for PostgreSQL now. */
export interface Offers {
  readonly regions?: readonly string[];
  readonly versions?: readonly string[];
  readonly layouts?: readonly { readonly num_nodes: number; readonly sizes: readonly string[] }[];
}

/** Asked once in a run; `undefined` where the token may not ask, or DigitalOcean does not answer. */
export async function offersOf({
  api,
  askOnce
}: Pick<DigitalOceanContext, 'api' | 'askOnce'>): Promise<Offers | undefined> {
  const ask = async (): Promise<{ options?: { pg?: Offers } } | undefined> =>
    ignoring(
      [...UNREADABLE, 'not-found', 'failed'],
      api.rest<{ options?: { pg?: Offers } }>('GET', '/databases/options')
    );
  return (await askOnce('offers', ask))?.options?.pg;
}
