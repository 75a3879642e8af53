import { defined } from '../../../engine/defined.ts';
import { serverTime } from '../../../engine/server-time.ts';
import { ProviderError } from '../../../errors.ts';
import type { AwsContext } from '../context.ts';

/** The newest value of RDS's own metric; why not, where it can't be read. */
export async function lagOf({ call, execution }: AwsContext, name: string, region?: string): Promise<number | string> {
  const now = serverTime(execution);
  try {
    const answer = await call(
      'cloudwatch',
      'GetMetricData',
      {
        StartTime: new Date(now.getTime() - 15 * 60_000),
        EndTime: now,
        ScanBy: 'TimestampDescending',
        MetricDataQueries: [
          {
            Id: 'lag',
            MetricStat: {
              Metric: {
                Namespace: 'AWS/RDS',
                MetricName: 'ReplicaLag',
                Dimensions: [{ Name: 'DBInstanceIdentifier', Value: name }]
              },
              Period: 60,
              Stat: 'Maximum'
            }
          }
        ]
      },
      defined({ region })
    );
    const value = answer.MetricDataResults?.[0]?.Values?.[0];
    // -1: replication is not active.
    if (value === undefined) return 'CloudWatch has no value of the last 15 minutes';
    return value < 0 ? 'replication is not active' : Math.round(value);
  } catch (thrown) {
    if (!(thrown instanceof ProviderError)) throw thrown;
    return thrown.kind === 'denied' ? 'this needs `cloudwatch:GetMetricData`' : thrown.message;
  }
}
