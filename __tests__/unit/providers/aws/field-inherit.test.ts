import { PROMPT, startAws, type FakeAws } from '../../../clouds/aws/fake-aws.ts';
import { basic } from '../../../support/aws-inputs.ts';
import { awsRun, snapshotTaken } from '../../../support/aws-run.ts';
import { clients } from '../../../clouds/aws/clients.ts';

type With = Readonly<Record<string, string>>;

// "The default VPC security group", "gp3", "disabled": CreateDBInstanceReadReplica's own defaults are not the source's
// values.
let cloud: FakeAws;
beforeAll(async () => {
  cloud = await startAws(PROMPT);
  const role = { monitoring_interval: '30', monitoring_role_arn: cloud.monitoringRoleArn };
  const large = { storage_type: 'io1', allocated_storage: '100', storage_iops: '2000', instance_class: 'db.m5.large' };
  await apply({
    ...basic(cloud),
    ...role,
    ...large,
    enable_enhanced_monitoring: 'true',
    enabled_cloudwatch_logs_exports: '["postgresql"]',
    enable_performance_insights: 'true',
    performance_insights_retention_period: '465',
    database_insights_mode: 'advanced',
    copy_tags_to_snapshot: 'true',
    iam_database_authentication_enabled: 'true',
    parameters: 'work_mem: 8MB',
    multi_az: 'true',
    backup_retention_period: '14',
    port: '5433'
  });
  const source = live('orders');
  source.VpcSecurityGroups = [
    ...(source.VpcSecurityGroups ?? []),
    { VpcSecurityGroupId: otherGroup(), Status: 'active' }
  ];
  // No input names them: dual-stack mode, and a volume of its own for the log.
  Object.assign(source, { NetworkType: 'DUAL', DedicatedLogVolume: true });
  for (const { group } of cloud.state().subnetGroups.values()) group.SupportedNetworkTypes = ['IPV4', 'DUAL'];
});
afterAll(async () => cloud.stop());

async function apply(inputs: With): Promise<void> {
  await (await awsRun(cloud, inputs)).apply();
}

function live(id: string, region?: string) {
  const found = cloud.state(region).instances.get(id);
  if (found === undefined) throw new Error(`no instance ${id}`);
  return found.live;
}

/** A group of the same network that is not ours. */
function otherGroup(): string {
  const { vpcId } = cloud.network();
  return (
    [...cloud.state().securityGroups.values()].find(one => one.vpcId === vpcId && one.name === 'default')?.id ?? ''
  );
}

const groups = (id: string): readonly string[] =>
  (live(id).VpcSecurityGroups ?? []).map(one => one.VpcSecurityGroupId ?? '').sort();

/** Members that must be as the server's, where no input names them. */
const SAME = [
  'DBInstanceClass',
  'StorageType',
  'AllocatedStorage',
  'Iops',
  'PubliclyAccessible',
  'CopyTagsToSnapshot',
  'IAMDatabaseAuthenticationEnabled',
  'PerformanceInsightsEnabled',
  'PerformanceInsightsRetentionPeriod',
  'MonitoringInterval',
  'MonitoringRoleArn',
  'EnabledCloudwatchLogsExports',
  'CACertificateIdentifier',
  'DatabaseInsightsMode',
  'NetworkType',
  'DedicatedLogVolume'
] as const;

describe('next to a live server, where no input names a value', () => {
  test('a replica equals the server, and the plan says so', async () => {
    const run = await awsRun(cloud, {
      name: 'orders',
      master_password: 'correct-horse-battery',
      create_read_replica: 'true'
    });
    const { plan } = await run.apply();
    const step = plan.steps.find(({ address }) => address === 'replica/1');
    expect(step?.changes.map(({ field }) => field)).toEqual(
      expect.arrayContaining(['instance_class', 'storage_type', 'security_group', 'monitoring_interval'])
    );
    for (const member of SAME)
      expect([member, live('orders-replica-1')[member]]).toEqual([member, live('orders')[member]]);
    expect(groups('orders-replica-1')).toEqual(groups('orders'));
    expect(live('orders-replica-1').DBParameterGroups?.[0]?.DBParameterGroupName).toBe('orders-postgres16');
  });

  test('a replica with its own class keeps the rest', async () => {
    await apply({
      name: 'orders',
      master_password: 'correct-horse-battery',
      create_read_replica: 'true',
      read_replica_count: '2'
    });
    expect(live('orders-replica-2').MonitoringInterval).toBe(30);
    expect(groups('orders-replica-2')).toEqual(groups('orders'));
  });

  test('a replica in another region equals the server, without regional settings', async () => {
    await apply({ name: 'orders', master_password: 'correct-horse-battery', replica_region: 'us-west-2' });
    const remote = live('orders-replica-us-west-2', 'us-west-2');
    for (const member of [
      'DBInstanceClass',
      'StorageType',
      'Iops',
      'MonitoringInterval',
      'EnabledCloudwatchLogsExports',
      'PerformanceInsightsEnabled',
      'DatabaseInsightsMode',
      'DedicatedLogVolume'
    ] as const) {
      expect([member, remote[member]]).toEqual([member, live('orders')[member]]);
    }
    // Its subnets decide.
    expect(remote.NetworkType).toBe('IPV4');
  });

  test('the proxy is in the groups of the server', async () => {
    await apply({ name: 'orders', master_password: 'correct-horse-battery', enable_proxy: 'true' });
    const [proxy] = [...cloud.state().proxies.values()];
    expect((proxy?.proxy.VpcSecurityGroupIds ?? []).toSorted()).toEqual(groups('orders'));
  });

  test('copied backups are kept as long as the server keeps its own', async () => {
    await apply({ name: 'orders', master_password: 'correct-horse-battery', backup_region: 'eu-west-1' });
    const sent = cloud.mutations().find(({ action }) => action === 'StartDBInstanceAutomatedBackupsReplication');
    expect(sent?.input).toMatchObject({ BackupRetentionPeriod: 14 });
  });

  test("a copy equals its source, except for the copy's own settings", async () => {
    const { vpcId: _vpc, ...rest } = { vpcId: 0, name: 'copy', master_password: 'another-battery' };
    await apply({ ...rest, restore_source: 'orders' });
    for (const member of [...SAME, 'MultiAZ', 'BackupRetentionPeriod', 'PreferredBackupWindow'] as const) {
      expect([member, live('copy')[member]]).toEqual([member, live('orders')[member]]);
    }
    expect(live('copy').Endpoint?.Port).toBe(5433);
    expect(groups('copy')).toEqual(groups('orders'));
    expect(live('copy').DBSubnetGroup?.DBSubnetGroupName).toBe(live('orders').DBSubnetGroup?.DBSubnetGroupName);
    expect(live('copy').DeletionProtection).toBe(false);
    const retention = [...cloud.state().logGroups.values()].map(({ group }) => group.retentionInDays);
    expect(new Set(retention)).toEqual(new Set([30]));
    await (await awsRun(cloud, { name: 'copy', skip_final_snapshot: 'true' })).destroy();
    expect([...cloud.state().logGroups.keys()].filter(name => name.includes('/copy/'))).toEqual([]);
    const { vpc_id = '', subnet_ids = '' } = basic(cloud);
    const moved = { name: 'moved', master_password: 'another-battery', vpc_id, subnet_ids, storage_type: 'gp3' };
    await apply({ ...moved, restore_source: 'orders' });
    expect(live('moved')).toMatchObject({ NetworkType: 'IPV4', DedicatedLogVolume: false });
    await apply({ name: 'orders-rc-0a1b2c3d', master_password: 'another-battery', restore_source: 'orders' });
    expect(live('orders-rc-0a1b2c3d').EnabledCloudwatchLogsExports ?? []).toEqual([]);
  });

  // What DBSnapshot and DBInstanceAutomatedBackup hold of the instance: RDS takes IOPS with the type of the storage
  // alone, and switches the login by IAM off.
  test.each([
    ['a snapshot', { restore_from_snapshot: 'of-orders' }],
    ['kept backups of a deleted server', { restore_source: 'gone' }]
  ])('a server out of %s has what these hold of it', async (what, source) => {
    if (what === 'a snapshot') {
      await snapshotTaken(cloud, { name: 'orders', snapshot_identifier: 'of-orders' });
    } else {
      await apply({ name: 'gone', master_password: 'another-battery', restore_source: 'orders' });
      const { rds } = clients(cloud);
      await rds.deleteDBInstance({
        DBInstanceIdentifier: 'gone',
        SkipFinalSnapshot: true,
        DeleteAutomatedBackups: false
      });
      await untilGone('gone');
    }
    const name = what === 'a snapshot' ? 'from-snapshot' : 'from-backup';
    const sizes = { name, master_password: 'another-battery', instance_class: 'db.m5.large' };
    await apply({ ...sizes, ...source });
    for (const member of [
      'StorageType',
      'AllocatedStorage',
      'Iops',
      'IAMDatabaseAuthenticationEnabled',
      'DedicatedLogVolume'
    ] as const) {
      expect([member, live(name)[member]]).toEqual([member, live('orders')[member]]);
    }
    expect(live(name).Endpoint?.Port).toBe(5433);
  });
});

async function untilGone(id: string): Promise<void> {
  const { rds } = clients(cloud);
  while (cloud.state().instances.has(id)) {
    await rds.describeDBInstances({ DBInstanceIdentifier: id }).catch(() => undefined);
  }
}
