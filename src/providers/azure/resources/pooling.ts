import { defineResource, type Facts, type ResourceKind, type Work } from '../../../engine/resource.ts';
import { textOf, type Value } from '../../../engine/value.ts';
import { POOLING } from '../addresses.ts';
import type { AzureContext } from '../context.ts';
import { configurationsByName, configure, READ_CONFIGURATIONS, WRITE_CONFIGURATIONS } from '../api/configuration.ts';
import { childResource } from './child-resource.ts';

/** Where PgBouncer listens, on the server's own host. */
export const POOL_PORT = 6432;

/** `api` is the name of the configuration. `enabled` comes first: the others exist only with it. */
const KIND = {
  type: 'pooling',
  fields: {
    enabled: { api: 'pgbouncer.enabled', input: 'enable_proxy', impact: 'online' },
    pool_mode: { api: 'pgbouncer.pool_mode', input: 'proxy_config', impact: 'online' },
    default_pool_size: { api: 'pgbouncer.default_pool_size', input: 'proxy_config', impact: 'online' },
    max_client_conn: { api: 'pgbouncer.max_client_conn', input: 'proxy_config', impact: 'online' }
  }
} as const satisfies ResourceKind;

const FIELDS = KIND.fields;
const NAMES = ['enabled', 'pool_mode', 'default_pool_size', 'max_client_conn'] as const;

/** The connection pooler that is built into the server: PgBouncer. */
export const pooling = defineResource<AzureContext>()({
  ...KIND,
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
    const value = (name: (typeof NAMES)[number]): string | undefined => known.get(FIELDS[name].api)?.value;
    const number = (name: (typeof NAMES)[number]): Value => (value(name) === undefined ? null : Number(value(name)));
    return [
      childResource(context, live, KIND, {
        address: POOLING,
        title: poolingTitle(context),
        fields: {
          enabled: value('enabled') === 'true',
          pool_mode: value('pool_mode') ?? null,
          default_pool_size: number('default_pool_size'),
          max_client_conn: number('max_client_conn')
        }
      })
    ];
  },
  create: write,
  update: write,
  remove: async () => undefined
});

export function poolingTitle({ names }: AzureContext): string {
  return `connection pooler of ${names.server}`;
}

async function write(context: AzureContext, { values }: Work<typeof FIELDS>): Promise<Facts> {
  for (const name of NAMES) {
    const value = values[name];
    if (value !== undefined && value !== null) await configure(context, { [FIELDS[name].api]: textOf(value) });
  }
  return {};
}
