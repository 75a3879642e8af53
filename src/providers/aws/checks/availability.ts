import type { DBInstance, OrderableDBInstanceOption } from '@aws-sdk/client-rds';
import type { Notice } from '../../../engine/plan.ts';
import type { Problem } from '../../../spec/problem.ts';
import { isFailure } from '../../failures.ts';
import type { AwsContext } from '../context.ts';
import { notChecked } from './not-checked.ts';

/** What a server is to be made of, or changed to. */
export interface Order {
  readonly version: string;
  readonly instanceClass: string;
  readonly storageType: string;
  readonly allocatedStorage: number;
}

export interface Orderability {
  readonly problems: readonly Problem[];
  readonly notices: readonly Notice[];
}

const FINE: Orderability = { problems: [], notices: [] };

/** Whether RDS sells this class with this version, storage and features in this region. Asked only for what is new. */
export async function checkOrder(
  context: AwsContext,
  order: Order,
  live: DBInstance | undefined
): Promise<Orderability> {
  if (live !== undefined && isOrderOf(live, order, context)) return FINE;
  let options: readonly OrderableDBInstanceOption[];
  try {
    options = await context.liveState().orderable(order.version, order.instanceClass);
  } catch (thrown) {
    if (!isFailure(thrown, 'denied')) throw thrown;
    const notice = notChecked('whether RDS sells this class here', 'rds:DescribeOrderableDBInstanceOptions');
    return { problems: [], notices: [notice] };
  }
  if (options.length === 0) {
    return {
      problems: [
        {
          input: 'instance_class',
          value: order.instanceClass,
          why: `is not sold with PostgreSQL ${order.version} in ${context.target.region}`,
          allowed: 'a class that `DescribeOrderableDBInstanceOptions` lists, such as `db.t4g.micro` or `db.m7g.large`'
        }
      ],
      notices: []
    };
  }
  const fitting = options.filter(option => option.StorageType === order.storageType);
  if (fitting.length === 0) {
    const types = [...new Set(options.flatMap(option => option.StorageType ?? []))].sort().join(', ');
    return {
      problems: [
        {
          input: 'storage_type',
          value: order.storageType,
          why: `is not sold with ${order.instanceClass}`,
          allowed: types
        }
      ],
      notices: []
    };
  }
  return { problems: featureProblems(context, order, fitting), notices: [] };
}

function isOrderOf(live: DBInstance, order: Order, { settings }: AwsContext): boolean {
  return (
    live.DBInstanceClass === order.instanceClass &&
    live.StorageType === order.storageType &&
    live.EngineVersion === order.version &&
    (settings.multi_az === undefined || settings.multi_az === live.MultiAZ) &&
    (settings.enable_performance_insights !== true || live.PerformanceInsightsEnabled === true)
  );
}

function featureProblems(
  { settings }: AwsContext,
  order: Order,
  options: readonly OrderableDBInstanceOption[]
): readonly Problem[] {
  const problems: Problem[] = [];
  const lacks = (
    input: string,
    asks: boolean,
    has: (option: OrderableDBInstanceOption) => boolean | undefined
  ): void => {
    if (!asks || options.some(option => has(option) === true)) return;
    problems.push({
      input,
      value: 'true',
      why: `is not available with ${order.instanceClass}`,
      allowed: 'another `instance_class`'
    });
  };
  lacks('multi_az', settings.multi_az === true, option => option.MultiAZCapable);
  lacks('storage_encrypted', settings.storage_encrypted !== false, option => option.SupportsStorageEncryption);
  lacks(
    'enable_performance_insights',
    settings.enable_performance_insights === true,
    option => option.SupportsPerformanceInsights
  );
  lacks(
    'enable_enhanced_monitoring',
    settings.enable_enhanced_monitoring === true,
    option => option.SupportsEnhancedMonitoring
  );
  lacks(
    'iam_database_authentication_enabled',
    settings.iam_database_authentication_enabled === true,
    option => option.SupportsIAMDatabaseAuthentication
  );
  lacks(
    'max_allocated_storage',
    (settings.max_allocated_storage ?? 0) > 0,
    option => option.SupportsStorageAutoscaling ?? true
  );
  const least = Math.min(...options.map(option => option.MinStorageSize ?? 0));
  const most = Math.max(...options.map(option => option.MaxStorageSize ?? Infinity));
  if (order.allocatedStorage < least || order.allocatedStorage > most) {
    problems.push({
      input: 'allocated_storage',
      value: String(order.allocatedStorage),
      why: `is out of range for ${order.storageType} with ${order.instanceClass}`,
      allowed: `${least}–${most} GiB`
    });
  }
  const zone = settings.availability_zone;
  const zones = [
    ...new Set(options.flatMap(option => (option.AvailabilityZones ?? []).flatMap(one => one.Name ?? [])))
  ].sort();
  if (zone !== undefined && zones.length > 0 && !zones.includes(zone)) {
    problems.push({
      input: 'availability_zone',
      value: zone,
      why: `has no ${order.instanceClass}`,
      allowed: zones.join(', ')
    });
  }
  return problems;
}
