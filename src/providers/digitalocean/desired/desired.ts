import type { FieldValue } from '../../../engine/value.ts';
import type { Desired, Observed, Wanted } from '../../../engine/resource.ts';
import { DEFAULT_MAJOR } from '../../../postgres/major.ts';
import { refuseLiveProblems } from '../../../spec/problem.ts';
import type { DesiredState } from '../../provider.ts';
import { withOriginalNames } from '../../with-original-names.ts';
import { ensure, onCreateOnly } from '../../desired-resources.ts';
import { desiredSupporting } from './supporting.ts';
import { network, windowStart } from '../resources/server/convert.ts';
import { clusterName, SERVER } from '../api/names.ts';
import { cleanTags } from '../api/tags.ts';
import { clusterNamed, type Cluster, type DigitalOceanContext } from '../context.ts';
import { liveProblems } from '../checks/live-problems.ts';
import { liveNotices } from '../checks/live-notices.ts';
import { offersOf, unavailable, type Offers, type Order } from '../checks/availability.ts';
import { slugOf } from '../api/sizes.ts';

/** Made where nobody says otherwise. */
const DEFAULTS = { size: 'db-s-1vcpu-1gb', maintenance: 'sun:04:00' } as const;

type Fields = Readonly<Record<string, FieldValue | Wanted | undefined>>;

/**
 * What the inputs mean on DigitalOcean, now that the live state is known. Throws `input-invalid` where a new cluster would have no region or no
 * trusted sources, or where what it is to be a copy of is not there.
 */
export async function desire(context: DigitalOceanContext, observed: readonly Observed[]): Promise<DesiredState> {
  const { settings } = context;
  const live = await context.live();
  const source = live === undefined ? await sourceOf(context) : undefined;
  const order = orderOf(context, live);
  const isSame = live !== undefined && unavailable(EMPTY, order, live).length === 0;
  const server = serverOf(context, live, source);
  const problems = [
    ...(await liveProblems(context, live, source, order.size ?? live?.size ?? sizeIn(server))),
    ...(isSame ? [] : unavailable(await offersOf(context), order, live))
  ];
  refuseLiveProblems(withOriginalNames(context.spec, problems));
  return {
    desired: [server, ...desiredSupporting(context, observed, server)],
    notices: withOriginalNames(context.spec, liveNotices(settings, live, observed))
  };
}

function sizeIn({ fields }: Desired): string {
  const size = fields['size']?.value;
  return typeof size === 'string' ? size : '';
}

/** With nothing on offer, everything that a live cluster does not have already is missing. */
const EMPTY: Offers = { regions: [], versions: [], layouts: [1, 2, 3].map(nodes => ({ num_nodes: nodes, sizes: [] })) };

/** What the inputs ask for by name. */
export function orderOf(context: DigitalOceanContext, live: Cluster | undefined): Order {
  const { settings } = context;
  return {
    region: settings.digitalocean_region,
    version: settings.engine_version?.split('.')[0],
    size: settings.instance_class === undefined ? undefined : slugOf(settings.instance_class),
    nodes: nodesOf(context, live) ?? live?.num_nodes ?? 1
  };
}

function serverOf(context: DigitalOceanContext, live: Cluster | undefined, source: Cluster | undefined): Desired {
  const { settings } = context;
  const given = (value: FieldValue | undefined, otherwise?: FieldValue): FieldValue | Wanted | undefined =>
    value ?? (otherwise === undefined ? undefined : onCreateOnly(otherwise));
  const nodes = nodesOf(context, live);
  const size = settings.instance_class === undefined ? undefined : slugOf(settings.instance_class);
  const window = settings.maintenance_window;
  const { max_allocated_storage: ceiling, restore_to_time: time } = settings;
  const smallest = (nodes ?? 1) > 1 ? 'db-s-1vcpu-2gb' : DEFAULTS.size;
  const fields: Fields = {
    state: 'online',
    engine_version: given(settings.engine_version?.split('.')[0], source?.version ?? String(DEFAULT_MAJOR)),
    // The smallest size can't have a standby.
    size: given(size, source?.size ?? smallest),
    num_nodes: given(nodes, source?.num_nodes ?? 1),
    storage_size_mib: given(settings.allocated_storage === undefined ? undefined : settings.allocated_storage * 1024),
    storage_autoscale: given(ceiling === undefined ? undefined : ceiling > 0),
    region: given(settings.digitalocean_region, source?.region),
    private_network: given(settings.vpc_id),
    project: given(settings.digitalocean_project?.toLowerCase()),
    maintenance_window: given(window === undefined ? undefined : windowStart(window), DEFAULTS.maintenance),
    trusted_sources: given(settings.allowed_cidr_blocks?.map(network)),
    deletion_protection: given(settings.enable_deletion_protection, false),
    ...(source === undefined ? {} : { source: source.name, source_time: given(time === 'latest' ? undefined : time) })
  };
  const values = Object.fromEntries(
    Object.entries(fields).flatMap(([field, value]) => (value === undefined ? [] : [[field, value]]))
  );
  const tagged = { settings: settings.tags === undefined ? settings : { ...settings, tags: cleanTags(settings.tags) } };
  return ensure(tagged, SERVER, 'server', `server ${context.target.name}`, values);
}

/** `num_nodes` as it is; `multi_az` asks for a standby and is content with two. */
function nodesOf({ settings }: DigitalOceanContext, live: Cluster | undefined): number | undefined {
  if (settings.num_nodes !== undefined) return settings.num_nodes;
  if (settings.multi_az === undefined) return undefined;
  const now = live?.num_nodes ?? 0;
  return settings.multi_az ? Math.max(2, now) : 1;
}

/** The cluster that a new one begins as a copy of. */
async function sourceOf(context: DigitalOceanContext): Promise<Cluster | undefined> {
  const name = context.settings.restore_source;
  return name === undefined ? undefined : clusterNamed(context, clusterName(name));
}
