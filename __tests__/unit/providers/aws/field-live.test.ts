import { PROMPT, startAws, type FakeAws } from '../../../clouds/aws/fake-aws.ts';
import { basic } from '../../../support/aws-inputs.ts';
import { awsRun, lines, told } from '../../../support/aws-run.ts';
import { keptAccount } from '../../../support/kept-account.ts';

type With = Readonly<Record<string, string>>;

let cloud: FakeAws;
const given = keptAccount(
  async () => (cloud = await startAws(PROMPT)),
  async inputs => awsRun(cloud, inputs)
);

const { applied, planned, notices } = told(async inputs => awsRun(cloud, inputs));

/** Both of one plan. */
async function seen(
  inputs: With
): Promise<{ readonly planned: readonly string[]; readonly notices: readonly string[] }> {
  const { plan } = await (await awsRun(cloud, inputs)).plan();
  return { planned: lines(plan), notices: plan.notices.map(({ code, severity }) => `${severity} ${code}`) };
}

function live(id = 'orders') {
  const found = cloud.state().instances.get(id);
  if (found === undefined) throw new Error(`no instance ${id}`);
  return found.live;
}

describe('differences that arise by themselves are not refused', () => {
  test.each<[string, With]>([
    ['growth switched off', { max_allocated_storage: '0' }],
    ['growth as before', { max_allocated_storage: '100' }],
    ['a larger size that it has passed', { max_allocated_storage: '0', allocated_storage: '40' }]
  ])('storage that has grown from 20 to 60 GiB, with %s, run after run', async (_what, change) => {
    const inputs = { ...basic(cloud), max_allocated_storage: '100' };
    await given(inputs);
    live().AllocatedStorage = 60;
    const later = { ...inputs, ...change };
    await applied(later);
    const after = await seen(later);
    expect(after.planned).toEqual([]);
    expect(after.notices).toContain('info storage-grown');
  });

  test('a size below the requested one is still refused', async () => {
    await given({ ...basic(cloud), allocated_storage: '100' });
    const { plan } = await (await awsRun(cloud, { ...basic(cloud), allocated_storage: '50' })).plan();
    expect(plan.steps.find(step => step.address === 'server')?.changes[0]?.refusal?.rule).toBe('shrink');
  });

  test('a zone that a failover has swapped', async () => {
    await given({ ...basic(cloud), availability_zone: 'us-east-1a' });
    Object.assign(live(), { MultiAZ: true, AvailabilityZone: 'us-east-1b', SecondaryAvailabilityZone: 'us-east-1a' });
    expect(await planned({ ...basic(cloud), availability_zone: 'us-east-1a' })).toEqual([]);
  });

  test('a newer minor', async () => {
    await given({ ...basic(cloud), engine_version: '16.12' });
    live().EngineVersion = '16.14';
    expect(await planned({ ...basic(cloud), engine_version: '16.12' })).toEqual([]);
  });

  // AWS Backup sets both, and RDS refuses a change: https://github.com/crossplane-contrib/provider-aws/issues/1356
  test('the retention and window of a plan of AWS Backup', async () => {
    await given(basic(cloud));
    const arn = 'arn:aws:backup:us-east-1:123456789012:recovery-point:continuous:db-orders';
    Object.assign(live(), { AwsBackupRecoveryPointArn: arn, BackupRetentionPeriod: 35 });
    const asked = { ...basic(cloud), backup_retention_period: '7', backup_window: '09:00-10:00' };
    const plan = await seen(asked);
    expect(plan.planned).toEqual([]);
    expect(plan.notices.filter(one => one === 'warning backup-plan')).toHaveLength(2);
    expect(await notices({ ...basic(cloud), backup_retention_period: '35' })).not.toContain('warning backup-plan');
    expect(await applied({ ...asked, copy_tags_to_snapshot: 'true' })).toHaveLength(1);
  });

  test('a newer authority, when the requested one has ended', async () => {
    await given(basic(cloud));
    const ended = { ...basic(cloud), ca_certificate_identifier: 'rds-ca-2019' };
    const plan = await seen(ended);
    expect(plan.planned).toEqual([]);
    expect(plan.notices).toContain('warning newer-authority');
    expect(await notices(basic(cloud))).not.toContain('warning newer-authority');
    await expect(planned({ ...ended, name: 'other' })).rejects.toThrow(/rds-ca-rsa2048-g1/);
    await expect(planned({ ...ended, ca_certificate_identifier: 'rds-ca-rsa' })).rejects.toThrow(/rds-ca-rsa2048-g1/);
  });

  test('a newer major, when RDS no longer offers the requested one', async () => {
    await given(basic(cloud));
    const plan = await seen({ ...basic(cloud), engine_version: '13' });
    expect(plan.planned).toEqual([]);
    expect(plan.notices).toContain('warning newer-major');
  });
});

describe('one part that waits or is refused does not block the rest', () => {
  test('storage in its cool-down is reported and left out; the retention is changed', async () => {
    await given({ ...basic(cloud), allocated_storage: '100' });
    live().DBInstanceStatus = 'storage-optimization';
    const more = { ...basic(cloud), allocated_storage: '200', backup_retention_period: '14' };
    expect(await notices(more)).toContain('warning cool-down');
    expect(await applied(more)).toEqual(['update server: backup_retention_period 7 → 14 (online)']);
    expect(live().BackupRetentionPeriod).toBe(14);
  });

  test('storage that RDS refuses is sent separately: the retention is changed, and the refusal is reported', async () => {
    await given({ ...basic(cloud), allocated_storage: '100' });
    await applied({ ...basic(cloud), allocated_storage: '150', apply_immediately: 'true' });
    const more = {
      ...basic(cloud),
      allocated_storage: '300',
      backup_retention_period: '14',
      apply_immediately: 'true'
    };
    live().DBInstanceStatus = 'available';
    // Without the events no read tells the six hours.
    cloud.fault({ action: 'DescribeEvents', code: 'AccessDenied', status: 403, times: 99 });
    expect(await notices(more)).toContain('warning not-checked');
    await expect(applied(more)).rejects.toMatchObject({
      hint: expect.stringContaining('storage-optimization') as string
    });
    expect(live().BackupRetentionPeriod).toBe(14);
    cloud.clearFaults();
    expect(await notices(more)).toContain('warning cool-down');
    expect(await applied(more)).toEqual([]);
    for (const event of cloud.state().events) event.Date = new Date((event.Date?.getTime() ?? 0) - 6 * 3_600_000);
    expect(await notices(more)).not.toContain('warning cool-down');
  });

  test('a refused value among many leaves the others done', async () => {
    await given(basic(cloud));
    cloud.fault({ action: 'ModifyDBInstance', times: 2, code: 'InvalidParameterCombination', message: 'not these' });
    const changed = {
      ...basic(cloud),
      backup_retention_period: '14',
      backup_window: '05:00-06:00',
      copy_tags_to_snapshot: 'true'
    };
    await expect(applied(changed)).rejects.toThrow('not these');
    expect(await planned(changed)).toHaveLength(1);
    await applied(changed);
    expect(await planned(changed)).toEqual([]);
  });
});

describe('many rules', () => {
  const networks = (second: number, count: number): string =>
    Array.from({ length: count }, (_, index) => `10.${second}.${index}.0/24`).join('\n');

  // The default quota of EC2: 60 inbound rules a group.
  test('31 networks are replaced by 31 others within the quota, in few calls', async () => {
    const one = { ...basic(cloud), allowed_cidr_blocks: networks(1, 31) };
    const other = { ...basic(cloud), allowed_cidr_blocks: networks(2, 31) };
    await given(one);
    const before = cloud.mutations().length;
    await applied(other);
    expect(cloud.mutations().length - before).toBeLessThan(6);
    expect(await planned(other)).toEqual([]);
  });

  test('ten networks are let in, and described again, in one call each', async () => {
    const inputs = { ...basic(cloud), allowed_cidr_blocks: networks(1, 10) };
    await given(inputs);
    const callsOf = (action: string): number => cloud.calls().filter(call => call.action === action).length;
    // A group that was created a moment ago may be unknown once.
    expect(callsOf('AuthorizeSecurityGroupIngress')).toBeLessThanOrEqual(2);
    for (const group of cloud.state().securityGroups.values()) {
      for (const { rule } of group.rules.values()) Object.assign(rule, { Description: 'by hand' });
    }
    await applied(inputs);
    expect(callsOf('ModifySecurityGroupRules')).toBe(1);
    expect(await planned(inputs)).toEqual([]);
  });

  test('more than the account’s quota is refused in the plan, and a higher quota leads out', async () => {
    const many = { ...basic(cloud), allowed_cidr_blocks: networks(1, 61) };
    await expect(planned(many)).rejects.toThrow(/61 ingress IPv4 rules.*at most 60: join networks or ask/);
    expect(cloud.mutations()).toEqual([]);
    cloud.allowRules(120);
    const { plan } = await (await awsRun(cloud, many)).apply();
    expect(plan.notices.map(({ code }) => code)).not.toContain('rule-quota');
    expect(await planned(many)).toEqual([]);
  });

  test('a quota that may not be read is told, and not asked for below the default', async () => {
    const few = { ...basic(cloud), allowed_cidr_blocks: networks(1, 50) };
    expect(await notices(few)).not.toContain('warning rule-quota');
    expect(cloud.calls().filter(({ action }) => action === 'GetServiceQuota')).toEqual([]);
    cloud.fault({ action: 'GetServiceQuota', code: 'AccessDeniedException' });
    expect(await notices({ ...few, allowed_cidr_blocks: networks(1, 61) })).toContain('warning rule-quota');
  });

  test('IPv4 and IPv6 count apart, as EC2 counts them', async () => {
    const six = Array.from({ length: 31 }, (_, index) => `2001:db8:${index.toString(16)}::/48`).join('\n');
    const both = { ...basic(cloud), allowed_cidr_blocks: `${networks(1, 31)}\n${six}` };
    expect(await notices(both)).not.toContain('warning rule-quota');
    await applied(both);
    expect(await planned(both)).toEqual([]);
  });

  test('an existing rule does not block the others', async () => {
    await given(basic(cloud));
    cloud.fault({ action: 'AuthorizeSecurityGroupIngress', code: 'InvalidPermission.Duplicate' });
    await applied({ ...basic(cloud), allowed_cidr_blocks: networks(3, 5) });
    expect(await planned({ ...basic(cloud), allowed_cidr_blocks: networks(3, 5) })).toEqual([]);
  });
});

describe('other cases', () => {
  test('a server is adopted in the group of exactly its subnets', async () => {
    await given({ ...basic(cloud), name: 'other' });
    await applied({ ...basic(cloud) });
    const record = cloud.state().instances.get('orders');
    live().DBSubnetGroup = live('other').DBSubnetGroup;
    cloud.state().subnetGroups.delete('orders-subnets');
    if (record !== undefined) Object.assign(record.tags, { tags: [], old: [], staleReads: 0 });
    const run = await awsRun(cloud, { ...basic(cloud), adopt_existing: 'true' });
    const { plan } = await run.apply();
    expect(plan.verdict).toBe('changes');
    expect(plan.steps.map(({ address }) => address)).not.toContain('subnet-group');
    expect(await planned(basic(cloud))).toEqual([]);
  });

  test.each<[string, With, With, object]>([
    [
      'io1 becomes gp3',
      { storage_type: 'io1', storage_iops: '3000', allocated_storage: '100' },
      { storage_type: 'gp3', allocated_storage: '100' },
      { StorageType: 'gp3', AllocatedStorage: 100 }
    ],
    [
      'a large io1 becomes gp3',
      { storage_type: 'io1', storage_iops: '3000', allocated_storage: '500' },
      { storage_type: 'gp3', allocated_storage: '500' },
      { StorageType: 'gp3', AllocatedStorage: 500, Iops: 12_000, StorageThroughput: 500 }
    ],
    [
      'gp3 grows past 400 GiB',
      { storage_type: 'gp3', allocated_storage: '100' },
      { storage_type: 'gp3', allocated_storage: '500' },
      { AllocatedStorage: 500, Iops: 12_000, StorageThroughput: 500 }
    ]
  ])('%s with the members that RDS requires', async (_what, before, after, sent) => {
    const base = { ...basic(cloud), apply_immediately: 'true', instance_class: 'db.m5.large' };
    await given({ ...base, ...before });
    await applied({ ...base, ...after });
    expect(cloud.mutations().findLast(({ action }) => action === 'ModifyDBInstance')?.input).toMatchObject(sent);
    expect(await planned({ ...base, ...after })).toEqual([]);
  });

  test('a new authority needs no restart when the version says so', async () => {
    await given(basic(cloud));
    const rotated = {
      ...basic(cloud),
      ca_certificate_identifier: 'rds-ca-ecc384-g1',
      apply_immediately: 'true',
      allow_restart: 'false'
    };
    // It waits for the maintenance window else: https://github.com/hashicorp/terraform-provider-aws/issues/33546
    const later = { ...rotated, apply_immediately: 'false' };
    expect(await applied(later)).toEqual([expect.stringMatching(/ca_certificate_identifier.*\(deferred\)/)]);
    expect(await planned(later)).toEqual([]);
    expect(await applied(rotated)).toEqual([expect.stringMatching(/ca_certificate_identifier.*\(online\)/)]);
    expect(live().CACertificateIdentifier).toBe('rds-ca-ecc384-g1');
    expect(cloud.mutations().findLast(({ action }) => action === 'ModifyDBInstance')?.input).toMatchObject({
      CertificateRotationRestart: false
    });
  });

  test('an existing snapshot of that name is reported, not taken again', async () => {
    await given(basic(cloud));
    const taking = await awsRun(cloud, { ...basic(cloud), snapshot_identifier: 'before-release' });
    const observed = await taking.session.observe();
    expect((await taking.session.snapshot(observed)).existed).toBeUndefined();
    expect(await taking.session.snapshot(observed)).toMatchObject({
      existed: true,
      detail: expect.stringContaining('exists since') as string
    });
  });

  test('deletion protection that a user switched on at a replica is removed as the hint says', async () => {
    const inputs = { ...basic(cloud), create_read_replica: 'true' };
    await given(inputs);
    live('orders-replica-1').DeletionProtection = true;
    await applied({ ...inputs, enable_deletion_protection: 'false' });
    expect(live('orders-replica-1').DeletionProtection).toBe(false);
    await (await awsRun(cloud, inputs)).destroy();
  });
});
