import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readFileSync } from 'node:fs';
import { startGcp, type FakeGcp } from '../../../clouds/gcp/fake-gcp.ts';
import { ACCESS_TOKEN } from '../../../clouds/gcp/supporting.ts';
import { cloudRun } from '../../../support/cloud-run.ts';
import { openCredential } from '../../../../src/providers/gcp/api/credential.ts';
import { gcp } from '../../../../src/providers/gcp/provider.ts';
import { basic } from '../../../support/gcp-inputs.ts';

type Env = Readonly<Record<string, string | undefined>>;

let cloud: FakeGcp;
let directory: string;
beforeEach(async () => {
  cloud = await startGcp();
  directory = await mkdtemp(path.join(tmpdir(), 'pgkeep-login-'));
});
afterEach(async () => {
  await cloud.stop();
  await rm(directory, { recursive: true, force: true });
});

/** What the file of the fake holds: an external account, as `google-github-actions/auth` writes it. */
function external(): Readonly<Record<string, unknown>> {
  return JSON.parse(readFileSync(cloud.env['GOOGLE_GHA_CREDS_PATH'] ?? '', 'utf8')) as Readonly<
    Record<string, unknown>
  >;
}

async function file(content: unknown): Promise<string> {
  const name = path.join(directory, 'creds.json');
  await writeFile(name, typeof content === 'string' ? content : JSON.stringify(content));
  return name;
}

/**
 * Plans with these credentials, on a machine whose own identity must not be used: its metadata server answers nothing.
 */
async function plan(env: Env): Promise<void> {
  const bare: Env = {
    ...cloud.env,
    GOOGLE_APPLICATION_CREDENTIALS: undefined,
    GOOGLE_GHA_CREDS_PATH: undefined,
    HOME: directory,
    GCE_METADATA_HOST: '127.0.0.1:1',
    ...env
  };
  await (await cloudRun(gcp, bare, basic())).plan();
}

const account = (): string =>
  `${cloud.url}/v1/projects/-/serviceAccounts/other@shop-project.iam.gserviceaccount.com:generateAccessToken`;

const TOKEN = { scope: ['https://www.googleapis.com/auth/cloud-platform'], lifetime: '3600s' };

/** What the token of the account is asked for with. */
const asked = (): unknown => cloud.calls().find(({ action }) => action === `POST ${new URL(account()).pathname}`)?.body;

describe('the named credentials are those that are used', () => {
  test('a file for an impersonated service account', async () => {
    const content = {
      type: 'impersonated_service_account',
      service_account_impersonation_url: account(),
      delegates: ['first@x'],
      source_credentials: external()
    };
    const warned: unknown[] = [];
    const { warn } = console;
    Object.assign(console, { warn: (...words: readonly unknown[]) => void warned.push(words) });
    try {
      await plan({ GOOGLE_GHA_CREDS_PATH: await file(content) });
    } finally {
      Object.assign(console, { warn });
    }
    expect(asked()).toEqual({ ...TOKEN, delegates: ['first@x'] });
    expect(warned).toEqual([]);
  });

  test('an answer to a login that does not end is not read to its end', async () => {
    const endless = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const piece = Buffer.alloc(64 * 1024, ' ');
      const go = (): void => {
        while (!response.destroyed && response.write(piece));
        if (!response.destroyed) response.once('drain', go);
      };
      go();
    });
    await new Promise<void>(resolve => endless.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = endless.address() as AddressInfo;
      const content = {
        type: 'external_account_authorized_user',
        client_id: 'client',
        client_secret: 'not-a-secret',
        refresh_token: 'refresh',
        token_url: `http://127.0.0.1:${port}/v1/oauthtoken`
      };
      // The login alone: each call of a plan would ask for it again, several times.
      const credential = await openCredential({ GOOGLE_APPLICATION_CREDENTIALS: await file(content) }, () => {});
      await expect(credential.headers()).rejects.toThrow(/over limit: 1048576/);
    } finally {
      endless.closeAllConnections();
      endless.close();
    }
  });

  test('a file for an external account that a user authorised', async () => {
    const content = {
      type: 'external_account_authorized_user',
      client_id: 'client',
      client_secret: 'not-a-secret',
      refresh_token: 'refresh',
      token_url: `${cloud.url}/v1/oauthtoken`
    };
    await plan({ GOOGLE_APPLICATION_CREDENTIALS: await file(content) });
    expect(cloud.calls().map(({ action }) => action)).toContain('POST /v1/oauthtoken');
  });

  test('an account that gcloud is configured to impersonate', async () => {
    await plan({
      GOOGLE_GHA_CREDS_PATH: await file(external()),
      CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT: 'first@x, other@shop-project.iam.gserviceaccount.com',
      CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS: `${cloud.url}/`
    });
    expect(asked()).toEqual({ ...TOKEN, delegates: ['first@x'] });
  });

  test('a token in a file', async () => {
    await plan({ CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: await file(`${ACCESS_TOKEN}\n`) });
    expect(cloud.calls().length).toBeGreaterThan(0);
  });

  test.each<readonly [string, unknown, RegExp]>([
    ['of an unknown type', { type: 'gdch_service_account' }, /gdch_service_account.*not supported/],
    ['of no type', {}, /not supported/],
    ['of a service account without its key', { type: 'service_account', client_email: 'a@b' }, /private_key/],
    ['of a user without a token', { type: 'authorized_user', client_id: 'c' }, /refresh_token/],
    ['of an impersonation without a source', { type: 'impersonated_service_account' }, /source_credentials/],
    ['that is no JSON', '<html>', /can not be read/],
    ['that is no object', 'null', /holds no credentials/]
  ])('and a file %s ends the run, on any machine', async (_what, content, words) => {
    await expect(plan({ GOOGLE_GHA_CREDS_PATH: await file(content) })).rejects.toMatchObject({
      code: 'credentials-missing',
      message: expect.stringMatching(words)
    });
    expect(cloud.calls()).toEqual([]);
  });
});

describe('the project that calls are billed to', () => {
  const billed = (): readonly (string | undefined)[] => [
    ...new Set(cloud.calls().flatMap(one => (/token|identity/i.test(one.action) ? [] : [one.quotaProject])))
  ];

  test.each<readonly [string, Env, Readonly<Record<string, unknown>>, string | undefined]>([
    ['GOOGLE_CLOUD_QUOTA_PROJECT', { GOOGLE_CLOUD_QUOTA_PROJECT: 'bill-a' }, {}, 'bill-a'],
    ['CLOUDSDK_BILLING_QUOTA_PROJECT', { CLOUDSDK_BILLING_QUOTA_PROJECT: 'bill-b' }, {}, 'bill-b'],
    ['the credentials file', {}, { quota_project_id: 'bill-c' }, 'bill-c'],
    ['the environment before the file', { GOOGLE_CLOUD_QUOTA_PROJECT: 'bill-a' }, { quota_project_id: 'c' }, 'bill-a'],
    ['nothing, with a word of gcloud', { CLOUDSDK_BILLING_QUOTA_PROJECT: 'CURRENT_PROJECT' }, {}, undefined]
  ])('is named by %s', async (_what, env, more, project) => {
    await plan({ GOOGLE_GHA_CREDS_PATH: await file({ ...external(), ...more }), ...env });
    expect(billed()).toEqual([project]);
  });

  test('is named for a token of the environment too', async () => {
    await plan({ CLOUDSDK_AUTH_ACCESS_TOKEN: ACCESS_TOKEN, GOOGLE_CLOUD_QUOTA_PROJECT: 'bill-a' });
    expect(billed()).toEqual(['bill-a']);
  });
});
