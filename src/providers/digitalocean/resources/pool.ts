import type { Observed, ResourceType, Work } from '../../../engine/resource.ts';
import { POOL, poolName } from '../api/names.ts';
import type { Cluster, Connection, DigitalOceanContext } from '../context.ts';
import { childResource, CHILD_PERMISSIONS, createChild, replaceChild, removeChild } from './child-resource.ts';

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
export const pool: ResourceType<DigitalOceanContext> = {
  type: 'pool',
  fields: {
    mode: { api: 'mode', input: 'proxy_config', impact: 'online' },
    size: { api: 'size', input: 'proxy_config', impact: 'online' },
    database: { api: 'db', input: 'database_name', impact: 'online' },
    user: { api: 'user', input: 'master_username', impact: 'online' }
  },
  permissions: CHILD_PERMISSIONS,
  observe: async context => {
    const live = await context.live();
    if (live === undefined || context.settings.enable_proxy === undefined) return [];
    const ours = poolName(context.settings.database_name);
    return (await context.pools()).filter(({ name }) => name === ours).map(one => observed(context, live, one));
  },
  create: async (context, work) =>
    createChild(context, work, 'pools', { name: poolName(context.settings.database_name), ...bodyOf(work) }),
  update: async (context, work) => replaceChild(context, work, 'pools', 'name', bodyOf(work)),
  remove: async (context, work) => removeChild(context, work, 'pools', 'name')
};

/** All of it: a PUT replaces. */
function bodyOf({ values, observed: seen }: Work): Readonly<Record<string, unknown>> {
  const now = seen?.fields ?? {};
  const { mode, size, database, user } = { ...now, ...values };
  return { mode, size, db: database, ...(user === undefined || user === null ? {} : { user }) };
}

function observed(
  context: DigitalOceanContext,
  live: Cluster,
  { name, mode, size, db, user, connection }: Pool
): Observed {
  return childResource(context, live, {
    address: POOL,
    type: 'pool',
    title: `connection pool ${name}`,
    fields: { mode, size, database: db, user: user ?? null },
    facts: { name, host: connection?.host ?? '', port: connection?.port ?? 25_061 }
  });
}
