import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ACCESS_TOKEN, FEDERATED_TOKEN } from '../clouds/azure/token.ts';
import { openAzure, type AzureHarness } from '../support/azure-harness.ts';
import { bundleDirectory } from '../support/bundle.ts';
import type { Step } from '../support/job.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** What no login has left. */
const NOBODY: Env = { AZURE_CLIENT_ID: undefined, AZURE_CLIENT_SECRET: undefined, AZURE_TENANT_ID: undefined };

describe('a run on Azure', () => {
  let on: AzureHarness;
  let folder: string;
  beforeEach(async () => {
    on = await openAzure();
    folder = await mkdtemp(path.join(tmpdir(), 'pgkeep-login-'));
  });
  afterEach(async () => {
    await on.close();
    await rm(folder, { recursive: true, force: true });
  });

  const plan = async (env: Env): Promise<Step> => {
    const job = await on.job();
    const inputs = { ...on.example('azure-basic'), command: 'plan' };
    return job.step(inputs, { env: { AZURE_CONFIG_DIR: path.join(folder, 'none'), ...env } });
  };

  /** Serves a token for each correct request. Returns the requests. */
  async function serving(answer: unknown, body: (url: string) => Promise<Step>): Promise<readonly IncomingMessage[]> {
    const asked: IncomingMessage[] = [];
    const server = createServer((request, response) => {
      asked.push(request);
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
    await new Promise<void>(resolve => {
      server.listen(0, '127.0.0.1', resolve);
    });
    try {
      const step = await body(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      expect(step.outputs).toMatchObject({ result: 'planned', has_changes: 'true' });
      expect(step.log).not.toContain(ACCESS_TOKEN);
    } finally {
      server.closeAllConnections();
      server.close();
    }
    return asked;
  }

  /** A directory as `azure/login` leaves it, and an `az` of our own before all others. */
  async function loggedIn(script: string, isDefault = true): Promise<Env> {
    const [bin, config] = [path.join(folder, 'bin'), path.join(folder, 'azure')];
    await mkdir(bin);
    await mkdir(config);
    const subscriptions = [
      { id: '99999999-9999-4999-8999-999999999999', isDefault: !isDefault, tenantId: 'other' },
      { id: on.azure.state.subscription, isDefault, tenantId: on.azure.state.tenant }
    ];
    await writeFile(path.join(config, 'azureProfile.json'), `\uFEFF${JSON.stringify({ subscriptions })}`);
    await writeFile(path.join(bin, 'az'), `#!/bin/sh\necho "$@" >> '${folder}/asked'\n${script}\n`);
    await chmod(path.join(bin, 'az'), 0o755);
    const PATH = `${bin}${path.delimiter}${process.env['PATH'] ?? ''}`;
    return { ...NOBODY, AZURE_CONFIG_DIR: config, AZURE_SUBSCRIPTION_ID: undefined, PATH };
  }

  test('uses the login that `azure/login` leaves to the Azure CLI, and its chosen subscription', async () => {
    const token = { accessToken: ACCESS_TOKEN, expires_on: Math.round(Date.now() / 1000) + 3600, tokenType: 'Bearer' };
    const step = await plan(await loggedIn(`echo '${JSON.stringify(token)}'`));
    expect(step.outputs).toMatchObject({ result: 'planned', has_changes: 'true' });
    expect(step.log).not.toContain(ACCESS_TOKEN);
    const asked = (await readFile(path.join(folder, 'asked'), 'utf8')).trim().split('\n');
    expect(asked).toEqual([`account get-access-token --output json --resource ${on.azure.url}`]);
    expect(on.azure.calls()[0]?.path).toContain(on.azure.state.subscription);
  });

  test('asks the Azure CLI for the tenant of another subscription than its default one', async () => {
    const token = { accessToken: ACCESS_TOKEN, expires_on: Math.round(Date.now() / 1000) + 3600, tokenType: 'Bearer' };
    const env = await loggedIn(`echo '${JSON.stringify(token)}'`, false);
    const step = await plan({ ...env, AZURE_SUBSCRIPTION_ID: on.azure.state.subscription });
    expect(step.outputs).toMatchObject({ result: 'planned' });
    expect(await readFile(path.join(folder, 'asked'), 'utf8')).toContain(`--tenant ${on.azure.state.tenant}`);
  });

  test('says how to log in when that login has expired', async () => {
    const step = await plan(await loggedIn(`echo "Please run 'az login' to setup account." >&2; exit 1`));
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'credentials-missing' });
    expect(step.log).toMatch(/azure\/login/);
  });

  test('uses a managed identity, by the address that the machine gives', async () => {
    const token = {
      access_token: ACCESS_TOKEN,
      expires_on: String(Math.round(Date.now() / 1000) + 3600),
      resource: on.azure.url,
      token_type: 'Bearer'
    };
    const asked = await serving(token, async url =>
      plan({ ...NOBODY, IDENTITY_ENDPOINT: `${url}/msi/token`, IDENTITY_HEADER: 'header-of-the-machine' })
    );
    expect(asked[0]?.headers['x-identity-header']).toBe('header-of-the-machine');
    expect(new URL(asked[0]?.url ?? '', 'http://machine').searchParams.get('resource')).toBe(on.azure.url);
  });

  test("uses the job's own identity at GitHub, without any secret", async () => {
    const asked = await serving({ value: FEDERATED_TOKEN }, async url =>
      plan({
        AZURE_CLIENT_SECRET: undefined,
        ACTIONS_ID_TOKEN_REQUEST_URL: `${url}/token?api-version=2.0`,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'token-of-the-job'
      })
    );
    expect(asked[0]?.headers.authorization).toBe('Bearer token-of-the-job');
    expect(asked[0]?.url).toBe('/token?api-version=2.0&audience=api%3A%2F%2FAzureADTokenExchange');
  });

  test('verifies certificates although the job has switched that off', async () => {
    const job = await on.job();
    const env = { NODE_EXTRA_CA_CERTS: undefined, NODE_TLS_REJECT_UNAUTHORIZED: '0' };
    const running = await job.start({ ...on.example('azure-basic'), command: 'plan' }, { env });
    const step = await running.done;
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'tls-failed' });
    expect(step.annotations[0]?.message).toMatch(
      /^NODE_TLS_REJECT_UNAUTHORIZED is ignored: .* Set NODE_EXTRA_CA_CERTS to/
    );
    expect(on.azure.calls()).toEqual([]);
  });

  test('reports a missing login, and a wrong secret', async () => {
    const nobody = await plan({ ...NOBODY, AZURE_TENANT_ID: undefined });
    expect(nobody.outputs).toMatchObject({ result: 'failed', failure_reason: 'credentials-missing' });
    const wrong = await plan({ AZURE_CLIENT_SECRET: 'wrong-secret-of-the-example' });
    expect(wrong.outputs).toMatchObject({ result: 'failed', failure_reason: 'credentials-missing' });
    expect(wrong.log).not.toContain('wrong-secret-of-the-example');
  });
});

test('the bundle contains no file that a machine would run by itself', async () => {
  const files = await readdir(await bundleDirectory());
  expect(files.filter(name => !/\.(js|json|txt)$/.test(name))).toEqual(['packs']);
});
