import { defined } from '../../../engine/defined.ts';
import { readFile } from 'node:fs/promises';
import type { HttpClient } from '@azure/core-rest-pipeline';
import type * as identity from '@azure/identity';
import { sendRequest } from '../../../engine/http.ts';
import { textOf } from '../../../engine/limits.ts';
import { isRedirect, ledElsewhere } from '../../../engine/redirect.ts';
import { ActionError, ProviderError } from '../../../errors.ts';
import { LOGIN } from './errors.ts';
import { boundedHttpClient } from './bounded-http-client.ts';
import { cliAccount, type CliAccount } from './cli-account.ts';
import { loginMethod, type LoginMethod } from './login-method.ts';

type Env = Readonly<Record<string, string | undefined>>;
type Identity = typeof identity;

/** Where the Azure client gets its tokens. */
export interface TokenSource {
  getToken(
    scopes: string | string[],
    options?: identity.GetTokenOptions
  ): Promise<{ token: string; expiresOnTimestamp: number } | null>;
}

/** Hosts that the library may verify with Microsoft. Any other host belongs to a private cloud, or to a test. */
const MICROSOFT =
  /^https:\/\/login\.(microsoftonline\.com|microsoftonline\.us|partner\.microsoftonline\.cn|chinacloudapi\.cn)\/?$/;

/**
 * A source of tokens for a subscription, by the login method that the environment names. Loads its library at the first
 * token, and masks each token as it arrives. Throws `credentials-missing` without a login method.
 */
export function openCredential(
  env: Env,
  authorityHost: string | undefined,
  subscription: string | undefined,
  mask: (value: string) => void
): TokenSource {
  const method = loginMethod(env);
  if (method === undefined) {
    throw new ActionError('Could not log in to Azure: no credentials in the environment', {
      code: 'credentials-missing',
      source: 'user',
      hint: `Run ${LOGIN.job}.`
    });
  }
  let opened: Promise<TokenSource> | undefined;
  return {
    getToken: async (scopes, options) => {
      opened ??= open(env, method, authorityHost, subscription, mask);
      const token = await (await opened).getToken(scopes, options);
      if (token !== null) mask(token.token);
      return token;
    }
  };
}

async function open(
  env: Env,
  method: LoginMethod,
  authorityHost: string | undefined,
  subscription: string | undefined,
  mask: (value: string) => void
): Promise<TokenSource> {
  const [library, http, account] = await Promise.all([
    import('@azure/identity'),
    import('@azure/core-rest-pipeline'),
    cliAccount(env, subscription)
  ]);
  const { client, failure, remember } = recalling(boundedHttpClient(http));
  const masked = (assertion: string): string => {
    mask(assertion);
    return assertion;
  };
  const source = credentialFor(library, method, client, { authorityHost, account, masked, remember });
  // A machine without an identity has no server at that address: then the library's own words are the reason.
  if (method.kind === 'managed') return source;
  return {
    getToken: async (scopes, options) => {
      try {
        return await source.getToken(scopes, options);
      } catch (thrown) {
        throw failure() ?? thrown;
      }
    }
  };
}

/**
 * The same client, and why its last request was not answered: the library puts an error of its own in the place of that
 * reason, which speaks of credentials when a certificate or the network was at fault. `remember` keeps another reason.
 */
function recalling(client: HttpClient): {
  readonly client: HttpClient;
  readonly failure: () => unknown;
  readonly remember: (thrown: unknown) => never;
} {
  let last: unknown;
  const remember = (thrown: unknown): never => {
    last = thrown;
    throw thrown;
  };
  return {
    client: {
      sendRequest: async request => {
        last = undefined;
        return client.sendRequest(request).catch(remember);
      }
    },
    failure: () => last,
    remember
  };
}

interface Login {
  readonly authorityHost: string | undefined;
  readonly account: CliAccount;
  readonly masked: (assertion: string) => string;
  readonly remember: (thrown: unknown) => never;
}

function credentialFor(
  library: Identity,
  method: LoginMethod,
  httpClient: HttpClient,
  { authorityHost, account, masked, remember }: Login
): TokenSource {
  const options = defined({
    httpClient,
    authorityHost,
    disableInstanceDiscovery: authorityHost !== undefined && !MICROSOFT.test(authorityHost)
  });
  switch (method.kind) {
    case 'secret':
      return new library.ClientSecretCredential(method.tenant, method.client, method.secret, options);
    case 'certificate': {
      const { file, password, sendsChain } = method;
      const certificate = defined({ certificatePath: file, certificatePassword: password });
      const chained = { ...options, sendCertificateChain: sendsChain };
      return new library.ClientCertificateCredential(method.tenant, method.client, certificate, chained);
    }
    case 'token-file': {
      const read = async (): Promise<string> => masked((await readFile(method.file, 'utf8')).trim());
      return new library.ClientAssertionCredential(method.tenant, method.client, read, options);
    }
    case 'github': {
      const ask = async (): Promise<string> => masked(await githubToken(method).catch(remember));
      return new library.ClientAssertionCredential(method.tenant, method.client, ask, options);
    }
    case 'managed':
      return new library.ManagedIdentityCredential(defined({ httpClient, clientId: method.client }));
    case 'cli':
      // For its default subscription the CLI takes no tenant: a managed identity has only one.
      return new library.AzureCliCredential(
        account.tenant === undefined || account.isDefault === true ? {} : { tenantId: account.tenant }
      );
    case 'powershell':
      return new library.AzurePowerShellCredential();
    case 'developer-cli':
      return new library.AzureDeveloperCliCredential();
  }
}

/**
 * https://docs.github.com/actions/security-for-github-actions/security-hardening-your-deployments/about-security-
 * hardening-with-openid-connect
 */
async function githubToken({ url, token }: { readonly url: string; readonly token: string }): Promise<string> {
  const separator = url.includes('?') ? '&' : '?';
  const answer = await sendRequest(`${url}${separator}audience=${encodeURIComponent('api://AzureADTokenExchange')}`, {
    headers: { authorization: `Bearer ${token}`, accept: 'application/json' }
  });
  if (isRedirect(answer.status)) throw ledElsewhere("GitHub's identity token", answer.headers.get('location'));
  const { value } = parsed(await textOf(answer, "GitHub's identity token"));
  if (typeof value === 'string' && value !== '') return value;
  throw new ProviderError(`Could not log in to Azure: GitHub issued no identity token (status ${answer.status})`, {
    kind: 'unauthenticated',
    hint: 'Give the job `permissions: id-token: write`.'
  });
}

function parsed(text: string): { readonly value?: unknown } {
  try {
    return (JSON.parse(text) ?? {}) as { readonly value?: unknown };
  } catch {
    return {};
  }
}
