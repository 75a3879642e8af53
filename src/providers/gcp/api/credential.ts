import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type * as library from 'google-auth-library';
import { ActionError } from '../../../errors.ts';

type Env = Readonly<Record<string, string | undefined>>;
type Library = typeof library;

/** What the door to Google asks for the headers that say who calls. */
export interface Credential {
  /** `authorization`, and the project that pays for the calls where the login names one. */
  headers(): Promise<Headers>;
  /** The project that the login names, if it names one. */
  readonly project: string | undefined;
}

interface CredentialFile {
  readonly type?: string;
  readonly project_id?: string;
  readonly client_email?: string;
  readonly private_key?: string;
  readonly credential_source?: { readonly environment_id?: unknown; readonly executable?: unknown };
}

const SCOPES = ['https://www.googleapis.com/auth/cloud-platform'];

/**
 * Who this run is at Google: the file that `google-github-actions/auth` leaves, a token, or what the machine itself is (a runner on Google
 * Cloud). Throws `credentials-missing` when there is nothing, or a file that can't be read.
 */
export async function openCredential(env: Env, mask: (value: string) => void): Promise<Credential> {
  const token = env['CLOUDSDK_AUTH_ACCESS_TOKEN'] || env['GOOGLE_OAUTH_ACCESS_TOKEN'];
  if (token) {
    mask(token);
    return { project: undefined, headers: async () => new Headers({ authorization: `Bearer ${token}` }) };
  }
  const file = await credentialFile(env);
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
    throw missing('the file that the environment names as credentials can not be read', cause);
  }
}

/** What a person's `gcloud auth application-default login` leaves, where there is one. */
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
    throw missing('there are none in the environment', undefined);
  }
  try {
    return await new auth.GoogleAuth({ scopes: SCOPES }).getClient();
  } catch (cause) {
    throw missing('there are none in the environment', cause);
  }
}

/** The constructors themselves: the library's readers of such files print warnings to everybody's log. */
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
  return new ActionError(`Log in to Google Cloud: ${why}`, {
    code: 'credentials-missing',
    source: 'user',
    cause,
    hint: 'Run `google-github-actions/auth` in an earlier step of this job, with `permissions: id-token: write`.'
  });
}
