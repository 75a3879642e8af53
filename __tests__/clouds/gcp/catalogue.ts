import type { Json } from './json.ts';

const flag = (name: string, type: string, requiresRestart: boolean, more: Json = {}): Json => ({
  kind: 'sql#flag',
  name,
  type,
  appliesTo: ['POSTGRES_14', 'POSTGRES_15', 'POSTGRES_16', 'POSTGRES_17', 'POSTGRES_18'],
  requiresRestart,
  flagScope: 'SQL_FLAG_SCOPE_DATABASE',
  ...more
});

const between = (minValue: number, maxValue: number): Json => ({
  minValue: String(minValue),
  maxValue: String(maxValue)
});

const MOST = 2_147_483_647;

const pooling = (name: string, type: string, more: Json): Json =>
  flag(name, type, false, { flagScope: 'SQL_FLAG_SCOPE_CONNECTION_POOL', ...more });

/** Database flags, with the units that Cloud SQL counts in (8 kB, kB, ms), then those of the managed pooler. */
export const FLAGS: readonly Json[] = [
  flag('autovacuum', 'BOOLEAN', false),
  flag('checkpoint_completion_target', 'FLOAT', false),
  flag('cloudsql.enable_pg_cron', 'BOOLEAN', true),
  flag('cloudsql.enable_pgaudit', 'BOOLEAN', true),
  flag('cloudsql.iam_authentication', 'BOOLEAN', false),
  flag('cloudsql.logical_decoding', 'BOOLEAN', true),
  flag('deadlock_timeout', 'INTEGER', false, between(1, MOST)),
  flag('default_statistics_target', 'INTEGER', false, between(1, 10_000)),
  flag('effective_cache_size', 'INTEGER', false, between(1, MOST)),
  flag('idle_in_transaction_session_timeout', 'INTEGER', false, between(0, MOST)),
  flag('log_connections', 'BOOLEAN', false),
  flag('log_disconnections', 'BOOLEAN', false),
  flag('log_min_duration_statement', 'INTEGER', false, between(-1, MOST)),
  flag('log_line_prefix', 'STRING', false),
  flag('log_statement', 'STRING', false, { allowedStringValues: ['none', 'ddl', 'mod', 'all'] }),
  flag('maintenance_work_mem', 'INTEGER', false, between(1024, MOST)),
  flag('max_connections', 'INTEGER', true, between(14, 262_143)),
  flag('random_page_cost', 'FLOAT', false),
  flag('shared_buffers', 'INTEGER', true, between(16, 1_073_741_823)),
  // In small letters, as gcloud's users set it: `--database-flags=timezone=Asia/Seoul`.
  flag('timezone', 'STRING', false),
  flag('wal_buffers', 'INTEGER', true, between(-1, 262_143)),
  flag('work_mem', 'INTEGER', false, between(64, MOST)),
  pooling('max_client_connections', 'INTEGER', between(1, 262_143)),
  pooling('max_pool_size', 'INTEGER', between(1, 1000)),
  pooling('min_pool_size', 'INTEGER', between(0, 1000)),
  pooling('pool_mode', 'STRING', { allowedStringValues: ['session', 'transaction'] })
];

/** Regions that sell everything below, but for the last tier. */
export const REGIONS: readonly string[] = ['us-central1', 'us-east1', 'us-west1', 'europe-west1'];

const tier = (name: string, ram: number, region: readonly string[] = REGIONS): Json => ({
  kind: 'sql#tier',
  tier: name,
  RAM: String(ram * 1024 ** 2),
  DiskQuota: String(64 * 1024 ** 4),
  region
});

export const TIERS: readonly Json[] = [
  tier('db-f1-micro', 614),
  tier('db-g1-small', 1740),
  tier('db-custom-1-3840', 3840),
  tier('db-custom-2-7680', 7680),
  tier('db-custom-4-15360', 15_360),
  tier('db-perf-optimized-N-2', 16_384),
  tier('db-perf-optimized-N-4', 32_768),
  tier('db-perf-optimized-N-8', 65_536),
  tier('db-c4a-highmem-4', 32_768),
  tier('db-perf-optimized-N-128', 884_736, ['us-central1'])
];
