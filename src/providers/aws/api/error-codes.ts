/** EC2's description lists no codes: these are of its user guide, and those that every call of it can end with. */
const EC2 = [
  'InternalError',
  'InvalidParameterValue',
  'OperationNotPermitted',
  'RequestLimitExceeded',
  'Unavailable',
  'UnauthorizedOperation'
] as const;
const AUTHORIZE = [
  'InvalidGroup.NotFound',
  'InvalidPermission.Duplicate',
  'InvalidPermission.Malformed',
  'RulesPerSecurityGroupLimitExceeded',
  ...EC2
] as const;
const REVOKE = [
  'InvalidGroup.NotFound',
  'InvalidPermission.NotFound',
  'InvalidSecurityGroupRuleId.NotFound',
  ...EC2
] as const;

/**
 * The error codes of every call that changes something, by the API descriptions of AWS. A list, not code: long on
 * purpose.
 */
export const ERROR_CODES: Readonly<Record<string, readonly string[]>> = {
  'cloudwatch:DeleteAlarms': ['ResourceConflict', 'ResourceNotFound'],
  'cloudwatch:PutMetricAlarm': ['LimitExceeded'],
  'cloudwatch:TagResource': [
    'ConcurrentModificationException',
    'ConflictException',
    'InternalServiceError',
    'InvalidParameterValue',
    'ResourceNotFoundException'
  ],
  'cloudwatch:UntagResource': [
    'ConcurrentModificationException',
    'ConflictException',
    'InternalServiceError',
    'InvalidParameterValue',
    'ResourceNotFoundException'
  ],
  'ec2:AuthorizeSecurityGroupEgress': AUTHORIZE,
  'ec2:AuthorizeSecurityGroupIngress': AUTHORIZE,
  'ec2:CreateSecurityGroup': [
    'InvalidGroup.Duplicate',
    'InvalidGroup.Reserved',
    'InvalidVpcID.NotFound',
    'SecurityGroupLimitExceeded',
    'VPCIdNotSpecified',
    ...EC2
  ],
  'ec2:CreateTags': ['ConcurrentTagAccess', 'InvalidID', 'TagLimitExceeded', ...EC2],
  'ec2:DeleteSecurityGroup': ['CannotDelete', 'DependencyViolation', 'InvalidGroup.NotFound', ...EC2],
  'ec2:DeleteTags': ['ConcurrentTagAccess', 'InvalidID', ...EC2],
  'ec2:ModifySecurityGroupRules': [
    'InvalidGroup.NotFound',
    'InvalidPermission.Duplicate',
    'InvalidPermission.Malformed',
    'InvalidSecurityGroupRuleId.NotFound',
    ...EC2
  ],
  'ec2:RevokeSecurityGroupEgress': REVOKE,
  'ec2:RevokeSecurityGroupIngress': REVOKE,
  'iam:AttachRolePolicy': [
    'InvalidInput',
    'LimitExceeded',
    'NoSuchEntity',
    'PolicyNotAttachable',
    'ServiceFailure',
    'UnmodifiableEntity'
  ],
  'iam:CreateRole': [
    'ConcurrentModification',
    'EntityAlreadyExists',
    'InvalidInput',
    'LimitExceeded',
    'MalformedPolicyDocument',
    'ServiceFailure'
  ],
  'iam:DeleteRole': [
    'ConcurrentModification',
    'DeleteConflict',
    'LimitExceeded',
    'NoSuchEntity',
    'ServiceFailure',
    'UnmodifiableEntity'
  ],
  'iam:DeleteRolePolicy': ['LimitExceeded', 'NoSuchEntity', 'ServiceFailure', 'UnmodifiableEntity'],
  'iam:DetachRolePolicy': ['InvalidInput', 'LimitExceeded', 'NoSuchEntity', 'ServiceFailure', 'UnmodifiableEntity'],
  'iam:PutRolePolicy': [
    'LimitExceeded',
    'MalformedPolicyDocument',
    'NoSuchEntity',
    'ServiceFailure',
    'UnmodifiableEntity'
  ],
  'iam:TagRole': ['ConcurrentModification', 'InvalidInput', 'LimitExceeded', 'NoSuchEntity', 'ServiceFailure'],
  'iam:UntagRole': ['ConcurrentModification', 'NoSuchEntity', 'ServiceFailure'],
  'logs:CreateLogGroup': [
    'InvalidParameterException',
    'LimitExceededException',
    'OperationAbortedException',
    'ResourceAlreadyExistsException',
    'ServiceUnavailableException'
  ],
  'logs:DeleteLogGroup': [
    'InvalidParameterException',
    'OperationAbortedException',
    'ResourceNotFoundException',
    'ServiceUnavailableException',
    'ValidationException'
  ],
  'logs:PutRetentionPolicy': [
    'InvalidParameterException',
    'OperationAbortedException',
    'ResourceNotFoundException',
    'ServiceUnavailableException'
  ],
  'logs:TagResource': [
    'InvalidParameterException',
    'ResourceNotFoundException',
    'ServiceUnavailableException',
    'TooManyTagsException'
  ],
  'logs:UntagResource': ['InvalidParameterException', 'ResourceNotFoundException', 'ServiceUnavailableException'],
  'rds:AddTagsToResource': [
    'BlueGreenDeploymentNotFoundFault',
    'DBClusterNotFoundFault',
    'DBInstanceNotFound',
    'DBProxyEndpointNotFoundFault',
    'DBProxyNotFoundFault',
    'DBProxyTargetGroupNotFoundFault',
    'DBShardGroupNotFound',
    'DBSnapshotNotFound',
    'DBSnapshotTenantDatabaseNotFoundFault',
    'IntegrationNotFoundFault',
    'InvalidDBClusterEndpointStateFault',
    'InvalidDBClusterStateFault',
    'InvalidDBInstanceState',
    'TenantDatabaseNotFound'
  ],
  'rds:CreateDBInstance': [
    'AuthorizationNotFound',
    'BackupPolicyNotFoundFault',
    'CertificateNotFound',
    'DBClusterNotFoundFault',
    'DBInstanceAlreadyExists',
    'DBParameterGroupNotFound',
    'DBSecurityGroupNotFound',
    'DBSubnetGroupDoesNotCoverEnoughAZs',
    'DBSubnetGroupNotFoundFault',
    'DomainNotFoundFault',
    'InstanceQuotaExceeded',
    'InsufficientDBInstanceCapacity',
    'InvalidDBClusterStateFault',
    'InvalidSubnet',
    'InvalidVPCNetworkStateFault',
    'KMSKeyNotAccessibleFault',
    'NetworkTypeNotSupported',
    'OptionGroupNotFoundFault',
    'ProvisionedIopsNotAvailableInAZFault',
    'StorageQuotaExceeded',
    'StorageTypeNotSupported',
    'TenantDatabaseQuotaExceeded',
    'VpcEncryptionControlViolationException'
  ],
  'rds:CreateDBInstanceReadReplica': [
    'CertificateNotFound',
    'DBClusterNotFoundFault',
    'DBInstanceAlreadyExists',
    'DBInstanceNotFound',
    'DBParameterGroupNotFound',
    'DBSecurityGroupNotFound',
    'DBSubnetGroupDoesNotCoverEnoughAZs',
    'DBSubnetGroupNotAllowedFault',
    'DBSubnetGroupNotFoundFault',
    'DomainNotFoundFault',
    'InstanceQuotaExceeded',
    'InsufficientDBInstanceCapacity',
    'InvalidDBClusterStateFault',
    'InvalidDBInstanceState',
    'InvalidDBSubnetGroupFault',
    'InvalidSubnet',
    'InvalidVPCNetworkStateFault',
    'KMSKeyNotAccessibleFault',
    'NetworkTypeNotSupported',
    'OptionGroupNotFoundFault',
    'ProvisionedIopsNotAvailableInAZFault',
    'StorageQuotaExceeded',
    'StorageTypeNotSupported',
    'TenantDatabaseQuotaExceeded',
    'VpcEncryptionControlViolationException'
  ],
  'rds:CreateDBParameterGroup': ['DBParameterGroupAlreadyExists', 'DBParameterGroupQuotaExceeded'],
  'rds:CreateDBProxy': ['DBProxyAlreadyExistsFault', 'DBProxyQuotaExceededFault', 'InvalidSubnet'],
  'rds:CreateDBSnapshot': [
    'DBInstanceNotFound',
    'DBSnapshotAlreadyExists',
    'InvalidDBInstanceState',
    'SnapshotQuotaExceeded'
  ],
  'rds:CreateDBSubnetGroup': [
    'DBSubnetGroupAlreadyExists',
    'DBSubnetGroupDoesNotCoverEnoughAZs',
    'DBSubnetGroupQuotaExceeded',
    'DBSubnetQuotaExceededFault',
    'InvalidSubnet'
  ],
  'rds:DeleteDBInstance': [
    'DBInstanceAutomatedBackupQuotaExceeded',
    'DBInstanceNotFound',
    'DBSnapshotAlreadyExists',
    'InvalidDBClusterStateFault',
    'InvalidDBInstanceState',
    'KMSKeyNotAccessibleFault',
    'SnapshotQuotaExceeded'
  ],
  'rds:DeleteDBParameterGroup': ['DBParameterGroupNotFound', 'InvalidDBParameterGroupState'],
  'rds:DeleteDBProxy': ['DBProxyNotFoundFault', 'InvalidDBProxyStateFault'],
  'rds:DeleteDBSubnetGroup': [
    'DBSubnetGroupNotFoundFault',
    'InvalidDBSubnetGroupStateFault',
    'InvalidDBSubnetStateFault'
  ],
  'rds:ModifyDBInstance': [
    'AuthorizationNotFound',
    'BackupPolicyNotFoundFault',
    'CertificateNotFound',
    'DBInstanceAlreadyExists',
    'DBInstanceNotFound',
    'DBParameterGroupNotFound',
    'DBSecurityGroupNotFound',
    'DBUpgradeDependencyFailure',
    'DomainNotFoundFault',
    'InsufficientDBInstanceCapacity',
    'InvalidDBClusterStateFault',
    'InvalidDBInstanceState',
    'InvalidDBSecurityGroupState',
    'InvalidVPCNetworkStateFault',
    'KMSKeyNotAccessibleFault',
    'NetworkTypeNotSupported',
    'OptionGroupNotFoundFault',
    'ProvisionedIopsNotAvailableInAZFault',
    'StorageQuotaExceeded',
    'StorageTypeNotSupported',
    'TenantDatabaseQuotaExceeded',
    'VpcEncryptionControlViolationException'
  ],
  'rds:ModifyDBParameterGroup': ['DBParameterGroupNotFound', 'InvalidDBParameterGroupState'],
  'rds:ModifyDBProxy': ['DBProxyAlreadyExistsFault', 'DBProxyNotFoundFault', 'InvalidDBProxyStateFault'],
  'rds:ModifyDBProxyTargetGroup': [
    'DBProxyNotFoundFault',
    'DBProxyTargetGroupNotFoundFault',
    'InvalidDBProxyStateFault'
  ],
  'rds:ModifyDBSubnetGroup': [
    'DBSubnetGroupDoesNotCoverEnoughAZs',
    'DBSubnetGroupNotFoundFault',
    'DBSubnetQuotaExceededFault',
    'InvalidDBSubnetGroupStateFault',
    'InvalidSubnet',
    'SubnetAlreadyInUse'
  ],
  'rds:CreateBlueGreenDeployment': [
    'BlueGreenDeploymentAlreadyExistsFault',
    'DBClusterNotFoundFault',
    'DBClusterParameterGroupNotFoundFault',
    'DBClusterQuotaExceededFault',
    'DBInstanceNotFound',
    'DBParameterGroupNotFound',
    'InstanceQuotaExceeded',
    'InvalidDBClusterStateFault',
    'InvalidDBInstanceState',
    'SourceClusterNotSupportedFault',
    'SourceDatabaseNotSupportedFault',
    'StorageQuotaExceeded'
  ],
  'rds:DeleteBlueGreenDeployment': ['BlueGreenDeploymentNotFoundFault', 'InvalidBlueGreenDeploymentStateFault'],
  'rds:SwitchoverBlueGreenDeployment': ['BlueGreenDeploymentNotFoundFault', 'InvalidBlueGreenDeploymentStateFault'],
  'rds:ApplyPendingMaintenanceAction': [
    'InvalidDBClusterStateFault',
    'InvalidDBInstanceState',
    'ResourceNotFoundFault'
  ],
  'rds:PromoteReadReplica': ['DBInstanceNotFound', 'InvalidDBInstanceState'],
  'rds:PurchaseReservedDBInstancesOffering': [
    'ReservedDBInstanceAlreadyExists',
    'ReservedDBInstanceQuotaExceeded',
    'ReservedDBInstancesOfferingNotFound'
  ],
  'rds:RebootDBInstance': ['DBInstanceNotFound', 'InvalidDBInstanceState', 'KMSKeyNotAccessibleFault'],
  'rds:RegisterDBProxyTargets': [
    'DBClusterNotFoundFault',
    'DBInstanceNotFound',
    'DBProxyNotFoundFault',
    'DBProxyTargetAlreadyRegisteredFault',
    'DBProxyTargetGroupNotFoundFault',
    'InsufficientAvailableIPsInSubnetFault',
    'InvalidDBClusterStateFault',
    'InvalidDBInstanceState',
    'InvalidDBProxyStateFault'
  ],
  'rds:RemoveTagsFromResource': [
    'BlueGreenDeploymentNotFoundFault',
    'DBClusterNotFoundFault',
    'DBInstanceNotFound',
    'DBProxyEndpointNotFoundFault',
    'DBProxyNotFoundFault',
    'DBProxyTargetGroupNotFoundFault',
    'DBShardGroupNotFound',
    'DBSnapshotNotFound',
    'DBSnapshotTenantDatabaseNotFoundFault',
    'IntegrationNotFoundFault',
    'InvalidDBClusterEndpointStateFault',
    'InvalidDBClusterStateFault',
    'InvalidDBInstanceState',
    'TenantDatabaseNotFound'
  ],
  'rds:ResetDBParameterGroup': ['DBParameterGroupNotFound', 'InvalidDBParameterGroupState'],
  'rds:RestoreDBInstanceFromDBSnapshot': [
    'AuthorizationNotFound',
    'BackupPolicyNotFoundFault',
    'CertificateNotFound',
    'DBClusterSnapshotNotFoundFault',
    'DBInstanceAlreadyExists',
    'DBParameterGroupNotFound',
    'DBSecurityGroupNotFound',
    'DBSnapshotNotFound',
    'DBSubnetGroupDoesNotCoverEnoughAZs',
    'DBSubnetGroupNotFoundFault',
    'DomainNotFoundFault',
    'InstanceQuotaExceeded',
    'InsufficientDBInstanceCapacity',
    'InvalidDBSnapshotState',
    'InvalidRestoreFault',
    'InvalidSubnet',
    'InvalidVPCNetworkStateFault',
    'KMSKeyNotAccessibleFault',
    'NetworkTypeNotSupported',
    'OptionGroupNotFoundFault',
    'ProvisionedIopsNotAvailableInAZFault',
    'StorageQuotaExceeded',
    'StorageTypeNotSupported',
    'TenantDatabaseQuotaExceeded',
    'VpcEncryptionControlViolationException'
  ],
  'rds:RestoreDBInstanceToPointInTime': [
    'AuthorizationNotFound',
    'BackupPolicyNotFoundFault',
    'CertificateNotFound',
    'DBInstanceAlreadyExists',
    'DBInstanceAutomatedBackupNotFound',
    'DBInstanceNotFound',
    'DBParameterGroupNotFound',
    'DBSecurityGroupNotFound',
    'DBSubnetGroupDoesNotCoverEnoughAZs',
    'DBSubnetGroupNotFoundFault',
    'DomainNotFoundFault',
    'InstanceQuotaExceeded',
    'InsufficientDBInstanceCapacity',
    'InvalidDBInstanceState',
    'InvalidRestoreFault',
    'InvalidSubnet',
    'InvalidVPCNetworkStateFault',
    'KMSKeyNotAccessibleFault',
    'NetworkTypeNotSupported',
    'OptionGroupNotFoundFault',
    'PointInTimeRestoreNotEnabled',
    'ProvisionedIopsNotAvailableInAZFault',
    'StorageQuotaExceeded',
    'StorageTypeNotSupported',
    'TenantDatabaseQuotaExceeded',
    'VpcEncryptionControlViolationException'
  ],
  'rds:StartDBInstance': [
    'AuthorizationNotFound',
    'DBClusterNotFoundFault',
    'DBInstanceNotFound',
    'DBSubnetGroupDoesNotCoverEnoughAZs',
    'DBSubnetGroupNotFoundFault',
    'InsufficientDBInstanceCapacity',
    'InvalidDBClusterStateFault',
    'InvalidDBInstanceState',
    'InvalidSubnet',
    'InvalidVPCNetworkStateFault',
    'KMSKeyNotAccessibleFault',
    'VpcEncryptionControlViolationException'
  ],
  'rds:StopDBInstance': [
    'DBInstanceNotFound',
    'DBSnapshotAlreadyExists',
    'InvalidDBClusterStateFault',
    'InvalidDBInstanceState',
    'SnapshotQuotaExceeded'
  ],
  'rds:StartDBInstanceAutomatedBackupsReplication': [
    'DBInstanceAutomatedBackupQuotaExceeded',
    'DBInstanceNotFound',
    'InvalidDBInstanceAutomatedBackupState',
    'InvalidDBInstanceState',
    'KMSKeyNotAccessibleFault',
    'StorageTypeNotSupported'
  ],
  'rds:StopDBInstanceAutomatedBackupsReplication': ['DBInstanceNotFound', 'InvalidDBInstanceState'],
  'secretsmanager:CancelRotateSecret': [
    'InternalServiceError',
    'InvalidParameterException',
    'InvalidRequestException',
    'ResourceNotFoundException'
  ],
  'secretsmanager:RotateSecret': [
    'InternalServiceError',
    'InvalidParameterException',
    'InvalidRequestException',
    'ResourceNotFoundException'
  ],
  'secretsmanager:CreateSecret': [
    'DecryptionFailure',
    'EncryptionFailure',
    'InternalServiceError',
    'InvalidParameterException',
    'InvalidRequestException',
    'LimitExceededException',
    'MalformedPolicyDocumentException',
    'PreconditionNotMetException',
    'ResourceExistsException',
    'ResourceNotFoundException'
  ],
  'secretsmanager:DeleteSecret': [
    'InternalServiceError',
    'InvalidParameterException',
    'InvalidRequestException',
    'ResourceNotFoundException'
  ],
  'secretsmanager:PutSecretValue': [
    'DecryptionFailure',
    'EncryptionFailure',
    'InternalServiceError',
    'InvalidParameterException',
    'InvalidRequestException',
    'LimitExceededException',
    'ResourceExistsException',
    'ResourceNotFoundException'
  ],
  'secretsmanager:RestoreSecret': [
    'InternalServiceError',
    'InvalidParameterException',
    'InvalidRequestException',
    'ResourceNotFoundException'
  ],
  'secretsmanager:TagResource': [
    'InternalServiceError',
    'InvalidParameterException',
    'InvalidRequestException',
    'ResourceNotFoundException'
  ],
  'secretsmanager:UntagResource': [
    'InternalServiceError',
    'InvalidParameterException',
    'InvalidRequestException',
    'ResourceNotFoundException'
  ]
};
