import type { Capability, Configuration, FirewallRule, Server, VirtualEndpoint } from '@azure/arm-postgresql-flexible';
import { ProviderError } from '../../src/errors.ts';
import type { Answer, Azure, RequestOptions } from '../../src/providers/azure/api/client.ts';
import { namesOf, regionOf } from '../../src/providers/azure/api/names.ts';
import type { DiagnosticSetting, Lock, MetricAlert } from '../../src/providers/azure/api/types.ts';
import { idOfServer, type AzureContext } from '../../src/providers/azure/context.ts';
import type { Lookups } from '../../src/providers/azure/desired/look-up.ts';
import { readLiveState } from '../../src/providers/azure/live-state.ts';
import { azure as provider } from '../../src/providers/azure/provider.ts';
import type { ProviderDefinition, Setup } from '../../src/providers/provider.ts';
import { requestCache } from '../../src/providers/request-cache.ts';
import { capability } from '../clouds/azure/catalogue.ts';
import { cloudRun, type CloudRun } from './cloud-run.ts';

export const SUBSCRIPTION = '11111111-2222-3333-4444-555555555555';
export const GROUP_ID = `/subscriptions/${SUBSCRIPTION}/resourceGroups/shop`;
export const SERVER_ID = idOfServer(GROUP_ID, 'orders');

/** A list by the name of the server that it is of. */
type OfServer<T> = Readonly<Record<string, readonly T[]>>;

/** What Azure would answer. */
export interface Account {
  readonly servers?: readonly Server[];
  readonly configurations?: OfServer<Configuration>;
  readonly databases?: readonly string[];
  readonly rules?: OfServer<FirewallRule>;
  readonly administrators?: readonly {
    readonly objectId?: string;
    readonly name?: string;
    readonly principalName?: string;
  }[];
  readonly endpoints?: readonly VirtualEndpoint[];
  readonly locks?: readonly Lock[];
  readonly settings?: readonly DiagnosticSetting[];
  readonly alerts?: readonly MetricAlert[];
  /** Default: what the fake of Azure offers. */
  readonly offers?: readonly Capability[];
  /** Answers of Resource Manager, by the end of a path without its query. `undefined`: not found. */
  readonly paths?: Readonly<Record<string, unknown>>;
  /** Kinds of failures, by the end of a permission. */
  readonly failing?: Readonly<Record<string, ProviderError['kind']>>;
}

type With = Readonly<Record<string, string>>;

/** Runs against these answers, without a network. */
export async function runOf(account: Account, inputs: With): Promise<CloudRun> {
  return cloudRun(answering(account), {}, { name: 'orders', resource_group_name: 'shop', ...inputs });
}

function answering(account: Account): ProviderDefinition<AzureContext, Lookups> {
  return { ...provider, open: async setup => contextOf(setup, account) };
}

/** A context as `openContext` makes it, with the password and all that the setup gives. */
function contextOf({ spec, execution, owner, options, secret, mask }: Setup, account: Account): AzureContext {
  const { settings } = spec;
  const azure = azureOf(account);
  const names = namesOf(spec.name);
  const resourceGroup = settings.resource_group_name ?? 'shop';
  const serverId = idOfServer(GROUP_ID, names.server);
  const source = { azure, names, resourceGroup, groupId: GROUP_ID, serverId, settings };
  let liveState = readLiveState(source);
  return {
    spec,
    settings,
    target: {
      provider: 'azure',
      account: SUBSCRIPTION,
      region: regionOf(settings.location ?? 'eastus'),
      name: names.server,
      environment: spec.environment,
      ...owner
    },
    names,
    azure,
    resourceGroup,
    groupId: GROUP_ID,
    serverId,
    tenant: async () => 'tenant',
    options,
    execution,
    pollSeconds: 1,
    honoursRetryAfter: false,
    prices: undefined,
    secret,
    mask,
    once: requestCache(),
    liveState: () => liveState,
    invalidate: () => {
      liveState = readLiveState(source);
    }
  };
}

function azureOf(account: Account): Azure {
  const refuse = (operation: string): void => {
    const [, kind] = Object.entries(account.failing ?? {}).find(([end]) => operation.endsWith(end)) ?? [];
    if (kind !== undefined)
      throw new ProviderError(`Could not call ${operation}: refused`, { kind, permission: operation });
  };
  const client = clientOf(account);
  const call: Azure['call'] = async (operation, send) => {
    refuse(operation);
    const options = { abortSignal: new AbortController().signal } as RequestOptions;
    return send(client as never, options);
  };
  const rest = async (operation: string, url: string): Promise<Answer> => {
    refuse(operation);
    const [path = ''] = url.split('?');
    const known: Readonly<Record<string, unknown>> = {
      'microsoft.authorization/locks': { value: account.locks ?? [] },
      'microsoft.insights/diagnosticsettings': { value: account.settings ?? [] },
      'microsoft.insights/metricalerts': { value: account.alerts ?? [] },
      'microsoft.insights/diagnosticsettings/pgkeep': account.settings?.find(({ name }) => name === 'pgkeep'),
      '/eventtypes/management/values': { value: [] },
      ...account.paths
    };
    const [, body] = Object.entries(known).find(([end]) => path.toLowerCase().endsWith(end)) ?? [];
    if (body === undefined) throw new ProviderError(`Could not find ${path}`, { kind: 'not-found' });
    return { status: 200, body, header: () => undefined };
  };
  return {
    subscription: SUBSCRIPTION,
    call,
    rest: async (operation, _method, path) => rest(operation, path),
    list: async (operation, path) => ((await rest(operation, path)).body as { value?: readonly unknown[] }).value ?? [],
    begin: async () => {
      throw new Error('Nothing is changed here');
    },
    caller: async () => new Set(),
    databaseToken: async () => 'token'
  };
}

/** The reading methods of the client. */
function clientOf(account: Account): object {
  const {
    servers = [],
    configurations = {},
    databases = [],
    rules = {},
    administrators = [],
    endpoints = []
  } = account;
  const named = (name: string): Server => {
    const live = servers.find(one => one.name === name);
    if (live === undefined) throw new ProviderError(`Could not find ${name}`, { kind: 'not-found' });
    return live;
  };
  const of = <T>(lists: OfServer<T>) => ({ listByServer: (_group: string, name: string) => pages(lists[name] ?? []) });
  return {
    servers: { get: async (_group: string, name: string) => named(name), listByResourceGroup: () => pages(servers) },
    replicas: {
      listByServer: (_group: string, name: string) =>
        pages(servers.filter(one => one.sourceServerResourceId?.endsWith(`/${name}`)))
    },
    configurations: {
      ...of(configurations),
      get: async (_group: string, server: string, name: string) =>
        configurations[server]?.find(one => one.name === name)
    },
    databases: { listByServer: () => pages(databases.map(name => ({ name }))) },
    firewallRules: of(rules),
    administratorsMicrosoftEntra: { listByServer: () => pages(administrators) },
    virtualEndpoints: { listByServer: () => pages(endpoints) },
    capabilitiesByLocation: { list: () => pages<unknown>(account.offers ?? [capability()]) },
    nameAvailability: { checkGlobally: async () => ({ nameAvailable: true }) }
  };
}

function pages<T>(all: readonly T[]): AsyncIterable<T> & { readonly byPage: () => AsyncIterable<readonly T[]> } {
  return {
    async *[Symbol.asyncIterator]() {
      yield* all;
    },
    async *byPage() {
      yield all;
    }
  };
}
