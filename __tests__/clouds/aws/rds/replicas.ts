import type { RDS } from '@aws-sdk/client-rds';
import type { Actions } from '../actions.ts';
import { AwsFault, found, invalidCombination, invalidValue } from '../fault.ts';
import { place } from './create.ts';
import { begin, describe, instance, mustBe } from './instance.ts';
import { forgetAtSource } from './lifecycle.ts';

const MAX_REPLICAS = 15;

export const replicas: Actions<RDS> = {
  CreateDBInstanceReadReplica: (input, call) => {
    const { cloud, region } = call;
    const given = input.SourceDBInstanceIdentifier ?? '';
    const [, from = region.name, id = given] = /^arn:aws:rds:([^:]+):\d+:db:(.+)$/.exec(given) ?? [];
    const abroad = from !== region.name;
    const source = found(
      cloud.region(from).instances.get(id.toLowerCase()),
      'DBInstanceNotFound',
      `DBInstance ${id} not found.`
    );
    const { live } = source;
    mustBe(source, 'available', 'storage-optimization', 'storage-initialization');
    // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html, its limitations.
    if (live.MasterUserSecret !== undefined) {
      throw invalidCombination(
        "You can't create a read replica of a DB instance whose master user password is managed in Secrets Manager."
      );
    }
    if ((live.BackupRetentionPeriod ?? 0) === 0) {
      const way =
        'To enable automated backups, use ModifyDBInstance to set the backup retention period to a non-zero value.';
      throw new AwsFault(
        'InvalidDBInstanceState',
        `Automated backups are not enabled for this database instance. ${way}`
      );
    }
    if ((live.ReadReplicaDBInstanceIdentifiers ?? []).length >= MAX_REPLICAS) {
      throw new AwsFault('InstanceQuotaExceeded', `Source instance can have at most ${MAX_REPLICAS} read replicas`);
    }
    if (
      !abroad &&
      input.DBSubnetGroupName !== undefined &&
      input.DBSubnetGroupName !== live.DBSubnetGroup?.DBSubnetGroupName
    ) {
      throw new AwsFault(
        'DBSubnetGroupNotAllowedFault',
        'DbSubnetGroupName should not be specified for a read replica in the same region as its source'
      );
    }
    if (abroad && live.StorageEncrypted === true) {
      if (input.KmsKeyId === undefined)
        throw invalidCombination(
          'Cannot create a cross region read replica from encrypted resource without target key.'
        );
      if (input.PreSignedUrl === undefined)
        throw invalidValue('PreSignedUrl must be given for an encrypted source of another region');
    }
    if (!abroad && input.KmsKeyId !== undefined && input.KmsKeyId !== live.KmsKeyId) {
      throw invalidCombination('You cannot create a read replica with a different KMS key in the same region');
    }
    const storageGib = input.AllocatedStorage ?? live.AllocatedStorage ?? 0;
    const sameType = input.StorageType === live.StorageType;
    const large = live.StorageType === 'gp3' ? storageGib >= 400 : true;
    const record = place(
      {
        ...input,
        DBInstanceClass: input.DBInstanceClass ?? live.DBInstanceClass,
        EngineVersion: live.EngineVersion,
        // The API description says gp3; a recorded replica has the type of its source.
        // https://github.com/go-to-k/cdk-real-drift, AWS__RDS__DBInstance.Replica.rdsreplicahunt
        StorageType: input.StorageType ?? (input.Iops === undefined ? live.StorageType : 'io1'),
        Iops: input.Iops ?? (sameType && large ? live.Iops : undefined),
        StorageThroughput:
          input.StorageThroughput ??
          (sameType && large && live.StorageType === 'gp3' ? live.StorageThroughput : undefined),
        DBSubnetGroupName: input.DBSubnetGroupName ?? (abroad ? undefined : live.DBSubnetGroup?.DBSubnetGroupName),
        DBParameterGroupName:
          input.DBParameterGroupName ?? (abroad ? undefined : live.DBParameterGroups?.[0]?.DBParameterGroupName),
        CopyTagsToSnapshot: input.CopyTagsToSnapshot,
        PreferredMaintenanceWindow: live.PreferredMaintenanceWindow,
        PreferredBackupWindow: live.PreferredBackupWindow
      },
      call,
      {
        storageGib,
        source: { arn: source.arn, shownAs: abroad ? source.arn : id.toLowerCase() },
        inherited: {
          StorageEncrypted: live.StorageEncrypted,
          KmsKeyId: abroad ? input.KmsKeyId : live.KmsKeyId,
          MasterUsername: live.MasterUsername,
          DBName: live.DBName
        },
        password: source.password ?? ''
      }
    );
    const shown = abroad ? record.arn : (record.live.DBInstanceIdentifier ?? '');
    live.ReadReplicaDBInstanceIdentifiers = [...(live.ReadReplicaDBInstanceIdentifiers ?? []), shown];
    begin(source, { status: 'modifying', reads: 1 });
    return { DBInstance: describe(record) };
  },
  PromoteReadReplica: (input, call) => {
    const record = instance(call.region, input.DBInstanceIdentifier);
    mustBe(record, 'available');
    if (record.sourceArn === undefined)
      throw new AwsFault('InvalidDBInstanceState', 'DB Instance is not a read replica.');
    begin(record, {
      status: 'modifying',
      reads: call.cloud.pace.modifying,
      after: () => {
        delete record.live.ReadReplicaSourceDBInstanceIdentifier;
        delete record.live.StatusInfos;
        record.live.BackupRetentionPeriod = input.BackupRetentionPeriod ?? 1;
        forgetAtSource(call.cloud, record);
        record.sourceArn = undefined;
      }
    });
    return { DBInstance: describe(record) };
  }
};
