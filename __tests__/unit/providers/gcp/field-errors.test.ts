import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openGcp } from '../../../../src/providers/gcp/api/client.ts';
import { startGcp, type FakeGcp } from '../../../clouds/gcp/fake-gcp.ts';
import { fakeContext } from '../../../support/fake-context.ts';
import type { Json } from '../../../clouds/gcp/json.ts';
import { markFor } from '../../../../src/engine/ownership.ts';
import type { ActionError } from '../../../../src/errors.ts';
import { basic } from '../../../support/gcp-inputs.ts';
import { gcpRun, lines } from '../../../support/gcp-run.ts';
import { madeOnGcp } from '../../../support/made-before.ts';

type With = Readonly<Record<string, string>>;

describe('a repetition', () => {
  let cloud: FakeGcp;
  beforeEach(async () => {
    cloud = await startGcp({ pace: { operation: 1, within: 0, hidden: 0, stale: 0 } });
  });
  afterEach(async () => cloud.stop());

  const larger = { ...basic(), tier: 'db-custom-2-7680' };
  const applied = async (inputs: With): Promise<readonly string[]> =>
    lines((await (await gcpRun(cloud, inputs)).apply()).plan);

  // A reserved name: https://github.com/hashicorp/terraform-provider-google/issues/5179
  test('ends soon for a name that Cloud SQL keeps of a deleted instance, and the hint says so', async () => {
    cloud.fault({ action: 'instances.insert', code: 'invalidState', status: 409, times: 1000 });
    const run = await gcpRun(cloud, basic());
    await expect(run.apply()).rejects.toMatchObject({
      message: expect.stringContaining('the instance does not exist, and no operation runs on it'),
      hint: expect.stringContaining('Set another `name`')
    });
    expect(cloud.mutations()).toHaveLength(3);
    expect(run.execution.lines.filter(line => line.includes('refused for now (invalidState)'))).toHaveLength(2);
  });

  test.each([
    ['operationInProgress', 409, 10],
    ['invalidState', 409, 3],
    ['staleData', 412, 10]
  ])('of a change that is always refused with %s ends after %i tries', async (code, status, tries) => {
    await madeOnGcp(cloud, basic());
    const before = cloud.mutations().length;
    cloud.fault({ action: 'instances.patch', code, status, times: 1000 });
    await expect(applied(larger)).rejects.toMatchObject({
      code: 'provider-failed',
      message: expect.stringContaining('the instance is RUNNABLE, and no operation runs on it')
    });
    expect(cloud.mutations().slice(before).length).toBeLessThanOrEqual(tries * 2);
    cloud.clearFaults();
    await applied(larger);
    expect(lines((await (await gcpRun(cloud, larger)).plan()).plan)).toEqual([]);
  });

  test.each([
    ['ERROR_GCE_STOCKOUT', 'capacity', /another zone, region or tier/],
    ['ERROR_GCE_QUOTA_EXCEEDED', 'quota', /higher quota/],
    ['INVALID_BILLING_ACCOUNT_STATE', 'denied', /billing/],
    ['NETWORK_NOT_PEERED', 'invalid', /private services access/]
  ])('does not follow an operation that failed with %s', async (code, kind, hint) => {
    cloud.doom('CREATE', { code, message: 'It could not be created.' });
    await expect(applied(basic())).rejects.toMatchObject({ kind, hint: expect.stringMatching(hint) });
    expect(cloud.mutations()).toHaveLength(1);
  });
});

describe('a wait', () => {
  let cloud: FakeGcp;
  beforeEach(async () => {
    cloud = await startGcp({ pace: { operation: 1, within: 0, hidden: 0, stale: 0 } });
    await madeOnGcp(cloud, basic());
  });
  afterEach(async () => cloud.stop());

  const larger = { ...basic(), tier: 'db-custom-2-7680', timeout_minutes: '5' };
  /** The instance changes between the plan and the apply. */
  async function failure(change: Json): Promise<readonly [ActionError, readonly string[]]> {
    const run = await gcpRun(cloud, larger);
    const { plan, observed } = await run.plan();
    const live = cloud.instance('orders');
    live.json = { ...live.json, ...change };
    const { error } = await run.session.apply(plan, observed, markFor(run.session.target));
    if (error === undefined) throw new Error('it did not fail');
    return [error, run.execution.lines];
  }

  // The states and reasons of https://cloud.google.com/sql/docs/postgres/admin-api/rest/v1/instances
  test.each<[string, Json, RegExp, RegExp]>([
    ['SUSPENDED', { suspensionReason: ['BILLING_ISSUE'] }, /suspended it \(BILLING_ISSUE\)/, /unpaid bills/],
    ['SUSPENDED', {}, /has suspended it/, /it names the cause/],
    ['FAILED', {}, /it failed/, /it names the cause/],
    ['PENDING_DELETE', {}, /it is being deleted/, /when it is gone/]
  ])('for an instance that is %s ends at once, and says why: %j', async (state, more, message, hint) => {
    const [error, told] = await failure({ state, ...more });
    expect(error).toMatchObject({
      code: 'provider-failed',
      message: expect.stringMatching(message) as string,
      hint: expect.stringMatching(hint) as string
    });
    expect(told.length).toBeLessThan(10);
  });

  test('for an instance that stays under maintenance ends with the run, is told, and names the state', async () => {
    const [error, told] = await failure({ state: 'MAINTENANCE' });
    expect(error).toMatchObject({ code: 'in-progress', message: expect.stringContaining('maintenance') as string });
    expect(told.filter(line => line.includes('wait for orders: maintenance')).length).toBeGreaterThan(5);
  });

  test('for a backup that does not end names the operation, each time', async () => {
    cloud.state.operations.set('b-1', {
      json: { name: 'b-1', operationType: 'BACKUP_VOLUME', status: 'RUNNING', insertTime: '2026-11-29T02:00:00Z' },
      looks: 1e9,
      unseen: 0,
      instance: 'orders',
      also: [],
      effect: () => undefined,
      undo: () => undefined,
      error: undefined
    });
    const [error, told] = await failure({});
    const words = 'BACKUP_VOLUME is running since 2026-11-29T02:00:00Z (operation b-1)';
    expect(error).toMatchObject({ code: 'in-progress', message: expect.stringContaining(words) as string });
    expect(told.filter(line => line.includes(words)).length).toBeGreaterThan(5);
  });

  test('for an operation that vanishes ends soon, and the next run goes on', async () => {
    cloud.fault({ action: 'operations.get', code: 'operationDoesNotExist', status: 404, times: 1000 });
    await expect((await gcpRun(cloud, larger)).apply()).rejects.toMatchObject({
      message: expect.stringContaining('does not exist any more') as string,
      hint: expect.stringContaining('goes on from there') as string
    });
    cloud.clearFaults();
    await (await gcpRun(cloud, larger)).apply();
    expect(lines((await (await gcpRun(cloud, larger)).plan()).plan)).toEqual([]);
  });

  // Without a message: https://github.com/hashicorp/terraform-provider-google/issues/12912
  test('for an operation that failed without a word says where to look', async () => {
    cloud.doom('UPDATE', { code: 'UNKNOWN' });
    await expect((await gcpRun(cloud, larger)).apply()).rejects.toMatchObject({
      message: expect.stringContaining('UNKNOWN') as string,
      hint: expect.stringContaining('logs of the instance') as string
    });
  });
});

describe('a refused part', () => {
  let cloud: FakeGcp;
  beforeEach(async () => {
    cloud = await startGcp({ pace: { operation: 1, within: 0, hidden: 0, stale: 0 } });
    await madeOnGcp(cloud, basic());
  });
  afterEach(async () => cloud.stop());

  const more = { ...basic(), disk_size: '60', backup_retention_period: '10', enable_performance_insights: 'true' };
  const fails = async (inputs: With): Promise<unknown> =>
    (await gcpRun(cloud, inputs)).apply().then(
      () => undefined,
      (thrown: unknown) => thrown
    );
  const left = async (inputs: With): Promise<readonly string[]> =>
    lines((await (await gcpRun(cloud, inputs)).plan()).plan);

  test('of the settings does not block the others', async () => {
    // The whole, then its first part: https://cloud.google.com/sql/docs/postgres/instance-settings
    cloud.fault({ action: 'instances.patch', code: 'invalid', status: 400, times: 2 });
    expect(await fails(more)).toMatchObject({ kind: 'invalid' });
    expect(await left(more)).toHaveLength(1);
  });

  test('of the machine does not block the settings', async () => {
    cloud.doom('UPDATE', { code: 'ERROR_GCE_STOCKOUT', message: 'The zone has no such machine.' });
    const all = { ...more, tier: 'db-custom-2-7680' };
    expect(await fails(all)).toMatchObject({ kind: 'capacity' });
    expect(await left(all)).toEqual([expect.stringContaining('instance_class')]);
  });

  test('of an upgrade does not block the settings', async () => {
    cloud.doom('MAJOR_VERSION_UPGRADE', { code: 'INTERNAL_ERROR', message: 'pg_upgrade failed.' });
    const all = { ...more, engine_version: '17', allow_major_version_upgrade: 'true' };
    expect(await fails(all)).toMatchObject({ message: expect.stringContaining('pg_upgrade failed.') });
    expect(await left(all)).toEqual([expect.stringContaining('engine_version')]);
  });
});

describe('an answer of a gateway', () => {
  const page = '<html><body>502 Bad Gateway</body></html>';

  async function ask(status: number, body: string): Promise<{ readonly calls: number; readonly thrown: unknown }> {
    let calls = 0;
    const server = createServer((_request, response) => {
      calls += 1;
      response.writeHead(status, { 'content-type': 'text/html' }).end(body);
    });
    await new Promise<void>(resolve => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const credential = { project: undefined, headers: async () => new Headers() };
    const endpoints = {
      sql: url,
      monitoring: url,
      cloudresourcemanager: url,
      logging: url,
      cloudbilling: url,
      secretmanager: url
    };
    const gcp = openGcp({ project: 'shop-project', credential, endpoints, execution: fakeContext() });
    const call = { permission: 'cloudsql.instances.get', subject: 'orders' };
    const thrown = await gcp.rest('monitoring', 'GET', '/v3/x', call).then(
      () => undefined,
      (failure: unknown) => failure
    );
    server.closeAllConnections();
    await new Promise(resolve => {
      server.close(resolve);
    });
    return { calls, thrown };
  }

  test.each([
    [502, page],
    [503, ''],
    [504, page],
    [500, '{"error":"Service Unavailable"}'],
    [500, '{"error":{"code":500,"errors":[{"reason":"forbidden"}],"message":"forbidden"}}'],
    [599, '[]'],
    [503, '{"error":{"errors":"none","status":7}}'],
    [408, page],
    [200, page],
    [200, 'null'],
    [200, '{"items": [']
  ])('is transient: status %i with the body %s', async (status, body) => {
    const { calls, thrown } = await ask(status, body);
    expect(thrown).toMatchObject({ kind: 'transient' });
    expect(calls).toBe(6);
  });

  test.each([
    [429, page, 'throttled', 6],
    [501, page, 'invalid', 1],
    [403, page, 'failed', 1],
    [500, '{"error":{"errors":[{"reason":"ERROR_GCE_STOCKOUT"}]}}', 'capacity', 1]
  ])('is classified by its known parts: status %i with the body %s is %s', async (status, body, kind, most) => {
    const { calls, thrown } = await ask(status, body);
    expect(thrown).toMatchObject({ kind });
    expect(calls).toBe(most);
  });
});
