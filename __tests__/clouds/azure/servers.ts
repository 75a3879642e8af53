import { AzureFault, invalid, notFound } from './azure-fault.ts';
import { PARAMETERS } from './catalogue.ts';
import { begin, look, refuseBusy, refuseStopped } from './operations.ts';
import {
  checkNew,
  checkPatch,
  checkReplicas,
  checkRestore,
  checkServer,
  member,
  refuseDependents,
  withTier
} from './server-checks.ts';
import { textOf, type Call, type Json, type Result, type ServerRecord, type CloudState } from './state.ts';

export const serverId = (cloud: CloudState, group: string, name: string): string =>
  `/subscriptions/${cloud.subscription}/resourceGroups/${group}/providers/Microsoft.DBforPostgreSQL/flexibleServers/${name}`;

/** As the portal writes it, which is not how it was asked for. */
const shownLocation = (location: string): string => (location === 'eastus' ? 'East US' : location);

export function shown(server: ServerRecord): Json {
  return {
    id: server.id,
    name: server.name,
    type: 'Microsoft.DBforPostgreSQL/flexibleServers',
    location: shownLocation(server.location),
    tags: server.tags,
    sku: server.sku,
    ...(server.identity === undefined ? {} : { identity: server.identity }),
    properties: server.properties
  };
}

export function replicasOf(cloud: CloudState, server: ServerRecord): readonly ServerRecord[] {
  return [...cloud.servers.values()].filter(one => one.properties['sourceServerResourceId'] === server.id);
}

export function findServer(cloud: CloudState, group: string, name: string): ServerRecord {
  const id = serverId(cloud, group, name);
  const server = cloud.servers.get(id.toLowerCase());
  if (server === undefined) throw notFound(`Microsoft.DBforPostgreSQL/flexibleServers/${name}`);
  return server;
}

/** GET, PUT, PATCH and DELETE of a server. */
export function serverCall({ cloud, method, body }: Call, group: string, name: string): Result {
  if (method === 'PUT') return put(cloud, group, name, body);
  const id = serverId(cloud, group, name).toLowerCase();
  if (method === 'DELETE' && !cloud.servers.has(id)) return { status: 204 };
  const server = findServer(cloud, group, name);
  if (method === 'GET') {
    if (server.operation !== undefined) look(cloud, server.operation);
    const { stoppedAt } = server;
    // A stopped server is started by Azure after seven days.
    if (server.properties['state'] === 'Stopped' && stoppedAt !== undefined) {
      if (cloud.now().getTime() - stoppedAt.getTime() >= 7 * 86_400_000) act(cloud, server, 'start');
    }
    if (server.stale !== undefined && server.stale.left > 0) {
      server.stale.left -= 1;
      return { status: 200, body: server.stale.shown };
    }
    return { status: 200, body: shown(findServer(cloud, group, name)) };
  }
  refuseBusy(cloud, server);
  if (method === 'PATCH') {
    refuseStopped(server);
    return patch(cloud, server, body);
  }
  refuseDependents(replicasOf(cloud, server));
  const operation = begin(cloud, server, 'Dropping', cloud.pace.delete, () => {
    cloud.servers.delete(id);
    cloud.deletions.push({ id, at: cloud.now().toISOString() });
    cloud.dropped.set(name.toLowerCase(), server);
    for (const key of cloud.around.keys()) if (key.startsWith(`${id}/`)) cloud.around.delete(key);
  });
  return { status: 202, operation };
}

/** `restart`, `start` and `stop`. */
export function act(cloud: CloudState, server: ServerRecord, verb: string, body: Json = {}): Result {
  refuseBusy(cloud, server);
  const isStopped = server.properties['state'] === 'Stopped';
  // https://learn.microsoft.com/azure/postgresql/flexible-server/how-to-stop-start-server: only a server in that state.
  if (isStopped !== (verb === 'start')) {
    throw new AzureFault(409, 'ServerIsNotReady', `The server '${server.name}' is not in the state for ${verb}.`);
  }
  const states: Readonly<Record<string, string>> = { restart: 'Restarting', start: 'Starting', stop: 'Stopping' };
  const ha = member(server.properties, 'highAvailability');
  const isFailover = body['restartWithFailover'] === true;
  if (isFailover && (ha['mode'] ?? 'Disabled') === 'Disabled') {
    throw invalid('A restart with failover needs high availability.');
  }
  if (isFailover) server.properties = { ...server.properties, highAvailability: { ...ha, state: 'FailingOver' } };
  const operation = begin(cloud, server, states[verb], cloud.pace.update, () => {
    if (isFailover) {
      // Primary and standby change places.
      const [zone, standby] = [server.properties['availabilityZone'] ?? '1', ha['standbyAvailabilityZone'] ?? '2'];
      const swapped = ha['mode'] === 'SameZone' ? {} : { availabilityZone: standby };
      server.properties = {
        ...server.properties,
        ...swapped,
        highAvailability: { ...ha, standbyAvailabilityZone: zone, state: 'Healthy' }
      };
    }
    if (verb === 'stop') {
      server.properties = { ...server.properties, state: 'Stopped' };
      server.stoppedAt = cloud.now();
    }
    for (const configuration of server.configurations.values()) configuration.isPendingRestart = false;
  });
  return { status: 202, operation };
}

function put(cloud: CloudState, group: string, name: string, body: Json): Result {
  if (!cloud.resourceGroups.has(group.toLowerCase()))
    throw new AzureFault(404, 'ResourceGroupNotFound', `Resource group '${group}' could not be found.`);
  const id = serverId(cloud, group, name);
  const before = cloud.servers.get(id.toLowerCase());
  if (before !== undefined) {
    refuseBusy(cloud, before);
    return { status: 202, operation: begin(cloud, before, 'Updating', cloud.pace.update) };
  }
  const taken = [...cloud.servers.values()].find(server => server.name === name);
  if (cloud.takenNames.has(name) || taken !== undefined)
    throw new AzureFault(409, 'ServerNameAlreadyExists', `Specified server name '${name}' is already used.`);
  if (!/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(name)) throw invalid(`The server name '${name}' is not allowed.`);
  const server = newServer(cloud, id, name, group, body);
  const size = textOf(server.sku['name'], '');
  if (cloud.soldOut.has(size)) throw new AzureFault(400, 'SkuNotAvailable', `The size ${size} is not available now.`);
  cloud.servers.set(id.toLowerCase(), server);
  const doomed = cloud.dooms.has(name);
  const operation = begin(cloud, server, 'Provisioning', cloud.pace.create);
  if (doomed) operation.left = 1;
  return { status: 202, operation };
}

function newServer(cloud: CloudState, id: string, name: string, group: string, body: Json): ServerRecord {
  const asked = member(body, 'properties');
  const mode = textOf(asked['createMode'], 'Default');
  const source = mode === 'Default' || mode === 'Create' ? undefined : sourceOf(cloud, asked, name, mode);
  const location = textOf(body['location']).toLowerCase().replaceAll(' ', '');
  const isRestored = source !== undefined && mode !== 'Replica';
  // A restore takes size, storage and login from its source, whatever else is asked for.
  const sku = ((isRestored ? undefined : body['sku']) ?? source?.sku ?? {}) as Json;
  const inherited: Json = { ...source?.properties, highAvailability: { mode: 'Disabled' } };
  const pick = (key: string, fallback: Json): Json => ({
    ...fallback,
    ...member(inherited, key),
    ...member(asked, key)
  });
  const network = member(asked, 'network');
  const hidden = network['delegatedSubnetResourceId'] !== undefined;
  const properties: Json = {
    ...Object.fromEntries(
      ['administratorLogin', 'version', 'availabilityZone'].flatMap(key => {
        const value = asked[key] ?? inherited[key];
        return value === undefined ? [] : [[key, value]];
      })
    ),
    fullyQualifiedDomainName: `${name}.postgres.database.azure.com`,
    minorVersion: '9',
    storage: {
      ...pick('storage', { type: 'Premium_LRS', autoGrow: 'Disabled', tier: 'P4', iops: 120, storageSizeGB: 32 }),
      ...(isRestored ? member(inherited, 'storage') : {})
    },
    authConfig: { activeDirectoryAuth: 'Disabled', passwordAuth: 'Disabled', ...pick('authConfig', {}) },
    backup: pick('backup', { backupRetentionDays: 7, geoRedundantBackup: 'Disabled' }),
    network: { ...network, publicNetworkAccess: hidden ? 'Disabled' : (network['publicNetworkAccess'] ?? 'Enabled') },
    highAvailability: { state: 'NotEnabled', ...pick('highAvailability', { mode: 'Disabled' }) },
    maintenanceWindow: { customWindow: 'Disabled', dayOfWeek: 0, startHour: 0, startMinute: 0 },
    dataEncryption: { type: 'SystemManaged', ...member(asked, 'dataEncryption') },
    replica: { role: mode === 'Replica' ? 'AsyncReplica' : 'Primary', capacity: mode === 'Replica' ? 0 : 5 },
    replicationRole: mode === 'Replica' ? 'AsyncReplica' : 'Primary',
    ...(mode === 'Replica' && source !== undefined ? { sourceServerResourceId: source.id } : {}),
    state: 'Provisioning'
  };
  checkServer(sku, properties);
  if (source === undefined) checkNew(asked);
  else if (isRestored) checkRestore(source, asked, location);
  const isReplica = mode === 'Replica';
  const configurations = isReplica
    ? [...(source?.configurations ?? [])].map(([key, record]) => [key, { ...record, isPendingRestart: false }] as const)
    : Object.entries(PARAMETERS).map(([key, { initial, ofNewServer: own }]) => {
        const from = own === undefined ? 'system-default' : 'user-override';
        return [key, { value: own ?? initial, source: from, isPendingRestart: false }] as const;
      });
  return {
    id,
    name,
    resourceGroup: group,
    location,
    tags: spelled({}, (body['tags'] ?? {}) as ServerRecord['tags']),
    sku,
    identity: body['identity'] as Json | undefined,
    properties,
    password: textOf(asked['administratorLoginPassword'], source?.password ?? ''),
    operation: undefined,
    busyFor: 0,
    closedToAdministratorsFor: 1,
    stale: undefined,
    configurations: new Map(configurations),
    databases: new Map(
      source?.databases ??
        ['azure_maintenance', 'postgres', 'azure_sys'].map(key => [key, { charset: 'UTF8', collation: 'en_US.utf8' }])
    ),
    // Also of a restore: https://github.com/MicrosoftDocs/azure-docs/issues/113485
    firewallRules: new Map(source?.firewallRules ?? []),
    administrators: new Map(),
    backups: new Map(),
    virtualEndpoints: new Map()
  };
}

function sourceOf(cloud: CloudState, asked: Json, name: string, mode: string): ServerRecord {
  const id = textOf(asked['sourceServerResourceId'], '');
  const source =
    mode === 'ReviveDropped'
      ? cloud.dropped.get((id.split('/').at(-1) ?? name).toLowerCase())
      : cloud.servers.get(id.toLowerCase());
  if (source === undefined) throw notFound(id);
  if (mode === 'Replica') {
    if (source.sku['tier'] === 'Burstable') throw invalid('Read replicas are not supported for the Burstable tier.');
    // https://learn.microsoft.com/azure/postgresql/read-replica/concepts-read-replicas: up to five replicas.
    if (replicasOf(cloud, source).length >= 5) throw invalid('A server can have at most five read replicas.');
    refuseBusy(cloud, source);
    begin(cloud, source, 'Updating', cloud.pace.create);
  }
  return source;
}

/**
 * https://learn.microsoft.com/azure/postgresql/read-replica/concepts-read-replicas-promote: a replica, alone in its
 * call; a planned one waits for its source.
 */
function promote(cloud: CloudState, server: ServerRecord, { sourceServerResourceId: named, ...asked }: Json): Result {
  const { promoteMode, promoteOption } = member(asked, 'replica');
  // https://github.com/Azure/azure-cli/issues/33776. The description of the API has no such member.
  const needed = cloud.askForSource.has(server.name) ? server.properties['sourceServerResourceId'] : undefined;
  if (named !== needed) {
    throw new AzureFault(
      400,
      'MissingRequiredParameter',
      "Parameter 'properties.sourceServerResourceId' must be specified. This parameter cannot be NULL or empty."
    );
  }
  if (Object.keys(asked).length > 1) throw invalid('Promoting together with other properties is not supported.');
  if (server.properties['replicationRole'] === 'Primary') throw invalid('The server is not a read replica.');
  const source = cloud.servers.get(textOf(server.properties['sourceServerResourceId']).toLowerCase());
  const endpoints = [...(source?.virtualEndpoints.values() ?? [])];
  const isReader = endpoints.some(one => (one['members'] as readonly string[]).includes(server.name));
  if (promoteMode !== 'Standalone' && !isReader) throw invalid('The replica is not in a virtual endpoint.');
  if (promoteOption === 'Planned' && source?.properties['state'] !== 'Ready') {
    throw new AzureFault(409, 'ServerIsNotReady', 'The primary server is not ready for a planned promotion.');
  }
  const operation = begin(cloud, server, 'Updating', cloud.pace.update, () => {
    const { sourceServerResourceId: _source, ...rest } = server.properties;
    server.properties = {
      ...rest,
      replicationRole: 'Primary',
      replica: { role: 'Primary', capacity: 5 },
      state: 'Ready'
    };
    if (promoteMode === 'Standalone' || source === undefined) return;
    const role = 'AsyncReplica';
    source.properties = {
      ...source.properties,
      highAvailability: { mode: 'Disabled', state: 'NotEnabled' },
      sourceServerResourceId: server.id,
      replicationRole: role,
      replica: { role, capacity: 0 }
    };
    for (const [key, endpoint] of source.virtualEndpoints) {
      server.virtualEndpoints.set(key, { ...endpoint, members: [source.name] });
    }
    source.virtualEndpoints.clear();
  });
  return { status: 202, operation };
}

/** Keys are told apart without regard to case, and stay as they were first written; at most fifty. */
function spelled(now: ServerRecord['tags'], asked: ServerRecord['tags']): ServerRecord['tags'] {
  const tags = new Map<string, readonly [string, string]>();
  for (const [key, value] of Object.entries(asked)) {
    const first = [...Object.keys(now), key].find(one => one.toLowerCase() === key.toLowerCase()) ?? key;
    tags.set(key.toLowerCase(), [first, value]);
  }
  if (tags.size > 50) throw invalid('The number of tags exceeds the limit of 50.');
  return Object.fromEntries(tags.values());
}

/** https://learn.microsoft.com/azure/postgresql/scale/how-to-scale-storage-performance: a tier falls after 12 hours. */
function refuseEarlyTier(cloud: CloudState, server: ServerRecord, asked: Json): void {
  const number = (storage: Json): number => Number(textOf(storage['tier'], 'P0').slice(1));
  const [now, wanted] = [number(member(server.properties, 'storage')), number(member(asked, 'storage'))];
  const age = cloud.now().getTime() - (server.tierRaisedAt?.getTime() ?? 0);
  if (wanted > now) server.tierRaisedAt = cloud.now();
  if (wanted === 0 || wanted >= now || age >= 12 * 3_600_000) return;
  throw new AzureFault(
    400,
    'PerformanceTierCannotBeDowngradedBefore12HoursError',
    'Unable to downgrade storage tier: A higher tier was explicitly set on the server. Tier can only be downgraded after 12 hours'
  );
}

function patch(cloud: CloudState, server: ServerRecord, body: Json): Result {
  const before = shown(server);
  const asked = member(body, 'properties');
  if (asked['replica'] !== undefined) return promote(cloud, server, asked);
  checkPatch(server.properties, asked);
  // https://github.com/hashicorp/terraform-provider-azurerm/issues/27612
  if (body['sku'] !== undefined && asked['highAvailability'] !== undefined)
    throw invalid('Updating the compute size together with high availability is not supported.');
  const size = textOf(member(body, 'sku')['name'], '');
  if (cloud.soldOut.has(size)) throw new AzureFault(400, 'SkuNotAvailable', `The size ${size} is not available now.`);
  // https://github.com/hashicorp/terraform-provider-azurerm, `validate/flexible_server_sku_name.go`
  const isConfidential = (name: unknown): boolean => /^Standard_[DE]C/.test(textOf(name));
  if (size !== '' && isConfidential(size) !== isConfidential(server.sku['name']))
    throw invalid('A change between confidential computing and other sizes is not supported.');
  refuseEarlyTier(cloud, server, asked);
  const source = cloud.servers.get(textOf(server.properties['sourceServerResourceId']).toLowerCase());
  checkReplicas(source, replicasOf(cloud, server), body);
  const { administratorLoginPassword, createMode: _mode, ...rest } = asked;
  const merged = Object.entries(rest).map(([key, value]) => {
    const isGroup = typeof value === 'object' && value !== null && !Array.isArray(value);
    return [key, isGroup ? { ...member(server.properties, key), ...value } : value];
  });
  const properties = withTier({ ...server.properties, ...(Object.fromEntries(merged) as Json) }, asked);
  const sku = { ...server.sku, ...member(body, 'sku') };
  checkServer(sku, properties);
  const ha = member(properties, 'highAvailability');
  server.properties = {
    ...properties,
    highAvailability: { ...ha, state: ha['mode'] === 'Disabled' ? 'NotEnabled' : 'Healthy' }
  };
  server.sku = sku;
  server.stale = { left: cloud.pace.stale, shown: before };
  if (body['tags'] !== undefined) server.tags = spelled(server.tags, body['tags'] as ServerRecord['tags']);
  if (body['identity'] !== undefined) server.identity = body['identity'] as Json;
  if (administratorLoginPassword !== undefined) server.password = textOf(administratorLoginPassword);
  return { status: 202, operation: begin(cloud, server, 'Updating', cloud.pace.update) };
}
