import type { DBInstance, ModifyDBInstanceMessage, PendingModifiedValues } from '@aws-sdk/client-rds';
import type { Call } from '../actions.ts';
import { AwsFault, invalidCombination } from '../fault.ts';
import { majorOf, upgradeTargets, VERSIONS, minorOf } from './catalogue.ts';
import { checkFamily, checkIdentifier, checkOptionGroup, provisioned } from './checks.ts';
import type { InstanceRecord } from './instance-record.ts';

/**
 * The changes that wait for the window unless they are forced, in the server's own words, with what RDS makes of them.
 */
export function deferrable(record: InstanceRecord, input: ModifyDBInstanceMessage, call: Call): Partial<DBInstance> {
  const { live } = record;
  takeBack(record, input);
  const changes: Partial<DBInstance> = {};
  if (input.DBInstanceClass !== undefined && input.DBInstanceClass !== live.DBInstanceClass)
    changes.DBInstanceClass = input.DBInstanceClass;
  if (input.MultiAZ !== undefined && input.MultiAZ !== live.MultiAZ) changes.MultiAZ = input.MultiAZ;
  // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ModifyInstance.Settings.html
  const identities = input.EnableIAMDatabaseAuthentication;
  if (identities !== undefined && identities !== live.IAMDatabaseAuthenticationEnabled)
    changes.IAMDatabaseAuthenticationEnabled = identities;
  if (input.NewDBInstanceIdentifier !== undefined)
    changes.DBInstanceIdentifier = checkIdentifier(input.NewDBInstanceIdentifier);
  const days = input.BackupRetentionPeriod;
  if (days !== undefined && days !== live.BackupRetentionPeriod && (days === 0 || live.BackupRetentionPeriod === 0)) {
    if (days === 0 && (live.ReadReplicaDBInstanceIdentifiers ?? []).length > 0) {
      throw invalidCombination('Automated backups cannot be disabled for a DB instance with read replicas');
    }
    changes.BackupRetentionPeriod = days;
  }
  if (input.EngineVersion !== undefined && input.EngineVersion !== live.EngineVersion) {
    changes.EngineVersion = target(live, input, call);
    if (input.DBParameterGroupName !== undefined)
      changes.DBParameterGroups = [{ DBParameterGroupName: input.DBParameterGroupName.toLowerCase() }];
  }
  const current = live.OptionGroupMemberships?.[0]?.OptionGroupName;
  if (input.OptionGroupName !== undefined && input.OptionGroupName.toLowerCase() !== current) {
    const name = checkOptionGroup(input.OptionGroupName, changes.EngineVersion ?? live.EngineVersion ?? '');
    changes.OptionGroupMemberships = [{ OptionGroupName: name, Status: 'in-sync' }];
  }
  // It waits as well: https://github.com/hashicorp/terraform-provider-aws/issues/33546
  const authority = input.CACertificateIdentifier;
  if (authority !== undefined && authority !== live.CACertificateIdentifier) {
    changes.CACertificateIdentifier = authority;
    changes.CertificateDetails = { CAIdentifier: authority };
  }
  const gib = live.AllocatedStorage ?? 0;
  if (input.AllocatedStorage !== undefined && input.AllocatedStorage !== gib) {
    if (input.AllocatedStorage < gib) {
      throw invalidCombination(
        `Requested storage ${input.AllocatedStorage} GiB is smaller than the allocated ${gib} GiB`
      );
    }
    changes.AllocatedStorage = Math.max(input.AllocatedStorage, Math.ceil((gib * 11) / 10));
  }
  if (input.StorageType !== undefined && input.StorageType !== live.StorageType)
    changes.StorageType = input.StorageType;
  if (input.Iops !== undefined && input.Iops !== live.Iops) changes.Iops = input.Iops;
  if (input.StorageThroughput !== undefined && input.StorageThroughput !== live.StorageThroughput)
    changes.StorageThroughput = input.StorageThroughput;
  const storage = ['AllocatedStorage', 'StorageType', 'Iops', 'StorageThroughput'].some(key => key in changes);
  if (storage) {
    const type = changes.StorageType ?? live.StorageType ?? 'gp2';
    const size = changes.AllocatedStorage ?? gib;
    const performance = type === 'gp3' && size >= 400 && gib >= 400 && live.StorageType === 'gp3';
    const kept = performance
      ? { iops: live.Iops, throughput: live.StorageThroughput }
      : { iops: undefined, throughput: undefined };
    const wanted = {
      type,
      gib: size,
      iops: input.Iops ?? kept.iops,
      throughput: input.StorageThroughput ?? kept.throughput,
      max: input.MaxAllocatedStorage ?? live.MaxAllocatedStorage
    };
    const isPerformance = type.startsWith('io') || (type === 'gp3' && size >= 400);
    // https://github.com/hashicorp/terraform-provider-aws/issues/28589 has the words, and that the size alone is enough
    // for gp3 below 400 GiB.
    const needsIops = isPerformance && live.Iops !== undefined;
    const needsSize = needsIops || live.StorageType?.startsWith('io') === true;
    if ((needsSize && input.AllocatedStorage === undefined) || (needsIops && input.Iops === undefined)) {
      throw invalidCombination(
        'You must specify both the storage size and iops when modifying the storage size or iops on a DB instance that has iops.'
      );
    }
    const { Iops, StorageThroughput } = provisioned(wanted);
    if (Iops !== live.Iops) changes.Iops = Iops;
    if (StorageThroughput !== live.StorageThroughput) changes.StorageThroughput = StorageThroughput;
    const tooSoon =
      record.storageChanged !== undefined && call.now.getTime() - record.storageChanged.getTime() < 6 * 3_600_000;
    if (tooSoon || live.DBInstanceStatus === 'storage-optimization') {
      throw invalidCombination(
        "You can't currently modify the storage of this DB instance because the previous storage change is being optimized."
      );
    }
  }
  return changes;
}

/** Asking for the live value cancels a pending one. */
function takeBack(record: InstanceRecord, input: ModifyDBInstanceMessage): void {
  const asked = { ...input, IAMDatabaseAuthenticationEnabled: input.EnableIAMDatabaseAuthentication };
  for (const member of [
    'DBInstanceClass',
    'MultiAZ',
    'BackupRetentionPeriod',
    'EngineVersion',
    'AllocatedStorage',
    'StorageType',
    'IAMDatabaseAuthenticationEnabled',
    'CACertificateIdentifier'
  ] as const) {
    if (asked[member] === undefined || asked[member] !== record.live[member]) continue;
    delete record.waiting[member];
    delete record.live.PendingModifiedValues?.[member];
  }
}

/** A minor upgrade of a source is refused while a replica is older: a public report has the words. */
function replicasFirst({ DBInstanceArn: arn }: DBInstance, to: string, { cloud }: Call): void {
  const older = cloud
    .regions()
    .flatMap(one => [...one.instances.values()])
    .find(
      ({ sourceArn, live }) =>
        sourceArn === arn &&
        majorOf(live.EngineVersion ?? '') === majorOf(to) &&
        minorOf(live.EngineVersion ?? '') < minorOf(to)
    );
  if (older === undefined) return;
  throw new AwsFault(
    'DBUpgradeDependencyFailure',
    `One or more of the DB Instance's read replicas need to be upgraded: ${older.live.DBInstanceIdentifier}`
  );
}

function target(live: DBInstance, input: ModifyDBInstanceMessage, call: Call): string {
  const { region } = call;
  const from = live.EngineVersion ?? '';
  const given = input.EngineVersion ?? '';
  const to = given.includes('.') ? given : VERSIONS.filter(version => majorOf(version) === Number(given)).at(-1);
  if (to === undefined || !VERSIONS.includes(to)) throw invalidCombination(`Cannot find version ${given} for postgres`);
  if (!upgradeTargets(from).includes(to)) throw invalidCombination(`Cannot upgrade postgres from ${from} to ${to}`);
  replicasFirst(live, to, call);
  if (majorOf(to) === majorOf(from)) return to;
  if (input.AllowMajorVersionUpgrade !== true) {
    throw invalidCombination(
      'The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version.'
    );
  }
  const group = input.DBParameterGroupName?.toLowerCase();
  if (group === undefined) {
    const current = live.DBParameterGroups?.[0]?.DBParameterGroupName ?? '';
    if (current.startsWith('default.')) return to;
    throw invalidCombination(
      `The current DB instance parameter group ${current} is custom. You must explicitly specify a new DB parameter group, either default or custom, for the engine version upgrade.`
    );
  }
  const family = group.startsWith('default.')
    ? group.slice(8)
    : region.parameterGroups.get(group)?.group.DBParameterGroupFamily;
  checkFamily(group, family, to);
  return to;
}

/** The same, as `PendingModifiedValues` shows it. */
export function asPending(changes: Partial<DBInstance>): PendingModifiedValues {
  const shown: PendingModifiedValues = {
    DBInstanceIdentifier: changes.DBInstanceIdentifier,
    DBInstanceClass: changes.DBInstanceClass,
    EngineVersion: changes.EngineVersion,
    MultiAZ: changes.MultiAZ,
    IAMDatabaseAuthenticationEnabled: changes.IAMDatabaseAuthenticationEnabled,
    BackupRetentionPeriod: changes.BackupRetentionPeriod,
    AllocatedStorage: changes.AllocatedStorage,
    StorageType: changes.StorageType,
    Iops: changes.Iops,
    StorageThroughput: changes.StorageThroughput,
    CACertificateIdentifier: changes.CACertificateIdentifier
  };
  return Object.fromEntries(Object.entries(shown).filter(([, value]) => value !== undefined));
}
