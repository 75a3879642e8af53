import type { DBInstance } from '@aws-sdk/client-rds';
import type { Facts } from '../../../../engine/resource.ts';
import { textOf, type Value } from '../../../../engine/value.ts';
import type { InstanceField } from './field.ts';
import { INSTANCE_FIELDS } from './fields.ts';

type Values = Readonly<Record<string, Value>>;

const DEFINITIONS: Readonly<Record<string, InstanceField>> = INSTANCE_FIELDS;

/** A live instance in the plan's words. */
export function instanceValues(live: DBInstance): Values {
  return collect(field => field.read(live));
}

/** What is queued for its maintenance window, in the plan's words. */
export function queuedValues(live: DBInstance): Values {
  const pending = live.PendingModifiedValues;
  return pending === undefined ? {} : collect(field => field.queued?.(pending));
}

/** What RDS decided about an instance: outputs and references are made of it. */
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
    monitoringStream: live.EnhancedMonitoringResourceArn
  };
  return defined(facts);
}

/** The members of a create call that fields stand for one to one. */
export function createMembers(values: Values): Record<string, unknown> {
  const members: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    const field = DEFINITIONS[name];
    if (field === undefined || value === null || NOT_CREATED.includes(name)) continue;
    if (name === 'security_group') members['VpcSecurityGroupIds'] = [value];
    else if (name !== 'max_allocated_storage' || value !== 0) members[field.api] = value;
  }
  return members;
}

const NOT_CREATED: readonly string[] = ['state', 'reboot_pending', 'source', 'master_password_version'];

/** The members of ModifyDBInstance for what changes, with those that RDS wants beside them. */
export function modifyMembers(values: Values, live: DBInstance): Record<string, unknown> {
  const members: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    const field = DEFINITIONS[name];
    if (field === undefined || value === null || name === 'reboot_pending') continue;
    const member = 'modify' in field ? field.modify : field.api;
    if (member !== undefined) members[member] = value;
  }
  return {
    ...members,
    ...storageMembers(values, live),
    ...groupMembers(values, live),
    ...logMembers(values, live),
    ...monitoringMembers(values, live)
  };
}

/** What gp3 has at least from 400 GiB on; below that RDS says 3000, and takes no number at all. */
const GP3_LEAST_IOPS = 12_000;

/** For provisioned types RDS wants size and IOPS together; below 400 GiB a gp3 volume may name neither. */
function storageMembers(values: Values, live: DBInstance): Record<string, unknown> {
  const size = Number(values['allocated_storage'] ?? live.AllocatedStorage ?? 0);
  const type = textOf(values['storage_type'] ?? live.StorageType ?? '');
  const members: Record<string, unknown> = {};
  if (values['max_allocated_storage'] === 0) members['MaxAllocatedStorage'] = size;
  const changes = ['allocated_storage', 'storage_type', 'storage_iops', 'storage_throughput'];
  const provisioned = type.startsWith('io') || (type === 'gp3' && size >= 400);
  if (!provisioned || !changes.some(name => name in values)) return members;
  const kept = type === 'gp3' ? Math.max(live.Iops ?? 0, GP3_LEAST_IOPS) : live.Iops;
  const iops = values['storage_iops'] ?? kept;
  return { ...members, AllocatedStorage: size, ...(iops === undefined || iops === null ? {} : { Iops: iops }) };
}

/** Groups that others attached stay attached. */
function groupMembers(values: Values, live: DBInstance): Record<string, unknown> {
  const ours = values['security_group'];
  if (typeof ours !== 'string') return {};
  const others = (live.VpcSecurityGroups ?? []).flatMap(group => group.VpcSecurityGroupId ?? []);
  return { VpcSecurityGroupIds: [...new Set([...others, ours])] };
}

/** Modify takes what to begin and what to end, not the list. */
function logMembers(values: Values, live: DBInstance): Record<string, unknown> {
  const wanted = values['enabled_cloudwatch_logs_exports'];
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

/** An interval needs its role beside it; settings of Performance Insights need it named as on. */
function monitoringMembers(values: Values, live: DBInstance): Record<string, unknown> {
  const members: Record<string, unknown> = {};
  const interval = values['monitoring_interval'] ?? live.MonitoringInterval ?? 0;
  if (('monitoring_interval' in values || 'monitoring_role_arn' in values) && Number(interval) > 0) {
    members['MonitoringInterval'] = interval;
    members['MonitoringRoleArn'] = values['monitoring_role_arn'] ?? live.MonitoringRoleArn;
  }
  const insights = [
    'performance_insights_retention_period',
    'performance_insights_kms_key_id',
    'database_insights_mode'
  ];
  const enabled = values['enable_performance_insights'] ?? live.PerformanceInsightsEnabled;
  if (insights.some(name => name in values) && enabled === true) members['EnablePerformanceInsights'] = true;
  if (values['database_insights_mode'] === 'advanced') {
    members['PerformanceInsightsRetentionPeriod'] =
      values['performance_insights_retention_period'] ?? live.PerformanceInsightsRetentionPeriod;
  }
  return members;
}

function collect(read: (field: InstanceField) => Value | undefined): Values {
  return defined(Object.fromEntries(Object.entries(DEFINITIONS).map(([name, field]) => [name, read(field)])));
}

/** Without the members that say nothing. */
export function defined(values: Readonly<Record<string, Value | undefined>>): Values {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
  );
}
