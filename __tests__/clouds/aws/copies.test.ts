import { clients, failure, ready, statuses } from './clients.ts';
import { startAws, type FakeAws } from './fake-aws.ts';

const ARN = 'arn:aws:rds:us-east-1:123456789012:db:orders';

describe('copies of a server of the fake AWS', () => {
  let aws: FakeAws;
  beforeEach(async () => {
    aws = await startAws();
  });
  afterEach(async () => {
    await aws.stop();
  });

  test('a replica needs backups of its source, keeps the source busy for a moment, and is listed there', async () => {
    const { rds } = clients(aws);
    const id = await ready(aws, { BackupRetentionPeriod: 0 });
    const replica = {
      SourceDBInstanceIdentifier: id,
      DBInstanceIdentifier: 'orders-replica-1',
      DBInstanceClass: 'db.t3.micro'
    };
    expect(await failure(rds.createDBInstanceReadReplica(replica))).toMatch(/Automated backups are not enabled/);
    await rds.modifyDBInstance({ DBInstanceIdentifier: id, BackupRetentionPeriod: 7, ApplyImmediately: true });
    await statuses(rds, id);
    await statuses(rds, id);
    await rds.createDBInstanceReadReplica(replica);
    expect(
      await failure(rds.createDBInstanceReadReplica({ ...replica, DBInstanceIdentifier: 'orders-replica-2' }))
    ).toMatch(/not in available state/);
    await statuses(rds, 'orders-replica-1');
    const { DBInstances: servers } = await rds.describeDBInstances({});
    expect(
      servers?.map(one => [
        one.DBInstanceIdentifier,
        one.ReadReplicaDBInstanceIdentifiers,
        one.ReadReplicaSourceDBInstanceIdentifier
      ])
    ).toEqual([
      ['orders', ['orders-replica-1'], undefined],
      ['orders-replica-1', [], 'orders']
    ]);
    expect(servers?.[1]).toMatchObject({ BackupRetentionPeriod: 0, StatusInfos: [{ Status: 'replicating' }] });
  });

  test('a replica is deleted without a final snapshot, and disappears from its source', async () => {
    const { rds } = clients(aws);
    const id = await ready(aws);
    await rds.createDBInstanceReadReplica({ SourceDBInstanceIdentifier: id, DBInstanceIdentifier: 'copy' });
    await statuses(rds, 'copy');
    const last = { DBInstanceIdentifier: 'copy', FinalDBSnapshotIdentifier: 'copy-final' };
    expect(await failure(rds.deleteDBInstance(last))).toMatch(/replica/);
    await rds.deleteDBInstance({ DBInstanceIdentifier: 'copy', SkipFinalSnapshot: true });
    await statuses(rds, 'copy').catch(() => undefined);
    const [source] = (await rds.describeDBInstances({ DBInstanceIdentifier: id })).DBInstances ?? [];
    expect(source?.ReadReplicaDBInstanceIdentifiers ?? []).toEqual([]);
  });

  test('a replica in another region is requested there, by ARN, with a key of that region and a signature for the source', async () => {
    await ready(aws);
    const west = clients(aws, 'us-west-2').rds;
    const replica = { SourceDBInstanceIdentifier: ARN, DBInstanceIdentifier: 'orders-west', SourceRegion: 'us-east-1' };
    expect(await failure(west.createDBInstanceReadReplica(replica))).toMatch(/without target key/);
    await west.createDBInstanceReadReplica({ ...replica, KmsKeyId: aws.kmsKeyArn('us-west-2') });
    await statuses(west, 'orders-west');
    const [copy] = (await west.describeDBInstances({ DBInstanceIdentifier: 'orders-west' })).DBInstances ?? [];
    expect(copy).toMatchObject({ ReadReplicaSourceDBInstanceIdentifier: ARN, KmsKeyId: aws.kmsKeyArn('us-west-2') });
    expect(aws.state().instances.get('orders')?.live.ReadReplicaDBInstanceIdentifiers).toEqual([copy?.DBInstanceArn]);
  });

  test('backups are replicated into another region until the replication is stopped', async () => {
    await ready(aws);
    const { rds } = clients(aws, 'us-west-2');
    const start = { SourceDBInstanceArn: ARN, BackupRetentionPeriod: 7, KmsKeyId: aws.kmsKeyArn('us-west-2') };
    await rds.startDBInstanceAutomatedBackupsReplication(start);
    const looks = [];
    for (let look = 0; look < 3; look += 1)
      looks.push(
        (await rds.describeDBInstanceAutomatedBackups({ DBInstanceIdentifier: 'orders' }))
          .DBInstanceAutomatedBackups?.[0]?.Status
      );
    expect(looks).toEqual(['pending', 'pending', 'replicating']);
    await rds.stopDBInstanceAutomatedBackupsReplication({ SourceDBInstanceArn: ARN });
    expect((await rds.describeDBInstanceAutomatedBackups({})).DBInstanceAutomatedBackups ?? []).toEqual([]);
  });

  test('a snapshot can be restored when it is finished, with the password of that time', async () => {
    const { rds } = clients(aws);
    const id = await ready(aws);
    await rds.createDBSnapshot({ DBInstanceIdentifier: id, DBSnapshotIdentifier: 'before' });
    const restore = { DBInstanceIdentifier: 'second', DBSnapshotIdentifier: 'before', DBInstanceClass: 'db.t3.micro' };
    expect(await failure(rds.restoreDBInstanceFromDBSnapshot(restore))).toMatch(/^InvalidDBSnapshotStateFault: /);
    for (let look = 0; look < 3; look += 1) await rds.describeDBSnapshots({ DBSnapshotIdentifier: 'before' });
    await rds.restoreDBInstanceFromDBSnapshot(restore);
    await statuses(rds, 'second');
    expect(aws.state().instances.get('second')?.password).toBe('correct-horse');
    expect(aws.state().instances.get('second')?.live).toMatchObject({
      MasterUsername: 'postgres',
      EngineVersion: '16.12',
      StorageEncrypted: true
    });
  });

  test('a point in time is restored into a new server, and is at least five minutes old', async () => {
    const { rds } = clients(aws);
    const id = await ready(aws);
    const restore = { SourceDBInstanceIdentifier: id, TargetDBInstanceIdentifier: 'earlier' };
    expect(await failure(rds.restoreDBInstanceToPointInTime(restore))).toMatch(/must be specified/);
    expect(await failure(rds.restoreDBInstanceToPointInTime({ ...restore, RestoreTime: new Date() }))).toMatch(
      /^InvalidRestoreFault: /
    );
    await rds.restoreDBInstanceToPointInTime({ ...restore, UseLatestRestorableTime: true });
    expect(await statuses(rds, 'earlier')).toContain('available');
  });
});
