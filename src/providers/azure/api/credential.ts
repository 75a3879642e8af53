import { defined } from '../../../engine/defined.ts';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import type * as identity from '@azure/identity';
import { ActionError } from '../../../errors.ts';

type Env = Readonly<Record<string, string | undefined>>;
type Identity = typeof identity;

/** What the Azure client asks for its tokens. */
export interface TokenSource {
  getToken(
    scopes: string | string[],
    options?: identity.GetTokenOptions
  ): Promise<{ token: string; expiresOnTimestamp: number } | null>;
}

/** How this run comes by its tokens. */
export type Way =
  | { readonly kind: 'secret'; readonly tenant: string; readonly client: string; readonly secret: string }
  | { readonly kind: 'certificate'; readonly tenant: string; readonly client: string; readonly file: string }
  | { readonly kind: 'token-file'; readonly tenant: string; readonly client: string; readonly file: string }
  | {
      readonly kind: 'github';
      readonly tenant: string;
      readonly client: string;
      readonly url: string;
      readonly token: string;
    }
  | { readonly kind: 'managed'; readonly client: string | undefined }
  | { readonly kind: 'cli' };

/** Hosts whose identity the library may check with Microsoft. Another one is a private cloud's own, or a test's. */
const MICROSOFT =
  /^https:\/\/login\.(microsoftonline\.com|microsoftonline\.us|partner\.microsoftonline\.cn|chinacloudapi\.cn)\/?$/;

/**
 * The way that the environment asks for, most explicit first: a service principal's secret or certificate, a federated token, a managed
 * identity, the login that `azure/login` leaves to the Azure CLI. `undefined` when there is none.
 */
export function wayOf(env: Env): Way | undefined {
  const [tenant, client] = [env['AZURE_TENANT_ID'] ?? '', env['AZURE_CLIENT_ID'] ?? ''];
  const only = env['AZURE_TOKEN_CREDENTIALS'];
  const managed = { kind: 'managed', client: client === '' ? undefined : client } as const;
  if (only === 'ManagedIdentityCredential') return managed;
  if (only === 'AzureCliCredential') return { kind: 'cli' };
  if (tenant !== '' && client !== '') {
    const secret = env['AZURE_CLIENT_SECRET'];
    if (secret) return { kind: 'secret', tenant, client, secret };
    const certificate = env['AZURE_CLIENT_CERTIFICATE_PATH'];
    if (certificate) return { kind: 'certificate', tenant, client, file: certificate };
    const file = env['AZURE_FEDERATED_TOKEN_FILE'];
    if (file) return { kind: 'token-file', tenant, client, file };
    const [url, token] = [env['ACTIONS_ID_TOKEN_REQUEST_URL'], env['ACTIONS_ID_TOKEN_REQUEST_TOKEN']];
    if (url && token) return { kind: 'github', tenant, client, url, token };
  }
  if (env['IDENTITY_ENDPOINT'] || env['MSI_ENDPOINT']) return managed;
  return existsSync(profileFile(env)) ? { kind: 'cli' } : undefined;
}

/**
 * A source of tokens for a subscription, by the way that the environment asks for; the library behind it is loaded at the first token. Each
 * token is masked as it arrives. Throws `credentials-missing` when there is no way.
 */
export function openCredential(
  env: Env,
  authorityHost: string | undefined,
  subscription: string | undefined,
  mask: (value: string) => void
): TokenSource {
  const way = wayOf(env);
  if (way === undefined) {
    throw new ActionError('There are no credentials for Azure', {
      code: 'credentials-missing',
      source: 'user',
      hint: 'Run `azure/login` in an earlier step of this job (with `permissions: id-token: write`), or set AZURE_CLIENT_ID and AZURE_TENANT_ID for a federated credential.'
    });
  }
  let opened: Promise<TokenSource> | undefined;
  return {
    getToken: async (scopes, options) => {
      opened ??= Promise.all([import('@azure/identity'), cliAccount(env, subscription)]).then(([library, account]) =>
        make(library, way, authorityHost, account, mask)
      );
      const token = await (await opened).getToken(scopes, options);
      if (token !== null) mask(token.token);
      return token;
    }
  };
}

function make(
  library: Identity,
  way: Way,
  authorityHost: string | undefined,
  account: CliAccount,
  mask: (value: string) => void
): TokenSource {
  const options = defined({
    authorityHost,
    disableInstanceDiscovery: authorityHost !== undefined && !MICROSOFT.test(authorityHost)
  });
  switch (way.kind) {
    case 'secret':
      return new library.ClientSecretCredential(way.tenant, way.client, way.secret, options);
    case 'certificate':
      return new library.ClientCertificateCredential(way.tenant, way.client, way.file, options);
    case 'token-file':
      return new library.ClientAssertionCredential(
        way.tenant,
        way.client,
        async () => {
          const assertion = (await readFile(way.file, 'utf8')).trim();
          mask(assertion);
          return assertion;
        },
        options
      );
    case 'github':
      return new library.ClientAssertionCredential(way.tenant, way.client, async () => githubToken(way, mask), options);
    case 'managed':
      return new library.ManagedIdentityCredential(way.client === undefined ? {} : { clientId: way.client });
    case 'cli':
      // Of its default subscription the CLI wants no tenant named: a managed identity has but one.
      return new library.AzureCliCredential(
        account.tenant === undefined || account.isDefault === true ? {} : { tenantId: account.tenant }
      );
  }
}

/** https://docs.github.com/actions/security-for-github-actions/security-hardening-your-deployments/about-security-hardening-with-openid-connect */
async function githubToken(
  { url, token }: { readonly url: string; readonly token: string },
  mask: (value: string) => void
): Promise<string> {
  const separator = url.includes('?') ? '&' : '?';
  const answer = await fetch(`${url}${separator}audience=${encodeURIComponent('api://AzureADTokenExchange')}`, {
    headers: { authorization: `Bearer ${token}`, accept: 'application/json' }
  });
  const { value } = (await answer.json()) as { value?: unknown };
  if (typeof value === 'string' && value !== '') {
    mask(value);
    return value;
  }
  throw new ActionError(`GitHub gives no identity token (${answer.status})`, {
    code: 'credentials-missing',
    source: 'user',
    hint: 'Give the job `permissions: id-token: write`.'
  });
}

/** A subscription as `az login` left it. */
export interface CliAccount {
  readonly subscription?: string;
  readonly tenant?: string;
  /** It is the one that the CLI's tokens are for unless they are asked for otherwise. */
  readonly isDefault?: boolean;
}

/** What `az login` left of a subscription; without one, of the default one. */
export async function cliAccount(env: Env, subscription?: string): Promise<CliAccount> {
  try {
    const text = await readFile(profileFile(env), 'utf8');
    const { subscriptions = [] } = JSON.parse(text.replace(/^\uFEFF/, '')) as {
      subscriptions?: readonly { id?: string; tenantId?: string; isDefault?: boolean }[];
    };
    const one = subscriptions.find(({ id, isDefault }) =>
      subscription === undefined ? isDefault === true : id?.toLowerCase() === subscription.toLowerCase()
    );
    return {
      ...(one?.id === undefined ? {} : { subscription: one.id }),
      ...(one?.tenantId === undefined ? {} : { tenant: one.tenantId }),
      ...(one?.isDefault === undefined ? {} : { isDefault: one.isDefault })
    };
  } catch {
    return {};
  }
}

function profileFile(env: Env): string {
  return path.join(env['AZURE_CONFIG_DIR'] || path.join(env['HOME'] ?? homedir(), '.azure'), 'azureProfile.json');
}
