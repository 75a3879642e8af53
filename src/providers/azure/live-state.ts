import type {
  AdministratorMicrosoftEntra,
  Capability,
  Configuration,
  Database,
  FirewallRule,
  NameAvailabilityModel,
  Server
} from '@azure/arm-postgresql-flexible';
import { pageCounter, type Limited } from '../../engine/limits.ts';
import { ALARMS } from '../../spec/alarms.ts';
import type { Settings } from '../../spec/catalogue.ts';
import { orUndefined, ignoring, UNREADABLE } from '../failures.ts';
import { requestCache } from '../request-cache.ts';
import type { Azure } from './api/client.ts';
import type { DiagnosticSetting, Lock, MetricAlert } from './api/types.ts';
import type { Names } from './api/names.ts';

/** The most replicas that one server can have. */
export const MOST_REPLICAS = 5;

/** The prefix of the service's permissions. */
export const SERVERS = 'Microsoft.DBforPostgreSQL/flexibleServers';

export interface LiveStateSource {
  readonly azure: Azure;
  readonly names: Names;
  readonly resourceGroup: string;
  readonly groupId: string;
  readonly serverId: string;
  readonly settings: Settings;
}

/** One observation: each request is sent once, however many resources need its answer. */
export interface LiveState {
  /** Sends the requests that need no earlier answer. */
  readonly begin: () => void;
  readonly main: () => Promise<Server | undefined>;
  readonly replicas: () => Promise<readonly Server[]>;
  readonly configurations: () => Promise<readonly Configuration[]>;
  readonly databases: () => Promise<readonly Database[]>;
  readonly rules: () => Promise<readonly FirewallRule[]>;
  /** The same of a replica. */
  readonly rulesAt: (name: string) => Promise<readonly FirewallRule[]>;
  readonly configurationsAt: (name: string) => Promise<readonly Configuration[]>;
  readonly administrators: () => Promise<readonly AdministratorMicrosoftEntra[]>;
  /** All locks that apply to the server, with those of its group and subscription. */
  readonly locks: () => Promise<readonly Lock[]>;
  readonly diagnosticSetting: () => Promise<DiagnosticSetting | undefined>;
  /** Every diagnostic setting of the server, of any owner. */
  readonly diagnosticSettings: () => Promise<readonly DiagnosticSetting[]>;
  /** Metric alerts of the resource group; where they are more than a page, only those with a name of ours. */
  readonly alerts: () => Promise<readonly MetricAlert[]>;
  /** Whether a lock forbids to delete the server and its children. False where locks may not be read. */
  readonly isLocked: () => Promise<boolean>;
  /** The same for everything in its resource group. */
  readonly isGroupLocked: () => Promise<boolean>;
  /** The offers of a region. */
  readonly capabilities: (location: string) => Promise<readonly Capability[]>;
  /** Whether a new server can have the name. */
  readonly nameAvailability: () => Promise<NameAvailabilityModel>;
}

/** The permissions that these two need. */
export const READ_CAPABILITIES = 'Microsoft.DBforPostgreSQL/locations/capabilities/read';
export const CHECK_NAME = 'Microsoft.DBforPostgreSQL/checkNameAvailability/action';

export const LOCKS_API = '2020-05-01';
export const DIAGNOSTICS_API = '2021-05-01-preview';
export const ALERTS_API = '2018-03-01';

export function readLiveState({
  azure,
  names,
  resourceGroup,
  groupId,
  serverId,
  settings
}: LiveStateSource): LiveState {
  const once = requestCache();
  const group = resourceGroup;
  const { server } = names;
  const main = once('server', async () =>
    orUndefined(azure.call(`${SERVERS}/read`, async (client, options) => client.servers.get(group, server, options)))
  );
  /** Children of a server are not asked for where there is no server. */
  const ofServer = <T>(key: string, ask: () => Promise<readonly T[]>): (() => Promise<readonly T[]>) =>
    once(key, async () => ((await main()) === undefined ? [] : ((await orUndefined(ask())) ?? [])));

  const listConfigurations = async (name: string): Promise<readonly Configuration[]> =>
    azure.call(`${SERVERS}/configurations/read`, async (client, options) =>
      all(client.configurations.listByServer(group, name, options))
    );

  const configurations = once('configurations', async () => {
    // The longest list, page after page: it does not wait for the server.
    const answer = orUndefined(listConfigurations(server));
    answer.catch(() => undefined);
    const live = await main();
    return live === undefined || isProvisioning(live) ? [] : ((await answer) ?? []);
  });

  const locks = ofServer<Lock>(
    'locks',
    async () =>
      (await azure.list(
        'Microsoft.Authorization/locks/read',
        `${serverId}/providers/Microsoft.Authorization/locks?api-version=${LOCKS_API}`
      )) as readonly Lock[]
  );

  const known = async (): Promise<readonly Lock[]> => (await ignoring(UNREADABLE, locks())) ?? [];

  return {
    begin: () => {
      const early: Promise<unknown>[] = [main(), ...(readsConfigurations(settings) ? [configurations()] : [])];
      // A failure is thrown to the resource that needs the answer.
      for (const answer of early) answer.catch(() => undefined);
    },
    main,
    replicas: ofServer('replicas', async () =>
      azure.call(`${SERVERS}/replicas/read`, async (client, options) =>
        all(client.replicas.listByServer(group, server, options))
      )
    ),
    configurations,
    databases: ofServer('databases', async () =>
      azure.call(`${SERVERS}/databases/read`, async (client, options) =>
        all(client.databases.listByServer(group, server, options))
      )
    ),
    rules: ofServer('rules', async () => listRules({ azure, resourceGroup }, server)),
    rulesAt: async name => once(`rules ${name}`, async () => listRules({ azure, resourceGroup }, name))(),
    configurationsAt: async name => once(`configurations ${name}`, async () => listConfigurations(name))(),
    administrators: ofServer('administrators', async () =>
      azure.call(`${SERVERS}/administrators/read`, async (client, options) =>
        all(client.administratorsMicrosoftEntra.listByServer(group, server, options))
      )
    ),
    locks,
    isLocked: async () => (await known()).length > 0,
    isGroupLocked: async () =>
      (await known()).some(({ id = '' }) => !id.toLowerCase().startsWith(`${serverId.toLowerCase()}/`)),
    diagnosticSetting: once('diagnostic setting', async () =>
      (await main()) === undefined ? undefined : readOwnSetting({ azure, serverId, names })
    ),
    diagnosticSettings: ofServer(
      'diagnostic settings',
      async () =>
        (await azure.list(
          'Microsoft.Insights/diagnosticSettings/read',
          `${serverId}/providers/Microsoft.Insights/diagnosticSettings?api-version=${DIAGNOSTICS_API}`
        )) as readonly DiagnosticSetting[]
    ),
    alerts: once('alerts', async () => {
      // Alerts can outlive their server. Without a server they matter only where an input names them.
      if (settings.alarms === undefined && (await main()) === undefined) return [];
      const read = async (path: string): Promise<unknown> => {
        const url = `${groupId}/providers/Microsoft.Insights/metricAlerts${path}?api-version=${ALERTS_API}`;
        return (await orUndefined(azure.rest('Microsoft.Insights/metricAlerts/read', 'GET', url)))?.body;
      };
      const page = ((await read('')) ?? {}) as { readonly value?: readonly MetricAlert[]; readonly nextLink?: string };
      if ((page.nextLink ?? '') === '') return page.value ?? [];
      // Others have many: ours are asked for by their names.
      const ours = await Promise.all(ALARMS.map(async name => read(`/${names.alert(name)}`)));
      return ours.filter(one => one !== undefined) as readonly MetricAlert[];
    }),
    capabilities: async location =>
      once(`capabilities ${location}`, async () =>
        azure.call(READ_CAPABILITIES, async (client, options) =>
          all(client.capabilitiesByLocation.list(location, options))
        )
      )(),
    nameAvailability: once('name', async () =>
      azure.call(CHECK_NAME, async (client, options) =>
        client.nameAvailability.checkGlobally({ name: server, type: SERVERS }, options)
      )
    )
  };
}

/**
 * Whether a server is being made. Its configurations can't be read: Azure answers with an internal error.
 * https://github.com/Azure/azure-rest-api-specs/issues/20424
 */
export function isProvisioning({ state }: Server): boolean {
  return state === 'Provisioning';
}

/** Whether an input sets something that Azure keeps as a configuration of a server. */
function readsConfigurations({
  parameters,
  enable_proxy: proxy,
  enable_performance_insights: insights
}: Settings): boolean {
  return [parameters, proxy, insights].some(input => input !== undefined);
}

/** The diagnostic setting of our name at this moment. */
export async function readOwnSetting({
  azure,
  serverId,
  names
}: Pick<LiveStateSource, 'azure' | 'serverId' | 'names'>): Promise<DiagnosticSetting | undefined> {
  const path = `${serverId}/providers/Microsoft.Insights/diagnosticSettings/${names.diagnosticSetting}?api-version=${DIAGNOSTICS_API}`;
  const answer = await orUndefined(azure.rest('Microsoft.Insights/diagnosticSettings/read', 'GET', path));
  return answer?.body as DiagnosticSetting | undefined;
}

/** The firewall rules of a server at this moment. */
export async function listRules(
  { azure, resourceGroup }: Pick<LiveStateSource, 'azure' | 'resourceGroup'>,
  name: string
): Promise<readonly FirewallRule[]> {
  return azure.call(`${SERVERS}/firewallRules/read`, async (client, options) =>
    all(client.firewallRules.listByServer(resourceGroup, name, options))
  );
}

/** All items of a paged answer. */
export async function all<T>(
  items: { byPage(): AsyncIterable<readonly T[]> },
  limited?: Limited
): Promise<readonly T[]> {
  const gathered: T[] = [];
  const count = pageCounter('a list of Azure', limited);
  for await (const page of items.byPage()) {
    count();
    gathered.push(...page);
  }
  return gathered;
}
