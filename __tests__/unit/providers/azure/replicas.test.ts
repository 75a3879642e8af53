import { azureAccount } from '../../../support/azure-account.ts';
import { basic } from '../../../support/azure-inputs.ts';
import { lines } from '../../../support/azure-run.ts';

type With = Readonly<Record<string, string>>;

const account = azureAccount();

const two: With = {
  ...basic(),
  sku_name: 'GP_Standard_D4ds_v5',
  create_read_replica: 'true',
  read_replica_count: '2'
};
const { applied: apply, planned: plan } = account;
/** Servers that an apply touched, in order, each once in a row. */
async function order(inputs: With): Promise<readonly string[]> {
  const before = account.cloud.mutations().length;
  await apply(inputs);
  const names = account.cloud
    .mutations()
    .slice(before)
    .filter(({ action, status }) => action === 'PATCH flexibleServers' && status < 300)
    .filter(({ body }) => body['tags'] === undefined)
    .map(({ path }) => path.split('/').at(-1) ?? '');
  return names.filter((name, at) => name !== names[at - 1]);
}

test('are created one after the other, and need no change then', async () => {
  await apply(two);
  const made = account.cloud
    .mutations()
    .filter(({ action, status }) => action === 'PUT flexibleServers' && status < 300);
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
  await account.made({ ...two, auto_grow_enabled: 'false' });
  const changed = { ...two, auto_grow_enabled: 'false', ...change };
  expect(await order(changed)).toEqual(expected);
  expect(await plan(changed)).toEqual([]);
});

test('that no input mentions stop their server from outgrowing them, in the plan', async () => {
  await account.made(two);
  const { create_read_replica: _asked, read_replica_count: _count, ...silent } = two;
  await expect(plan({ ...silent, sku_name: 'GP_Standard_D8ds_v5' })).rejects.toThrow(
    /`sku_name`: .* larger than read replica orders-replica-1, which no input names/
  );
  expect(await plan({ ...silent, tags: 'Team: ops' })).toHaveLength(1);
});

test('stop an upgrade, and a change in both directions, in the plan', async () => {
  await account.made(two);
  await expect(plan({ ...two, engine_version: '17', allow_major_version_upgrade: 'true' })).rejects.toThrow(
    /`engine_version`: "17" is an upgrade, and Azure does not upgrade a server with read replicas; .*create_read_replica: false/
  );
  const crossed = { ...two, sku_name: 'GP_Standard_D2ds_v5', allocated_storage: '64' };
  await expect(plan(crossed)).rejects.toThrow(/`sku_name`: .* goes down while `allocated_storage` goes up/);
  // Replicas that the apply removes do not count.
  expect((await plan({ ...crossed, create_read_replica: 'false', read_replica_count: '0' })).join()).toContain(
    'update server: allocated_storage'
  );
});

test('admit the networks that their server admits, after every change', async () => {
  const rules = (name: string): readonly string[] => [
    ...([...account.cloud.state.servers.values()].find(server => server.name === name)?.firewallRules.keys() ?? [])
  ];
  await apply(two);
  expect(rules('orders-replica-2')).toEqual(['pgkeep-203-0-113-0-24']);
  const other = { ...two, allowed_cidr_blocks: '198.51.100.0/24' };
  expect((await plan(other)).filter(line => line.includes('replica-settings/2'))).toEqual([
    'update replica-settings/2: rules.198.51.100.0/24 null → "198.51.100.0-198.51.100.255" (online)',
    'update replica-settings/2: rules.203.0.113.0/24 "203.0.113.0-203.0.113.255" → null (online)'
  ]);
  await apply(other);
  for (const name of ['orders', 'orders-replica-1', 'orders-replica-2']) {
    expect(rules(name)).toEqual(['pgkeep-198-51-100-0-24']);
  }
  expect(await plan(other)).toEqual([]);
  await apply({ ...two, allowed_cidr_blocks: '[]' });
  expect(rules('orders-replica-1')).toEqual([]);
});

describe('share parameters that may never be lower than their server’s', () => {
  const tuned = (parameters: string): With => ({ ...two, parameters, allow_restart: 'true' });
  /** Servers whose parameter was set or that were restarted, in order. */
  async function done(inputs: With): Promise<readonly string[]> {
    const before = account.cloud.mutations().length;
    await apply(inputs);
    return account.cloud
      .mutations()
      .slice(before)
      .filter(({ action, status }) => /configurations|restart/.test(action) && status < 300)
      .map(({ action, path }) => `${action.split('/').at(-1)} ${/flexibleServers\/([^/]+)/.exec(path)?.[1]}`);
  }
  const of = (name: string): readonly string[] => [`configurations ${name}`, `restart ${name}`];

  test('raised before it, each replica restarted once', async () => {
    await account.made(tuned('max_connections: "100"'));
    expect(await done(tuned('max_connections: "200"\nmax_worker_processes: "16"'))).toEqual(
      ['orders-replica-1', 'orders-replica-2', 'orders'].flatMap(name => [`configurations ${name}`, ...of(name)])
    );
    expect(await plan(tuned('max_connections: "200"\nmax_worker_processes: "16"'))).toEqual([]);
  });

  test('lowered after it', async () => {
    await account.made(tuned('max_connections: "200"'));
    expect(await done(tuned('max_connections: "100"'))).toEqual(
      ['orders', 'orders-replica-1', 'orders-replica-2'].flatMap(of)
    );
    expect(await plan(tuned('max_connections: "100"'))).toEqual([]);
  });

  test('not raised and lowered at once', async () => {
    await account.made(tuned('max_connections: "200"\nmax_worker_processes: "8"'));
    await expect(plan(tuned('max_connections: "100"\nmax_worker_processes: "16"'))).rejects.toThrow(
      /`parameters`: raises some of .* and lowers others.*in two applies/
    );
  });

  test('and wait with it for a restart that is not allowed yet', async () => {
    await account.made(tuned('max_connections: "100"'));
    const { allow_restart: _restart, ...patient } = tuned('max_connections: "200"');
    const before = account.cloud.mutations().length;
    await apply(patient);
    expect(
      account.cloud
        .mutations()
        .slice(before)
        .filter(({ action }) => action.includes('restart'))
    ).toEqual([]);
    expect(await plan(patient)).toEqual([]);
    expect(await done(tuned('max_connections: "200"'))).toEqual([
      'restart orders-replica-1',
      'restart orders-replica-2',
      'restart orders'
    ]);
  });
});

test('of another owner prevent the destruction of their server, and are in no outputs', async () => {
  await account.made(two);
  const strange = [...account.cloud.state.servers.entries()].find(([, { name }]) => name === 'orders-replica-2');
  if (strange === undefined) throw new Error('there is no second replica');
  const [id, record] = strange;
  account.cloud.state.servers.delete(id);
  const other = id.replace('orders-replica-2', 'reports');
  account.cloud.state.servers.set(other, {
    ...record,
    id: record.id.replace('orders-replica-2', 'reports'),
    name: 'reports',
    tags: {}
  });
  const run = await account.run({ ...two, read_replica_count: '1' });
  expect(lines((await run.plan()).plan)).toEqual([]);
  expect((await run.apply()).outputs?.module.read_replica_ids).toEqual(['orders-replica-1']);
  await expect(run.destroy()).rejects.toMatchObject({ code: 'plan-blocked' });
  expect(account.cloud.leftovers()).toContain('server orders');
});

test('are deleted before their server', async () => {
  await account.made(two);
  const before = account.cloud.mutations().length;
  await (await account.run(two)).destroy();
  const gone = account.cloud
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

test('that no longer follow their server are told, with the way to a new one', async () => {
  await account.made(two);
  const [, broken] = [...account.cloud.state.servers.values()];
  if (broken === undefined) throw new Error('there is no replica');
  const { properties } = broken;
  broken.properties = { ...properties, replica: { ...(properties['replica'] as object), replicationState: 'Broken' } };
  const told = async (): Promise<readonly string[]> =>
    (await (await account.run(two)).plan()).plan.notices.flatMap(({ code, message }) =>
      code === 'replica-broken' ? [message] : []
    );
  expect(await told()).toEqual([
    'The read replica orders-replica-1 is `Broken`: it no longer follows the server. Only a new one will: delete it, then apply again.'
  ]);
  account.cloud.state.servers.delete(broken.id.toLowerCase());
  await apply(two);
  expect(await told()).toEqual([]);
});
