import { clients, failure, ready, statuses } from './clients.ts';
import { startAws, type FakeAws } from './fake-aws.ts';

describe('a server of the fake AWS', () => {
  let aws: FakeAws;
  beforeEach(async () => {
    aws = await startAws();
  });
  afterEach(async () => {
    await aws.stop();
  });

  test('is created in steps, and has an endpoint only when it is available', async () => {
    const { rds } = clients(aws);
    const made = await rds.createDBInstance({
      DBInstanceIdentifier: 'Orders',
      DBInstanceClass: 'db.t3.micro',
      Engine: 'postgres',
      EngineVersion: '16',
      AllocatedStorage: 20,
      MasterUsername: 'postgres',
      MasterUserPassword: 'correct-horse'
    });
    expect(made.DBInstance).toMatchObject({
      DBInstanceIdentifier: 'orders',
      DBInstanceStatus: 'creating',
      EngineVersion: '16.13',
      StorageType: 'gp2',
      PubliclyAccessible: true,
      BackupRetentionPeriod: 1,
      EngineLifecycleSupport: 'open-source-rds-extended-support'
    });
    expect(made.DBInstance?.Endpoint).toBeUndefined();
    expect(await statuses(rds, 'orders')).toEqual(['creating', 'backing-up', 'available']);
    const [server] = (await rds.describeDBInstances({ DBInstanceIdentifier: 'ORDERS' })).DBInstances ?? [];
    expect(server?.Endpoint?.Port).toBe(5432);
  });

  test.each([
    [
      'a version that can no longer be made',
      { EngineVersion: '14.9' },
      'InvalidParameterCombination: Cannot find version 14.9 for postgres'
    ],
    ['a class that does not exist', { DBInstanceClass: 'db.t1.micro' }, /does not support creating/],
    ['a reserved user name', { MasterUsername: 'admin' }, /reserved word/],
    ['a bad password', { MasterUserPassword: 'with space' }, /not a valid password/],
    ['throughput on gp2', { StorageThroughput: 500 }, /StorageThroughput/],
    ['IOPS on a small gp3', { StorageType: 'gp3', Iops: 12000 }, /less than 400/],
    ['a zone with Multi-AZ', { MultiAZ: true, AvailabilityZone: 'us-east-1a' }, /Multi-AZ/],
    ['monitoring without a role', { MonitoringInterval: 60 }, /MonitoringRoleARN value is required/],
    [
      'windows that touch',
      { PreferredBackupWindow: '23:30-00:30', PreferredMaintenanceWindow: 'Mon:00:00-Mon:01:00' },
      /must not overlap/
    ],
    ['a limit too near', { MaxAllocatedStorage: 21 }, /10% greater/],
    ['a subnet group of nobody', { DBSubnetGroupName: 'none' }, /^DBSubnetGroupNotFoundFault/],
    [
      'a key of another region',
      { KmsKeyId: 'arn:aws:kms:us-west-2:123456789012:key/00000000-0000-4000-8000-00000000cccc' },
      /^KMSKeyNotAccessibleFault/
    ],
    [
      'a default group of another version',
      { DBParameterGroupName: 'default.postgres15' },
      /use a parameter group with DBParameterGroupFamily postgres16/
    ]
  ])('is refused with %s', async (_what, given, expected) => {
    expect(await failure(ready(aws, given))).toMatch(expected);
    expect(aws.leftovers()).toEqual([]);
  });

  test('keeps its name unique', async () => {
    await ready(aws);
    expect(await failure(ready(aws))).toMatch(/^DBInstanceAlreadyExistsFault: /);
  });

  test('is deleted in steps, with a final snapshot unless skipped, and never while it is protected', async () => {
    const { rds } = clients(aws);
    const id = await ready(aws, { DeletionProtection: true });
    expect(await failure(rds.deleteDBInstance({ DBInstanceIdentifier: id, SkipFinalSnapshot: true }))).toMatch(
      /protected/
    );
    await rds.modifyDBInstance({ DBInstanceIdentifier: id, DeletionProtection: false });
    expect(await failure(rds.deleteDBInstance({ DBInstanceIdentifier: id }))).toMatch(
      /FinalDBSnapshotIdentifier is required/
    );
    await rds.deleteDBInstance({ DBInstanceIdentifier: id, FinalDBSnapshotIdentifier: 'orders-final' });
    expect(await failure(rds.deleteDBInstance({ DBInstanceIdentifier: id, SkipFinalSnapshot: true }))).toMatch(
      /already being deleted/
    );
    expect(await failure(statuses(rds, id))).toMatch(/^DBInstanceNotFoundFault: /);
    expect(aws.leftovers()).toEqual(['snapshot us-east-1 orders-final']);
  });

  test('keeps its password in a secret on request, and deletes the secret with it', async () => {
    const { rds, secrets } = clients(aws);
    const id = await ready(aws, { MasterUserPassword: undefined, ManageMasterUserPassword: true });
    const [server] = (await rds.describeDBInstances({ DBInstanceIdentifier: id })).DBInstances ?? [];
    expect(server?.MasterUserSecret?.SecretStatus).toBe('active');
    const secret = await secrets.getSecretValue({ SecretId: server?.MasterUserSecret?.SecretArn });
    expect(JSON.parse(secret.SecretString ?? '')).toMatchObject({ username: 'postgres' });
    await rds.deleteDBInstance({ DBInstanceIdentifier: id, SkipFinalSnapshot: true });
    await statuses(rds, id).catch(() => undefined);
    expect(aws.leftovers()).toEqual([]);
  });

  test('shows changed tags only after a while', async () => {
    const { rds } = clients(aws);
    const id = await ready(aws);
    const arn = `arn:aws:rds:us-east-1:123456789012:db:${id}`;
    await rds.addTagsToResource({ ResourceName: arn, Tags: [{ Key: 'Team', Value: 'A' }] });
    const looks = [];
    for (let look = 0; look < 2; look += 1) looks.push((await rds.listTagsForResource({ ResourceName: arn })).TagList);
    expect(looks.map(tags => tags ?? [])).toEqual([[], [{ Key: 'Team', Value: 'A' }]]);
  });
});
