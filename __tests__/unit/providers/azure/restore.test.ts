import { azureAccount } from '../../../support/azure-account.ts';
import { basic } from '../../../support/azure-inputs.ts';
import { lines } from '../../../support/azure-run.ts';

type With = Readonly<Record<string, string>>;

const account = azureAccount();

const SOURCE: With = {
  ...basic(),
  sku_name: 'GP_Standard_D4ds_v5',
  allocated_storage: '128',
  geo_redundant_backup: 'true'
};
const COPY: With = {
  name: 'copy',
  resource_group_name: 'shop',
  location: 'eastus',
  restore_source: 'orders',
  master_password: 'Another-horse-8431'
};
const NETWORKS = '/subscriptions/a/resourceGroups/b/providers/Microsoft.Network';

const plan = async (inputs: With) => (await (await account.run(inputs)).plan()).plan;
const apply = async (inputs: With) => (await account.run(inputs)).apply();
const named = (name: string) => [...account.cloud.state.servers.values()].find(server => server.name === name);

describe('a restored server', () => {
  beforeEach(async () => {
    await account.made(SOURCE);
  });

  test('is planned with the requested and the constant values, and names those that it takes from its source', async () => {
    const { steps, notices } = await plan(COPY);
    const server = steps.find(({ address }) => address === 'server');
    expect(server?.changes.map(({ field }) => field).toSorted()).toEqual([
      'location',
      'maintenance_window',
      'master_password',
      'password_login',
      'publicly_accessible',
      'source'
    ]);
    expect(notices.find(({ code }) => code === 'inherited')?.message).toContain(
      'PostgreSQL 16, Standard_D4ds_v5, 128 GiB, the login `keeper`'
    );
  });

  test('has the databases of its source, which stop its destroy until they are deleted', async () => {
    const { database_name = '' } = SOURCE;
    const inputs = { ...COPY, database_name, skip_final_snapshot: 'true' };
    named('orders')?.databases.set('reports', { charset: 'UTF8' });
    await apply(inputs);
    await expect((await account.run(inputs)).destroy()).rejects.toMatchObject({
      code: 'plan-blocked'
    });
    named('copy')?.databases.delete('reports');
    await (await account.run(inputs)).destroy();
    expect(named('copy')).toBeUndefined();
  });

  test('has the rules that its inputs name, and not those of its source', async () => {
    const networks = { allowed_cidr_blocks: '198.51.100.0/24' };
    expect(named('orders')?.firewallRules.size).toBeGreaterThan(0);
    await apply({ ...COPY, ...networks });
    expect([...(named('copy')?.firewallRules.values() ?? [])]).toEqual([
      { startIpAddress: '198.51.100.0', endIpAddress: '198.51.100.255' }
    ]);
    expect(lines(await plan({ ...COPY, ...networks }))).toEqual([]);
  });

  test('is planned alike at any time', async () => {
    expect((await plan(COPY)).digest).toBe((await plan(COPY)).digest);
  });

  test('has its own password, and is changed to the requested values after the restore', async () => {
    const larger = { ...COPY, sku_name: 'GP_Standard_D8ds_v5', allocated_storage: '256', multi_az: 'true' };
    await apply(larger);
    const create = account.cloud.mutations().findLast(({ action }) => action === 'PUT flexibleServers');
    // A restore takes none of these: they are changed afterwards.
    expect(create?.body).not.toHaveProperty('sku');
    expect(create?.body['properties']).not.toHaveProperty('storage');
    expect(create?.body['properties']).not.toHaveProperty('highAvailability');
    expect(named('copy')).toMatchObject({
      password: 'Another-horse-8431',
      sku: { name: 'Standard_D8ds_v5' },
      properties: {
        storage: { storageSizeGB: 256 },
        highAvailability: { mode: 'ZoneRedundant' },
        backup: { geoRedundantBackup: 'Enabled' },
        administratorLogin: 'keeper'
      }
    });
    expect(named('orders')?.password).toBe('Canary-horse-8431');
    expect(lines(await plan(larger))).toEqual([]);
  });

  test.each<[string, With, RegExp]>([
    ['another region', { location: 'westeurope' }, /`location`: "westeurope" is not the region of the source.*eastus/],
    [
      'another kind of size',
      { sku_name: 'GP_Standard_DC2ads_v5' },
      /`sku_name`: "Standard_DC2ads_v5" is not the source's kind/
    ],
    ['another version', { engine_version: '17' }, /`engine_version`: "17" is not the source's/],
    ['another administrator', { master_username: 'other' }, /`master_username`: "other" is not the source's.*keeper/],
    [
      'a private network',
      {
        subnet_ids: `${NETWORKS}/virtualNetworks/shop/subnets/databases`,
        private_dns_zone_id: `${NETWORKS}/privateDnsZones/shop.private.postgres.database.azure.com`
      },
      /`subnet_ids`: .* excludes this source/
    ],
    ['what is no server', { restore_source: '/subscriptions/a/nothing' }, /`restore_source`: .* is not a server/]
  ])('is refused in the plan with %s', async (_what, change, expected) => {
    await expect(plan({ ...COPY, ...change })).rejects.toThrow(expected);
  });

  test('is refused in the plan from a read replica, with the server that has the backups', async () => {
    await apply({ ...SOURCE, create_read_replica: 'true' });
    await expect(plan({ ...COPY, restore_source: 'orders-replica-1' })).rejects.toThrow(
      /`restore_source`: "orders-replica-1" is a read replica, which has no backups; allowed: orders/
    );
  });

  test('is refused in the plan for a time before the first backup', async () => {
    const server = named('orders');
    if (server === undefined) throw new Error('there is no source');
    const backup = { ...(server.properties['backup'] as object), earliestRestoreDate: '2026-03-02T00:00:00Z' };
    server.properties = { ...server.properties, backup };
    await expect(plan({ ...COPY, restore_to_time: '2026-03-01T00:00:00Z' })).rejects.toThrow(
      /`restore_to_time`: .* is before the first backup of the source; allowed: 2026-03-02T00:00:00.000Z or later/
    );
  });
});

describe('a server that was deleted', () => {
  beforeEach(async () => {
    await account.made(SOURCE);
    await (await account.run(SOURCE)).destroy();
  });

  test('is revived in its state at the deletion, with a warning', async () => {
    const deletedAt = account.cloud.state.deletions[0]?.at ?? '';
    const { notices } = (await apply(COPY)).plan;
    expect(notices.find(({ code }) => code === 'revived')).toMatchObject({
      severity: 'warning',
      message: expect.stringContaining(deletedAt) as string
    });
    const { body } = account.cloud.mutations().findLast(({ action }) => action === 'PUT flexibleServers') ?? {};
    expect(body?.['properties']).toMatchObject({ createMode: 'ReviveDropped', pointInTimeUTC: deletedAt });
    expect(named('copy')?.password).toBe('Another-horse-8431');
    expect(lines(await plan(COPY))).toEqual([]);
  });

  test('is found as long as Azure keeps its backups, five days', async () => {
    const [deletion] = account.cloud.state.deletions;
    if (deletion === undefined) throw new Error('There is no deletion');
    const { clock } = (await account.run(COPY)).execution;
    const ago = (days: number): string => new Date(clock.now().getTime() - days * 86_400_000).toISOString();
    Object.assign(deletion, { at: ago(4.9) });
    expect((await plan(COPY)).notices.map(({ code }) => code)).toContain('revived');
    Object.assign(deletion, { at: ago(5.1) });
    await expect(plan(COPY)).rejects.toThrow(/no server of that name was deleted/);
  });

  test('is refused in the plan when the log has no such deletion', async () => {
    await expect(plan({ ...COPY, restore_source: 'odrers' })).rejects.toThrow(
      /`restore_source`: "odrers" is not a server of this resource group, and no server of that name was deleted/
    );
  });

  test.each([
    ['may not be read', { code: 'AuthorizationFailed', status: 403 }],
    ['always fails', { code: 'InternalServerError', status: 500 }]
  ])('is tried, with a warning, when the log %s', async (_how, failure) => {
    account.cloud.fault({ action: '*', about: /eventtypes/i, times: 1000, ...failure });
    const { notices } = await plan(COPY);
    expect(notices.find(({ code }) => code === 'not-checked')?.message).toContain(
      '`Microsoft.Insights/eventtypes/values/read` is not allowed'
    );
  });
});
