import type { DBInstance } from '@aws-sdk/client-rds';
import { defined } from '../../../engine/defined.ts';
import { textOf, type Value } from '../../../engine/value.ts';
import { instanceValues } from '../resources/server/convert.ts';
import type { InstanceField } from '../resources/server/field.ts';
import { SERVER_ENTRIES, type ServerField, type ServerValues } from '../resources/server/fields.ts';

/** gp3 takes IOPS and throughput from this size on; below it RDS shows the same for every volume. */
const GP3_THRESHOLD_GIB = 400;

/**
 * The values that a replica or a copy takes from a live server where no input names them: RDS itself would give it a
 * type of storage, a security group and monitoring of its own choice.
 */
export function inheritedFrom(live: DBInstance, includes: (field: InstanceField) => boolean): ServerValues {
  const values = instanceValues(live);
  const names = SERVER_ENTRIES.filter(([, field]) => includes(field)).map(([name]) => name);
  return Object.fromEntries(
    names.flatMap(name => {
      const value = values[name];
      return value === undefined || value === null || !isSendable(name, value, live) ? [] : [[name, value] as const];
    })
  );
}

/** The performance of a volume, where RDS takes it: provisioned types need it, small gp3 volumes refuse it. */
export function performanceOf({
  StorageType: type = '',
  AllocatedStorage: size = 0,
  Iops: iops,
  StorageThroughput: throughput
}: Pick<DBInstance, 'StorageType' | 'AllocatedStorage' | 'Iops' | 'StorageThroughput'>): ServerValues {
  const isLargeGp3 = type === 'gp3' && size >= GP3_THRESHOLD_GIB;
  return defined({
    storage_iops: type.startsWith('io') || isLargeGp3 ? iops : undefined,
    storage_throughput: isLargeGp3 ? throughput : undefined
  });
}

/**
 * RDS refuses settings of features that are off, and performance that the size does not allow. It chooses its own
 * default groups.
 */
function isSendable(name: ServerField, value: Value, live: DBInstance): boolean {
  const { StorageType: type = '', PerformanceInsightsEnabled: hasInsights } = live;
  const performance = performanceOf(live);
  const rules: Readonly<Partial<Record<ServerField, boolean>>> = {
    storage_iops: performance.storage_iops !== undefined,
    storage_throughput: performance.storage_throughput !== undefined,
    performance_insights_retention_period: hasInsights === true,
    performance_insights_kms_key_id: hasInsights === true,
    database_insights_mode: hasInsights === true && value !== 'standard',
    network_type: value === 'DUAL',
    dedicated_log_volume: value === true && type.startsWith('io'),
    monitoring_role_arn: (live.MonitoringInterval ?? 0) > 0,
    enabled_cloudwatch_logs_exports: (live.EnabledCloudwatchLogsExports ?? []).length > 0,
    parameter_group: !textOf(value).startsWith('default.'),
    option_group: !textOf(value).startsWith('default:')
  };
  return rules[name] ?? true;
}
