import { capability } from '../../../clouds/azure/catalogue.ts';
import { azureAccount } from '../../../support/azure-account.ts';
import { basic, everything } from '../../../support/azure-inputs.ts';

type With = Readonly<Record<string, string>>;

const account = azureAccount();

describe('doctor', () => {
  const findings = async (inputs: With): Promise<readonly string[]> => {
    const { session } = await account.run(inputs);
    return (await session.doctor()).map(({ what, state, detail }) => `${state} ${what}: ${detail}`);
  };

  test('finds no problem, before the server is created and after, and changes nothing', async () => {
    expect(await findings(everything())).toEqual([
      `ok Azure subscription: ${account.cloud.state.subscription}, resource group shop`,
      'ok Location: eastus',
      'ok Read servers: allowed; the database does not exist yet',
      'ok Permissions to plan: all allowed on the resource group',
      'ok Permissions to apply: all allowed on the resource group',
      'ok Region, size, version and name: offered'
    ]);
    expect(account.cloud.mutations()).toEqual([]);
    await (await account.run(everything())).apply();
    expect((await findings(everything())).filter(line => !line.startsWith('ok'))).toEqual([]);
  });

  test('names the missing permissions, and only those that the inputs need', async () => {
    account.cloud.state.denied.add('Microsoft.Insights/metricAlerts/write');
    account.cloud.state.denied.add('Microsoft.DBforPostgreSQL/flexibleServers/write');
    account.cloud.state.denied.add('Microsoft.DBforPostgreSQL/flexibleServers/databases/read');
    expect((await findings(basic())).filter(line => line.startsWith('missing'))).toEqual([
      'missing Permissions to plan: Microsoft.DBforPostgreSQL/flexibleServers/databases/read',
      'missing Permissions to apply: Microsoft.DBforPostgreSQL/flexibleServers/write'
    ]);
    expect((await findings(everything())).join('\n')).toContain('Microsoft.Insights/metricAlerts/write');
  });

  test('reports unavailable values, and checks that could not be made', async () => {
    account.cloud.state.takenNames.add('orders');
    account.cloud.state.offers.set('eastus', { ...capability(), zoneRedundantHaSupported: 'Disabled' });
    expect((await findings({ ...basic(), multi_az: 'true' })).at(-1)).toMatch(
      /^missing Region, size, version and name: .*`multi_az`.*not offered in eastus.*`name`.*is taken/
    );
    account.cloud.state.denied.add('Microsoft.DBforPostgreSQL/locations/capabilities/read');
    account.cloud.state.takenNames.clear();
    expect((await findings(basic())).at(-1)).toContain('Could not check the offers of the region');
    account.cloud.fault({ action: 'GET permissions', times: 20, code: 'InternalServerError', status: 500 });
    expect((await findings(basic())).filter(line => line.startsWith('unknown'))).toHaveLength(2);
  });
});

describe('snapshot', () => {
  const take = async (inputs: With) => {
    const { session } = await account.run(inputs);
    return session.snapshot(await session.observe());
  };

  test('takes a backup by the given name, or one with the time', async () => {
    await account.made(basic());
    expect(await take({ ...basic(), snapshot_identifier: 'before-release' })).toMatchObject({ id: 'before-release' });
    expect((await take(basic())).id).toMatch(/^orders-\d{14}$/);
    const [server] = [...account.cloud.state.servers.values()];
    expect([...(server?.backups.keys() ?? [])]).toEqual(['before-release', expect.stringMatching(/^orders-/)]);
  });

  test('reports servers without backups, and a missing server', async () => {
    await expect(take(basic())).rejects.toMatchObject({ code: 'not-found' });
    const small = { ...basic(), sku_name: 'B_Standard_B1ms' };
    await (await account.run(small)).apply();
    await expect(take(small)).rejects.toMatchObject({
      message: expect.stringContaining('not supported for the Burstable tier') as string,
      hint: expect.stringContaining('restore them with `restore_source`') as string
    });
  });
});

test('outputs name everything that applications and other steps need', async () => {
  const { outputs } = await (await account.run({ ...everything(), read_replica_count: '1' })).apply();
  const host = 'orders.postgres.database.azure.com';
  expect(outputs).toMatchObject({
    endpoint: { host, port: 5432, database: 'orders', username: 'keeper', sslmode: 'verify-full' },
    pool: { host, port: 6432, database: 'orders' },
    rebootRequired: false,
    module: {
      db_instance_id: 'orders',
      db_instance_arn: expect.stringMatching(/\/flexibleServers\/orders$/) as string,
      db_instance_endpoint: `${host}:5432`,
      proxy_endpoint: `${host}:6432`,
      performance_insights_enabled: true,
      read_replica_ids: ['orders-replica-1', 'orders-replica-westus'],
      read_replica_endpoints: [
        'orders-replica-1.postgres.database.azure.com:5432',
        'orders-replica-westus.postgres.database.azure.com:5432'
      ]
    }
  });
});

test('the list of servers has every server of the group with its mark, and no replica', async () => {
  const run = await account.run({ ...basic(), create_read_replica: 'true' });
  await run.apply();
  const [server] = [...account.cloud.state.servers.entries()];
  if (server !== undefined)
    account.cloud.state.servers.set(`${server[0]}-b`, { ...server[1], name: 'strange', tags: {} });
  const found = await run.session.listServers();
  expect(found.map(({ title, mark }) => `${title} ${mark?.repository ?? 'nobody'}`)).toEqual([
    'server orders acme/shop',
    'server strange nobody'
  ]);
});
