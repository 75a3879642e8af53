import { azureAccount } from '../../../support/azure-account.ts';
import { basic } from '../../../support/azure-inputs.ts';
import { stepsIn } from '../../../support/step-in-process.ts';

type With = Readonly<Record<string, string>>;

const account = azureAccount();
const WORKSPACE =
  '/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/shop/providers/Microsoft.OperationalInsights/workspaces/logs';

/** A server of Azure's verified module: a rule, a lock and a diagnostic setting have names of its own. */
async function verifiedModule(): Promise<void> {
  const { allowed_cidr_blocks: _, ...inputs } = basic();
  await account.made({ ...inputs, create_read_replica: 'true' });
  const { servers, around } = account.cloud.state;
  for (const server of servers.values()) server.tags = { environment: 'prod' };
  const [server] = [...servers.values()];
  if (server === undefined) throw new Error('There is no server');
  server.firewallRules.set('office', { startIpAddress: '203.0.113.0', endIpAddress: '203.0.113.255' });
  const put = (path: string, properties: object): void => {
    const id = `${server.id}/providers/${path}`;
    around.set(id.toLowerCase(), { id, name: path.split('/').at(-1), properties });
  };
  put('Microsoft.Authorization/locks/lock-orders', { level: 'CanNotDelete' });
  put('Microsoft.Insights/diagnosticSettings/diag-orders', {
    workspaceId: WORKSPACE,
    logs: [{ category: null, categoryGroup: 'allLogs', enabled: true }]
  });
}

const BARE: With = { name: 'orders', resource_group_name: 'shop', location: 'East US', adopt_existing: 'orders' };

describe('adoption of a server of Azure’s verified module asks for nothing more than was asked', () => {
  test.each<[string, With]>([
    ['the name alone', {}],
    ['a network that a rule of others allows', { allowed_cidr_blocks: '203.0.113.0/24' }],
    ['protection that a lock of others gives', { enable_deletion_protection: 'true' }],
    ['logs that a setting of others sends', { enable_logging: 'true', log_workspace_id: WORKSPACE }],
    ['a tag', { tags: 'environment: prod' }],
    ['the names that Terraform has', { administrator_login: 'keeper', public_network_access_enabled: 'true' }]
  ])('%s', async (_what, inputs) => {
    await verifiedModule();
    expect(await account.planned({ ...BARE, ...inputs })).toEqual(['adopt server']);
    await account.applied({ ...BARE, ...inputs });
    expect(await account.planned({ ...BARE, ...inputs })).toEqual([]);
  });
});

test('a lock of others is named by the refusal of a destroy, which works without it', async () => {
  await verifiedModule();
  const whole: With = { ...BARE, database_name: 'orders', create_read_replica: 'true' };
  await account.applied(whole);
  const step = stepsIn(account.cloud.env);
  const { adopt_existing: _, ...inputs } = whole;
  const asked = { cloud_provider: 'azure', ...inputs, confirm_destroy: 'orders', skip_final_snapshot: 'true' };
  const refused = await step({ ...asked, command: 'destroy' });
  expect(refused.failed).toBe(true);
  expect(refused.log).toMatch(/Delete the lock `\/.*\/locks\/lock-orders` first: others made it\.(?! Apply)/);
  const { around } = account.cloud.state;
  for (const id of around.keys()) if (id.endsWith('/locks/lock-orders')) around.delete(id);
  expect((await step({ ...asked, command: 'destroy' })).outputs['result']).toBe('destroyed');
});

test('what others do not do is added', async () => {
  await verifiedModule();
  const inputs = { ...BARE, allowed_cidr_blocks: '203.0.113.0/24\n198.51.100.0/24' };
  await account.applied(inputs);
  const [server] = [...account.cloud.state.servers.values()];
  expect([...(server?.firewallRules.keys() ?? [])]).toEqual(['office', 'pgkeep-198-51-100-0-24']);
  expect(await account.planned(inputs)).toEqual([]);
});

test('a replica under a name of its own is the one that is asked for', async () => {
  await verifiedModule();
  const { servers } = account.cloud.state;
  const live = [...servers.entries()].find(([, one]) => one.name === 'orders-replica-1');
  if (live === undefined) throw new Error('There is no replica');
  const [key, record] = live;
  servers.delete(key);
  const id = record.id.replace('orders-replica-1', 'orders-bi');
  servers.set(key.replace('orders-replica-1', 'orders-bi'), { ...record, name: 'orders-bi', id });
  expect(await account.planned({ ...BARE, create_read_replica: 'true', replica_names: 'orders-bi' })).toEqual([
    'adopt server',
    'adopt replica/1'
  ]);
});
