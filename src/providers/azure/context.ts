import type { Execution } from '../../engine/execution.ts';
import type { Target } from '../../engine/ownership.ts';
import { ActionError, ProviderError } from '../../errors.ts';
import type { Settings } from '../../spec/catalogue.ts';
import { refuseProblems } from '../../spec/problem.ts';
import type { Spec } from '../../spec/spec.ts';
import { ignoring, isFailure, orUndefined, UNREADABLE } from '../failures.ts';
import { callLimit, type WithinLimit } from '../call-limit.ts';
import { firstPauseSeconds, pollSeconds } from '../polling.ts';
import { requestCache } from '../request-cache.ts';
import type { ApplyOptions, Setup } from '../provider.ts';
import { openAzure, PUBLIC_ENDPOINT, type Azure } from './api/client.ts';
import { cliAccount } from './api/cli-account.ts';
import { openCredential } from './api/credential.ts';
import { namesOf, regionOf, type Names } from './api/names.ts';
import { readLiveState, type LiveState } from './live-state.ts';

/** What the resources of this provider work with. */
export interface AzureContext {
  readonly spec: Spec;
  readonly settings: Settings;
  readonly target: Target;
  readonly names: Names;
  readonly azure: Azure;
  readonly resourceGroup: string;
  /** `/subscriptions/…/resourceGroups/…`. */
  readonly groupId: string;
  /** Id of the server. */
  readonly serverId: string;
  /** Id of the tenant, from the environment or the subscription. `undefined` where the subscription may not be read. */
  readonly tenant: () => Promise<string | undefined>;
  readonly options: ApplyOptions;
  readonly execution: Execution;
  /** Seconds between two requests while waiting. */
  readonly pollSeconds: number;
  /** Whether `Retry-After` of a long-running operation counts: only where the environment sets no interval. */
  readonly honoursRetryAfter: boolean;
  /** Where retail prices are read, without a login. `undefined` for a cloud without a public list. */
  readonly prices: { readonly endpoint: string; readonly limit: WithinLimit } | undefined;
  readonly secret: (name: string) => string | undefined;
  readonly mask: (value: string) => void;
  /** Asks for something that cannot change in a run, once in the run. */
  readonly once: ReturnType<typeof requestCache>;
  /** The answers that one observation shares. */
  readonly liveState: () => LiveState;
  /** Ends that observation: the next one asks Azure again. */
  readonly invalidate: () => void;
}

/** The permission that `tenant` needs where the environment does not name it. */
export const READ_SUBSCRIPTION = 'Microsoft.Resources/subscriptions/read';

/** The price list of the public cloud. It takes no login, and gets none. */
const PRICES_ENDPOINT = 'https://prices.azure.com';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Opens Azure for a spec and begins to observe. Throws without credentials, subscription, resource group or location.
 */
export async function openContext(setup: Setup): Promise<AzureContext> {
  const { spec, execution, env } = setup;
  const { settings } = spec;
  const resourceGroup = settings.resource_group_name ?? env['AZURE_RESOURCE_GROUP'] ?? '';
  if (resourceGroup === '') {
    refuseProblems([
      { input: 'resource_group_name', why: 'is missing: every server of Azure belongs to a resource group' }
    ]);
  }
  const authority = settings.azure_authority_host ?? env['AZURE_AUTHORITY_HOST'];
  const given =
    settings.azure_subscription_id ?? (env['AZURE_SUBSCRIPTION_ID'] || env['ARM_SUBSCRIPTION_ID'] || undefined);
  const credential = openCredential(env, withoutSlash(authority), given, setup.mask);
  const account = await accountOf(env, given);
  const endpoint = withoutSlash(settings.azure_resource_manager_endpoint ?? env['ARM_ENDPOINT']) ?? PUBLIC_ENDPOINT;
  const limit = callLimit(setup.env, execution);
  const azure = openAzure({
    subscription: account.subscription,
    endpoint,
    credential,
    execution,
    firstPause: firstPauseSeconds(setup.env),
    limit
  });
  const names = namesOf(spec.name);
  const groupId = `/subscriptions/${account.subscription}/resourceGroups/${resourceGroup}`;
  const serverId = idOfServer(groupId, names.server);
  const source = { azure, names, resourceGroup, groupId, serverId, settings };
  let liveState = readLiveState(source);
  liveState.begin();
  let isFresh = true;
  const location = regionOf(settings.location ?? (await usualLocation(azure, groupId, resourceGroup, liveState)));
  return {
    spec,
    settings,
    target: {
      provider: 'azure',
      account: account.subscription,
      region: location,
      name: names.server,
      environment: spec.environment,
      ...setup.owner
    },
    names,
    azure,
    resourceGroup,
    groupId,
    serverId,
    tenant: async () => account.tenant ?? tenantOf(azure),
    options: setup.options,
    execution,
    pollSeconds: pollSeconds(env),
    honoursRetryAfter: (env['PGKEEP_POLL_SECONDS'] ?? '') === '',
    prices: new URL(endpoint).hostname.endsWith('.cn')
      ? undefined
      : { endpoint: withoutSlash(env['AZURE_RETAIL_PRICES_ENDPOINT']) ?? PRICES_ENDPOINT, limit },
    secret: setup.secret,
    mask: setup.mask,
    once: requestCache(),
    liveState: () => liveState,
    invalidate: () => {
      if (!isFresh) liveState = readLiveState(source);
      isFresh = false;
    }
  };
}

/** Id of a server in a resource group. */
export function idOfServer(groupId: string, name: string): string {
  return `${groupId}/providers/Microsoft.DBforPostgreSQL/flexibleServers/${name}`;
}

async function accountOf(
  env: Env,
  given: string | undefined
): Promise<{ readonly subscription: string; readonly tenant: string | undefined }> {
  const tenant = env['AZURE_TENANT_ID'] || undefined;
  const cli = await cliAccount(env, given);
  if (given !== undefined) return { subscription: given.toLowerCase(), tenant: tenant ?? cli.tenant };
  if (cli.subscription !== undefined) {
    return { subscription: cli.subscription.toLowerCase(), tenant: tenant ?? cli.tenant };
  }
  throw new ActionError('Could not open Azure: no subscription is known', {
    code: 'input-invalid',
    source: 'user',
    hint: 'Set `azure_subscription_id` or AZURE_SUBSCRIPTION_ID, or `subscription-id` of `azure/login`.'
  });
}

async function tenantOf(azure: Azure): Promise<string | undefined> {
  const path = `/subscriptions/${azure.subscription}?api-version=2022-12-01`;
  const answer = await ignoring([...UNREADABLE, 'not-found'], azure.rest(READ_SUBSCRIPTION, 'GET', path));
  return ((answer?.body ?? {}) as { tenantId?: string }).tenantId;
}

const READ_GROUP = 'Microsoft.Resources/subscriptions/resourceGroups/read';

/**
 * Without `location`, a database is created in the region of its resource group. One that exists has a region of its
 * own, which counts where the group may not be read.
 */
async function usualLocation(azure: Azure, groupId: string, name: string, liveState: LiveState): Promise<string> {
  const group = azure.rest(READ_GROUP, 'GET', `${groupId}?api-version=2021-04-01`);
  try {
    const { location } = ((await orUndefined(group))?.body ?? {}) as { location?: string };
    if (location !== undefined) return location;
  } catch (thrown) {
    if (!isFailure(thrown, 'denied')) throw thrown;
    const live = await liveState.main();
    if (live !== undefined) return live.location;
    throw new ProviderError(`Could not choose the region of a new server: ${thrown.message}`, {
      kind: 'denied',
      permission: READ_GROUP,
      cause: thrown,
      hint: `Set \`location\`, or correct \`resource_group_name\`: the region of the group needs \`${READ_GROUP}\`, which a role does not give for a group that does not exist.`
    });
  }
  throw new ActionError(`Could not find the resource group ${name} in subscription ${azure.subscription}`, {
    code: 'input-invalid',
    source: 'user',
    hint: 'Correct `resource_group_name` or the subscription, or create the group first: `az group create`.'
  });
}

function withoutSlash(address: string | undefined): string | undefined {
  return address === undefined || address === '' ? undefined : address.replace(/\/+$/, '');
}
