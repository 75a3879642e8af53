import type { Field } from '../../engine/resource.ts';
import { textOf, type Value } from '../../engine/value.ts';
import type { Instance, Settings } from './gcp-api.ts';
import {
  authorisedOf,
  databaseVersionOf,
  majorOf,
  maintenanceOf,
  numberOf,
  plainNetwork,
  readWindow
} from './gcp-convert.ts';
import { PASSWORD_VERSION } from './gcp-tags.ts';
import { networkPath } from './gcp-names.ts';

/** What a change becomes in the body of a call. */
export interface Body {
  readonly [member: string]: unknown;
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** A field of an instance: how it is compared, where it is read from, and what it becomes in a call. */
export interface InstanceField extends Field {
  readonly read: (live: Instance) => Value | undefined;
  /** Absent for what is no part of the instance's own body. */
  readonly write?: (value: Value, live: Instance | undefined) => Body;
}

const NEW_DATABASE =
  'Copy it into a new database under another `name` (`restore_source`), move over, then destroy this one.';
/** A limit that Cloud SQL has not set. */
export const UNLIMITED = 'unlimited';

const lower = (value: Value): Value => (typeof value === 'string' ? value.toLowerCase() : value);
const gib = (value: Value): string => (typeof value === 'number' ? `${value} GiB` : textOf(value));
const settings = (part: Readonly<Record<string, unknown>>): Body => ({ settings: part });
const backups = (part: Readonly<Record<string, unknown>>): Body => settings({ backupConfiguration: part });
const network = (part: Readonly<Record<string, unknown>>): Body => settings({ ipConfiguration: part });
const clock = (value: Value): Value => (typeof value === 'string' ? value.slice(0, '03:00'.length) : value);
const weekly = (value: Value): Value => (typeof value === 'string' ? `${value.slice(0, 'sun:04'.length)}:00` : value);

/** Every field of the instance but parameters and labels. */
export const INSTANCE_FIELDS = {
  state: {
    api: 'state',
    impact: ({ from }) => (from === 'FAILED' || from === 'SUSPENDED' ? 'blocked' : 'online'),
    wayOut:
      'Cloud SQL says in its console what is wrong with the instance (a key that is gone, unpaid bills, a failed creation). Mend that, or make a new database under another `name`.',
    read: live => stateOf(live)
  },
  gcp_region: {
    api: 'region',
    input: 'gcp_region',
    impact: 'restart',
    guard: 'create-only',
    wayOut: NEW_DATABASE,
    normalise: lower,
    read: live => live.region,
    write: value => ({ region: value })
  },
  engine_version: {
    api: 'databaseVersion',
    input: 'engine_version',
    impact: 'restart',
    guard: 'upgrade-only',
    read: live => majorOf(live.databaseVersion),
    write: value => ({ databaseVersion: databaseVersionOf(textOf(value)) })
  },
  instance_class: {
    api: 'settings.tier',
    input: 'instance_class',
    impact: 'restart',
    read: live => live.settings?.tier,
    write: value => settings({ tier: value })
  },
  edition: {
    api: 'settings.edition',
    input: 'instance_class',
    impact: 'restart',
    read: live => live.settings?.edition,
    write: value => settings({ edition: value })
  },
  allocated_storage: {
    api: 'settings.dataDiskSizeGb',
    input: 'allocated_storage',
    impact: 'online',
    guard: 'grow-only',
    wayOut: 'Keep the larger size. The disk of an instance never shrinks.',
    // It may have grown by itself.
    satisfied: (live, wanted, all) => Number(live) >= Number(wanted) && all.fields['max_allocated_storage'] !== 0,
    show: gib,
    read: live => numberOf(live.settings?.dataDiskSizeGb),
    write: value => settings({ dataDiskSizeGb: textOf(value) })
  },
  max_allocated_storage: {
    api: 'settings.storageAutoResizeLimit',
    input: 'max_allocated_storage',
    impact: 'online',
    show: gib,
    read: ({ settings: live }) => limitOf(live),
    write: value =>
      settings(
        value === 0
          ? { storageAutoResize: false }
          : { storageAutoResize: true, storageAutoResizeLimit: value === UNLIMITED ? '0' : textOf(value) }
      )
  },
  storage_type: {
    api: 'settings.dataDiskType',
    input: 'storage_type',
    impact: 'restart',
    read: live => live.settings?.dataDiskType,
    write: value => settings({ dataDiskType: value })
  },
  storage_iops: {
    api: 'settings.dataDiskProvisionedIops',
    input: 'storage_iops',
    impact: 'online',
    read: live => numberOf(live.settings?.dataDiskProvisionedIops),
    write: value => settings({ dataDiskProvisionedIops: textOf(value) })
  },
  storage_throughput: {
    api: 'settings.dataDiskProvisionedThroughput',
    input: 'storage_throughput',
    impact: 'online',
    show: value => `${textOf(value)} MiB/s`,
    read: live => numberOf(live.settings?.dataDiskProvisionedThroughput),
    write: value => settings({ dataDiskProvisionedThroughput: textOf(value) })
  },
  multi_az: {
    api: 'settings.availabilityType',
    input: 'multi_az',
    impact: 'restart',
    read: live => live.settings?.availabilityType === 'REGIONAL',
    write: value => settings({ availabilityType: value === true ? 'REGIONAL' : 'ZONAL' })
  },
  availability_zone: {
    api: 'settings.locationPreference.zone',
    input: 'availability_zone',
    impact: 'restart',
    // After a failover it serves from the other one of the two.
    satisfied: (_live, wanted, all) => wanted === all.facts['zone'],
    read: live => live.settings?.locationPreference?.zone ?? live.gceZone,
    write: value => settings({ locationPreference: { zone: value } })
  },
  secondary_zone: {
    api: 'settings.locationPreference.secondaryZone',
    input: 'secondary_zone',
    impact: 'online',
    read: live => live.settings?.locationPreference?.secondaryZone,
    write: value => settings({ locationPreference: { secondaryZone: value } })
  },
  enable_backup: {
    api: 'settings.backupConfiguration.enabled',
    input: 'enable_backup',
    impact: 'online',
    read: live => live.settings?.backupConfiguration?.enabled === true,
    write: value => backups({ enabled: value })
  },
  backup_retention_period: {
    api: 'settings.backupConfiguration.backupRetentionSettings.retainedBackups',
    input: 'backup_retention_period',
    impact: 'online',
    show: value => `${textOf(value)} backups`,
    read: live => live.settings?.backupConfiguration?.backupRetentionSettings?.retainedBackups,
    write: value => backups({ backupRetentionSettings: { retainedBackups: value, retentionUnit: 'COUNT' } })
  },
  backup_window: {
    api: 'settings.backupConfiguration.startTime',
    input: 'backup_window',
    impact: 'online',
    // Cloud SQL knows the beginning only.
    normalise: clock,
    read: live => live.settings?.backupConfiguration?.startTime,
    write: value => backups({ startTime: clock(value) })
  },
  backup_location: {
    api: 'settings.backupConfiguration.location',
    input: 'backup_location',
    impact: 'online',
    normalise: lower,
    read: live => live.settings?.backupConfiguration?.location || undefined,
    write: value => backups({ location: value })
  },
  point_in_time_recovery: {
    api: 'settings.backupConfiguration.pointInTimeRecoveryEnabled',
    input: 'enable_binary_log_backup',
    impact: 'restart',
    read: live => live.settings?.backupConfiguration?.pointInTimeRecoveryEnabled === true,
    write: value => backups({ pointInTimeRecoveryEnabled: value })
  },
  transaction_log_retention_days: {
    api: 'settings.backupConfiguration.transactionLogRetentionDays',
    input: 'transaction_log_retention_days',
    impact: 'online',
    show: value => `${textOf(value)} days`,
    read: live => live.settings?.backupConfiguration?.transactionLogRetentionDays,
    write: value => backups({ transactionLogRetentionDays: value })
  },
  maintenance_window: {
    api: 'settings.maintenanceWindow',
    input: 'maintenance_window',
    impact: 'online',
    // Cloud SQL knows day and hour only.
    normalise: weekly,
    read: live => readWindow(live.settings?.maintenanceWindow),
    write: value => settings({ maintenanceWindow: maintenanceOf(textOf(value)) })
  },
  enable_performance_insights: {
    api: 'settings.insightsConfig.queryInsightsEnabled',
    input: 'enable_performance_insights',
    impact: 'online',
    read: live => live.settings?.insightsConfig?.queryInsightsEnabled === true,
    write: value => settings({ insightsConfig: { queryInsightsEnabled: value } })
  },
  deletion_protection: {
    api: 'settings.deletionProtectionEnabled',
    input: 'enable_deletion_protection',
    impact: 'online',
    read: live => live.settings?.deletionProtectionEnabled === true,
    write: value => settings({ deletionProtectionEnabled: value })
  },
  publicly_accessible: {
    api: 'settings.ipConfiguration.ipv4Enabled',
    input: 'publicly_accessible',
    impact: 'online',
    guard: 'exposure',
    read: live => live.settings?.ipConfiguration?.ipv4Enabled !== false,
    write: value => network({ ipv4Enabled: value })
  },
  private_network: {
    api: 'settings.ipConfiguration.privateNetwork',
    input: 'vpc_id',
    // It can be added, and never taken away or exchanged.
    impact: ({ from }) => (from === null || from === undefined ? 'restart' : 'blocked'),
    wayOut: NEW_DATABASE,
    // Google may answer with the number of a project in the place of its name.
    satisfied: (live, wanted) => sameNetwork(textOf(live), textOf(wanted)),
    read: live => live.settings?.ipConfiguration?.privateNetwork || undefined,
    write: value => network({ privateNetwork: value })
  },
  allocated_ip_range: {
    api: 'settings.ipConfiguration.allocatedIpRange',
    input: 'allocated_ip_range',
    impact: ({ from }) => (from === null || from === undefined ? 'restart' : 'blocked'),
    wayOut: NEW_DATABASE,
    read: live => live.settings?.ipConfiguration?.allocatedIpRange || undefined,
    write: value => network({ allocatedIpRange: value })
  },
  allowed_cidr_blocks: {
    api: 'settings.ipConfiguration.authorizedNetworks',
    input: 'allowed_cidr_blocks',
    impact: 'online',
    normalise: value =>
      Array.isArray(value) ? [...new Set(value.map(one => plainNetwork(String(one))))].sort() : value,
    read: live => (live.settings?.ipConfiguration?.authorizedNetworks ?? []).map(one => one.value),
    write: (value, live) =>
      network({
        authorizedNetworks: authorisedOf(
          Array.isArray(value) ? value.map(one => plainNetwork(String(one))) : [],
          live?.settings?.ipConfiguration?.authorizedNetworks
        )
      })
  },
  ssl_mode: {
    api: 'settings.ipConfiguration.sslMode',
    input: 'ssl_mode',
    impact: 'online',
    read: live => live.settings?.ipConfiguration?.sslMode,
    write: value => network({ sslMode: value })
  },
  kms_key_id: {
    api: 'diskEncryptionConfiguration.kmsKeyName',
    input: 'kms_key_id',
    impact: 'restart',
    guard: 'create-only',
    wayOut: NEW_DATABASE,
    read: live => live.diskEncryptionConfiguration?.kmsKeyName,
    write: value => ({ diskEncryptionConfiguration: { kmsKeyName: value } })
  },
  enable_proxy: {
    api: 'settings.connectionPoolConfig.connectionPoolingEnabled',
    input: 'enable_proxy',
    impact: 'restart',
    read: live => live.settings?.connectionPoolConfig?.connectionPoolingEnabled === true
  },
  master_password: { api: 'rootPassword', input: 'master_password', impact: 'online', read: () => undefined },
  master_password_version: {
    api: 'users.password, userLabels',
    input: 'master_password_version',
    impact: 'online',
    sends: 'master_password',
    read: live => live.settings?.userLabels?.[PASSWORD_VERSION]
  },
  source: {
    api: 'cloneContext',
    input: 'restore_source',
    impact: 'online',
    guard: 'create-only',
    satisfied: () => true,
    read: () => 'none'
  }
} as const satisfies Readonly<Record<string, InstanceField>>;

/** The same, to be looked up by any name. */
export const FIELDS: Readonly<Record<string, InstanceField>> = INSTANCE_FIELDS;

/** `RUNNABLE` for every state in which the instance serves or will by itself. One that is being made is not: whoever finds it waits for it. */
export function stateOf({ state = 'RUNNABLE', settings: live }: Instance): string {
  if (live?.activationPolicy === 'NEVER') return 'STOPPED';
  return ['PENDING_CREATE', 'PENDING_DELETE', 'SUSPENDED', 'FAILED'].includes(state) ? state : 'RUNNABLE';
}

/** GiB up to which the disk grows by itself; 0 when it does not grow. */
function limitOf(live: Settings | undefined): Value {
  if (live?.storageAutoResize === false) return 0;
  const limit = numberOf(live?.storageAutoResizeLimit) ?? 0;
  return limit === 0 ? UNLIMITED : limit;
}

function sameNetwork(live: string, wanted: string): boolean {
  const [a, b] = [live, wanted].map(one => /^projects\/([^/]+)\/global\/networks\/([^/]+)$/.exec(networkPath('', one)));
  if (a === undefined || b === undefined || a === null || b === null) return live === wanted;
  const isNumber = (text = ''): boolean => /^\d+$/.test(text);
  return a[2] === b[2] && (a[1] === b[1] || isNumber(a[1]) || isNumber(b[1]));
}

/** A live instance in the plan's words. */
export function instanceValues(live: Instance): Readonly<Record<string, Value>> {
  return Object.fromEntries(
    Object.entries(FIELDS).flatMap(([name, { read }]) => {
      const value = read(live);
      return value === undefined ? [] : [[name, value] as const];
    })
  );
}

/** The body that leads to these values, of the fields that are asked for. */
export function bodyOf(
  values: Readonly<Record<string, Value>>,
  live: Instance | undefined,
  includes: (field: string) => boolean = () => true
): Body {
  return Object.entries(values)
    .filter(([name, value]) => value !== null && includes(name))
    .map(([name, value]) => FIELDS[name]?.write?.(value, live) ?? {})
    .reduce<Body>((all, part) => joined(all, part), {});
}

/** Two bodies as one; of lists and plain values the second counts. */
export function joined(one: Body, other: Body): Body {
  const all: Record<string, unknown> = { ...one };
  for (const [name, value] of Object.entries(other)) {
    const before = all[name];
    all[name] = isObject(before) && isObject(value) ? joined(before, value) : value;
  }
  return all;
}

function isObject(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
