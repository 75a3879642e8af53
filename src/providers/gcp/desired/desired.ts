import { defined } from '../../../engine/defined.ts';
import type { Desired, Observed, Wanted } from '../../../engine/resource.ts';
import type { FieldValue } from '../../../engine/value.ts';
import { refuseLiveProblems, type Problem } from '../../../spec/problem.ts';
import { withOriginalNames } from '../../with-original-names.ts';
import type { DesiredState } from '../../provider.ts';
import { ensure, onCreateOnly } from '../../desired-resources.ts';
import { SERVER, SERVER_GROUP } from '../addresses.ts';
import { desiredSupporting } from './supporting.ts';
import { flagsFrom, PREFIX, type Flags } from '../api/parameters.ts';
import type { Instance } from '../api/types.ts';
import { isPrivateNetwork, majorOf, plainNetwork } from '../resources/server/convert.ts';
import { cleanLabels } from '../api/labels.ts';
import { networkPath } from '../api/names.ts';
import { editionOf, readTier } from '../api/tiers.ts';
import type { GcpContext } from '../context.ts';
import { limitsFirst } from '../resources/server/limits-first.ts';
import { liveNotices } from '../checks/live-notices.ts';
import { kindProblems, availabilityProblems } from '../checks/availability.ts';
import { ownUser } from '../resources/password.ts';
import { poolFlags } from '../resources/server/pooling.ts';
import { restoreOf, type Restore } from './restore-source.ts';
import { readDiskType } from '../checks/validate-storage.ts';

/** What a new instance gets where no input says anything. */
export const DEFAULTS = {
  tier: 'db-f1-micro',
  major: '14',
  storageGib: 20,
  storageType: 'PD_SSD',
  backups: 7,
  backupWindow: '03:00-04:00',
  maintenanceWindow: 'sun:04:00-sun:05:00',
  sslMode: 'ENCRYPTED_ONLY'
} as const;

type Fields = Record<string, FieldValue | Wanted>;

/** What the inputs mean on Cloud SQL, now that the live state is known. */
export async function desire(context: GcpContext, observed: readonly Observed[]): Promise<DesiredState> {
  const { settings } = context;
  const live = await context.live();
  refuseLiveProblems(kindProblems(context, live));
  const restore = await restoreOf(context, live !== undefined);
  const version = settings.engine_version?.split('.')[0] ?? majorOf(live?.databaseVersion) ?? DEFAULTS.major;
  const flags = flagsFrom(settings.parameters ?? {}, version);
  const fields: Fields = { state: 'RUNNABLE', ...given(context, flags), ...neededBesides(context) };
  if (live === undefined) {
    const wanted = restore.source === undefined ? defaults(context) : broughtAlong(restore);
    for (const [name, value] of Object.entries(wanted)) fields[name] ??= value;
  }
  const [offer, notices] = await Promise.all([
    availabilityProblems(context, live, { version, tier: tierOf(fields), flags: flags.values }),
    liveNotices(context, live, { version, tier: tierOf(fields) })
  ]);
  refuseLiveProblems(
    withOriginalNames(context.spec, [
      ...restore.problems,
      ...offer,
      ...standbyProblems(context, live),
      ...(live === undefined ? missing(context, restore) : [])
    ])
  );
  const server = serverOf(context, fields);
  return {
    desired: limitsFirst([server, ...desiredSupporting(context, observed, server)], observed),
    notices: withOriginalNames(context.spec, [...restore.notices, ...notices])
  };
}

function serverOf({ settings, name }: GcpContext, fields: Fields): Desired {
  const tagged = { settings: settings.tags === undefined ? {} : { tags: cleanLabels(settings.tags) } };
  const complete = settings.parameters === undefined ? [] : ['parameters'];
  return ensure(tagged, SERVER, 'server', `server ${name}`, fields, { concurrencyGroup: SERVER_GROUP, complete });
}

/** What inputs say of the instance. */
function given(context: GcpContext, flags: Flags): Fields {
  const { settings, project } = context;
  const tier = settings.instance_class === undefined ? undefined : readTier(settings.instance_class)?.name;
  const networks = settings.allowed_cidr_blocks?.filter(one => !isPrivateNetwork(one)).map(plainNetwork);
  const { backup_retention_period: kept } = settings;
  const values: Readonly<Record<string, FieldValue | undefined>> = {
    gcp_region: settings.gcp_region?.toLowerCase(),
    engine_version: settings.engine_version?.split('.')[0],
    instance_class: tier,
    edition: tier === undefined ? undefined : (editionOf(tier) ?? 'ENTERPRISE_PLUS'),
    allocated_storage: settings.allocated_storage,
    max_allocated_storage: settings.max_allocated_storage,
    storage_type: settings.storage_type === undefined ? undefined : readDiskType(settings.storage_type),
    ...performance(settings),
    multi_az: settings.multi_az,
    availability_zone: settings.availability_zone,
    secondary_zone: settings.secondary_zone,
    enable_backup: settings.enable_backup ?? backupsFrom(kept),
    backup_retention_period: kept === 0 ? undefined : kept,
    backup_window: settings.backup_window,
    backup_location: settings.backup_location,
    point_in_time_recovery: settings.enable_binary_log_backup,
    transaction_log_retention_days: settings.transaction_log_retention_days,
    retain_backups_on_delete: settings.retain_backups_on_delete,
    maintenance_window: settings.maintenance_window,
    enable_performance_insights: settings.enable_performance_insights,
    deletion_protection: settings.enable_deletion_protection,
    publicly_accessible: settings.publicly_accessible,
    private_network: settings.vpc_id === undefined ? undefined : networkPath(project, settings.vpc_id),
    allocated_ip_range: settings.allocated_ip_range,
    allowed_cidr_blocks: networks,
    ssl_mode: settings.ssl_mode ?? flags.sslMode,
    kms_key_id: settings.kms_key_id,
    iam_database_authentication_enabled: settings.iam_database_authentication_enabled,
    enable_proxy: settings.enable_proxy,
    master_password: setsPassword(context) ? { $secret: 'master_password' } : undefined,
    master_password_version: settings.master_password_version,
    ...poolFlags(settings),
    ...Object.fromEntries(Object.entries(flags.values).map(([name, value]) => [`${PREFIX}${name}`, value]))
  };
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
  );
}

/** Only a Hyperdisk has either. */
function performance({ storage_type: type, storage_iops, storage_throughput }: GcpContext['settings']): Fields {
  if (type === undefined || readDiskType(type) !== 'HYPERDISK_BALANCED') return {};
  return defined({ storage_iops, storage_throughput });
}

/** The tier that inputs ask for, or a new instance gets. */
export function tierFor({ settings }: Pick<GcpContext, 'settings'>): string {
  return (settings.instance_class === undefined ? undefined : readTier(settings.instance_class)?.name) ?? DEFAULTS.tier;
}

function defaults(context: GcpContext): Readonly<Record<string, Wanted>> {
  const { settings, region } = context;
  const tier = tierFor(context);
  const keepsBackups = settings.enable_backup ?? settings.backup_retention_period !== 0;
  const values: Readonly<Record<string, FieldValue | undefined>> = {
    gcp_region: region,
    engine_version: DEFAULTS.major,
    instance_class: tier,
    edition: editionOf(tier) ?? 'ENTERPRISE_PLUS',
    allocated_storage: DEFAULTS.storageGib,
    storage_type: DEFAULTS.storageType,
    multi_az: false,
    enable_backup: keepsBackups,
    ...(keepsBackups ? { backup_retention_period: DEFAULTS.backups, backup_window: DEFAULTS.backupWindow } : {}),
    point_in_time_recovery: false,
    maintenance_window: DEFAULTS.maintenanceWindow,
    enable_performance_insights: false,
    deletion_protection: false,
    // An instance needs an address; without authorised networks nobody comes in by it.
    publicly_accessible: settings.vpc_id === undefined,
    allowed_cidr_blocks: [],
    ssl_mode: DEFAULTS.sslMode
  };
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, onCreateOnly(value)]]))
  );
}

/** What a copy has of its source. Whatever no input speaks of stays as it is there. */
function broughtAlong({
  source,
  region,
  storageGib,
  databaseVersion
}: Restore): Readonly<Record<string, FieldValue | Wanted>> {
  const major = majorOf(databaseVersion);
  return {
    ...(source === undefined ? {} : { source: onCreateOnly({ ...source }) }),
    ...(region === undefined ? {} : { gcp_region: onCreateOnly(region) }),
    ...(storageGib === undefined ? {} : { allocated_storage: onCreateOnly(storageGib) }),
    ...(major === undefined ? {} : { engine_version: onCreateOnly(major) })
  };
}

/**
 * A standby needs backups, and the log for point-in-time recovery needs them too: where no input speaks of the one, it comes along, or goes, with
 * the other. A pull request's copy of an instance with a standby is one without.
 */
function neededBesides({ settings, target }: GcpContext): Fields {
  const { multi_az: standby, enable_binary_log_backup: log } = settings;
  const keepsBackups = settings.enable_backup ?? backupsFrom(settings.backup_retention_period);
  if (standby === true) {
    return {
      ...(keepsBackups === undefined ? { enable_backup: true } : {}),
      ...(log === undefined ? { point_in_time_recovery: true } : {})
    };
  }
  if (keepsBackups !== false) return {};
  return {
    ...(log === undefined ? { point_in_time_recovery: false } : {}),
    ...(standby === undefined && target.pullRequest !== undefined ? { multi_az: false } : {})
  };
}

function backupsFrom(kept: number | undefined): boolean | undefined {
  return kept === undefined ? undefined : kept > 0;
}

/** Without backups there is no standby, and no input says that the one that there is should go. */
function standbyProblems({ settings, target }: GcpContext, live: Instance | undefined): readonly Problem[] {
  const keepsBackups = settings.enable_backup ?? backupsFrom(settings.backup_retention_period);
  const hasStandby = live?.settings?.availabilityType === 'REGIONAL' && settings.multi_az === undefined;
  if (keepsBackups !== false || !hasStandby || target.pullRequest !== undefined) return [];
  const input = settings.enable_backup === false ? 'enable_backup' : 'backup_retention_period';
  const why = 'would leave the instance without the backups that its standby needs';
  return [{ input, value: input === 'enable_backup' ? 'false' : '0', why, allowed: '`multi_az: false` beside it' }];
}

/** The password of `postgres` is set with the instance; another user gets it when it is made. */
function setsPassword({ settings }: GcpContext): boolean {
  return settings.master_password === true && ownUser(settings) === undefined;
}

function missing({ settings, region }: GcpContext, restore: Restore): readonly Problem[] {
  const problems: Problem[] = [];
  if (region === undefined && restore.region === undefined && restore.problems.length === 0) {
    problems.push({ input: 'gcp_region', why: 'is needed for a new database', allowed: 'such as `europe-west1`' });
  }
  const hasLogin =
    settings.master_password === true ||
    settings.iam_database_authentication_enabled === true ||
    settings.restore_source !== undefined ||
    settings.restore_from_snapshot !== undefined;
  if (!hasLogin) {
    const why = 'is missing: Cloud SQL makes none for a new instance';
    problems.push({
      input: 'master_password',
      why,
      allowed: 'a secret, or `iam_database_authentication_enabled: true`'
    });
  }
  return problems;
}

function tierOf(fields: Fields): string | undefined {
  const value = fields['instance_class'];
  const plain = typeof value === 'object' && value !== null && 'managed' in value ? value.value : value;
  return typeof plain === 'string' ? plain : undefined;
}
