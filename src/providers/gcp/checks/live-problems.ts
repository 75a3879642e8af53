import { defined } from '../../../engine/defined.ts';
import type { Value } from '../../../engine/value.ts';
import type { Problem } from '../../../spec/problem.ts';
import { replicaCount } from '../../../spec/spec.ts';
import { markOfAdoption, tagLimitProblems } from '../../tag-limit.ts';
import { cleanLabels, isOurs, LABEL_LIMIT, markLabels, markOf } from '../api/labels.ts';
import { longestNameIn } from '../api/names.ts';
import { editionOf, isSharedCore, SHARED_CORE_DISK_GIB } from '../api/tiers.ts';
import type { Instance } from '../api/types.ts';
import type { GcpContext } from '../context.ts';
import type { Restore } from '../desired/restore-source.ts';
import { diskProblems, performanceProblems, sharedCoreProblems } from './validate-storage.ts';
import { askedTier, DEFAULTS, keepsBackups } from '../desired/server.ts';
import { isReplica, majorOf, primaryOf } from '../resources/server/convert.ts';
import type { ServerValues } from '../resources/server/fields.ts';
import { instanceValues } from '../resources/server/values.ts';

/** Instances of other kinds share the namespace: other databases, and instances that follow another. */
export function kindProblems({ name }: GcpContext, live: Instance | undefined): readonly Problem[] {
  if (live === undefined) return [];
  const of = (why: string, allowed?: string): readonly Problem[] => [
    defined({ input: 'name', value: name, why, allowed })
  ];
  const { databaseVersion: version, instanceType = 'CLOUD_SQL_INSTANCE' } = live;
  if (version !== undefined && majorOf(version) === undefined)
    return of(`is an instance of ${version}, not of PostgreSQL`);
  if (isReplica(live)) {
    const kind = instanceType === 'READ_POOL_INSTANCE' ? 'a read pool' : 'a read replica';
    return of(`is ${kind} of ${primaryOf(live)}, not a server of its own`, 'another `name`');
  }
  return instanceType === 'ON_PREMISES_INSTANCE'
    ? of('represents a server outside of Google Cloud', 'another `name`')
    : [];
}

/** What the live instance, or its absence, rules out. */
export function liveProblems(context: GcpContext, live: Instance | undefined, restore: Restore): readonly Problem[] {
  return [
    ...(live === undefined ? newProblems(context, restore) : liveDiskProblems(context, live)),
    ...editionProblems(context, live === undefined ? (restore.values ?? {}) : instanceValues(live)),
    ...nameProblems(context, live),
    ...labelLimitProblems(context, live),
    ...addressProblems(context, live, restore),
    ...zoneProblems(context, live, restore),
    ...backupProblems(context, live),
    ...logProblems(context, live, restore),
    ...replicaProblems(context, live)
  ];
}

function nameProblems({ name, project }: GcpContext, live: Instance | undefined): readonly Problem[] {
  const most = longestNameIn(project);
  if (live !== undefined || name.length <= most) return [];
  const why = `is too long for an instance of the project ${project}`;
  return [{ input: 'name', value: name, why, allowed: `at most ${most} characters` }];
}

function labelLimitProblems({ settings, target }: GcpContext, live: Instance | undefined): readonly Problem[] {
  if (live === undefined) return [];
  const labels = live.settings?.userLabels ?? {};
  const asked = Object.keys(cleanLabels(settings.tags ?? {}));
  return tagLimitProblems({
    live: Object.keys(labels),
    mark: markOf(labels),
    newMark: markLabels(markOfAdoption(target, asked)),
    asked,
    isOfMark: isOurs,
    ...LABEL_LIMIT
  });
}

/**
 * An instance needs an address: a public or private one, or Private Service Connect, which a public one alone excludes.
 */
function addressProblems({ settings }: GcpContext, live: Instance | undefined, restore: Restore): readonly Problem[] {
  const { publicly_accessible: open, psc_enabled: endpoint, vpc_id: network } = settings;
  if (network !== undefined || restore.source !== undefined) return [];
  const { ipv4Enabled, privateNetwork, pscConfig } = live?.settings?.ipConfiguration ?? {};
  const isPublic = open ?? (live === undefined ? endpoint !== true : ipv4Enabled !== false);
  if (privateNetwork) return [];
  const hasEndpoint = endpoint ?? pscConfig?.pscEnabled === true;
  if (isPublic !== hasEndpoint) return [];
  if (isPublic) {
    if (open !== true && endpoint !== true) return [];
    const why = 'is not possible with a public address alone';
    const allowed = '`publicly_accessible: false`, or `vpc_id` as well';
    return [{ input: 'psc_enabled', value: 'true', why, allowed }];
  }
  const why = 'leaves the instance without an address';
  const allowed = '`vpc_id`, the network of the instance, or `psc_enabled: true`';
  return [
    open === false
      ? { input: 'publicly_accessible', value: 'false', why, allowed }
      : { input: 'psc_enabled', value: 'false', why, allowed: '`publicly_accessible: true`, or `vpc_id`' }
  ];
}

/** Zones lie in the region, a second one needs a standby, and a key lies where the instance does. */
function zoneProblems(
  { settings, region: given }: GcpContext,
  live: Instance | undefined,
  restore: Restore
): readonly Problem[] {
  const problems: Problem[] = [];
  const region = live?.region ?? restore.region ?? given;
  for (const input of ['availability_zone', 'secondary_zone'] as const) {
    const zone = settings[input];
    if (zone === undefined || region === undefined || zone.toLowerCase().startsWith(`${region.toLowerCase()}-`))
      continue;
    problems.push({ input, value: zone, why: `is not a zone of ${region}`, allowed: `a zone such as \`${region}-a\`` });
  }
  const hasStandby = settings.multi_az ?? live?.settings?.availabilityType === 'REGIONAL';
  if (settings.secondary_zone !== undefined && !hasStandby && restore.source === undefined) {
    const why = 'is the zone of a standby, which the instance does not have';
    problems.push({ input: 'secondary_zone', value: settings.secondary_zone, why, allowed: '`multi_az: true`' });
  }
  const key = settings.kms_key_id;
  const place = /\/locations\/([^/]+)\//.exec(key ?? '')?.[1];
  if (key !== undefined && live === undefined && place !== undefined && region !== undefined && place !== region) {
    problems.push({ input: 'kms_key_id', value: key, why: `is a key in ${place}`, allowed: `a key in ${region}` });
  }
  return problems;
}

/** Point-in-time recovery needs backups. */
function backupProblems({ settings }: GcpContext, live: Instance | undefined): readonly Problem[] {
  if (settings.enable_binary_log_backup !== true || live === undefined) return [];
  const hasBackups = keepsBackups(settings) ?? live.settings?.backupConfiguration?.enabled === true;
  const getsStandby = settings.multi_az === true && live.settings?.availabilityType !== 'REGIONAL';
  if (hasBackups || getsStandby) return [];
  const why = 'needs backups, which the instance does not keep';
  return [{ input: 'enable_binary_log_backup', value: 'true', why, allowed: '`enable_backup: true` as well' }];
}

/** The log may not be kept for longer than backups are: Cloud SQL makes one a day. */
function logProblems(
  { settings }: GcpContext,
  live: Instance | undefined,
  { source, values: brought = {} }: Restore
): readonly Problem[] {
  const { transaction_log_retention_days: asked, backup_retention_period: wanted } = settings;
  const now: ServerValues = live === undefined ? brought : instanceValues(live);
  if ((asked === undefined && wanted === undefined) || (keepsBackups(settings) ?? now.enable_backup) === false)
    return [];
  const isNew = live === undefined && source === undefined;
  const kept = wanted ?? countOf(now.backup_retention_period) ?? (isNew ? DEFAULTS.backups : undefined);
  const days = asked ?? countOf(now.transaction_log_retention_days);
  if (kept === undefined || kept === 0 || days === undefined || days <= kept) return [];
  if (asked === undefined) {
    const why = `is less than the ${days} days of log that the ${live === undefined ? 'source' : 'instance'} keeps`;
    const allowed = `at least ${days}, or \`transaction_log_retention_days: ${kept}\` as well`;
    return [{ input: 'backup_retention_period', value: String(kept), why, allowed }];
  }
  const why = `is more than the ${kept} backups that Cloud SQL keeps`;
  const allowed = `1 to ${kept}, or \`backup_retention_period: ${days}\` as well`;
  return [{ input: 'transaction_log_retention_days', value: String(days), why, allowed }];
}

function countOf(value: Value | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** Most read replicas of one instance. https://cloud.google.com/sql/docs/postgres/quotas */
const MOST_REPLICAS = 10;

function replicaProblems({ settings }: GcpContext, live: Instance | undefined): readonly Problem[] {
  const problems: Problem[] = [];
  const count = (replicaCount(settings) ?? 0) + (settings.replica_region === undefined ? 0 : 1);
  if (count > MOST_REPLICAS) {
    const why = 'is more than one instance can have';
    const input = 'read_replica_count';
    problems.push({
      input,
      value: String(settings.read_replica_count ?? count),
      why,
      allowed: `${MOST_REPLICAS} in all`
    });
  }
  const key = live?.diskEncryptionConfiguration?.kmsKeyName;
  if (settings.replica_region !== undefined && key && settings.kms_key_id === undefined) {
    const why = `is not possible: the instance has a customer-managed key, and the replica needs one of its own region`;
    problems.push({ input: 'replica_region', value: settings.replica_region, why });
  }
  return problems;
}

/**
 * A disk that the tier of the instance can't have, and more than its Hyperdisk has, where no input names a tier. Its
 * standby lowers the limits where no input mentions it.
 */
function liveDiskProblems(context: GcpContext, live: Instance): readonly Problem[] {
  const asked = askedTier(context);
  const tier = asked ?? live.settings?.tier;
  if (tier === undefined) return [];
  const hasStandby = live.settings?.availabilityType === 'REGIONAL';
  const isSaid = asked !== undefined && (context.settings.multi_az !== undefined || !hasStandby);
  const size = Number(live.settings?.dataDiskSizeGb ?? 0);
  return [
    ...(asked === undefined
      ? [...diskProblems(context.settings, tier), ...sharedCoreProblems(context.settings, tier)]
      : keptDiskProblems(asked, size)),
    ...(isSaid ? [] : performanceProblems(context.settings, tier, hasStandby))
  ];
}

/** A disk does not shrink with its tier. */
function keptDiskProblems(tier: string, size: number): readonly Problem[] {
  if (!isSharedCore(tier) || size <= SHARED_CORE_DISK_GIB) return [];
  const why = `can have a disk of ${SHARED_CORE_DISK_GIB} GiB at most, and there are ${size} already`;
  return [{ input: 'instance_class', value: tier, why, allowed: 'a tier that does not share its core' }];
}

/** Most days of log in the edition Enterprise. */
const ENTERPRISE_LOG_DAYS = 7;

/**
 * Settings of Enterprise Plus that the edition Enterprise does not allow, and that no input changes. The data cache
 * goes by itself. `values` are those of the instance, or of the source of a copy.
 */
function editionProblems(context: GcpContext, values: ServerValues): readonly Problem[] {
  const { settings } = context;
  const tier = askedTier(context);
  if (tier === undefined || values.edition !== 'ENTERPRISE_PLUS' || editionOf(tier) !== 'ENTERPRISE') return [];
  const of = (what: string, allowed: string): Problem => ({
    input: 'instance_class',
    value: tier,
    why: `is of the edition Enterprise, which does not allow ${what}`,
    allowed
  });
  const { transaction_log_retention_days: kept, enable_proxy: hasPool } = values;
  const days = Number(kept ?? 0);
  return [
    ...(days > ENTERPRISE_LOG_DAYS && settings.transaction_log_retention_days === undefined
      ? [of(`${days} days of log`, `\`transaction_log_retention_days: ${ENTERPRISE_LOG_DAYS}\` as well`)]
      : []),
    ...(hasPool === true && settings.enable_proxy === undefined
      ? [of('a pooler', '`enable_proxy: false` as well')]
      : [])
  ];
}

/** Inputs that a new instance can't do without. */
function newProblems(context: GcpContext, restore: Restore): readonly Problem[] {
  const { settings, region } = context;
  const asked = askedTier(context);
  const isCopy = restore.source !== undefined;
  const problems: Problem[] = [
    ...(asked === undefined && !isCopy ? sharedCoreProblems(settings, DEFAULTS.tier) : []),
    ...(asked === undefined ? [] : keptDiskProblems(asked, restore.storageGib ?? 0))
  ];
  if (region === undefined && restore.region === undefined && restore.problems.length === 0) {
    problems.push({ input: 'gcp_region', why: 'is needed for a new database', allowed: 'such as `europe-west1`' });
  }
  const hasLogin =
    settings.master_password === true ||
    settings.iam_database_authentication_enabled === true ||
    settings.restore_source !== undefined ||
    settings.restore_from_snapshot !== undefined;
  if (!hasLogin) {
    const why = 'is missing: Cloud SQL creates none for a new instance';
    const allowed = 'a secret, or `iam_database_authentication_enabled: true`';
    problems.push({ input: 'master_password', why, allowed });
  }
  return problems;
}
