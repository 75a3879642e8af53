import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openAws } from '../../src/providers/aws/api/client.ts';
import { openAzure } from '../../src/providers/azure/api/client.ts';
import { openCredential } from '../../src/providers/azure/api/credential.ts';
import { fakeContext } from '../support/fake-context.ts';
import { sendEndlessly, SMALL, startHostileApi, type HostileApi } from './hostile-api.ts';

type Env = Readonly<Record<string, string>>;

const ROLE = 'arn:aws:iam::123456789012:role/deployer';
const SUBSCRIPTION = '00000000-0000-4000-8000-000000000000';
const SECRET = 'tweet-of-the-login';

const before = { ...process.env };
let folder: string;
let api: HostileApi | undefined;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pgkeep-logins-'));
});
afterEach(async () => {
  process.env = { ...before };
  await api?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function file(name: string, content: string): Promise<string> {
  await writeFile(path.join(folder, name), content);
  return path.join(folder, name);
}

async function profile(content: string): Promise<Env> {
  return { AWS_PROFILE: 'ci', AWS_CONFIG_FILE: await file('config', `[profile ci]\n${content}`) };
}

/** What a client of AWS may log in with; each asks another client of the SDK's own. */
const AWS_LOGINS: Readonly<Record<string, () => Promise<Env>>> = {
  'a web identity': async () => ({
    AWS_ROLE_ARN: ROLE,
    AWS_WEB_IDENTITY_TOKEN_FILE: await file('token', SECRET)
  }),
  'a profile with a web identity': async () =>
    profile(`role_arn = ${ROLE}\nweb_identity_token_file = ${await file('token', SECRET)}\n`),
  'a profile with a role': async () =>
    profile(
      `role_arn = ${ROLE}\nsource_profile = keys\n[profile keys]\naws_access_key_id = id\naws_secret_access_key = ${SECRET}\n`
    ),
  'a profile with single sign-on': async () => {
    const start = 'https://acme.awsapps.com/start';
    const cache = path.join(folder, '.aws', 'sso', 'cache');
    await mkdir(cache, { recursive: true });
    const token = { accessToken: SECRET, expiresAt: '2099-01-01T00:00:00Z' };
    await writeFile(path.join(cache, `${createHash('sha1').update(start).digest('hex')}.json`), JSON.stringify(token));
    return profile(
      `sso_start_url = ${start}\nsso_region = eu-west-1\nsso_account_id = 123456789012\nsso_role_name = deployer\n`
    );
  }
};

async function callAws(url: string, login: () => Promise<Env>): Promise<unknown> {
  // The library's own clients read the environment of the process itself.
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  const env = { AWS_ENDPOINT_URL: url, AWS_MAX_ATTEMPTS: '1', HOME: folder, ...(await login()) };
  Object.assign(process.env, env);
  return openAws(env, fakeContext({ limits: SMALL }), 'eu-west-1', () => undefined).call(
    'rds',
    'DescribeDBInstances',
    {}
  );
}

test.each(Object.entries(AWS_LOGINS))(
  'an endless answer to the login to AWS with %s is given up, and the limit is named',
  async (_name, login) => {
    api = await startHostileApi(sendEndlessly);
    await expect(callAws(api.url, login)).rejects.toThrow(`more than ${SMALL.answerBytes} bytes`);
  }
);

test.each(Object.entries(AWS_LOGINS))(
  'a login to AWS with %s gives nothing to a server whose certificate is not trusted, and says why',
  async (_name, login) => {
    api = await startHostileApi((_request, response) => response.end('{}'), 'untrusted');
    await expect(callAws(api.url, login)).rejects.toThrow(
      /the certificate of the server is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\)/
    );
    expect(api.asked()).toBe(0);
  }
);

/** What a client of Azure may log in with, at an authority that the environment names. */
const AZURE_LOGINS: Readonly<Record<string, () => Promise<Env>>> = {
  'a secret': async () => ({ AZURE_CLIENT_SECRET: SECRET }),
  'the token of a file': async () => ({ AZURE_FEDERATED_TOKEN_FILE: await file('token', SECRET) })
};

test.each(Object.entries(AZURE_LOGINS))(
  'a login to Azure with %s gives nothing to a host whose certificate is not trusted, and says why',
  async (_name, login) => {
    api = await startHostileApi((_request, response) => response.end('{}'), 'untrusted');
    const principal = { AZURE_TENANT_ID: SUBSCRIPTION, AZURE_CLIENT_ID: SUBSCRIPTION, AZURE_CONFIG_DIR: folder };
    const credential = openCredential({ ...principal, ...(await login()) }, api.url, SUBSCRIPTION, () => undefined);
    const azure = openAzure({
      subscription: SUBSCRIPTION,
      endpoint: api.url,
      credential,
      execution: fakeContext(),
      firstPause: 1
    });
    await expect(
      azure.call('read', async (client, options) => client.servers.get('shop', 'orders', options))
    ).rejects.toMatchObject({
      code: 'tls-failed',
      kind: 'failed',
      message: expect.stringMatching(/the certificate of the server is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\)$/)
    });
    expect(api.asked()).toBe(0);
  }
);
