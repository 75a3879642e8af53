import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Setup } from '../../../../src/providers/provider.ts';
import type { Instance } from '../../../../src/providers/gcp/api/types.ts';
import { openGcp, type Gcp } from '../../../../src/providers/gcp/api/client.ts';
import { openCredential } from '../../../../src/providers/gcp/api/credential.ts';
import type { GcpContext } from '../../../../src/providers/gcp/context.ts';
import { waitUntilGone } from '../../../../src/providers/gcp/resources/server/wait.ts';
import { listInstances, readInstance } from '../../../../src/providers/gcp/live-state.ts';
import { ACCESS_TOKEN } from '../../../clouds/gcp/supporting.ts';
import { startGcp, type FakeGcp } from '../../../clouds/gcp/fake-gcp.ts';
import { fakeContext, type FakeContext } from '../../../support/fake-context.ts';

const INSERT = { permission: 'cloudsql.instances.create', subject: 'orders' };
const NEW = {
  name: 'orders',
  region: 'us-central1',
  databaseVersion: 'POSTGRES_16',
  settings: { tier: 'db-custom-1-3840', edition: 'ENTERPRISE', dataDiskSizeGb: '20', userLabels: { owner: 'shop' } }
};

let cloud: FakeGcp;
let execution: FakeContext;
beforeEach(async () => {
  cloud = await startGcp();
  execution = fakeContext();
});
afterEach(async () => cloud.stop());

async function open(env: Setup['env'] = cloud.env, masked: string[] = []): Promise<Gcp> {
  const credential = await openCredential(env, value => masked.push(value));
  const { url } = cloud;
  const endpoints = {
    sql: url,
    monitoring: url,
    cloudresourcemanager: url,
    logging: url,
    cloudbilling: url,
    secretmanager: url
  };
  return openGcp({ project: cloud.project, credential, endpoints, execution });
}

async function insert(gcp: Gcp, body: unknown = NEW): Promise<unknown> {
  const { project } = gcp;
  return gcp.sql(INSERT, async (sdk, options) => sdk.instances.insert({ project }, options), {
    body,
    idempotent: false
  });
}

describe('calls to Google, through its client', () => {
  test('send a body unchanged and use names, not numbers', async () => {
    const gcp = await open();
    await insert(gcp);
    expect(cloud.mutations().map(({ action, body }) => ({ action, body }))).toEqual([
      { action: 'instances.insert', body: NEW }
    ]);
    const live = await readInstance({ gcp }, 'orders');
    expect(live?.settings).toMatchObject({
      edition: 'ENTERPRISE',
      dataDiskSizeGb: '20',
      userLabels: { owner: 'shop' }
    });
  });

  test('show members and enum names that the client does not know', async () => {
    const gcp = await open();
    await insert(gcp);
    const orders = cloud.state.instances.get('orders');
    if (orders === undefined) throw new Error('There is no instance');
    cloud.state.newer.add('newerMember');
    orders.json = { ...orders.json, state: 'NEWER_THAN_THE_CLIENT', newerMember: { a: 1 } };
    const live = (await readInstance({ gcp }, 'orders')) as Instance & { newerMember: unknown };
    expect(live).toMatchObject({ newerMember: { a: 1 } });
    expect(live.state).not.toBe('SQL_INSTANCE_STATE_UNSPECIFIED');
  });

  test('remove no label with a PATCH that names none', async () => {
    const gcp = await open();
    await insert(gcp);
    for (let look = 0; look < 4; look += 1) await readInstance({ gcp }, 'orders');
    const body = { settings: { dataDiskSizeGb: '30' } };
    const { project } = gcp;
    await gcp.sql(
      { permission: 'cloudsql.instances.update', subject: 'orders' },
      async (sdk, options) => sdk.instances.patch({ project, instance: 'orders' }, options),
      { body }
    );
    expect(cloud.mutations().at(-1)?.body).toEqual(body);
    for (let look = 0; look < 4; look += 1) await readInstance({ gcp }, 'orders');
    expect((await readInstance({ gcp }, 'orders'))?.settings).toMatchObject({
      dataDiskSizeGb: '30',
      userLabels: { owner: 'shop' }
    });
  });

  test('distinguish a busy instance from a taken name, which are both 409', async () => {
    const gcp = await open();
    await insert(gcp);
    await expect(insert(gcp)).rejects.toMatchObject({ kind: 'already-exists' });
    const { project } = gcp;
    const patch = gcp.sql(
      { permission: 'cloudsql.instances.update', subject: 'orders' },
      async (sdk, options) => sdk.instances.patch({ project, instance: 'orders' }, options),
      { body: { settings: {} } }
    );
    await expect(patch).rejects.toMatchObject({ kind: 'busy', providerCode: 'operationInProgress' });
  });

  test('are retried when an answer is lost, but never sent twice when each has an effect', async () => {
    const gcp = await open();
    cloud.fault({ action: 'instances.get', nth: 1 });
    expect(await readInstance({ gcp }, 'orders')).toBeUndefined();
    cloud.fault({ action: 'instances.insert', when: 'after', nth: 1 });
    await expect(insert(gcp)).rejects.toMatchObject({ kind: 'transient' });
    expect(cloud.mutations()).toHaveLength(1);
  });

  test('wait as long as Google asks after too many requests', async () => {
    const gcp = await open();
    cloud.fault({ action: 'instances.get', code: 'rateLimitExceeded', status: 429, nth: 1 });
    const before = execution.clock.now().getTime();
    expect(await readInstance({ gcp }, 'orders')).toBeUndefined();
    expect(execution.clock.now().getTime() - before).toBeGreaterThanOrEqual(1000);
  });

  test('read all pages of a list', async () => {
    await cloud.stop();
    cloud = await startGcp({ pageSize: 2 });
    const gcp = await open();
    const { project } = gcp;
    for (const name of ['one', 'two', 'three', 'four', 'five']) await insert(gcp, { ...NEW, name });
    const all = await gcp.all<Instance>(
      { permission: 'cloudsql.instances.list', subject: project },
      async (sdk, pageToken, options) => sdk.instances.list({ project, pageToken }, options)
    );
    expect(all.map(one => one.name)).toEqual(['one', 'two', 'three', 'four', 'five']);
  });

  // https://cloud.google.com/sql/docs/postgres/admin-api/rest/v1/ApiWarning
  test('tell once what Cloud SQL warns of', async () => {
    const message = 'The list may be incomplete';
    cloud.state.warnings.set('instances.list', { code: 'REGION_UNREACHABLE', message, region: 'us-east1' });
    cloud.state.warnings.set('CREATE_USER', { code: 'COMPROMISED_CREDENTIALS' });
    const gcp = await open();
    await insert(gcp);
    await listInstances({ gcp });
    await listInstances({ gcp });
    const call = { permission: 'cloudsql.users.create', subject: 'orders' };
    const body = { name: 'app', password: 'secret' };
    const where = { project: gcp.project, instance: 'orders' };
    await gcp.sql(call, async (sdk, options) => sdk.users.insert(where, options), { body });
    expect(execution.lines.filter(line => line.startsWith('warning'))).toEqual([
      'warning: Cloud SQL warns: The list may be incomplete (us-east1)',
      'warning: Cloud SQL warns: COMPROMISED_CREDENTIALS'
    ]);
  });

  test('reach other APIs with the same login', async () => {
    const gcp = await open();
    const call = { permission: 'monitoring.alertPolicies.list', subject: gcp.project };
    expect(await gcp.rest('monitoring', 'GET', `/v3/projects/${gcp.project}/alertPolicies`, call)).toMatchObject({
      alertPolicies: []
    });
  });

  test('recognise a missing instance behind a forbidden answer', async () => {
    await cloud.stop();
    cloud = await startGcp({ missing: 403 });
    expect(await readInstance({ gcp: await open() }, 'orders')).toBeUndefined();
  });
});

describe('the login', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'pgkeep-login-'));
  });
  afterAll(async () => rm(directory, { recursive: true }));

  test('masks the token, and prints nothing', async () => {
    const { warn } = console;
    const warned: unknown[] = [];
    Object.assign(console, { warn: (...words: readonly unknown[]) => void warned.push(words) });
    try {
      const masked: string[] = [];
      await readInstance({ gcp: await open(cloud.env, masked) }, 'orders');
      expect(masked).toContain('ya29.token-of-the-fake');
    } finally {
      Object.assign(console, { warn });
    }
    expect(warned).toEqual([]);
  });

  test('takes a token from the environment', async () => {
    const masked: string[] = [];
    const gcp = await open({ CLOUDSDK_AUTH_ACCESS_TOKEN: ACCESS_TOKEN }, masked);
    expect(await readInstance({ gcp }, 'orders')).toBeUndefined();
    expect(masked).toEqual([ACCESS_TOKEN]);
  });

  const ACCOUNT = { type: 'service_account', client_email: 'a@example.com', private_key: 'the private key' };
  const USER = { type: 'authorized_user', client_secret: 'the client secret', refresh_token: 'the refresh token' };
  const IMPERSONATION = 'https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/b@x:generateAccessToken';
  const AS_ANOTHER = { type: 'impersonated_service_account', service_account_impersonation_url: IMPERSONATION };

  test.each<[string, object, readonly string[]]>([
    ['of an account', ACCOUNT, ['the private key']],
    ['of a person', USER, ['the client secret', 'the refresh token']],
    [
      'of a person at another provider',
      { ...USER, type: 'external_account_authorized_user' },
      ['the client secret', 'the refresh token']
    ],
    ['of an account as another', { ...AS_ANOTHER, source_credentials: ACCOUNT }, ['the private key']],
    [
      'of a person as an account',
      { ...AS_ANOTHER, source_credentials: USER },
      ['the client secret', 'the refresh token']
    ],
    [
      'of a job, with the token that asks for its identity',
      {
        type: 'external_account',
        credential_source: {
          url: 'https://x',
          headers: { Authorization: 'Bearer the token of the job', Accept: 'json' }
        }
      },
      ['the token of the job']
    ]
  ])('masks what is secret in a credentials file %s, before any call', async (_whose, content, secrets) => {
    const file = path.join(directory, 'credentials.json');
    await writeFile(file, JSON.stringify(content));
    const masked: string[] = [];
    await openCredential({ GOOGLE_APPLICATION_CREDENTIALS: file }, value => masked.push(value));
    expect(masked).toEqual(secrets);
  });

  test.each<[string, (file: string) => Setup['env']]>([
    ['in a file', file => ({ CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: file })],
    [
      'that impersonates an account',
      () => ({
        GOOGLE_OAUTH_ACCESS_TOKEN: 'a token of its own',
        CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT: 'b@example.com'
      })
    ]
  ])('masks a token %s, before any call', async (_where, env) => {
    const file = path.join(directory, 'token');
    await writeFile(file, 'a token of its own\n');
    const masked: string[] = [];
    await openCredential(env(file), value => masked.push(value));
    expect(masked).toEqual(['a token of its own']);
  });

  test('names the missing step when the file does not exist', async () => {
    await expect(open({ GOOGLE_APPLICATION_CREDENTIALS: '/nowhere/creds.json' })).rejects.toMatchObject({
      code: 'credentials-missing',
      hint: expect.stringContaining('google-github-actions/auth')
    });
  });

  test('names the missing step when there are no credentials, without a search in the network', async () => {
    const gcp = await open({ HOME: '/nowhere' });
    await expect(readInstance({ gcp }, 'orders')).rejects.toMatchObject({
      code: 'credentials-missing',
      message: 'Could not log in to Google Cloud: no credentials in the environment'
    });
    expect(cloud.calls()).toEqual([]);
  });

  test('distinguishes a refused login from a lost answer', async () => {
    cloud.fault({ action: 'POST /v1/token', code: 'invalid_grant', status: 400 });
    await expect(readInstance({ gcp: await open() }, 'orders')).rejects.toMatchObject({
      code: 'credentials-missing'
    });
  });
});

test('the wait for a deletion ends when the instance is gone, and not before', async () => {
  const gcp = await open();
  await insert(gcp);
  const deadline = new Date(execution.clock.now().getTime() + 60_000);
  const context = { gcp, execution, pollSeconds: 5, options: { wait: true, deadline } } as unknown as GcpContext;
  await expect(waitUntilGone(context, 'orders')).rejects.toMatchObject({ code: 'in-progress' });
  const started = execution.clock.now().getTime();
  cloud.state.instances.delete('orders');
  await waitUntilGone(context, 'orders');
  expect(execution.clock.now().getTime()).toBe(started);
});
