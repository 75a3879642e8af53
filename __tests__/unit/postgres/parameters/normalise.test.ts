import { normaliseParameter } from '../../../../src/postgres/parameters/normalise.ts';
import type { Major } from '../../../../src/postgres/major.ts';

function valueOf(name: string, value: string, major: Major = 17): string {
  const normalised = normaliseParameter(name, value, major);
  return normalised.ok ? normalised.value : normalised.problem;
}

function remarksOf(name: string, value: string): readonly string[] {
  const normalised = normaliseParameter(name, value, 17);
  return normalised.ok ? normalised.remarks : [normalised.problem];
}

describe('normaliseParameter', () => {
  test.each([
    ['shared_buffers', '256MB', '32768'],
    ['shared_buffers', '32768', '32768'],
    ['shared_buffers', ' 256 MB ', '32768'],
    ['shared_buffers', '1GB', '131072'],
    ['shared_buffers', '0.5GB', '65536'],
    ['SHARED_BUFFERS', '256MB', '32768'],
    ['effective_cache_size', '1GB', '131072'],
    ['maintenance_work_mem', '64MB', '65536'],
    ['work_mem', '4096', '4096'],
    ['max_wal_size', '1GB', '1024'],
    ['wal_buffers', '16MB', '2048'],
    ['wal_buffers', '-1', '-1'],
    ['statement_timeout', '5min', '300000'],
    ['statement_timeout', '1.5h', '5400000'],
    ['checkpoint_timeout', '5min', '300'],
    ['log_rotation_age', '1d', '1440'],
    ['track_activity_query_size', '4kB', '4096'],
    ['max_connections', '200', '200'],
    ['max_connections', '0x10', '16'],
    ['max_connections', '010', '8'],
    ['log_min_duration_statement', '-1', '-1'],
    ['checkpoint_completion_target', '0.90', '0.9'],
    ['checkpoint_completion_target', '.9', '0.9'],
    ['random_page_cost', '1', '1'],
    ['random_page_cost', '1e0', '1'],
    ['vacuum_cost_delay', '2ms', '2'],
    ['vacuum_cost_delay', '500us', '0.5']
  ])('converts the number %s = %s to the native unit: %s', (name, value, expected) => {
    expect(valueOf(name, value)).toBe(expected);
    expect(valueOf(name, expected)).toBe(expected);
  });

  test.each([
    ['autovacuum', 'on', 'on'],
    ['autovacuum', 'TRUE', 'on'],
    ['autovacuum', 'yes', 'on'],
    ['autovacuum', '1', 'on'],
    ['autovacuum', 't', 'on'],
    ['autovacuum', 'off', 'off'],
    ['autovacuum', 'false', 'off'],
    ['autovacuum', 'n', 'off'],
    ['autovacuum', '0', 'off'],
    ['log_statement', 'ALL', 'all'],
    ['synchronous_commit', 'yes', 'on'],
    ['ssl_min_protocol_version', 'tlsv1.2', 'TLSv1.2'],
    ['wal_level', 'hot_standby', 'replica'],
    ['wal_compression', 'on', 'pglz'],
    ['wal_compression', 'ZSTD', 'zstd'],
    ['client_min_messages', 'debug', 'debug2']
  ])('spells %s = %s as the server does: %s', (name, value, expected) => {
    expect(valueOf(name, value)).toBe(expected);
  });

  test.each([
    ['shared_preload_libraries', ' pg_stat_statements ,  auto_explain', 'pg_stat_statements,auto_explain'],
    ['shared_preload_libraries', '', ''],
    ['search_path', '"$user", public', '"$user",public'],
    ['search_path', '"a, b",c', '"a, b",c'],
    ['log_destination', 'stderr, csvlog', 'csvlog,stderr'],
    ['log_destination', 'csvlog,stderr,csvlog', 'csvlog,stderr']
  ])('trims the list %s = %s: %s', (name, value, expected) => {
    expect(valueOf(name, value)).toBe(expected);
  });

  test('leaves text as it is', () => {
    expect(valueOf('log_line_prefix', '%m [%p] ')).toBe('%m [%p] ');
    expect(valueOf('timezone', 'Europe/Berlin')).toBe('Europe/Berlin');
  });

  test.each([
    ['pg_stat_statements.max', ' 5000 ', '5000'],
    ['pg_stat_statements.track', 'ALL', 'all'],
    ['pgaudit.log', 'DDL , -Role', 'ddl,-role'],
    ['pgaudit.log_parameter', '1', 'on'],
    ['auto_explain.log_analyze', 'maybe', 'maybe'],
    ['cron.database_name', 'App', 'App']
  ])('passes %s of an extension unchecked, %j as %j', (name, given, value) => {
    expect(normaliseParameter(name, given, 17)).toEqual({ ok: true, name, value, remarks: [] });
  });

  test('follows the majors: what a list is in one is a switch in another', () => {
    expect(valueOf('log_connections', 'yes', 17)).toBe('on');
    expect(valueOf('log_connections', 'setup_durations, receipt', 18)).toBe('receipt,setup_durations');
    expect(valueOf('wal_compression', 'on', 14)).toBe('on');
  });

  test('notes a unit that PostgreSQL spells differently', () => {
    expect(valueOf('work_mem', '64KB')).toBe('64');
    expect(remarksOf('work_mem', '64KB')).toEqual(['work_mem: KB was read as kB.']);
    expect(remarksOf('work_mem', '64kB')).toEqual([]);
  });

  test.each([
    ['shared_buffers', '1001kB', '125', 'shared_buffers = 1001kB is rounded to 125 (1000kB), as PostgreSQL does.'],
    [
      'shared_buffers',
      '30.1GB',
      '3945216',
      'shared_buffers = 30.1GB is rounded to 3945216 (30822MB), as PostgreSQL does.'
    ],
    ['max_wal_size', '30.1GB', '30822', 'max_wal_size = 30.1GB is rounded to 30822 (30822MB), as PostgreSQL does.'],
    ['max_connections', '20.5', '20', 'max_connections = 20.5 is rounded to 20, as PostgreSQL does.']
  ])('rounds %s = %s as PostgreSQL does, with a note', (name, value, expected, remark) => {
    expect(valueOf(name, value)).toBe(expected);
    expect(remarksOf(name, value)).toEqual([remark]);
  });

  test('writes permissions as PostgreSQL shows them', () => {
    expect(valueOf('log_file_mode', '0640')).toBe('0640');
    expect(valueOf('log_file_mode', '384')).toBe('0600');
  });

  test.each([
    ['shared_bufers', '1GB', 'shared_bufers is not a parameter of PostgreSQL 17; did you mean shared_buffers?'],
    ['qwertyuiop', '1', 'qwertyuiop is not a parameter of PostgreSQL 17.'],
    ['io_method', 'sync', 'io_method does not exist in PostgreSQL 17, only from PostgreSQL 18 on.'],
    ['force_parallel_mode', 'on', 'force_parallel_mode does not exist in PostgreSQL 17, only up to PostgreSQL 15.'],
    ['block_size', '8192', 'block_size cannot be set: the server or its build fixes it.'],
    ['autovacuum', 'maybe', 'autovacuum is on or off, not "maybe".'],
    ['autovacuum', 'o', 'autovacuum is on or off, not "o".'],
    ['autovacuum', '', 'autovacuum is on or off, not "".'],
    ['log_statement', 'some', 'log_statement is one of none, ddl, mod, all, not "some".'],
    ['max_connections', 'many', 'max_connections is a whole number from 1 to 262143, not "many".'],
    ['max_connections', '0', 'max_connections is a whole number from 1 to 262143, not 0.'],
    ['max_connections', '10MB', 'max_connections has no unit: give a bare number, not "10MB".'],
    [
      'work_mem',
      '1kB',
      'work_mem is a whole number of kB (or with a unit) from 64 (64kB) to 2147483647 (2147483647kB), not 1 (1kB).'
    ],
    ['work_mem', '10GiB', 'work_mem = "10GiB" has no unit PostgreSQL knows here: use one of B, kB, MB, GB, TB.'],
    ['work_mem', '5min', 'work_mem = "5min" has no unit PostgreSQL knows here: use one of B, kB, MB, GB, TB.'],
    ['random_page_cost', 'cheap', 'random_page_cost is a number from 0 to 1.79769e+308, not "cheap".'],
    ['checkpoint_completion_target', '2', 'checkpoint_completion_target is a number from 0 to 1, not 2.']
  ])('refuses %s = %s with a sentence', (name, value, problem) => {
    expect(normaliseParameter(name, value, 17)).toEqual({ ok: false, problem });
  });
});
