import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type * as library from 'google-auth-library';
import { ActionError } from '../../../errors.ts';

type Env = Readonly<Record<string, string | undefined>>;
type Library = typeof library;

/** The identity of this run at Google. */
export interface Credential {
  /** `authorization`, and the project that the calls are billed to where one is named. */
  headers(): Promise<Headers>;
  /** The project of the login, if it names one. */
  readonly project: string | undefined;
}

interface CredentialFile {
  readonly type?: string;
  readonly project_id?: string;
  readonly client_email?: string;
  readonly private_key?: string;
  readonly client_secret?: string;
  readonly refresh_token?: string;
  readonly credential_source?: { readonly environment_id?: unknown; readonly executable?: unknown };
}

const SCOPES = ['https://www.googleapis.com/auth/cloud-platform'];

/**
 * The identity of this run at Google: a token, the credentials file that the environment names, or the identity of the machine (a runner on
 * Google Cloud). Throws `credentials-missing` when there is none, and for a file that can't be read.
 */
export async function openCredential(env: Env, mask: (value: string) => void): Promise<Credential> {
  const token = env['CLOUDSDK_AUTH_ACCESS_TOKEN'] || env['GOOGLE_OAUTH_ACCESS_TOKEN'];
  if (token) {
    mask(token);
    return { project: undefined, headers: async () => new Headers({ authorization: `Bearer ${token}` }) };
  }
  const file = await credentialFile(env);
  for (const one of [file?.private_key, file?.client_secret, file?.refresh_token]) if (one !== undefined) mask(one);
  const client = clientOf(file, env);
  client.catch(() => undefined);
  return {
    project: file?.project_id,
    headers: async () => {
      const headers = new Headers(await (await client).getRequestHeaders());
      mask((headers.get('authorization') ?? '').replace(/^Bearer /, ''));
      return headers;
    }
  };
}

async function credentialFile(env: Env): Promise<CredentialFile | undefined> {
  const path =
    env['GOOGLE_APPLICATION_CREDENTIALS'] ||
    env['CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE'] ||
    env['GOOGLE_GHA_CREDS_PATH'] ||
    ownFile(env);
  if (!path) return undefined;
  try {
    return JSON.parse(await readFile(path, 'utf8')) as CredentialFile;
  } catch (cause) {
    throw missing('the credentials file that the environment names can not be read', cause);
  }
}

/** The file that `gcloud auth application-default login` writes, if it exists. */
function ownFile(env: Env): string | undefined {
  const folder = env['CLOUDSDK_CONFIG'] || join(env['HOME'] || homedir(), '.config', 'gcloud');
  const file = join(folder, 'application_default_credentials.json');
  return existsSync(file) ? file : undefined;
}

async function clientOf(file: CredentialFile | undefined, env: Env): Promise<library.AuthClient> {
  const auth = await import('google-auth-library');
  const known = file === undefined ? undefined : fromFile(auth, file);
  if (known !== undefined) return known;
  // Elsewhere than on a machine of Google's the library would search the network for one, and warn of what it met.
  if (file === undefined && !env['GCE_METADATA_HOST'] && !auth.gcpMetadata.getGCPResidency()) {
    throw missing('no credentials in the environment', undefined);
  }
  try {
    return await new auth.GoogleAuth({ scopes: SCOPES }).getClient();
  } catch (cause) {
    throw missing('no credentials in the environment', cause);
  }
}

/** Uses the constructors: the library's own readers of credentials files print warnings. */
function fromFile(auth: Library, file: CredentialFile): library.AuthClient | undefined {
  const options: unknown = { ...file, scopes: SCOPES };
  if (file.type === 'external_account') {
    if (file.credential_source?.environment_id !== undefined) {
      return new auth.AwsClient(options as library.AwsClientOptions);
    }
    return file.credential_source?.executable === undefined
      ? new auth.IdentityPoolClient(options as library.IdentityPoolClientOptions)
      : new auth.PluggableAuthClient(options as library.PluggableAuthClientOptions);
  }
  if (file.type === 'service_account') {
    const { client_email: email = '', private_key: key = '' } = file;
    return new auth.JWT({ email, key, scopes: SCOPES });
  }
  return file.type === 'authorized_user' ? new auth.UserRefreshClient(userOptions(file)) : undefined;
}

function userOptions(file: CredentialFile): library.UserRefreshClientOptions {
  const user = file as Readonly<Record<string, string | undefined>>;
  const { client_id: clientId = '', client_secret: clientSecret = '', refresh_token: refreshToken = '' } = user;
  return { clientId, clientSecret, refreshToken };
}

function missing(why: string, cause: unknown): ActionError {
  return new ActionError(`Could not log in to Google Cloud: ${why}`, {
    code: 'credentials-missing',
    source: 'user',
    cause,
    hint: 'Run `google-github-actions/auth` in an earlier step of this job, with `permissions: id-token: write`.'
  });
}
