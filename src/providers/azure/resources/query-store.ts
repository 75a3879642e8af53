import { defineResource, type Facts, type ResourceKind, type Work } from '../../../engine/resource.ts';
import { QUERY_STORE } from '../addresses.ts';
import type { AzureContext } from '../context.ts';
import { configurationsByName, configure, READ_CONFIGURATIONS, WRITE_CONFIGURATIONS } from '../api/configuration.ts';
import { childResource } from './child-resource.ts';

const CAPTURE = 'pg_qs.query_capture_mode';
const RETENTION = 'pg_qs.retention_period_in_days';
const WAITS = 'pgms_wait_sampling.query_capture_mode';

const KIND = {
  type: 'query-store',
  fields: {
    enabled: { api: CAPTURE, input: 'enable_performance_insights', impact: 'online' },
    retention_days: { api: RETENTION, input: 'performance_insights_retention_period', impact: 'online' }
  }
} as const satisfies ResourceKind;

/** The query store: the queries that take longest, and their waits. */
export const queryStore = defineResource<AzureContext>()({
  ...KIND,
  permissions: {
    observe: [READ_CONFIGURATIONS],
    create: [WRITE_CONFIGURATIONS],
    update: [WRITE_CONFIGURATIONS],
    delete: []
  },
  observe: async context => {
    if (context.settings.enable_performance_insights === undefined) return [];
    const live = await context.liveState().main();
    if (live === undefined) return [];
    const known = await configurationsByName(context);
    const days = Number(known.get(RETENTION)?.value ?? Number.NaN);
    return [
      childResource(context, live, KIND, {
        address: QUERY_STORE,
        title: queryStoreTitle(context),
        fields: {
          enabled: (known.get(CAPTURE)?.value ?? 'none').toLowerCase() !== 'none',
          ...(Number.isNaN(days) ? {} : { retention_days: days })
        }
      })
    ];
  },
  create: write,
  update: write,
  remove: async () => undefined
});

export function queryStoreTitle({ names }: AzureContext): string {
  return `query store of ${names.server}`;
}

async function write(context: AzureContext, { values }: Work<typeof KIND.fields>): Promise<Facts> {
  const { enabled, retention_days: days } = values;
  if (typeof enabled === 'boolean') {
    await configure(context, { [CAPTURE]: enabled ? 'top' : 'none', [WAITS]: enabled ? 'all' : 'none' });
  }
  if (typeof days === 'number') await configure(context, { [RETENTION]: String(days) });
  return {};
}
