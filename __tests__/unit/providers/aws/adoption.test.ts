import { clients, statuses } from '../../../clouds/aws/clients.ts';
import { PROMPT, startAws, type FakeAws } from '../../../clouds/aws/fake-aws.ts';
import { completePostgres, type LiveServer } from '../../../clouds/aws/live-servers.ts';
import { awsRun, lines } from '../../../support/aws-run.ts';

type With = Readonly<Record<string, string>>;

let cloud: FakeAws;
let live: LiveServer;
let back = (): void => {};
beforeAll(async () => {
  cloud = await startAws(PROMPT);
  live = await completePostgres(cloud);
  back = cloud.savepoint();
});
beforeEach(() => {
  back();
});
afterAll(async () => cloud.stop());

/** Inputs of a workflow that moves in, on top of the name. */
async function planned(inputs: With): Promise<{ steps: readonly string[]; notices: readonly string[] }> {
  const run = await awsRun(cloud, { name: 'complete-postgresql', adopt_existing: 'true', ...inputs });
  const { plan } = await run.plan();
  return { steps: lines(plan), notices: plan.notices.map(({ severity, message }) => `${severity} ${message}`) };
}

test('`adopt_existing` with a name adopts that server only', async () => {
  expect((await planned({ adopt_existing: 'Complete-PostgreSQL' })).steps).toEqual(ADOPTED);
  await expect(planned({ name: 'other', adopt_existing: 'complete-postgresql' })).rejects.toThrow(
    '`adopt_existing`: "complete-postgresql" is not the `name` (other)'
  );
});

const ADOPTED = ['adopt server'];

describe('adoption of a server of terraform-aws-rds asks for nothing more than was asked', () => {
  test.each<[string, (network: ReturnType<FakeAws['network']>) => With]>([
    ['the name alone', () => ({})],
    ['subnet_ids as live', ({ subnetIds }) => ({ subnet_ids: subnetIds.join('\n') })],
    ['vpc_id as live', ({ vpcId }) => ({ vpc_id: vpcId })],
    ['networks that an attached group lets in', () => ({ allowed_cidr_blocks: '10.0.0.0/16' })],
    ['monitoring with the live interval', () => ({ enable_enhanced_monitoring: 'true', monitoring_interval: '60' })],
    ['logs that are exported already', () => ({ enable_logging: 'true' })],
    ['one of its tags', () => ({ tags: 'Example: complete-postgresql' })],
    [
      'the names that Terraform has',
      () => ({
        identifier: 'complete-postgresql',
        db_name: 'completePostgresql',
        username: 'complete_postgresql',
        version: '16',
        deletion_protection: 'false',
        db_subnet_group_name: 'complete-vpc'
      })
    ]
  ])('%s', async (_what, inputs) => {
    expect((await planned(inputs(cloud.network()))).steps).toEqual(ADOPTED);
  });

  test('subnets of another VPC leave the group of others for one of its own', async () => {
    const { steps } = await planned({ subnet_ids: cloud.network().otherVpcSubnetIds.join('\n') });
    expect(steps).toEqual([
      'create subnet-group',
      expect.stringMatching(/^blocked server: .*subnet_group "complete-vpc" → "complete-postgresql-subnets"/)
    ]);
  });

  test('security_group_ids as live', async () => {
    expect((await planned({ security_group_ids: live.securityGroupId })).steps).toEqual(ADOPTED);
  });

  test('and the second plan with all of that is empty', async () => {
    const inputs = {
      name: 'complete-postgresql',
      adopt_existing: 'true',
      vpc_id: cloud.network().vpcId,
      subnet_ids: cloud.network().subnetIds.join('\n'),
      allowed_cidr_blocks: '10.0.0.0/16',
      security_group_ids: live.securityGroupId,
      monitoring_interval: '60',
      enable_logging: 'true',
      tags: 'Example: complete-postgresql'
    };
    const seeded = cloud.mutations().length;
    await (await awsRun(cloud, inputs)).apply();
    expect(lines((await (await awsRun(cloud, inputs)).plan()).plan)).toEqual([]);
    expect(
      new Set(
        cloud
          .mutations()
          .slice(seeded)
          .map(({ action }) => action)
      )
    ).toEqual(new Set(['AddTagsToResource']));
    const tags = cloud
      .state()
      .instances.get('complete-postgresql')
      ?.tags.tags.map(({ Key }) => Key);
    expect(tags).toEqual(expect.arrayContaining(['Name', 'Example', 'Repository', 'pgkeep:repository']));
  });
});

test('an attached group that is open to the internet is told, and can be taken off', async () => {
  const { notices } = await planned({ allowed_cidr_blocks: '10.0.0.0/16' });
  expect(notices.join()).toContain('lets 0.0.0.0/0 in, and stays as it is');
  const other = await clients(cloud).ec2.createSecurityGroup({
    GroupName: 'private',
    Description: 'private',
    VpcId: cloud.network().vpcId
  });
  const { steps } = await planned({ security_group_ids: other.GroupId ?? '' });
  expect(steps).toEqual([
    `adopt server: security_group_ids ["${live.securityGroupId}"] → ["${other.GroupId}"] (online)`
  ]);
});

test('networks that no attached group lets in get a group of their own, and keep those of others', async () => {
  const { steps } = await planned({ allowed_cidr_blocks: '10.9.0.0/16' });
  expect(steps[0]).toBe('create security-group');
  const inputs = { name: 'complete-postgresql', adopt_existing: 'true', allowed_cidr_blocks: '10.9.0.0/16' };
  await (await awsRun(cloud, inputs)).apply();
  const groups = cloud.state().instances.get('complete-postgresql')?.live.VpcSecurityGroups;
  expect(groups?.map(group => group.VpcSecurityGroupId)).toEqual(expect.arrayContaining([live.securityGroupId]));
  expect(groups).toHaveLength(2);
});

/** In a VPC that another account shares, with a group that it shares too. */
test('a security group of another account stays attached, and is never written', async () => {
  const shared = cloud.state().securityGroups.get(live.securityGroupId);
  if (shared !== undefined) shared.ownerId = '999999999999';
  expect((await planned({})).steps).toEqual(ADOPTED);
  expect((await planned({ security_group_ids: live.securityGroupId })).steps).toEqual(ADOPTED);
  expect((await planned({ allowed_cidr_blocks: '10.0.0.0/16' })).steps).toEqual(ADOPTED);
  const inputs = { name: 'complete-postgresql', adopt_existing: 'true', allowed_cidr_blocks: '10.9.0.0/16' };
  await (await awsRun(cloud, inputs)).apply();
  const groups = cloud.state().instances.get('complete-postgresql')?.live.VpcSecurityGroups;
  expect(groups?.map(group => group.VpcSecurityGroupId)).toEqual([live.securityGroupId, expect.any(String)]);
  expect(lines((await (await awsRun(cloud, inputs)).plan()).plan)).toEqual([]);
});

test('a peer group that this account does not see is refused, with what may be wrong', async () => {
  const why =
    /names sg-0123456789abcdef0, which this account does not see in us-east-1; allowed: groups of this account/;
  await expect(planned({ allowed_security_group_ids: 'sg-0123456789abcdef0' })).rejects.toThrow(why);
});

test('a parameter group that takes the place of the live one shows what is dropped', async () => {
  const { notices } = await planned({ parameters: 'autovacuum: on' });
  expect(notices.join()).toMatch(/server complete-postgresql loses them: rds\.logical_replication = 1/);
});

test('replicas under names of their own are the ones that are asked for', async () => {
  const { rds } = clients(cloud);
  for (const id of ['orders-bi', 'orders-reports']) {
    await rds.createDBInstanceReadReplica({
      DBInstanceIdentifier: id,
      SourceDBInstanceIdentifier: 'complete-postgresql'
    });
    await statuses(rds, 'complete-postgresql');
    await statuses(rds, id);
  }
  const { steps } = await planned({ create_read_replica: 'true', replica_names: 'orders-bi\norders-reports' });
  expect(steps).toEqual(['adopt server', 'adopt replica/1', 'adopt replica/2']);
});

test('a password that RDS would replace is a danger, with its consequence', async () => {
  const { notices } = await planned({ manage_master_user_password: 'true' });
  expect(notices.join('\n')).toMatch(/^danger The server has a plain password\. RDS replaces it at once/m);
});

describe('a name that is not that of a PostgreSQL instance is refused', () => {
  test.each([
    ['a server of another engine', { Engine: 'mysql' }, 'is a server of another engine: mysql'],
    [
      'a member of an Aurora cluster',
      { Engine: 'aurora-postgresql', DBClusterIdentifier: 'shop' },
      'is a member of the cluster shop'
    ],
    ['a read replica', { ReadReplicaSourceDBInstanceIdentifier: 'main' }, 'is a read replica of main']
  ])('%s', async (_what, record, why) => {
    Object.assign(cloud.state().instances.get('complete-postgresql')?.live ?? {}, record);
    await expect(planned({})).rejects.toMatchObject({
      code: 'input-invalid',
      message: expect.stringContaining(why) as string
    });
  });
});

test.each([
  [{ subnet_group_name: 'nobodys' }, /subnet_group_name.*does not exist in us-east-1/],
  [{ subnet_group_name: 'complete-vpc', subnet_ids: 'subnet-1\nsubnet-2' }, /excludes `subnet_ids`/],
  [{ replica_names: 'orders-bi' }, /replica_names.*has no effect without `create_read_replica: true`/]
])('%j is refused', async (inputs, why) => {
  await expect(planned(inputs)).rejects.toThrow(why);
});
