import type { Problem } from '../../../spec/problem.ts';
import { isFailure } from '../../failures.ts';
import type { Cluster, DigitalOceanContext } from '../context.ts';

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
export async function offersOf({ api }: Pick<DigitalOceanContext, 'api'>): Promise<Offers | undefined> {
  try {
    return (await api.rest<{ options?: { pg?: Offers } }>('GET', '/databases/options')).options?.pg;
  } catch (thrown) {
    if (isFailure(thrown, 'denied') || isFailure(thrown, 'not-found')) return undefined;
    throw thrown;
  }
}

/** What of an order is not on offer. What a live cluster has already is not asked about: it may be sold no more. */
export function unavailable(offers: Offers | undefined, order: Order, live?: Cluster): readonly Problem[] {
  const check = (
    input: string,
    value: string | undefined,
    known: readonly string[] | undefined,
    where = ''
  ): readonly Problem[] => {
    if (value === undefined || known === undefined || known.includes(value)) return [];
    const allowed = [...known].sort().join(', ');
    return [{ input, value, why: `is not on offer for PostgreSQL${where}`, allowed }];
  };
  const { region, version, nodes } = order;
  const size = order.size ?? live?.size;
  const isAsItIs = size === live?.size && nodes === live?.num_nodes;
  const layout = offers?.layouts?.find(one => one.num_nodes === nodes);
  return [
    ...(region === live?.region ? [] : check('digitalocean_region', region, offers?.regions)),
    ...(version === live?.version ? [] : check('engine_version', version, offers?.versions)),
    ...(isAsItIs ? [] : check('instance_class', size, layout?.sizes, nodes > 1 ? ` with ${nodes} nodes` : ''))
  ];
}
