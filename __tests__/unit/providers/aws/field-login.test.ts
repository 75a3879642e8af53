import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openAws, type Aws } from '../../../../src/providers/aws/api/client.ts';
import { PROMPT, startAws, type FakeAws } from '../../../clouds/aws/fake-aws.ts';
import { basic } from '../../../support/aws-inputs.ts';
import { fakeContext } from '../../../support/fake-context.ts';
import { cloudRun } from '../../../support/cloud-run.ts';
import { aws } from '../../../../src/providers/aws/provider.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** What the fake cloud knows. */
const KEY_ID = 'ASIAIOSFODNN7EXAMPLE';
const KEY = 'wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY';
const ROLE = 'arn:aws:iam::123456789012:role/deployer';

const TRAIL = 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents';

let cloud: FakeAws;
let directory: string;
let machine: Server;
let asked: number;
beforeEach(async () => {
  cloud = await startAws(PROMPT);
  directory = await mkdtemp(path.join(tmpdir(), 'pgkeep-login-'));
  asked = 0;
  machine = createServer((_request, response) => {
    asked += 1;
    const login = { AccessKeyId: KEY_ID, SecretAccessKey: KEY, Token: 'token-of-the-machine' };
    response.end(JSON.stringify({ ...login, Expiration: new Date(Date.now() + 3_600_000).toISOString() }));
  });
  await new Promise<void>(resolve => {
    machine.listen(0, '127.0.0.1', resolve);
  });
  // The SDK's own chain reads the environment of the process: here it finds a machine that has an identity of its own.
  const { port } = machine.address() as AddressInfo;
  process.env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] = `http://127.0.0.1:${port}/credentials`;
  process.env['AWS_ENDPOINT_URL_STS'] = cloud.url;
  process.env['AWS_SHARED_CREDENTIALS_FILE'] = '/dev/null';
  process.env['AWS_CONFIG_FILE'] = '/dev/null';
});
afterEach(async () => {
  await cloud.stop();
  machine.closeAllConnections();
  machine.close();
  await rm(directory, { recursive: true, force: true });
});

/** Plans with these variables and no keys, unless they are among them. */
async function plan(env: Env): Promise<void> {
  const keys = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined, AWS_SESSION_TOKEN: undefined };
  const files = { AWS_SHARED_CREDENTIALS_FILE: undefined, AWS_CONFIG_FILE: undefined };
  const bare: Env = { ...cloud.env, ...keys, ...files, HOME: directory, ...env };
  await (await cloudRun(aws, bare, basic(cloud))).plan();
}

async function file(name: string, content: string): Promise<string> {
  const where = path.join(directory, name);
  await writeFile(where, content);
  return where;
}

const actions = (): readonly string[] => cloud.calls().map(({ service, action }) => `${service}:${action}`);

test('without a name in the environment the identity of the machine is used', async () => {
  await plan({});
  expect(asked).toBeGreaterThan(0);
});

describe('the named credentials are those that are used', () => {
  test('a profile with keys', async () => {
    const credentials = `[default]\n[ci]\naws_access_key_id = ${KEY_ID}\naws_secret_access_key = ${KEY}\n`;
    await plan({ AWS_PROFILE: 'ci', AWS_SHARED_CREDENTIALS_FILE: await file('credentials', credentials) });
    expect([cloud.calls().length > 0, asked]).toEqual([true, 0]);
  });

  test('a profile of the second name, in the configuration file, that assumes a role by a web identity', async () => {
    const token = await file('token', 'a.b.c');
    const config = `[profile ci]\nrole_arn = ${ROLE}\nweb_identity_token_file = ${token}\n`;
    await plan({ AWS_DEFAULT_PROFILE: 'ci', AWS_CONFIG_FILE: await file('config', config) });
    expect(actions()).toContain('sts:AssumeRoleWithWebIdentity');
    expect(asked).toBe(0);
  });

  test('a web identity', async () => {
    await plan({ AWS_ROLE_ARN: ROLE, AWS_WEB_IDENTITY_TOKEN_FILE: await file('token', 'a.b.c') });
    expect(actions()).toContain('sts:AssumeRoleWithWebIdentity');
    expect(asked).toBe(0);
  });

  test('a web identity before the default profile of the machine', async () => {
    const keys = `[default]\naws_access_key_id = ${KEY_ID}\naws_secret_access_key = ${KEY}\n`;
    process.env['AWS_SHARED_CREDENTIALS_FILE'] = await file('machine', keys);
    await plan({ AWS_ROLE_ARN: ROLE, AWS_WEB_IDENTITY_TOKEN_FILE: await file('token', 'a.b.c') });
    expect(actions()).toContain('sts:AssumeRoleWithWebIdentity');
  });

  test('keys before a role that only an earlier step needed', async () => {
    await plan({ AWS_ACCESS_KEY_ID: KEY_ID, AWS_SECRET_ACCESS_KEY: KEY, AWS_ROLE_ARN: ROLE });
    expect(actions()).not.toContain('sts:AssumeRoleWithWebIdentity');
    expect(asked).toBe(0);
  });

  test('an empty credentials file, which names none', async () => {
    await plan({ AWS_SHARED_CREDENTIALS_FILE: await file('credentials', '\n'), AWS_CONFIG_FILE: '/dev/null' });
    expect(asked).toBeGreaterThan(0);
  });

  test.each<readonly [string, (directory: string) => Promise<Env>, RegExp]>([
    ['a profile that no file has', async () => ({ AWS_PROFILE: 'nope' }), /AWS_PROFILE names "nope"/],
    [
      'a profile that no file has, beside keys',
      async () => ({ AWS_PROFILE: 'nope', AWS_ACCESS_KEY_ID: KEY_ID, AWS_SECRET_ACCESS_KEY: KEY }),
      /AWS_PROFILE names "nope"/
    ],
    [
      'a profile without credentials',
      async () => ({ AWS_PROFILE: 'ci', AWS_CONFIG_FILE: await file('config', '[profile ci]\nregion = eu-west-1\n') }),
      /AWS_PROFILE \(profile ci\) gives no credentials/
    ],
    [
      'a profile whose source is missing',
      async () => ({
        AWS_PROFILE: 'ci',
        AWS_CONFIG_FILE: await file('config', `[profile ci]\nrole_arn = ${ROLE}\nsource_profile = base\n`)
      }),
      /AWS_PROFILE \(profile ci\) gives no credentials/
    ],
    [
      'a profile whose program fails',
      async () => ({
        AWS_PROFILE: 'ci',
        AWS_CONFIG_FILE: await file('config', '[profile ci]\ncredential_process = false\n')
      }),
      /AWS_PROFILE \(profile ci\) gives no credentials/
    ],
    [
      'a token file without a role',
      async () => ({ AWS_WEB_IDENTITY_TOKEN_FILE: await file('token', 'a.b.c') }),
      /without AWS_ROLE_ARN/
    ],
    ['a role without a token file', async () => ({ AWS_ROLE_ARN: ROLE }), /without AWS_WEB_IDENTITY_TOKEN_FILE/],
    [
      'a token file that does not exist',
      async (where: string) => ({ AWS_ROLE_ARN: ROLE, AWS_WEB_IDENTITY_TOKEN_FILE: path.join(where, 'nope') }),
      /AWS_WEB_IDENTITY_TOKEN_FILE names can not be read/
    ],
    ['a key without its secret', async () => ({ AWS_ACCESS_KEY_ID: KEY_ID }), /without AWS_SECRET_ACCESS_KEY\. /],
    ['a secret without its key', async () => ({ AWS_SECRET_ACCESS_KEY: KEY }), /without AWS_ACCESS_KEY_ID\. /],
    [
      'a session token alone',
      async () => ({ AWS_SESSION_TOKEN: 'token' }),
      /AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY\. /
    ],
    [
      'a credentials file that does not exist',
      async (where: string) => ({ AWS_SHARED_CREDENTIALS_FILE: path.join(where, 'nope') }),
      /AWS_SHARED_CREDENTIALS_FILE names can not be read/
    ],
    [
      'a credentials file without a default profile',
      async () => ({ AWS_SHARED_CREDENTIALS_FILE: await file('credentials', '[other]\n') }),
      /AWS_SHARED_CREDENTIALS_FILE \(profile default\) gives no credentials/
    ],
    [
      'a configuration file that does not exist',
      async (where: string) => ({ AWS_CONFIG_FILE: path.join(where, 'nope') }),
      /AWS_CONFIG_FILE names can not be read/
    ]
  ])('and %s ends the run, on any machine', async (_what, env, words) => {
    await expect(plan(await env(directory))).rejects.toMatchObject({
      code: 'credentials-missing',
      message: expect.stringMatching(words)
    });
    expect([cloud.calls(), asked]).toEqual([[], 0]);
  });
});

/** Each way to log in, by itself: what an earlier call has masked does not count. */
test.each<[string, (at: Aws) => Promise<unknown>]>([
  ['a call', async at => at.call('sts', 'GetCallerIdentity', {})],
  [
    'a call that is refused',
    async at => {
      cloud.fault({ action: 'GetCallerIdentity', code: 'AccessDenied', status: 403 });
      await expect(at.call('sts', 'GetCallerIdentity', {})).rejects.toThrow();
    }
  ],
  [
    'a call signed here',
    async at => at.signed('LookupEvents', { service: 'cloudtrail', target: TRAIL, input: {} }).catch(() => undefined)
  ]
])('%s masks the secret key and the session token', async (_what, ask) => {
  const masked: string[] = [];
  const at = openAws(cloud.env, fakeContext(), 'eu-west-1', value => masked.push(value));
  await ask(at);
  const { AWS_SECRET_ACCESS_KEY: key, AWS_SESSION_TOKEN: token } = cloud.env;
  expect(new Set(masked)).toEqual(new Set([key, token]));
});

test('a token for a login to the database is masked', async () => {
  const masked: string[] = [];
  const at = openAws(cloud.env, fakeContext(), 'eu-west-1', value => masked.push(value));
  const token = await at.databaseToken({ host: 'orders.example.com', port: 5432, user: 'deployer' });
  expect(masked).toContain(token);
});

test('the token of a web identity is masked', async () => {
  const env = { ...cloud.env, AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_SESSION_TOKEN: '' };
  const names = { AWS_ROLE_ARN: ROLE, AWS_WEB_IDENTITY_TOKEN_FILE: await file('token', 'a.web.identity') };
  const masked: string[] = [];
  const at = openAws({ ...env, ...names }, fakeContext(), 'eu-west-1', value => masked.push(value));
  await at.call('sts', 'GetCallerIdentity', {});
  expect(masked[0]).toBe('a.web.identity');
});
