import type { Json } from './json.ts';

const flag = (name: string, type: string, requiresRestart: boolean, more: Json = {}): Json => ({
  kind: 'sql#flag',
  name,
  type,
  appliesTo: ['POSTGRES_14', 'POSTGRES_15', 'POSTGRES_16', 'POSTGRES_17'],
  requiresRestart,
  ...more
});

/** Database flags, with the units that Cloud SQL counts in (8 kB, kB, ms). */
export const FLAGS: readonly Json[] = [
  flag('max_connections', 'INTEGER', true, { minValue: '14', maxValue: '262143' }),
  flag('shared_buffers', 'INTEGER', true, { minValue: '16', maxValue: '1073741823' }),
  flag('work_mem', 'INTEGER', false, { minValue: '64', maxValue: '2147483647' }),
  flag('maintenance_work_mem', 'INTEGER', false, { minValue: '1024', maxValue: '2147483647' }),
  flag('effective_cache_size', 'INTEGER', false, { minValue: '1', maxValue: '2147483647' }),
  flag('random_page_cost', 'FLOAT', false),
  flag('log_min_duration_statement', 'INTEGER', false, { minValue: '-1', maxValue: '2147483647' }),
  flag('log_statement', 'STRING', false, { allowedStringValues: ['none', 'ddl', 'mod', 'all'] }),
  flag('log_connections', 'BOOLEAN', false),
  flag('idle_in_transaction_session_timeout', 'INTEGER', false, { minValue: '0', maxValue: '2147483647' }),
  flag('cloudsql.iam_authentication', 'BOOLEAN', false),
  flag('cloudsql.enable_pgaudit', 'BOOLEAN', true),
  flag('cloudsql.logical_decoding', 'BOOLEAN', true)
];

const tier = (name: string, ram: number): Json => ({
  kind: 'sql#tier',
  tier: name,
  RAM: String(ram * 1024 ** 2),
  DiskQuota: String(64 * 1024 ** 4),
  region: ['us-central1', 'us-east1', 'europe-west1']
});

export const TIERS: readonly Json[] = [
  tier('db-f1-micro', 614),
  tier('db-g1-small', 1740),
  tier('db-custom-1-3840', 3840),
  tier('db-custom-2-7680', 7680),
  tier('db-custom-4-15360', 15360),
  tier('db-perf-optimized-N-2', 16384),
  tier('db-perf-optimized-N-4', 32768)
];
