import type { Capability, Configuration, FirewallRule, Server, VirtualEndpoint } from '@azure/arm-postgresql-flexible';
import type { Mark } from '../../src/engine/ownership.ts';
import { ProviderError } from '../../src/errors.ts';
import type { Answer, Azure, RequestOptions, Started } from '../../src/providers/azure/api/client.ts';
import { namesOf, regionOf } from '../../src/providers/azure/api/names.ts';
import type { DiagnosticSetting, Lock, MetricAlert } from '../../src/providers/azure/api/types.ts';
import { idOfServer, type AzureContext } from '../../src/providers/azure/context.ts';
import type { Lookups } from '../../src/providers/azure/desired/look-up.ts';
import { readLiveState } from '../../src/providers/azure/live-state.ts';
import { azure as provider } from '../../src/providers/azure/provider.ts';
import { markTags } from '../../src/providers/mark-tags.ts';
import type { ProviderDefinition, Setup } from '../../src/providers/provider.ts';
import { requestCache } from '../../src/providers/request-cache.ts';
import { capability } from '../clouds/azure/catalogue.ts';
import { cloudRun, type CloudRun } from './cloud-run.ts';
import { recordingClient } from './recording-client.ts';

export const SUBSCRIPTION = '11111111-2222-3333-4444-555555555555';
export const GROUP_ID = `/subscriptions/${SUBSCRIPTION}/resourceGroups/shop`;
export const SERVER_ID = idOfServer(GROUP_ID, 'orders');

/** What our workflow writes onto its resources. */
export const MARK: Mark = { version: 2, repository: 'acme/shop', name: 'orders', environment: '', ownTags: [] };
export const idOf = (name: string): string => SERVER_ID.replace(/orders$/, name);

/** The server that `basic` asks for. */
export const ORDERS: Server = {
  name: 'orders',
  id: SERVER_ID,
  location: 'East US',
  version: '16',
  state: 'Ready',
  sku: { name: 'Standard_D2ds_v5', tier: 'GeneralPurpose' },
  storage: { storageSizeGB: 32, tier: 'P4', autoGrow: 'Enabled' },
  backup: { backupRetentionDays: 7, geoRedundantBackup: 'Disabled' },
  highAvailability: { mode: 'Disabled' },
  authConfig: { activeDirectoryAuth: 'Disabled', passwordAuth: 'Enabled' },
  network: { publicNetworkAccess: 'Enabled' },
  administratorLogin: 'keeper',
  availabilityZone: '1',
  fullyQualifiedDomainName: 'orders.postgres.database.azure.com',
  tags: { ...markTags(MARK), Team: 'shop' }
};
export const { state: _state, highAvailability: _standby, ...STATELESS } = ORDERS;
export const REPLICA: Server = {
  ...ORDERS,
  name: 'orders-replica-1',
  id: idOf('orders-replica-1'),
  replicationRole: 'AsyncReplica',
  sourceServerResourceId: SERVER_ID,
  fullyQualifiedDomainName: 'orders-replica-1.postgres.database.azure.com'
};

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
  /** The price list. */
  readonly prices?: readonly object[];
  /** What happens with a change: `servers.beginDelete`. */
  readonly happens?: (called: string, args: readonly unknown[]) => void;
  /** Where a change says that its state can be asked for. Default: nowhere. */
  readonly started?: Started;
  /** Kinds of failures, by the end of a permission. */
  readonly failing?: Readonly<Record<string, ProviderError['kind']>>;
}

type With = Readonly<Record<string, string>>;

/** Runs against these answers, without a network. What is sent is written down, a line each. */
export async function runOf(account: Account, inputs: With, sent: string[] = []): Promise<CloudRun> {
  return (await opened(account, inputs, sent)).run;
}

/** The same, with the context that the run works with. */
export async function opened(
  account: Account,
  inputs: With,
  sent: string[] = []
): Promise<{ readonly run: CloudRun; readonly context: AzureContext }> {
  let context: AzureContext | undefined;
  const answering: ProviderDefinition<AzureContext, Lookups> = {
    ...provider,
    open: async setup => (context = contextOf(setup, account, sent))
  };
  const run = await cloudRun(answering, {}, { name: 'orders', resource_group_name: 'shop', ...inputs });
  if (context === undefined) throw new Error('The run was not opened');
  return { run, context };
}

/** A context as `openContext` makes it, with the password and all that the setup gives. */
function contextOf(
  { spec, execution, owner, options, secret, mask }: Setup,
  account: Account,
  sent: string[]
): AzureContext {
  const { settings } = spec;
  const azure = azureOf(account, sent);
  const once = requestCache();
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
    prices: account.prices && {
      endpoint: 'https://prices',
      limit: async () => Promise.reject(new Error('no network'))
    },
    secret,
    mask,
    once: <T>(key: string, ask: () => Promise<T>) =>
      once(key, async () => (key.startsWith('prices ') ? (account.prices as T) : ask())),
    liveState: () => liveState,
    invalidate: () => {
      liveState = readLiveState(source);
    }
  };
}

function azureOf(account: Account, sent: string[]): Azure {
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
    rest: async (operation, method, path, body) => {
      if (method === 'GET') return rest(operation, path);
      refuse(operation);
      sent.push([operation, method, path, JSON.stringify(body)].join(' '));
      return { status: 200, body: undefined, header: () => undefined };
    },
    list: async (operation, path) => ((await rest(operation, path)).body as { value?: readonly unknown[] }).value ?? [],
    begin: async (operation, send, options) => {
      refuse(operation);
      await send(
        recordingClient((called, args) => {
          const said = args.map(one => JSON.stringify(one)).join(' ');
          sent.push(`${operation} ${called} ${said}${options?.isRepeatable === false ? ' once' : ''}`);
          account.happens?.(called, args);
        }) as never,
        {} as RequestOptions
      );
      return account.started ?? {};
    },
    beginPatch: async () => account.started ?? {},
    caller: async () => new Set(),
    databaseToken: async () => 'token'
  };
}

/** The reading methods of the client. */
function clientOf(account: Account): object {
  const { configurations = {}, databases = [], rules = {}, administrators = [], endpoints = [] } = account;
  const servers = (): readonly Server[] => account.servers ?? [];
  const named = (name: string): Server => {
    const live = servers().find(one => one.name === name);
    if (live === undefined) throw new ProviderError(`Could not find ${name}`, { kind: 'not-found' });
    return live;
  };
  const of = <T>(lists: OfServer<T>) => ({ listByServer: (_group: string, name: string) => pages(lists[name] ?? []) });
  return {
    servers: { get: async (_group: string, name: string) => named(name), listByResourceGroup: () => pages(servers()) },
    replicas: {
      listByServer: (_group: string, name: string) =>
        pages(servers().filter(one => one.sourceServerResourceId?.endsWith(`/${name}`)))
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
