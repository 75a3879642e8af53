import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { cliAccount, profileFile } from '../../../../src/providers/azure/api/cli-account.ts';
import { loginMethod } from '../../../../src/providers/azure/api/login-method.ts';
import { azure } from '../../../../src/providers/azure/provider.ts';
import { makeCertificate } from '../../../../src/providers/local/cluster/certificate.ts';
import { startAzure, type FakeAzure } from '../../../clouds/azure/fake-azure.ts';
import { ACCESS_TOKEN, FEDERATED_TOKEN } from '../../../clouds/azure/token.ts';
import { basic } from '../../../support/azure-inputs.ts';
import { cloudRun, type CloudRun } from '../../../support/cloud-run.ts';
import { failureOf } from '../../../support/refusal-in.ts';

const PRINCIPAL = { AZURE_TENANT_ID: 'tenant', AZURE_CLIENT_ID: 'client', AZURE_CONFIG_DIR: '/nowhere' };
const JOB = { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://token', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'job' };

test.each<[string, string | undefined, Readonly<Record<string, string>>]>([
  ['nothing', undefined, { AZURE_CONFIG_DIR: '/nowhere' }],
  ['a principal without a proof', undefined, PRINCIPAL],
  ['a secret', 'secret', { ...PRINCIPAL, AZURE_CLIENT_SECRET: 's', ...JOB }],
  ['a certificate', 'certificate', { ...PRINCIPAL, AZURE_CLIENT_CERTIFICATE_PATH: '/dev/null', ...JOB }],
  ['a file with a token', 'token-file', { ...PRINCIPAL, AZURE_FEDERATED_TOKEN_FILE: '/dev/null', ...JOB }],
  ['the identity of the job', 'github', { ...PRINCIPAL, ...JOB }],
  ['the identity of the job, and no principal', undefined, { ...JOB, AZURE_CONFIG_DIR: '/nowhere' }],
  ['an address for a managed identity', 'managed', { AZURE_CONFIG_DIR: '/nowhere', IDENTITY_ENDPOINT: 'http://m' }],
  [
    'the wish for a managed identity',
    'managed',
    { ...PRINCIPAL, AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential' }
  ],
  [
    'the wish for the Azure CLI, and a secret',
    'cli',
    { ...PRINCIPAL, AZURE_CLIENT_SECRET: 's', AZURE_TOKEN_CREDENTIALS: 'AzureCliCredential' }
  ]
])('with %s in the environment the login method is %s', (_what, kind, env) => {
  expect(loginMethod(env)?.kind).toBe(kind);
});

const SECRET = { ...PRINCIPAL, AZURE_CLIENT_SECRET: 's' };
const FILE = { ...PRINCIPAL, AZURE_FEDERATED_TOKEN_FILE: '/dev/null' };
const MACHINE = { IDENTITY_ENDPOINT: 'http://m' };

/** The values that Microsoft's clients know, and what each leaves out. */
test.each<[string, string, Readonly<Record<string, string>>]>([
  ['prod', 'secret', { ...SECRET, ...MACHINE }],
  ['prod', 'token-file', { ...FILE, ...MACHINE }],
  ['Prod', 'managed', { AZURE_CONFIG_DIR: '/nowhere' }],
  ['dev', 'cli', { ...SECRET, ...JOB, ...MACHINE }],
  ['EnvironmentCredential', 'secret', { ...SECRET, ...JOB, ...MACHINE }],
  ['environmentcredential', 'certificate', { ...PRINCIPAL, ...JOB, AZURE_CLIENT_CERTIFICATE_PATH: '/dev/null' }],
  ['WorkloadIdentityCredential', 'token-file', { ...SECRET, ...FILE }],
  ['WorkloadIdentityCredential', 'github', { ...SECRET, ...JOB }],
  ['managedidentitycredential', 'managed', { ...SECRET, ...JOB }],
  [' AzureCLICredential ', 'cli', { ...SECRET, ...JOB }],
  ['AzurePowerShellCredential', 'powershell', SECRET],
  ['AzureDeveloperCliCredential', 'developer-cli', SECRET]
])('AZURE_TOKEN_CREDENTIALS: %s chooses %s', (only, kind, env) => {
  expect(loginMethod({ ...env, AZURE_TOKEN_CREDENTIALS: only })?.kind).toBe(kind);
});

test.each<[string, Readonly<Record<string, string>>, RegExp]>([
  ['EnvironmentCredential', { ...PRINCIPAL, ...JOB, ...MACHINE }, /there is no such credential/],
  ['EnvironmentCredential', { AZURE_CLIENT_SECRET: 's', ...MACHINE }, /AZURE_CLIENT_SECRET is set without/],
  ['WorkloadIdentityCredential', { ...SECRET, ...MACHINE }, /there is no such credential/],
  [
    'WorkloadIdentityCredential',
    { ...PRINCIPAL, ...JOB, AZURE_FEDERATED_TOKEN_FILE: '/nowhere/t' },
    /AZURE_FEDERATED_TOKEN_FILE names does not exist/
  ],
  ['VisualStudioCodeCredential', { ...SECRET, ...MACHINE }, /is "VisualStudioCodeCredential"/],
  ['ManagedIdentity', { ...SECRET, ...MACHINE }, /is "ManagedIdentity"/]
])('AZURE_TOKEN_CREDENTIALS: %s without its credential ends the run', (only, env, message) => {
  const login = (): unknown => loginMethod({ ...env, AZURE_CONFIG_DIR: '/nowhere', AZURE_TOKEN_CREDENTIALS: only });
  expect(login).toThrow(message);
  expect(login).toThrow(expect.objectContaining({ code: 'credentials-missing' }) as Error);
});

describe('the Azure CLI', () => {
  const [OURS, OTHER] = ['11111111-2222-3333-4444-555555555555', '99999999-2222-3333-4444-555555555555'];
  const login = async (user: object, client: string): Promise<unknown> => {
    const folder = await mkdtemp(path.join(tmpdir(), 'pgkeep-cli-'));
    try {
      const profile = { subscriptions: [{ id: 's', isDefault: true, user }] };
      await writeFile(path.join(folder, 'azureProfile.json'), `\uFEFF${JSON.stringify(profile)}`);
      return loginMethod({ AZURE_CONFIG_DIR: folder, AZURE_CLIENT_ID: client })?.kind;
    } finally {
      await rm(folder, { recursive: true });
    }
  };

  test.each<[string, object, string]>([
    ['of the same principal', { name: OURS.toUpperCase(), type: 'servicePrincipal' }, OURS],
    ['of a managed identity', { name: 'systemAssignedIdentity', type: 'servicePrincipal' }, OURS],
    ['of a person', { name: 'me@example.com', type: 'user' }, OURS],
    ['of any principal, where none is named', { name: OTHER, type: 'servicePrincipal' }, '']
  ])('%s is used', async (_what, user, client) => {
    expect(await login(user, client)).toBe('cli');
  });

  test('keeps its subscriptions where the environment says, else in the home of the user', () => {
    expect([{ AZURE_CONFIG_DIR: '/a', HOME: '/h' }, { AZURE_CONFIG_DIR: '', HOME: '/h' }, {}].map(profileFile)).toEqual(
      ['/a', '/h/.azure', path.join(homedir(), '.azure')].map(folder => path.join(folder, 'azureProfile.json'))
    );
  });

  test('gives the subscription that is asked for, in any capitals, or its default', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'pgkeep-cli-'));
    const env = { AZURE_CONFIG_DIR: folder };
    const of = async (subscriptions: readonly object[], id?: string): Promise<unknown> => {
      await writeFile(path.join(folder, 'azureProfile.json'), JSON.stringify({ subscriptions }));
      return cliAccount(env, id);
    };
    const [a, b] = [
      { id: 'A', tenantId: 't' },
      { id: 'b', tenantId: 'u', isDefault: true }
    ];
    try {
      expect(await cliAccount(env)).toEqual({});
      expect(await of([a, b])).toEqual({ subscription: 'b', tenant: 'u', isDefault: true });
      expect(await of([a, b], 'a')).toEqual({ subscription: 'A', tenant: 't' });
      expect(await of([a, b], 'c')).toEqual({});
      expect(await of([a])).toEqual({});
      await writeFile(path.join(folder, 'azureProfile.json'), '{}');
      expect(await cliAccount(env)).toEqual({});
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('of another principal than AZURE_CLIENT_ID names is refused', async () => {
    await expect(login({ name: OTHER, type: 'servicePrincipal' }, OURS)).rejects.toMatchObject({
      code: 'credentials-missing',
      hint: expect.stringContaining('`client-id`') as string
    });
  });
});

/** In the field: an identity of the machine was used in the place of the one that was named. */
test.each<[string, Readonly<Record<string, string>>, RegExp]>([
  [
    'a secret without its tenant',
    { AZURE_CLIENT_ID: 'c', AZURE_CLIENT_SECRET: 's' },
    /AZURE_CLIENT_SECRET .*AZURE_TENANT_ID$/
  ],
  [
    'a certificate without its client',
    { AZURE_TENANT_ID: 't', AZURE_CLIENT_CERTIFICATE_PATH: '/dev/null' },
    /AZURE_CLIENT_ID$/
  ],
  ['a token file alone', { AZURE_FEDERATED_TOKEN_FILE: '/dev/null' }, /AZURE_TENANT_ID and AZURE_CLIENT_ID$/],
  ['a token file that does not exist', { ...PRINCIPAL, AZURE_FEDERATED_TOKEN_FILE: '/nowhere/t' }, /does not exist$/],
  [
    'a certificate that does not exist',
    { ...PRINCIPAL, AZURE_CLIENT_CERTIFICATE_PATH: '/nowhere/c' },
    /does not exist$/
  ]
])('%s is refused, never replaced by the identity of the machine', (_what, env, message) => {
  const machine = { ...env, IDENTITY_ENDPOINT: 'http://m', AZURE_CONFIG_DIR: '/nowhere' };
  expect(() => loginMethod(machine)).toThrow(message);
});

describe('a login', () => {
  let cloud: FakeAzure;
  beforeEach(async () => {
    cloud = await startAzure();
    cloud.trust();
  });
  afterEach(async () => cloud.stop());

  test('in another cloud goes to its authority, for tokens of its Resource Manager', async () => {
    const { AZURE_AUTHORITY_HOST: _a, AZURE_RESOURCE_MANAGER_ENDPOINT: _b, ARM_ENDPOINT: _c, ...env } = cloud.env;
    const elsewhere = { azure_authority_host: `${cloud.url}/`, azure_resource_manager_endpoint: `${cloud.url}/` };
    const run = await cloudRun(azure, env, { ...basic(), ...elsewhere });
    expect((await run.plan()).plan.verdict).toBe('changes');
    expect([...new Set(cloud.scopes())]).toEqual([`${cloud.url}/.default`]);
    expect(cloud.calls().length).toBeGreaterThan(0);
  });

  test('with a certificate is signed with its key', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'pgkeep-certificate-'));
    try {
      const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
      const { certificate } = makeCertificate({ commonName: 'pgkeep', now: new Date() });
      const file = path.join(folder, 'login.pem');
      await writeFile(file, `${certificate}${key}`, { mode: 0o600 });
      const { AZURE_CLIENT_SECRET: _secret, ...env } = cloud.env;
      const run = async () => cloudRun(azure, { ...env, AZURE_CLIENT_CERTIFICATE_PATH: file }, basic());
      await expect((await run()).plan()).rejects.toMatchObject({ kind: 'unauthenticated' });
      cloud.state.publicKeys.push(publicKey);
      expect((await (await run()).plan()).plan.verdict).toBe('changes');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('without a tenant uses that of the subscription, which Entra requires', async () => {
    const entra = { ...basic(), iam_database_authentication_enabled: 'true' };
    const folder = await mkdtemp(path.join(tmpdir(), 'pgkeep-tenant-'));
    const token = { access_token: ACCESS_TOKEN, expires_on: String(Math.round(Date.now() / 1000) + 3600) };
    const machine = createServer((_request, response) => {
      const body = { ...token, resource: cloud.url, token_type: 'Bearer' };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    await new Promise<void>(resolve => {
      machine.listen(0, '127.0.0.1', resolve);
    });
    const before = { ...process.env };
    try {
      const { AZURE_SUBSCRIPTION_ID = '', ARM_ENDPOINT = '' } = cloud.env;
      const url = `http://127.0.0.1:${(machine.address() as AddressInfo).port}/token`;
      // The library reads the environment of the process itself.
      Object.assign(process.env, { IDENTITY_ENDPOINT: url, IDENTITY_HEADER: 'header' });
      const env = { AZURE_SUBSCRIPTION_ID, ARM_ENDPOINT, IDENTITY_ENDPOINT: url, AZURE_CONFIG_DIR: folder };
      await (await cloudRun(azure, env, entra)).apply();
      const { body } = cloud.mutations().find(({ action }) => action === 'PUT flexibleServers') ?? {};
      expect(body?.['properties']).toMatchObject({ authConfig: { tenantId: cloud.state.tenant } });
    } finally {
      process.env = before;
      machine.close();
      await rm(folder, { recursive: true });
    }
  });

  test('with a token file reads the file, and masks the assertion and the token', async () => {
    await cloud.stop();
    cloud = await startAzure({ login: 'federated' });
    cloud.trust();
    const run = await cloudRun(azure, cloud.env, basic());
    expect((await run.plan()).plan.verdict).toBe('changes');
    expect([...new Set(run.masked)]).toEqual([FEDERATED_TOKEN, ACCESS_TOKEN]);
  });

  test('with a secret masks the token', async () => {
    const run = await cloudRun(azure, cloud.env, basic());
    await run.plan();
    expect([...new Set(run.masked)]).toEqual([ACCESS_TOKEN]);
  });

  test('with the identity of the job masks the assertion and the token, and says what GitHub answered', async () => {
    const answers: Readonly<Record<string, (response: ServerResponse) => void>> = {
      '/redirected': response => void response.writeHead(302, { location: 'https://elsewhere.example/token' }).end(),
      '/refused': response => void response.writeHead(403).end('{"message":"No."}'),
      '/empty': response => void response.end('{"value":""}'),
      '/null': response => void response.end('null'),
      '/page': response => void response.end('<html>')
    };
    const github = createServer((request, response) => {
      const { pathname, search } = new URL(request.url ?? '', 'http://github');
      const answer = answers[pathname];
      if (answer !== undefined) return answer(response);
      const isAsked = request.headers.authorization === 'Bearer of the job';
      const isFor = search === `${pathname === '/with' ? '?api=2&' : '?'}audience=api%3A%2F%2FAzureADTokenExchange`;
      response.end(JSON.stringify(isAsked && isFor ? { value: FEDERATED_TOKEN } : {}));
    });
    await new Promise<void>(resolve => {
      github.listen(0, '127.0.0.1', resolve);
    });
    try {
      const { AZURE_CLIENT_SECRET: _secret, ...env } = cloud.env;
      const from = async (place: string): Promise<CloudRun> => {
        const url = `http://127.0.0.1:${(github.address() as AddressInfo).port}${place}`;
        const job = { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'of the job' };
        return cloudRun(azure, { ...env, ...job }, basic());
      };
      for (const place of ['', '/with?api=2']) {
        const run = await from(place);
        await run.plan();
        expect([...new Set(run.masked)]).toEqual([FEDERATED_TOKEN, ACCESS_TOKEN]);
      }
      const said: string[] = [];
      for (const place of Object.keys(answers)) {
        said.push(await failureOf(async () => (await from(place)).plan()));
      }
      const none = (status: number): string =>
        `Could not log in to Azure: GitHub issued no identity token (status ${status}) Give the job \`permissions: id-token: write\`.`;
      expect(said).toEqual([
        expect.stringContaining("GitHub's identity token: the answer leads to another address, on elsewhere.example"),
        ...[403, 200, 200, 200].map(none)
      ]);
    } finally {
      github.closeAllConnections();
      github.close();
    }
  });
});
