import { defined } from '../../engine/defined.ts';
import { serverTime } from '../../engine/server-time.ts';
import { GIB, highest, mean, usageStart, type Usage, type UsageReader } from '../usage.ts';
import type { GcpContext } from './context.ts';

/** The permission of it. */
export const READ_METRICS = 'monitoring.timeSeries.list';
const DAY_SECONDS = 86_400;

interface Point {
  readonly interval?: { readonly endTime?: string };
  readonly value?: { readonly doubleValue?: number; readonly int64Value?: string };
}

/** A figure a day of each metric. https://cloud.google.com/sql/docs/postgres/admin-api/metrics */
export const usage: UsageReader<GcpContext> = { can: true, read: readUsage };

async function readUsage(context: GcpContext): Promise<Usage | undefined> {
  const live = await context.live();
  if (live === undefined) return undefined;
  const read = async (metric: string, aligner: string, more = ''): Promise<readonly Figure[]> =>
    figuresOf(context, metric, aligner, more);
  // Cloud SQL's own agents are connected to this one, and write into it.
  const ofUsers = ' AND metric.labels.database!="cloudsqladmin"';
  const [cpu, peak, memory, connections, disk, rows] = await Promise.all([
    read('cpu/utilization', 'ALIGN_MEAN'),
    read('cpu/utilization', 'ALIGN_MAX'),
    read('memory/utilization', 'ALIGN_MAX'),
    read('postgresql/num_backends', 'ALIGN_MAX', ofUsers),
    read('disk/bytes_used', 'ALIGN_MAX'),
    read('postgresql/tuples_processed_count', 'ALIGN_DELTA', ofUsers)
  ]);
  const values = (all: readonly Figure[]): readonly number[] => all.map(({ value }) => value);
  const most = highest(values(peak));
  const busiest = highest(values(memory));
  const written = highest(values(rows));
  const { dataDiskSizeGb: size, storageAutoResize: grows, storageAutoResizeLimit: limit } = live.settings ?? {};
  const limitGib = Number(limit ?? 0);
  // Without a limit it grows as far as Cloud SQL goes.
  const isEndless = grows === true && limitGib === 0;
  return defined({
    title: `server ${live.name}`,
    size: live.settings?.tier ?? '',
    days: cpu.length,
    cpu: most === undefined ? undefined : { average: 100 * mean(values(cpu)), maximum: 100 * most },
    memory: busiest === undefined ? undefined : 100 * busiest,
    connections: highest(values(connections)),
    ownConnections: 0,
    writes: written === undefined ? undefined : { most: written, own: 0, unit: 'rows written a day' },
    disk:
      disk.length === 0 || isEndless
        ? undefined
        : {
            gib: Math.max(Number(size ?? 0), grows === true ? limitGib : 0),
            used: disk.map(({ at, value }) => ({ at, gib: value / GIB }))
          }
  });
}

interface Figure {
  readonly at: Date;
  readonly value: number;
}

/** Oldest first, summed over databases. */
async function figuresOf(
  { gcp, project, execution, name }: GcpContext,
  metric: string,
  aligner: string,
  more: string
): Promise<readonly Figure[]> {
  const now = serverTime(execution);
  const query = new URLSearchParams({
    filter: `metric.type="cloudsql.googleapis.com/database/${metric}" AND resource.labels.database_id="${project}:${name}"${more}`,
    'interval.startTime': usageStart(now).toISOString(),
    'interval.endTime': now.toISOString(),
    'aggregation.alignmentPeriod': `${DAY_SECONDS}s`,
    'aggregation.perSeriesAligner': aligner,
    'aggregation.crossSeriesReducer': 'REDUCE_SUM'
  });
  const { timeSeries = [] } = await gcp.rest<{ timeSeries?: readonly { readonly points?: readonly Point[] }[] }>(
    'monitoring',
    'GET',
    `/v3/projects/${project}/timeSeries?${query.toString()}`,
    { permission: READ_METRICS, subject: name }
  );
  return (timeSeries[0]?.points ?? [])
    .flatMap(({ interval, value }) => {
      const figure = value?.doubleValue ?? (value?.int64Value === undefined ? undefined : Number(value.int64Value));
      return figure === undefined ? [] : [{ at: new Date(interval?.endTime ?? now), value: figure }];
    })
    .toReversed();
}
