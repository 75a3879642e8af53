import { displayConfig, parameterOn } from '../../../../src/providers/digitalocean/api/parameters.ts';

test.each([
  ['work_mem', '16MB', 16],
  ['work_mem', '65536', 64],
  ['max_stack_depth', '4MB', 4_194_304],
  ['deadlock_timeout', '2s', 2000],
  ['idle_in_transaction_session_timeout', '1h', 3_600_000],
  ['autovacuum_naptime', '2min', 120],
  ['bgwriter_flush_after', '512kB', 512],
  ['temp_file_limit', '1GB', 1_048_576],
  ['temp_file_limit', '-1', -1],
  ['max_slot_wal_keep_size', '10GB', 10_240],
  ['autovacuum_vacuum_scale_factor', '0.05', 0.05],
  ['jit', 'off', false],
  ['track_io_timing', 'yes', 'on'],
  ['log_error_verbosity', 'verbose', 'VERBOSE'],
  ['pg_stat_statements.track', 'ALL', 'all'],
  ['shared_buffers_percentage', '41.5', 41.5],
  ['synchronous_replication', 'quorum', 'quorum'],
  ['Work_Mem', ' 8MB ', 8],
  ['pgbouncer.autodb_pool_mode', 'Transaction', 'transaction'],
  ['pgbouncer.server_reset_query_always', 'on', true],
  ['timescaledb.max_background_workers', '8', 8],
  ['log_line_prefix', '%m [%p] %q[user=%u,db=%d,app=%a]', '%m [%p] %q[user=%u,db=%d,app=%a]']
])('%s of %s is %p, in the unit and type of DigitalOcean', (name, given, value) => {
  expect(parameterOn(name, given, 17)).toMatchObject({ kind: 'set', key: name.toLowerCase(), value });
});

test('a value between two steps of the unit is rounded, with a notice', () => {
  expect(parameterOn('work_mem', '1500kB', 17)).toMatchObject({
    kind: 'set',
    value: 1,
    remark: expect.stringContaining('work_mem') as string
  });
});

test.each([
  ['work_mem', '2GB', /1 to 1024/],
  ['work_mem', '64kB', /1 to 1024/],
  ['jit', 'maybe', /jit/],
  ['track_functions', 'some', /track_functions/],
  ['wrok_mem', '8MB', /wrok_mem/],
  ['shared_buffers_percentage', 'half', /20 to 60/],
  ['log_line_prefix', '%t', /log_line_prefix must be one of/],
  ['pgbouncer.server_lifetime', '5', /60 to 86400/]
])('%s of %s is refused with the allowed values', (name, given, problem) => {
  expect(parameterOn(name, given, 17)).toMatchObject({
    kind: 'wrong',
    problem: expect.stringMatching(problem) as string
  });
});

test.each(['ssl', 'shared_buffers', 'shared_preload_libraries', 'max_connections', 'log_statement', 'fsync'])(
  '%s can’t be set, and the alternative is named',
  name => {
    expect(parameterOn(name, name === 'shared_buffers' ? '256MB' : 'on', 17).kind).toBe('ignored');
  }
);

test('a live value is shown in its usual spelling', () => {
  expect(displayConfig('work_mem', '16')).toBe('16MB');
  expect(displayConfig('deadlock_timeout', '2000')).toBe('2s');
  expect(displayConfig('temp_file_limit', '-1')).toBe('-1');
  expect(displayConfig('jit', 'true')).toBe('true');
});
