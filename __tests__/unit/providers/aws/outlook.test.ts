import { PROMPT, startAws, type FakeAws } from '../../../clouds/aws/fake-aws.ts';
import { basic } from '../../../support/aws-inputs.ts';
import { awsRun } from '../../../support/aws-run.ts';
import { refusalIn } from '../../../support/refusal-in.ts';

let cloud: FakeAws;
let back = (): void => {};
beforeAll(async () => {
  cloud = await startAws(PROMPT);
  await (await awsRun(cloud, basic(cloud))).apply();
  back = cloud.savepoint();
});
beforeEach(() => {
  back();
});
afterAll(async () => cloud.stop());

describe('scheduled maintenance of AWS', () => {
  async function told(...dates: readonly object[]): Promise<readonly string[]> {
    cloud.state().pendingMaintenance.set(
      `arn:aws:rds:us-east-1:${cloud.accountId}:db:orders`,
      dates.map(date => ({ Action: 'system-update', Description: 'New Operating System update is available', ...date }))
    );
    const { plan } = await (await awsRun(cloud, basic(cloud))).plan();
    return plan.notices
      .filter(({ code }) => code === 'pending-maintenance')
      .map(({ severity, message }) => `${severity}: ${message}`);
  }

  test('is reported with its day', async () => {
    const intro =
      'AWS has maintenance waiting for the server: `system-update` (New Operating System update is available)';
    const at = new Date('2026-12-06T04:00:00Z');
    expect(await told({ CurrentApplyDate: at }, { AutoAppliedAfterDate: at }, { ForcedApplyDate: at }, {})).toEqual([
      `warning: ${intro}, in the maintenance window of 2026-12-06.`,
      `warning: ${intro}, by itself in the first maintenance window after 2026-12-06.`,
      `warning: ${intro}, on 2026-12-06 whatever the maintenance window says.`,
      `info: ${intro}, done only by \`command: maintenance\`.`
    ]);
  });

  test('of another server is not reported', async () => {
    const arn = `arn:aws:rds:us-east-1:${cloud.accountId}:db:orders-of-others`;
    cloud.state().pendingMaintenance.set(arn, [{ Action: 'system-update' }]);
    const { plan } = await (await awsRun(cloud, basic(cloud))).plan();
    expect(plan.notices.map(({ code }) => code)).not.toContain('pending-maintenance');
  });

  test.each([
    ['may not be read', 'AccessDenied', 403],
    ['is answered by errors only', 'InternalFailure', 500]
  ])('that %s stops no plan', async (_what, code, status) => {
    cloud.fault({ action: 'DescribePendingMaintenanceActions', times: 99, code, status });
    await expect((await awsRun(cloud, basic(cloud))).plan()).resolves.toBeDefined();
  });
});

describe('new storage of a live server', () => {
  test('is refused in the plan when RDS does not offer it to this server', async () => {
    const larger = await awsRun(cloud, { ...basic(cloud), allocated_storage: '20000' });
    const refused = await larger.plan().catch((thrown: unknown) => String(thrown));
    expect(refused).toContain('allocated_storage');
    expect(refused).toContain("more or less than RDS gives this server's gp2 storage");
    expect(cloud.mutations().filter(({ action }) => action === 'ModifyDBInstance')).toEqual([]);
  });

  test('is refused with more IOPS than its size can have, and fewer lead out', async () => {
    const live = cloud.state().instances.get('orders')?.live;
    if (live !== undefined) live.AllocatedStorage = 100;
    const { allocated_storage: _, ...inputs } = basic(cloud);
    const planned = async (iops: string): Promise<string> =>
      refusalIn(async () => awsRun(cloud, { ...inputs, storage_type: 'io1', storage_iops: iops }));
    expect(await planned('10000')).toMatch(/storage_iops.*does not fit 100 GiB of io1.*0\.5–50 IOPS for each GiB/);
    expect(await planned('5000')).toBe('');
  });

  test('is left to RDS where that always answers errors', async () => {
    cloud.fault({ action: 'DescribeValidDBInstanceModifications', times: 99, code: 'InternalFailure', status: 500 });
    await expect((await awsRun(cloud, { ...basic(cloud), allocated_storage: '40' })).plan()).resolves.toBeDefined();
    cloud.clearFaults();
  });

  test('is left to RDS while the server is busy', async () => {
    const live = cloud.state().instances.get('orders')?.live;
    if (live !== undefined) live.DBInstanceStatus = 'backing-up';
    cloud.fault({ action: 'DescribeValidDBInstanceModifications', code: 'InvalidDBInstanceState', times: 99 });
    await expect((await awsRun(cloud, { ...basic(cloud), allocated_storage: '40' })).plan()).resolves.toBeDefined();
    cloud.clearFaults();
  });

  test('is looked up only when it changes, and not where that is not allowed', async () => {
    const asked = (): number =>
      cloud.calls().filter(({ action }) => action === 'DescribeValidDBInstanceModifications').length;
    await (await awsRun(cloud, basic(cloud))).plan();
    expect(asked()).toBe(0);
    cloud.fault({ action: 'DescribeValidDBInstanceModifications', times: 9, code: 'AccessDenied', status: 403 });
    await (await awsRun(cloud, { ...basic(cloud), allocated_storage: '40' })).plan();
    expect(asked()).toBe(1);
  });
});
