import { startAzure, UNHURRIED } from '../../../clouds/azure/fake-azure.ts';
import { azureAccount } from '../../../support/azure-account.ts';
import { basic, everything } from '../../../support/azure-inputs.ts';
import { azureRun, lines } from '../../../support/azure-run.ts';
import { refusalIn } from '../../../support/refusal-in.ts';

type With = Readonly<Record<string, string>>;

const account = azureAccount();

const apply = async (inputs: With) => (await account.run(inputs)).apply();
const plan = async (inputs: With) => (await (await account.run(inputs)).plan()).plan;
const servers = (): readonly string[] => [...account.cloud.state.servers.values()].map(({ name }) => name);

/** Each what a call of its own is answered. What each code is: `failures-azure.txt`. */
const FAULTS = [
  { code: 'TooManyRequests', status: 429 },
  { code: 'InternalServerError', status: 500 },
  {},
  { code: 'ServerIsBusy', status: 409 }
];

function disturb(...actions: readonly string[]): void {
  for (const [at, action] of actions.entries()) account.cloud.fault({ action, times: 2, ...FAULTS[at] });
}

test('what is throttled, fails at Azure, breaks or is busy is retried, for every kind of mutation', async () => {
  disturb(
    'PUT flexibleServers',
    'PUT flexibleServers/databases',
    'PUT flexibleServers/firewallRules',
    'PATCH flexibleServers'
  );
  await apply(basic());
  expect(servers()).toEqual(['orders']);
  expect(lines(await plan(basic()))).toEqual([]);
});

test('what is throttled, fails at Azure or breaks is retried, for reads', async () => {
  await account.made(basic());
  disturb('GET flexibleServers', 'GET flexibleServers/databases', 'GET locks');
  expect(lines(await plan(basic()))).toEqual([]);
});

test('Azure gets no request for as long as it asks', async () => {
  account.cloud.retryAfter = 77;
  account.cloud.fault({ action: 'PUT flexibleServers', code: 'TooManyRequests', status: 429 });
  const run = await account.run(basic());
  await run.apply();
  expect(run.execution.clock.slept).toContain(77);
});

test('an operation that is not known yet, or no longer, is polled again', async () => {
  for (const code of ['ResourceNotFound', 'InternalServerError']) {
    account.cloud.fault({
      action: 'GET locations/azureAsyncOperation',
      code,
      status: code === 'ResourceNotFound' ? 404 : 500
    });
  }
  await apply(basic());
  expect(servers()).toEqual(['orders']);
});

test('an operation that Azure accepted and dropped for another one is started again', async () => {
  await account.made(basic());
  account.cloud.doom('orders', { code: 'ServerIsBusy', message: 'Another operation is in progress.' });
  const larger = { ...basic(), sku_name: 'GP_Standard_D4ds_v5' };
  await apply(larger);
  expect(lines(await plan(larger))).toEqual([]);
});

test('an operation that fails reports its code and words, and the next run continues', async () => {
  await account.made(basic());
  account.cloud.doom('orders', { code: 'InsufficientCapacity', message: 'There is no room for D4.' });
  const larger = { ...basic(), sku_name: 'GP_Standard_D4ds_v5' };
  await expect(apply(larger)).rejects.toMatchObject({
    code: 'provider-failed',
    message: expect.stringMatching(/InsufficientCapacity: There is no room for D4\./) as string
  });
});

test('a server that has lost its key is refused in the plan, with what leads out', async () => {
  await account.made(basic());
  const larger = { ...basic(), sku_name: 'GP_Standard_D4ds_v5' };
  const become = (state: string): void => {
    for (const server of account.cloud.state.servers.values()) server.properties = { ...server.properties, state };
  };
  become('Inaccessible');
  expect(await refusalIn(async () => account.run(larger))).toMatch(
    /is `Inaccessible`, which an apply.*restore the key/
  );
  // The key is restored.
  become('Ready');
  await apply(larger);
});

test('a passed deadline ends in progress, and the next run continues with the same server', async () => {
  const slow = await startAzure({ pace: { create: 60 } });
  try {
    const first = await azureRun(slow, { ...basic(), timeout_minutes: '5' });
    await expect(first.apply()).rejects.toMatchObject({ code: 'in-progress' });
    await (await azureRun(slow, { ...basic(), timeout_minutes: '600' })).apply();
    expect(
      slow.mutations().filter(({ action, status }) => action === 'PUT flexibleServers' && status < 300)
    ).toHaveLength(1);
  } finally {
    await slow.stop();
  }
});

test('wait: false starts a change and does not wait for it', async () => {
  const slow = await startAzure({ pace: UNHURRIED });
  try {
    await expect((await azureRun(slow, { ...basic(), wait: 'false' })).apply()).rejects.toMatchObject({
      code: 'in-progress'
    });
    await (await azureRun(slow, basic())).apply();
    expect(lines((await (await azureRun(slow, basic())).plan()).plan)).toEqual([]);
  } finally {
    await slow.stop();
  }
});

test('stale reads change nothing twice', async () => {
  const late = await startAzure({ pace: { stale: 2 } });
  try {
    const larger = { ...basic(), allocated_storage: '64' };
    await (await azureRun(late, basic())).apply();
    await (await azureRun(late, larger)).apply();
    expect(lines((await (await azureRun(late, larger)).plan()).plan)).toEqual([]);
  } finally {
    await late.stop();
  }
});

test('a name that another owner takes at the last moment is reported, and another name leads out', async () => {
  const run = await account.run(basic());
  await run.plan();
  account.cloud.fault({ action: 'PUT flexibleServers', code: 'ServerNameAlreadyExists', message: 'The name is used.' });
  // Of another subscription: a read of ours finds none.
  await expect(run.apply()).rejects.toMatchObject({
    code: 'provider-failed',
    message: expect.stringContaining('the name is taken, although nothing has it') as string,
    hint: expect.stringContaining('Set another `name`') as string
  });
  account.cloud.clearFaults();
  await apply({ ...basic(), name: 'orders-2' });
  expect(await plan({ ...basic(), name: 'orders-2' })).toMatchObject({ verdict: 'no-changes' });
});

const SERVERS = 'Microsoft.DBforPostgreSQL/flexibleServers';

test('values that may not be read are unknown, with the missing permission', async () => {
  const denied: readonly (readonly [permission: string, address: string, field: string])[] = [
    [`${SERVERS}/firewallRules/read`, 'firewall', 'rules.203.0.113.0/24'],
    [`${SERVERS}/administrators/read`, 'administrator/33333333-4444-5555-6666-777777777777', 'principal_name'],
    [`${SERVERS}/configurations/read`, 'parameters', 'parameters.log_statement'],
    [`${SERVERS}/configurations/read`, 'parameters', 'parameters.require_secure_transport'],
    [`${SERVERS}/configurations/read`, 'pooling', 'enabled'],
    [`${SERVERS}/configurations/read`, 'query-store', 'enabled'],
    [`${SERVERS}/replicas/read`, 'replica/1', 'instance_class'],
    ['Microsoft.Insights/metricAlerts/read', 'alarm/cpu', 'threshold'],
    ['Microsoft.Insights/diagnosticSettings/read', 'diagnostic-setting', 'workspace_id'],
    ['Microsoft.Authorization/locks/read', 'lock', 'level']
  ];
  const inputs = { ...everything(), enable_deletion_protection: 'true' };
  await account.made(inputs);
  for (const [permission] of denied) account.cloud.state.denied.add(permission);
  const seen = await plan(inputs);
  for (const [permission, address, field] of denied)
    expect(seen.steps.find(step => step.address === address)?.unknown).toMatchObject({ [field]: permission });
  expect(lines(seen)).toEqual([]);
});

test('configurations that always answer 500 are unknown, with the missing answer', async () => {
  await account.made(everything());
  const fault = { action: 'GET flexibleServers/configurations', code: 'InternalServerError', status: 500, times: 99 };
  account.cloud.fault(fault);
  const { steps } = await plan(everything());
  expect(steps.find(step => step.address === 'parameters')?.unknown).toMatchObject({
    'parameters.log_statement': expect.stringContaining('an answer to') as string
  });
});

test('a mutation that is not allowed names the permission, and the page with a role', async () => {
  account.cloud.state.denied.add('Microsoft.DBforPostgreSQL/flexibleServers/firewallRules/write');
  await expect(apply(basic())).rejects.toMatchObject({
    code: 'permission-denied',
    hint: expect.stringMatching(
      /`Microsoft.DBforPostgreSQL\/flexibleServers\/firewallRules\/write`.*azure\.md/
    ) as string
  });
});
