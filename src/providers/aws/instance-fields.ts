import { textOf } from '../../engine/value.ts';
import { fromList, PASSWORD_VERSION } from './aws-tags.ts';
import { gib, lower, outage, queuedUnlessNow, rebootImpact, showSource, type InstanceField } from './instance-field.ts';
import { hasGrown, isAtLeast, isRebootPending, passwordState, stateOf } from './instance-state.ts';

const NEW_DATABASE = 'Restore a snapshot into a new database under another `name`, move over, then destroy this one.';

/** Every field of the server. The order is that of the console. */
export const INSTANCE_FIELDS = {
  state: { api: 'DBInstanceStatus', impact: 'online', modify: undefined, read: stateOf },
  engine_version: {
    api: 'EngineVersion',
    input: 'engine_version',
    impact: queuedUnlessNow('outage'),
    guard: 'upgrade-only',
    satisfied: (live, wanted) => isAtLeast(textOf(live), textOf(wanted)),
    read: live => live.EngineVersion,
    queued: pending => pending.EngineVersion
  },
  instance_class: {
    api: 'DBInstanceClass',
    input: 'instance_class',
    impact: queuedUnlessNow('outage'),
    normalise: lower,
    read: live => live.DBInstanceClass,
    queued: pending => pending.DBInstanceClass
  },
  allocated_storage: {
    api: 'AllocatedStorage',
    input: 'allocated_storage',
    impact: queuedUnlessNow('online'),
    guard: 'grow-only',
    satisfied: hasGrown,
    wayOut:
      'Keep the larger size. RDS shrinks storage only in a blue/green deployment, which this action does not make.',
    show: gib,
    read: live => live.AllocatedStorage,
    queued: pending => pending.AllocatedStorage
  },
  max_allocated_storage: {
    api: 'MaxAllocatedStorage',
    input: 'max_allocated_storage',
    impact: 'online',
    show: value => (value === 0 ? 'off' : gib(value)),
    // RDS knows no "off": a ceiling that is reached, or was never above the storage, lets nothing grow.
    satisfied: (live, wanted, all) => wanted === 0 && Number(live) <= Number(all.fields['allocated_storage']),
    read: live => live.MaxAllocatedStorage ?? 0
  },
  storage_type: {
    api: 'StorageType',
    input: 'storage_type',
    impact: queuedUnlessNow('online'),
    normalise: lower,
    read: live => live.StorageType,
    queued: pending => pending.StorageType
  },
  storage_iops: {
    api: 'Iops',
    input: 'storage_iops',
    impact: queuedUnlessNow('online'),
    read: live => live.Iops,
    queued: pending => pending.Iops
  },
  storage_throughput: {
    api: 'StorageThroughput',
    input: 'storage_throughput',
    impact: queuedUnlessNow('online'),
    show: value => `${textOf(value)} MiB/s`,
    read: live => live.StorageThroughput,
    queued: pending => pending.StorageThroughput
  },
  storage_encrypted: {
    api: 'StorageEncrypted',
    input: 'storage_encrypted',
    impact: 'restart',
    guard: 'create-only',
    modify: undefined,
    wayOut: `${NEW_DATABASE} A copy of a snapshot can be encrypted.`,
    read: live => live.StorageEncrypted
  },
  kms_key_id: {
    api: 'KmsKeyId',
    input: 'kms_key_id',
    impact: 'restart',
    guard: 'create-only',
    modify: undefined,
    wayOut: `${NEW_DATABASE} A copy of a snapshot can be encrypted with another key.`,
    read: live => live.KmsKeyId
  },
  database_name: {
    api: 'DBName',
    input: 'database_name',
    impact: 'restart',
    guard: 'create-only',
    modify: undefined,
    wayOut: 'Create the database with SQL (`CREATE DATABASE`) and leave `database_name` as it was.',
    read: live => live.DBName
  },
  master_username: {
    api: 'MasterUsername',
    input: 'master_username',
    impact: 'restart',
    guard: 'create-only',
    modify: undefined,
    wayOut:
      'Create the user with SQL (`CREATE ROLE … LOGIN; GRANT rds_superuser TO …`) and leave `master_username` as it was.',
    read: live => live.MasterUsername
  },
  master_password: { api: 'MasterUserPassword', input: 'master_password', impact: 'online', read: passwordState },
  master_password_version: {
    api: 'MasterUserPassword, Tags',
    input: 'master_password_version',
    impact: 'online',
    sends: 'master_password',
    modify: undefined,
    read: live => fromList(live.TagList)[PASSWORD_VERSION]
  },
  manage_master_user_password: {
    api: 'ManageMasterUserPassword',
    input: 'manage_master_user_password',
    impact: 'online',
    read: live => live.MasterUserSecret !== undefined
  },
  subnet_group: {
    api: 'DBSubnetGroupName',
    input: 'subnet_ids',
    impact: 'restart',
    guard: 'create-only',
    modify: undefined,
    wayOut: NEW_DATABASE,
    read: live => live.DBSubnetGroup?.DBSubnetGroupName
  },
  security_group: {
    api: 'VpcSecurityGroupIds',
    input: 'create_security_group',
    impact: 'online',
    satisfied: (live, wanted) => Array.isArray(live) && live.includes(wanted),
    modify: undefined,
    read: live => (live.VpcSecurityGroups ?? []).flatMap(group => group.VpcSecurityGroupId ?? []).sort()
  },
  port: {
    api: 'Port',
    input: 'port',
    impact: (_change, observed) => outage(observed),
    modify: 'DBPortNumber',
    read: live => live.Endpoint?.Port ?? (live.DbInstancePort || undefined),
    queued: pending => pending.Port
  },
  publicly_accessible: {
    api: 'PubliclyAccessible',
    input: 'publicly_accessible',
    impact: 'online',
    guard: 'exposure',
    read: live => live.PubliclyAccessible
  },
  multi_az: {
    api: 'MultiAZ',
    input: 'multi_az',
    impact: queuedUnlessNow('online'),
    read: live => live.MultiAZ,
    queued: pending => pending.MultiAZ
  },
  availability_zone: {
    api: 'AvailabilityZone',
    input: 'availability_zone',
    impact: 'restart',
    guard: 'create-only',
    modify: undefined,
    wayOut: 'Leave `availability_zone` unset or as it was: RDS moves an instance to another zone only by a failover.',
    read: live => live.AvailabilityZone
  },
  backup_retention_period: {
    api: 'BackupRetentionPeriod',
    input: 'backup_retention_period',
    impact: (change, observed) =>
      (change.from === 0) === (change.to === 0) ? 'online' : queuedUnlessNow('outage')(change, observed),
    show: value => (value === 0 ? 'off' : `${textOf(value)} days`),
    read: live => live.BackupRetentionPeriod,
    queued: pending => pending.BackupRetentionPeriod
  },
  backup_window: {
    api: 'PreferredBackupWindow',
    input: 'backup_window',
    impact: 'online',
    read: live => live.PreferredBackupWindow
  },
  maintenance_window: {
    api: 'PreferredMaintenanceWindow',
    input: 'maintenance_window',
    impact: 'online',
    normalise: lower,
    read: live => live.PreferredMaintenanceWindow
  },
  enable_deletion_protection: {
    api: 'DeletionProtection',
    input: 'enable_deletion_protection',
    impact: 'online',
    read: live => live.DeletionProtection
  },
  copy_tags_to_snapshot: {
    api: 'CopyTagsToSnapshot',
    input: 'copy_tags_to_snapshot',
    impact: 'online',
    read: live => live.CopyTagsToSnapshot
  },
  enable_performance_insights: {
    api: 'EnablePerformanceInsights',
    input: 'enable_performance_insights',
    impact: 'online',
    read: live => live.PerformanceInsightsEnabled ?? false
  },
  performance_insights_retention_period: {
    api: 'PerformanceInsightsRetentionPeriod',
    input: 'performance_insights_retention_period',
    impact: 'online',
    show: value => `${textOf(value)} days`,
    read: live => live.PerformanceInsightsRetentionPeriod
  },
  performance_insights_kms_key_id: {
    api: 'PerformanceInsightsKMSKeyId',
    input: 'performance_insights_kms_key_id',
    impact: change => (change.from === null || change.from === undefined ? 'online' : 'blocked'),
    wayOut: 'The key of Performance Insights is chosen once: leave it as it was.',
    read: live => live.PerformanceInsightsKMSKeyId
  },
  database_insights_mode: {
    api: 'DatabaseInsightsMode',
    input: 'database_insights_mode',
    impact: 'online',
    read: live => live.DatabaseInsightsMode ?? 'standard'
  },
  monitoring_interval: {
    api: 'MonitoringInterval',
    input: 'monitoring_interval',
    impact: 'online',
    show: value => (value === 0 ? 'off' : `${textOf(value)} s`),
    read: live => live.MonitoringInterval ?? 0
  },
  monitoring_role_arn: {
    api: 'MonitoringRoleArn',
    input: 'monitoring_role_arn',
    impact: 'online',
    read: live => live.MonitoringRoleArn
  },
  enabled_cloudwatch_logs_exports: {
    api: 'EnableCloudwatchLogsExports',
    input: 'enabled_cloudwatch_logs_exports',
    impact: 'online',
    modify: undefined,
    read: live => (live.EnabledCloudwatchLogsExports ?? []).toSorted(),
    queued: pending => {
      const { LogTypesToEnable: more } = pending.PendingCloudwatchLogsExports ?? {};
      return more === undefined ? undefined : more.toSorted();
    }
  },
  iam_database_authentication_enabled: {
    api: 'EnableIAMDatabaseAuthentication',
    input: 'iam_database_authentication_enabled',
    impact: 'online',
    read: live => live.IAMDatabaseAuthenticationEnabled,
    queued: pending => pending.IAMDatabaseAuthenticationEnabled
  },
  ca_certificate_identifier: {
    api: 'CACertificateIdentifier',
    input: 'ca_certificate_identifier',
    impact: (_change, observed) => outage(observed),
    read: live => live.CACertificateIdentifier,
    queued: pending => pending.CACertificateIdentifier
  },
  auto_minor_version_upgrade: {
    api: 'AutoMinorVersionUpgrade',
    input: 'auto_minor_version_upgrade',
    impact: 'online',
    read: live => live.AutoMinorVersionUpgrade
  },
  engine_lifecycle_support: {
    api: 'EngineLifecycleSupport',
    input: 'engine_lifecycle_support',
    impact: 'online',
    read: live => live.EngineLifecycleSupport
  },
  parameter_group: {
    api: 'DBParameterGroupName',
    input: 'parameter_group_name',
    impact: (_change, observed) => rebootImpact(observed),
    read: live => live.DBParameterGroups?.[0]?.DBParameterGroupName
  },
  reboot_pending: {
    api: 'DBParameterGroups.ParameterApplyStatus',
    input: 'allow_restart',
    impact: (_change, observed) => outage(observed),
    modify: undefined,
    read: isRebootPending
  },
  source: {
    api: 'DBSnapshotIdentifier, SourceDBInstanceIdentifier',
    input: 'restore_from_snapshot',
    impact: 'online',
    modify: undefined,
    satisfied: () => true,
    show: showSource,
    read: () => 'none'
  }
} as const satisfies Readonly<Record<string, InstanceField>>;

export type InstanceFieldName = keyof typeof INSTANCE_FIELDS;
