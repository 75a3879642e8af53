import { existsSync } from 'node:fs';
import { ActionError } from '../../../errors.ts';
import { profileFile } from './cli-account.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** How this run logs in. */
export type LoginMethod =
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

/** Variables that name a service principal's credential. They count only with its tenant and client. */
const CREDENTIALS = ['AZURE_CLIENT_SECRET', 'AZURE_CLIENT_CERTIFICATE_PATH', 'AZURE_FEDERATED_TOKEN_FILE'] as const;

/**
 * The login method that the environment names, the most explicit first: a service principal's secret or certificate, a
 * federated token, a managed identity, the login that `azure/login` leaves to the Azure CLI. `undefined` when there is
 * none. Throws `credentials-missing` for a credential that lacks its tenant or client, or whose file does not exist:
 * another identity would be used in its place.
 */
export function loginMethod(env: Env): LoginMethod | undefined {
  const [tenant, client] = [env['AZURE_TENANT_ID'] ?? '', env['AZURE_CLIENT_ID'] ?? ''];
  const only = env['AZURE_TOKEN_CREDENTIALS'];
  const managed = { kind: 'managed', client: client === '' ? undefined : client } as const;
  if (only === 'ManagedIdentityCredential') return managed;
  if (only === 'AzureCliCredential') return { kind: 'cli' };
  refuseIncomplete(env);
  if (tenant !== '' && client !== '') {
    const secret = env['AZURE_CLIENT_SECRET'];
    if (secret) return { kind: 'secret', tenant, client, secret };
    const certificate = env['AZURE_CLIENT_CERTIFICATE_PATH'];
    if (certificate)
      return { kind: 'certificate', tenant, client, file: existing(certificate, 'AZURE_CLIENT_CERTIFICATE_PATH') };
    const file = env['AZURE_FEDERATED_TOKEN_FILE'];
    if (file) return { kind: 'token-file', tenant, client, file: existing(file, 'AZURE_FEDERATED_TOKEN_FILE') };
    const [url, token] = [env['ACTIONS_ID_TOKEN_REQUEST_URL'], env['ACTIONS_ID_TOKEN_REQUEST_TOKEN']];
    if (url && token) return { kind: 'github', tenant, client, url, token };
  }
  if (env['IDENTITY_ENDPOINT'] || env['MSI_ENDPOINT']) return managed;
  return existsSync(profileFile(env)) ? { kind: 'cli' } : undefined;
}

function refuseIncomplete(env: Env): void {
  const named = CREDENTIALS.find(name => env[name]);
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
    hint: `Write the file in an earlier step of this job, or unset ${name} to log in as another identity.`
  });
}
