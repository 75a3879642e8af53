import { NETWORKS, REGIONS, sizeCalled, VERSIONS } from './catalogue.ts';
import { DoFault, invalid, notFound } from './fault.ts';
import {
  begin,
  clusterOf,
  idle,
  pass,
  statusOf,
  type Cluster,
  type Json,
  type Rule,
  text,
  type CloudState,
  type Replica
} from './state.ts';

const CA = '-----BEGIN CERTIFICATE-----\nZmFrZQ==\n-----END CERTIFICATE-----\n';

/** A root certificate as DigitalOcean sends it: PEM in base64. */
export function certificate({ place }: CloudState): string {
  return Buffer.from(place?.ca ?? CA).toString('base64');
}

/** A cluster as it is answered; what the token may not see is empty or left out. */
export function shown(cloud: CloudState, cluster: Cluster): Json {
  const [step] = cluster.steps;
  const hasEndpoint = step?.status !== 'creating' && step?.status !== 'forking';
  return {
    id: cluster.id,
    name: cluster.name,
    engine: 'pg',
    version: cluster.version,
    semantic_version: `${cluster.version}.10`,
    size: cluster.size,
    region: cluster.region,
    num_nodes: cluster.num_nodes,
    status: statusOf(cluster),
    created_at: cluster.created_at,
    ...(cloud.denied.has('vpc:read') ? {} : { private_network_uuid: cluster.private_network_uuid }),
    tags: cluster.tags.length === 0 || cloud.denied.has('tag:read') ? null : cluster.tags,
    db_names: [...cluster.dbs],
    ...(cloud.denied.has('project:read') ? {} : { project_id: cluster.project }),
    storage_size_mib: cluster.storage_size_mib,
    maintenance_window: { ...cluster.maintenance, pending: cluster.updates.length > 0, description: cluster.updates },
    users: [...cluster.users.values()].map(user => shownUser(cloud, user)),
    connection: connectionOf(cloud, cluster, hasEndpoint ? hostOf(cluster.name) : ''),
    private_connection: connectionOf(cloud, cluster, hasEndpoint ? `private-${hostOf(cluster.name)}` : '')
  };
}

/** Where everything is that names no network. */
export const DEFAULT_NETWORK = '1b7a9c3e-0000-4000-8000-00000000f00d';

export const hostOf = (name: string): string => `${name}-do-user-7878-0.b.db.ondigitalocean.com`;

export function shownUser(
  cloud: CloudState,
  { name, role, password }: { readonly name: string; readonly role: string; readonly password: string }
): Json {
  return { name, role, ...(cloud.denied.has('database:view_credentials') ? {} : { password }) };
}

export function connectionOf(
  cloud: CloudState,
  cluster: Cluster,
  host: string,
  { database = 'defaultdb', user = 'doadmin', port = 25060 } = {}
): Json {
  if (cloud.isPrivate === true && !host.startsWith('private-')) host = '';
  const { place } = cloud;
  if (place !== undefined && port === 25060 && host !== '') [host, port] = [place.host, place.port];
  const password = cloud.denied.has('database:view_credentials') ? '' : (cluster.users.get(user)?.password ?? '');
  return {
    uri: password === '' ? '' : `postgresql://${user}:${password}@${host}:${port}/${database}?sslmode=require`,
    host,
    port,
    user: password === '' ? '' : user,
    password,
    database,
    ssl: true
  };
}

export function list(cloud: CloudState): readonly Json[] {
  const ours = [...cloud.clusters.values()].flatMap(cluster => {
    if (cluster.unlisted > 0) {
      cluster.unlisted -= 1;
      return [];
    }
    pass(cluster);
    return [shown(cloud, cluster)];
  });
  return [...ours, ...cloud.otherEngines];
}

export function get(cloud: CloudState, id: string): Json {
  const cluster = cloud.clusters.get(id);
  if (cluster !== undefined && cluster.hidden > 0) {
    cluster.hidden -= 1;
    throw notFound('resource');
  }
  pass(clusterOf(cloud, id));
  return { database: shown(cloud, clusterOf(cloud, id)) };
}

/** The replica is a cluster of its own, without pools, alarms and rules, and never follows another one again. */
export function promote(cloud: CloudState, id: string, name: string): undefined {
  const cluster = clusterOf(cloud, id);
  const replica = cluster.replicas.get(name);
  if (replica === undefined) throw notFound('replica');
  if (replica.looks > 0) throw new DoFault(412, 'precondition_failed', 'the replica is currently not online');
  cluster.replicas.delete(name);
  const made: Cluster = {
    ...cluster,
    ...replica,
    num_nodes: 1,
    rules: [...replica.rules],
    dbs: new Set(cluster.dbs),
    users: new Map(cluster.users),
    pools: new Map(),
    replicas: new Map(),
    sinks: new Map(),
    config: { ...cluster.config },
    steps: [],
    hidden: 0,
    unlisted: cloud.pace.unlisted
  };
  begin(cloud, made, 'migrating', () => undefined);
  cloud.clusters.set(made.id, made);
}

export function create(cloud: CloudState, body: Json): Json {
  const name = text(body['name']);
  if (!/^[a-z][a-z0-9-]{1,61}[a-z0-9]$/.test(name)) throw invalid('invalid cluster name');
  const isTaken = cloud.otherEngines.some(one => one['name'] === name);
  if (isTaken || [...cloud.clusters.values()].some(one => one.name === name)) {
    throw invalid('cluster name is not available');
  }
  const vpc = text(body['private_network_uuid']);
  if (vpc !== '' && NETWORKS[vpc] !== body['region']) throw invalid('vpc does not exist in this region');
  const project = text(body['project_id']);
  if (project !== '' && !cloud.projects.has(project)) throw invalid('project not found');
  if (body['engine'] !== 'pg') throw invalid('invalid engine');
  const region = regionOf(body['region']);
  const size = text(body['size']);
  const nodes = Number(body['num_nodes']);
  const fork = body['backup_restore'] as Json | undefined;
  const source = fork === undefined ? undefined : forked(cloud, fork);
  const storage = storageOf(size, nodes, body['storage_size_mib']);
  if (source !== undefined && storage < source.storage_size_mib) {
    throw invalid('storage_size_mib must be at least that of the backup');
  }
  const cluster: Cluster = {
    id: cloud.uuid(),
    name,
    version: versionOf(body['version'] ?? source?.version ?? '17'),
    size,
    region,
    num_nodes: nodes,
    storage_size_mib: storage,
    private_network_uuid: text(body['private_network_uuid']) || DEFAULT_NETWORK,
    tags: [],
    created_at: cloud.now(),
    maintenance: { day: 'tuesday', hour: '14:00:00' },
    updates: [],
    rules: [],
    dbs: new Set(['defaultdb', ...(source?.dbs ?? [])]),
    users: new Map([
      ['doadmin', { name: 'doadmin', role: 'primary', password: `AVNS_${cloud.uuid().replace(/-/g, '')}` }]
    ]),
    pools: new Map(),
    replicas: new Map(),
    sinks: new Map(),
    config: { ...DEFAULT_CONFIG },
    autoscale: { storage: { enabled: false, threshold_percent: 80, increment_gib: 10 } },
    project: text(body['project_id']) || '9cc10173-0000-4000-8000-00000000aaaa',
    steps: [],
    hidden: cloud.pace.hidden,
    unlisted: cloud.pace.unlisted,
    untilBackup: cloud.pace.firstBackup,
    ...(fork === undefined ? {} : { madeFrom: fork })
  };
  putRules(cloud, cluster, (body['rules'] ?? []) as readonly Json[]);
  for (const tag of (body['tags'] ?? []) as readonly string[]) putTag(cloud, cluster, tag);
  // The name that DigitalOcean's own client sends, not the reference's: https://github.com/digitalocean/godo/pull/1018
  const storageAutoscale = body['storage_autoscale'] as Json | undefined;
  if (storageAutoscale !== undefined) cluster.autoscale = { storage: storageAutoscale };
  begin(cloud, cluster, fork === undefined ? 'creating' : 'forking', () => undefined, 0);
  cloud.clusters.set(cluster.id, cluster);
  return { database: shown(cloud, cluster) };
}

/** Of the configuration that is answered without having been asked for. */
const DEFAULT_CONFIG: Readonly<Record<string, unknown>> = {
  autovacuum_naptime: 60,
  backup_hour: 18,
  backup_minute: 26,
  idle_in_transaction_session_timeout: 0,
  log_min_duration_statement: -1,
  max_parallel_workers: 8,
  'pg_stat_statements.track': 'top',
  pgbouncer: { server_reset_query_always: false, min_pool_size: 0, ignore_startup_parameters: [] },
  shared_buffers_percentage: 20,
  temp_file_limit: -1,
  timezone: 'UTC',
  work_mem: 4
};

function forked(cloud: CloudState, fork: Json): Cluster {
  const found = [...cloud.clusters.values()].find(one => one.name === fork['database_name']);
  if (found === undefined) throw notFound('backup');
  return found;
}

function regionOf(region: unknown): string {
  if (!REGIONS.includes(String(region))) throw invalid('invalid region');
  return String(region);
}

function versionOf(version: unknown): string {
  if (!VERSIONS.includes(String(version))) throw invalid('invalid version');
  return String(version);
}

/** What a cluster gets: asked for, rounded up to tens of GiB, or what comes with the size. */
function storageOf(slug: string, nodes: number, asked: unknown): number {
  const size = sizeCalled(slug);
  if (size === undefined) throw invalid('invalid size');
  if (!size.nodes.includes(nodes)) throw invalid('invalid number of nodes for this size');
  const [least, most] = size.storage;
  if (asked === undefined || asked === null) return least;
  const wanted = Math.ceil(Number(asked) / 10_240) * 10_240;
  if (wanted < least || wanted > most) throw invalid(`storage_size_mib must be between ${least} and ${most}`);
  return wanted;
}

export function remove(cloud: CloudState, id: string): undefined {
  clusterOf(cloud, id);
  cloud.clusters.delete(id);
}

export function resize(cloud: CloudState, id: string, body: Json): undefined {
  const cluster = idle(cloud, id);
  const [size, nodes] = [text(body['size']), Number(body['num_nodes'])];
  const [before, after] = [sizeCalled(cluster.size), sizeCalled(size)];
  if (before !== undefined && after !== undefined && after.memoryGib < before.memoryGib) {
    throw invalid('cluster can not be resized to a smaller size');
  }
  const least = after?.storage[0] ?? 0;
  const storage = storageOf(size, nodes, body['storage_size_mib'] ?? Math.max(cluster.storage_size_mib, least));
  if (size === cluster.size && nodes === cluster.num_nodes && storage === cluster.storage_size_mib) {
    throw invalid('cluster already has this size');
  }
  if (storage < cluster.storage_size_mib) throw invalid('storage can not be made smaller');
  // The description of `database_replica`: its size must be at least that of the cluster's nodes.
  const small = [...cluster.replicas.values()].find(
    one => (sizeCalled(one.size)?.memoryGib ?? 0) < (after?.memoryGib ?? 0)
  );
  if (small !== undefined) throw invalid(`replica ${small.name} must be at least as large as the primary`);
  begin(cloud, cluster, 'resizing', one => {
    one.size = size;
    one.num_nodes = nodes;
    one.storage_size_mib = storage;
  });
}

export function migrate(cloud: CloudState, id: string, body: Json): undefined {
  const region = regionOf(body['region']);
  const cluster = idle(cloud, id);
  if (cluster.region === region) throw invalid('cluster is already in this region');
  begin(cloud, cluster, 'migrating', one => {
    one.region = region;
  });
}

/** It says `online` all the time, with the old version until it is done. */
export function upgrade(cloud: CloudState, id: string, body: Json): undefined {
  const cluster = idle(cloud, id);
  const version = versionOf(body['version']);
  if (Number(version) <= Number(cluster.version)) throw invalid('version must be newer than the current one');
  begin(cloud, cluster, 'online', one => {
    one.version = version;
  });
}

export function maintain(cloud: CloudState, id: string, body: Json): undefined {
  const cluster = idle(cloud, id);
  const hour = /^(\d\d:\d\d)/.exec(String(body['hour']))?.[1];
  if (hour === undefined) throw invalid('invalid hour');
  cluster.maintenance = { day: String(body['day']), hour: `${hour}:00` };
}

/** It stays online while its nodes are replaced, and says for a while that the updates wait. */
export function installUpdate(cloud: CloudState, id: string): undefined {
  const cluster = idle(cloud, id);
  begin(cloud, cluster, 'online', () => {
    cluster.updates = [];
  });
}

/** A replica has sources of its own, at the path of its id. */
function replicaOf(cloud: CloudState, id: string): Replica | undefined {
  return [...cloud.clusters.values()].flatMap(({ replicas }) => [...replicas.values()]).find(one => one.id === id);
}

export function firewall(cloud: CloudState, id: string): Json {
  const { rules } = replicaOf(cloud, id) ?? clusterOf(cloud, id);
  return { rules: rules.map(rule => ({ ...rule, cluster_uuid: id, created_at: cloud.now() })) };
}

export function putFirewall(cloud: CloudState, id: string, body: Json): undefined {
  const replica = replicaOf(cloud, id);
  if (replica !== undefined && replica.looks > 0) {
    throw new DoFault(412, 'precondition_failed', 'cluster is undergoing maintenance');
  }
  putRules(cloud, replica ?? idle(cloud, id), (body['rules'] ?? []) as readonly Json[]);
}

function putRules(cloud: CloudState, cluster: { rules: Rule[] }, rules: readonly Json[]): void {
  if (rules.length > 100) throw invalid('too many rules');
  cluster.rules = rules.map((rule): Rule => {
    const [type, value] = [String(rule['type']), String(rule['value'])];
    if (type === 'ip_addr' && !/^[\d.]+(\/\d+)?$/.test(value)) throw invalid(`invalid ip address ${value}`);
    const description = text(rule['description']);
    return { uuid: cloud.uuid(), type, value, ...(description === '' ? {} : { description }) };
  });
}

/** Tags keep the spelling that they were created with. */
export function putTag(cloud: CloudState, cluster: Cluster, tag: string): void {
  if (!/^[a-z0-9_:-]{1,255}$/i.test(tag)) throw invalid('invalid tag');
  const known = [...cloud.tags].find(one => one.toLowerCase() === tag.toLowerCase()) ?? tag;
  cloud.tags.add(known);
  if (!cluster.tags.includes(known)) cluster.tags.push(known);
}

export function putAutoscale(cloud: CloudState, id: string, body: Json): undefined {
  const cluster = idle(cloud, id);
  const storage = body['storage'] as Json | undefined;
  const threshold = Number(storage?.['threshold_percent'] ?? 80);
  if (storage?.['enabled'] === true && (threshold < 15 || threshold > 95)) {
    throw new DoFault(422, 'unprocessable_entity', 'threshold_percent must be between 15 and 95');
  }
  cluster.autoscale = body;
}
