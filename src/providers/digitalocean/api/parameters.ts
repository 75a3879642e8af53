import { defined } from '../../../engine/defined.ts';
import { isMajor, MAJORS, type Major } from '../../../postgres/major.ts';
import { normaliseParameter } from '../../../postgres/parameters/normalise.ts';
import { describeParameter } from '../../../postgres/parameters/parameter.ts';
import { fromNative, nativeUnit } from '../../../postgres/parameters/units.ts';

/** A value as DigitalOcean's configuration takes it. */
export type ConfigValue = string | number | boolean;

/** A parameter of the inputs on DigitalOcean. */
export type ServerParameter =
  | { readonly kind: 'set'; readonly key: string; readonly value: ConfigValue; readonly remark?: string }
  /** It can't be set on DigitalOcean; `why` says what to do instead. */
  | { readonly kind: 'ignored'; readonly why: string }
  | { readonly kind: 'wrong'; readonly problem: string };

export type Key =
  | {
      readonly is: 'integer' | 'number';
      readonly range: readonly [least: number, most: number];
      /** DigitalOcean's unit; absent: the native unit of PostgreSQL. */
      readonly unit?: string;
    }
  | { readonly is: 'boolean' }
  /** Absent choices: any text. */
  | { readonly is: 'text'; readonly choices?: readonly string[] };

const int = (least: number, most: number, unit?: string): Key => defined({ is: 'integer', range: [least, most], unit });
const BIG = 2_147_483_647;

/**
 * The keys of a cluster's configuration, with DigitalOcean's limits and units.
 * https://docs.digitalocean.com/reference/api/digitalocean/#tag/Databases/operation/databases_patch_config
 */
export const KEYS: Readonly<Record<string, Key>> = {
  autovacuum_freeze_max_age: int(200_000_000, 1_500_000_000),
  autovacuum_max_workers: int(1, 20),
  autovacuum_naptime: int(0, 86_400, 's'),
  autovacuum_vacuum_threshold: int(0, BIG),
  autovacuum_analyze_threshold: int(0, BIG),
  autovacuum_vacuum_scale_factor: { is: 'number', range: [0, 1] },
  autovacuum_analyze_scale_factor: { is: 'number', range: [0, 1] },
  autovacuum_vacuum_cost_delay: int(-1, 100, 'ms'),
  autovacuum_vacuum_cost_limit: int(-1, 10_000),
  bgwriter_delay: int(10, 10_000, 'ms'),
  bgwriter_flush_after: int(0, 2048, 'kB'),
  bgwriter_lru_maxpages: int(0, 1_073_741_823),
  bgwriter_lru_multiplier: { is: 'number', range: [0, 10] },
  deadlock_timeout: int(500, 1_800_000, 'ms'),
  default_toast_compression: { is: 'text', choices: ['lz4', 'pglz'] },
  idle_in_transaction_session_timeout: int(0, 604_800_000, 'ms'),
  jit: { is: 'boolean' },
  log_autovacuum_min_duration: int(-1, BIG, 'ms'),
  log_error_verbosity: { is: 'text', choices: ['TERSE', 'DEFAULT', 'VERBOSE'] },
  log_line_prefix: {
    is: 'text',
    choices: [
      'pid=%p,user=%u,db=%d,app=%a,client=%h',
      '%m [%p] %q[user=%u,db=%d,app=%a]',
      '%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h'
    ]
  },
  log_min_duration_statement: int(-1, 86_400_000, 'ms'),
  max_files_per_process: int(1000, 4096),
  max_prepared_transactions: int(0, 10_000),
  max_pred_locks_per_transaction: int(64, 640),
  max_locks_per_transaction: int(64, 6400),
  max_stack_depth: int(2_097_152, 6_291_456, 'B'),
  max_standby_archive_delay: int(1, 43_200_000, 'ms'),
  max_standby_streaming_delay: int(1, 43_200_000, 'ms'),
  max_replication_slots: int(8, 64),
  max_logical_replication_workers: int(4, 64),
  max_parallel_workers: int(0, 96),
  max_parallel_workers_per_gather: int(0, 96),
  max_worker_processes: int(8, 96),
  max_wal_senders: int(20, 64),
  max_slot_wal_keep_size: int(-1, BIG, 'MB'),
  'pg_partman_bgw.role': { is: 'text' },
  'pg_partman_bgw.interval': int(3600, 604_800),
  'pg_stat_statements.track': { is: 'text', choices: ['all', 'top', 'none'] },
  temp_file_limit: int(-1, BIG, 'kB'),
  timezone: { is: 'text' },
  track_activity_query_size: int(1024, 10_240, 'B'),
  track_commit_timestamp: { is: 'text', choices: ['off', 'on'] },
  track_functions: { is: 'text', choices: ['all', 'pl', 'none'] },
  track_io_timing: { is: 'text', choices: ['off', 'on'] },
  wal_sender_timeout: int(0, 10_800_000, 'ms'),
  wal_writer_delay: int(10, 200, 'ms'),
  work_mem: int(1, 1024, 'MB')
};

/** Keys that are not parameters of PostgreSQL. */
export const OWN_KEYS: Readonly<Record<string, Key>> = {
  'pgbouncer.autodb_idle_timeout': int(0, 86_400),
  'pgbouncer.autodb_max_db_connections': int(0, BIG),
  'pgbouncer.autodb_pool_mode': { is: 'text', choices: ['session', 'transaction', 'statement'] },
  'pgbouncer.autodb_pool_size': int(0, 10_000),
  'pgbouncer.min_pool_size': int(0, 10_000),
  'pgbouncer.server_idle_timeout': int(0, 86_400),
  'pgbouncer.server_lifetime': int(60, 86_400),
  'pgbouncer.server_reset_query_always': { is: 'boolean' },
  'timescaledb.max_background_workers': int(1, 4096),
  max_failover_replication_time_lag: int(10, Number.MAX_SAFE_INTEGER),
  shared_buffers_percentage: { is: 'number', range: [20, 60] },
  stat_monitor_enable: { is: 'boolean' },
  synchronous_replication: { is: 'text', choices: ['off', 'quorum'] }
};

/** What to do instead of setting parameters that DigitalOcean does not offer. */
export const INSTEAD: Readonly<Record<string, string>> = {
  ssl: 'TLS is always on and enforced',
  shared_buffers: 'set `shared_buffers_percentage`, a share of the memory, 20 to 60',
  shared_preload_libraries: 'DigitalOcean loads the libraries of the extensions that it has',
  max_connections:
    'the size decides it: 25 connections for each GiB of memory, less three; use `enable_proxy` for more clients',
  log_statement: 'set `log_min_duration_statement`',
  'pgbouncer.ignore_startup_parameters': 'it is a list: set it in the control panel'
};

/** A parameter of the inputs with DigitalOcean's key, unit and type. */
export function parameterOn(name: string, given: string, major: number): ServerParameter {
  const key = name.trim().toLowerCase();
  const own = OWN_KEYS[key];
  if (own !== undefined) return valueOf(key, given.trim(), own);
  const known = KEYS[key];
  const version: Major = isMajor(major) ? major : (MAJORS.at(-1) ?? 18);
  if (known === undefined) {
    const instead = INSTEAD[key];
    if (instead !== undefined) return { kind: 'ignored', why: instead };
    const read = normaliseParameter(key, given, version);
    if (!read.ok) return { kind: 'wrong', problem: read.problem };
    return { kind: 'ignored', why: 'DigitalOcean does not offer it' };
  }
  const read = normaliseParameter(key, given, version);
  if (!read.ok) return { kind: 'wrong', problem: read.problem };
  return valueOf(key, inUnitOf(key, read.value, unitOf(known), version), known);
}

/** A live value for people: `16MB` for 16 of `work_mem`, whose unit here is MB. */
export function displayConfig(key: string, value: string): string {
  const unit = unitOf(KEYS[key]);
  const amount = Number(value);
  return unit === undefined || !(amount > 0) ? value : fromNative(amount, nativeUnit(unit));
}

function unitOf(key: Key | undefined): string | undefined {
  return key !== undefined && 'unit' in key ? key.unit : undefined;
}

/** Converts from PostgreSQL's native unit to DigitalOcean's; special values such as -1 stay. */
function inUnitOf(key: string, native: string, unit: string | undefined, major: Major): string {
  const from = describeParameter(key, major)?.unit;
  const amount = Number(native);
  if (unit === undefined || from === undefined || !(amount > 0)) return native;
  return String((amount * nativeUnit(from).factor) / nativeUnit(unit).factor);
}

function valueOf(key: string, text: string, of: Key): ServerParameter {
  if (of.is === 'boolean') {
    const isOn = /^(on|true|yes|1)$/i.test(text);
    if (!isOn && !/^(off|false|no|0)$/i.test(text)) return { kind: 'wrong', problem: `${key} must be on or off.` };
    return { kind: 'set', key, value: isOn };
  }
  if (of.is === 'text') {
    const { choices = [text] } = of;
    const value = choices.find(choice => choice.toLowerCase() === text.toLowerCase());
    if (value === undefined)
      return { kind: 'wrong', problem: `${key} must be one of ${choices.join(', ')} on DigitalOcean.` };
    return { kind: 'set', key, value };
  }
  const exact = Number(text);
  const value = of.is === 'integer' ? Math.round(exact) : exact;
  const [least, most] = of.range;
  if (!Number.isFinite(exact) || value < least || value > most) {
    return { kind: 'wrong', problem: `${key} must be ${least} to ${most} in DigitalOcean's unit, not ${text}.` };
  }
  const remark = `\`${key}\` is rounded from ${exact} to ${value}, in DigitalOcean's unit`;
  return { kind: 'set', key, value, ...(value === exact ? {} : { remark }) };
}
