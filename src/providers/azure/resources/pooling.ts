import type { ResourceType, Work } from '../../../engine/resource.ts';
import { textOf, type Value } from '../../../engine/value.ts';
import { POOLING } from '../addresses.ts';
import type { AzureContext } from '../context.ts';
import { configurationsByName, configure, READ_CONFIGURATIONS, WRITE_CONFIGURATIONS } from '../api/configuration.ts';
import { childResource } from './child-resource.ts';

/** Where PgBouncer listens, on the server's own host. */
export const POOL_PORT = 6432;

/** PgBouncer's part of the configurations by field, `enabled` first: the others appear with it. */
const CONFIGURATIONS = {
  enabled: 'pgbouncer.enabled',
  pool_mode: 'pgbouncer.pool_mode',
  default_pool_size: 'pgbouncer.default_pool_size',
  max_client_conn: 'pgbouncer.max_client_conn'
} as const;

/** The connection pooler that is built into the server: PgBouncer. */
export const pooling: ResourceType<AzureContext> = {
  type: 'pooling',
  fields: {
    enabled: { api: CONFIGURATIONS.enabled, input: 'enable_proxy', impact: 'online' },
    pool_mode: { api: CONFIGURATIONS.pool_mode, input: 'proxy_config', impact: 'online' },
    default_pool_size: { api: CONFIGURATIONS.default_pool_size, input: 'proxy_config', impact: 'online' },
    max_client_conn: { api: CONFIGURATIONS.max_client_conn, input: 'proxy_config', impact: 'online' }
  },
  permissions: {
    observe: [READ_CONFIGURATIONS],
    create: [WRITE_CONFIGURATIONS],
    update: [WRITE_CONFIGURATIONS],
    delete: []
  },
  observe: async context => {
    if (context.settings.enable_proxy === undefined) return [];
    const live = await context.liveState().main();
    if (live === undefined) return [];
    const known = await configurationsByName(context);
    const value = (name: string): string | undefined => known.get(name)?.value;
    const number = (name: string): Value => (value(name) === undefined ? null : Number(value(name)));
    return [
      childResource(context, live, {
        address: POOLING,
        type: 'pooling',
        title: poolingTitle(context),
        fields: {
          enabled: value(CONFIGURATIONS.enabled) === 'true',
          pool_mode: value(CONFIGURATIONS.pool_mode) ?? null,
          default_pool_size: number(CONFIGURATIONS.default_pool_size),
          max_client_conn: number(CONFIGURATIONS.max_client_conn)
        }
      })
    ];
  },
  create: write,
  update: write,
  remove: async () => undefined
};

export function poolingTitle({ names }: AzureContext): string {
  return `connection pooler of ${names.server}`;
}

async function write(context: AzureContext, { values }: Work): Promise<Record<string, never>> {
  for (const [field, name] of Object.entries(CONFIGURATIONS)) {
    const value = values[field];
    if (value !== undefined && value !== null) await configure(context, { [name]: textOf(value) });
  }
  return {};
}
