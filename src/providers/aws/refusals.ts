import type { Refusal } from '../refusals.ts';
import { ERROR_CODES } from './api/error-codes.ts';

type Handling = Pick<Refusal, 'when' | 'how'>;

/** How each error code is dealt with, whichever call it comes from. */
const HANDLING: readonly (Handling & { readonly codes: readonly string[] })[] = [
  {
    when: 'our-bug',
    how: 'This action sends no such member.',
    codes: [
      'AuthorizationNotFound',
      'BackupPolicyNotFoundFault',
      'CannotDelete',
      'BlueGreenDeploymentNotFoundFault',
      'DBClusterNotFoundFault',
      'DBClusterParameterGroupNotFoundFault',
      'DBClusterQuotaExceededFault',
      'SourceClusterNotSupportedFault',
      'DBClusterSnapshotNotFoundFault',
      'DBProxyEndpointNotFoundFault',
      'DBSecurityGroupNotFound',
      'DBShardGroupNotFound',
      'DBSnapshotTenantDatabaseNotFoundFault',
      'DomainNotFoundFault',
      'IntegrationNotFoundFault',
      'InvalidDBClusterEndpointStateFault',
      'InvalidDBClusterStateFault',
      'InvalidDBSecurityGroupState',
      'InvalidInput',
      'InvalidPermission.Malformed',
      'NetworkTypeNotSupported',
      'OperationNotPermitted',
      'PolicyNotAttachable',
      'PreconditionNotMetException',
      'TenantDatabaseNotFound',
      'TenantDatabaseQuotaExceeded',
      'UnmodifiableEntity'
    ]
  },
  {
    when: 'checked',
    how: 'The plan looks for the deployment by its name first; one that is there is waited for.',
    codes: ['BlueGreenDeploymentAlreadyExistsFault']
  },
  {
    when: 'checked',
    how: 'The plan checks backups, master password, replicas and logical replication.',
    codes: ['SourceDatabaseNotSupportedFault']
  },
  {
    when: 'checked',
    how: 'The plan compares `ca_certificate_identifier` with the authorities of the version.',
    codes: ['CertificateNotFound']
  },
  {
    when: 'unknowable',
    how: 'Another change is in progress: the call waits and is repeated.',
    codes: [
      'DeleteConflict',
      'InvalidBlueGreenDeploymentStateFault',
      'InvalidDBInstanceAutomatedBackupState',
      'InvalidDBInstanceState',
      'InvalidDBParameterGroupState',
      'InvalidDBProxyStateFault',
      'InvalidDBSnapshotState',
      'InvalidDBSubnetGroupStateFault'
    ]
  },
  {
    when: 'unknowable',
    how: 'Two calls met: nothing was done, and the call is repeated.',
    codes: [
      'ConcurrentModification',
      'ConcurrentModificationException',
      'ConcurrentTagAccess',
      'ConflictException',
      'OperationAbortedException',
      'ResourceConflict'
    ]
  },
  {
    when: 'checked',
    how: "The plan finds the instance by its name; another owner's is refused, our own is resumed.",
    codes: ['DBInstanceAlreadyExists']
  },
  {
    when: 'checked',
    how: "The name is looked up: our own is resumed, another owner's is refused.",
    codes: [
      'DBParameterGroupAlreadyExists',
      'DBProxyAlreadyExistsFault',
      'DBProxyTargetAlreadyRegisteredFault',
      'DBSnapshotAlreadyExists',
      'DBSubnetGroupAlreadyExists',
      'EntityAlreadyExists',
      'InvalidGroup.Duplicate',
      'ReservedDBInstanceAlreadyExists',
      'ResourceAlreadyExistsException',
      'ResourceExistsException'
    ]
  },
  {
    when: 'unknowable',
    how: 'The plan has just read it: it was deleted meanwhile. A delete treats it as done.',
    codes: [
      'DBInstanceAutomatedBackupNotFound',
      'DBInstanceNotFound',
      'DBParameterGroupNotFound',
      'DBProxyNotFoundFault',
      'DBProxyTargetGroupNotFoundFault',
      'DBSnapshotNotFound',
      'InvalidGroup.NotFound',
      'InvalidID',
      'InvalidPermission.NotFound',
      'InvalidSecurityGroupRuleId.NotFound',
      'NoSuchEntity',
      'ResourceNotFoundFault',
      'ResourceNotFound',
      'ResourceNotFoundException'
    ]
  },
  {
    when: 'checked',
    how: 'The plan reads the group in its region.',
    codes: ['DBSubnetGroupNotFoundFault', 'OptionGroupNotFoundFault']
  },
  {
    when: 'checked',
    how: 'The plan compares the account quota with what it creates.',
    codes: [
      'DBParameterGroupQuotaExceeded',
      'DBSubnetGroupQuotaExceeded',
      'InstanceQuotaExceeded',
      'StorageQuotaExceeded'
    ]
  },
  {
    when: 'unknowable',
    how: 'No API of RDS reads this quota: the hint names Service Quotas.',
    codes: [
      'DBInstanceAutomatedBackupQuotaExceeded',
      'DBProxyQuotaExceededFault',
      'DBSubnetQuotaExceededFault',
      'LimitExceeded',
      'LimitExceededException',
      'ReservedDBInstanceQuotaExceeded',
      'SecurityGroupLimitExceeded',
      'SnapshotQuotaExceeded'
    ]
  },
  {
    when: 'checked',
    how: 'The plan reads the zones of `subnet_ids`.',
    codes: ['DBSubnetGroupDoesNotCoverEnoughAZs']
  },
  {
    when: 'checked',
    how: 'The plan reads `subnet_ids`: all exist and are in one VPC.',
    codes: ['InvalidDBSubnetGroupFault', 'InvalidSubnet']
  },
  {
    when: 'checked',
    how: 'The plan refuses to leave out the subnets of a zone that an instance is in.',
    codes: ['SubnetAlreadyInUse']
  },
  {
    when: 'our-bug',
    how: 'A replica in the region of its source gets no subnet group.',
    codes: ['DBSubnetGroupNotAllowedFault']
  },
  {
    when: 'checked',
    how: 'The plan changes replicas first, and refuses to pass one that stays older.',
    codes: ['DBUpgradeDependencyFailure']
  },
  {
    when: 'unknowable',
    how: 'The secret key is the account default: the hint of KMS applies.',
    codes: ['DecryptionFailure', 'EncryptionFailure']
  },
  {
    when: 'unknowable',
    how: 'No API reads the free capacity: the hint names `instance_class` and the zone.',
    codes: ['InsufficientDBInstanceCapacity', 'ProvisionedIopsNotAvailableInAZFault']
  },
  {
    when: 'unknowable',
    how: 'The subnets have no free address: the hint says to add subnets or to free addresses.',
    codes: ['InsufficientAvailableIPsInSubnetFault']
  },
  {
    when: 'unknowable',
    how: 'AWS failed: the call is repeated.',
    codes: [
      'InternalError',
      'InternalServiceError',
      'RequestLimitExceeded',
      'ServiceFailure',
      'ServiceUnavailableException',
      'Unavailable'
    ]
  },
  {
    when: 'checked',
    how: 'The plan reads whether the VPC allows public addresses, and whether the zone has one of the subnets.',
    codes: ['InvalidVPCNetworkStateFault']
  },
  {
    when: 'unknowable',
    how: 'The state of the VPC or subnet changed meanwhile: the message names it.',
    codes: ['InvalidDBSubnetStateFault', 'VpcEncryptionControlViolationException']
  },
  {
    when: 'checked',
    how: 'The inputs are validated before anything is sent.',
    codes: ['InvalidParameterException', 'InvalidParameterValue', 'InvalidRequestException', 'ValidationException']
  },
  {
    when: 'checked',
    how: 'The plan compares `restore_to_time` with the restore window.',
    codes: ['InvalidRestoreFault']
  },
  {
    when: 'checked',
    how: 'The plan refuses a source without automated backups.',
    codes: ['PointInTimeRestoreNotEnabled']
  },
  {
    when: 'checked',
    how: 'The plan reads the key: it exists, is enabled and encrypts.',
    codes: ['KMSKeyNotAccessibleFault']
  },
  {
    when: 'our-bug',
    how: "The policy documents are this action's own.",
    codes: ['MalformedPolicyDocument', 'MalformedPolicyDocumentException']
  },
  {
    when: 'checked',
    how: 'The plan reads the offering.',
    codes: ['ReservedDBInstancesOfferingNotFound']
  },
  {
    when: 'checked',
    how: 'The plan compares `storage_type` with the options of the class.',
    codes: ['StorageTypeNotSupported']
  },
  {
    when: 'checked',
    how: 'A name that begins with `sg-` is refused where it gets a security group.',
    codes: ['InvalidGroup.Reserved']
  },
  {
    when: 'checked',
    how: 'The plan reads `vpc_id`, and without it the default VPC.',
    codes: ['InvalidVpcID.NotFound', 'VPCIdNotSpecified']
  },
  {
    when: 'unknowable',
    how: 'Another run or person has added the rule: it counts as added.',
    codes: ['InvalidPermission.Duplicate']
  },
  {
    when: 'unknowable',
    how: 'The plan names the users that it can read; one that came later is named by the failure.',
    codes: ['DependencyViolation']
  },
  {
    when: 'unknowable',
    how: 'The plan warns above the default of 60 and refuses above 1000: the hint names the quota.',
    codes: ['RulesPerSecurityGroupLimitExceeded']
  },
  {
    when: 'unknowable',
    how: 'Policies are not read: the failure names the permission, and the page with policies.',
    codes: ['UnauthorizedOperation']
  },
  {
    when: 'checked',
    how: 'At most 40 tags are accepted.',
    codes: ['TagLimitExceeded', 'TooManyTagsException']
  }
];

/**
 * Every error code of every call that changes something, with how it is dealt with. EC2's description lists no codes.
 */
export const refusals: readonly Refusal[] = Object.entries(ERROR_CODES).flatMap(([call, codes]) =>
  codes.flatMap(code => {
    const handling = HANDLING.find(one => one.codes.includes(code));
    return handling === undefined ? [] : [{ call, code, when: handling.when, how: handling.how }];
  })
);
