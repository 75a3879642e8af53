import { asListed, canonical, inCalls, rdsParameter } from '../../../../src/providers/aws/api/parameters.ts';

test.each([
  ['shared_buffers', '256MB', 'shared_buffers', '32768'],
  ['shared_buffers', '16384', 'shared_buffers', '16384'],
  ['shared_buffers', '{DBInstanceClassMemory/32768}', 'shared_buffers', '{DBInstanceClassMemory/32768}'],
  ['effective_cache_size', '1GB', 'effective_cache_size', '131072'],
  ['maintenance_work_mem', '64MB', 'maintenance_work_mem', '65536'],
  ['wal_buffers', '16MB', 'wal_buffers', '2048'],
  ['checkpoint_completion_target', '0.9', 'checkpoint_completion_target', '0.9'],
  ['log_connections', 'on', 'log_connections', '1'],
  ['log_statement', 'ALL', 'log_statement', 'all'],
  ['log_line_prefix', '%m [%p] ', 'log_line_prefix', '%m [%p] '],
  ['log_min_duration_statement', '1s', 'log_min_duration_statement', '1000'],
  [
    'max_connections',
    'LEAST({DBInstanceClassMemory/9531392},5000)',
    'max_connections',
    'LEAST({DBInstanceClassMemory/9531392},5000)'
  ],
  ['ssl', 'on', 'rds.force_ssl', '1'],
  ['ssl', 'off', 'rds.force_ssl', '0'],
  ['rds.logical_replication', 'on', 'rds.logical_replication', '1'],
  ['shared_preload_libraries', 'pg_stat_statements', 'shared_preload_libraries', 'pg_stat_statements']
])('%s = %s is %s = %s on RDS', (name, value, rdsName, rdsValue) => {
  expect(rdsParameter(name, value, 14)).toMatchObject({ ok: true, name: rdsName, value: rdsValue });
});

test.each([
  ['log_connections', 'true', '1'],
  ['random_page_cost', '1.10', '1.1'],
  ['a_future_parameter', 'as it is', 'as it is']
])('a live %s of %s is compared as %s', (name, value, expected) => {
  expect(canonical(name, value, 14)).toBe(expected);
});

test.each([
  ['pg_stat_statements.track', 'all', 'NONE,TOP,ALL', 'ALL'],
  ['pg_stat_statements.track', 'nope', 'NONE,TOP,ALL', 'nope'],
  ['pgaudit.log_parameter', 'on', '0,1', '1'],
  ['pg_hint_plan.enable_hint', 'Yes', '0,1', '1'],
  ['cron.log_run', 'off', 'on,off', 'off'],
  ['krb_caseins_users', 'off', 'true,false', 'false'],
  ['force_parallel_mode', 'on', '0,1', '1'],
  ['log_statement', 'ALL', 'none,ddl,mod,all', 'all'],
  ['work_mem', '8MB', '64-2147483647', '8192'],
  ['rds.allowed_extensions', 'vector', undefined, 'vector']
])('%s = %s goes to RDS, which allows %s, as %s, and is read back as what was asked', (name, given, allowed, sent) => {
  const read = rdsParameter(name, given, 14);
  expect(read.ok && asListed(name, read.value, allowed, 14)).toBe(sent);
  expect(read.ok && canonical(name, sent, 14)).toBe(read.ok && read.value);
});

test.each([0, 1, 19, 20, 21, 40, 41])('%i parameters go in calls of twenty at most, none lost', count => {
  const items = Array.from({ length: count }, (_, index) => ({ name: `p${index}` }));
  const calls = inCalls(items);
  expect(calls.every(call => call.length <= 20)).toBe(true);
  expect(
    calls
      .flat()
      .map(({ name }) => name)
      .sort()
  ).toEqual(items.map(({ name }) => name).sort());
});

test('parameters that RDS requires together go in one call', () => {
  const others = Array.from({ length: 19 }, (_, index) => ({ name: `p${index}` }));
  const calls = inCalls([{ name: 'ssl_min_protocol_version' }, ...others, { name: 'ssl_max_protocol_version' }]);
  expect(calls[0]?.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['ssl_min_protocol_version', 'ssl_max_protocol_version'])
  );
});
