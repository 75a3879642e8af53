import type { RDS } from '@aws-sdk/client-rds';
import type { Actions } from '../actions.ts';
import { AwsFault, found, invalidCombination } from '../fault.ts';
import { place } from './create.ts';
import { describe, mustBe } from './instance.ts';

export const restore: Actions<RDS> = {
  RestoreDBInstanceFromDBSnapshot: (input, call) => {
    const id = (input.DBSnapshotIdentifier ?? '').replace(/^arn:aws:rds:[^:]+:\d+:snapshot:/, '').toLowerCase();
    const record = found(call.region.snapshots.get(id), 'DBSnapshotNotFound', `DBSnapshot ${id} not found.`);
    const { snapshot } = record;
    // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ShareSnapshot.html: copy it first.
    const isShared = !(snapshot.DBSnapshotArn ?? '').includes(`:${call.cloud.accountId}:`);
    if (isShared && snapshot.Encrypted === true) {
      throw invalidCombination('Restoring from a shared encrypted snapshot is not supported. Copy it first.');
    }
    if (snapshot.Status !== 'available')
      throw new AwsFault('InvalidDBSnapshotState', `Snapshot ${id} is ${snapshot.Status}`);
    if (input.DBName !== undefined)
      throw invalidCombination('DBName can not be specified when restoring a postgres snapshot');
    const made = place(
      {
        ...input,
        DBInstanceClass: input.DBInstanceClass ?? 'db.t3.micro',
        EngineVersion: snapshot.EngineVersion,
        StorageType: input.StorageType ?? snapshot.StorageType,
        Port: input.Port ?? snapshot.Port
      },
      call,
      {
        storageGib: input.AllocatedStorage ?? snapshot.AllocatedStorage ?? 20,
        inherited: {
          StorageEncrypted: snapshot.Encrypted,
          KmsKeyId: snapshot.KmsKeyId,
          MasterUsername: snapshot.MasterUsername,
          DBName: undefined
        },
        password: record.password
      }
    );
    return { DBInstance: describe(made) };
  },
  RestoreDBInstanceToPointInTime: (input, call) => {
    const { cloud, region, now } = call;
    const backup = [...region.backups.values()].find(one => one.arn === input.SourceDBInstanceAutomatedBackupsArn);
    const sourceId = input.SourceDBInstanceIdentifier?.toLowerCase();
    const source = [...cloud.regions()]
      .flatMap(one => [...one.instances.values()])
      .find(one =>
        backup === undefined
          ? region.instances.get(one.live.DBInstanceIdentifier ?? '') === one &&
            (one.live.DBInstanceIdentifier === sourceId || one.live.DbiResourceId === input.SourceDbiResourceId)
          : one.arn === backup.instanceArn
      );
    if (source === undefined && backup === undefined)
      throw new AwsFault('DBInstanceNotFound', `DBInstance ${sourceId} not found.`);
    if (source !== undefined) {
      mustBe(source, 'available', 'backing-up', 'storage-optimization', 'storage-initialization');
      if ((source.live.BackupRetentionPeriod ?? 0) === 0) {
        throw new AwsFault('PointInTimeRestoreNotEnabled', `Backups are not enabled for ${sourceId}`);
      }
    }
    if ((input.RestoreTime === undefined) === (input.UseLatestRestorableTime !== true)) {
      throw invalidCombination('Either RestoreTime or UseLatestRestorableTime must be specified, and not both.');
    }
    const latest = now.getTime() - 300_000;
    if (input.RestoreTime !== undefined && input.RestoreTime.getTime() > latest) {
      throw new AwsFault(
        'InvalidRestoreFault',
        `RestoreTime ${input.RestoreTime.toISOString()} is after the latest restorable time`
      );
    }
    const live = source?.live;
    const made = place(
      {
        ...input,
        DBInstanceIdentifier: input.TargetDBInstanceIdentifier,
        DBName: undefined,
        DBInstanceClass: input.DBInstanceClass ?? live?.DBInstanceClass,
        EngineVersion: live?.EngineVersion ?? backup?.engineVersion,
        StorageType: input.StorageType ?? live?.StorageType ?? backup?.source.StorageType ?? 'gp2'
      },
      call,
      {
        storageGib: input.AllocatedStorage ?? live?.AllocatedStorage ?? backup?.storageGib ?? 20,
        inherited: {
          StorageEncrypted: live?.StorageEncrypted ?? backup?.kmsKeyId !== undefined,
          KmsKeyId: backup?.kmsKeyId ?? live?.KmsKeyId,
          MasterUsername: live?.MasterUsername ?? 'postgres',
          DBName: live?.DBName
        },
        password: source?.password ?? ''
      }
    );
    return { DBInstance: describe(made) };
  }
};
