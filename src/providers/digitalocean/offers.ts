import type { Problem } from '../../spec/problem.ts';
import { isKind } from '../answers.ts';
import type { Cluster, DoWorld } from './digitalocean-world.ts';

/** What DigitalOcean has for PostgreSQL now. */
export interface Offers {
  readonly regions?: readonly string[];
  readonly versions?: readonly string[];
  readonly layouts?: readonly { readonly num_nodes: number; readonly sizes: readonly string[] }[];
}

/** What a cluster is to be made of, or changed to. */
export interface Order {
  readonly region: string | undefined;
  readonly version: string | undefined;
  readonly size: string | undefined;
  readonly nodes: number;
}

/** `undefined` where the token may not ask. */
export async function offersOf({ api }: Pick<DoWorld, 'api'>): Promise<Offers | undefined> {
  try {
    return (await api.rest<{ options?: { pg?: Offers } }>('GET', '/databases/options')).options?.pg;
  } catch (thrown) {
    if (isKind(thrown, 'denied') || isKind(thrown, 'not-found')) return undefined;
    throw thrown;
  }
}

/** What of an order is not on offer. What a live cluster has already is not asked about: it may be sold no more. */
export function unavailable(offers: Offers | undefined, order: Order, live?: Cluster): readonly Problem[] {
  const problems: Problem[] = [];
  const check = (
    input: string,
    value: string | undefined,
    now: unknown,
    known: readonly string[] | undefined
  ): void => {
    if (value === undefined || value === now || known === undefined || known.includes(value)) return;
    problems.push({ input, value, why: 'is not on offer for PostgreSQL', allowed: [...known].sort().join(', ') });
  };
  check('digitalocean_region', order.region, live?.region, offers?.regions);
  check('engine_version', order.version, live?.version, offers?.versions);
  const layout = offers?.layouts?.find(one => one.num_nodes === order.nodes);
  check('instance_class', order.size, live?.size, layout?.sizes);
  return problems;
}
