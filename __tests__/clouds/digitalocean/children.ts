import { connectionOf, DEFAULT_NETWORK, hostOf, shownUser } from './clusters.ts';
import { sizeCalled } from './catalogue.ts';
import { DoFault, invalid, notFound } from './fault.ts';
import {
  clusterOf,
  FOREVER,
  idle,
  type Cluster,
  type Json,
  type Pool,
  type Replica,
  text,
  type CloudState
} from './state.ts';

export const dbs = {
  list: (cloud: CloudState, id: string): Json => ({ dbs: [...clusterOf(cloud, id).dbs].map(name => ({ name })) }),
  get: (cloud: CloudState, id: string, name: string): Json => {
    if (!clusterOf(cloud, id).dbs.has(name)) throw notFound('database');
    return { db: { name } };
  },
  add: (cloud: CloudState, id: string, body: Json): Json => {
    const cluster = idle(cloud, id);
    const name = text(body['name']);
    if (cluster.dbs.has(name)) throw invalid(`database name already exists`);
    cluster.dbs.add(name);
    return { db: { name } };
  },
  remove: (cloud: CloudState, id: string, name: string): undefined => {
    if (!clusterOf(cloud, id).dbs.delete(name)) throw notFound('database');
  }
};

export const users = {
  list: (cloud: CloudState, id: string): Json => ({
    users: [...clusterOf(cloud, id).users.values()].map(user => shownUser(cloud, user))
  }),
  get: (cloud: CloudState, id: string, name: string): Json => {
    const user = clusterOf(cloud, id).users.get(name);
    if (user === undefined) throw notFound('user');
    return { user: shownUser(cloud, user) };
  },
  add: (cloud: CloudState, id: string, body: Json): Json => {
    const cluster = idle(cloud, id);
    const name = text(body['name']);
    if (cluster.users.has(name)) throw invalid('user name already exists');
    const user = { name, role: 'normal' as const, password: `AVNS_${cloud.uuid().replace(/-/g, '')}` };
    cluster.users.set(name, user);
    return { user: shownUser(cloud, user) };
  },
  /** The old password ends at once. */
  resetAuth: (cloud: CloudState, id: string, name: string): Json => {
    const cluster = idle(cloud, id);
    const user = cluster.users.get(name);
    if (user === undefined) throw notFound('user');
    const renewed = { ...user, password: `AVNS_${cloud.uuid().replace(/-/g, '')}` };
    cluster.users.set(name, renewed);
    return { user: shownUser(cloud, renewed) };
  },
  remove: (cloud: CloudState, id: string, name: string): undefined => {
    if (!clusterOf(cloud, id).users.delete(name)) throw notFound('user');
  }
};

export const pools = {
  list: (cloud: CloudState, id: string): Json => {
    const cluster = clusterOf(cloud, id);
    return { pools: [...cluster.pools.values()].map(pool => shownPool(cloud, cluster, pool)) };
  },
  get: (cloud: CloudState, id: string, name: string): Json => {
    const cluster = clusterOf(cloud, id);
    return { pool: shownPool(cloud, cluster, poolOf(cluster, name)) };
  },
  add: (cloud: CloudState, id: string, body: Json): Json => {
    const cluster = idle(cloud, id);
    const name = text(body['name']);
    // The description of `connection_pool`: between 3 and 60 characters.
    if (name.length < 3 || name.length > 60) throw invalid('invalid pool name');
    if (cluster.pools.has(name)) throw invalid('pool name already exists');
    const pool = checked(cluster, name, body);
    cluster.pools.set(name, pool);
    return { pool: shownPool(cloud, cluster, pool) };
  },
  put: (cloud: CloudState, id: string, name: string, body: Json): undefined => {
    const cluster = idle(cloud, id);
    poolOf(cluster, name);
    cluster.pools.set(name, checked(cluster, name, body));
  },
  remove: (cloud: CloudState, id: string, name: string): undefined => {
    if (!clusterOf(cloud, id).pools.delete(name)) throw notFound('connection pool');
  }
};

function poolOf(cluster: Cluster, name: string): Pool {
  const pool = cluster.pools.get(name);
  if (pool === undefined) throw notFound('connection pool');
  return pool;
}

/** All pools together share what the memory gives. */
function checked(cluster: Cluster, name: string, body: Json): Pool {
  const [mode, db, user] = [text(body['mode']), text(body['db']), text(body['user'])];
  const size = Number(body['size']);
  if (!['transaction', 'session', 'statement'].includes(mode)) throw invalid('invalid pool mode');
  if (!cluster.dbs.has(db)) throw invalid(`database ${db} does not exist`);
  if (user !== '' && !cluster.users.has(user)) throw invalid(`user ${user} does not exist`);
  const others = [...cluster.pools.values()].filter(pool => pool.name !== name);
  const taken = others.reduce((sum, pool) => sum + pool.size, 0);
  const most = (sizeCalled(cluster.size)?.memoryGib ?? 1) * 25 - 3;
  if (size < 1 || taken + size > most) throw invalid(`pool size limit exceeded: ${most - taken} connections are left`);
  return { name, mode, size, db, user: user === '' ? undefined : user };
}

function shownPool(cloud: CloudState, cluster: Cluster, { name, mode, size, db, user }: Pool): Json {
  const place = { database: name, port: 25061, ...(user === undefined ? {} : { user }) };
  return {
    name,
    mode,
    size,
    db,
    ...(user === undefined ? {} : { user }),
    connection: connectionOf(cloud, cluster, hostOf(cluster.name), place),
    private_connection: connectionOf(cloud, cluster, `private-${hostOf(cluster.name)}`, place)
  };
}

/** Keys that the service takes, and what of them. An object replaces the one that was there. */
const CONFIG: Readonly<Record<string, 'integer' | 'number' | 'boolean' | 'string' | 'object'>> = {
  autovacuum_max_workers: 'integer',
  autovacuum_naptime: 'integer',
  autovacuum_vacuum_scale_factor: 'number',
  backup_hour: 'integer',
  backup_minute: 'integer',
  deadlock_timeout: 'integer',
  idle_in_transaction_session_timeout: 'integer',
  jit: 'boolean',
  log_min_duration_statement: 'integer',
  max_connections: 'integer',
  max_parallel_workers: 'integer',
  max_worker_processes: 'integer',
  'pg_stat_statements.track': 'string',
  pgbouncer: 'object',
  shared_buffers_percentage: 'number',
  temp_file_limit: 'integer',
  timezone: 'string',
  track_activity_query_size: 'integer',
  work_mem: 'integer'
};

export const config = {
  get: (cloud: CloudState, id: string): Json => ({ config: clusterOf(cloud, id).config }),
  patch: (cloud: CloudState, id: string, body: Json): undefined => {
    const cluster = idle(cloud, id);
    const wanted = (body['config'] ?? {}) as Json;
    for (const [key, value] of Object.entries(wanted)) {
      const kind = CONFIG[key];
      if (kind === undefined) throw invalid(`unknown configuration key ${key}`);
      const isOf =
        kind === 'integer'
          ? Number.isInteger(value)
          : kind === 'number'
            ? typeof value === 'number'
            : typeof value === kind;
      if (!isOf) throw invalid(`invalid value for ${key}`);
    }
    cluster.config = { ...cluster.config, ...wanted };
  }
};

export const replicas = {
  list: (cloud: CloudState, id: string): Json => {
    const cluster = clusterOf(cloud, id);
    return {
      replicas: [...cluster.replicas.values()]
        .filter(({ unseen }) => unseen === 0)
        .map(replica => shownReplica(cloud, cluster, replica))
    };
  },
  get: (cloud: CloudState, id: string, name: string): Json => {
    const cluster = clusterOf(cloud, id);
    const replica = cluster.replicas.get(name);
    if (replica === undefined) throw notFound('replica');
    // For minutes after its creation: https://github.com/digitalocean/api-v2/issues/200
    if (replica.unseen > 0) {
      replica.unseen -= 1;
      throw notFound('replica');
    }
    if (replica.doing === 'vanished' && replica.looks <= 1) {
      cluster.replicas.delete(name);
      throw notFound('replica');
    }
    if (replica.looks > 0) replica.looks -= 1;
    return { replica: shownReplica(cloud, cluster, replica) };
  },
  add: (cloud: CloudState, id: string, body: Json): Json => {
    const cluster = idle(cloud, id);
    if (cluster.untilBackup > 0) {
      cluster.untilBackup -= 1;
      throw new DoFault(412, 'precondition_failed', 'cannot create a replica until the first backup has completed');
    }
    const name = text(body['name']);
    if (cluster.replicas.has(name)) throw invalid('replica name is not available');
    const size = text(body['size']) === '' ? cluster.size : text(body['size']);
    if (isSmaller(size, cluster.size)) {
      throw invalid('the replica must be at least as large as the primary');
    }
    const replica: Replica = {
      id: cloud.uuid(),
      name,
      region: text(body['region']) === '' ? cluster.region : text(body['region']),
      size,
      private_network_uuid: text(body['private_network_uuid']) || DEFAULT_NETWORK,
      tags: [...((body['tags'] ?? []) as readonly string[])],
      created_at: cloud.now(),
      // The description of `database_replica`: without a value, it has what comes with the size.
      storage_size_mib: Number(body['storage_size_mib'] ?? sizeCalled(size)?.storage[0] ?? 0),
      // Limited like a primary: https://docs.digitalocean.com/products/databases/postgresql/how-to/add-read-only-nodes/
      rules: [],
      unseen: cloud.pace.unseenReplica,
      ...doing(cloud, 'creating')
    };
    cluster.replicas.set(name, replica);
    return { replica: shownReplica(cloud, cluster, replica) };
  },
  remove: (cloud: CloudState, id: string, name: string): undefined => {
    if (!clusterOf(cloud, id).replicas.delete(name)) throw notFound('replica');
  },
  resize: (cloud: CloudState, replicaId: string, body: Json): boolean => {
    for (const cluster of cloud.clusters.values()) {
      const replica = [...cluster.replicas.values()].find(one => one.id === replicaId);
      if (replica === undefined) continue;
      // https://github.com/digitalocean/terraform-provider-digitalocean/pull/1103: a resize right after another change.
      if (replica.looks > 0) {
        const why = 'update cluster cannot be performed. Reason: cluster is undergoing maintenance';
        throw new DoFault(412, 'precondition_failed', why);
      }
      const size = text(body['size']);
      const least = sizeCalled(size)?.storage[0] ?? 0;
      const storage = Number(body['storage_size_mib'] ?? Math.max(replica.storage_size_mib, least));
      if (storage < replica.storage_size_mib) throw invalid('storage can not be made smaller');
      if (isSmaller(size, cluster.size)) throw invalid('the replica must be at least as large as the primary');
      if (size === replica.size && storage === replica.storage_size_mib) throw invalid('cluster already has this size');
      replica.size = size;
      replica.storage_size_mib = storage;
      Object.assign(replica, doing(cloud, 'resizing'));
      return true;
    }
    return false;
  }
};

/** What a replica is at, and for how long. */
function doing(cloud: CloudState, work: 'creating' | 'resizing'): Pick<Replica, 'doing' | 'looks'> {
  const fate = cloud.fates.get(`replica ${work}`);
  if (fate === 'vanished') return { doing: fate, looks: 3 };
  return fate === undefined ? { doing: work, looks: cloud.pace.working } : { doing: fate, looks: FOREVER };
}

/** The description of `database_replica`: the size must be at least that of the cluster's nodes. */
export function isSmaller(size: string, than: string): boolean {
  return (sizeCalled(size)?.memoryGib ?? 0) < (sizeCalled(than)?.memoryGib ?? 0);
}

function shownReplica(cloud: CloudState, cluster: Cluster, replica: Replica): Json {
  const { id, name, region, size, tags, created_at, storage_size_mib: storage } = replica;
  return {
    id,
    name,
    region,
    size,
    private_network_uuid: replica.private_network_uuid,
    status: replica.looks > 0 ? replica.doing.replace('vanished', 'migrating') : 'online',
    tags,
    created_at,
    storage_size_mib: storage,
    connection: connectionOf(cloud, cluster, hostOf(name)),
    private_connection: connectionOf(cloud, cluster, `private-${hostOf(name)}`)
  };
}

export const sinks = {
  list: (cloud: CloudState, id: string): Json => ({ sinks: [...clusterOf(cloud, id).sinks.values()] }),
  add: (cloud: CloudState, id: string, body: Json): Json => {
    const cluster = idle(cloud, id);
    const sink = {
      sink_id: cloud.uuid(),
      sink_name: body['sink_name'],
      sink_type: body['sink_type'],
      config: body['config']
    };
    if ([...cluster.sinks.values()].some(one => one['sink_name'] === sink.sink_name)) {
      throw invalid('sink name already exists');
    }
    cluster.sinks.set(sink.sink_id, sink);
    return { sink };
  },
  put: (cloud: CloudState, id: string, sinkId: string, body: Json): undefined => {
    const cluster = clusterOf(cloud, id);
    const sink = cluster.sinks.get(sinkId);
    if (sink === undefined) throw notFound('logsink');
    cluster.sinks.set(sinkId, { ...sink, config: body['config'] });
  },
  remove: (cloud: CloudState, id: string, sinkId: string): undefined => {
    if (!clusterOf(cloud, id).sinks.delete(sinkId)) throw notFound('logsink');
  }
};
