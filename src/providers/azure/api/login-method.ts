import { existsSync } from 'node:fs';
import { ActionError } from '../../../errors.ts';
import { principalOfCli, profileFile } from './cli-account.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** How this run logs in. */
export type LoginMethod =
  | { readonly kind: 'secret'; readonly tenant: string; readonly client: string; readonly secret: string }
  | {
      readonly kind: 'certificate';
      readonly tenant: string;
      readonly client: string;
      readonly file: string;
      readonly password: string | undefined;
      readonly sendsChain: boolean;
    }
  | { readonly kind: 'token-file'; readonly tenant: string; readonly client: string; readonly file: string }
  | {
      readonly kind: 'github';
      readonly tenant: string;
      readonly client: string;
      readonly url: string;
      readonly token: string;
    }
  | { readonly kind: 'managed'; readonly client: string | undefined }
  | { readonly kind: 'cli' }
  | { readonly kind: 'powershell' }
  | { readonly kind: 'developer-cli' };

type Kind = LoginMethod['kind'];

/** Variables with a service principal's credential, by login method. They count only with its tenant and client. */
const CREDENTIALS: Readonly<Partial<Record<Kind, string>>> = {
  secret: 'AZURE_CLIENT_SECRET',
  certificate: 'AZURE_CLIENT_CERTIFICATE_PATH',
  'token-file': 'AZURE_FEDERATED_TOKEN_FILE'
};

/**
 * The methods that each value of AZURE_TOKEN_CREDENTIALS allows, in order, as Microsoft's own clients read it. The
 * identity of the job is a workload's as well.
 * https://learn.microsoft.com/azure/developer/javascript/sdk/authentication/credential-chains
 */
export const NAMED: Readonly<Record<string, readonly Kind[]>> = {
  prod: ['secret', 'certificate', 'token-file', 'github', 'managed'],
  dev: ['cli', 'powershell', 'developer-cli'],
  environmentcredential: ['secret', 'certificate'],
  workloadidentitycredential: ['token-file', 'github'],
  managedidentitycredential: ['managed'],
  azureclicredential: ['cli'],
  azurepowershellcredential: ['powershell'],
  azuredeveloperclicredential: ['developer-cli']
};

/** The methods in order where the environment names none. */
const USUAL: readonly Kind[] = ['secret', 'certificate', 'token-file', 'github', 'managed', 'cli'];

/**
 * The login method that the environment names, the most explicit first: a service principal's secret or certificate, a
 * federated token, a managed identity, the login that `azure/login` leaves to the Azure CLI. `undefined` when there is
 * none. Throws `credentials-missing` for a credential that lacks its tenant or client, or whose file does not exist,
 * and for a choice in AZURE_TOKEN_CREDENTIALS that can't be met: another identity would be used in its place.
 */
export function loginMethod(env: Env): LoginMethod | undefined {
  const only = (env['AZURE_TOKEN_CREDENTIALS'] ?? '').trim();
  if (only === '') {
    refuseIncomplete(env, USUAL);
    const found = firstOf(USUAL, env, false);
    return found?.kind === 'cli' ? sameIdentity(env) : found;
  }
  const kinds = NAMED[only.toLowerCase()];
  if (kinds === undefined) {
    throw new ActionError(`Could not log in to Azure: AZURE_TOKEN_CREDENTIALS is ${JSON.stringify(only)}`, {
      code: 'credentials-missing',
      source: 'user',
      hint: `Set AZURE_TOKEN_CREDENTIALS to one of ${Object.keys(NAMED).join(', ')} (in any capitals), or unset it.`
    });
  }
  refuseIncomplete(env, kinds);
  const found = firstOf(kinds, env, true);
  if (found !== undefined) return found;
  throw new ActionError(
    `Could not log in to Azure: AZURE_TOKEN_CREDENTIALS is ${only}, and there is no such credential`,
    {
      code: 'credentials-missing',
      source: 'user',
      hint: `Set what ${only} needs, or unset AZURE_TOKEN_CREDENTIALS to log in as another identity.`
    }
  );
}

function firstOf(kinds: readonly Kind[], env: Env, isNamed: boolean): LoginMethod | undefined {
  for (const kind of kinds) {
    const method = methodOf(kind, env, isNamed);
    if (method !== undefined) return method;
  }
  return undefined;
}

/** The method, where the environment has what it needs. A named one needs no sign that the machine has it. */
function methodOf(kind: Kind, env: Env, isNamed: boolean): LoginMethod | undefined {
  const [tenant, client] = [env['AZURE_TENANT_ID'] ?? '', env['AZURE_CLIENT_ID'] ?? ''];
  const isPrincipal = tenant !== '' && client !== '';
  const given = (name: string): string | undefined => (isPrincipal ? env[name] || undefined : undefined);
  switch (kind) {
    case 'secret': {
      const secret = given('AZURE_CLIENT_SECRET');
      return secret === undefined ? undefined : { kind, tenant, client, secret };
    }
    case 'certificate': {
      const file = given('AZURE_CLIENT_CERTIFICATE_PATH');
      if (file === undefined) return undefined;
      const password = env['AZURE_CLIENT_CERTIFICATE_PASSWORD'] || undefined;
      const sendsChain = /^(1|true)$/i.test(env['AZURE_CLIENT_SEND_CERTIFICATE_CHAIN'] ?? '');
      return { kind, tenant, client, file: existing(file, 'AZURE_CLIENT_CERTIFICATE_PATH'), password, sendsChain };
    }
    case 'token-file': {
      const file = given('AZURE_FEDERATED_TOKEN_FILE');
      return file === undefined
        ? undefined
        : { kind, tenant, client, file: existing(file, 'AZURE_FEDERATED_TOKEN_FILE') };
    }
    case 'github': {
      const [url, token] = [given('ACTIONS_ID_TOKEN_REQUEST_URL'), given('ACTIONS_ID_TOKEN_REQUEST_TOKEN')];
      return url === undefined || token === undefined ? undefined : { kind, tenant, client, url, token };
    }
    case 'managed':
      if (!isNamed && !env['IDENTITY_ENDPOINT'] && !env['MSI_ENDPOINT']) return undefined;
      return { kind, client: client === '' ? undefined : client };
    case 'cli':
      return isNamed || existsSync(profileFile(env)) ? { kind } : undefined;
    case 'powershell':
    case 'developer-cli':
      return { kind };
  }
}

/** The Azure CLI, unless a service principal is logged in to it and AZURE_CLIENT_ID names another identity. */
function sameIdentity(env: Env): LoginMethod {
  const [asked, principal] = [env['AZURE_CLIENT_ID']?.toLowerCase(), principalOfCli(env)?.toLowerCase()];
  if (!asked || principal === undefined || principal === asked) return { kind: 'cli' };
  throw new ActionError('Could not log in to Azure: AZURE_CLIENT_ID is not the identity that the Azure CLI has', {
    code: 'credentials-missing',
    source: 'user',
    hint: 'Run `azure/login` with the `client-id` of AZURE_CLIENT_ID, give the job `permissions: id-token: write`, or unset AZURE_CLIENT_ID.'
  });
}

function refuseIncomplete(env: Env, kinds: readonly Kind[]): void {
  const named = kinds.flatMap(kind => CREDENTIALS[kind] ?? []).find(name => env[name]);
  const missing = ['AZURE_TENANT_ID', 'AZURE_CLIENT_ID'].filter(name => !env[name]);
  if (named === undefined || missing.length === 0) return;
  throw new ActionError(`Could not log in to Azure: ${named} is set without ${missing.join(' and ')}`, {
    code: 'credentials-missing',
    source: 'user',
    hint: `Set ${missing.join(' and ')}, or unset ${named} to log in as another identity.`
  });
}

function existing(file: string, name: string): string {
  if (existsSync(file)) return file;
  throw new ActionError(`Could not log in to Azure: the file that ${name} names does not exist`, {
    code: 'credentials-missing',
    source: 'user',
    hint: `Write the file before this runs, or unset ${name} to log in as another identity.`
  });
}
