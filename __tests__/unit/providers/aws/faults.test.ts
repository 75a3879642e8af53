import { PROMPT, startAws, type FakeAws } from '../../../clouds/aws/fake-aws.ts';
import { basic } from '../../../support/aws-inputs.ts';
import { awsRun, lines } from '../../../support/aws-run.ts';

let cloud: FakeAws;
beforeEach(async () => {
  cloud = await startAws();
});
afterEach(async () => cloud.stop());

// What is lost after its effect, at each call: `resume.test.ts`.
test('what is throttled, fails at AWS or breaks is retried, for reads and for mutations', async () => {
  const broken = [{ code: 'Throttling' }, { code: 'InternalFailure', status: 500 }, {}, { code: 'Throttling' }];
  for (const [at, action] of [
    'DescribeDBInstances',
    'CreateDBSubnetGroup',
    'CreateSecurityGroup',
    'CreateDBInstance'
  ].entries())
    cloud.fault({ action, times: 2, ...broken[at] });
  await (await awsRun(cloud, basic(cloud))).apply();
  expect(lines((await (await awsRun(cloud, basic(cloud))).plan()).plan)).toEqual([]);
});

test('a server in a final failed state fails at once, with the words of its event log', async () => {
  cloud.doom('orders', { status: 'incompatible-network', message: 'No free addresses are left in the subnets.' });
  await expect((await awsRun(cloud, basic(cloud))).apply()).rejects.toMatchObject({
    code: 'provider-failed',
    message: expect.stringContaining('No free addresses are left in the subnets.') as string
  });
});

test('expired credentials are reported as such, once', async () => {
  cloud.fault({ action: '*', times: 99, code: 'ExpiredToken', status: 403 });
  await expect(awsRun(cloud, basic(cloud))).rejects.toMatchObject({ code: 'credentials-missing' });
});

// Each client learns the difference from the refusal, and signs the next try by AWS's time.
test.each([-3, 60])('a clock that is behind by %s days is no reason to refuse a plan or an apply', async days => {
  const late = await startAws({ ...PROMPT, behindSeconds: days * 86_400 });
  try {
    const run = await awsRun(late, basic(late));
    await run.apply();
    const again = await (await awsRun(late, basic(late))).plan();
    expect(again.plan.verdict).toBe('no-changes');
    expect(
      late.mutations().filter(({ action, status }) => action === 'CreateDBInstance' && status === 200)
    ).toHaveLength(1);
  } finally {
    await late.stop();
  }
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
