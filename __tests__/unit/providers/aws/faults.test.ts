import { startAws, type FakeAws } from '../../../clouds/aws/fake-aws.ts';
import { basic } from '../../../support/aws-inputs.ts';
import { awsRun, lines } from '../../../support/aws-run.ts';

let cloud: FakeAws;
beforeEach(async () => {
  cloud = await startAws();
});
afterEach(async () => cloud.stop());

test.each([
  ['throttled', { code: 'Throttling' }],
  ['a failure of AWS', { code: 'InternalFailure', status: 500 }],
  ['a connection that breaks', {}]
])('%s is retried, for reads and for mutations', async (_what, fault) => {
  for (const action of ['DescribeDBInstances', 'CreateDBSubnetGroup', 'CreateSecurityGroup', 'CreateDBInstance']) {
    cloud.fault({ action, times: 2, ...fault });
  }
  await (await awsRun(cloud, basic(cloud))).apply();
  expect(lines((await (await awsRun(cloud, basic(cloud))).plan()).plan)).toEqual([]);
});

test.each(['CreateDBSubnetGroup', 'CreateSecurityGroup', 'AuthorizeSecurityGroupIngress', 'CreateDBInstance'])(
  '%s whose answer is lost is not done twice',
  async action => {
    cloud.fault({ action, when: 'after' });
    await (await awsRun(cloud, basic(cloud))).apply();
    expect(lines((await (await awsRun(cloud, basic(cloud))).plan()).plan)).toEqual([]);
  }
);

test('a server in a final failed state fails at once, with the words of its event log', async () => {
  cloud.doom('orders', { status: 'incompatible-network', message: 'No free addresses are left in the subnets.' });
  await expect((await awsRun(cloud, basic(cloud))).apply()).rejects.toMatchObject({
    code: 'provider-failed',
    message: expect.stringContaining('No free addresses are left in the subnets.') as string
  });
});

test('a read that is not allowed makes its fields unknown, with the missing permission', async () => {
  const inputs = { ...basic(cloud), alarms: 'cpu' };
  await (await awsRun(cloud, inputs)).apply();
  cloud.fault({ action: 'DescribeAlarms', times: 9, code: 'AccessDenied', status: 403 });
  const { plan } = await (await awsRun(cloud, inputs)).plan();
  expect(plan.steps.find(step => step.address === 'alarm/cpu')?.unknown).toMatchObject({
    threshold: 'cloudwatch:DescribeAlarms'
  });
  expect(lines(plan)).toEqual([]);
});

test('expired credentials are reported as such, once', async () => {
  cloud.fault({ action: '*', times: 99, code: 'ExpiredToken', status: 403 });
  await expect(awsRun(cloud, basic(cloud))).rejects.toMatchObject({ code: 'credentials-missing' });
});

test('a passed deadline ends in progress, and the next run continues', async () => {
  const slow = await startAws({ pace: { creating: 500 } });
  const first = await awsRun(slow, { ...basic(slow), timeout_minutes: '5' });
  await expect(first.apply()).rejects.toMatchObject({ code: 'in-progress' });
  await slow.stop();
});

test('wait: false starts a change and does not wait for it', async () => {
  const run = await awsRun(cloud, { ...basic(cloud), wait: 'false' });
  await expect(run.apply()).rejects.toMatchObject({ code: 'in-progress' });
  await (await awsRun(cloud, basic(cloud))).apply();
  expect(lines((await (await awsRun(cloud, basic(cloud))).plan()).plan)).toEqual([]);
});

describe('doctor', () => {
  test('finds no problem', async () => {
    const findings = await (await awsRun(cloud, { ...basic(cloud), engine_version: '14.9' })).session.doctor();
    expect(findings.filter(finding => finding.state !== 'ok')).toEqual([]);
    expect(findings.length).toBeGreaterThan(5);
  });

  test('names a missing permission, class and zone', async () => {
    cloud.fault({ action: 'DescribeDBParameterGroups', times: 99, code: 'AccessDenied', status: 403 });
    const inputs = {
      ...basic(cloud),
      instance_class: 'db.z9.large',
      subnet_ids: cloud.network().oneZoneSubnetIds.join('\n')
    };
    const findings = await (await awsRun(cloud, inputs)).session.doctor();
    expect(findings.filter(({ state }) => state === 'missing').map(({ what }) => what)).toEqual([
      'Read parameter groups',
      'Instance class',
      'Subnets'
    ]);
  });
});
