import { defined } from '../../../engine/defined.ts';
import { defineResource, type FieldsOf, type FieldTable, type Work } from '../../../engine/resource.ts';
import type { Value } from '../../../engine/value.ts';
import { POOL } from '../addresses.ts';
import { connectionTo } from '../api/clusters.ts';
import { DOADMIN, poolName } from '../api/names.ts';
import type { Pool } from '../api/types.ts';
import type { DigitalOceanContext } from '../context.ts';
import { childResource, CHILD_PERMISSIONS, createChild, removeChild, replaceChild } from './child-resource.ts';

/** The port of PgBouncer on every host. */
const POOL_PORT = 25_061;

const fields = {
  mode: { api: 'mode', input: 'proxy_config', impact: 'online' },
  size: { api: 'size', input: 'proxy_config', impact: 'online' },
  database: { api: 'db', input: 'database_name', impact: 'online' },
  user: { api: 'user', input: 'master_username', impact: 'online' }
} as const satisfies FieldTable;

type PoolFields = typeof fields;

/** The connection pool of the database: PgBouncer, on another port of the same host. */
export const pool = defineResource<DigitalOceanContext>()({
  type: 'pool',
  fields,
  permissions: CHILD_PERMISSIONS,
  observe: async context => {
    const live = await context.live();
    if (live === undefined || context.settings.enable_proxy === undefined) return [];
    const ours = liveIn(context, await context.pools());
    if (ours === undefined) return [];
    const { name } = ours;
    const { host = '', port = POOL_PORT } = connectionTo(ours);
    return [
      childResource<PoolFields>(context, live, {
        address: POOL,
        type: 'pool',
        title: `connection pool ${name}`,
        fields: liveValues(ours),
        facts: { name, host, port }
      })
    ];
  },
  create: async (context, work) =>
    createChild(context, work, 'pools', { name: poolName(context.settings), ...bodyOf(work) }),
  update: async (context, work) => replaceChild(context, work, 'pools', 'name', bodyOf(work)),
  remove: async (context, work) => removeChild(context, work, 'pools', 'name')
});

/** The pool of our name; where the inputs ask for one and it is missing, one of others that does the same. */
export function liveIn({ settings }: DigitalOceanContext, pools: readonly Pool[]): Pool | undefined {
  const own = pools.find(({ name }) => name === poolName(settings));
  if (own !== undefined || settings.enable_proxy !== true || settings.pool_name !== undefined) return own;
  const { pool_mode: mode, default_pool_size: size } = settings.proxy_config ?? {};
  return pools.find(
    one =>
      one.db === (settings.database_name ?? 'defaultdb') &&
      one.user === (settings.master_username ?? DOADMIN) &&
      (mode === undefined || one.mode === mode) &&
      (size === undefined || one.size === size)
  );
}

function liveValues({ mode, size, db, user }: Pool): FieldsOf<PoolFields, Value> {
  return { mode, size, database: db, user: user ?? null };
}

/** The whole pool, which a PUT replaces. */
function bodyOf({ values, observed }: Work<PoolFields>): Readonly<Record<string, unknown>> {
  const { mode, size, database, user } = { ...observed?.fields, ...values };
  return defined({ mode, size, db: database, user: user ?? undefined });
}
