import type { Execution } from '../../engine/execution.ts';
import type { Target } from '../../engine/ownership.ts';
import { ActionError } from '../../errors.ts';
import type { Settings } from '../../spec/catalogue.ts';
import { refuseProblems } from '../../spec/problem.ts';
import type { Spec } from '../../spec/spec.ts';
import { orUndefined, ignoring } from '../failures.ts';
import { callLimit } from '../call-limit.ts';
import { firstPauseSeconds, pollSeconds } from '../polling.ts';
import type { ApplyOptions, Setup } from '../provider.ts';
import { openAzure, PUBLIC_ENDPOINT, type Azure } from './api/client.ts';
import { cliAccount, openCredential } from './api/credential.ts';
import { namesOf, regionOf, type Names } from './api/names.ts';
import { readLiveState, type LiveState } from './live-state.ts';

/** What the resources of this wing work with. */
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
  /** Id of the tenant: what the environment says, or the subscription. `undefined` where that may not be read. */
  readonly tenant: () => Promise<string | undefined>;
  readonly options: ApplyOptions;
  readonly execution: Execution;
  /** Seconds between two looks while waiting. */
  readonly pollSeconds: number;
  /** Azure's wish for how often to look counts only where the environment says nothing. */
  readonly honoursRetryAfter: boolean;
  readonly secret: (name: string) => string | undefined;
  readonly mask: (value: string) => void;
  /** What one look at everything shares. */
  readonly liveState: () => LiveState;
  /** Ends that look: the next one asks Azure again. */
  readonly invalidate: () => void;
}

/** What `tenant` needs to be allowed where the environment does not say it. */
export const READ_SUBSCRIPTION = 'Microsoft.Resources/subscriptions/read';

type Env = Readonly<Record<string, string | undefined>>;

/** Opens Azure for a spec and begins the first look. Throws without credentials, subscription, resource group or location. */
export async function openContext(setup: Setup): Promise<AzureContext> {
  const { spec, execution, env } = setup;
  const { settings } = spec;
  const resourceGroup = settings.resource_group_name ?? env['AZURE_RESOURCE_GROUP'] ?? '';
  if (resourceGroup === '') {
    refuseProblems([{ input: 'resource_group_name', why: 'is missing: every server of Azure belongs to one' }]);
  }
  const authority = settings.azure_authority_host ?? env['AZURE_AUTHORITY_HOST'];
  const given =
    settings.azure_subscription_id ?? (env['AZURE_SUBSCRIPTION_ID'] || env['ARM_SUBSCRIPTION_ID'] || undefined);
  const credential = openCredential(env, withoutSlash(authority), given, setup.mask);
  const account = await accountOf(env, given);
  const endpoint = withoutSlash(settings.azure_resource_manager_endpoint ?? env['ARM_ENDPOINT']) ?? PUBLIC_ENDPOINT;
  const azure = openAzure({
    subscription: account.subscription,
    endpoint,
    credential,
    execution,
    firstPause: firstPauseSeconds(setup.env),
    limit: callLimit(setup.env, execution)
  });
  const names = namesOf(spec.name);
  const groupId = `/subscriptions/${account.subscription}/resourceGroups/${resourceGroup}`;
  const serverId = idOfServer(groupId, names.server);
  const source = { azure, names, resourceGroup, groupId, serverId, settings };
  let liveState = readLiveState(source);
  liveState.begin();
  let isFresh = true;
  const location = regionOf(settings.location ?? (await groupLocation(azure, groupId, resourceGroup)));
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
    secret: setup.secret,
    mask: setup.mask,
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
  throw new ActionError('No Azure subscription is known', {
    code: 'input-invalid',
    source: 'user',
    hint: 'Set `azure_subscription_id` or AZURE_SUBSCRIPTION_ID, or give `azure/login` its `subscription-id`.'
  });
}

async function tenantOf(azure: Azure): Promise<string | undefined> {
  const path = `/subscriptions/${azure.subscription}?api-version=2022-12-01`;
  const answer = await ignoring(['denied', 'not-found'], azure.rest(READ_SUBSCRIPTION, 'GET', path));
  return ((answer?.body ?? {}) as { tenantId?: string }).tenantId;
}

/** A database is where its resource group is, unless an input says otherwise. */
async function groupLocation(azure: Azure, groupId: string, name: string): Promise<string> {
  const answer = await orUndefined(
    azure.rest('Microsoft.Resources/subscriptions/resourceGroups/read', 'GET', `${groupId}?api-version=2021-04-01`)
  );
  const { location } = (answer?.body ?? {}) as { location?: string };
  if (location !== undefined) return location;
  throw new ActionError(`There is no resource group ${name} in subscription ${azure.subscription}`, {
    code: 'input-invalid',
    source: 'user',
    hint: 'Correct `resource_group_name` or the subscription, or make the group first: `az group create`.'
  });
}

function withoutSlash(address: string | undefined): string | undefined {
  return address === undefined || address === '' ? undefined : address.replace(/\/+$/, '');
}
