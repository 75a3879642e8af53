import type { DBInstance } from '@aws-sdk/client-rds';
import { defined } from '../../../../engine/defined.ts';
import type { Facts } from '../../../../engine/resource.ts';
import { textOf, type Value } from '../../../../engine/value.ts';
import type { InstanceField } from './field.ts';
import { SERVER_ENTRIES, type ServerField, type ServerValues } from './fields.ts';

/** A live instance in the plan's terms. */
export function instanceValues(live: DBInstance): ServerValues {
  return collect(field => field.read(live));
}

/** The values that wait for the maintenance window, in the plan's terms. */
export function queuedValues(live: DBInstance): ServerValues {
  const pending = live.PendingModifiedValues;
  return pending === undefined ? {} : collect(field => field.queued?.(pending));
}

/** The ids, endpoints and ARNs of an instance, for outputs and references. */
export function instanceFacts(live: DBInstance): Facts {
  const facts: Readonly<Record<string, Value | undefined>> = {
    id: live.DBInstanceIdentifier,
    arn: live.DBInstanceArn,
    resourceId: live.DbiResourceId,
    status: live.DBInstanceStatus,
    host: live.Endpoint?.Address,
    port: live.Endpoint?.Port,
    username: live.MasterUsername,
    database: live.DBName,
    version: live.EngineVersion,
    secretArn: live.MasterUserSecret?.SecretArn,
    parameterGroup: live.DBParameterGroups?.[0]?.DBParameterGroupName,
    subnetGroup: live.DBSubnetGroup?.DBSubnetGroupName,
    performanceInsights: live.PerformanceInsightsEnabled,
    performanceInsightsKey: live.PerformanceInsightsKMSKeyId,
    zone: live.AvailabilityZone,
    secondaryZone: live.SecondaryAvailabilityZone,
    monitoringRole: live.MonitoringRoleArn,
    monitoringStream: live.EnhancedMonitoringResourceArn
  };
  return defined(facts);
}

/** The members of a create call for these values. */
export function createMembers(values: ServerValues): Record<string, unknown> {
  const members: Record<string, unknown> = {};
  for (const [name, field] of SERVER_ENTRIES) {
    const value = values[name];
    if (value === undefined || value === null) continue;
    Object.assign(members, field.create === undefined ? { [field.api]: value } : field.create(value));
  }
  return members;
}

/** The members of ModifyDBInstance for these values, with the members that RDS requires with them. */
export function modifyMembers(values: ServerValues, live: DBInstance): Record<string, unknown> {
  const members: Record<string, unknown> = {};
  for (const [name, field] of SERVER_ENTRIES) {
    const value = values[name];
    const member = 'modify' in field ? field.modify : field.api;
    if (value !== undefined && value !== null && member !== undefined) members[member] = value;
  }
  return {
    ...members,
    ...storageMembers(values, live),
    ...groupMembers(values, live),
    ...logMembers(values, live),
    ...monitoringMembers(values, live)
  };
}

/** gp3's range of IOPS, and its least throughput in MiB/s, from 400 GiB on. Below that RDS refuses both numbers. */
const GP3_IOPS = { least: 12_000, most: 64_000 } as const;
const GP3_LEAST_THROUGHPUT = 500;

/**
 * For provisioned types RDS requires size and IOPS together; below 400 GiB a gp3 volume may name no IOPS. What waits
 * for the maintenance window goes along as it waits: the live value would take it back.
 * https://github.com/hashicorp/terraform-provider-aws/issues/28589
 */
function storageMembers(values: ServerValues, live: DBInstance): Record<string, unknown> {
  const now = { ...live, ...live.PendingModifiedValues };
  // It may have grown by itself above what waits.
  const grown = Math.max(now.AllocatedStorage ?? 0, live.AllocatedStorage ?? 0);
  const size = Number(values.allocated_storage ?? grown);
  const type = textOf(values.storage_type ?? now.StorageType ?? '');
  const members: Record<string, unknown> = {};
  if (values.max_allocated_storage === 0) {
    members['MaxAllocatedStorage'] = values.allocated_storage ?? live.AllocatedStorage ?? 0;
  }
  const changes: readonly ServerField[] = ['allocated_storage', 'storage_type', 'storage_iops', 'storage_throughput'];
  const provisioned = type.startsWith('io') || (type === 'gp3' && size >= 400);
  if (!changes.some(name => name in values)) return members;
  // From io1 and io2 it needs the size for every other type too.
  if (!provisioned)
    return live.StorageType?.startsWith('io') === true ? { ...members, AllocatedStorage: size } : members;
  const kept = type === 'gp3' ? Math.min(Math.max(now.Iops ?? 0, GP3_IOPS.least), GP3_IOPS.most) : now.Iops;
  const iops = values.storage_iops ?? kept;
  const isNewToGp3 = type === 'gp3' && (live.StorageType !== 'gp3' || (live.AllocatedStorage ?? 0) < 400);
  const queued = live.PendingModifiedValues?.StorageThroughput ?? GP3_LEAST_THROUGHPUT;
  const throughput = values.storage_throughput ?? (isNewToGp3 ? queued : undefined);
  return { ...members, ...defined({ AllocatedStorage: size, Iops: iops, StorageThroughput: throughput }) };
}

/** Groups that were attached by others stay attached. */
function groupMembers(values: ServerValues, live: DBInstance): Record<string, unknown> {
  const ours = values.security_group;
  if (typeof ours !== 'string') return {};
  const others = (live.VpcSecurityGroups ?? []).flatMap(group => group.VpcSecurityGroupId ?? []);
  return { VpcSecurityGroupIds: [...new Set([...others, ours])] };
}

/** ModifyDBInstance takes the logs to enable and to disable, not the list. */
function logMembers(values: ServerValues, live: DBInstance): Record<string, unknown> {
  const wanted = values.enabled_cloudwatch_logs_exports;
  if (!Array.isArray(wanted)) return {};
  const now = live.EnabledCloudwatchLogsExports ?? [];
  const [more, less] = [wanted.filter(log => !now.includes(textOf(log))), now.filter(log => !wanted.includes(log))];
  if (more.length === 0 && less.length === 0) return {};
  return {
    CloudwatchLogsExportConfiguration: {
      ...(more.length === 0 ? {} : { EnableLogTypes: more }),
      ...(less.length === 0 ? {} : { DisableLogTypes: less })
    }
  };
}

/** An interval is sent with its role, and settings of Performance Insights with `EnablePerformanceInsights`. */
function monitoringMembers(values: ServerValues, live: DBInstance): Record<string, unknown> {
  const members: Record<string, unknown> = {};
  const interval = values.monitoring_interval ?? live.MonitoringInterval ?? 0;
  if (('monitoring_interval' in values || 'monitoring_role_arn' in values) && Number(interval) > 0) {
    members['MonitoringInterval'] = interval;
    members['MonitoringRoleArn'] = values.monitoring_role_arn ?? live.MonitoringRoleArn;
  }
  const insights: readonly ServerField[] = [
    'performance_insights_retention_period',
    'performance_insights_kms_key_id',
    'database_insights_mode'
  ];
  const enabled = values.enable_performance_insights ?? live.PerformanceInsightsEnabled;
  if (insights.some(name => name in values) && enabled === true) members['EnablePerformanceInsights'] = true;
  if (values.database_insights_mode === 'advanced') {
    members['PerformanceInsightsRetentionPeriod'] =
      values.performance_insights_retention_period ?? live.PerformanceInsightsRetentionPeriod;
  }
  return members;
}

function collect(read: (field: InstanceField) => Value | undefined): ServerValues {
  return defined(Object.fromEntries(SERVER_ENTRIES.map(([name, field]) => [name, read(field)])));
}
