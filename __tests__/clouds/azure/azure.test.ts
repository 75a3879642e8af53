import type { PostgreSQLManagementFlexibleServerClient } from '@azure/arm-postgresql-flexible';
import { createHttpHeaders, createPipelineRequest } from '@azure/core-rest-pipeline';
import { client } from './client.ts';
import { startAzure, type FakeAzure } from './fake-azure.ts';

const SERVER = {
  location: 'eastus',
  tags: { team: 'shop' },
  sku: { name: 'Standard_D2ds_v5', tier: 'GeneralPurpose' },
  version: '16',
  administratorLogin: 'keeper',
  administratorLoginPassword: 'Canary-horse-8431',
  storage: { storageSizeGB: 32 },
  authConfig: { passwordAuth: 'Enabled' }
} as const;

describe('the fake Azure, by the official client,', () => {
  let azure: FakeAzure;
  let flexible: PostgreSQLManagementFlexibleServerClient;
  beforeEach(async () => {
    azure = await startAzure({ pace: { busyAfter: 0 } });
    flexible = client(azure);
  });
  afterEach(async () => azure.stop());

  const create = async (name = 'orders'): Promise<unknown> =>
    flexible.servers.beginCreateOrUpdateAndWait('shop', name, { ...SERVER }, { updateIntervalInMs: 1 });

  test('creates a server that is ready after some polls, changes it and removes it', async () => {
    await create();
    expect(await flexible.servers.get('shop', 'orders')).toMatchObject({
      location: 'East US',
      state: 'Ready',
      version: '16',
      fullyQualifiedDomainName: 'orders.postgres.database.azure.com'
    });
    await flexible.servers.beginUpdateAndWait(
      'shop',
      'orders',
      { storage: { storageSizeGB: 64 } },
      { updateIntervalInMs: 1 }
    );
    expect((await flexible.servers.get('shop', 'orders')).storage?.storageSizeGB).toBe(64);
    expect(azure.leftovers()).toEqual(['server orders']);
    await flexible.servers.beginDeleteAndWait('shop', 'orders', { updateIntervalInMs: 1 });
    expect(azure.leftovers()).toEqual([]);
    await expect(flexible.servers.get('shop', 'orders')).rejects.toMatchObject({ code: 'ResourceNotFound' });
  });

  test('refuses impossible servers', async () => {
    const wrong = { ...SERVER, storage: { storageSizeGB: 5 } };
    await expect(flexible.servers.beginCreateOrUpdateAndWait('shop', 'orders', wrong)).rejects.toMatchObject({
      code: 'InvalidParameterValue'
    });
    await create();
    for (const change of [{ storage: { storageSizeGB: 32 }, backup: { backupRetentionDays: 9 } }, { version: '15' }])
      await expect(flexible.servers.beginUpdateAndWait('shop', 'orders', change)).rejects.toMatchObject({
        statusCode: 400
      });
  });

  test('lists its parameters on several pages, with those that wait for a restart', async () => {
    await create();
    const change = async (name: string, value: string): Promise<unknown> =>
      flexible.configurations.beginPutAndWait(
        'shop',
        'orders',
        name,
        { value, source: 'user-override' },
        { updateIntervalInMs: 1 }
      );
    await change('work_mem', '8192');
    await change('max_connections', '200');
    await expect(change('ssl', 'off')).rejects.toMatchObject({ code: 'InvalidParameterValue' });
    const pending: string[] = [];
    for await (const { name, isConfigPendingRestart } of flexible.configurations.listByServer('shop', 'orders'))
      if (isConfigPendingRestart === true) pending.push(name ?? '');
    expect(pending).toEqual(['max_connections']);
    await flexible.servers.beginRestartAndWait('shop', 'orders', { parameters: {}, updateIntervalInMs: 1 });
    expect((await flexible.configurations.get('shop', 'orders', 'max_connections')).isConfigPendingRestart).toBe(false);
  });

  test('keeps databases, firewall rules and backups, and creates replicas', async () => {
    await create();
    const quick = { updateIntervalInMs: 1 };
    await flexible.databases.beginCreateAndWait('shop', 'orders', 'shop', { charset: 'UTF8' }, quick);
    const rule = { startIpAddress: '203.0.113.0', endIpAddress: '203.0.113.255' };
    await flexible.firewallRules.beginCreateOrUpdateAndWait('shop', 'orders', 'office', rule, quick);
    await flexible.backupsAutomaticAndOnDemand.beginCreateAndWait('shop', 'orders', 'now', quick);
    const source = azure.state.servers.values().next().value?.id ?? '';
    const replica = { location: 'westus', createMode: 'Replica', sourceServerResourceId: source } as const;
    await flexible.servers.beginCreateOrUpdateAndWait('shop', 'orders-replica-1', replica, quick);
    const names: string[] = [];
    for await (const { name } of flexible.replicas.listByServer('shop', 'orders')) names.push(name ?? '');
    for await (const { name } of flexible.databases.listByServer('shop', 'orders')) names.push(name ?? '');
    for await (const { name } of flexible.firewallRules.listByServer('shop', 'orders')) names.push(name ?? '');
    for await (const { name } of flexible.backupsAutomaticAndOnDemand.listByServer('shop', 'orders'))
      names.push(name ?? '');
    for await (const { supportedServerVersions } of flexible.capabilitiesByLocation.list('eastus'))
      names.push(...(supportedServerVersions ?? []).map(version => version.name ?? ''));
    expect(names).toEqual(expect.arrayContaining(['orders-replica-1', 'shop', 'office', 'now', '18']));
  });

  test('is busy during and once after an operation, locked while a lock exists, and fails on request', async () => {
    azure.doom('orders', { code: 'InsufficientCapacity', message: 'There is no room.' });
    await expect(create()).rejects.toMatchObject({
      message: expect.stringContaining('InsufficientCapacity') as string
    });
    const [server] = [...azure.state.servers.values()];
    if (server === undefined) throw new Error('there is no server');
    server.busyFor = 1;
    await expect(flexible.servers.beginDeleteAndWait('shop', 'orders')).rejects.toMatchObject({ code: 'ServerIsBusy' });
    const lock = `${server.id}/providers/Microsoft.Authorization/locks/pgkeep`.toLowerCase();
    azure.state.around.set(lock, {});
    await expect(flexible.servers.beginDeleteAndWait('shop', 'orders')).rejects.toMatchObject({ code: 'ScopeLocked' });
  });

  test('keeps a lock, which prevents a deletion, and the other resources of a server', async () => {
    await create();
    const [server] = [...azure.state.servers.values()];
    const rest = async (method: 'GET' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<number> => {
      const { status } = await flexible.sendRequest(
        createPipelineRequest({
          url: `${azure.url}${server?.id ?? ''}/providers/${path}`,
          method,
          headers: createHttpHeaders({ 'content-type': 'application/json' }),
          ...(body === undefined ? {} : { body: JSON.stringify(body) })
        })
      );
      return status;
    };
    const lock = 'Microsoft.Authorization/locks/pgkeep?api-version=2020-05-01';
    const logs = 'Microsoft.Insights/diagnosticSettings/pgkeep?api-version=2021-05-01-preview';
    expect(await rest('GET', lock)).toBe(404);
    expect(await rest('PUT', logs, { properties: { logs: [] } })).toBe(201);
    expect(await rest('PUT', lock, { properties: { level: 'CanNotDelete' } })).toBe(201);
    expect(await rest('GET', lock)).toBe(200);
    expect(await rest('DELETE', logs)).toBe(409);
    await expect(flexible.servers.beginDeleteAndWait('shop', 'orders')).rejects.toMatchObject({ code: 'ScopeLocked' });
    expect(await rest('DELETE', lock)).toBe(200);
    await flexible.servers.beginDeleteAndWait('shop', 'orders', { updateIntervalInMs: 1 });
    expect(azure.leftovers()).toEqual([]);
  });

  test('restores a deleted server, and a server at a point in time', async () => {
    await create();
    const source = azure.state.servers.values().next().value?.id ?? '';
    const quick = { updateIntervalInMs: 1 };
    const copy = { location: 'eastus', sourceServerResourceId: source };
    await flexible.servers.beginCreateOrUpdateAndWait(
      'shop',
      'copy',
      { ...copy, createMode: 'PointInTimeRestore', pointInTimeUTC: new Date() },
      quick
    );
    await flexible.servers.beginDeleteAndWait('shop', 'orders', quick);
    await flexible.servers.beginCreateOrUpdateAndWait(
      'shop',
      'orders',
      { ...copy, createMode: 'ReviveDropped', pointInTimeUTC: new Date() },
      quick
    );
    expect(azure.leftovers()).toEqual(['server copy', 'server orders']);
    expect(await flexible.servers.get('shop', 'copy')).toMatchObject({ version: '16', administratorLogin: 'keeper' });
  });

  test('shows the state before a change for a while, on request', async () => {
    const late = await startAzure({ pace: { busyAfter: 0, stale: 1, update: 1 } });
    try {
      const slow = client(late);
      const quick = { updateIntervalInMs: 1 };
      await slow.servers.beginCreateOrUpdateAndWait('shop', 'orders', { ...SERVER }, quick);
      const change = { backup: { backupRetentionDays: 14 } };
      const seen = await slow.servers.beginUpdateAndWait('shop', 'orders', change, quick);
      expect(seen.backup?.backupRetentionDays).toBe(7);
      expect((await slow.servers.get('shop', 'orders')).backup?.backupRetentionDays).toBe(14);
    } finally {
      await late.stop();
    }
  });

  test('loses an answer after the effect, throttles, and denies', async () => {
    azure.fault({ action: 'PUT flexibleServers', when: 'after' });
    await expect(flexible.servers.beginCreateOrUpdateAndWait('shop', 'orders', { ...SERVER })).rejects.toThrow();
    expect(azure.leftovers()).toEqual(['server orders']);
    azure.fault({ action: 'GET flexibleServers', code: 'TooManyRequests' });
    await expect(flexible.servers.get('shop', 'orders')).rejects.toMatchObject({ statusCode: 429 });
    azure.state.denied.add('Microsoft.DBforPostgreSQL/flexibleServers/read');
    await expect(flexible.servers.get('shop', 'orders')).rejects.toMatchObject({ code: 'AuthorizationFailed' });
  });
});

test.each(['secret', 'federated'] as const)('a client is admitted with its %s', async login => {
  const azure = await startAzure({ login });
  try {
    const answer = await client(azure).nameAvailability.checkGlobally({ name: 'orders' });
    expect(answer).toMatchObject({ nameAvailable: true });
  } finally {
    await azure.stop();
  }
});
