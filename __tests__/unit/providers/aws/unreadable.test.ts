import { PROMPT, startAws, type FakeAws } from '../../../clouds/aws/fake-aws.ts';
import { everything } from '../../../support/aws-inputs.ts';
import { awsRun, lines, type AwsRun } from '../../../support/aws-run.ts';

type With = Readonly<Record<string, string>>;

let cloud: FakeAws;
let inputs: With;
beforeAll(async () => {
  cloud = await startAws(PROMPT);
  inputs = { ...everything(cloud), apply_immediately: 'true' };
  await (await awsRun(cloud, inputs)).apply();
});
afterAll(async () => cloud.stop());
afterEach(() => {
  cloud.clearFaults();
});

function deny(action: string): void {
  cloud.fault({ action, times: 999, code: 'AccessDenied', status: 403 });
}

async function planned(given: With): Promise<Awaited<ReturnType<AwsRun['plan']>>['plan']> {
  return (await (await awsRun(cloud, given)).plan()).plan;
}

const LARGER = ['server', 'replica/1', 'replica/2', 'replica/us-west-2'].map(
  address =>
    `update ${address}: instance_class "db.r5.xlarge" → "db.r5.2xlarge" (${address === 'server' ? 'failover' : 'restart'})`
);

// Each other call: `failing-calls-aws.txt`.
test.each(['DescribeDBParameterGroups', 'DescribeSecurityGroups', 'DescribeDBProxies', 'DescribeAlarms'])(
  'without the permission for %s a plan names the unknown fields, and changes only their absence',
  async action => {
    deny(action);
    const plan = await planned({ ...inputs, instance_class: 'db.r5.2xlarge' });
    expect(lines(plan)).toEqual(LARGER);
    const said = JSON.stringify([plan.notices, plan.steps.map(({ unknown }) => unknown)]);
    expect(said).toContain(`:${action}`);
  }
);

// IAM answers that a call is not allowed also for a role that does not exist.
test('the permission for the policies of a role is told before there is one', async () => {
  deny('ListAttachedRolePolicies');
  const plan = await planned({ ...inputs, name: 'others' });
  const role = plan.steps.find(({ address }) => address === 'monitoring-role');
  expect(role?.unknown).toMatchObject({ policy_arn: 'iam:ListAttachedRolePolicies' });
});

test('a resource that needs an unreadable one fails before it is created, with the permission', async () => {
  deny('GetRole');
  const before = cloud.mutations().length;
  const run = await awsRun(cloud, { ...inputs, read_replica_count: '3' });
  await expect(run.apply()).rejects.toMatchObject({
    code: 'permission-denied',
    hint: expect.stringContaining('iam:GetRole') as string
  });
  expect(
    cloud
      .mutations()
      .slice(before)
      .map(({ action }) => action)
  ).toEqual([]);
});
