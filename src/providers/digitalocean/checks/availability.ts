import type { Notice } from '../../../engine/plan.ts';
import type { Observed } from '../../../engine/resource.ts';
import type { Problem } from '../../../spec/problem.ts';
import { NO_FINDINGS, type Findings } from '../../findings.ts';
import { majorOf } from '../api/names.ts';
import { offersOf, type Offers } from '../api/offers.ts';
import type { Cluster } from '../api/types.ts';
import type { DigitalOceanContext } from '../context.ts';
import { nodesOf, sizeOf } from '../desired/server.ts';

/** What the inputs ask of a cluster by name. */
export interface Order {
  readonly region: string | undefined;
  /** Of a replica that does not exist yet. */
  readonly replicaRegion?: string | undefined;
  readonly version: string | undefined;
  readonly size: string | undefined;
  readonly nodes: number;
}

export function orderOf({ settings }: Pick<DigitalOceanContext, 'settings'>, live: Cluster | undefined): Order {
  return {
    region: settings.digitalocean_region,
    version: majorOf(settings),
    size: sizeOf(settings),
    nodes: nodesOf(settings, live?.num_nodes ?? 0) ?? live?.num_nodes ?? 1
  };
}

/** Inputs that DigitalOcean does not offer. Offers are asked for only where something changes. */
export async function availability(
  context: DigitalOceanContext,
  live: Cluster | undefined,
  observed: readonly Observed[],
  keepsVersion: boolean
): Promise<Findings> {
  const asked = orderOf(context, live);
  const version = keepsVersion ? live?.version : asked.version;
  const order = { ...asked, version, replicaRegion: newReplicaRegion(context, observed) };
  const changesNothing = live !== undefined && unavailable(NO_OFFERS, order, live).length === 0;
  if (changesNothing) return NO_FINDINGS;
  const offers = await offersOf(context);
  return { problems: unavailable(offers, order, live), notices: offers === undefined ? [UNCHECKED] : [] };
}

const UNCHECKED: Notice = {
  code: 'not-checked',
  severity: 'warning',
  message:
    'Could not check region, version and size: `GET /v2/databases/options` is not allowed (`database:read`), or did not answer.'
};

/** The region of `replica_region`, as long as the replica does not exist. */
function newReplicaRegion(
  { settings }: DigitalOceanContext,
  observed: readonly Pick<Observed, 'address'>[]
): string | undefined {
  const region = settings.replica_region?.toLowerCase();
  return observed.some(({ address }) => address === `replica/${region}`) ? undefined : region;
}

/** With these, everything that a live cluster does not have already is unavailable. */
const NO_OFFERS: Offers = {
  regions: [],
  versions: [],
  layouts: [1, 2, 3].map(nodes => ({ num_nodes: nodes, sizes: [] }))
};

/** Orders that are not on offer. Values of the live cluster are not checked: they may not be sold any more. */
export function unavailable(offers: Offers | undefined, order: Order, live?: Cluster): readonly Problem[] {
  const check = (
    input: string,
    value: string | undefined,
    known: readonly string[] | undefined,
    where = ''
  ): readonly Problem[] => {
    if (value === undefined || known === undefined || known.includes(value)) return [];
    const allowed = [...known].sort().join(', ');
    return [{ input, value, why: `is not offered for PostgreSQL${where}`, allowed }];
  };
  const { region, version, nodes } = order;
  const size = order.size ?? live?.size;
  const isUnchanged = size === live?.size && nodes === live?.num_nodes;
  const layout = offers?.layouts?.find(one => one.num_nodes === nodes);
  return [
    ...(region === live?.region ? [] : check('digitalocean_region', region, offers?.regions)),
    ...(order.replicaRegion === undefined ? [] : check('replica_region', order.replicaRegion, offers?.regions)),
    ...(version === live?.version ? [] : check('engine_version', version, offers?.versions)),
    ...(isUnchanged ? [] : check('instance_class', size, layout?.sizes, nodes > 1 ? ` with ${nodes} nodes` : ''))
  ];
}
