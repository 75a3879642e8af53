import { defined } from '../../../engine/defined.ts';
import type { Desired, Observed, Wanted } from '../../../engine/resource.ts';
import { stringOf, type FieldValue } from '../../../engine/value.ts';
import { ensure, ensureAbsent, onCreateOnly } from '../../desired-resources.ts';
import type { Settings } from '../../../spec/catalogue.ts';
import { protectedUnnamed, replicaNumbers } from '../../numbered-replicas.ts';
import { replicaAddress, SECURITY_GROUP, SERVER } from '../addresses.ts';
import { remoteReplicaId } from '../api/names.ts';
import type { AwsContext } from '../context.ts';
import { replica, REPLICA_FIELDS } from '../resources/replica.ts';
import { SERVER_ENTRIES, type ServerField, type ServerValues } from '../resources/server/fields.ts';
import { inheritedFrom } from './inherited.ts';
import type { Lookups } from './look-up.ts';
import { wants } from './parts.ts';
import type { ServerWanted } from './server.ts';

type Fields = Readonly<Record<string, FieldValue | Wanted>>;

/** Keys and groups belong to one region: a replica elsewhere can't have the server's. */
export const REGIONAL: readonly string[] = [
  'security_group',
  'security_group_ids',
  'parameter_group',
  'performance_insights_kms_key_id',
  'network_type'
];

/** The replicas, numbered and remote. Numbers above the count are deleted, the highest first. */
export function desiredReplicas(
  context: AwsContext,
  server: Desired<typeof REPLICA_FIELDS>,
  observed: readonly Observed[],
  lookups: Lookups
): readonly Desired<typeof REPLICA_FIELDS>[] {
  const { settings, names } = context;
  const { wanted, surplus } = replicaNumbers(settings, observed);
  const region = settings.replica_region;
  const ensured = wanted.map(number => {
    const address = replicaAddress(number);
    const fields = fieldsFor(context, server.fields, address, observed, lookups);
    return ensureReplica(context, address, names.replica(number), fields);
  });
  const remote =
    region !== undefined && wants('remote-replica', settings)
      ? [remoteReplica(context, server.fields, region, observed, lookups)]
      : [];
  const unnamed = protectedUnnamed(settings, observed, [...ensured, ...remote]).map(({ address, facts }) =>
    ensureReplica({ settings: {} }, address, stringOf(facts['id']) ?? '', { enable_deletion_protection: false })
  );
  // A protected one is deleted by the apply after that which takes its protection.
  const gone = surplus.filter(number => !unnamed.some(({ address }) => address === replicaAddress(number)));
  const absent = gone.map(number => {
    const title = `read replica ${names.replica(number)}`;
    return ensureAbsent(replicaAddress(number), replica.type, title, replicaAddress(number));
  });
  return [...ensured, ...absent, ...remote, ...unnamed];
}

function remoteReplica(
  context: AwsContext,
  server: ServerWanted,
  region: string,
  observed: readonly Observed[],
  lookups: Lookups
): Desired<typeof REPLICA_FIELDS> {
  const { settings, names } = context;
  const address = replicaAddress(region);
  const shared = fieldsFor(context, server, address, observed, lookups);
  const isEncrypted = lookups.live?.StorageEncrypted ?? settings.storage_encrypted !== false;
  const group = settings.replica_subnet_group_name;
  return ensureReplica(context, address, remoteReplicaId(names.instance, region), {
    ...Object.fromEntries(Object.entries(shared).filter(([name]) => !REGIONAL.includes(name))),
    // An existing one has its source, and may have to change before the server does.
    ...(observed.some(one => one.address === address) ? {} : { source_arn: { $ref: SERVER, fact: 'arn' } }),
    ...defined({ subnet_group: group === undefined ? undefined : onCreateOnly(group) }),
    ...(isEncrypted ? { kms_key_id: keyOf(settings) } : {})
  });
}

function keyOf({ replica_kms_key_id: key }: Settings): Wanted {
  return key === undefined ? onCreateOnly('alias/aws/rds') : { ...onCreateOnly(key), input: 'replica_kms_key_id' };
}

function ensureReplica(
  context: Pick<AwsContext, 'settings'>,
  address: string,
  id: string,
  fields: Fields
): Desired<typeof REPLICA_FIELDS> {
  const extra = { dependsOn: [SERVER], concurrencyGroup: address };
  return ensure(context, { type: replica.type, fields: REPLICA_FIELDS }, address, `read replica ${id}`, fields, extra);
}

/** The server's fields that a replica has too; a new one takes those that no input names from the live server. */
function fieldsFor(
  context: AwsContext,
  server: ServerWanted,
  address: string,
  observed: readonly Observed[],
  { live }: Lookups
): Fields {
  const exists = observed.some(one => one.address === address);
  const shared = SERVER_ENTRIES.flatMap(([name, field]): readonly (readonly [string, Wanted])[] => {
    const wanted = server[name];
    if (wanted === undefined || field.onReplica === undefined) return [];
    const isCreated =
      field.createsReplica !== false || (name === 'allocated_storage' && isAhead(context, wanted, live));
    if (!exists && !isCreated) return [];
    return [[name, field.onReplica === 'at-creation' ? { ...wanted, managed: false } : wanted]];
  });
  const named = Object.fromEntries(shared);
  if (exists) return { ...named, ...unprotected(context) };
  const inherited =
    live === undefined
      ? {}
      : inheritedFrom(live, ({ onReplica, createsReplica }) => onReplica !== undefined && createsReplica !== false);
  const unnamed = Object.entries(inherited)
    .filter(([name]) => named[name] === undefined && !isSameAsNamed(name, named))
    .map(([name, value]) => [name, onCreateOnly(value)] as const);
  return fitting({ ...Object.fromEntries(unnamed), ...named, ...withOtherGroups(observed, named, inherited) });
}

/**
 * Whether a new replica gets the storage before its server, which gets it in the maintenance window: the type and the
 * performance that are asked for may not fit the smaller size.
 */
function isAhead({ options }: AwsContext, { value }: Wanted, live: Lookups['live']): boolean {
  return !options.applyImmediately && Number(value) > (live?.AllocatedStorage ?? Infinity);
}

/** The attached groups are one member of the call under two fields: the list that an input gives, and our own group. */
function isSameAsNamed(name: string, named: Fields): boolean {
  return name === 'security_group_ids' || (name === 'security_group' && named['security_group_ids'] !== undefined);
}

/** Groups that others attached to the server are the replica's too. */
function withOtherGroups(observed: readonly Observed[], named: Fields, { security_group: live }: ServerValues): Fields {
  if (named['security_group'] === undefined || !Array.isArray(live)) return {};
  const own = observed.find(({ address }) => address === SECURITY_GROUP)?.facts['id'];
  const others = live.filter(id => id !== own);
  return others.length === 0 ? {} : { security_group: onCreateOnly([{ $ref: SECURITY_GROUP, fact: 'id' }, ...others]) };
}

/** A setting of a feature that is off is refused. */
function fitting(fields: Fields): Fields {
  const valueOf = (name: ServerField): FieldValue | undefined => {
    const field = fields[name];
    return typeof field === 'object' && field !== null && 'managed' in field ? (field as Wanted).value : field;
  };
  const off: readonly string[] = [
    ...(valueOf('enable_performance_insights') === true
      ? []
      : ['performance_insights_retention_period', 'performance_insights_kms_key_id', 'database_insights_mode']),
    ...(Number(valueOf('monitoring_interval') ?? 0) > 0 ? [] : ['monitoring_role_arn'])
  ];
  const type = valueOf('storage_type');
  const hasIops = typeof type !== 'string' || type.startsWith('io') || type === 'gp3';
  const slow = hasIops ? [] : ['storage_iops', 'storage_throughput'];
  const noLogVolume = typeof type === 'string' && !type.startsWith('io') ? ['dedicated_log_volume'] : [];
  return Object.fromEntries(
    Object.entries(fields).filter(([name]) => ![...off, ...slow, ...noLogVolume].includes(name))
  );
}

/**
 * `enable_deletion_protection: false` also leads to a replica that someone protected: otherwise it could never be
 * deleted.
 */
function unprotected({ settings }: AwsContext): Fields {
  return settings.enable_deletion_protection === false ? { enable_deletion_protection: false } : {};
}
