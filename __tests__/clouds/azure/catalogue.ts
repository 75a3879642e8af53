import type { Json } from './state.ts';

/** Sizes a disk comes in, GiB. */
export const SIZE_STEPS = [32, 64, 128, 256, 512, 1024, 2048, 4095, 4096, 8192, 16384, 32767];

/** Versions that new servers are made of. */
export const VERSIONS = ['14', '15', '16', '17', '18'];

interface Size {
  readonly name: string;
  readonly tier: string;
  readonly vcores: number;
  readonly mibPerVcore: number;
}

export const SIZES: readonly Size[] = [
  { name: 'Standard_B1ms', tier: 'Burstable', vcores: 1, mibPerVcore: 2048 },
  { name: 'Standard_B2s', tier: 'Burstable', vcores: 2, mibPerVcore: 2048 },
  { name: 'Standard_B2ms', tier: 'Burstable', vcores: 2, mibPerVcore: 4096 },
  { name: 'Standard_B4ms', tier: 'Burstable', vcores: 4, mibPerVcore: 4096 },
  ...[2, 4, 8, 16].map(vcores => ({
    name: `Standard_D${vcores}ds_v5`,
    tier: 'GeneralPurpose',
    vcores,
    mibPerVcore: 4096
  })),
  { name: 'Standard_DC2ads_v5', tier: 'GeneralPurpose', vcores: 2, mibPerVcore: 4096 },
  ...[2, 4, 8, 16].map(vcores => ({
    name: `Standard_E${vcores}ds_v5`,
    tier: 'MemoryOptimized',
    vcores,
    mibPerVcore: 8192
  }))
];

/** Performance tiers by the size that each belongs to; a size can have its own and any higher one. */
export const TIERS = ['P4', 'P6', 'P10', 'P15', 'P20', 'P30', 'P40', 'P50', 'P50', 'P60', 'P70', 'P80'];

const PREMIUM: Json = {
  name: 'ManagedDisk',
  defaultStorageSizeMb: 32768,
  supportedStorageMb: SIZE_STEPS.map((gib, at) => ({
    storageSizeMb: gib * 1024,
    supportedIops: 120,
    defaultIopsTier: TIERS[at],
    supportedIopsTiers: [...new Set(TIERS.slice(at))].map(name => ({ name, iops: 120 }))
  }))
};
const PREMIUM_V2: Json = {
  name: 'ManagedDiskV2',
  defaultStorageSizeMb: 32768,
  supportedStorageMb: [
    {
      storageSizeMb: 32768,
      maximumStorageSizeMb: 67108864,
      supportedIops: 3000,
      supportedMaximumIops: 80000,
      supportedThroughput: 125,
      supportedMaximumThroughput: 1200
    }
  ]
};

/** What a region offers. */
export function capability(): Json {
  return {
    name: 'FlexibleServerCapabilities',
    supportedServerEditions: ['Burstable', 'GeneralPurpose', 'MemoryOptimized'].map(tier => ({
      name: tier,
      supportedStorageEditions: tier === 'Burstable' ? [PREMIUM] : [PREMIUM, PREMIUM_V2],
      supportedServerSkus: SIZES.filter(size => size.tier === tier).map(size => ({
        name: size.name,
        vCores: size.vcores,
        supportedIops: 3200,
        supportedMemoryPerVcoreMb: size.mibPerVcore,
        supportedZones: ['1', '2', '3'],
        supportedHaMode: tier === 'Burstable' ? [] : ['SameZone', 'ZoneRedundant']
      }))
    })),
    supportedServerVersions: VERSIONS.map((name, at) => ({ name, supportedVersionsToUpgrade: VERSIONS.slice(at + 1) })),
    fastProvisioningSupported: 'Disabled',
    geoBackupSupported: 'Enabled',
    zoneRedundantHaSupported: 'Enabled',
    zoneRedundantHaAndGeoBackupSupported: 'Enabled',
    storageAutoGrowthSupported: 'Enabled',
    onlineResizeSupported: 'Enabled',
    restricted: 'Disabled'
  };
}

export interface Parameter {
  readonly type: 'Boolean' | 'Integer' | 'Numeric' | 'Enumeration' | 'Set' | 'String';
  readonly initial: string;
  /** The value that Azure itself gives a new server in the place of `initial`, and lists as overridden by a user. */
  readonly ofNewServer?: string;
  readonly allowed: string;
  readonly unit?: string;
  readonly isDynamic: boolean;
  readonly isReadOnly?: boolean;
}

const ON_OFF = { type: 'Boolean', allowed: 'on,off', isDynamic: true } as const;
const dynamic = (initial: string, allowed: string, unit?: string): Parameter => ({
  type: 'Integer',
  initial,
  allowed,
  isDynamic: true,
  ...(unit === undefined ? {} : { unit })
});
const fixed = (initial: string, allowed: string, unit?: string): Parameter => ({
  ...dynamic(initial, allowed, unit),
  isDynamic: false
});

/**
 * Every parameter a server has here, with what the API says of it. The overrides of a new server as Azure's own command
 * line recorded them: https://github.com/Azure/azure-cli (`src/azure-cli/azure/cli/command_modules/postgresql/tests/
 * latest/recordings/test_postgres_flexible_server_parameter_mgmt.yaml`).
 */
export const PARAMETERS: Readonly<Record<string, Parameter>> = {
  // With capitals, as in pg_settings:
  // https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-server-parameters
  DateStyle: { type: 'String', initial: 'ISO, MDY', allowed: '[A-Za-z, ]+', isDynamic: true },
  TimeZone: { type: 'String', initial: 'UTC', allowed: '[A-Za-z/_+-]+', isDynamic: true },
  // A list in either case: https://learn.microsoft.com/azure/postgresql/extensions/how-to-allow-extensions
  'azure.extensions': {
    type: 'Set',
    initial: '',
    allowed: 'citext,hstore,pg_cron,pgaudit,pgcrypto,uuid-ossp,vector',
    isDynamic: true
  },
  commit_timestamp_buffers: { ...fixed('0', '0-131072', '8kB'), ofNewServer: '1024' },
  checkpoint_completion_target: { type: 'Numeric', initial: '0.9', allowed: '0-1', isDynamic: true },
  default_statistics_target: dynamic('100', '1-10000'),
  effective_cache_size: dynamic('196608', '1-2147483647', '8KB'),
  'intelligent_tuning.metric_targets': {
    type: 'Set',
    initial: 'none',
    allowed: 'none,Storage-checkpoint_completion_target,Storage-bgwriter_delay,tuning-autovacuum,all',
    isDynamic: true
  },
  log_connections: { ...ON_OFF, initial: 'on' },
  log_disconnections: { ...ON_OFF, initial: 'on' },
  log_min_duration_statement: dynamic('-1', '-1-2147483647', 'ms'),
  log_statement: { type: 'Enumeration', initial: 'none', allowed: 'none,ddl,mod,all', isDynamic: true },
  maintenance_work_mem: dynamic('99328', '1024-2097151', 'KB'),
  max_connections: fixed('50', '25-5000'),
  max_worker_processes: fixed('8', '0-262143'),
  'metrics.collector_database_activity': { ...ON_OFF, initial: 'off' },
  'pg_qs.query_capture_mode': { type: 'Enumeration', initial: 'none', allowed: 'none,top,all', isDynamic: true },
  'pg_qs.retention_period_in_days': dynamic('7', '1-30'),
  'pgbouncer.default_pool_size': dynamic('50', '1-4950'),
  'pgbouncer.enabled': { type: 'Boolean', initial: 'false', allowed: 'true,false', isDynamic: true },
  'pgbouncer.max_client_conn': dynamic('5000', '1-50000'),
  'pgbouncer.pool_mode': {
    type: 'Enumeration',
    initial: 'transaction',
    allowed: 'session,transaction,statement',
    isDynamic: true
  },
  'pgms_wait_sampling.query_capture_mode': {
    type: 'Enumeration',
    initial: 'none',
    allowed: 'all,none',
    isDynamic: true
  },
  require_secure_transport: { ...ON_OFF, initial: 'on' },
  shared_buffers: fixed('32768', '16-1073741823', '8KB'),
  shared_preload_libraries: {
    type: 'Set',
    initial: 'pg_stat_statements',
    ofNewServer: 'pg_cron,pg_stat_statements',
    allowed: 'age,auto_explain,azure_storage,pg_cron,pg_hint_plan,pg_stat_statements,pgaudit,pglogical,timescaledb',
    isDynamic: false
  },
  ssl: { ...ON_OFF, initial: 'off', ofNewServer: 'on', isReadOnly: true },
  temp_tablespaces: {
    type: 'String',
    initial: '',
    ofNewServer: 'temptblspace',
    allowed: '[A-Za-z._]*',
    isDynamic: true
  },
  wal_buffers: fixed('2048', '-1-262143', '8KB'),
  work_mem: dynamic('4096', '4096-2097151', 'KB')
};
