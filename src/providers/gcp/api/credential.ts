import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type * as library from 'google-auth-library';
import { defined } from '../../../engine/defined.ts';
import { ActionError } from '../../../errors.ts';
import { LOGIN } from './errors.ts';

type Env = Readonly<Record<string, string | undefined>>;
/** The library, with the one function of it that is not among its types. */
type Library = typeof library & Quiet;

interface Quiet {
  /** Runs a constructor without the warning that it prints. */
  readonly suppressAdcWarning: <T>(make: () => T) => T;
}

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
  readonly quota_project_id?: string;
  readonly client_email?: string;
  readonly private_key?: string;
  readonly client_secret?: string;
  readonly refresh_token?: string;
  readonly service_account_impersonation_url?: string;
  readonly delegates?: readonly string[];
  readonly source_credentials?: CredentialFile;
  readonly credential_source?: {
    readonly environment_id?: unknown;
    readonly executable?: unknown;
    /** `google-github-actions/auth` writes the job's token for its identity here. */
    readonly headers?: Readonly<Record<string, unknown>>;
  };
}

/** Bytes of the answer to a login: a token has a few thousand. */
const MOST_LOGIN_BYTES = 1024 * 1024;

/** The library reads the answer to a login whatever its length, unless its HTTP client has a limit. */
const BOUNDED = { transporterOptions: { size: MOST_LOGIN_BYTES } };

const SCOPES = ['https://www.googleapis.com/auth/cloud-platform'];

/**
 * The identity of this run at Google: a token, the credentials file that the environment names, or the identity of the
 * machine (a runner on Google Cloud). Throws `credentials-missing` when there is none, and for a file that can't be
 * read.
 */
export async function openCredential(env: Env, mask: (value: string) => void): Promise<Credential> {
  const token = await givenToken(env);
  if (token !== undefined && impersonated(env) === undefined) {
    mask(token);
    return { project: undefined, headers: async () => billed(new Headers({ authorization: `Bearer ${token}` }), env) };
  }
  const file = token === undefined ? await credentialFile(env) : undefined;
  const client = clientOf(file, token, env);
  for (const one of [token, ...secretsIn(file)]) if (one !== undefined) mask(one);
  client.catch(() => undefined);
  return {
    project: file?.project_id,
    headers: async () => {
      const headers = new Headers(await (await client).getRequestHeaders());
      mask((headers.get('authorization') ?? '').replace(/^Bearer /, ''));
      return billed(headers, env, file?.quota_project_id);
    }
  };
}

/** Everything secret in a credentials file and in those that it names as its source. */
function secretsIn(file: CredentialFile | undefined): readonly (string | undefined)[] {
  if (file === undefined) return [];
  const { private_key: key, client_secret: client, refresh_token: refresh, credential_source: from } = file;
  const headers = Object.entries(from?.headers ?? {}).flatMap(([name, value]) =>
    /^authorization$/i.test(name) && typeof value === 'string' ? value.replace(/^Bearer /i, '') : []
  );
  return [key, client, refresh, ...headers, ...secretsIn(file.source_credentials)];
}

/** The access token of the environment, by itself or in a file, as `gcloud` reads it. */
async function givenToken(env: Env): Promise<string | undefined> {
  const token = env['CLOUDSDK_AUTH_ACCESS_TOKEN'] || env['GOOGLE_OAUTH_ACCESS_TOKEN'];
  const path = env['CLOUDSDK_AUTH_ACCESS_TOKEN_FILE'];
  if (token || !path) return token || undefined;
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (cause) {
    throw missing('the access token file that the environment names can not be read', cause);
  }
}

/** The service account that the environment asks to impersonate, as `gcloud` reads it. */
function impersonated(env: Env): string | undefined {
  return env['CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT'] || undefined;
}

/** The headers, with the project that the environment or the credentials file bills calls to. */
function billed(headers: Headers, env: Env, ofFile?: string): Headers {
  const named = env['GOOGLE_CLOUD_QUOTA_PROJECT'] || env['CLOUDSDK_BILLING_QUOTA_PROJECT'] || ofFile;
  // `gcloud` also knows CURRENT_PROJECT and LEGACY here, which name no project.
  if (named && !/^[A-Z_]+$/.test(named)) headers.set('x-goog-user-project', named);
  return headers;
}

async function credentialFile(env: Env): Promise<CredentialFile | undefined> {
  const path =
    env['GOOGLE_APPLICATION_CREDENTIALS'] ||
    env['CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE'] ||
    env['GOOGLE_GHA_CREDS_PATH'] ||
    ownFile(env);
  if (!path) return undefined;
  let content: unknown;
  try {
    content = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw missing('the credentials file that the environment names can not be read', cause);
  }
  if (typeof content === 'object' && content !== null) return content;
  throw missing('the credentials file that the environment names holds no credentials');
}

/** The file that `gcloud auth application-default login` writes, if it exists. */
function ownFile(env: Env): string | undefined {
  const folder = env['CLOUDSDK_CONFIG'] || join(env['HOME'] || homedir(), '.config', 'gcloud');
  const file = join(folder, 'application_default_credentials.json');
  return existsSync(file) ? file : undefined;
}

async function clientOf(
  file: CredentialFile | undefined,
  token: string | undefined,
  env: Env
): Promise<library.AuthClient> {
  const [parts, quiet] = await Promise.all([
    import('google-auth-library'),
    import('google-auth-library/build/src/util.js') as unknown as Promise<Quiet>
  ]);
  const auth: Library = { ...parts, suppressAdcWarning: quiet.suppressAdcWarning };
  const source = await sourceOf(auth, file, token, env);
  // A chain: each account is the delegate of the one after it, the last is the one to be.
  const chain = (impersonated(env) ?? '').split(',').flatMap(one => one.trim() || []);
  const account = chain.at(-1);
  if (account === undefined) return source;
  const endpoint = env['CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS']?.replace(/\/+$/, '');
  return impersonate(auth, source, account, { endpoint, delegates: chain.slice(0, -1) });
}

/**
 * The credentials that are named, or the identity of the machine where none are. Never another identity than the one
 * named.
 */
async function sourceOf(
  auth: Library,
  file: CredentialFile | undefined,
  token: string | undefined,
  env: Env
): Promise<library.AuthClient> {
  if (token !== undefined) {
    const client = new auth.OAuth2Client(BOUNDED);
    client.setCredentials({ access_token: token });
    return client;
  }
  if (file !== undefined) return fromFile(auth, file);
  // Elsewhere than on a machine of Google the library would search the network for one, and warn.
  if (!env['GCE_METADATA_HOST'] && !auth.gcpMetadata.getGCPResidency()) {
    throw missing('no credentials in the environment');
  }
  return new auth.Compute({ ...BOUNDED, scopes: SCOPES });
}

/**
 * Uses the constructors: the library's own readers of credentials files print warnings. Throws for a kind that is not
 * known here.
 */
function fromFile(auth: Library, file: CredentialFile): library.AuthClient {
  const options: unknown = { ...file, ...BOUNDED, scopes: SCOPES };
  switch (file.type) {
    case 'external_account':
      if (file.credential_source?.environment_id !== undefined) {
        return new auth.AwsClient(options as library.AwsClientOptions);
      }
      return file.credential_source?.executable === undefined
        ? new auth.IdentityPoolClient(options as library.IdentityPoolClientOptions)
        : new auth.PluggableAuthClient(options as library.PluggableAuthClientOptions);
    case 'external_account_authorized_user':
      return new auth.ExternalAccountAuthorizedUserClient(
        options as library.ExternalAccountAuthorizedUserClientOptions
      );
    case 'service_account': {
      const { client_email: email, private_key: key } = file;
      if (!email || !key) throw missing('the credentials file lacks `client_email` or `private_key`');
      return new auth.JWT({ ...BOUNDED, email, key, scopes: SCOPES });
    }
    case 'authorized_user':
      if (!file.refresh_token) throw missing('the credentials file lacks `refresh_token`');
      return new auth.UserRefreshClient({ ...BOUNDED, ...userOptions(file) });
    case 'impersonated_service_account': {
      const { source_credentials: source, service_account_impersonation_url: url = '', delegates } = file;
      const [, endpoint, account] =
        /^(https?:\/\/[^/]+)\/.*\/serviceAccounts\/([^/:]+):generateAccessToken$/.exec(url) ?? [];
      if (source === undefined || account === undefined) {
        throw missing('the credentials file lacks `source_credentials` or `service_account_impersonation_url`');
      }
      return impersonate(auth, fromFile(auth, source), account, { endpoint, delegates });
    }
    case undefined:
    default:
      throw missing(
        `the credentials file is of type ${JSON.stringify(file.type ?? 'unknown')}, which is not supported`
      );
  }
}

function impersonate(
  auth: Library,
  sourceClient: library.AuthClient,
  targetPrincipal: string,
  {
    endpoint,
    delegates = []
  }: { readonly endpoint?: string | undefined; readonly delegates?: readonly string[] | undefined }
): library.AuthClient {
  const fixed = {
    ...BOUNDED,
    sourceClient,
    targetPrincipal,
    delegates: [...delegates],
    targetScopes: [...SCOPES]
  };
  // The constructor warns of files from untrusted sources on the console, which is the log of the job.
  return auth.suppressAdcWarning(() => new auth.Impersonated({ ...fixed, ...defined({ endpoint }) }));
}

function userOptions(file: CredentialFile): library.UserRefreshClientOptions {
  const user = file as Readonly<Record<string, string | undefined>>;
  const { client_id: clientId, client_secret: clientSecret, refresh_token: refreshToken } = user;
  return defined({ clientId, clientSecret, refreshToken });
}

function missing(why: string, cause?: unknown): ActionError {
  return new ActionError(`Could not log in to Google Cloud: ${why}`, {
    code: 'credentials-missing',
    source: 'user',
    cause,
    hint: `Run ${LOGIN.job}.`
  });
}
