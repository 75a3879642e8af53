import { ACCESS_TOKEN } from './supporting.ts';
import { startGcp, type FakeGcp } from './fake-gcp.ts';

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly body: { readonly name?: string; readonly [member: string]: unknown };
}

const HEADERS = { authorization: `Bearer ${ACCESS_TOKEN}`, 'content-type': 'application/json' };

describe('supporting resources of the fake Google Cloud', () => {
  let gcp: FakeGcp;
  beforeEach(async () => {
    gcp = await startGcp({ pageSize: 2, pace: { operation: 1, hidden: 0, stale: 0 } });
  });
  afterEach(async () => {
    await gcp.stop();
  });

  async function call(method: string, path: string, body?: unknown): Promise<Answer> {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${gcp.url}${path}`, { method, headers: HEADERS, ...sent });
    const text = await response.text();
    return { status: response.status, text, body: JSON.parse(text) as Answer['body'] };
  }
  const sql = (method: string, path: string, body?: unknown): Promise<Answer> =>
    call(method, `/v1/projects/shop-project${path}`, body);
  async function done(started: Promise<Answer>): Promise<void> {
    const { body } = await started;
    expect((await sql('GET', `/operations/${body.name ?? ''}`)).body['status']).toBe('DONE');
  }
  const create = (name: string, more: object = {}, settings: object = {}): Promise<Answer> =>
    sql('POST', '/instances', {
      name,
      databaseVersion: 'POSTGRES_16',
      settings: { tier: 'db-custom-1-3840', edition: 'ENTERPRISE', ...settings },
      ...more
    });

  test('a primary cannot be deleted before its replicas', async () => {
    expect((await create('orders-replica', { masterInstanceName: 'bare' })).status).toBe(404);
    await done(create('bare'));
    expect((await create('orders-replica', { masterInstanceName: 'bare' })).text).toContain('automated backups');
    await done(sql('DELETE', '/instances/bare'));
    await done(create('orders', {}, { backupConfiguration: { enabled: true } }));
    await done(create('orders-replica', { masterInstanceName: 'orders', region: 'us-east1' }));
    expect((await sql('GET', '/instances/orders')).body['replicaNames']).toEqual(['orders-replica']);
    expect((await sql('DELETE', '/instances/orders')).text).toMatch(/has replicas/);
    await done(sql('DELETE', '/instances/orders-replica'));
    await done(sql('DELETE', '/instances/orders'));
    expect(gcp.leftovers()).toEqual([]);
  });

  test('databases, users and backups are kept, and cloned with their instance', async () => {
    await done(create('orders', {}, { userLabels: { team: 'shop' } }));
    await done(sql('POST', '/instances/orders/databases', { name: 'app' }));
    await done(sql('POST', '/instances/orders/backupRuns', { description: 'before' }));
    expect((await sql('GET', '/instances/orders/backupRuns')).text).toContain('"SUCCESSFUL"');
    const moment = { destinationInstanceName: 'past', pointInTime: '2026-01-01T00:00:00Z' };
    expect((await sql('POST', '/instances/orders/clone', { cloneContext: moment })).text).toMatch(/not enabled/);
    await done(sql('POST', '/instances/orders/clone', { cloneContext: { destinationInstanceName: 'copy' } }));
    expect((await sql('GET', '/instances/copy/databases')).text).toContain('"app"');
    expect((await sql('GET', '/instances/copy')).body['settings']).toMatchObject({ userLabels: { team: 'shop' } });
  });

  test('a backup outlives its instance when that retains it, and can be restored to another instance', async () => {
    await done(create('orders', {}, { dataDiskSizeGb: '20', retainBackupsOnDelete: true }));
    await done(sql('POST', '/instances/orders/databases', { name: 'app' }));
    await done(sql('POST', '/backups', { instance: 'orders', description: 'before' }));
    await done(sql('DELETE', '/instances/orders?enableFinalBackup=true&finalBackupDescription=last'));
    const kept = [...gcp.state.backups.values()];
    expect(gcp.leftovers()).toEqual(['backup of orders before', 'backup of orders last']);
    const settings = { userLabels: { team: 'shop' }, dataDiskSizeGb: '10' };
    const request = { backup: kept[0]?.['name'], restoreInstanceSettings: { region: 'us-central1', settings } };
    expect((await sql('POST', '/instances/again/restoreBackup', request)).text).toMatch(/cannot decrease/);
    const fitting = { ...request, restoreInstanceSettings: { settings: { userLabels: { team: 'shop' } } } };
    await done(sql('POST', '/instances/again/restoreBackup', fitting));
    expect((await sql('GET', '/instances/again')).body).toMatchObject({
      state: 'RUNNABLE',
      settings: { dataDiskSizeGb: '20', userLabels: { team: 'shop' } }
    });
  });

  test('a new operation may be invisible at first, and a poll may fail', async () => {
    const unkind = await startGcp({ pace: { operation: 1, hidden: 1, stale: 0 } });
    try {
      const url = `${unkind.url}/v1/projects/shop-project`;
      const settings = { tier: 'db-custom-1-3840', edition: 'ENTERPRISE' };
      const body = JSON.stringify({ name: 'orders', databaseVersion: 'POSTGRES_16', settings });
      const begun = (await (
        await fetch(`${url}/instances`, { method: 'POST', headers: HEADERS, body })
      ).json()) as Answer['body'];
      const look = async (): Promise<number> =>
        (await fetch(`${url}/operations/${begun.name ?? ''}`, { headers: HEADERS })).status;
      expect(await look()).toBe(404);
      unkind.fault({ action: 'operations.get', code: 'internalError', status: 500 });
      expect(await look()).toBe(500);
      expect(await look()).toBe(200);
    } finally {
      await unkind.stop();
    }
  });

  test.each([
    ['a flag that there is not', { databaseFlags: [{ name: 'shared_preload_libraries', value: 'pgaudit' }] }],
    ['a value out of range', { databaseFlags: [{ name: 'max_connections', value: '5' }] }],
    ['a label in capitals', { userLabels: { Team: 'shop' } }],
    ['a pooler in the smaller edition', { connectionPoolConfig: { connectionPoolingEnabled: true } }],
    ['no network at all', { ipConfiguration: { ipv4Enabled: false } }],
    ['logs for longer than the edition keeps them', { backupConfiguration: { transactionLogRetentionDays: 8 } }],
    [
      'logs for longer than backups',
      { backupConfiguration: { enabled: true, backupRetentionSettings: { retainedBackups: 6 } } }
    ]
  ])('%s is refused', async (_what, settings) => {
    expect((await create('a', {}, settings)).status).toBe(400);
    expect(gcp.leftovers()).toEqual([]);
  });

  test('a version is changed alone, upwards, and shows when it is done', async () => {
    await done(create('orders'));
    const upgrade = { databaseVersion: 'POSTGRES_17' };
    expect((await sql('PATCH', '/instances/orders', { ...upgrade, settings: { tier: 'db-f1-micro' } })).status).toBe(
      400
    );
    expect((await sql('PATCH', '/instances/orders', { databaseVersion: 'POSTGRES_15' })).status).toBe(400);
    await done(sql('PATCH', '/instances/orders', upgrade));
    expect((await sql('GET', '/instances/orders')).body).toMatchObject(upgrade);
  });

  test('a change shows at once, and is reverted when it fails', async () => {
    await done(create('orders'));
    gcp.doom('UPDATE', { code: 'INTERNAL_ERROR', message: 'It did not work out.' });
    const begun = await sql('PATCH', '/instances/orders', { settings: { dataDiskSizeGb: '30' } });
    expect(gcp.instance('orders').json['settings']).toMatchObject({ dataDiskSizeGb: '30' });
    expect((await sql('GET', `/operations/${begun.body.name ?? ''}`)).text).toContain('did not work out');
    expect(gcp.instance('orders').json['settings']).toMatchObject({ dataDiskSizeGb: '10' });
  });

  test('contradicting settings are refused', async () => {
    expect((await create('a', {}, { edition: 'ENTERPRISE_PLUS' })).text).toMatch(/Invalid Tier/);
    expect((await create('a', {}, { edition: undefined })).text).toMatch(/Invalid Tier.*ENTERPRISE_PLUS/);
    expect((await create('a', {}, { tier: 'db-f1-micro', dataDiskSizeGb: '4000' })).text).toMatch(/at most 3054 GB/);
    const inner = { ipConfiguration: { authorizedNetworks: [{ value: '10.0.0.0/8' }] } };
    expect((await create('a', {}, inner)).text).toMatch(/private authorized network/);
    expect(gcp.leftovers()).toEqual([]);
  });

  test('lists come in pages, flags with their classes', async () => {
    for (const name of ['a', 'b', 'c']) await done(create(name));
    const first = await sql('GET', '/instances');
    expect(first.body['items']).toHaveLength(2);
    const second = await sql('GET', `/instances?pageToken=${String(first.body['nextPageToken'])}`);
    expect(second.body['items']).toHaveLength(1);
    expect((await call('GET', '/v1/flags?databaseVersion=POSTGRES_16')).text).toContain('"requiresRestart":true');
  });

  test('faults are switched on: throttled, then not', async () => {
    gcp.fault({ action: 'instances.insert', code: 'rateLimitExceeded', status: 429 });
    expect((await create('orders')).status).toBe(429);
    expect((await create('orders')).status).toBe(200);
  });

  test('alert policies are kept by Monitoring, and a denied permission is not granted', async () => {
    const policies = '/v3/projects/shop-project/alertPolicies';
    const body = { displayName: 'cpu', combiner: 'OR', notificationChannels: [gcp.channel] };
    const made = await call('POST', policies, body);
    expect(gcp.leftovers()).toEqual(['alert cpu']);
    const nobody = { displayName: 'cpu', notificationChannels: ['projects/shop-project/notificationChannels/1'] };
    expect((await call('POST', policies, nobody)).text).toMatch(/notification channel/);
    await call('DELETE', `/v3/${made.body.name ?? ''}`);
    expect(gcp.leftovers()).toEqual([]);
    gcp.state.denied.add('cloudsql.instances.create');
    const asked = { permissions: ['cloudsql.instances.create', 'cloudsql.instances.get'] };
    const held = await call('POST', '/v1/projects/shop-project:testIamPermissions', asked);
    expect(held.body['permissions']).toEqual(['cloudsql.instances.get']);
    const refused = await create('orders');
    expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('cloudsql.instances.create')]);
  });

  test('a read after a change can still show the earlier state', async () => {
    const stale = await startGcp({ pace: { operation: 1, hidden: 0, stale: 1 } });
    try {
      const url = `${stale.url}/v1/projects/shop-project/instances`;
      const settings = { tier: 'db-custom-1-3840', edition: 'ENTERPRISE' };
      const body = JSON.stringify({ name: 'orders', databaseVersion: 'POSTGRES_16', settings });
      await fetch(url, { method: 'POST', headers: HEADERS, body });
      const first = await (await fetch(`${url}/orders`, { headers: HEADERS })).text();
      const second = await (await fetch(`${url}/orders`, { headers: HEADERS })).text();
      expect(first).toContain('"PENDING_CREATE"');
      expect(second).toContain('"RUNNABLE"');
    } finally {
      await stale.stop();
    }
  });

  test('a missing instance can be answered as forbidden', async () => {
    const other = await startGcp({ missing: 403 });
    try {
      const answer = await fetch(`${other.url}/v1/projects/shop-project/instances/nobody`, { headers: HEADERS });
      expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining('notAuthorized')]);
    } finally {
      await other.stop();
    }
  });
});
