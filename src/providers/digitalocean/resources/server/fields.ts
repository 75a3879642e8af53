import type { FieldsOf, FieldTable, FieldName, ResourceKind } from '../../../../engine/resource.ts';
import { textOf, textsOf, type FieldValue, type Value } from '../../../../engine/value.ts';
import type { Settings } from '../../../../spec/catalogue.ts';
import { isDownsizing } from '../../api/sizes.ts';
import { isProtected, tagFields } from '../../api/tags.ts';
import {
  inGib,
  maintenanceOf,
  network,
  networksIn,
  rulesOf,
  sortedNetworks,
  windowOf,
  windowStart
} from './convert.ts';
import type { Body, ClusterField, LiveCluster } from './field.ts';

/** How the storage grows by itself, before it is full. */
const GROWTH = { enabled: true, threshold_percent: 80, increment_gib: 10 } as const;

/** Every field of the cluster but tags. */
const CLUSTER_FIELDS = {
  state: { api: 'status', impact: 'online', read: ({ cluster }) => cluster.status },
  engine_version: {
    api: 'version',
    input: 'engine_version',
    impact: 'restart',
    constraint: 'upgrade-only',
    normalise: value => (typeof value === 'string' ? (value.split('.')[0] ?? value) : value),
    onCopy: true,
    read: ({ cluster }) => cluster.version ?? null,
    write: value => ({ version: value })
  },
  size: {
    api: 'size',
    input: 'instance_class',
    impact: ({ from, to }) => (isDownsizing(slug(from), slug(to)) ? 'blocked' : 'failover'),
    hint: 'Keep the size. DigitalOcean never makes nodes smaller: move the data into a new, smaller database.',
    onCopy: true,
    read: ({ cluster }) => cluster.size,
    write: value => ({ size: value })
  },
  num_nodes: {
    api: 'num_nodes',
    input: 'multi_az',
    impact: 'online',
    onCopy: true,
    read: ({ cluster }) => cluster.num_nodes,
    write: value => ({ num_nodes: value })
  },
  storage_size_mib: {
    api: 'storage_size_mib',
    input: 'allocated_storage',
    impact: 'online',
    constraint: 'grow-only',
    hint: 'Keep the larger size. DigitalOcean never shrinks storage.',
    // It is rounded up to tens of GiB, and may have grown by itself.
    satisfied: (live, wanted) => typeof live === 'number' && typeof wanted === 'number' && live >= wanted,
    show: inGib,
    asked: ({ allocated_storage: gib }) => (gib === undefined ? undefined : gib * 1024),
    onCopy: true,
    read: ({ cluster }) => cluster.storage_size_mib,
    write: value => ({ storage_size_mib: value })
  },
  region: {
    api: 'region',
    input: 'digitalocean_region',
    impact: 'failover',
    asked: ({ digitalocean_region: region }) => region,
    onCopy: true,
    read: ({ cluster }) => cluster.region,
    write: value => ({ region: value })
  },
  private_network: {
    api: 'private_network_uuid',
    input: 'vpc_id',
    impact: 'blocked',
    constraint: 'create-only',
    hint: 'Make a new database under another `name` in that network, and move the data over.',
    asked: ({ vpc_id: vpc }) => vpc,
    onCopy: true,
    read: ({ cluster }) => given(cluster.private_network_uuid),
    write: value => ({ private_network_uuid: value })
  },
  maintenance_window: {
    api: 'maintenance_window',
    input: 'maintenance_window',
    impact: 'online',
    asked: ({ maintenance_window: window }) => window && windowStart(window),
    onCopy: true,
    read: ({ cluster }) => windowOf(cluster.maintenance_window ?? {}) ?? null,
    put: value => ({ path: 'maintenance', body: maintenanceOf(textOf(value)) })
  },
  trusted_sources: {
    api: 'rules',
    input: 'allowed_cidr_blocks',
    impact: 'online',
    normalise: sortedNetworks,
    asked: ({ allowed_cidr_blocks: networks }) => networks?.map(network),
    onCopy: true,
    read: ({ rules }) => networksIn(rules),
    write: (value): Body => (textsOf(value).length === 0 ? {} : { rules: rulesOf(textsOf(value)) })
  },
  storage_autoscale: {
    api: 'autoscale.storage.enabled',
    input: 'max_allocated_storage',
    impact: 'online',
    asked: ({ max_allocated_storage: ceiling }) => (ceiling === undefined ? undefined : ceiling > 0),
    onCopy: true,
    read: ({ autoscale }) => autoscale && (autoscale.storage?.enabled ?? false),
    // Not in the call that creates a cluster: its name is in doubt there.
    // https://github.com/digitalocean/godo/pull/1018
    put: value => ({ path: 'autoscale', body: { storage: value === true ? GROWTH : { enabled: false } } })
  },
  project: {
    api: 'project_id',
    input: 'digitalocean_project',
    impact: 'online',
    asked: ({ digitalocean_project: project }) => project?.toLowerCase(),
    onCopy: true,
    read: ({ cluster }) => given(cluster.project_id),
    write: value => ({ project_id: value })
  },
  source: {
    api: 'backup_restore.database_name',
    input: 'restore_source',
    impact: 'blocked',
    constraint: 'create-only',
    satisfied: () => true,
    read: () => undefined
  },
  source_time: {
    api: 'backup_restore.backup_created_at',
    input: 'restore_to_time',
    impact: 'blocked',
    constraint: 'create-only',
    satisfied: () => true,
    read: () => undefined
  },
  deletion_protection: {
    api: 'tags',
    input: 'enable_deletion_protection',
    impact: 'online',
    asked: ({ enable_deletion_protection: isOn }) => isOn,
    read: ({ cluster }) => isProtected(cluster.tags ?? [])
  }
} as const satisfies Readonly<Record<string, ClusterField>>;

const SERVER_FIELDS = {
  ...CLUSTER_FIELDS,
  'tags.*': { api: 'tags', input: 'tags', impact: 'online' }
} as const satisfies FieldTable;

export type ServerFields = typeof SERVER_FIELDS;
export type ServerField = FieldName<ServerFields>;
export type ServerValues = FieldsOf<ServerFields, Value>;

/** What the cluster is called in a plan, and its fields. */
export const SERVER_KIND: ResourceKind<ServerFields> = { type: 'server', fields: SERVER_FIELDS };

const FIELDS: Readonly<Record<string, ClusterField>> = CLUSTER_FIELDS;

/** What the inputs ask for, of the fields whose entry says so. */
export function askedFor(settings: Settings): FieldsOf<ServerFields, FieldValue> {
  return fromEntries(({ asked }) => asked?.(settings));
}

/** Live values by field, tags included. */
export function liveValues(live: LiveCluster): ServerValues {
  return { ...fromEntries(({ read }) => read(live)), ...tagFields(live.cluster.tags ?? []) };
}

/** The fields that a copy takes from its source where no input names them. */
export const COPIED: readonly string[] = Object.keys(FIELDS).filter(name => FIELDS[name]?.onCopy === true);

/** What a copy takes from its source where no input names it. */
export function copiedValues(source: LiveCluster): ServerValues {
  return fromEntries(({ onCopy, read }) => (onCopy === true ? (read(source) ?? undefined) : undefined));
}

function fromEntries<V>(valueOf: (field: ClusterField) => V | undefined): Readonly<Record<string, V>> {
  return Object.fromEntries(
    Object.entries(FIELDS).flatMap(([name, field]) => {
      const value = valueOf(field);
      return value === undefined ? [] : [[name, value] as const];
    })
  );
}

/** The body that creates a cluster with these values, but for its name, engine, tags and source. */
export function creationBody(values: ServerValues): Body {
  const parts = entries(values).map(([name, value]) => FIELDS[name]?.write?.(value));
  return Object.assign({}, ...parts) as Body;
}

/** The calls that set the values which no other part of an update names. `includes` chooses fields. */
export function puts(
  values: ServerValues,
  includes: (field: string) => boolean
): readonly { readonly path: string; readonly body: Body }[] {
  return entries(values).flatMap(([name, value]) => (includes(name) ? (FIELDS[name]?.put?.(value) ?? []) : []));
}

/** Whether a field is set by a call of its own after the cluster was created. */
export function isSetAfterCreation(field: string): boolean {
  return FIELDS[field]?.write === undefined && FIELDS[field]?.put !== undefined;
}

function entries(values: ServerValues): readonly (readonly [string, Value])[] {
  return Object.entries(values).filter(([, value]) => value !== null);
}

/** DigitalOcean leaves out or empties what the token may not see. */
function given(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function slug(value: FieldValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
