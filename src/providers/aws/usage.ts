import type { MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { defined } from '../../engine/defined.ts';
import { serverTime } from '../../engine/server-time.ts';
import { sizeOfClass } from '../../spec/sizes.ts';
import { diskWrites, GIB, highest, mean, usageStart, type Usage, type UsageReader } from '../usage.ts';
import type { AwsContext } from './context.ts';

const DAY_SECONDS = 86_400;

/** By the id of a query: what CloudWatch is asked for. */
const QUERIES = {
  cpu: ['CPUUtilization', 'Average'],
  peak: ['CPUUtilization', 'Maximum'],
  memory: ['FreeableMemory', 'Minimum'],
  connections: ['DatabaseConnections', 'Maximum'],
  writes: ['WriteIOPS', 'Average'],
  disk: ['FreeStorageSpace', 'Minimum']
} as const;

/**
 * The metrics of the instance, a figure a day, by one call.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html
 */
export const usage: UsageReader<AwsContext> = { can: true, read: readUsage };

/** The permissions of it. */
export const READ_METRICS: readonly string[] = ['cloudwatch:GetMetricData'];

async function readUsage({ call, execution, liveState, names }: AwsContext): Promise<Usage | undefined> {
  const live = await liveState().main();
  if (live === undefined) return undefined;
  const now = serverTime(execution);
  const answer = await call('cloudwatch', 'GetMetricData', {
    StartTime: usageStart(now),
    EndTime: now,
    ScanBy: 'TimestampAscending',
    MetricDataQueries: Object.entries(QUERIES).map(([id, [metric, stat]]) => queryOf(names.instance, id, metric, stat))
  });
  const found = (id: keyof typeof QUERIES): { readonly values: readonly number[]; readonly times: readonly Date[] } => {
    const result = (answer.MetricDataResults ?? []).find(({ Id }) => Id === id);
    return { values: result?.Values ?? [], times: result?.Timestamps ?? [] };
  };
  const size = live.DBInstanceClass ?? '';
  const allocated = live.AllocatedStorage ?? 0;
  const memoryGib = sizeOfClass(size)?.memoryGib;
  const free = found('memory').values.map(bytes => bytes / GIB);
  const peak = highest(found('peak').values);
  const disk = found('disk');
  return defined({
    title: `server ${names.instance}`,
    size,
    days: found('cpu').values.length,
    cpu: peak === undefined ? undefined : { average: mean(found('cpu').values), maximum: peak },
    memory: memoryGib === undefined ? undefined : highest(free.map(gib => Math.max(0, 100 * (1 - gib / memoryGib)))),
    connections: highest(found('connections').values),
    ownConnections: 0,
    writes: diskWrites(found('writes').values),
    disk:
      disk.values.length === 0
        ? undefined
        : {
            gib: Math.max(allocated, live.MaxAllocatedStorage ?? 0),
            used: disk.values.flatMap((bytes, at) => {
              const time = disk.times[at];
              return time === undefined ? [] : [{ at: time, gib: allocated - bytes / GIB }];
            })
          }
  });
}

function queryOf(instance: string, id: string, metric: string, stat: string): MetricDataQuery {
  return {
    Id: id,
    MetricStat: {
      Metric: {
        Namespace: 'AWS/RDS',
        MetricName: metric,
        Dimensions: [{ Name: 'DBInstanceIdentifier', Value: instance }]
      },
      Period: DAY_SECONDS,
      Stat: stat
    }
  };
}
