import { defined } from '../../engine/defined.ts';
import { serverTime } from '../../engine/server-time.ts';
import { diskWrites, GIB, highest, mean, usageStart, type Usage, type UsageReader } from '../usage.ts';
import type { AzureContext } from './context.ts';
import { READ_METRICS } from './operations/promote.ts';

/** Connections that Azure's own agents may hold: `active_connections` counts them too. */
const OWN_CONNECTIONS = 10;

interface Metric {
  readonly name?: { readonly value?: string };
  readonly timeseries?: readonly {
    readonly data?: readonly { readonly timeStamp?: string; readonly average?: number; readonly maximum?: number }[];
  }[];
}

/**
 * The metrics of the server, a figure a day, by one call.
 * https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-monitoring
 */
export const usage: UsageReader<AzureContext> = { can: true, read: readUsage };

async function readUsage({ azure, execution, liveState }: AzureContext): Promise<Usage | undefined> {
  const live = await liveState().main();
  if (live === undefined) return undefined;
  const now = serverTime(execution);
  const query = new URLSearchParams({
    'api-version': '2018-01-01',
    metricnames: 'cpu_percent,memory_percent,active_connections,storage_used,write_iops',
    aggregation: 'Average,Maximum',
    interval: 'P1D',
    timespan: `${usageStart(now).toISOString()}/${now.toISOString()}`
  });
  const path = `${live.id ?? ''}/providers/Microsoft.Insights/metrics?${query.toString()}`;
  const { body } = await azure.rest(READ_METRICS, 'GET', path);
  const { value: metrics = [] } = (body ?? {}) as { readonly value?: readonly Metric[] };
  const points = (name: string): NonNullable<NonNullable<Metric['timeseries']>[number]['data']> =>
    metrics.find(one => one.name?.value === name)?.timeseries?.[0]?.data ?? [];
  const peaks = (name: string): readonly number[] => points(name).flatMap(({ maximum }) => maximum ?? []);
  const means = (name: string): readonly number[] => points(name).flatMap(({ average }) => average ?? []);
  const averages = means('cpu_percent');
  const peak = highest(peaks('cpu_percent'));
  const used = points('storage_used').flatMap(({ timeStamp, maximum }) =>
    maximum === undefined ? [] : [{ at: new Date(timeStamp ?? now), gib: maximum / GIB }]
  );
  const grows = live.storage?.autoGrow === 'Enabled';
  return defined({
    title: `server ${live.name ?? ''}`,
    size: live.sku?.name ?? '',
    days: averages.length,
    cpu: peak === undefined ? undefined : { average: mean(averages), maximum: peak },
    memory: highest(peaks('memory_percent')),
    connections: highest(peaks('active_connections')),
    ownConnections: OWN_CONNECTIONS,
    writes: diskWrites(means('write_iops')),
    // Storage that grows by itself is not full before the limit of the service.
    disk: used.length === 0 || grows ? undefined : { gib: live.storage?.storageSizeGB ?? 0, used }
  });
}
