import { azureParameter, joinLibraries } from '../../../../src/providers/azure/api/parameters.ts';
import { azureAccount } from '../../../support/azure-account.ts';
import { basic } from '../../../support/azure-inputs.ts';
import { told } from '../../../support/cloud-run.ts';

type With = Readonly<Record<string, string>>;

const account = azureAccount();

const { applied, planned } = account;
const { notices } = told(account.run);
const rebootRequired = async (inputs: With): Promise<boolean | undefined> =>
  (await (await account.run(inputs)).apply()).outputs?.rebootRequired;
const value = (name: string): string | undefined =>
  [...account.cloud.state.servers.values()].find(server => server.name === 'orders')?.configurations.get(name)?.value;
const restarts = (): number =>
  account.cloud.mutations().filter(({ action, status }) => action.includes('restart') && status < 300).length;

describe('parameters', () => {
  test.each([
    ['work_mem', '16MB', 'work_mem', '16384'],
    ['shared_buffers', '256MB', 'shared_buffers', '32768'],
    ['log_min_duration_statement', '2s', 'log_min_duration_statement', '2000'],
    ['log_line_prefix', '%m [%p] ', 'log_line_prefix', '%m [%p] '],
    ['ssl', 'yes', 'require_secure_transport', 'on'],
    ['Log_Connections', 'false', 'log_connections', 'off'],
    ['azure.extensions', 'pgcrypto,vector', 'azure.extensions', 'pgcrypto,vector']
  ])('%s of %s is %s = %s on Azure', (name, given, azure, native) => {
    expect(azureParameter(name, given, 17)).toMatchObject({ ok: true, name: azure, value: native });
  });

  test.each([
    ['pgbouncer.pool_mode', 'session', /enable_proxy/],
    ['pg_qs.query_capture_mode', 'all', /enable_performance_insights/],
    ['wrok_mem', '8MB', /wrok_mem/]
  ])('%s is refused with a hint', (name, given, problem) => {
    expect(azureParameter(name, given, 17)).toMatchObject({
      ok: false,
      problem: expect.stringMatching(problem) as string
    });
  });

  test('libraries are added to those that Azure loads', async () => {
    expect(joinLibraries('pg_cron,pg_stat_statements', ' pgaudit , pg_cron')).toBe(
      'pg_cron,pg_stat_statements,pgaudit'
    );
    const inputs = { ...basic(), parameters: 'shared_preload_libraries: pgaudit' };
    await applied(inputs);
    expect(value('shared_preload_libraries')).toBe('pg_cron,pg_stat_statements,pgaudit');
    expect(await planned(inputs)).toEqual([]);
    // Azure's own stay: what its list calls the default is without the scheduler of jobs.
    await applied({ ...basic(), parameters: '{}' });
    expect(value('shared_preload_libraries')).toBe('pg_cron,pg_stat_statements');
    expect(await planned({ ...basic(), parameters: '{}' })).toEqual([]);
  });

  test('that need one cause one restart, of a new server at once and of a live one only when that is allowed', async () => {
    await applied({ ...basic(), parameters: 'max_connections: "100"\nshared_buffers: 512MB' });
    expect(restarts()).toBe(1);
    const later = { ...basic(), parameters: 'max_connections: "150"\nshared_buffers: 768MB\nwork_mem: 8MB' };
    expect((await planned(later)).toSorted()).toEqual([
      'update parameters: parameters.max_connections "100" → "150" (deferred)',
      'update parameters: parameters.shared_buffers "65536" → "98304" (deferred)',
      'update parameters: parameters.work_mem "4096" → "8192" (online)'
    ]);
    expect(await rebootRequired(later)).toBe(true);
    expect(restarts()).toBe(1);
    expect(await planned(later)).toEqual([]);

    const now = { ...later, allow_restart: 'true' };
    expect(await planned(now)).toEqual(['update parameters: restart_pending true → false (restart)']);
    expect(await rebootRequired(now)).toBe(false);
    expect(restarts()).toBe(2);
    expect(await planned(now)).toEqual([]);
    await applied({ ...now, parameters: 'max_connections: "200"\nshared_buffers: 1GB\nwork_mem: 8MB' });
    expect(restarts()).toBe(3);
  });

  test('that are no longer named return to their defaults, and only those that were set', async () => {
    await account.made({ ...basic(), parameters: 'work_mem: 8MB\nlog_statement: ddl' });
    await applied({ ...basic(), parameters: 'log_statement: ddl' });
    expect([value('work_mem'), value('log_statement')]).toEqual(['4096', 'ddl']);
    const { parameters: _none, ...untouched } = { ...basic(), parameters: '' };
    expect(await planned(untouched)).toEqual([]);
  });
});

test('the pooler is switched on with its settings, changed, and switched off', async () => {
  const pool = { ...basic(), enable_proxy: 'true', proxy_config: 'pool_mode: session\ndefault_pool_size: 20' };
  const { outputs } = await (await account.run(pool)).apply();
  expect(outputs).toMatchObject({ pool: { port: 6432, database: 'orders' } });
  expect(outputs?.module.proxy_endpoint).toMatch(/:6432$/);
  expect([value('pgbouncer.enabled'), value('pgbouncer.pool_mode'), value('pgbouncer.default_pool_size')]).toEqual([
    'true',
    'session',
    '20'
  ]);
  await applied({ ...pool, enable_proxy: 'false' });
  expect(value('pgbouncer.enabled')).toBe('false');
  expect(await planned({ ...pool, enable_proxy: 'false' })).toEqual([]);
});

test('the query store keeps queries for the requested days', async () => {
  const inputs = {
    ...basic(),
    enable_performance_insights: 'true',
    performance_insights_retention_period: '731'
  };
  await applied(inputs);
  expect([value('pg_qs.query_capture_mode'), value('pg_qs.retention_period_in_days')]).toEqual(['top', '30']);
  expect(await planned(inputs)).toEqual([]);
  await applied({ ...inputs, enable_performance_insights: 'false' });
  expect(value('pg_qs.query_capture_mode')).toBe('none');
});

test('administrators that are no longer named are removed, and those of others stay and are told', async () => {
  const admin = (id: string, name: string): string =>
    `{object_id: ${id}3333333-4444-5555-6666-777777777777, principal_name: ${name}, principal_type: Group}`;
  const entra = { ...basic(), iam_database_authentication_enabled: 'true' };
  await applied({ ...entra, entra_administrators: `[${admin('a', 'one')}, ${admin('b', 'two')}]` });
  const fewer = { ...entra, entra_administrators: `[${admin('b', 'two')}]` };
  const theirs = 'c3333333-4444-5555-6666-777777777777';
  const kept = 'warning administrators-kept';
  expect(await notices(fewer)).not.toContain(kept);
  const live = [...account.cloud.state.servers.values()].find(({ name }) => name === 'orders');
  live?.administrators.set(theirs, { objectId: theirs, principalName: 'on-call', principalType: 'Group' });
  expect(await notices(fewer)).toContain(kept);
  expect(await applied(fewer)).toEqual(['delete administrator/a3333333-4444-5555-6666-777777777777']);
  expect(await planned(fewer)).toEqual([]);
  expect(await planned({ ...entra, entra_administrators: '[]' })).toEqual([
    'delete administrator/b3333333-4444-5555-6666-777777777777'
  ]);
});

test('replicas are removed from the highest number, and before their server', async () => {
  const two = { ...basic(), create_read_replica: 'true', read_replica_count: '2' };
  await applied(two);
  expect(account.cloud.leftovers()).toEqual(
    expect.arrayContaining(['server orders-replica-1', 'server orders-replica-2'])
  );
  expect(await applied({ ...two, read_replica_count: '1' })).toEqual(['delete replica/2']);
  const larger = { ...two, read_replica_count: '1', sku_name: 'GP_Standard_D4ds_v5' };
  await applied(larger);
  expect(await planned(larger)).toEqual([]);
  const before = account.cloud.mutations().length;
  await (await account.run(larger)).destroy();
  const deleted = account.cloud
    .mutations()
    .slice(before)
    .filter(({ action }) => action === 'DELETE flexibleServers');
  expect(deleted.length).toBeGreaterThanOrEqual(2);
  expect(account.cloud.leftovers()).toEqual([]);
});

test('a firewall rule that a lock protects is refused in the plan, with a hint', async () => {
  const guarded = { ...basic(), enable_deletion_protection: 'true' };
  await applied({ ...guarded, allowed_cidr_blocks: '203.0.113.0/24\n198.51.100.0/24' });
  expect(await planned({ ...guarded, allowed_cidr_blocks: '203.0.113.0/24' })).toEqual([
    expect.stringContaining('(blocked)')
  ]);
  const open = {
    ...guarded,
    enable_deletion_protection: 'false',
    allowed_cidr_blocks: '203.0.113.0/24\n198.51.100.0/24'
  };
  await applied(open);
  await applied({ ...open, allowed_cidr_blocks: '203.0.113.0/24' });
});

test('alarms are created for metrics of Azure, changed, and removed', async () => {
  const group = `/subscriptions/${account.cloud.state.subscription}/resourceGroups/shop/providers/Microsoft.Insights/actionGroups/ops`;
  const inputs = {
    ...basic(),
    alarms: 'cpu: {threshold: 70, period: 600}\nfree_storage: {}\nread_latency: {}',
    alarm_actions: group
  };
  const { plan } = await (await account.run(inputs)).apply();
  expect(plan.notices.map(({ code, input }) => `${code} ${input ?? ''}`)).toContain('value-ignored alarms');
  expect(await planned(inputs)).toEqual([]);
  expect(await applied({ ...inputs, alarms: 'cpu: {threshold: 75}' })).toEqual([
    'update alarm/cpu: threshold 70 → 75 (online)',
    'update alarm/cpu: window "PT15M" → "PT5M" (online)',
    'delete alarm/free_storage'
  ]);
});

describe('of one name, what appeared after the plan is not replaced:', () => {
  const LOGS =
    '/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/shop/providers/Microsoft.OperationalInsights/workspaces/';
  const logged = (workspace: string): With => ({
    ...basic(),
    enable_logging: 'true',
    log_workspace_id: `${LOGS}${workspace}`
  });
  const { allowed_cidr_blocks: _networks, ...closed } = basic();

  test('an alert that a person made, which `adopt_existing` takes over', async () => {
    await account.made(basic());
    const alarms = { ...basic(), alarms: 'cpu: {threshold: 90}' };
    const { subscription } = account.cloud.state;
    const id = `/subscriptions/${subscription}/resourceGroups/shop/providers/Microsoft.Insights/metricAlerts/orders-cpu`;
    const theirs = { id, name: 'orders-cpu', location: 'global', properties: { severity: 0 } };
    const between = async (): Promise<unknown> => account.cloud.state.around.set(id.toLowerCase(), theirs);
    await expect((await account.run(alarms)).apply(between)).rejects.toMatchObject({
      code: 'not-ours',
      message: 'Could not create alarm cpu of orders: the name is taken by one that carries no ownership mark',
      hint: expect.stringContaining('`adopt_existing: <name>`') as string
    });
    expect(account.cloud.state.around.get(id.toLowerCase())).toBe(theirs);
    expect((await applied({ ...alarms, adopt_existing: 'orders' })).at(0)).toMatch(/^adopt alarm/);
  });

  test.each<[string, With, With, With, string]>([
    ['a diagnostic setting', basic(), logged('mine'), logged('theirs'), 'log_workspace_id'],
    [
      'firewall rules',
      closed,
      { ...closed, allowed_cidr_blocks: '203.0.113.0/24' },
      { ...closed, allowed_cidr_blocks: '198.51.100.0/24' },
      'allowed_cidr_blocks'
    ]
  ])('%s of another run of this workflow', async (_what, before, mine, theirs, named) => {
    await account.made(before);
    const second = await account.run(mine);
    await expect(second.apply(async () => applied(theirs))).rejects.toMatchObject({
      code: 'plan-changed',
      message: expect.stringContaining(`another run has made it since, with another ${named}`) as string
    });
    expect(await planned(theirs)).toEqual([]);
  });
});

test('a change of an alert and of a diagnostic setting keeps what a person set of them', async () => {
  const group =
    '/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/shop/providers/Microsoft.Insights/actionGroups/ops';
  const inputs = (threshold: number, workspace: string, period = 300): With => ({
    ...basic(),
    alarms: `cpu: {threshold: ${threshold}, period: ${period}}`,
    alarm_actions: group,
    enable_logging: 'true',
    log_workspace_id: `/subscriptions/1/resourceGroups/shop/providers/Microsoft.OperationalInsights/workspaces/${workspace}`
  });
  await account.made(inputs(80, 'one'));
  const { around } = account.cloud.state;
  const idOf = (end: string): string => [...around.keys()].find(id => id.endsWith(end)) ?? '';
  const read = (end: string): Record<string, unknown> =>
    around.get(idOf(end))?.['properties'] as Record<string, unknown>;
  const edit = (end: string, more: object): unknown =>
    around.set(idOf(end), { ...around.get(idOf(end)), properties: { ...read(end), ...more } });
  const [hook] = read('orders-cpu')['actions'] as object[];
  const set = {
    description: 'Call on-call.',
    severity: 0,
    evaluationFrequency: 'PT5M',
    autoMitigate: false,
    actions: [{ ...hook, webHookProperties: { team: 'db' } }]
  };
  edit('orders-cpu', set);
  const category = { category: 'PostgreSQLFlexSessions', enabled: true };
  const more = { logs: [...(read('/pgkeep')['logs'] as object[]), category], logAnalyticsDestinationType: 'Dedicated' };
  edit('/pgkeep', more);
  await applied(inputs(90, 'two'));
  expect(read('orders-cpu')).toMatchObject({ ...set, criteria: { allOf: [{ threshold: 90 }] } });
  expect(read('/pgkeep')).toMatchObject({ ...more, workspaceId: expect.stringMatching(/two$/) as string });
  // No window is shorter than the time between two looks at it.
  await applied(inputs(90, 'two', 60));
  expect(read('orders-cpu')).toMatchObject({ severity: 0, evaluationFrequency: 'PT1M', windowSize: 'PT1M' });
  edit('/pgkeep', { logs: [{ categoryGroup: 'allLogs', enabled: true }] });
  expect(await planned(inputs(90, 'two', 60))).toEqual([]);
});
