import { startAzure, type FakeAzure } from '../../../clouds/azure/fake-azure.ts';
import { basic } from '../../../support/azure-inputs.ts';
import { azureRun, lines } from '../../../support/azure-run.ts';

type With = Readonly<Record<string, string>>;

let cloud: FakeAzure;
beforeEach(async () => {
  cloud = await startAzure();
});
afterEach(async () => cloud.stop());

const two: With = {
  ...basic(),
  sku_name: 'GP_Standard_D4ds_v5',
  create_read_replica: 'true',
  read_replica_count: '2'
};
const apply = async (inputs: With): Promise<readonly string[]> =>
  lines((await (await azureRun(cloud, inputs)).apply()).plan);
const plan = async (inputs: With): Promise<readonly string[]> =>
  lines((await (await azureRun(cloud, inputs)).plan()).plan);
/** Servers that an apply touched, in order, each once in a row. */
async function order(inputs: With): Promise<readonly string[]> {
  const before = cloud.mutations().length;
  await apply(inputs);
  const names = cloud
    .mutations()
    .slice(before)
    .filter(({ action, status }) => action === 'PATCH flexibleServers' && status < 300)
    .filter(({ body }) => body['tags'] === undefined)
    .map(({ path }) => path.split('/').at(-1) ?? '');
  return names.filter((name, at) => name !== names[at - 1]);
}

test('are made one after the other, and need nothing then', async () => {
  await apply(two);
  const made = cloud.mutations().filter(({ action, status }) => action === 'PUT flexibleServers' && status < 300);
  expect(made.map(({ path }) => path.split('/').at(-1))).toEqual(['orders', 'orders-replica-1', 'orders-replica-2']);
  expect(await plan(two)).toEqual([]);
});

test.each<[string, With, readonly string[]]>([
  [
    'grow before their server: size',
    { sku_name: 'GP_Standard_D8ds_v5' },
    ['orders-replica-1', 'orders-replica-2', 'orders']
  ],
  [
    'grow before their server: storage',
    { allocated_storage: '64' },
    ['orders-replica-1', 'orders-replica-2', 'orders']
  ],
  [
    'may grow by themselves before it',
    { auto_grow_enabled: 'true' },
    ['orders-replica-1', 'orders-replica-2', 'orders']
  ],
  ['shrink after it', { sku_name: 'GP_Standard_D2ds_v5' }, ['orders', 'orders-replica-1', 'orders-replica-2']]
])('%s', async (_what, change, expected) => {
  await apply({ ...two, auto_grow_enabled: 'false' });
  const changed = { ...two, auto_grow_enabled: 'false', ...change };
  expect(await order(changed)).toEqual(expected);
  expect(await plan(changed)).toEqual([]);
});

test('that no input speaks of stop their server from outgrowing them, in the plan', async () => {
  await apply(two);
  const { create_read_replica: _asked, read_replica_count: _count, ...silent } = two;
  await expect(plan({ ...silent, sku_name: 'GP_Standard_D8ds_v5' })).rejects.toThrow(
    /`sku_name`: .* larger than read replica orders-replica-1, which no input speaks of/
  );
  expect(await plan({ ...silent, tags: 'Team: ops' })).toHaveLength(1);
});

test('stop an upgrade, and a change that goes both ways, in the plan', async () => {
  await apply(two);
  await expect(plan({ ...two, engine_version: '17', allow_major_version_upgrade: 'true' })).rejects.toThrow(
    /`engine_version`: "17" is an upgrade, and Azure upgrades no server that has read replicas; .*create_read_replica: false/
  );
  await expect(plan({ ...two, sku_name: 'GP_Standard_D2ds_v5', allocated_storage: '64' })).rejects.toThrow(
    /`sku_name`: .* goes down while `allocated_storage` goes up/
  );
});

test('of somebody else keep their server from being destroyed, and are put out nowhere', async () => {
  await apply(two);
  const strange = [...cloud.world.servers.entries()].find(([, { name }]) => name === 'orders-replica-2');
  if (strange === undefined) throw new Error('there is no second replica');
  const [id, record] = strange;
  cloud.world.servers.delete(id);
  const other = id.replace('orders-replica-2', 'reports');
  cloud.world.servers.set(other, {
    ...record,
    id: record.id.replace('orders-replica-2', 'reports'),
    name: 'reports',
    tags: {}
  });
  const run = await azureRun(cloud, { ...two, read_replica_count: '1' });
  expect(lines((await run.plan()).plan)).toEqual([]);
  expect((await run.apply()).outputs?.module.read_replica_ids).toEqual(['orders-replica-1']);
  await expect(run.destroy()).rejects.toMatchObject({ code: 'plan-blocked' });
  expect(cloud.leftovers()).toContain('server orders');
});

test('go before their server', async () => {
  await apply(two);
  const before = cloud.mutations().length;
  await (await azureRun(cloud, two)).destroy();
  const gone = cloud
    .mutations()
    .slice(before)
    .filter(({ action, status }) => action === 'DELETE flexibleServers' && status < 300)
    .map(({ path }) => path.split('/').at(-1));
  expect(gone.at(-1)).toBe('orders');
  expect(gone.toSorted((a = '', b = '') => a.localeCompare(b))).toEqual([
    'orders',
    'orders-replica-1',
    'orders-replica-2'
  ]);
});
