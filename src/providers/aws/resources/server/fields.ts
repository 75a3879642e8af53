import type { DBInstance, PendingModifiedValues } from '@aws-sdk/client-rds';
import type { FieldChange, FieldsOf } from '../../../../engine/resource.ts';
import { counted, textOf, textsOf, type Value } from '../../../../engine/value.ts';
import { fromList, PASSWORD_VERSION, TAG_FIELD } from '../../api/tags.ts';
import {
  gib,
  liveValue,
  lower,
  NOT_CREATED,
  outage,
  queuedUnlessNow,
  rebootImpact,
  showSource,
  type InstanceField,
  type RuleField
} from './field.ts';
import {
  hasBackupPlan,
  hasGrown,
  isAtLeast,
  isRebootPending,
  isStopped,
  optionGroupOf,
  passwordState,
  repairOf,
  stateOf,
  isRetiredAuthority
} from './state.ts';

const NEW_DATABASE =
  'Restore a snapshot into a new database under another `name`, move the clients, then destroy this one.';

/** Members that hold one value and have the same name in the answer and in the calls. */
type Plain = {
  readonly [K in keyof DBInstance]-?: DBInstance[K] extends boolean | number | string | undefined ? K : never;
}[keyof DBInstance];

type More = Partial<InstanceField>;

/** A field with the same name in reads and writes, changed without downtime. */
function plain(input: string, api: Plain, more: More = {}): InstanceField {
  return { api, input, impact: 'online', read: live => live[api], ...more };
}

/**
 * A field that waits for the maintenance window, or is changed now with `apply_immediately`; `now` is the cost then.
 */
function waiting(
  input: string,
  api: Plain & keyof PendingModifiedValues,
  now: Parameters<typeof queuedUnlessNow>[0],
  more: More = {}
): InstanceField {
  return plain(input, api, { impact: queuedUnlessNow(now), queued: pending => queuedIn(pending, api), ...more });
}

/** A field that is fixed when the server is created. */
function fixed(input: string, api: Plain, hint: string, more: More = {}): InstanceField {
  return plain(input, api, { impact: 'restart', constraint: 'create-only', modify: undefined, hint, ...more });
}

/** A field that no input names: a new replica and a copy take it from the server, and no server is changed in it. */
function inheritedOnly(api: Plain): InstanceField {
  return {
    api,
    impact: 'online',
    read: live => live[api],
    modify: undefined,
    derived: true,
    onReplica: 'at-creation',
    onCopy: true
  };
}

/** A field with another name in the answer than in the calls. */
function renamed(input: string, api: string, read: InstanceField['read'], more: More = {}): InstanceField {
  return { api, input, impact: 'online', read, ...more };
}

function queuedIn(pending: PendingModifiedValues, api: Plain & keyof PendingModifiedValues): Value | undefined {
  return pending[api];
}

/** Whether the names of both groups, defaults or ours, end with their families: `postgres16` and `postgres17`. */
function isOfUpgrade({ from, to }: Pick<FieldChange, 'from' | 'to'>): boolean {
  const [before, after] = [from, to].map(name =>
    typeof name === 'string' ? /postgres\d+$/.exec(name)?.[0] : undefined
  );
  return before !== undefined && after !== undefined && before !== after;
}

const sortedTexts = (value: Value): Value => (Array.isArray(value) ? textsOf(value).toSorted() : value);

/** Every field of the server, in the console's order. A plain field has one entry, here. */
export const INSTANCE_FIELDS = {
  state: {
    api: 'DBInstanceStatus',
    impact: 'online',
    read: stateOf,
    repair: repairOf,
    // `command: start` starts a stopped server; an apply does not.
    satisfied: isStopped,
    modify: undefined,
    create: NOT_CREATED,
    derived: true,
    onReplica: 'same',
    createsReplica: false
  },
  engine_version: waiting('engine_version', 'EngineVersion', 'outage', {
    constraint: 'upgrade-only',
    satisfied: (live, wanted) => isAtLeast(textOf(live), textOf(wanted)),
    derived: true,
    onReplica: 'same',
    createsReplica: false,
    restore: 'inherited'
  }),
  instance_class: waiting('instance_class', 'DBInstanceClass', 'outage', {
    normalise: lower,
    onReplica: 'same',
    onCopy: true
  }),
  allocated_storage: waiting('allocated_storage', 'AllocatedStorage', 'online', {
    onReplica: 'same',
    createsReplica: false,
    constraint: 'grow-only',
    satisfied: hasGrown,
    hint: 'Keep the larger size. RDS shrinks storage only in a blue/green deployment, which this action does not make.',
    show: gib
  }),
  max_allocated_storage: plain('max_allocated_storage', 'MaxAllocatedStorage', {
    show: value => (value === 0 ? 'off' : gib(value)),
    // RDS has no "off": a ceiling at or below the storage stops the growth.
    satisfied: (live, wanted, all) => wanted === 0 && Number(live) <= Number(liveValue(all, 'allocated_storage')),
    read: live => live.MaxAllocatedStorage ?? 0,
    create: (value): Readonly<Record<string, Value>> => (value === 0 ? {} : { MaxAllocatedStorage: value }),
    onReplica: 'same',
    restore: 'afterwards',
    onCopy: true
  }),
  storage_type: waiting('storage_type', 'StorageType', 'online', {
    normalise: lower,
    onReplica: 'at-creation',
    onCopy: true
  }),
  storage_iops: waiting('storage_iops', 'Iops', 'online', { onReplica: 'at-creation', onCopy: true }),
  storage_throughput: waiting('storage_throughput', 'StorageThroughput', 'online', {
    show: value => `${textOf(value)} MiB/s`,
    onReplica: 'at-creation',
    onCopy: true
  }),
  storage_encrypted: fixed(
    'storage_encrypted',
    'StorageEncrypted',
    `${NEW_DATABASE} A copy of a snapshot can be encrypted.`,
    { restore: 'inherited' }
  ),
  kms_key_id: fixed(
    'kms_key_id',
    'KmsKeyId',
    `${NEW_DATABASE} A copy of a snapshot can be encrypted with another key.`,
    { derived: true, restore: 'inherited' }
  ),
  database_name: fixed(
    'database_name',
    'DBName',
    'Create the database with SQL (`CREATE DATABASE`) and leave `database_name` as it was.',
    { restore: 'inherited' }
  ),
  master_username: fixed(
    'master_username',
    'MasterUsername',
    'Create the user with SQL (`CREATE ROLE … LOGIN; GRANT rds_superuser TO …`) and leave `master_username` as it was.',
    { restore: 'inherited' }
  ),
  master_password: renamed('master_password', 'MasterUserPassword', passwordState, {
    derived: true,
    restore: 'afterwards'
  }),
  master_password_version: renamed(
    'master_password_version',
    'MasterUserPassword, Tags',
    live => fromList(live.TagList)[PASSWORD_VERSION],
    { sends: 'master_password', modify: undefined, create: NOT_CREATED }
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
    hint: NEW_DATABASE,
    derived: true,
    onCopy: true
  }),
  security_group: renamed(
    'create_security_group',
    'VpcSecurityGroupIds',
    live => (live.VpcSecurityGroups ?? []).flatMap(group => group.VpcSecurityGroupId ?? []).sort(),
    {
      modify: undefined,
      satisfied: (live, wanted) => Array.isArray(live) && live.includes(wanted),
      create: value => ({ VpcSecurityGroupIds: Array.isArray(value) ? value : [value] }),
      derived: true,
      onReplica: 'same',
      onCopy: true
    }
  ),
  security_group_ids: renamed(
    'security_group_ids',
    'VpcSecurityGroupIds',
    live => (live.VpcSecurityGroups ?? []).flatMap(group => group.VpcSecurityGroupId ?? []).sort(),
    { normalise: sortedTexts, derived: true, onReplica: 'same' }
  ),
  port: renamed('port', 'Port', live => live.Endpoint?.Port ?? (live.DbInstancePort || undefined), {
    impact: (_change, observed) => outage(observed),
    modify: 'DBPortNumber',
    queued: pending => pending.Port,
    onCopy: true
  }),
  network_type: inheritedOnly('NetworkType'),
  dedicated_log_volume: inheritedOnly('DedicatedLogVolume'),
  publicly_accessible: plain('publicly_accessible', 'PubliclyAccessible', {
    constraint: 'exposure',
    onReplica: 'same',
    onCopy: true
  }),
  multi_az: waiting('multi_az', 'MultiAZ', 'online', { onCopy: true }),
  availability_zone: fixed(
    'availability_zone',
    'AvailabilityZone',
    'Leave `availability_zone` unset or as it was: RDS moves an instance to another zone only by a failover.',
    // After a failover the server is in the other one of its two zones.
    { satisfied: (_live, wanted, all) => wanted === all.facts['secondaryZone'] }
  ),
  backup_retention_period: waiting('backup_retention_period', 'BackupRetentionPeriod', 'outage', {
    impact: (change, observed) =>
      (change.from === 0) === (change.to === 0) ? 'online' : queuedUnlessNow('outage')(change, observed),
    show: value => (value === 0 ? 'off' : counted('day')(value)),
    satisfied: hasBackupPlan,
    onCopy: true
  }),
  backup_window: plain('backup_window', 'PreferredBackupWindow', { satisfied: hasBackupPlan, onCopy: true }),
  maintenance_window: plain('maintenance_window', 'PreferredMaintenanceWindow', {
    normalise: lower,
    restore: 'afterwards',
    onCopy: true
  }),
  enable_deletion_protection: plain('enable_deletion_protection', 'DeletionProtection'),
  copy_tags_to_snapshot: plain('copy_tags_to_snapshot', 'CopyTagsToSnapshot', { onReplica: 'same', onCopy: true }),
  enable_performance_insights: renamed(
    'enable_performance_insights',
    'EnablePerformanceInsights',
    live => live.PerformanceInsightsEnabled ?? false,
    { onReplica: 'same', restore: 'afterwards', onCopy: true }
  ),
  performance_insights_retention_period: plain(
    'performance_insights_retention_period',
    'PerformanceInsightsRetentionPeriod',
    { show: counted('day'), derived: true, onReplica: 'same', restore: 'afterwards', onCopy: true }
  ),
  performance_insights_kms_key_id: plain('performance_insights_kms_key_id', 'PerformanceInsightsKMSKeyId', {
    impact: change => (change.from === null || change.from === undefined ? 'online' : 'blocked'),
    hint: 'Leave the key of Performance Insights as it was: RDS takes it once.',
    derived: true,
    onReplica: 'same',
    restore: 'afterwards',
    onCopy: true
  }),
  database_insights_mode: plain('database_insights_mode', 'DatabaseInsightsMode', {
    read: live => live.DatabaseInsightsMode ?? 'standard',
    onReplica: 'same',
    restore: 'afterwards',
    onCopy: true
  }),
  monitoring_interval: plain('monitoring_interval', 'MonitoringInterval', {
    show: value => (value === 0 ? 'off' : `${textOf(value)} s`),
    read: live => live.MonitoringInterval ?? 0,
    derived: true,
    onReplica: 'same',
    restore: 'afterwards',
    onCopy: true
  }),
  monitoring_role_arn: plain('monitoring_role_arn', 'MonitoringRoleArn', {
    derived: true,
    onReplica: 'same',
    restore: 'afterwards',
    onCopy: true
  }),
  enabled_cloudwatch_logs_exports: renamed(
    'enabled_cloudwatch_logs_exports',
    'EnableCloudwatchLogsExports',
    live => (live.EnabledCloudwatchLogsExports ?? []).toSorted(),
    {
      modify: undefined,
      queued: pending => {
        const { LogTypesToEnable: more } = pending.PendingCloudwatchLogsExports ?? {};
        return more === undefined ? undefined : more.toSorted();
      },
      derived: true,
      onReplica: 'at-creation',
      onCopy: true
    }
  ),
  iam_database_authentication_enabled: renamed(
    'iam_database_authentication_enabled',
    'EnableIAMDatabaseAuthentication',
    live => live.IAMDatabaseAuthenticationEnabled,
    {
      impact: queuedUnlessNow('online'),
      queued: pending => pending.IAMDatabaseAuthenticationEnabled,
      onReplica: 'same',
      onCopy: true
    }
  ),
  ca_certificate_identifier: waiting('ca_certificate_identifier', 'CACertificateIdentifier', 'outage', {
    // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL-certificate-rotation.html
    impact: (change, observed) => {
      const now = observed.facts['rotatesWithoutRestart'] === true ? 'online' : 'outage';
      return queuedUnlessNow(now)(change, observed);
    },
    // RDS rotates the certificate of an authority that ends.
    satisfied: (live, wanted) => isRetiredAuthority(wanted) && !isRetiredAuthority(live),
    onReplica: 'same',
    onCopy: true
  }),
  auto_minor_version_upgrade: plain('auto_minor_version_upgrade', 'AutoMinorVersionUpgrade', {
    onReplica: 'same',
    onCopy: true
  }),
  engine_lifecycle_support: plain('engine_lifecycle_support', 'EngineLifecycleSupport', { onCopy: true }),
  parameter_group: renamed(
    'parameter_group_name',
    'DBParameterGroupName',
    live => live.DBParameterGroups?.[0]?.DBParameterGroupName,
    {
      // With an upgrade it waits as that does.
      impact: (change, observed) =>
        isOfUpgrade(change) ? queuedUnlessNow('outage')(change, observed) : rebootImpact(observed),
      derived: true,
      onReplica: 'same',
      createsReplica: false,
      onCopy: true
    }
  ),
  option_group: renamed('option_group_name', 'OptionGroupName', optionGroupOf, {
    impact: queuedUnlessNow('online'),
    normalise: lower,
    derived: true,
    onCopy: true
  }),
  reboot_pending: renamed('allow_restart', 'DBParameterGroups.ParameterApplyStatus', isRebootPending, {
    impact: (_change, observed) => outage(observed),
    modify: undefined,
    create: NOT_CREATED,
    derived: true,
    onReplica: 'same',
    createsReplica: false
  }),
  /** Never live: asked for as long as the server has another major version than its copy. */
  switchover: renamed('confirm_switchover', 'SwitchoverBlueGreenDeployment', () => undefined, {
    impact: 'failover',
    modify: undefined,
    create: NOT_CREATED,
    show: value => `over to ${textOf(value)}, as soon as it follows`,
    derived: true
  }),
  source: renamed('restore_from_snapshot', 'DBSnapshotIdentifier, SourceDBInstanceIdentifier', () => 'none', {
    modify: undefined,
    create: NOT_CREATED,
    satisfied: () => true,
    show: showSource,
    derived: true
  })
} as const satisfies Readonly<Record<string, InstanceField>> & Readonly<Record<RuleField, InstanceField>>;

/** The fields of the server, with the user's tags. */
export const SERVER_FIELDS = { ...INSTANCE_FIELDS, 'tags.*': TAG_FIELD } as const;

export type ServerField = keyof typeof INSTANCE_FIELDS;
export type ServerValues = FieldsOf<typeof SERVER_FIELDS, Value>;

/** The same entries under their names. */
export const SERVER_ENTRIES = Object.entries(INSTANCE_FIELDS) as readonly (readonly [ServerField, InstanceField])[];
