import type { Parameter } from '@aws-sdk/client-rds';

/** What RDS knows of one PostgreSQL parameter. */
export interface ParameterInfo {
  readonly name: string;
  readonly dynamic: boolean;
  readonly type: 'integer' | 'boolean' | 'float' | 'string' | 'list';
  /** `16-1073741823`, `0,1`, `none,ddl,mod,all`; empty: anything. */
  readonly allowed: string;
  readonly fallback: string | undefined;
  readonly modifiable: boolean;
  readonly description: string;
  /** First major version that has it. */
  readonly since: number;
}

/**
 * name | d(ynamic) or s(tatic) | type | allowed values | default | description with its unit | `fixed` when RDS lets no
 * user change it, `NN+` for the first major. A part of the several hundred that RDS lists, in its own form: words are
 * capitals in some, and booleans are words. https://pganalyze.com/docs/install/amazon_rds/01_configure_rds_instance
 */
const TABLE = `
autovacuum|d|boolean|0,1|1|Starts the autovacuum subprocess.
autovacuum_analyze_scale_factor|d|float|0-100|0.05|Number of tuple inserts, updates or deletes prior to analyze as a fraction of reltuples.
autovacuum_analyze_threshold|d|integer|0-2147483647||Minimum number of tuple inserts, updates or deletes prior to analyze.
autovacuum_freeze_max_age|s|integer|10000000-2000000000||Age at which to autovacuum a table to prevent transaction ID wraparound.
autovacuum_max_workers|s|integer|1-262143|GREATEST({DBInstanceClassMemory/64371566592},3)|Sets the maximum number of simultaneously running autovacuum worker processes.
autovacuum_naptime|d|integer|1-2147483|15|(s) Time to sleep between autovacuum runs.
autovacuum_vacuum_cost_delay|d|float|-1-100||(ms) Vacuum cost delay in milliseconds, for autovacuum.
autovacuum_vacuum_cost_limit|d|integer|-1-10000|GREATEST({log(DBInstanceClassMemory/21474836480)*600},200)|Vacuum cost amount available before napping, for autovacuum.
autovacuum_vacuum_scale_factor|d|float|0-100|0.1|Number of tuple updates or deletes prior to vacuum as a fraction of reltuples.
autovacuum_vacuum_threshold|d|integer|0-2147483647||Minimum number of tuple updates or deletes prior to vacuum.
archive_timeout|d|integer|0-1073741823|300|(s) Forces a switch to the next xlog file if a new file has not been started within N seconds.|fixed
authentication_timeout|d|integer|1-600||(s) Sets the maximum allowed time to complete client authentication.
bgwriter_delay|d|integer|10-10000||(ms) Background writer sleep time between rounds.
checkpoint_completion_target|d|float|0-1|0.9|Time spent flushing dirty buffers during checkpoint, as fraction of checkpoint interval.
checkpoint_timeout|d|integer|30-3600|300|(s) Sets the maximum time between automatic WAL checkpoints.
checkpoint_warning|d|integer|0-2147483647||(s) Enables warnings if checkpoint segments are filled more frequently than this.
client_encoding|d|string|||Sets the client's character set encoding.
deadlock_timeout|d|integer|1-2147483647||(ms) Sets the time to wait on a lock before checking for deadlock.
default_statistics_target|d|integer|1-10000||Sets the default statistics target.
effective_cache_size|d|integer|1-2147483647|{DBInstanceClassMemory/16384}|(8kB) Sets the planners assumption about the size of the disk cache.
effective_io_concurrency|d|integer|0-1000||Number of simultaneous requests that can be handled efficiently by the disk subsystem.
fsync|s|boolean|0,1|1|Forces synchronization of updates to disk.|fixed
hot_standby_feedback|d|boolean|0,1||Allows feedback from a hot standby to the primary that will avoid query conflicts.
idle_in_transaction_session_timeout|d|integer|0-2147483647|86400000|(ms) Sets the maximum allowed idle time between queries, when in a transaction.
listen_addresses|s|string||*|Sets the host name or IP address(es) to listen to.|fixed
lock_timeout|d|integer|0-2147483647||(ms) Sets the maximum allowed duration of any wait for a lock.
log_autovacuum_min_duration|d|integer|-1-2147483647|10000|(ms) Sets the minimum execution time above which autovacuum actions will be logged.
log_checkpoints|d|boolean|0,1|1|Logs each checkpoint.
log_connections|d|boolean|0,1||Logs each successful connection.
log_disconnections|d|boolean|0,1||Logs end of a session, including duration.
log_duration|d|boolean|0,1||Logs the duration of each completed SQL statement.
log_error_verbosity|d|string|terse,default,verbose||Sets the verbosity of logged messages.
log_hostname|d|boolean|0,1||Logs the host name in the connection logs.
log_lock_waits|d|boolean|0,1||Logs long lock waits.
log_min_duration_statement|d|integer|-1-2147483647||(ms) Sets the minimum execution time above which statements will be logged.
log_min_messages|d|string|debug5,debug4,debug3,debug2,debug1,info,notice,warning,error,log,fatal,panic||Sets the message levels that are logged.
log_rotation_age|d|integer|1-1440|60|(min) Automatic log file rotation will occur after N minutes.
log_rotation_size|d|integer|50000-1000000||(kB) Automatic log file rotation will occur after N kilobytes.
log_statement|d|string|none,ddl,mod,all||Sets the type of statements logged.
log_temp_files|d|integer|-1-2147483647||(kB) Log the use of temporary files larger than this number of kilobytes.
logging_collector|s|boolean|0,1|1|Start a subprocess to capture stderr output and/or csvlogs into log files.|fixed
maintenance_work_mem|d|integer|1024-2147483647|GREATEST({DBInstanceClassMemory*1024/63963136},65536)|(kB) Sets the maximum memory to be used for maintenance operations.
max_connections|s|integer|6-262143|LEAST({DBInstanceClassMemory/9531392},5000)|Sets the maximum number of concurrent connections.
max_files_per_process|s|integer|64-2147483647||Sets the maximum number of simultaneously open files for each server process.
max_locks_per_transaction|s|integer|10-2147483647||Sets the maximum number of locks per transaction.
max_pred_locks_per_transaction|s|integer|10-2147483647||Sets the maximum number of predicate locks per transaction.
max_prepared_transactions|s|integer|0-262143||Sets the maximum number of simultaneously prepared transactions.
max_replication_slots|s|integer|5-8388607|20|Sets the maximum number of replication slots that the server can support.
max_stack_depth|d|integer|100-2147483647|6144|(kB) Sets the maximum stack depth, in kilobytes.
max_standby_archive_delay|d|integer|-1-2147483647||(ms) Sets the maximum delay before canceling queries when a hot standby server is processing archived WAL data.
max_standby_streaming_delay|d|integer|-1-2147483647||(ms) Sets the maximum delay before canceling queries when a hot standby server is processing streamed WAL data.
max_wal_senders|s|integer|5-8388607|20|Sets the maximum number of simultaneously running WAL sender processes.
max_wal_size|d|integer|128-201326592|2048|(MB) Sets the WAL size that triggers the checkpoint.
max_worker_processes|s|integer|1-262143|GREATEST({DBInstanceVCPU*2},8)|Sets the maximum number of concurrent worker processes.
min_wal_size|d|integer|128-201326592|192|(MB) Sets the minimum size to shrink the WAL to.
password_encryption|d|string|md5,scram-sha-256|md5|Encrypt passwords.
krb_caseins_users|d|string|true,false|false|Sets whether GSSAPI user names should be treated case-insensitively.
cron.log_run|s|string|on,off|on|Log all jobs runs into the job_run_details table.
pgaudit.log|d|list|ddl,function,misc,read,role,write,none,all,-ddl,-function,-misc,-read,-role,-write||Specifies which classes of statements will be logged by session audit logging.
pgaudit.log_parameter|d|boolean|0,1||Specifies that audit logging should include the parameters that were passed with the statement.
pg_stat_statements.max|s|integer|100-2147483647||Sets the maximum number of statements tracked by pg_stat_statements.
pg_stat_statements.track|d|string|NONE,TOP,ALL||Selects which statements are tracked by pg_stat_statements.
port|s|integer|1-65535|{EndPointPort}|Sets the TCP port the server listens on.|fixed
random_page_cost|d|float|0-1.79769e+308||Sets the planners estimate of the cost of a nonsequentially fetched disk page.
rds.accepted_password_auth_method|d|string|md5+scram,scram|md5+scram|Force authentication for connections with passwords stored locally.
rds.force_ssl|d|boolean|0,1||Force SSL connections.
rds.log_retention_period|d|integer|1440-10080|4320|Amazon RDS will delete PostgreSQL log that are older than N minutes.
rds.logical_replication|s|boolean|0,1|0|Enables logical decoding.
search_path|d|string|||Sets the schema search order for names that are not schema-qualified.
shared_buffers|s|integer|16-1073741823|{DBInstanceClassMemory/32768}|(8kB) Sets the number of shared memory buffers used by the server.
shared_preload_libraries|s|list|auto_explain,orafce,pgaudit,pglogical,pg_bigm,pg_cron,pg_hint_plan,pg_prewarm,pg_similarity,pg_stat_statements,pg_tle,pg_transport,plprofiler,plrust|pg_stat_statements|Lists shared libraries to preload into server.
ssl|s|boolean|0,1|1|Enables SSL connections.|fixed
ssl_max_protocol_version|d|string|TLSv1,TLSv1.1,TLSv1.2,TLSv1.3||Sets the maximum SSL/TLS protocol version to use.
ssl_min_protocol_version|d|string|TLSv1,TLSv1.1,TLSv1.2,TLSv1.3|TLSv1.2|Sets the minimum SSL/TLS protocol version to use.
statement_timeout|d|integer|0-2147483647||(ms) Sets the maximum allowed duration of any statement.
synchronous_commit|d|string|local,on,off|on|Sets the current transactions synchronization level.
tcp_keepalives_idle|d|integer|0-2147483647|300|(s) Time between issuing TCP keepalives.
temp_buffers|d|integer|100-1073741823||(8kB) Sets the maximum number of temporary buffers used by each session.
temp_file_limit|d|integer|-1-2147483647||(kB) Constrains the total amount disk space (in kilobytes) that a given PostgreSQL process can use for temporary files.
timezone|d|string||UTC|Sets the time zone for displaying and interpreting time stamps.
track_activity_query_size|s|integer|100-1048576|4096|Sets the size reserved for pg_stat_activity.current_query, in bytes.
track_commit_timestamp|s|boolean|0,1||Collects transaction commit time.
track_io_timing|d|boolean|0,1|1|Collects timing statistics on database IO activity.
wal_buffers|s|integer|-1-262143||(8kB) Sets the number of disk-page buffers in shared memory for WAL.
wal_receiver_status_interval|d|integer|0-2147483||(s) Sets the maximum interval between WAL receiver status reports to the primary.
wal_receiver_timeout|d|integer|0-3600000|30000|(ms) Sets the maximum wait time to receive data from the primary.
wal_sender_timeout|d|integer|0-3600000||(ms) Sets the maximum time to wait for WAL replication.
wal_writer_delay|d|integer|1-10000||(ms) WAL writer sleep time between WAL flushes.
work_mem|d|integer|64-2147483647||(kB) Sets the maximum memory to be used for query workspaces.
io_combine_limit|d|integer|1-128||(8kB) Limit on the size of data reads and writes.|17+
transaction_timeout|d|integer|0-2147483647||(ms) Sets the maximum allowed duration of any transaction within a session.|17+
`;

export const PARAMETERS: ReadonlyMap<string, ParameterInfo> = new Map(
  TABLE.trim()
    .split('\n')
    .map(line => {
      const [name = '', mode, type, allowed = '', fallback = '', description = '', note = ''] = line.split('|');
      const info: ParameterInfo = {
        name,
        dynamic: mode === 'd',
        type: type as ParameterInfo['type'],
        allowed,
        fallback: fallback === '' ? undefined : fallback,
        modifiable: note !== 'fixed',
        description,
        since: note.endsWith('+') ? Number(note.slice(0, -1)) : 0
      };
      return [name, info] as const;
    })
);

/** What is in force in a family before anyone changed anything. TLS is enforced from 15 on, and SCRAM from 14 on. */
export function parameterDefault(info: ParameterInfo, major: number): string | undefined {
  if (info.name === 'rds.force_ssl') return major >= 15 ? '1' : '0';
  if (info.name === 'password_encryption') return major >= 14 ? 'scram-sha-256' : 'md5';
  return info.fallback;
}

export function parametersOf(major: number): readonly ParameterInfo[] {
  return [...PARAMETERS.values()].filter(info => info.since <= major).map(info => asOf(info, major));
}

/** A parameter as that major version has it: from 18 on `log_connections` is a list of stages. */
export function asOf(info: ParameterInfo, major: number): ParameterInfo {
  if (info.name !== 'log_connections' || major < 18) return info;
  return {
    ...info,
    type: 'list',
    allowed: 'receipt,authentication,authorization,setup_durations,all,on,off,true,false,1,0'
  };
}

/**
 * A parameter as RDS lists it: one that was written with its default is not a user's.
 * https://github.com/hashicorp/terraform-provider-aws/pull/3182
 */
export function describeParameter(
  info: ParameterInfo,
  major: number,
  written?: { value: string; method: string }
): Parameter {
  const fallback = parameterDefault(info, major);
  const value = written?.value ?? fallback;
  return {
    ParameterName: info.name,
    ...(value !== undefined && { ParameterValue: value }),
    Description: info.description,
    Source:
      fallback === undefined
        ? written === undefined
          ? 'engine-default'
          : 'user'
        : value === fallback
          ? 'system'
          : 'user',
    ApplyType: info.dynamic ? 'dynamic' : 'static',
    DataType: info.type,
    ...(info.allowed !== '' && { AllowedValues: info.allowed }),
    IsModifiable: info.modifiable,
    ApplyMethod: (written?.method ?? 'pending-reboot') as 'immediate' | 'pending-reboot'
  };
}

/** Whether RDS takes the value: a number in range, one of the words, every item of a list, or a formula. */
export function isAllowed(info: ParameterInfo, value: string): boolean {
  if (/^(\{|GREATEST|LEAST|SUM|IF)/.test(value)) return true;
  if (info.allowed === '') return true;
  const range = /^(-?[\d.]+)-([\d.e+]+)$/.exec(info.allowed);
  if (range !== null) {
    if (!/^-?\d+(\.\d+)?$/.test(value) || (info.type === 'integer' && value.includes('.'))) return false;
    return Number(value) >= Number(range[1]) && Number(value) <= Number(range[2]);
  }
  const words = info.allowed.split(',');
  return info.type === 'list' ? value.split(',').every(one => words.includes(one)) : words.includes(value);
}
