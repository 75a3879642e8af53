import { PROMPT, startAws, type FakeAws } from '../../../clouds/aws/fake-aws.ts';
import { basic } from '../../../support/aws-inputs.ts';
import { awsRun } from '../../../support/aws-run.ts';

type With = Readonly<Record<string, string>>;

let cloud: FakeAws;
beforeAll(async () => {
  cloud = await startAws(PROMPT);
  await apply({ ...basic(cloud), name: 'live' });
  await apply({ ...withoutPassword(), name: 'managed' });
  await apply({ ...basic(cloud), name: 'bare', backup_retention_period: '0' });
  await apply({ ...basic(cloud), name: 'plain', storage_encrypted: 'false', backup_retention_period: '3' });
  await apply({ ...basic(cloud), name: 'older', engine_version: '16.12' });
});
afterAll(async () => cloud.stop());

async function apply(inputs: With): Promise<void> {
  await (await awsRun(cloud, inputs)).apply();
}

function withoutPassword(): With {
  const { master_password: _password, ...rest } = basic(cloud);
  return rest;
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
  ['a name that no security group can have', base => ({ ...base, name: 'sg-orders' }), /name.*begins with `sg-`/],
  // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html, its limitations.
  [
    'a replica of a new server whose password RDS keeps',
    () => ({ ...withoutPassword(), create_read_replica: 'true' }),
    /create_read_replica.*master_password/
  ],
  [
    'a replica elsewhere of a new server whose password RDS keeps',
    () => ({ ...withoutPassword(), replica_region: 'us-west-2' }),
    /replica_region.*master_password/
  ],
  [
    'a replica of a live server whose password RDS keeps',
    () => ({ name: 'managed', create_read_replica: 'true' }),
    /create_read_replica.*Secrets Manager/
  ],
  [
    'a replica elsewhere of a live server whose password RDS keeps',
    () => ({ name: 'managed', replica_region: 'us-west-2' }),
    /replica_region.*Secrets Manager/
  ],
  // CreateDBInstanceReadReplica: "Automated backups are not enabled", and ModifyDBInstance switches them on in the
  // window only.
  [
    'a replica before queued backups are on',
    () => ({ name: 'bare', backup_retention_period: '7', create_read_replica: 'true' }),
    /create_read_replica.*apply_immediately: true/
  ],
  [
    'a replica elsewhere before queued backups are on',
    () => ({ name: 'bare', backup_retention_period: '7', replica_region: 'us-west-2' }),
    /replica_region.*apply_immediately/
  ],
  [
    'copied backups before queued backups are on',
    () => ({ name: 'bare', backup_retention_period: '7', backup_region: 'us-west-2' }),
    /backup_region.*apply_immediately/
  ],
  [
    'a minor that is newer than all, of a new server',
    base => ({ ...base, engine_version: '16.99' }),
    /engine_version.*at most 16\.14/
  ],
  [
    'a minor that is newer than all, of a live server',
    () => ({ name: 'older', engine_version: '16.99' }),
    /engine_version.*at most 16\.14/
  ],
  [
    'a class that is not sold with the version',
    base => ({ ...base, engine_version: '18', instance_class: 'db.m5.large' }),
    /instance_class.*not sold/
  ],
  [
    'a class that is not sold with the new version of a live server',
    () => ({ name: 'older', instance_class: 'db.z1.large' }),
    /instance_class.*not sold/
  ],
  [
    'more IOPS than the size allows, of a new server',
    base => ({ ...base, storage_type: 'io2', storage_iops: '60000', allocated_storage: '200' }),
    /storage_iops.*1000–10000/
  ],
  [
    'a ceiling beyond the storage type',
    base => ({ ...base, storage_type: 'standard', max_allocated_storage: '4000' }),
    /max_allocated_storage/
  ],
  ['IOPS of a live gp2', () => ({ name: 'live', storage_iops: '3000' }), /storage_iops.*gp2/],
  [
    'IOPS of a live gp3 below 400 GiB',
    () => ({ name: 'live', storage_type: 'gp3', storage_iops: '12000' }),
    /storage_iops.*gp3/
  ],
  ['a key that does not exist', base => ({ ...base, kms_key_id: 'alias/nothing' }), /kms_key_id.*does not exist/],
  [
    'a security group that does not exist, of a new server',
    base => ({ ...base, name: 'fresh', security_group_ids: 'sg-0a1b2c3d4e5f60718' }),
    /security_group_ids.*names sg-0a1b2c3d4e5f60718, which this account does not see in us-east-1.*groups of us-east-1/
  ],
  [
    'and of a live one',
    () => ({ name: 'live', security_group_ids: 'sg-0a1b2c3d4e5f60718' }),
    /security_group_ids.*names sg-0a1b2c3d4e5f60718/
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
    'an authority that the version does not have',
    base => ({ ...base, ca_certificate_identifier: 'rds-ca-2019' }),
    /ca_certificate_identifier.*rds-ca-rsa2048-g1/
  ],
  [
    'a subnet group that does not exist elsewhere',
    base => ({ ...base, replica_region: 'us-west-2', replica_subnet_group_name: 'nothing' }),
    /replica_subnet_group_name.*us-west-2/
  ],
  // DescribeAccountAttributes: the fake's account has 40 instances.
  [
    'more instances than the quota',
    base => ({
      ...base,
      name: 'many',
      read_replica_count: '15',
      create_read_replica: 'true',
      allocated_storage: '20000',
      instance_class: 'db.m5.large'
    }),
    /quota AllocatedStorage/
  ],
  [
    'a list with an item that RDS does not know',
    base => ({ ...base, parameters: 'shared_preload_libraries: pg_stat_statements,timescaledb' }),
    /shared_preload_libraries.*is not allowed by RDS.*pg_stat_statements/
  ],
  [
    'a word that is none of the parameter',
    base => ({ ...base, parameters: 'pg_stat_statements.track: some' }),
    /pg_stat_statements\.track: some.*is not allowed by RDS.*none,top,all/
  ],
  [
    'a class that the region of the replica does not sell',
    base => ({ ...base, instance_class: 'db.m5.large', replica_region: 'eu-north-1' }),
    /replica_region.*does not sell db\.m5\.large with PostgreSQL 16/
  ],
  [
    'subnets of several VPCs',
    ({ vpc_id: _vpc, ...base }) => {
      const { subnetIds, otherVpcSubnetIds } = cloud.network();
      return { ...base, subnet_ids: [subnetIds[0], otherVpcSubnetIds[1]].join('\n') };
    },
    /subnet_ids.*are in several VPCs/
  ],
  [
    'subnets of another VPC than the given one',
    base => ({ ...base, subnet_ids: cloud.network().otherVpcSubnetIds.join('\n') }),
    /subnet_ids.*not in `vpc_id`/
  ],
  [
    'subnets in one zone',
    base => ({ ...base, subnet_ids: cloud.network().oneZoneSubnetIds.join('\n') }),
    /subnet_ids.*cover one availability zone only/
  ],
  [
    'subnets that do not exist',
    base => ({ ...base, subnet_ids: 'subnet-0000000000000dead\nsubnet-0000000000000beef' }),
    /subnet_ids.*names subnets that do not exist in us-east-1/
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
  ],
  [
    'encryption that the source does not have',
    base => ({ ...base, name: 'copy', restore_source: 'plain', storage_encrypted: 'true' }),
    /storage_encrypted.*not encrypted/
  ],
  [
    'no encryption where the source has it',
    base => ({ ...base, name: 'copy', restore_source: 'live', storage_encrypted: 'false' }),
    /storage_encrypted.*is encrypted|storage_encrypted.*not what the source has/
  ],
  [
    'another master user than the source has',
    base => ({ ...base, name: 'copy', restore_source: 'live', master_username: 'admin1' }),
    /master_username.*postgres/
  ]
])('%s is refused in the plan', async (_what, inputs, says) => {
  expect(await refusedAs(inputs(basic(cloud)))).toMatch(says);
});

test.each<[string, () => With]>([
  [
    'a replica, with the password that takes over',
    () => ({ name: 'managed', master_password: 'correct-horse-battery', create_read_replica: 'true' })
  ],
  [
    'a replica, with backups switched on at once',
    () => ({ name: 'bare', backup_retention_period: '7', create_read_replica: 'true', apply_immediately: 'true' })
  ],
  ['the newest minor', () => ({ name: 'older', engine_version: '16.14' })]
])('the hint for %s works: the plan is made, applied, and then empty', async (_what, inputs) => {
  const all = { ...inputs(), master_password: 'correct-horse-battery', apply_immediately: 'true' };
  await apply(all);
  expect((await (await awsRun(cloud, all)).plan()).plan.verdict).toBe('no-changes');
});

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

test.each<[string, (state: ReturnType<FakeAws['state']>) => Map<string, unknown>, number, number, With]>([
  ['DBInstances', state => state.instances, 40, 0, {}],
  ['DBInstances', state => state.instances, 40, 1, { create_read_replica: 'true' }],
  ['DBSubnetGroups', state => state.subnetGroups, 50, 0, {}],
  ['DBParameterGroups', state => state.parameterGroups, 100, 0, { parameters: 'work_mem: 8MB' }]
])(
  '%s by the limit of the account are refused in the plan, and room leads out',
  async (quota, of, most, left, more) => {
    const isPlain = Object.keys(more).length === 0;
    const known = isPlain
      ? { name: 'live' }
      : { name: 'one', create_read_replica: 'true', parameters: 'work_mem: 8MB' };
    if (!isPlain) await apply({ ...basic(cloud), ...known });
    const all = of(cloud.state());
    const [[, model] = []] = all;
    const fillers = Array.from({ length: most - left - all.size }, (_, at) => `filler-${at}`);
    for (const name of fillers) all.set(name, structuredClone(model));
    const inputs = { ...basic(cloud), name: 'one-more', ...more };
    expect(await refusedAs(inputs)).toMatch(
      new RegExp(`the account has ${most - left} of at most ${most} \\(quota ${quota}\\)`)
    );
    // What exists needs no room, also where the storage grows.
    expect(await refusedAs({ ...inputs, ...known, allocated_storage: '22' })).toBe('planned');
    for (const name of fillers) all.delete(name);
    expect(await refusedAs(inputs)).toBe('planned');
  }
);

test('only the storage that is added counts against the quota, that of a copy without an input too', async () => {
  const [live, other] = ['live', 'plain'].map(id => cloud.state().instances.get(id)?.live);
  if (live === undefined || other === undefined) throw new Error('There is no server');
  other.AllocatedStorage = 80_000;
  const { allocated_storage: _size, ...unsized } = basic(cloud);
  live.AllocatedStorage = 10_000;
  expect(await refusedAs({ ...basic(cloud), name: 'live', allocated_storage: '16000' })).toBe('planned');
  live.AllocatedStorage = 60_000;
  const copy = { ...unsized, name: 'copy', restore_source: 'live' };
  expect(await refusedAs(copy)).toMatch(/allocated_storage.*needs 60000 more GiB.*quota AllocatedStorage/);
  [live.AllocatedStorage, other.AllocatedStorage] = [20, 20];
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

test('subnets that may not be read need `vpc_id`, which leads out', async () => {
  const { vpc_id: vpc = '', ...base } = basic(cloud);
  cloud.fault({ action: 'DescribeSubnets', times: 99, code: 'UnauthorizedOperation', status: 403 });
  expect(await refusedAs({ ...base, name: 'unseen' })).toMatch(/vpc_id.*may not read the VPC of the subnets/);
  expect(await refusedAs({ ...base, name: 'unseen', vpc_id: vpc })).toBe('planned');
  cloud.clearFaults();
});

test.each([
  ['shared_preload_libraries: pg_stat_statements, auto_explain'],
  ['shared_preload_libraries: pg_cron'],
  ['pg_stat_statements.track: top']
])('the parameter "%s" is allowed', async parameters => {
  expect(await refusedAs({ ...basic(cloud), name: 'listed', parameters })).toBe('planned');
});

test('a role of another account is left to RDS', async () => {
  const role = { enable_enhanced_monitoring: 'true', monitoring_role_arn: 'arn:aws:iam::999999999999:role/shared' };
  expect(await refusedAs({ ...basic(cloud), name: 'shared', ...role })).toBe('planned');
});

test('what is sold is not asked about a server that keeps its class, storage and version', async () => {
  const inputs = { ...basic(cloud), name: 'kept' };
  await apply(inputs);
  const asked = (): number => cloud.calls().filter(one => one.action === 'DescribeOrderableDBInstanceOptions').length;
  const before = asked();
  await (await awsRun(cloud, inputs)).plan();
  expect(asked()).toBe(before);
  await (await awsRun(cloud, { ...inputs, instance_class: 'db.t3.small' })).plan();
  expect(asked()).toBeGreaterThan(before);
});
