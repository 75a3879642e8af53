import { defined } from '../../../engine/defined.ts';
import type { Desired, FieldsOf, Wanted } from '../../../engine/resource.ts';
import type { FieldValue } from '../../../engine/value.ts';
import { MODULE_MAJOR } from '../../../postgres/major.ts';
import { ensure, onCreateOnly } from '../../desired-resources.ts';
import { SERVER, SERVER_GROUP } from '../addresses.ts';
import { cleanLabels } from '../api/labels.ts';
import { networkPath } from '../api/names.ts';
import { flagsFrom, PREFIX, type Flags } from '../api/parameters.ts';
import { readDiskType } from '../api/disk-types.ts';
import { disksOf, editionOf, readTier, type Edition } from '../api/tiers.ts';
import type { GcpContext } from '../context.ts';
import { ownUser } from '../resources/password.ts';
import { majorIn, majorOf } from '../resources/server/convert.ts';
import { SERVER_KIND, type ObservedServer, type ServerFields } from '../resources/server/fields.ts';
import { poolFlags } from '../resources/server/pooling.ts';
import { askedFor } from '../resources/server/values.ts';
import type { Restore } from './restore-source.ts';

/** The values of a new instance where no input names one. */
export const DEFAULTS = {
  tier: 'db-f1-micro',
  major: String(MODULE_MAJOR),
  storageGib: 20,
  storageType: 'PD_SSD',
  backups: 7,
  backupWindow: '03:00-04:00',
  maintenanceWindow: 'sun:04:00-sun:05:00',
  sslMode: 'ENCRYPTED_ONLY'
} as const;

type Values = FieldsOf<ServerFields, FieldValue | Wanted | undefined>;

/** The instance: the inputs, and for a new one the defaults or what its source brings along. */
export function desiredServer(
  context: GcpContext,
  live: ObservedServer | undefined,
  restore: Restore
): Desired<ServerFields> {
  const { settings, name } = context;
  const tagged = { settings: defined({ tags: settings.tags && cleanLabels(settings.tags) }) };
  const asked: Values = defined({
    state: 'RUNNABLE',
    ...fromInputs(context, live),
    ...neededBesides(context, live)
  });
  const created = live === undefined ? (restore.source === undefined ? defaults(context) : fromSource(restore)) : {};
  return ensure(
    tagged,
    SERVER_KIND,
    SERVER,
    `server ${name}`,
    { ...defined(created), ...asked },
    {
      concurrencyGroup: SERVER_GROUP,
      complete: settings.parameters === undefined ? [] : ['parameters']
    }
  );
}

/** The major version that inputs ask for, the server has, or a new one gets. */
export function majorFor({ settings }: Pick<GcpContext, 'settings'>, live: ObservedServer | undefined): string {
  const version = live?.fields.engine_version;
  if (settings.engine_version !== undefined) return majorIn(settings.engine_version);
  return typeof version === 'string' ? version : DEFAULTS.major;
}

/** `parameters` as the flags of that version. */
export function flagsFor(context: GcpContext, live: ObservedServer | undefined): Flags {
  return flagsFrom(context.settings.parameters ?? {}, majorFor(context, live));
}

/** The tier that inputs ask for; `undefined` when none does. */
export function askedTier({ settings }: Pick<GcpContext, 'settings'>): string | undefined {
  return settings.instance_class === undefined ? undefined : readTier(settings.instance_class)?.name;
}

/** The tier that inputs ask for, or a new instance gets. */
export function tierFor(context: Pick<GcpContext, 'settings'>): string {
  return askedTier(context) ?? DEFAULTS.tier;
}

function fromInputs(context: GcpContext, live: ObservedServer | undefined): Values {
  const { settings, project } = context;
  const flags = flagsFor(context, live);
  const tier = askedTier(context);
  return {
    ...askedFor(settings),
    instance_class: tier,
    edition: tier === undefined ? undefined : (editionOf(tier) ?? editionOfNew(live)),
    ...diskPerformance(context),
    enable_backup: keepsBackups(settings),
    private_network: settings.vpc_id === undefined ? undefined : networkPath(project, settings.vpc_id),
    ssl_mode: settings.ssl_mode ?? flags.sslMode,
    master_password: setsPassword(context) ? { $secret: 'master_password' } : undefined,
    ...poolFlags(settings),
    ...Object.fromEntries(Object.entries(flags.values).map(([name, value]) => [`${PREFIX}${name}`, value]))
  };
}

/** Of a tier whose family is unknown here a live instance keeps its edition. */
function editionOfNew(live: ObservedServer | undefined): Edition | undefined {
  return live === undefined ? 'ENTERPRISE_PLUS' : undefined;
}

/** Only a Hyperdisk has either. */
function diskPerformance({ settings }: GcpContext): Values {
  const { storage_type: given, storage_iops, storage_throughput } = settings;
  const tier = askedTier({ settings });
  const type = given === undefined ? (tier === undefined ? undefined : disksOf(tier)?.[0]) : readDiskType(given);
  return type === 'HYPERDISK_BALANCED' ? { storage_iops, storage_throughput } : {};
}

function defaults(context: GcpContext): Values {
  const { settings, region } = context;
  const tier = tierFor(context);
  const backups = keepsBackups(settings) ?? true;
  return onCreate({
    gcp_region: region,
    engine_version: DEFAULTS.major,
    instance_class: tier,
    edition: editionOf(tier) ?? 'ENTERPRISE_PLUS',
    allocated_storage: DEFAULTS.storageGib,
    storage_type: disksOf(tier)?.[0] ?? DEFAULTS.storageType,
    multi_az: false,
    enable_backup: backups,
    ...(backups ? { backup_retention_period: DEFAULTS.backups, backup_window: DEFAULTS.backupWindow } : {}),
    point_in_time_recovery: false,
    transaction_log_retention_days: backups ? shortLog(settings.backup_retention_period, editionOf(tier)) : undefined,
    maintenance_window: DEFAULTS.maintenanceWindow,
    enable_performance_insights: false,
    deletion_protection: false,
    // An instance needs an address; without authorised networks no client reaches the public one directly.
    publicly_accessible: settings.vpc_id === undefined && settings.psc_enabled !== true,
    allowed_cidr_blocks: [],
    ssl_mode: DEFAULTS.sslMode
  });
}

/** Days of log of a new instance whose backups are fewer than its edition keeps days of log: Cloud SQL refuses that. */
function shortLog(kept: number = DEFAULTS.backups, edition?: Edition): number | undefined {
  const usual = edition === 'ENTERPRISE' ? 7 : 14;
  return kept < usual ? kept : undefined;
}

/** What a copy takes from its source. Every other field that no input names stays as it is there. */
function fromSource({ source, region, storageGib, databaseVersion, sent }: Restore): Values {
  return onCreate({
    ...sent,
    source: source && { ...source },
    gcp_region: region,
    allocated_storage: storageGib,
    engine_version: majorOf(databaseVersion)
  });
}

function onCreate(values: FieldsOf<ServerFields, FieldValue | undefined>): Values {
  return Object.fromEntries(
    Object.entries<FieldValue | undefined>(values).map(([name, value]) => [
      name,
      value === undefined ? undefined : onCreateOnly(value)
    ])
  );
}

/**
 * A new standby gets backups and the log for point-in-time recovery, as Google advises; the log needs backups. Where no
 * input names the one, it is switched on or off with the other. A pull request's copy of an instance with a standby has
 * none.
 */
function neededBesides({ settings, target }: GcpContext, live: ObservedServer | undefined): Values {
  const { multi_az: standby, enable_binary_log_backup: log } = settings;
  const backups = keepsBackups(settings);
  if (standby === true && backups !== false && live?.fields.multi_az !== true) {
    return { enable_backup: true, point_in_time_recovery: log ?? true };
  }
  if (backups !== false) return {};
  return {
    point_in_time_recovery: log ?? false,
    ...(standby === undefined && target.pullRequest !== undefined ? { multi_az: false } : {})
  };
}

/** Whether the inputs ask for backups; `undefined` when none does. */
export function keepsBackups(settings: GcpContext['settings']): boolean | undefined {
  return settings.enable_backup ?? backupsFrom(settings.backup_retention_period);
}

function backupsFrom(kept: number | undefined): boolean | undefined {
  return kept === undefined ? undefined : kept > 0;
}

/** The password of `postgres` is set with the instance; another user gets it when the user is created. */
function setsPassword({ settings }: GcpContext): boolean {
  return settings.master_password === true && ownUser(settings) === undefined;
}
