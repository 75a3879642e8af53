import type { Json } from '../clouds/azure/state.ts';
import { openAzure, type AzureHarness } from '../support/azure-harness.ts';
import { basic } from '../support/azure-inputs.ts';
import { azureRun } from '../support/azure-run.ts';
import { changesOf, planOf } from '../support/harness.ts';
import type { Step } from '../support/job.ts';
import { weather } from '../support/weather.ts';

type Inputs = Readonly<Record<string, string>>;

const air = weather(0, ['gateway page', 'late gateway page', 'late reset']);
const inputs: Inputs = { ...basic(), cloud_provider: 'azure', location: 'West Europe' };
/** Without the region: the live server knows it. */
const { location: _region, ...unplaced } = inputs;
const PRIVATE_ENDPOINT = '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/net/pe';

let on: AzureHarness;
beforeAll(async () => {
  on = await openAzure({ weather: air });
  const made = await on.step({ ...inputs, command: 'apply' });
  if (made.outputs['result'] !== 'applied') throw new Error(made.log);
});
afterEach(() => on.azure.clearFaults());
afterAll(async () => on.close());

function server(name = 'orders') {
  const found = [...on.azure.state.servers.values()].find(one => one.name === name);
  if (found === undefined) throw new Error(`there is no server ${name}`);
  return found;
}

/** What a step changed: its calls that change something. */
async function during(work: () => Promise<Step>) {
  const before = on.azure.mutations().length;
  const step = await work();
  return { step, calls: on.azure.mutations().slice(before) };
}

const destroy: Inputs = { ...inputs, command: 'destroy', confirm_destroy: 'orders' };

test('K1: the live server decides about region and size of a replica, and the plan names them', async () => {
  const { sku_name: _size, ...few } = unplaced;
  const planned = await on.step({ ...few, create_read_replica: 'true', command: 'plan' });
  const { steps } = await planOf(planned);
  const replica = steps.find(({ address }) => address === 'replica/1');
  expect(replica?.changes.map(({ field, to }) => `${field} ${String(to)}`)).toEqual(
    expect.arrayContaining(['location westeurope', 'instance_class Standard_D2ds_v5'])
  );
});

test('K2: a larger size goes to the replica first, then to its server', async () => {
  const two = { ...inputs, name: 'ledger', create_read_replica: 'true' };
  await (await azureRun(on.azure, two)).apply();
  const larger = { ...two, sku_name: 'GP_Standard_D4ds_v5', command: 'apply' };
  const { step, calls } = await during(async () => on.step(larger));
  expect(step.outputs['result']).toBe('applied');
  const resized = calls.filter(({ body, status }) => body['sku'] !== undefined && status < 300);
  expect(resized.map(({ path }) => path.split('/').at(-1))).toEqual(['ledger-replica-1', 'ledger']);
});

test('K3: a replica of a burstable server, which is so by default, is refused before anything is made', async () => {
  const { sku_name: _size, ...unsized } = inputs;
  const asked = { ...unsized, name: 'small', create_read_replica: 'true', command: 'apply' };
  const { step, calls } = await during(async () => on.step(asked));
  expect(step.exitCode).toBe(1);
  expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'input-invalid' });
  expect(step.log).toMatch(/`create_read_replica`.*burstable size, Standard_B1ms.*`GP_`/);
  expect(calls).toEqual([]);
});

test('K4: storage that grew by itself is no difference after its growth was switched off', async () => {
  const { properties } = server();
  const storage = { ...(properties['storage'] as Json), storageSizeGB: 64, autoGrow: 'Disabled' };
  server().properties = { ...properties, storage };
  const step = await on.step({ ...inputs, auto_grow_enabled: 'false', command: 'plan' });
  server().properties = properties;
  expect(step.exitCode).toBe(0);
  expect(await changesOf(step)).toEqual([]);
  expect(step.log).toMatch(/grown by itself.*64 GiB|64 GiB.*grown/);
});

test('K5: a lock of others stops a destroy before its first call', async () => {
  const id = `${server().id}/providers/Microsoft.Authorization/locks/finance`;
  on.azure.state.around.set(id.toLowerCase(), { id, name: 'finance', properties: { level: 'CanNotDelete' } });
  const { step, calls } = await during(async () => on.step(destroy));
  on.azure.state.around.delete(id.toLowerCase());
  expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'plan-blocked' });
  expect(step.log).toContain('finance');
  expect(calls).toEqual([]);
});

test('K6: capabilities that answer 500 for good stop no plan, and it says what was not checked', async () => {
  const action = 'GET locations/capabilities';
  on.azure.fault({ action, times: 99, code: 'InternalServerError', status: 500 });
  const step = await on.step({ ...inputs, sku_name: 'GP_Standard_D4ds_v5', command: 'plan' });
  expect(step.exitCode).toBe(0);
  expect(await changesOf(step)).toEqual([expect.stringContaining('server instance_class')]);
  expect(step.log).toMatch(/Could not check the offers of the region: .*capabilities\/read/);
});

test('K6: firewall rules that may not be read are counted, and a check is not green', async () => {
  on.azure.state.denied.add('Microsoft.DBforPostgreSQL/flexibleServers/firewallRules/read');
  const step = await on.step({ ...inputs, command: 'check' });
  on.azure.state.denied.clear();
  expect(step.exitCode).toBe(1);
  expect(step.outputs['failure_reason']).toBe('not-compared');
  expect(step.outputs['unknown_needs']).toContain('firewallRules/read');
});

test('K7: an operation that ends for want of capacity is told by its code, with the way out', async () => {
  on.azure.doom('orders', { code: 'InsufficientCapacity', message: 'No room today.' });
  const step = await on.step({ ...inputs, sku_name: 'GP_Standard_D4ds_v5', command: 'apply' });
  expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'provider-failed' });
  expect(step.log).toMatch(/InsufficientCapacity: No room today\.[\s\S]*another `sku_name`, `availability_zone`/);
});

test('K9: tags of others stay, and those of this workflow that it no longer lists go', async () => {
  server().tags = { ...server().tags, CostCenter: '8431' };
  const { step } = await during(async () => on.step({ ...inputs, tags: 'Area: billing', command: 'apply' }));
  expect(step.exitCode).toBe(0);
  expect(server().tags).toMatchObject({ CostCenter: '8431', Area: 'billing' });
  expect(server().tags).not.toHaveProperty('Team');
  const checked = await on.step({ ...inputs, tags: 'Area: billing', command: 'check' });
  expect(checked.outputs['result']).toBe('no-changes');
});

test('K10: a renamed repository keeps its server, and another one under the old name does not', async () => {
  const under = async (env: Inputs): Promise<Step> => {
    const job = await on.job();
    return job.step({ ...inputs, command: 'plan' }, { env });
  };
  const renamed = await under({ GITHUB_REPOSITORY: 'acme/store' });
  expect(renamed.exitCode).toBe(0);
  expect(renamed.log).toMatch(/acme\/shop.*acme\/store.*\(repository-renamed\)/);
  const other = await under({ GITHUB_REPOSITORY: 'acme/shop', GITHUB_REPOSITORY_ID: '9999' });
  expect(other.outputs).toMatchObject({ result: 'failed', failure_reason: 'not-ours' });
});

test('K11: a server with private endpoints only has outputs', async () => {
  const { properties } = server();
  const approved = {
    privateEndpoint: { id: PRIVATE_ENDPOINT },
    privateLinkServiceConnectionState: { status: 'Approved' }
  };
  server().properties = {
    ...properties,
    network: { ...(properties['network'] as Json), publicNetworkAccess: 'Disabled' },
    privateEndpointConnections: [{ name: 'shop', properties: approved }]
  };
  const few = { name: 'orders', resource_group_name: 'shop', cloud_provider: 'azure' };
  const step = await on.step({ ...few, command: 'outputs' });
  server().properties = properties;
  expect(step.exitCode).toBe(0);
  expect(step.outputs['db_instance_endpoint']).toContain('orders.postgres.database.azure.com');
});

test('K12: pages of a gateway and lost answers in the place of any answer do not fail an apply', async () => {
  const stormy = { ...inputs, name: 'weather', parameters: 'work_mem: 8MB' };
  air.hitEvery(5);
  const step = await on.step({ ...stormy, command: 'apply' });
  air.calm();
  expect(air.happened.length).toBeGreaterThan(3);
  expect(step.outputs['result']).toBe('applied');
  expect(await changesOf(await on.step({ ...stormy, command: 'plan' }))).toEqual([]);
});
