import type { CreateDBInstanceMessage, DBInstance, RDS } from '@aws-sdk/client-rds';
import type { Actions, Call } from '../actions.ts';
import { AwsFault, found, invalidCombination, invalidValue } from '../fault.ts';
import { resourceId } from '../ids.ts';
import { makeLogGroup } from '../logs.ts';
import { makeSecret } from '../secrets.ts';
import { tagged } from '../tags.ts';
import {
  checkDatabaseName,
  checkFamily,
  checkIdentifier,
  checkInsights,
  checkMonitoring,
  checkOptionGroup,
  checkOrderable,
  checkPassword,
  checkPublic,
  checkSecurityGroups,
  checkUsername,
  checkWindows,
  checkZone,
  keyArn,
  provisioned
} from './checks.ts';
import { familyOf, resolveVersion } from './catalogue.ts';
import type { InstanceRecord } from './instance-record.ts';
import { arnOf, begin, describe, meetFate, note } from './instance.ts';

export const create: Actions<RDS> = {
  CreateDBInstance: (input, call) => {
    if (input.Engine !== 'postgres') throw invalidValue(`Invalid DB engine: ${input.Engine}`);
    const version = resolveVersion(input.EngineVersion);
    if (version === undefined) throw invalidCombination(`Cannot find version ${input.EngineVersion} for postgres`);
    if (input.MasterUsername === undefined)
      throw invalidValue('The parameter MasterUsername must be provided and must not be blank.');
    checkUsername(input.MasterUsername);
    if (input.DBName !== undefined) checkDatabaseName(input.DBName);
    if (input.AllocatedStorage === undefined) throw invalidValue('The parameter AllocatedStorage must be provided');
    const record = place({ ...input, EngineVersion: version }, call, { storageGib: input.AllocatedStorage });
    return { DBInstance: describe(record) };
  }
};

/** What all ways of making a server have in common. */
export type Placement = Omit<CreateDBInstanceMessage, 'Engine' | 'TagSpecifications'>;

export interface Origin {
  readonly storageGib: number;
  /** Of a replica. */
  readonly source?: { readonly arn: string; readonly shownAs: string };
  /** Encryption, credentials and database that come along with the data. */
  readonly inherited?: Pick<DBInstance, 'StorageEncrypted' | 'KmsKeyId' | 'MasterUsername' | 'DBName'>;
  readonly password?: string;
}

/** Checks a server's settings as RDS does and begins to make it. */
export function place(input: Placement, call: Call, origin: Origin): InstanceRecord {
  const { cloud, region, now } = call;
  const id = checkIdentifier(input.DBInstanceIdentifier ?? '');
  if (region.instances.has(id)) throw new AwsFault('DBInstanceAlreadyExists', 'DB instance already exists');
  if (region.instances.size >= 40)
    throw new AwsFault('InstanceQuotaExceeded', 'Cannot create more than 40 DB instances.');
  const version = input.EngineVersion ?? '';
  // The API description says gp3; recorded servers have gp2.
  // https://github.com/go-to-k/cdk-real-drift, AWS__RDS__DBInstance.HuntPostgres
  const storageType = input.StorageType ?? (input.Iops === undefined ? 'gp2' : 'io1');
  const instanceClass = input.DBInstanceClass ?? '';
  const insights = input.EnablePerformanceInsights ?? false;
  const multiAz = input.MultiAZ ?? false;
  checkOrderable({ instanceClass, version, storageType, multiAz, insights }, call);
  const storage = provisioned({
    type: storageType,
    gib: origin.storageGib,
    iops: input.Iops,
    throughput: input.StorageThroughput,
    max: input.MaxAllocatedStorage
  });
  if (multiAz && input.AvailabilityZone !== undefined) {
    throw invalidCombination('Requesting a specific availability zone is not valid for Multi-AZ instances.');
  }
  checkWindows(input.PreferredBackupWindow, input.PreferredMaintenanceWindow);
  checkInsights(input.PerformanceInsightsRetentionPeriod, input.DatabaseInsightsMode, insights);
  if (
    !insights &&
    (input.PerformanceInsightsRetentionPeriod !== undefined || input.PerformanceInsightsKMSKeyId !== undefined)
  ) {
    throw invalidCombination('Performance Insights must be enabled to set its retention period or key.');
  }
  const interval = input.MonitoringInterval ?? 0;
  checkMonitoring(interval, input.MonitoringRoleArn, call);
  const subnets = subnetGroup(input.DBSubnetGroupName, call);
  // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html, dual-stack mode
  if (input.NetworkType === 'DUAL' && subnets?.group.SupportedNetworkTypes?.includes('DUAL') !== true) {
    throw new AwsFault('NetworkTypeNotSupported', 'The subnet group does not support the network type DUAL.');
  }
  if (input.DedicatedLogVolume === true && !storageType.startsWith('io')) {
    throw invalidCombination('A dedicated log volume needs Provisioned IOPS storage.');
  }
  checkZone(input.AvailabilityZone, subnets);
  if (input.PubliclyAccessible === true) checkPublic(subnets?.group.VpcId, call);
  const groups = input.VpcSecurityGroupIds ?? [];
  checkSecurityGroups(groups, subnets, call);
  const backupDays = input.BackupRetentionPeriod ?? (origin.source === undefined ? 1 : 0);
  if (backupDays < 0 || backupDays > 35)
    throw invalidValue(`Invalid backup retention period: ${backupDays}. Must be between 0 and 35.`);
  const family = familyOf(version);
  const parameterGroup = (input.DBParameterGroupName ?? `default.${family}`).toLowerCase();
  if (!parameterGroup.startsWith('default.')) {
    const missing = `DBParameterGroup not found: ${parameterGroup}`;
    const record = found(region.parameterGroups.get(parameterGroup), 'DBParameterGroupNotFound', missing);
    checkFamily(parameterGroup, record.group.DBParameterGroupFamily, version);
  } else if (parameterGroup !== `default.${family}`) checkFamily(parameterGroup, parameterGroup.slice(8), version);
  for (const kind of input.EnableCloudwatchLogsExports ?? []) {
    if (!['postgresql', 'upgrade', 'iam-db-auth-error'].includes(kind)) {
      throw invalidCombination(`You cannot use the log types '${kind}' with engine version postgres ${version}.`);
    }
  }
  const password = origin.password ?? secretOrPassword(input);
  const encrypted = origin.inherited?.StorageEncrypted ?? input.StorageEncrypted ?? false;
  if (!encrypted && input.KmsKeyId !== undefined)
    throw invalidCombination('A KMS key can only be given for encrypted storage.');
  const kmsKey = encrypted ? keyArn(origin.inherited?.KmsKeyId ?? input.KmsKeyId, call) : undefined;

  const zone = input.AvailabilityZone ?? `${region.name}a`;
  const resource = resourceId('db-', cloud.id('resource'));
  const port = input.Port ?? 5432;
  const live: DBInstance = {
    DBInstanceIdentifier: id,
    DBInstanceClass: instanceClass,
    Engine: 'postgres',
    EngineVersion: version,
    EngineLifecycleSupport: input.EngineLifecycleSupport ?? 'open-source-rds-extended-support',
    LicenseModel: 'postgresql-license',
    DBInstanceArn: arnOf(cloud, region, 'db', id),
    DbiResourceId: resource,
    MasterUsername: origin.inherited?.MasterUsername ?? input.MasterUsername,
    DBName: origin.inherited?.DBName ?? input.DBName,
    DbInstancePort: 0,
    AllocatedStorage: origin.storageGib,
    ...(input.MaxAllocatedStorage !== undefined &&
      input.MaxAllocatedStorage !== origin.storageGib && { MaxAllocatedStorage: input.MaxAllocatedStorage }),
    StorageType: storageType,
    ...storage,
    StorageEncrypted: encrypted,
    KmsKeyId: kmsKey,
    MultiAZ: false,
    BackupRetentionPeriod: backupDays,
    BackupTarget: 'region',
    PreferredBackupWindow: input.PreferredBackupWindow ?? '09:13-09:43',
    PreferredMaintenanceWindow: (input.PreferredMaintenanceWindow ?? 'thu:06:17-thu:06:47').toLowerCase(),
    AutoMinorVersionUpgrade: input.AutoMinorVersionUpgrade ?? true,
    PubliclyAccessible: input.PubliclyAccessible ?? input.DBSubnetGroupName === undefined,
    DeletionProtection: input.DeletionProtection ?? false,
    CopyTagsToSnapshot: input.CopyTagsToSnapshot ?? false,
    IAMDatabaseAuthenticationEnabled: input.EnableIAMDatabaseAuthentication ?? false,
    MonitoringInterval: interval,
    ...(interval > 0 && {
      MonitoringRoleArn: input.MonitoringRoleArn,
      EnhancedMonitoringResourceArn: `arn:aws:logs:${region.name}:${cloud.accountId}:log-group:RDSOSMetrics:log-stream:${resource}`
    }),
    PerformanceInsightsEnabled: insights,
    ...(insights && {
      PerformanceInsightsKMSKeyId: keyArn(input.PerformanceInsightsKMSKeyId, call),
      PerformanceInsightsRetentionPeriod: input.PerformanceInsightsRetentionPeriod ?? 7
    }),
    DatabaseInsightsMode: input.DatabaseInsightsMode ?? 'standard',
    EnabledCloudwatchLogsExports: undefined,
    CACertificateIdentifier: input.CACertificateIdentifier ?? 'rds-ca-rsa2048-g1',
    CertificateDetails: { CAIdentifier: input.CACertificateIdentifier ?? 'rds-ca-rsa2048-g1' },
    NetworkType: input.NetworkType ?? 'IPV4',
    StorageVolumeStatus: 'Optimal',
    CustomerOwnedIpEnabled: false,
    ActivityStreamStatus: 'stopped',
    DedicatedLogVolume: input.DedicatedLogVolume ?? false,
    DBSubnetGroup: subnets?.group,
    VpcSecurityGroups: (groups.length > 0 ? groups : [defaultGroup(subnets?.group.VpcId, call)]).map(group => ({
      VpcSecurityGroupId: group,
      Status: 'active'
    })),
    DBParameterGroups: [{ DBParameterGroupName: parameterGroup, ParameterApplyStatus: 'in-sync' }],
    OptionGroupMemberships: [{ OptionGroupName: checkOptionGroup(input.OptionGroupName, version), Status: 'in-sync' }],
    DBSecurityGroups: [],
    PendingModifiedValues:
      input.ManageMasterUserPassword === true || origin.password !== undefined ? {} : { MasterUserPassword: '****' },
    ReadReplicaDBInstanceIdentifiers: [],
    DomainMemberships: [],
    AssociatedRoles: [],
    ...(origin.source !== undefined && {
      ReadReplicaSourceDBInstanceIdentifier: origin.source.shownAs,
      StatusInfos: [{ StatusType: 'read replication', Normal: true, Status: 'connecting' }]
    })
  };
  const record: InstanceRecord = {
    live,
    arn: arnOf(cloud, region, 'db', id),
    tags: tagged(input.Tags),
    phases: [],
    rest: 'available',
    seen: undefined,
    staleReads: 0,
    unseen: cloud.propagation.instance,
    password,
    waiting: {},
    storageChanged: undefined,
    sourceArn: origin.source?.arn,
    parameters: { status: 'in-sync', reads: 0, needsReboot: false }
  };
  if (input.ManageMasterUserPassword === true) manageSecret(record, input.MasterUserSecretKmsKeyId, call);
  region.instances.set(id, record);
  if (meetFate(cloud, region, record)) return record;
  const { pace } = cloud;
  begin(
    record,
    {
      status: 'creating',
      reads: pace.creating,
      after: () => {
        const at = cloud.address(id, region.name);
        live.Endpoint = { Address: at.host, Port: at.port ?? port, HostedZoneId: 'Z2R2ITUGPM61AM' };
        live.InstanceCreateTime = now;
        live.AvailabilityZone = zone;
        live.MultiAZ = multiAz;
        if (multiAz) live.SecondaryAvailabilityZone = `${region.name}b`;
        live.PendingModifiedValues = {};
        if (origin.source !== undefined)
          live.StatusInfos = [{ StatusType: 'read replication', Normal: true, Status: 'replicating' }];
        const exports = input.EnableCloudwatchLogsExports ?? [];
        if (exports.length > 0) exportLogs(record, exports, call);
        if (live.MasterUserSecret !== undefined)
          live.MasterUserSecret = { ...live.MasterUserSecret, SecretStatus: 'active' };
        note(region, record, cloud.now(), 'DB instance created', 'creation');
      }
    },
    {
      status: 'backing-up',
      reads: backupDays > 0 ? pace.backingUp : 0,
      after: () => {
        // The member is absent from an instance without automated backups.
        if (backupDays === 0) return;
        live.LatestRestorableTime = cloud.now();
        note(region, record, cloud.now(), 'Finished DB Instance backup', 'backup');
      }
    }
  );
  return record;
}

/** Switches log exports on; a missing group is created, and never expires its logs. */
export function exportLogs(record: InstanceRecord, kinds: readonly string[], { cloud, region }: Call): void {
  record.live.EnabledCloudwatchLogsExports = [...kinds].sort();
  for (const kind of kinds) {
    const name = `/aws/rds/instance/${record.live.DBInstanceIdentifier}/${kind}`;
    if (!region.logGroups.has(name)) makeLogGroup(cloud, region, name, cloud.now(), undefined);
  }
}

/** Lets RDS keep the password in a secret of its own. */
export function manageSecret(record: InstanceRecord, kmsKeyId: string | undefined, call: Call): void {
  const { cloud, region, now } = call;
  const value = JSON.stringify({ username: record.live.MasterUsername, password: `Kept-by-rds-${cloud.id('')}` });
  const name = `rds!${record.live.DbiResourceId}`;
  const key = keyArn(kmsKeyId ?? 'alias/aws/secretsmanager', call);
  const secret = makeSecret(cloud, region, name, now, { value, kmsKeyId: key, owningService: 'rds' });
  record.password = undefined;
  record.live.MasterUserSecret = { SecretArn: secret.arn, SecretStatus: 'creating', KmsKeyId: key };
}

function subnetGroup(name: string | undefined, { region }: Call): ReturnType<Call['region']['subnetGroups']['get']> {
  if (name === undefined) return undefined;
  const missing = `DB subnet group '${name}' does not exist.`;
  return found(region.subnetGroups.get(name.toLowerCase()), 'DBSubnetGroupNotFoundFault', missing);
}

function defaultGroup(vpcId: string | undefined, { region }: Call): string {
  const all = [...region.securityGroups.values()].filter(group => group.name === 'default');
  const vpc = vpcId ?? [...region.vpcs.values()].find(one => one.IsDefault === true)?.VpcId;
  return all.find(group => group.vpcId === vpc)?.id ?? '';
}

function secretOrPassword(input: Placement): string | undefined {
  if (input.ManageMasterUserPassword === true) {
    if (input.MasterUserPassword !== undefined) {
      throw invalidCombination("You can't specify MasterUserPassword when ManageMasterUserPassword is enabled.");
    }
    return undefined;
  }
  if (input.MasterUserPassword === undefined)
    throw invalidCombination('The parameter MasterUserPassword must be provided');
  checkPassword(input.MasterUserPassword);
  return input.MasterUserPassword;
}
