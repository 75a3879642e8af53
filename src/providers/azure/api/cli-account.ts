import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { defined } from '../../../engine/defined.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** A subscription of the Azure CLI. */
export interface CliAccount {
  readonly subscription?: string;
  readonly tenant?: string;
  /** The CLI's tokens are for this subscription by default. */
  readonly isDefault?: boolean;
}

/** A subscription in the profile of the Azure CLI. Default: the CLI's default subscription. */
export async function cliAccount(env: Env, subscription?: string): Promise<CliAccount> {
  try {
    const text = await readFile(profileFile(env), 'utf8');
    const { subscriptions = [] } = JSON.parse(text.replace(/^\uFEFF/, '')) as {
      subscriptions?: readonly { id?: string; tenantId?: string; isDefault?: boolean }[];
    };
    const one = subscriptions.find(({ id, isDefault }) =>
      subscription === undefined ? isDefault === true : id?.toLowerCase() === subscription.toLowerCase()
    );
    return defined({ subscription: one?.id, tenant: one?.tenantId, isDefault: one?.isDefault });
  } catch {
    return {};
  }
}

/**
 * The client id of the service principal that is logged in to the Azure CLI; `undefined` for a person, or without a
 * login.
 */
export function principalOfCli(env: Env): string | undefined {
  try {
    const { subscriptions = [] } = JSON.parse(readFileSync(profileFile(env), 'utf8').replace(/^\uFEFF/, '')) as {
      subscriptions?: readonly { isDefault?: boolean; user?: { name?: string; type?: string } }[];
    };
    const { user } = subscriptions.find(({ isDefault }) => isDefault === true) ?? {};
    // A managed identity is a service principal too, without a client id here.
    return user?.type === 'servicePrincipal' && /^[\da-f-]{36}$/i.test(user.name ?? '') ? user.name : undefined;
  } catch {
    return undefined;
  }
}

/** Where the Azure CLI keeps its subscriptions. */
export function profileFile(env: Env): string {
  return path.join(env['AZURE_CONFIG_DIR'] || path.join(env['HOME'] ?? homedir(), '.azure'), 'azureProfile.json');
}
