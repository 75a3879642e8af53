import type { FailureKind } from '../../../errors.ts';
import { ignoring } from '../../failures.ts';
import type { DigitalOceanContext } from '../context.ts';

/** What DigitalOcean offers for PostgreSQL now. */
export interface Offers {
  readonly regions?: readonly string[];
  readonly versions?: readonly string[];
  readonly layouts?: readonly { readonly num_nodes: number; readonly sizes: readonly string[] }[];
}

/** Failures of a read that only checks: the plan goes on, and says what it could not check. */
const UNREADABLE: readonly FailureKind[] = ['denied', 'not-found', 'transient', 'throttled', 'failed'];

/** Asked once in a run; `undefined` where the token may not ask, or DigitalOcean does not answer. */
export async function offersOf({
  api,
  askOnce
}: Pick<DigitalOceanContext, 'api' | 'askOnce'>): Promise<Offers | undefined> {
  const ask = async (): Promise<{ options?: { pg?: Offers } } | undefined> =>
    ignoring(UNREADABLE, api.rest<{ options?: { pg?: Offers } }>('GET', '/databases/options'));
  return (await askOnce('offers', ask))?.options?.pg;
}
