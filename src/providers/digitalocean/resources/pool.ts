import type { Observed, ResourceType, Work } from '../../../engine/resource.ts';
import { POOL, poolName } from '../api/names.ts';
import type { Cluster, Connection, DoWorld } from '../context.ts';
import { inside, INSIDE_PERMISSIONS, makeInside, putInside, removeInside } from './child-resource.ts';

/** What we read of a connection pool. */
export interface Pool {
  readonly name: string;
  readonly mode: string;
  readonly size: number;
  readonly db: string;
  readonly user?: string;
  readonly connection?: Connection;
}

/** The connection pool of the database: PgBouncer, on a port of its own of the same host. */
export const pool: ResourceType<DoWorld> = {
  type: 'pool',
  fields: {
    mode: { api: 'mode', input: 'proxy_config', impact: 'online' },
    size: { api: 'size', input: 'proxy_config', impact: 'online' },
    database: { api: 'db', input: 'database_name', impact: 'online' },
    user: { api: 'user', input: 'master_username', impact: 'online' }
  },
  permissions: INSIDE_PERMISSIONS,
  observe: async world => {
    const live = await world.live();
    if (live === undefined || world.settings.enable_proxy === undefined) return [];
    const ours = poolName(world.settings.database_name);
    return (await world.pools()).filter(({ name }) => name === ours).map(one => observed(world, live, one));
  },
  create: async (world, work) =>
    makeInside(world, work, 'pools', { name: poolName(world.settings.database_name), ...bodyOf(work) }),
  update: async (world, work) => putInside(world, work, 'pools', 'name', bodyOf(work)),
  remove: async (world, work) => removeInside(world, work, 'pools', 'name')
};

/** All of it: a PUT replaces. */
function bodyOf({ values, observed: seen }: Work): Readonly<Record<string, unknown>> {
  const now = seen?.fields ?? {};
  const { mode, size, database, user } = { ...now, ...values };
  return { mode, size, db: database, ...(user === undefined || user === null ? {} : { user }) };
}

function observed(world: DoWorld, live: Cluster, { name, mode, size, db, user, connection }: Pool): Observed {
  return inside(world, live, {
    address: POOL,
    type: 'pool',
    title: `connection pool ${name}`,
    fields: { mode, size, database: db, user: user ?? null },
    facts: { name, host: connection?.host ?? '', port: connection?.port ?? 25_061 }
  });
}
