import { PROMPT, startAws, type FakeAws } from '../../../clouds/aws/fake-aws.ts';
import { basic, everything } from '../../../support/aws-inputs.ts';
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

test.each([
  'DescribeDBParameterGroups',
  'DescribeDBParameters',
  'DescribeEngineDefaultParameters',
  'DescribeDBSubnetGroups',
  'DescribeSubnets',
  'DescribeSecurityGroups',
  'DescribeSecurityGroupRules',
  'DescribeDBProxies',
  'DescribeDBProxyTargetGroups',
  'DescribeDBProxyTargets',
  'DescribeDBInstanceAutomatedBackups',
  'DescribeOrderableDBInstanceOptions',
  'DescribePendingMaintenanceActions',
  'ListTagsForResource',
  'GetRole',
  'ListAttachedRolePolicies',
  'ListRolePolicies',
  'DescribeSecret',
  'DescribeLogGroups',
  'DescribeAlarms'
])('without the permission for %s a plan names the unknown fields, and changes only their absence', async action => {
  deny(action);
  const plan = await planned({ ...inputs, instance_class: 'db.r5.2xlarge' });
  expect(lines(plan)).toEqual(LARGER);
  const said = JSON.stringify([plan.notices, plan.steps.map(({ unknown }) => unknown)]);
  if (action !== 'DescribePendingMaintenanceActions') expect(said).toContain(`:${action}`);
});

test('without the permission to read versions RDS gets the requested one', async () => {
  deny('DescribeDBEngineVersions');
  const plan = await planned({ ...basic(cloud), name: 'new', engine_version: '16' });
  const server = plan.steps.find(({ address }) => address === 'server');
  expect(server?.changes.find(({ field }) => field === 'engine_version')?.to).toBe('16');
  expect(plan.notices.map(({ message }) => message).join()).toContain('rds:DescribeDBEngineVersions');
});

test('a new security group needs a network that is known', async () => {
  deny('DescribeSubnets');
  const { vpc_id: vpc = '', ...rest }: With = { ...basic(cloud), name: 'new' };
  await expect(planned(rest)).rejects.toThrow(/vpc_id.*ec2:DescribeSubnets/);
  expect(lines(await planned({ ...rest, vpc_id: vpc }))).toContain('create security-group');
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

test('a subnet that does not exist is refused by its name', async () => {
  const subnet_ids = `${inputs['subnet_ids'] ?? ''}\nsubnet-0a1b2c3d4e5f60718`;
  await expect(planned({ ...inputs, subnet_ids })).rejects.toThrow(/subnet_ids.*us-east-1: .subnet-0a1b2c3d4e5f60718/);
});
