import { PROMPT, startAws, type FakeAws } from '../../../clouds/aws/fake-aws.ts';
import { basic } from '../../../support/aws-inputs.ts';
import { awsRun } from '../../../support/aws-run.ts';

type With = Readonly<Record<string, string>>;

let cloud: FakeAws;
beforeAll(async () => {
  cloud = await startAws(PROMPT);
  await apply({ ...basic(cloud), name: 'live' });
});
afterAll(async () => cloud.stop());

async function apply(inputs: With): Promise<void> {
  await (await awsRun(cloud, inputs)).apply();
}

const refusedAs = async (inputs: With): Promise<string> => {
  const before = cloud.mutations().length;
  const refused = await (async () => (await awsRun(cloud, inputs)).plan())().then(
    () => 'planned',
    (thrown: unknown) => (thrown as Error).message
  );
  expect(cloud.mutations()).toHaveLength(before);
  return refused;
};

const TOPIC = 'arn:aws:sns:us-east-1:123456789012:alerts';

const watched = (base: With, actions: string): With => ({
  ...base,
  name: 'live',
  alarms: 'cpu',
  alarm_actions: actions
});

/** Without networks of its own. */
function bare(): With {
  const { vpc_id: _vpc, subnet_ids: _subnets, ...rest } = basic(cloud);
  return rest;
}

test.each<[string, (base: With) => With, RegExp]>([
  // EC2's user guide, error codes: InvalidVpcID.NotFound, InvalidGroup.Reserved. RDS takes groups of its own VPC only.
  [
    'a VPC that does not exist',
    () => ({ ...bare(), name: 'net', vpc_id: 'vpc-0000000000000dead' }),
    /vpc_id.*does not exist in us-east-1/
  ],
  [
    'a VPC without subnets, where the server would be in the default VPC',
    () => ({ ...bare(), name: 'net', vpc_id: cloud.network().vpcId }),
    /subnet_ids.*not the default VPC/
  ],
  [
    'another VPC than that of the live server',
    () => {
      const { otherVpcId } = cloud.network();
      return { ...bare(), name: 'live', vpc_id: otherVpcId };
    },
    /vpc_id.*is not the VPC of the server.*vpc-/
  ],
  [
    'a zone without one of the subnets',
    base => ({
      ...base,
      name: 'zoned',
      availability_zone: 'us-east-1c',
      subnet_ids: cloud.network().subnetIds.slice(0, 2).join('\n')
    }),
    /availability_zone.*us-east-1c.*has none of the `subnet_ids`.*us-east-1a, us-east-1b/
  ],
  // https://github.com/aws/aws-cdk/issues/26135; other subnets of the same zones are refused as well.
  [
    'other subnets than the one that the server is in',
    base => ({ ...base, name: 'live', subnet_ids: cloud.network().publicSubnetIds.join('\n') }),
    /subnet_ids.*leave out subnet-\w+, where live is/
  ],
  // https://github.com/hashicorp/terraform/issues/19015, marklogic/cloud-enablement-aws#82,
  // cds-snc/notification-terraform#128, aws-samples/amazon-cloudwatch-auto-alarms#61
  ['the name of a topic', base => watched(base, 'alerts'), /alarm_actions.*alerts.*is not an ARN/],
  [
    'an action on EC2 instances',
    base => watched(base, 'arn:aws:automate:us-east-1:ec2:recover'),
    /alarm_actions.*is an action on EC2 instances/
  ],
  [
    'a topic of another region',
    base => watched(base, TOPIC.replace('us-east-1', 'eu-west-1')),
    /alarm_actions.*is in eu-west-1, and the alarm is in us-east-1/
  ],
  [
    'a topic of another partition',
    base => watched(base, TOPIC.replace('arn:aws:', 'arn:aws-cn:')),
    /alarm_actions.*is in the partition `aws-cn`, and the alarm is in `aws`/
  ],
  [
    'more actions than an alarm can have',
    base => watched(base, [1, 2, 3, 4, 5, 6].map(one => `${TOPIC}-${one}`).join('\n')),
    /alarm_actions.*has 6 items.*5 at most/
  ],
  ['a name that no security group can have', base => ({ ...base, name: 'sg-orders' }), /name.*begins with `sg-`/],
  [
    'a ceiling beyond the storage type',
    base => ({ ...base, storage_type: 'standard', max_allocated_storage: '4000' }),
    /max_allocated_storage/
  ],
  ['IOPS of a live gp2', () => ({ name: 'live', storage_iops: '3000' }), /storage_iops.*gp2/],
  ['a key that does not exist', base => ({ ...base, kms_key_id: 'alias/nothing' }), /kms_key_id.*does not exist/],
  [
    'a security group that does not exist, of a new server',
    base => ({ ...base, name: 'fresh', security_group_ids: 'sg-0a1b2c3d4e5f60718' }),
    /security_group_ids.*names sg-0a1b2c3d4e5f60718, which this account does not see in us-east-1.*groups of us-east-1/
  ],
  [
    'a role that does not exist',
    base => ({
      ...base,
      enable_enhanced_monitoring: 'true',
      monitoring_role_arn: `arn:aws:iam::${cloud.accountId}:role/nothing`
    }),
    /monitoring_role_arn.*does not exist/
  ],
  [
    'a subnet group that does not exist elsewhere',
    base => ({ ...base, replica_region: 'us-west-2', replica_subnet_group_name: 'nothing' }),
    /replica_subnet_group_name.*us-west-2/
  ],
  [
    'a class that the region of the replica does not sell',
    base => ({ ...base, instance_class: 'db.m5.large', replica_region: 'eu-north-1' }),
    /replica_region.*does not sell db\.m5\.large with PostgreSQL 16/
  ],
  [
    'a role that is not named by its ARN',
    base => ({ ...base, enable_enhanced_monitoring: 'true', monitoring_role_arn: 'rds-monitoring-role' }),
    /monitoring_role_arn.*is not the ARN of a role|monitoring_role_arn.*arn:aws:iam/
  ],
  [
    'an option group of another engine',
    base => ({ ...base, option_group_name: 'team-mysql-16' }),
    /option_group_name.*is for mysql, and the server has or gets 16/
  ],
  // RestoreDBInstanceToPointInTime has none of these members: a copy has what its source has.
  [
    'another version than the source has',
    base => ({ ...base, name: 'copy', restore_source: 'live', engine_version: '17' }),
    /engine_version.*16; upgrade it afterwards|engine_version.*is not what the source has/
  ]
])('%s is refused in the plan', async (_what, inputs, says) => {
  expect(await refusedAs(inputs(basic(cloud)))).toMatch(says);
});

// The words of the fake are those of reports, such as https://github.com/hackoregon/civic-devops/issues/281
test.each(['gateway', 'enableDnsHostnames', 'enableDnsSupport'] as const)(
  'a public address is refused in the plan where the VPC lacks its %s',
  async lack => {
    const { vpcId } = cloud.network();
    cloud.state().lacking.set(vpcId, lack);
    const says = lack === 'gateway' ? /no internet gateway/ : /whose DNS resolution or DNS hostnames are off/;
    const open = { ...basic(cloud), publicly_accessible: 'true' };
    for (const name of ['live', 'open']) expect(await refusedAs({ ...open, name })).toMatch(says);
    cloud.state().lacking.clear();
    expect(await refusedAs({ ...open, name: 'live' })).toBe('planned');
  }
);

test('a master user of 17 to 63 characters is left to RDS, with a notice', async () => {
  const inputs = { ...basic(cloud), name: 'long', master_username: 'a_user_with_a_rather_long_name' };
  const run = await awsRun(cloud, inputs);
  const { plan } = await run.apply();
  expect(plan.notices.map(({ code }) => code)).toContain('long-username');
  expect(cloud.state().instances.get('long')?.live.MasterUsername).toBe('a_user_with_a_rather_long_name');
});

test('a read that always answers 500 stops no plan, and is reported', async () => {
  for (const action of ['DescribeOrderableDBInstanceOptions', 'DescribeEngineDefaultParameters']) {
    cloud.fault({ action, times: 99, code: 'InternalFailure', status: 500 });
  }
  const { plan } = await (await awsRun(cloud, { ...basic(cloud), name: 'other', parameters: 'work_mem: 8MB' })).plan();
  cloud.clearFaults();
  expect(plan.notices.filter(({ code }) => code === 'not-checked').map(({ message }) => message)).toEqual([
    'Could not check whether RDS sells this class here: `rds:DescribeOrderableDBInstanceOptions` got no answer.',
    'Could not check whether RDS accepts the parameters: `rds:DescribeEngineDefaultParameters` got no answer.'
  ]);
});

test('networks without a VPC lead to a group in the default one, and to none where there is none', async () => {
  await apply({ ...bare(), name: 'defaulted' });
  const group = [...cloud.state().securityGroups.values()].find(({ name }) => name === 'defaulted-db');
  expect(group?.vpcId).toBe(cloud.network().otherVpcId);
  const vpcs = [...cloud.state().vpcs];
  for (const [, vpc] of vpcs) vpc.IsDefault = false;
  expect(await refusedAs({ ...bare(), name: 'homeless' })).toMatch(/subnet_ids.*has no default VPC/);
  // The hint says what to set, and that run is green.
  const { subnet_ids: subnets = '' } = basic(cloud);
  expect(await refusedAs({ ...bare(), name: 'homeless', subnet_ids: subnets })).toBe('planned');
});

test('instances by the limit of the account are refused in the plan, and room leads out', async () => {
  const { instances } = cloud.state();
  const [[, model] = []] = instances;
  if (model === undefined) throw new Error('There is no server');
  const fillers = Array.from({ length: 40 - instances.size }, (_, at) => `filler-${at}`);
  for (const name of fillers) instances.set(name, structuredClone(model));
  const inputs = { ...basic(cloud), name: 'one-more' };
  expect(await refusedAs(inputs)).toMatch(/the account has 40 of at most 40 \(quota DBInstances\)/);
  // What exists needs no room, also where the storage grows.
  expect(await refusedAs({ ...inputs, name: 'live', allocated_storage: '22' })).toBe('planned');
  for (const name of fillers) instances.delete(name);
  expect(await refusedAs(inputs)).toBe('planned');
});

test('the storage of a copy counts against the quota without an input too', async () => {
  const live = cloud.state().instances.get('live')?.live;
  if (live === undefined) throw new Error('There is no server');
  const { allocated_storage: _size, ...unsized } = basic(cloud);
  live.AllocatedStorage = 60_000;
  const copy = { ...unsized, name: 'copy', restore_source: 'live' };
  expect(await refusedAs(copy)).toMatch(/allocated_storage.*needs 60000 more GiB.*quota AllocatedStorage/);
  live.AllocatedStorage = 20;
  expect(await refusedAs(copy)).toBe('planned');
});

test('what is sold in the region of a replica is asked until the replica exists, and not without a version', async () => {
  const asked = (): number =>
    cloud
      .calls()
      .filter(({ action, region }) => action === 'DescribeOrderableDBInstanceOptions' && region === 'us-west-2').length;
  const inputs = { ...basic(cloud), name: 'elsewhere', replica_region: 'us-west-2' };
  const before = asked();
  await apply(inputs);
  expect(asked()).toBeGreaterThan(before);
  const after = asked();
  await (await awsRun(cloud, inputs)).plan();
  expect(asked()).toBe(after);
  cloud.fault({ action: 'DescribeDBEngineVersions', times: 99, code: 'AccessDenied', status: 403 });
  await (await awsRun(cloud, { ...inputs, name: 'versionless' })).plan();
  cloud.clearFaults();
  expect(asked()).toBe(after);
});

test('lists and words as RDS describes them are allowed', async () => {
  const lists = 'shared_preload_libraries: pg_stat_statements, auto_explain\npg_stat_statements.track: top';
  const words = 'cron.log_run: off\nkrb_caseins_users: on\npgaudit.log: DDL, role\npgaudit.log_parameter: "on"';
  expect(await refusedAs({ ...basic(cloud), name: 'listed', parameters: `${lists}\n${words}` })).toBe('planned');
});

test('actions of CloudWatch without a region, or other than topics, are allowed', async () => {
  const actions = [
    'arn:aws:lambda:us-east-1:123456789012:function:page',
    'arn:aws:ssm-incidents::123456789012:response-plan/db',
    'arn:aws:ssm:us-east-1:123456789012:opsitem:1#CATEGORY=Availability'
  ];
  const all = watched(basic(cloud), actions.join('\n'));
  expect(await refusedAs(all)).toBe('planned');
  await apply(all);
  expect(cloud.state().alarms.get('live-cpu')?.alarm.AlarmActions).toHaveLength(3);
});

test('a role of another account is left to RDS', async () => {
  const role = { enable_enhanced_monitoring: 'true', monitoring_role_arn: 'arn:aws:iam::999999999999:role/shared' };
  expect(await refusedAs({ ...basic(cloud), name: 'shared', ...role })).toBe('planned');
});

test('what is sold is not asked about a server that keeps its class, storage and version', async () => {
  const inputs = { ...basic(cloud), name: 'live' };
  const asked = (): number => cloud.calls().filter(one => one.action === 'DescribeOrderableDBInstanceOptions').length;
  const before = asked();
  await (await awsRun(cloud, inputs)).plan();
  expect(asked()).toBe(before);
  await (await awsRun(cloud, { ...inputs, instance_class: 'db.t3.small' })).plan();
  expect(asked()).toBeGreaterThan(before);
});
