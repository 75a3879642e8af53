import type { Observed, ResourceType, Work } from '../../engine/resource.ts';
import { textOf } from '../../engine/value.ts';
import { found, settled } from '../answers.ts';
import { idOf, whenOnline } from './cluster-wait.ts';
import { POOL, poolName } from './digitalocean-names.ts';
import type { Cluster, Connection, DoWorld } from './digitalocean-world.ts';
import { inside } from './inside.ts';

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
  permissions: {
    observe: ['database:read'],
    create: ['database:create'],
    update: ['database:update'],
    delete: ['database:delete']
  },
  observe: async world => {
    const live = await world.live();
    if (live === undefined || world.settings.enable_proxy === undefined) return [];
    const ours = poolName(world.settings.database_name);
    return (await world.pools()).filter(({ name }) => name === ours).map(one => observed(world, live, one));
  },
  create: async (world, work) => {
    const id = await idOf(world);
    const body = { name: poolName(world.settings.database_name), ...bodyOf(work) };
    const path = `/databases/${id}/pools`;
    const send = async (): Promise<unknown> =>
      world.api.rest('POST', path, body, {
        idempotent: false,
        recheck: async () => found(world.api.rest('GET', `${path}/${encodeURIComponent(body.name)}`))
      });
    await settled(['already-exists'], whenOnline(world, work.context, id, send));
    return { id };
  },
  update: async (world, work) => {
    const id = await idOf(world);
    const path = `/databases/${id}/pools/${encodeURIComponent(textOf(work.observed?.facts['name']))}`;
    await whenOnline(world, work.context, id, async () => world.api.rest('PUT', path, bodyOf(work)));
    return work.observed?.facts ?? {};
  },
  remove: async (world, work) => {
    const id = await idOf(world);
    const path = `/databases/${id}/pools/${encodeURIComponent(textOf(work.observed?.facts['name']))}`;
    await settled(['not-found'], world.api.rest('DELETE', path));
  }
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
