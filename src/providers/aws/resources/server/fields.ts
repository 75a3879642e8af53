import type { DBInstance, PendingModifiedValues } from '@aws-sdk/client-rds';
import { textOf, type Value } from '../../../../engine/value.ts';
import { fromList, PASSWORD_VERSION } from '../../api/tags.ts';
import { gib, lower, outage, queuedUnlessNow, rebootImpact, showSource, type InstanceField } from './field.ts';
import { hasGrown, isAtLeast, isRebootPending, optionGroupOf, passwordState, stateOf } from './state.ts';

const NEW_DATABASE = 'Restore a snapshot into a new database under another `name`, move over, then destroy this one.';

/** Members that hold one value, and are called the same in the answer and in the calls. */
type Plain = {
  readonly [K in keyof DBInstance]-?: DBInstance[K] extends boolean | number | string | undefined ? K : never;
}[keyof DBInstance];

type More = Partial<InstanceField>;

/** A field that is read where it is written, and changes without a stir. */
function plain(input: string, api: Plain, more: More = {}): InstanceField {
  return { api, input, impact: 'online', read: live => live[api], ...more };
}

/** One that waits for the maintenance window unless it is asked for now; `now` is what it costs then. */
function waiting(
  input: string,
  api: Plain & keyof PendingModifiedValues,
  now: Parameters<typeof queuedUnlessNow>[0],
  more: More = {}
): InstanceField {
  return plain(input, api, { impact: queuedUnlessNow(now), queued: pending => queuedIn(pending, api), ...more });
}

/** One that RDS chooses, or is told, when the server is made. */
function fixed(input: string, api: Plain, hint: string): InstanceField {
  return plain(input, api, { impact: 'restart', constraint: 'create-only', modify: undefined, hint });
}

/** One whose name in the answer is another than in the calls. */
function renamed(input: string, api: string, read: InstanceField['read'], more: More = {}): InstanceField {
  return { api, input, impact: 'online', read, ...more };
}

function queuedIn(pending: PendingModifiedValues, api: Plain & keyof PendingModifiedValues): Value | undefined {
  return pending[api];
}

const days = (value: Value): string => `${textOf(value)} days`;

/** Every field of the server. The order is that of the console. */
export const INSTANCE_FIELDS = {
  state: { api: 'DBInstanceStatus', impact: 'online', modify: undefined, read: stateOf },
  engine_version: waiting('engine_version', 'EngineVersion', 'outage', {
    constraint: 'upgrade-only',
    satisfied: (live, wanted) => isAtLeast(textOf(live), textOf(wanted))
  }),
  instance_class: waiting('instance_class', 'DBInstanceClass', 'outage', { normalise: lower }),
  allocated_storage: waiting('allocated_storage', 'AllocatedStorage', 'online', {
    constraint: 'grow-only',
    satisfied: hasGrown,
    hint: 'Keep the larger size. RDS shrinks storage only in a blue/green deployment, which this action does not make.',
    show: gib
  }),
  max_allocated_storage: plain('max_allocated_storage', 'MaxAllocatedStorage', {
    show: value => (value === 0 ? 'off' : gib(value)),
    // RDS knows no "off": a ceiling that is reached, or was never above the storage, lets nothing grow.
    satisfied: (live, wanted, all) => wanted === 0 && Number(live) <= Number(all.fields['allocated_storage']),
    read: live => live.MaxAllocatedStorage ?? 0
  }),
  storage_type: waiting('storage_type', 'StorageType', 'online', { normalise: lower }),
  storage_iops: waiting('storage_iops', 'Iops', 'online'),
  storage_throughput: waiting('storage_throughput', 'StorageThroughput', 'online', {
    show: value => `${textOf(value)} MiB/s`
  }),
  storage_encrypted: fixed(
    'storage_encrypted',
    'StorageEncrypted',
    `${NEW_DATABASE} A copy of a snapshot can be encrypted.`
  ),
  kms_key_id: fixed(
    'kms_key_id',
    'KmsKeyId',
    `${NEW_DATABASE} A copy of a snapshot can be encrypted with another key.`
  ),
  database_name: fixed(
    'database_name',
    'DBName',
    'Create the database with SQL (`CREATE DATABASE`) and leave `database_name` as it was.'
  ),
  master_username: fixed(
    'master_username',
    'MasterUsername',
    'Create the user with SQL (`CREATE ROLE … LOGIN; GRANT rds_superuser TO …`) and leave `master_username` as it was.'
  ),
  master_password: renamed('master_password', 'MasterUserPassword', passwordState),
  master_password_version: renamed(
    'master_password_version',
    'MasterUserPassword, Tags',
    live => fromList(live.TagList)[PASSWORD_VERSION],
    { sends: 'master_password', modify: undefined }
  ),
  manage_master_user_password: renamed(
    'manage_master_user_password',
    'ManageMasterUserPassword',
    live => live.MasterUserSecret !== undefined
  ),
  subnet_group: renamed('subnet_ids', 'DBSubnetGroupName', live => live.DBSubnetGroup?.DBSubnetGroupName, {
    impact: 'restart',
    constraint: 'create-only',
    modify: undefined,
    hint: NEW_DATABASE
  }),
  security_group: renamed(
    'create_security_group',
    'VpcSecurityGroupIds',
    live => (live.VpcSecurityGroups ?? []).flatMap(group => group.VpcSecurityGroupId ?? []).sort(),
    { modify: undefined, satisfied: (live, wanted) => Array.isArray(live) && live.includes(wanted) }
  ),
  port: renamed('port', 'Port', live => live.Endpoint?.Port ?? (live.DbInstancePort || undefined), {
    impact: (_change, observed) => outage(observed),
    modify: 'DBPortNumber',
    queued: pending => pending.Port
  }),
  publicly_accessible: plain('publicly_accessible', 'PubliclyAccessible', { constraint: 'exposure' }),
  multi_az: waiting('multi_az', 'MultiAZ', 'online'),
  availability_zone: fixed(
    'availability_zone',
    'AvailabilityZone',
    'Leave `availability_zone` unset or as it was: RDS moves an instance to another zone only by a failover.'
  ),
  backup_retention_period: waiting('backup_retention_period', 'BackupRetentionPeriod', 'outage', {
    impact: (change, observed) =>
      (change.from === 0) === (change.to === 0) ? 'online' : queuedUnlessNow('outage')(change, observed),
    show: value => (value === 0 ? 'off' : days(value))
  }),
  backup_window: plain('backup_window', 'PreferredBackupWindow'),
  maintenance_window: plain('maintenance_window', 'PreferredMaintenanceWindow', { normalise: lower }),
  enable_deletion_protection: plain('enable_deletion_protection', 'DeletionProtection'),
  copy_tags_to_snapshot: plain('copy_tags_to_snapshot', 'CopyTagsToSnapshot'),
  enable_performance_insights: renamed(
    'enable_performance_insights',
    'EnablePerformanceInsights',
    live => live.PerformanceInsightsEnabled ?? false
  ),
  performance_insights_retention_period: plain(
    'performance_insights_retention_period',
    'PerformanceInsightsRetentionPeriod',
    { show: days }
  ),
  performance_insights_kms_key_id: plain('performance_insights_kms_key_id', 'PerformanceInsightsKMSKeyId', {
    impact: change => (change.from === null || change.from === undefined ? 'online' : 'blocked'),
    hint: 'The key of Performance Insights is chosen once: leave it as it was.'
  }),
  database_insights_mode: plain('database_insights_mode', 'DatabaseInsightsMode', {
    read: live => live.DatabaseInsightsMode ?? 'standard'
  }),
  monitoring_interval: plain('monitoring_interval', 'MonitoringInterval', {
    show: value => (value === 0 ? 'off' : `${textOf(value)} s`),
    read: live => live.MonitoringInterval ?? 0
  }),
  monitoring_role_arn: plain('monitoring_role_arn', 'MonitoringRoleArn'),
  enabled_cloudwatch_logs_exports: renamed(
    'enabled_cloudwatch_logs_exports',
    'EnableCloudwatchLogsExports',
    live => (live.EnabledCloudwatchLogsExports ?? []).toSorted(),
    {
      modify: undefined,
      queued: pending => {
        const { LogTypesToEnable: more } = pending.PendingCloudwatchLogsExports ?? {};
        return more === undefined ? undefined : more.toSorted();
      }
    }
  ),
  iam_database_authentication_enabled: renamed(
    'iam_database_authentication_enabled',
    'EnableIAMDatabaseAuthentication',
    live => live.IAMDatabaseAuthenticationEnabled,
    { queued: pending => pending.IAMDatabaseAuthenticationEnabled }
  ),
  ca_certificate_identifier: waiting('ca_certificate_identifier', 'CACertificateIdentifier', 'outage', {
    impact: (_change, observed) => outage(observed)
  }),
  auto_minor_version_upgrade: plain('auto_minor_version_upgrade', 'AutoMinorVersionUpgrade'),
  engine_lifecycle_support: plain('engine_lifecycle_support', 'EngineLifecycleSupport'),
  parameter_group: renamed(
    'parameter_group_name',
    'DBParameterGroupName',
    live => live.DBParameterGroups?.[0]?.DBParameterGroupName,
    { impact: (_change, observed) => rebootImpact(observed) }
  ),
  option_group: renamed('option_group_name', 'OptionGroupName', optionGroupOf, {
    impact: queuedUnlessNow('online'),
    normalise: lower
  }),
  reboot_pending: renamed('allow_restart', 'DBParameterGroups.ParameterApplyStatus', isRebootPending, {
    impact: (_change, observed) => outage(observed),
    modify: undefined
  }),
  source: renamed('restore_from_snapshot', 'DBSnapshotIdentifier, SourceDBInstanceIdentifier', () => 'none', {
    modify: undefined,
    satisfied: () => true,
    show: showSource
  })
} as const satisfies Readonly<Record<string, InstanceField>>;
