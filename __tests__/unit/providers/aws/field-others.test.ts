import type { Observed } from '../../../../src/engine/resource.ts';
import { ruleNotices } from '../../../../src/providers/aws/checks/notices.ts';
import type { AwsContext } from '../../../../src/providers/aws/context.ts';
import { RUNNER_TAG, runnerAccess } from '../../../../src/providers/aws/runner-access.ts';
import { markFor } from '../../../../src/engine/ownership.ts';
import { planDestroy } from '../../../../src/engine/planner.ts';
import { PROMPT, startAws, type FakeAws } from '../../../clouds/aws/fake-aws.ts';
import { tagged } from '../../../clouds/aws/tags.ts';
import { basic } from '../../../support/aws-inputs.ts';
import { awsRun, lines, told } from '../../../support/aws-run.ts';
import { keptAccount } from '../../../support/kept-account.ts';
import { failureOf } from '../../../support/refusal-in.ts';

let cloud: FakeAws;
const given = keptAccount(
  async () => (cloud = await startAws(PROMPT)),
  async inputs => awsRun(cloud, inputs)
);

const { applied, planned } = told(async inputs => awsRun(cloud, inputs));

function live(id = 'orders') {
  const found = cloud.state().instances.get(id);
  if (found === undefined) throw new Error(`no instance ${id}`);
  return found.live;
}

describe('an alarm', () => {
  const inputs = (): Readonly<Record<string, string>> => ({ ...basic(cloud), alarms: 'cpu' });

  // "completely overwrites the previous configuration of the alarm":
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
  test('keeps what others set of it when an input changes', async () => {
    await given(inputs());
    const record = cloud.state().alarms.get('orders-cpu');
    if (record === undefined) throw new Error('no alarm');
    const OKActions = [`arn:aws:sns:us-east-1:${cloud.accountId}:team`];
    const others = { OKActions, TreatMissingData: 'breaching', ExtendedStatistic: 'p99', ActionsEnabled: false };
    Object.assign(record.alarm, { ...others, Statistic: undefined, DatapointsToAlarm: 2 });
    await applied({ ...inputs(), alarms: 'cpu: {threshold: 95, evaluation_periods: 1}' });
    const { alarm = {} } = cloud.state().alarms.get('orders-cpu') ?? {};
    expect(alarm).toMatchObject({ ...others, Threshold: 95, EvaluationPeriods: 1, DatapointsToAlarm: 1 });
    expect(alarm.Statistic).toBeUndefined();
  });

  test('that others made after the plan is left to them, with the way out', async () => {
    await given(basic(cloud));
    const theirs = { alarm: { AlarmName: 'orders-cpu', AlarmArn: arnOf('orders-cpu'), Threshold: 1 }, tags: tagged() };
    const run = await awsRun(cloud, inputs());
    const failed = await failureOf(async () =>
      run.apply(async () => cloud.state().alarms.set('orders-cpu', structuredClone(theirs)))
    );
    expect(failed).toMatch(/alarm orders-cpu: the name is taken by one that .*adopt_existing/);
    expect(cloud.state().alarms.get('orders-cpu')).toEqual(theirs);
    await applied({ ...inputs(), adopt_existing: 'orders' });
    expect(cloud.state().alarms.get('orders-cpu')?.alarm.Threshold).toBe(80);
  });

  const arnOf = (name: string): string => `arn:aws:cloudwatch:us-east-1:${cloud.accountId}:alarm:${name}`;
});

describe('what others keep on ours', () => {
  const others = async (id: string, change: object): Promise<void> => {
    await applied({ ...basic(cloud), name: id });
    Object.assign(live(id), change);
    const record = cloud.state().instances.get(id);
    if (record !== undefined) Object.assign(record.tags, { tags: [], old: [], staleReads: 0 });
  };
  const allowances = {
    adoptExisting: false,
    majorVersionUpgrade: false,
    destroy: true,
    skipFinalSnapshot: false,
    restart: true
  };
  const refusals = async (): Promise<readonly string[]> => {
    const { session } = await awsRun(cloud, basic(cloud));
    const { target, tables } = session;
    const own = await session.observe();
    const observed = [...own, ...(await session.dependents(own))];
    const plan = planDestroy({ target, tables, observed, notices: [], allowances });
    expect(plan.verdict).toBe('blocked');
    return plan.steps.flatMap(({ refusal }) => refusal?.message ?? []);
  };

  test.each<[string, () => object]>([
    ['a replica', () => ({ ReadReplicaSourceDBInstanceIdentifier: 'orders' })],
    ['a user of the subnet group', () => ({ DBSubnetGroup: { ...live().DBSubnetGroup } })],
    ['a user of the security group', () => ({ VpcSecurityGroups: live().VpcSecurityGroups })],
    ['a user of the parameter group', () => ({ DBParameterGroups: live().DBParameterGroups })]
  ])('%s is named, and stops a destroy in its plan', async (_what, change) => {
    await given({ ...basic(cloud), parameters: 'work_mem: 8MB' });
    await others('reports', change());
    expect(await refusals()).toEqual([expect.stringContaining('reports')]);
  });

  test('a proxy in the security group is named, and stops a destroy in its plan', async () => {
    await given({ ...basic(cloud), enable_proxy: 'true' });
    const [ours] = cloud.state().proxies.values();
    if (ours === undefined) throw new Error('no proxy');
    // A group and a login that others gave it are no difference.
    ours.proxy.Auth?.unshift({
      AuthScheme: 'SECRETS',
      SecretArn: 'arn:aws:secretsmanager:us-east-1:1:secret:app-AbCdEf'
    });
    ours.proxy.VpcSecurityGroupIds?.unshift(cloud.network().securityGroupId);
    expect(await planned({ ...basic(cloud), enable_proxy: 'true' })).toEqual([]);
    cloud.state().proxies.set('reports', { ...ours, proxy: { ...ours.proxy, DBProxyName: 'reports' } });
    expect(await refusals()).toEqual([expect.stringContaining('proxy reports')]);
  });

  test('a replica in another region stops it too', async () => {
    await given(basic(cloud));
    live().ReadReplicaDBInstanceIdentifiers = [`arn:aws:rds:eu-west-1:${cloud.accountId}:db:mirror`];
    expect(await refusals()).toEqual([expect.stringContaining('mirror in eu-west-1')]);
  });

  test('of very many rules of others the first five are named, and the rest counted', () => {
    const otherRules = Array.from({ length: 7 }, (_, at) => `rule ${at}`);
    const [notice] = ruleNotices([{ address: 'security-group', facts: { otherRules } } as unknown as Observed]);
    expect(notice?.message).toMatch(/: rule 0; rule 1; rule 2; rule 3; rule 4; and 2 more\.$/);
  });

  test.each([
    ['a network', { CidrIpv4: '198.51.100.0/24' }, '198.51.100.0/24'],
    ['another group', { ReferencedGroupInfo: { GroupId: 'sg-0a1b2c3d' } }, 'sg-0a1b2c3d'],
    ['a prefix list', { PrefixListId: 'pl-0a1b2c3d' }, 'pl-0a1b2c3d'],
    ['the group itself', { ReferencedGroupInfo: { GroupId: 'own' } }, 'tcp 5432 self']
  ])('a rule for %s that others added to our security group is kept and told', async (kind, peer, says) => {
    await given(basic(cloud));
    const group = [...cloud.state().securityGroups.values()].find(({ name }) => name === 'orders-db');
    group?.rules.set('sgr-others', {
      rule: {
        SecurityGroupRuleId: 'sgr-others',
        GroupId: group.id,
        IsEgress: false,
        IpProtocol: 'tcp',
        FromPort: 5432,
        ToPort: 5432,
        ...peer,
        ...('ReferencedGroupInfo' in peer && peer.ReferencedGroupInfo?.GroupId === 'own'
          ? { ReferencedGroupInfo: { GroupId: group.id } }
          : {})
      },
      tags: { ...[...group.rules.values()][0]?.tags, tags: [] } as never
    });
    const { plan } = await (await awsRun(cloud, basic(cloud))).plan();
    expect(lines(plan)).toEqual([]);
    expect(plan.notices.find(({ code }) => code === 'foreign-rules')?.message).toContain(says);
    await applied({ ...basic(cloud), allowed_cidr_blocks: '10.9.0.0/16' });
    if (kind === 'a network') {
      const { allowed_cidr_blocks: _networks, ...bare } = basic(cloud);
      await applied(bare);
      await applied(basic(cloud));
    }
    expect(group?.rules.has('sgr-others')).toBe(true);
  });

  test('an outdated parameter group that others use stays, and the upgrade is done', async () => {
    const before = { ...basic(cloud), parameters: 'work_mem: 8MB', apply_immediately: 'true', allow_restart: 'true' };
    await given(before);
    await others('reports', { DBParameterGroups: live().DBParameterGroups });
    await applied({ ...before, engine_version: '17', allow_major_version_upgrade: 'true' });
    expect(live().EngineVersion).toMatch(/^17/);
    expect(cloud.state().parameterGroups.has('orders-postgres16')).toBe(true);
    const { plan } = await (await awsRun(cloud, { ...before, engine_version: '17' })).plan();
    expect(plan.notices.find(({ code }) => code === 'kept-in-use')?.message).toMatch(
      /orders-postgres16 is no longer needed and stays: instance reports uses it/
    );
    live('reports').DBParameterGroups = [{ DBParameterGroupName: 'default.postgres16' }];
    await applied({ ...before, engine_version: '17' });
    expect(cloud.state().parameterGroups.has('orders-postgres16')).toBe(false);
  });

  const ourGroup = (name = 'orders-db') => {
    const found = [...cloud.state().securityGroups.values()].find(one => one.name === name);
    if (found === undefined) throw new Error(`no group ${name}`);
    return found;
  };
  const attach = (more: object): void => {
    const card = { NetworkInterfaceId: 'eni-1', Groups: [{ GroupId: ourGroup().id }], ...more };
    cloud.state().interfaces.set('eni-1', card);
  };

  test.each<[string, object, RegExp]>([
    ['of a machine', { Attachment: { InstanceId: 'i-0abc' } }, /network interface eni-1 \(i-0abc\)/],
    ['of a function', { Description: 'AWS Lambda VPC ENI-reports' }, /eni-1 \(AWS Lambda VPC ENI-reports\)/],
    ['of nobody', {}, /network interface eni-1, which carries no ownership mark/]
  ])(
    'a network interface %s in our security group is named, and stops a destroy in its plan',
    async (_w, more, says) => {
      await given(basic(cloud));
      attach(more);
      expect(await refusals()).toEqual([expect.stringMatching(says)]);
      const before = cloud.mutations().length;
      await expect((await awsRun(cloud, basic(cloud))).destroy()).rejects.toThrow();
      expect(cloud.mutations().length).toBe(before);
      cloud.state().interfaces.clear();
      await (await awsRun(cloud, { ...basic(cloud), skip_final_snapshot: 'true' })).destroy();
      expect(cloud.leftovers()).toEqual([]);
    }
  );

  test.each([false, true])('a rule of another group that names ours is named (egress: %s)', async IsEgress => {
    await given(basic(cloud));
    await applied({ ...basic(cloud), name: 'app' });
    ourGroup('app-db').rules.set('sgr-others', {
      rule: { SecurityGroupRuleId: 'sgr-others', IsEgress, ReferencedGroupInfo: { GroupId: ourGroup().id } },
      tags: { ...[...ourGroup().rules.values()][0]?.tags, tags: [] } as never
    });
    expect(await refusals()).toEqual([expect.stringContaining('a rule of security group app-db')]);
  });

  test('interfaces of RDS itself are those of the server, and stop nothing', async () => {
    await given(basic(cloud));
    attach({ Description: 'RDSNetworkInterface', RequesterId: 'amazon-rds' });
    const { plan } = await (await awsRun(cloud, basic(cloud))).plan();
    expect(plan.verdict).toBe('no-changes');
    const { session } = await awsRun(cloud, basic(cloud));
    expect((await session.observe()).filter(({ ownership }) => ownership.kind !== 'ours')).toEqual([]);
  });

  test.each([
    [
      'DeleteSecurityGroup',
      'DependencyViolation',
      /security group orders-db: network interface eni-1 \(i-0abc\) uses it/
    ],
    [
      'DeleteDBParameterGroup',
      'InvalidDBParameterGroupState',
      /parameter group orders-postgres16: something .* uses it/
    ]
  ])('a user that came after the plan is named when %s is refused in every try', async (action, code, says) => {
    const inputs = { ...basic(cloud), parameters: 'work_mem: 8MB', skip_final_snapshot: 'true' };
    await given(inputs);
    const run = await awsRun(cloud, inputs);
    const { session } = run;
    const observed = await session.observe();
    if (action === 'DeleteSecurityGroup') attach({ Attachment: { InstanceId: 'i-0abc' } });
    cloud.fault({ action, times: 99, code });
    const { target, tables } = session;
    const plan = planDestroy({
      target,
      tables,
      observed,
      notices: [],
      allowances: { ...allowances, skipFinalSnapshot: true }
    });
    const result = await session.apply(plan, observed, markFor(target));
    expect(result.error?.message).toMatch(says);
    expect(cloud.calls().filter(call => call.action === action).length).toBeLessThan(20);
  });
});

test('a copy of our mark does not make the instance of others ours', async () => {
  await given(basic(cloud));
  await applied({ ...basic(cloud), name: 'reports' });
  const [own, other] = ['orders', 'reports'].map(id => cloud.state().instances.get(id));
  if (own === undefined || other === undefined) throw new Error('no instance');
  Object.assign(other.tags, { tags: own.tags.tags, old: [], staleReads: 0 });
  other.live.ReadReplicaSourceDBInstanceIdentifier = 'orders';
  const { session } = await awsRun(cloud, basic(cloud));
  const found = await session.dependents(await session.observe());
  expect(found.map(({ address, ownership }) => [address, ownership.kind])).toEqual([['replica/reports', 'unmarked']]);
});

test('the rules of a runner are searched for in the groups of the server alone, and closed by their ids', async () => {
  const calls: unknown[] = [];
  const rule = { GroupId: 'sg-1', Tags: [{ Key: RUNNER_TAG, Value: 'runner-1' }] };
  const others = { GroupId: 'sg-1', SecurityGroupRuleId: 'sgr-2', Tags: [{ Key: RUNNER_TAG, Value: 'runner-2' }] };
  const context = {
    liveState: () => ({
      main: async () => ({ VpcSecurityGroups: ['sg-1', 'sg-2'].map(id => ({ VpcSecurityGroupId: id })) })
    }),
    call: async (_service: string, operation: string, input: unknown) => {
      calls.push([operation, input]);
      return { SecurityGroupRules: [{ ...rule, SecurityGroupRuleId: 'sgr-1' }, rule, others] };
    }
  } as unknown as AwsContext;
  await runnerAccess.dismiss(context, ['runner-1']);
  expect(calls).toEqual([
    [
      'DescribeSecurityGroupRules',
      expect.objectContaining({ Filters: [{ Name: 'group-id', Values: ['sg-1', 'sg-2'] }] }) as object
    ],
    ['RevokeSecurityGroupIngress', { GroupId: 'sg-1', SecurityGroupRuleIds: ['sgr-1'] }]
  ]);
});
