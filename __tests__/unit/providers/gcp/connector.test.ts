import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { whyNot } from '../../../../src/providers/gcp/connector.ts';
import type { AddressKind } from '../../../../src/providers/gcp/api/connector.ts';
import { postgresFailure } from '../../../../src/postgres/failures.ts';
import type { OpenSession } from '../../../../src/postgres/connection.ts';
import type { Entry, NotReachable, Opened, WayIn } from '../../../../src/postgres/way-in.ts';
import { TOKEN_OF } from '../../../clouds/gcp/connect.ts';
import { startGcp, type FakeGcp, type RecordedCall } from '../../../clouds/gcp/fake-gcp.ts';
import { object, type Json } from '../../../clouds/gcp/json.ts';
import { ACCESS_TOKEN } from '../../../clouds/gcp/supporting.ts';
import { authority } from '../../../support/certificate-authority.ts';
import { connectorDoor, type ConnectorDoor } from '../../../support/connector-door.ts';
import { accessFor } from '../../../support/firewalls.ts';
import { basic } from '../../../support/gcp-inputs.ts';
import { gcpRun } from '../../../support/gcp-run.ts';
import { testClusters, testPassword, type TestClusters } from '../../../support/real-server.ts';

const signal = new AbortController().signal;
const inputs = { ...basic(), connect_through: 'connector', master_password: testPassword };
const asIdentity = { ...inputs, login_as: TOKEN_OF };
const entry = { database: 'postgres' };

let cloud: FakeGcp;
let clusters: TestClusters;
let door: ConnectorDoor;
let before: Json;
/** With a certificate already. */
let lasting: WayIn;
beforeAll(async () => {
  [cloud, clusters] = await Promise.all([startGcp(), testClusters()]);
  const postgres = await clusters.create();
  // The instance logs an IAM user in by the token in the certificate: no password is asked for.
  const rules = path.join(postgres.layout.dataDirectory, 'pg_hba.conf');
  await writeFile(rules, `host all "${TOKEN_OF}" 127.0.0.1/32 trust\n${await readFile(rules, 'utf8')}`);
  await postgres.start();
  door = await connectorDoor('shop-project:orders', { port: postgres.settings.port });
  cloud.state.connector = door;
  await (await gcpRun(cloud, inputs)).apply();
  before = cloud.instance('orders').json;
  reset();
  lasting = await way();
  await (await opened()).close();
});
afterAll(async () => {
  await door.close();
  await clusters.remove();
  await cloud.stop();
});
afterEach(() => {
  cloud.clearFaults();
  cloud.state.denied.clear();
  door.show('shop-project:orders');
  door.takes(door.ca);
  reset();
});

function reset(): void {
  cloud.state.place = { host: door.host, ca: door.ca };
  change({});
}

function change({ settings = {}, ...changes }: Json): void {
  const instance = cloud.instance('orders');
  instance.json = { ...before, ...changes, settings: { ...object(before['settings']), ...object(settings) } };
  instance.staleLooks = 0;
}

const admitsIamUsers = (): void =>
  change({ settings: { databaseFlags: [{ name: 'cloudsql.iam_authentication', value: 'on' }] } });

async function way(given: Readonly<Record<string, string>> = inputs): Promise<WayIn> {
  const { session } = await gcpRun(cloud, given);
  const found = await session.wayIn(await session.observe());
  if (found.kind === 'not-reachable') throw new Error(`${found.why}. ${found.hint}`);
  return found;
}

async function opened(given: Entry = entry, by = lasting): Promise<OpenSession> {
  const found = await by.open(given, signal);
  if (found.kind === 'not-reachable') throw new Error(`${found.why}. ${found.hint}`);
  return found.session;
}

async function userIn(session: OpenSession): Promise<unknown> {
  const [row] = await session.query('select session_user::text as user');
  await session.close();
  return row;
}

const certificates = (from = 0): readonly RecordedCall[] =>
  cloud.calls().filter(({ action }, at) => at >= from && action.startsWith('connect.'));

test('sessions come in with one certificate of this run, past a firewall that admits no one', async () => {
  expect(lasting).toMatchObject({ admin: 'postgres', keepsSession: true, title: 'through the Cloud SQL connector' });
  const [one, other] = await Promise.all([opened(entry), opened({ database: 'template1' })]);
  expect(one.encrypted).toBe(true);
  expect(one.serverVersion).toMatch(/^17\.\d+$/);
  expect(await userIn(one)).toEqual({ user: 'postgres' });
  await other.close();
  expect(certificates().map(({ action }) => action)).toEqual(['connect.get', 'connect.generateEphemeralCert']);
  expect(certificates()[1]?.body).toEqual({ public_key: expect.stringContaining('BEGIN PUBLIC KEY') as string });
});

test('a rule for the runner is neither needed nor made', async () => {
  const from = cloud.mutations().length;
  const run = await gcpRun(cloud, inputs, { access: accessFor(['203.0.113.7']) });
  const found = await run.session.wayIn(await run.session.observe(), { keepsSession: true });
  expect(found).toMatchObject({ kind: 'way-in', title: 'through the Cloud SQL connector', passesFirewall: true });
  await run.session.close();
  expect(cloud.mutations()).toHaveLength(from);
  const { plan } = await (await gcpRun(cloud, { ...inputs, runner_access: 'true' })).plan();
  expect(plan.notices).toContainEqual(
    expect.objectContaining({ code: 'value-ignored', input: 'runner_access', severity: 'warning' })
  );
  expect(plan.notices.map(({ message }) => message).join()).toContain('goes through the Cloud SQL connector');
});

// `sslMode` and `connectorEnforcement` of the API.
test.each([
  ['asks for the certificate of a client', { ipConfiguration: { sslMode: 'TRUSTED_CLIENT_CERTIFICATE_REQUIRED' } }],
  ['takes connections of connectors alone', { connectorEnforcement: 'REQUIRED' }]
])('an instance that %s has no direct way in, and the hint works', async (asks, settings: Json) => {
  change({ settings });
  await expect(way({ ...inputs, connect_through: 'direct' })).rejects.toThrow(
    new RegExp(`${asks}. Set \`connect_through: connector\``)
  );
  expect(await userIn(await opened(entry, await way()))).toEqual({ user: 'postgres' });
  change({});
});

test('an identity logs in by the token in its certificate, and another user by a password', async () => {
  await expect(way(asIdentity)).rejects.toThrow('Set `iam_database_authentication_enabled: true`');
  const on = { ...asIdentity, iam_database_authentication_enabled: 'true' };
  await (await gcpRun(cloud, on)).apply();
  cloud.instance('orders').staleLooks = 0;
  const from = cloud.calls().length;
  const run = await gcpRun(cloud, on);
  const found = await run.session.wayIn(await run.session.observe());
  if (found.kind === 'not-reachable') throw new Error(found.why);
  expect(found.admin).toBe(TOKEN_OF);
  await expect(found.open(entry, signal)).rejects.toMatchObject({
    hint: expect.stringContaining('`iam_users`') as string
  });
  // What the API does for `iam_users`.
  const session = await opened();
  await session.query(`create role "${TOKEN_OF}" login`);
  await session.close();
  expect(await userIn(await opened(entry, found))).toEqual({ user: TOKEN_OF });
  const login = { user: 'postgres', password: testPassword };
  expect(await userIn(await opened({ ...entry, login }, found))).toEqual({ user: 'postgres' });
  const sent = certificates(from).flatMap(({ action, body }) => (action === 'connect.get' ? [] : [body]));
  expect(sent.map(body => body['access_token'])).toEqual([ACCESS_TOKEN, undefined]);
  expect(run.masked).toContain(ACCESS_TOKEN);
  expect(run.execution.lines.join('\n')).not.toMatch(/BEGIN|ya29/);
  // The library gives out no token with less than five minutes left.
  await run.execution.clock.sleep(4 * 60);
  await (await opened(entry, found)).close();
  expect(certificates(from).filter(({ body }) => body['access_token'] !== undefined)).toHaveLength(2);
});

test.each(['PRIVATE', 'PSC'] as const)('an instance with a %s address is reached by it', async kind => {
  cloud.state.place = { host: door.host, ca: door.ca, kind };
  expect(await userIn(await opened(entry, await way()))).toEqual({ user: 'postgres' });
});

test('a certificate is asked for again when its answer is lost, and when it is old', async () => {
  const from = cloud.calls().length;
  cloud.fault({ action: 'connect.generateEphemeralCert', when: 'after', times: 1 });
  const run = await gcpRun(cloud, inputs);
  const found = await run.session.wayIn(await run.session.observe());
  if (found.kind === 'not-reachable') throw new Error(found.why);
  await (await opened(entry, found)).close();
  expect(certificates(from)).toHaveLength(3);
  await run.execution.clock.sleep(45 * 60);
  await (await opened(entry, found)).close();
  expect(certificates(from)).toHaveLength(5);
});

test('nothing goes on in the background, also after a connection that failed', async () => {
  const from = cloud.calls().length;
  door.show('shop-project:other');
  await expect(lasting.open(entry, signal)).rejects.toMatchObject({ code: 'tls-failed' });
  door.show('shop-project:orders');
  await (await opened()).close();
  await (await gcpRun(cloud, inputs)).session.observe();
  expect(certificates(from)).toEqual([]);
});

test('a cancelled run begins no connection', async () => {
  const known = door.users.length;
  const stop = new AbortController();
  const opening = lasting.open(entry, stop.signal);
  stop.abort(new Error('cancelled'));
  await expect(opening).rejects.toThrow('cancelled');
  await (await opened()).close();
  expect(door.users).toHaveLength(known + 1);
});

interface Refused {
  readonly why: RegExp;
  readonly hint: RegExp;
  readonly when: () => void;
  /** Default: a way of its own, with a certificate of its own. */
  readonly tried?: () => Promise<NotReachable | Opened>;
}

const withKnown = async (given: Entry = entry): Promise<Opened> => lasting.open(given, signal);
const asStranger = async (given: Readonly<Record<string, string>>): Promise<NotReachable | Opened> => {
  const { session } = await gcpRun(cloud, given);
  const found = await session.wayIn(await session.observe());
  return found.kind === 'not-reachable' ? found : found.open(entry, signal);
};
/** Of node-postgres, as the connection throws it. */
const ofSocket =
  (kind: AddressKind, code: string, message = code) =>
  async (): Promise<NotReachable> =>
    whyNot(postgresFailure(Object.assign(new Error(message), { code }), 'connect'), 'orders', { kind }, 'PASSWORD');

const REFUSED: Readonly<Record<string, Refused>> = {
  'an identity that may not have a certificate': {
    when: () => cloud.state.denied.add('cloudsql.instances.connect'),
    why: /not authorized/,
    hint: /Add `cloudsql\.instances\.connect` to a role/
  },
  'an API that is switched off': {
    when: () => cloud.fault({ action: 'connect.get', when: 'before', status: 403, code: 'SERVICE_DISABLED', times: 9 }),
    why: /SERVICE_DISABLED/,
    hint: /gcloud services enable sqladmin\.googleapis\.com/
  },
  'an instance that is stopped': {
    when: () => change({ settings: { activationPolicy: 'NEVER' } }),
    why: /orders is stopped/,
    hint: /Run `command: start`/
  },
  'an instance that lost its public address just now': {
    when: () => {
      delete cloud.state.place;
      const instance = cloud.instance('orders');
      instance.before = before;
      instance.json = { ...before, ipAddresses: [{ type: 'OUTGOING', ipAddress: '203.0.113.9' }] };
      instance.staleLooks = 9;
    },
    why: /the connector has no way to orders: .*public Ip address not found/,
    hint: /Run the step again/
  },
  'a port that is closed to this runner': {
    when: () => {
      cloud.state.place = { host: '127.0.0.1', ca: door.ca };
    },
    why: /postgres@127\.0\.0\.1:3307\/postgres: .*ECONNREFUSED/,
    hint: /Let this runner connect to port 3307/
  },
  'a port from which no answer comes': {
    when: () => {},
    tried: ofSocket('PUBLIC', 'ETIMEDOUT', 'timeout expired'),
    why: /timeout expired/,
    hint: /Let this runner connect to port 3307/
  },
  'a private address from outside': {
    when: () => {},
    tried: ofSocket('PRIVATE', 'ETIMEDOUT'),
    why: /ETIMEDOUT/,
    hint: /Run this job in the VPC of the instance.*data-api/
  },
  'an endpoint of Private Service Connect from outside': {
    when: () => {},
    tried: ofSocket('PSC', 'ENOTFOUND'),
    why: /ENOTFOUND/,
    hint: /an endpoint of Private Service Connect/
  },
  'a certificate that the instance does not take': {
    when: () => door.takes(authority().certificate),
    tried: withKnown,
    why: /orders ended the connection as soon as it had the certificate of this run/,
    hint: /Check the clock of this runner/
  },
  'a certificate that the instance refuses by an alert of TLS': {
    when: () => {},
    tried: ofSocket('PUBLIC', 'ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE'),
    why: /orders refused the certificate of this run/,
    hint: /Check the clock of this runner/
  },
  'a server with a certificate of another authority': {
    when: () => door.show('shop-project:orders', authority()),
    tried: withKnown,
    why: /self-signed certificate|unable to (?:get|verify)|signature failure/,
    hint: /another server than this instance/
  },
  'a server with the certificate of another instance': {
    when: () => door.show('shop-project:other'),
    tried: withKnown,
    why: /Certificate had CN shop-project:other, expected shop-project:orders/,
    hint: /another server than this instance/
  },
  'an identity that is no user of the instance': {
    when: admitsIamUsers,
    tried: async () => asStranger({ ...asIdentity, login_as: 'stranger@shop-project.iam' }),
    why: /IAM service account authentication failed for user "stranger@shop-project\.iam"/,
    hint: /Add this identity to `iam_users`, and grant it `cloudsql\.instances\.login`/
  },
  'a password that the server refuses': {
    when: () => {},
    tried: async () => withKnown({ ...entry, login: { user: 'postgres', password: 'of another time' } }),
    why: /password authentication failed/,
    hint: /Check the user name and the password/
  }
};

test.each(Object.entries(REFUSED))('%s is told in words, with the way out', async (_, { when, tried, why, hint }) => {
  when();
  const found = await (tried ?? (async () => asStranger(inputs)))().then(
    answer => (answer.kind === 'open' ? { why: 'It was let in', hint: '' } : answer),
    (thrown: Error & { readonly hint?: string }) => ({ why: thrown.message, hint: thrown.hint ?? '' })
  );
  expect(found.why).toMatch(why);
  expect(found.hint).toMatch(hint);
});
