import type { Refusal, RefusalHandling } from '../refusals.ts';

const CREATE = ['instances.insert', 'instances.clone', 'instances.restoreBackup'] as const;
const CHANGE = ['instances.patch', 'instances.update'] as const;
const CHILD_CALLS = [
  'databases.insert',
  'users.insert',
  'users.update',
  'users.delete',
  'backups.CreateBackup'
] as const;
const OPERATIONS = [
  'instances.restart',
  'instances.failover',
  'instances.promoteReplica',
  'instances.switchover',
  'instances.rescheduleMaintenance',
  'instances.preCheckMajorVersionUpgrade'
] as const;
const ALL = [...CREATE, ...CHANGE, 'instances.delete', ...OPERATIONS, ...CHILD_CALLS] as const;
const ALARMS = ['alertPolicies.create', 'alertPolicies.patch', 'alertPolicies.delete'] as const;

const SECRETS = ['secrets.create', 'secrets.addVersion', 'secrets.patch', 'secrets.delete'] as const;

const of = (
  calls: readonly string[],
  when: RefusalHandling,
  how: string,
  ...codes: readonly string[]
): readonly Refusal[] => codes.flatMap(code => calls.map(call => ({ call, code, when, how })));

/**
 * The error codes of Cloud SQL's API and of Cloud Monitoring, for every mutating call that this provider sends.
 * https://cloud.google.com/sql/docs/postgres/admin-api-error-messages
 */
export const refusals: readonly Refusal[] = [
  ...of(ALL, 'checked', 'The plan checks tier, version, flags, disk, zones, network and names.', 'INVALID_REQUEST'),
  ...of([...CREATE, ...CHANGE], 'checked', 'The plan checks settings against each other.', 'INVALID_INSTANCE_PROPERTY'),
  ...of([...CREATE, ...CHANGE], 'checked', 'Zones must lie in the region of the instance.', 'ERROR_GCE_ZONE_REGION'),
  ...of([...CREATE, ...CHANGE], 'unknowable', 'No API of Cloud SQL lists zones.', 'ERROR_UNRECOGNIZED_GCE_ZONE'),
  ...of(
    ['instances.insert', ...CHANGE],
    'checked',
    'Flags and values are held against `flags.list` of the version.',
    'ERROR_INVALID_FLAG_NAME',
    'ERROR_INVALID_FLAG_VALUE',
    'ERROR_INVALID_FLAG_DATABASE_TYPE'
  ),
  ...of(
    ['instances.insert'],
    'checked',
    'The name of an existing instance is planned as a change.',
    'ERROR_INSTANCE_NAME_CONFLICT'
  ),
  ...of(
    ['instances.clone', 'instances.restoreBackup'],
    'checked',
    'The plan reads the instance of that name first.',
    'ERROR_MATCHING_SOURCE_DESTINATION_INSTANCE_NAME',
    'ERROR_INSTANCE_NAME_CONFLICT'
  ),
  ...of(
    ['instances.restoreBackup'],
    'checked',
    'The plan reads the backup, its state and the size of its disk.',
    'ERROR_BACKUP_NOT_FOUND',
    'BACKUP_RUN_DOES_NOT_EXIST',
    'ERROR_INVALID_BACKUP_RUN_STATUS',
    'ERROR_BACKUP_SIZE_EXCEEDS_INSTANCE_SIZE'
  ),
  ...of(
    ['instances.insert'],
    'checked',
    'A replica takes version, region and settings from its primary.',
    'ERROR_READ_REPLICA_INCOMPATIBLE_DATABASE_TYPES',
    'ERROR_INSTANCES_INCOMPATIBLE_FOR_REPLICATION',
    'ERROR_READ_REPLICA_SOURCE_TARGET_REGION_MISMATCH',
    'ERROR_DATABASE_TYPE_UNSUPPORTED_FOR_REPLICATION',
    'ERROR_DATABASE_TYPE_UNSUPPORTED_FOR_READ_REPLICA',
    'ERROR_DISALLOWED_ENABLING_BACKUPS_FOR_READ_REPLICA'
  ),
  ...of(
    ['instances.delete'],
    'checked',
    'Replicas and read pools of others are in the plan and stop it.',
    'ERROR_INVALID_HAS_REPLICA_OPERATION',
    'ERROR_REPLICATION_MASTER_INVALID_OPERATION'
  ),
  ...of(
    ['instances.delete'],
    'checked',
    'A protected instance is not deleted.',
    'ERROR_PROTECTED_INSTANCE_DELETION_FAILURE'
  ),
  ...of(
    ALL,
    'checked',
    'A read replica is not adopted as the server.',
    'ERROR_READ_REPLICA_INVALID_OPERATION',
    'ERROR_REPLICA_INVALID_OPERATION',
    'INVALID_OPERATION'
  ),
  ...of(
    CHANGE,
    'checked',
    'A failover and a second zone need a standby: both are checked.',
    'ERROR_INVALID_HA_MASTER_OPERATION'
  ),
  ...of(ALL, 'unknowable', 'The hint names the permission; `doctor` lists those that are missing.', 'NOT_AUTHORIZED'),
  ...of(CREATE, 'unknowable', 'The hint says to enable billing.', 'INVALID_BILLING_ACCOUNT_STATE'),
  ...of(ALL, 'checked', 'The plan reads the instance; one deleted meanwhile fails.', 'INSTANCE_DOES_NOT_EXIST'),
  ...of(
    ALL,
    'unknowable',
    'Waited for, then tried 10 times; the last message names the obstacle.',
    'OPERATION_IN_PROGRESS'
  ),
  ...of(ALL, 'unknowable', 'Tried 3 times; the plan warns about a name that was in use lately.', 'INVALID_STATE'),
  ...of(CHANGE, 'unknowable', 'Another writer was faster: the settings are read and sent again.', 'STALE_DATA'),
  ...of(
    CREATE,
    'unknowable',
    'No API lists these quotas; the hint says to request more.',
    'ERROR_MAX_INSTANCE_PER_LABEL',
    'ERROR_MAX_FREE_INSTANCE_PER_LABEL',
    'ERROR_GCE_QUOTA_EXCEEDED'
  ),
  ...of(
    [...CREATE, ...CHANGE],
    'unknowable',
    'The hint says to try later, or another zone, region or tier.',
    'ERROR_GCE_STOCKOUT',
    'ERROR_GCE_BOOT_DISK_CREATION_FAILURE',
    'ERROR_GCE_DATA_DISK_CREATION_FAILURE',
    'ERROR_GCE_TMP_DISK_CREATION_FAILURE',
    'ERROR_GCE_IP_CREATION_FAILURE',
    'ERROR_GCE_VM_CREATION_FAILURE'
  ),
  ...of(
    ALL,
    'unknowable',
    'A server error: the list of operations is read before the call is sent again.',
    'SERVER_EXCEPTION',
    'ERROR_SPECKLE_RPC',
    'ERROR_BILLING_RPC',
    'ERROR_UNKNOWN',
    'POOL_DOES_NOT_EXIST',
    'ERROR_APPCONFIG_RPC',
    'RETRY_TRANSIENT_ERROR',
    'ERROR_IP_MANAGEMENT_OPERATION'
  ),
  ...of(
    ['instances.restoreBackup', 'instances.clone'],
    'unknowable',
    'The words of Google are shown as they are.',
    'ERROR_DISK_ENCRYPTION_UNSUPPORTED'
  ),
  ...of(
    ALL,
    'our-bug',
    'Every call is one that Cloud SQL documents.',
    'UNSUPPORTED_OPERATION',
    'UNSUPPORTED_V2_OPERATION'
  ),
  ...of(
    ['instances.insert'],
    'our-bug',
    'The body of a replica names its primary and no replication state.',
    'ERROR_INVALID_INSTANCE_TYPE_CLOUDSQL',
    'ERROR_INVALID_INSTANCE_TYPE_READ_REPLICA',
    'ERROR_INVALID_READ_REPLICA_ACTIVATION_POLICY',
    'ERROR_INVALID_INSTANCE_PROPERTY_DATABASE_REPLICATION_ENABLED',
    'ERROR_DISALLOWED_DISABLED_DATABASE_REPLICATION_ON_REPLICA_CREATION',
    'ERROR_INVALID_READ_REPLICA_PROJECT',
    'ERROR_INVALID_REPLICA_REGION_TOPOLOGY',
    'ERROR_REPLICA_DEPTH_LIMIT_EXCEEDED'
  ),
  ...of(
    ['instances.clone', 'instances.restoreBackup'],
    'our-bug',
    'Source and copy are in the project of the call.',
    'ERROR_INVALID_CLONE_SOURCE_PROJECT',
    'ERROR_INVALID_CLONE_DESTINATION_PROJECT',
    'PROJECT_NAME_MISMATCH'
  ),
  ...of(ALL, 'our-bug', 'The project is the one that inputs or the environment name.', 'ERROR_INVALID_PROJECT'),
  ...of(
    ['instances.executeSql'],
    'checked',
    'The way in is chosen when the instance allows the Data API; else the hint has the command.',
    'DATA_API_NOT_ALLOWED'
  ),
  ...of(
    ['instances.executeSql'],
    'unknowable',
    'No session comes about: the hint names the permission.',
    'PERMISSION_DENIED'
  ),
  ...of(ALARMS, 'checked', 'Channels, labels and periods are checked as far as the inputs show.', 'INVALID_ARGUMENT'),
  ...of(ALARMS, 'unknowable', 'The hint names the permission, or the API to enable.', 'PERMISSION_DENIED'),
  ...of(ALARMS, 'unknowable', 'A policy deleted meanwhile: the next run makes a new plan.', 'NOT_FOUND'),
  ...of(ALARMS, 'unknowable', 'The hint says to request a higher quota.', 'RESOURCE_EXHAUSTED'),
  ...of(
    ALARMS,
    'unknowable',
    'A server error: policies are read before a create is sent again.',
    'UNAVAILABLE',
    'INTERNAL'
  ),
  ...of(SECRETS, 'checked', 'Names and labels are made of the names of server and role.', 'INVALID_ARGUMENT'),
  ...of(SECRETS, 'unknowable', 'The hint names the permission, or the API to enable.', 'PERMISSION_DENIED'),
  ...of(SECRETS, 'unknowable', 'A secret deleted meanwhile: the next run makes another one.', 'NOT_FOUND'),
  ...of(['secrets.create'], 'checked', 'A secret of this name is read: one of ours is used.', 'ALREADY_EXISTS'),
  ...of(
    SECRETS,
    'unknowable',
    'A policy of the organisation may forbid secrets without a place: its words are shown.',
    'FAILED_PRECONDITION'
  ),
  ...of(SECRETS, 'unknowable', 'The hint says to request a higher quota.', 'RESOURCE_EXHAUSTED'),
  ...of(SECRETS, 'unknowable', 'A server error: the call is repeated.', 'UNAVAILABLE', 'INTERNAL')
];

/**
 * Codes of calls that this provider never sends: exports, certificates, external servers, App Engine and failover
 * replicas.
 */
export const NEVER_SENT =
  /SSL_CERTIFICATE|CLIENT_SSL|EXPORT|IMPORT|ON_PREMISES|EXTERNAL_SERVER|APP_ID|APP_REGION|MASTERSLAVE|GAE_APP|FAILOVER|GCS_BUCKET|PUBLIC_KEY|REPLICA_CONFIGURATION|PITR_BACKUP_RUN|PRIMARY_IP_RANGE|OPERATION_DOES_NOT_EXIST/;
