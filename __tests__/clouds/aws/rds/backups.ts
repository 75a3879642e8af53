import type { DBInstance, DBInstanceAutomatedBackup, RDS } from '@aws-sdk/client-rds';
import type { Actions, Call } from '../actions.ts';
import { AwsFault, found, invalidCombination, invalidValue } from '../fault.ts';
import { resourceId } from '../ids.ts';
import { page } from '../pages.ts';
import { readTags, tagged } from '../tags.ts';
import type { BackupRecord } from '../state.ts';
import { keyArn } from './checks.ts';
import type { InstanceRecord } from './instance-record.ts';
import { arnOf, mustBe } from './instance.ts';

export const backups: Actions<RDS> = {
  DescribeDBInstanceAutomatedBackups: (input, call) => {
    const { cloud, region } = call;
    const id = input.DBInstanceIdentifier?.toLowerCase();
    const living = [...region.instances.values()]
      .filter(one => (one.live.BackupRetentionPeriod ?? 0) > 0)
      .map(one => ofLiving(one, call));
    const kept = [...region.backups.values()].map(one => look(one, call));
    const all = [...living, ...kept]
      .filter(one => id === undefined || one.DBInstanceIdentifier === id)
      .filter(one => input.DbiResourceId === undefined || one.DbiResourceId === input.DbiResourceId)
      .filter(
        one =>
          input.DBInstanceAutomatedBackupsArn === undefined ||
          one.DBInstanceAutomatedBackupsArn === input.DBInstanceAutomatedBackupsArn
      );
    if (input.DBInstanceAutomatedBackupsArn !== undefined && all.length === 0) {
      throw new AwsFault('DBInstanceAutomatedBackupNotFound', 'No automated backup matches the ARN');
    }
    const { items, next } = page(all, cloud.pageSize, input.MaxRecords, input.Marker);
    return { DBInstanceAutomatedBackups: [...items], Marker: next };
  },
  StartDBInstanceAutomatedBackupsReplication: (input, call) => {
    const { cloud, region } = call;
    const source = sourceOf(input.SourceDBInstanceArn, call);
    if (source.region === region.name)
      throw invalidValue('The source region can not be the same as the destination region');
    mustBe(source.record, 'available', 'storage-optimization', 'storage-initialization');
    const { live } = source.record;
    if ((live.BackupRetentionPeriod ?? 0) === 0)
      throw invalidCombination('Automated backups must be enabled at the source');
    if (live.StorageEncrypted === true && input.KmsKeyId === undefined) {
      throw invalidValue('KmsKeyId must be specified for an encrypted source');
    }
    if (
      [...region.backups.values()].some(one => one.instanceArn === source.record.arn && one.sourceRegion !== undefined)
    ) {
      throw new AwsFault(
        'InvalidDBInstanceState',
        'Backups of this DB instance are replicated to this region already.'
      );
    }
    const arn = arnOf(cloud, region, 'auto-backup', resourceId('ab-', cloud.id('backup')).toLowerCase());
    const record: BackupRecord = {
      arn,
      sourceRegion: source.region,
      instanceArn: source.record.arn,
      instanceId: live.DBInstanceIdentifier ?? '',
      resourceId: live.DbiResourceId ?? '',
      retentionDays: input.BackupRetentionPeriod ?? 7,
      kmsKeyId: input.KmsKeyId === undefined ? undefined : keyArn(input.KmsKeyId, call),
      status: 'pending',
      reads: cloud.pace.snapshot,
      tags: tagged(input.Tags),
      engineVersion: live.EngineVersion ?? '',
      storageGib: live.AllocatedStorage ?? 0,
      source: live
    };
    region.backups.set(arn, record);
    live.DBInstanceAutomatedBackupsReplications = [{ DBInstanceAutomatedBackupsArn: arn }];
    return { DBInstanceAutomatedBackup: describe(record, call) };
  },
  StopDBInstanceAutomatedBackupsReplication: (input, call) => {
    const { region, cloud } = call;
    const record = [...region.backups.values()].find(
      one => one.instanceArn === input.SourceDBInstanceArn && one.sourceRegion !== undefined
    );
    const one = found(record, 'DBInstanceNotFound', `No backups of ${input.SourceDBInstanceArn} are replicated here`);
    region.backups.delete(one.arn);
    for (const other of cloud.regions()) {
      const source = [...other.instances.values()].find(instance => instance.arn === one.instanceArn);
      if (source !== undefined) delete source.live.DBInstanceAutomatedBackupsReplications;
    }
    return { DBInstanceAutomatedBackup: describe(one, call) };
  },
  DeleteDBInstanceAutomatedBackup: (input, call) => {
    const record = [...call.region.backups.values()].find(
      one => one.arn === input.DBInstanceAutomatedBackupsArn || one.resourceId === input.DbiResourceId
    );
    const one = found(record, 'DBInstanceAutomatedBackupNotFound', 'No such automated backup');
    call.region.backups.delete(one.arn);
    return { DBInstanceAutomatedBackup: describe(one, call) };
  }
};

/** Keeps the backups of a server that goes. */
export function retainBackup(source: InstanceRecord, { cloud, region }: Call): void {
  const { live } = source;
  const arn = arnOf(cloud, region, 'auto-backup', resourceId('ab-', cloud.id('backup')).toLowerCase());
  region.backups.set(arn, {
    arn,
    sourceRegion: undefined,
    instanceArn: source.arn,
    instanceId: live.DBInstanceIdentifier ?? '',
    resourceId: live.DbiResourceId ?? '',
    retentionDays: live.BackupRetentionPeriod ?? 0,
    kmsKeyId: live.KmsKeyId,
    status: 'retained',
    reads: 0,
    tags: tagged(source.tags.tags),
    engineVersion: live.EngineVersion ?? '',
    storageGib: live.AllocatedStorage ?? 0,
    source: structuredClone(live)
  });
}

function sourceOf(
  arn: string | undefined,
  { cloud }: Call
): { readonly region: string; readonly record: InstanceRecord } {
  const [, region = '', id = ''] = /^arn:aws:rds:([^:]+):\d+:db:(.+)$/.exec(arn ?? '') ?? [];
  if (region === '') throw invalidValue(`Invalid SourceDBInstanceArn ${arn}`);
  return {
    region,
    record: found(cloud.region(region).instances.get(id), 'DBInstanceNotFound', `DBInstance ${id} not found.`)
  };
}

function look(record: BackupRecord, call: Call): DBInstanceAutomatedBackup {
  const shown = describe(record, call);
  record.reads -= 1;
  if (record.reads <= 0 && record.status === 'pending') record.status = 'replicating';
  return shown;
}

function describe(record: BackupRecord, { region, now }: Call): DBInstanceAutomatedBackup {
  return {
    DBInstanceArn: record.instanceArn,
    DBInstanceIdentifier: record.instanceId,
    DbiResourceId: record.resourceId,
    DBInstanceAutomatedBackupsArn: record.arn,
    Region: record.sourceRegion ?? region.name,
    BackupRetentionPeriod: record.retentionDays,
    KmsKeyId: record.kmsKeyId,
    Encrypted: record.kmsKeyId !== undefined,
    Engine: 'postgres',
    EngineVersion: record.engineVersion,
    AllocatedStorage: record.storageGib,
    ...keptOf(record.source),
    Status: record.status,
    RestoreWindow: { EarliestTime: new Date(now.getTime() - 3_600_000), LatestTime: new Date(now.getTime() - 300_000) },
    TagList: readTags(record.tags)
  };
}

function keptOf(live: DBInstance): DBInstanceAutomatedBackup {
  return {
    StorageType: live.StorageType,
    Iops: live.Iops,
    StorageThroughput: live.StorageThroughput,
    DedicatedLogVolume: live.DedicatedLogVolume,
    IAMDatabaseAuthenticationEnabled: live.IAMDatabaseAuthenticationEnabled,
    Port: live.Endpoint?.Port ?? 5432
  };
}

function ofLiving(record: InstanceRecord, { region, now }: Call): DBInstanceAutomatedBackup {
  const { live } = record;
  return {
    DBInstanceArn: record.arn,
    DBInstanceIdentifier: live.DBInstanceIdentifier,
    DbiResourceId: live.DbiResourceId,
    Region: region.name,
    BackupRetentionPeriod: live.BackupRetentionPeriod,
    Encrypted: live.StorageEncrypted,
    KmsKeyId: live.KmsKeyId,
    Engine: 'postgres',
    EngineVersion: live.EngineVersion,
    AllocatedStorage: live.AllocatedStorage,
    ...keptOf(live),
    Status: live.InstanceCreateTime === undefined ? 'creating' : 'active',
    RestoreWindow: { EarliestTime: live.InstanceCreateTime ?? now, LatestTime: new Date(now.getTime() - 300_000) }
  };
}
