import { defined } from '../../../engine/defined.ts';
import type { Desired, FieldsOf, Observed } from '../../../engine/resource.ts';
import type { Value } from '../../../engine/value.ts';
import { DEFAULT_MAJOR } from '../../../postgres/major.ts';
import type { Settings } from '../../../spec/catalogue.ts';
import { askedBy, ensure, onCreateOnly } from '../../desired-resources.ts';
import { SERVER } from '../addresses.ts';
import { slugOf } from '../api/sizes.ts';
import { cleanTags } from '../api/tags.ts';
import { majorOf } from '../api/names.ts';
import type { DigitalOceanContext } from '../context.ts';
import type { LiveCluster } from '../resources/server/field.ts';
import {
  askedFor,
  copiedValues,
  SERVER_KIND,
  type ServerFields,
  type ServerValues
} from '../resources/server/fields.ts';
import type { LookUps } from './restore-source.ts';

/** Values of a new cluster where neither an input nor a source names one. */
const DEFAULTS = { size: 'db-s-1vcpu-1gb', sizeOfSeveralNodes: 'db-s-1vcpu-2gb', maintenance: 'sun:04:00' } as const;

/** The cluster as the inputs ask for it. A copy takes every other value from its source. */
export function desiredServer(
  context: DigitalOceanContext,
  observed: readonly Observed[],
  { source, keepsVersion }: LookUps
): Desired<ServerFields> {
  const { settings } = context;
  const live = observed.find(one => one.address === SERVER);
  const nodes = nodesOf(settings, Number(live?.fields['num_nodes'] ?? 0));
  const tags = settings.tags && cleanTags(settings.tags);
  const created: FieldsOf<ServerFields, Value> = {
    engine_version: String(DEFAULT_MAJOR),
    // The smallest size can't have a standby.
    size: (nodes ?? 1) > 1 ? DEFAULTS.sizeOfSeveralNodes : DEFAULTS.size,
    num_nodes: 1,
    maintenance_window: DEFAULTS.maintenance,
    deletion_protection: false,
    ...(source && fromSource(source, settings))
  };
  const given = Object.entries<Value>(created).map(([name, value]) => [name, onCreateOnly(value)] as const);
  return ensure({ settings: defined({ ...settings, tags }) }, SERVER_KIND, SERVER, titleOf(context), {
    ...Object.fromEntries(given),
    ...defined({
      ...askedFor(settings),
      state: 'online',
      engine_version: keepsVersion ? undefined : majorOf(settings),
      size: sizeOf(settings),
      num_nodes: settings.num_nodes === undefined ? nodes : askedBy('num_nodes', settings.num_nodes),
      source: source?.cluster.name,
      source_time: source === undefined || settings.restore_to_time === 'latest' ? undefined : settings.restore_to_time
    })
  });
}

/**
 * What a copy has in common with its source. A network belongs to one region, and an empty list of networks is no list.
 */
function fromSource(
  source: LiveCluster,
  { digitalocean_region: region = source.cluster.region }: Settings
): ServerValues {
  const { private_network: vpc, trusted_sources: networks, ...values } = copiedValues(source);
  return defined({
    ...values,
    private_network: region === source.cluster.region ? vpc : undefined,
    trusted_sources: Array.isArray(networks) && networks.length === 0 ? undefined : networks
  });
}

function titleOf({ target }: DigitalOceanContext): string {
  return `server ${target.name}`;
}

/** The size that the inputs ask for; `undefined` also for a class that has no counterpart. */
export function sizeOf({ instance_class: size }: Settings): string | undefined {
  return size === undefined ? undefined : slugOf(size);
}

/** The nodes that the inputs ask for: `num_nodes`, or a standby for `multi_az`, which keeps more than one standby. */
export function nodesOf({ num_nodes: nodes, multi_az: standby }: Settings, live: number): number | undefined {
  if (nodes !== undefined) return nodes;
  if (standby === undefined) return undefined;
  return standby ? Math.max(2, live) : 1;
}
