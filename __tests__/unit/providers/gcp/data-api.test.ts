import type { OpenSession } from '../../../../src/postgres/connection.ts';
import type { WayIn } from '../../../../src/postgres/way-in.ts';
import { startGcp, type FakeGcp } from '../../../clouds/gcp/fake-gcp.ts';
import { object } from '../../../clouds/gcp/json.ts';
import { accessFor } from '../../../support/firewalls.ts';
import { basic } from '../../../support/gcp-inputs.ts';
import { gcpRun } from '../../../support/gcp-run.ts';
import { testClusters, testPassword, type TestClusters } from '../../../support/real-server.ts';

const signal = new AbortController().signal;
const inputs = { ...basic(), connect_through: 'data-api', login_as: 'deployer@shop-project.iam' };

let cloud: FakeGcp;
let clusters: TestClusters;
beforeAll(async () => {
  [cloud, clusters] = await Promise.all([startGcp(), testClusters()]);
  const postgres = await clusters.create();
  await postgres.start();
  const { port } = postgres.settings;
  cloud.state.sql = { host: '127.0.0.1', port, user: 'postgres', password: testPassword };
  await (await gcpRun(cloud, inputs)).apply();
});
afterAll(async () => {
  await clusters.remove();
  await cloud.stop();
});
beforeEach(() => allow('ALLOW_DATA_API'));
afterEach(() => {
  cloud.clearFaults();
  cloud.state.denied.clear();
});

function allow(dataApiAccess: string): void {
  const instance = cloud.instance('orders');
  instance.json = { ...instance.json, settings: { ...object(instance.json['settings']), dataApiAccess } };
  instance.staleLooks = 0;
}

async function way(): Promise<WayIn> {
  const { session } = await gcpRun(cloud, inputs);
  const found = await session.wayIn(await session.observe());
  if (found.kind === 'not-reachable') throw new Error(`${found.why}. ${found.hint}`);
  return found;
}

async function opened(settings: Readonly<Record<string, string>> = {}): Promise<OpenSession> {
  const found = await (await way()).open({ database: 'postgres', settings }, signal);
  if (found.kind === 'not-reachable') throw new Error(found.why);
  return found.session;
}

test('SQL goes over the API, as the identity of the run, and needs no network', async () => {
  const found = await way();
  expect(found).toMatchObject({ admin: inputs.login_as, keepsSession: false, maintenanceDatabase: 'postgres' });
  const session = await opened();
  expect(session.serverVersion).toMatch(/^\d+\.\d+$/);
  expect(session.encrypted).toBe(true);
  expect(await session.query('select 1 as one')).toEqual([{ one: 1 }]);
  const sent = cloud.calls().filter(({ action }) => action === 'instances.executeSql');
  expect(sent.every(({ body }) => body['autoIamAuthn'] === true && body['user'] === undefined)).toBe(true);
});

test('values are never a part of the text, and come back as node-postgres reads them', async () => {
  const session = await opened();
  const odd = 'it\'s \\ $1 "x"; drop table y --';
  const [row] = await session.query(
    'select $1::text as text, $2::int4 as number, $3::bool as yes, $4::jsonb as json, $5::text[] as list, $6::text as none',
    [odd, 42, true, { a: [1] }, ['a', 'b c'], null]
  );
  expect(row).toEqual({ text: odd, number: 42, yes: true, json: { a: [1] }, list: ['a', 'b c'], none: null });
});

test('settings hold for each text, which is a session of its own', async () => {
  const session = await opened({ search_path: 'pg_catalog,pg_temp', statement_timeout: '7s' });
  expect(await session.query('show search_path')).toEqual([{ search_path: 'pg_catalog,pg_temp' }]);
  expect(await session.query('select current_schemas(false) as it')).toEqual([{ it: ['pg_catalog'] }]);
  expect(await session.query('select current_setting($1) as it', ['statement_timeout'])).toEqual([{ it: '7s' }]);
  await session.query('create database made_by_api');
  expect(await session.batch('select 1; select 2')).toMatchObject({ completed: 2, error: undefined });
});

test('a refusal of the server has its SQLSTATE', async () => {
  const session = await opened();
  await expect(session.query('select * from nowhere', [], 'read nowhere')).rejects.toMatchObject({
    providerCode: '42P01',
    message: expect.stringContaining('Could not read nowhere') as string
  });
  const outcome = await session.batch('select 1; select 1/0');
  expect(outcome).toMatchObject({ completed: 0, error: { code: '22012' } });
});

test('a statement whose answer is lost is not sent again', async () => {
  const session = await opened();
  cloud.fault({ action: 'instances.executeSql', when: 'after', times: 3 });
  await expect(session.query('create role lost')).rejects.toMatchObject({ kind: 'transient' });
  const sent = cloud.calls().filter(({ body }) => String(body['sqlStatement']).includes('role lost'));
  expect(sent).toHaveLength(1);
});

test('an instance that does not allow the API says which command does', async () => {
  allow('DISALLOW_DATA_API');
  await expect(way()).rejects.toThrow('gcloud sql instances patch orders --data-api-access=ALLOW_DATA_API');
  const direct = await gcpRun(cloud, { ...inputs, connect_through: 'direct' });
  expect(await direct.session.wayIn(await direct.session.observe())).toMatchObject({
    kind: 'way-in',
    keepsSession: true
  });
  // What the command does.
  allow('ALLOW_DATA_API');
  expect(await way()).toMatchObject({ kind: 'way-in', keepsSession: false });
});

test('an identity that may not run SQL is not reachable, and the permission is named', async () => {
  cloud.state.denied.add('cloudsql.instances.executeSql');
  const found = await (await way()).open({ database: 'postgres' }, signal);
  expect(found).toMatchObject({
    kind: 'not-reachable',
    hint: expect.stringContaining('cloudsql.instances.executeSql') as string
  });
});

test('a login with a password has no way in here', async () => {
  const found = await (await way()).open({ database: 'postgres', login: { user: 'app', password: 'x' } }, signal);
  expect(found).toMatchObject({
    kind: 'not-reachable',
    hint: expect.stringContaining('Set `connect_through: direct`, with `runner_access: true`') as string
  });
  const access = accessFor(['203.0.113.7']);
  const { session } = await gcpRun(cloud, { ...inputs, connect_through: 'direct' }, { access });
  expect(await session.wayIn(await session.observe())).toMatchObject({
    kind: 'way-in',
    title: 'through a rule for this runner'
  });
  await session.close();
});
