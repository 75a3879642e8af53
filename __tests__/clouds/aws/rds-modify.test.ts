import type { DBInstance } from '@aws-sdk/client-rds';
import { clients, failure, ready, statuses } from './clients.ts';
import { startAws, type FakeAws } from './fake-aws.ts';

describe('a change to a server of the fake AWS', () => {
  let aws: FakeAws;
  beforeEach(async () => {
    aws = await startAws();
  });
  afterEach(async () => {
    await aws.stop();
  });

  const see = async (id: string): Promise<DBInstance> => {
    const { rds } = clients(aws);
    return (await rds.describeDBInstances({ DBInstanceIdentifier: id })).DBInstances?.[0] ?? {};
  };

  test('shows only after a stale read of the earlier state', async () => {
    const { rds } = clients(aws);
    const id = await ready(aws);
    await rds.modifyDBInstance({ DBInstanceIdentifier: id, DBInstanceClass: 'db.t3.small', ApplyImmediately: true });
    expect(await see(id)).toMatchObject({
      DBInstanceStatus: 'available',
      DBInstanceClass: 'db.t3.micro',
      PendingModifiedValues: { DBInstanceClass: 'db.t3.small' }
    });
    expect(await statuses(rds, id)).toEqual(['modifying', 'available']);
    expect(await see(id)).toMatchObject({ DBInstanceClass: 'db.t3.small' });
    expect((await see(id)).PendingModifiedValues?.DBInstanceClass).toBeUndefined();
  });

  test('without apply_immediately waits for the window, and is applied by the next immediate change', async () => {
    const { rds } = clients(aws);
    const id = await ready(aws);
    await rds.modifyDBInstance({ DBInstanceIdentifier: id, DBInstanceClass: 'db.t3.small' });
    await statuses(rds, id);
    expect(await see(id)).toMatchObject({
      DBInstanceClass: 'db.t3.micro',
      PendingModifiedValues: { DBInstanceClass: 'db.t3.small' }
    });
    await rds.modifyDBInstance({ DBInstanceIdentifier: id, MultiAZ: true, ApplyImmediately: true });
    await statuses(rds, id);
    expect(await see(id)).toMatchObject({ DBInstanceClass: 'db.t3.small', MultiAZ: true });
  });

  test('waits for the window until it opens', async () => {
    const { rds } = clients(aws);
    const id = await ready(aws);
    await rds.modifyDBInstance({ DBInstanceIdentifier: id, MultiAZ: true });
    await statuses(rds, id);
    aws.maintenance(id);
    expect(await see(id)).toMatchObject({ MultiAZ: true, SecondaryAvailabilityZone: 'us-east-1b' });
  });

  test('of storage is rounded up by a tenth, optimized for a while, and refused again within six hours', async () => {
    const { rds } = clients(aws);
    const id = await ready(aws);
    await rds.modifyDBInstance({ DBInstanceIdentifier: id, AllocatedStorage: 21, ApplyImmediately: true });
    await see(id);
    expect(await statuses(rds, id)).toEqual(['modifying', 'storage-optimization', 'available']);
    expect(await see(id)).toMatchObject({ AllocatedStorage: 22 });
    const again = { DBInstanceIdentifier: id, AllocatedStorage: 40, ApplyImmediately: true };
    expect(await failure(rds.modifyDBInstance(again))).toMatch(/being optimized/);
    aws.advance(6 * 3600);
    expect(await failure(rds.modifyDBInstance(again))).toBe('');
  });

  test.each([
    ['less storage', { AllocatedStorage: 5 }, /smaller than the allocated/],
    ['an older version', { EngineVersion: '16.11' }, /Cannot upgrade postgres from 16.12 to 16.11/],
    ['a new major version that nobody allowed', { EngineVersion: '17.9' }, /AllowMajorVersionUpgrade/],
    ['nothing', { AllowMajorVersionUpgrade: true }, /No modifications were requested/],
    ['a class that does not exist', { DBInstanceClass: 'db.r9.large' }, /does not support/],
    ['windows that touch', { PreferredBackupWindow: '06:00-06:30' }, /must not overlap/]
  ])('to %s is refused', async (_what, given, expected) => {
    const id = await ready(aws);
    const { rds } = clients(aws);
    expect(await failure(rds.modifyDBInstance({ DBInstanceIdentifier: id, ApplyImmediately: true, ...given }))).toMatch(
      expected
    );
  });

  test('is refused while another one is in progress', async () => {
    const { rds } = clients(aws);
    const id = await ready(aws);
    await rds.modifyDBInstance({ DBInstanceIdentifier: id, MasterUserPassword: 'another-horse' });
    expect(await failure(rds.modifyDBInstance({ DBInstanceIdentifier: id, MultiAZ: true }))).toMatch(
      /^InvalidDBInstanceStateFault: /
    );
    await see(id);
    expect(await statuses(rds, id)).toEqual(['resetting-master-credentials', 'available']);
    expect(aws.state().instances.get(id)?.password).toBe('another-horse');
  });

  test('of log exports is a difference, and creates missing log groups', async () => {
    const { rds } = clients(aws);
    const id = await ready(aws, { EnableCloudwatchLogsExports: ['postgresql'] });
    await rds.modifyDBInstance({
      DBInstanceIdentifier: id,
      CloudwatchLogsExportConfiguration: { EnableLogTypes: ['upgrade'], DisableLogTypes: ['postgresql'] }
    });
    await see(id);
    await statuses(rds, id);
    expect((await see(id)).EnabledCloudwatchLogsExports).toEqual(['upgrade']);
    expect(aws.leftovers()).toContain('log-group us-east-1 /aws/rds/instance/orders/upgrade');
  });

  test('to a new major version needs a parameter group of its family when the present one is custom', async () => {
    const { rds } = clients(aws);
    for (const family of ['postgres16', 'postgres17']) {
      await rds.createDBParameterGroup({
        DBParameterGroupName: `own-${family}`,
        DBParameterGroupFamily: family,
        Description: family
      });
    }
    const id = await ready(aws, { DBParameterGroupName: 'own-postgres16' });
    const upgrade = {
      DBInstanceIdentifier: id,
      EngineVersion: '17.9',
      AllowMajorVersionUpgrade: true,
      ApplyImmediately: true
    };
    expect(await failure(rds.modifyDBInstance(upgrade))).toMatch(/is custom/);
    await rds.modifyDBInstance({ ...upgrade, DBParameterGroupName: 'own-postgres17' });
    await see(id);
    expect(await statuses(rds, id)).toEqual(['upgrading', 'available']);
    expect(await see(id)).toMatchObject({
      EngineVersion: '17.9',
      DBParameterGroups: [{ DBParameterGroupName: 'own-postgres17', ParameterApplyStatus: 'in-sync' }]
    });
  });
});
