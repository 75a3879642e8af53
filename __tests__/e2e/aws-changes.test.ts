import { blockedError } from '../../src/commands/planning.ts';
import { asActionError, type ActionError } from '../../src/errors.ts';
import { PROMPT } from '../clouds/aws/fake-aws.ts';
import { ready } from '../clouds/aws/clients.ts';
import { openAws, type AwsHarness } from '../support/aws-harness.ts';
import { lines } from '../support/cloud-run.ts';
import { changesOf } from '../support/harness.ts';

type Inputs = Readonly<Record<string, string>>;
const NAME = 'learning-assistant-db';
const PARAMETERS = 'work_mem: 8MB\nlog_connections: on';

/** 23 more. */
const MANY = `
autovacuum_naptime: 30s
bgwriter_delay: 100ms
checkpoint_timeout: 10min
deadlock_timeout: 2s
default_statistics_target: 200
effective_cache_size: 512MB
effective_io_concurrency: 100
hot_standby_feedback: on
lock_timeout: 10s
log_checkpoints: off
log_disconnections: on
log_lock_waits: on
log_min_duration_statement: 1s
log_statement: ddl
log_temp_files: 1MB
maintenance_work_mem: 64MB
max_stack_depth: 4MB
random_page_cost: 1.1
statement_timeout: 1min
synchronous_commit: off
temp_buffers: 16MB
timezone: Europe/Berlin
wal_writer_delay: 500ms`;

/** The basic example with a parameter group, on a version that is made today. */
function baseOf(on: AwsHarness): Inputs {
  return { ...on.example('aws-basic'), engine_version: '14', parameters: PARAMETERS };
}

describe('a plan refuses, before anything is changed,', () => {
  let on: AwsHarness;
  let base: Inputs;
  beforeAll(async () => {
    on = await openAws(PROMPT);
    base = baseOf(on);
    await (await on.inProcess({ ...base, allocated_storage: '50' })).apply();
  });
  afterAll(async () => on.close());

  const refused: readonly (readonly [what: string, change: Inputs | ((on: AwsHarness) => Inputs), says: RegExp])[] = [
    ['less storage', { allocated_storage: '40' }, /allocated_storage.*50 GiB|shrink/],
    ['a new major version that nobody allowed', { engine_version: '18' }, /allow_major_version_upgrade/],
    ['another master user', { master_username: 'someone' }, /master_username/],
    ['no more encryption', { storage_encrypted: 'false' }, /storage_encrypted/],
    ['a reserved user name', { name: 'new', master_username: 'admin' }, /master_username/],
    ['IOPS below 400 GiB', { name: 'new', storage_type: 'gp3', storage_iops: '12000' }, /storage_iops.*400 GiB/],
    [
      'throughput beyond a quarter of the IOPS',
      { name: 'new', storage_type: 'gp3', allocated_storage: '500', storage_iops: '12000', storage_throughput: '4000' },
      /storage_throughput/
    ],
    [
      'windows that touch over midnight',
      { name: 'new', backup_window: '23:30-00:30', maintenance_window: 'mon:00:00-mon:01:00' },
      /overlaps/
    ],
    [
      'a zone together with Multi-AZ',
      { name: 'new', availability_zone: 'us-east-1a', multi_az: 'true' },
      /availability_zone/
    ],
    [
      'replicas without backups',
      { name: 'new', create_read_replica: 'true', backup_retention_period: '0' },
      /backup_retention_period/
    ],
    ['a limit too near', { name: 'new', max_allocated_storage: '21' }, /max_allocated_storage/],
    [
      'a class that is not sold with the version',
      { name: 'new', engine_version: '18', instance_class: 'db.r5.large', parameters: 'work_mem: 8MB' },
      /db\.r5\.large.*18/
    ],
    ['a parameter with a typing error', { parameters: 'wrok_mem: 8MB' }, /did you mean work_mem/],
    ['a parameter that RDS keeps', { parameters: 'fsync: off' }, /fsync/],
    ['a value that is none', { parameters: 'log_statement: everything' }, /none, ddl, mod, all/],
    [
      'subnets of one zone',
      ({ aws }) => ({ name: 'new', subnet_ids: aws.network().oneZoneSubnetIds.join('\n') }),
      /two availability zones/
    ],
    [
      'subnets of another network',
      ({ aws }) => ({ name: 'new', subnet_ids: aws.network().otherVpcSubnetIds.join('\n') }),
      /vpc_id/
    ]
  ];

  const given = (change: Inputs | ((on: AwsHarness) => Inputs)): Inputs => ({
    ...base,
    allocated_storage: '50',
    ...(typeof change === 'function' ? change(on) : change)
  });

  test.each(refused)('%s', async (_what, change, says) => {
    const before = on.aws.mutations().length;
    const refusal = await refusalOf(on, given(change));
    expect(refusal?.code).toMatch(/^(input-invalid|plan-blocked)$/);
    expect(`${refusal?.message} ${refusal?.hint}`).toMatch(says);
    expect(on.aws.mutations().length).toBe(before);
  });

  /** One that the plan refuses, one that needs no cloud, one that the cloud is asked about. */
  const shown = ['less storage', 'a reserved user name', 'a class that is not sold with the version'];
  test.each(refused.filter(([what]) => shown.includes(what)))('%s, and fails the step', async (_what, change, says) => {
    const before = on.aws.mutations().length;
    const step = await on.step(given(change));
    expect(step.exitCode).toBe(1);
    expect(step.outputs['failure_reason']).toMatch(/^(input-invalid|plan-blocked)$/);
    expect(step.log).toMatch(says);
    expect(on.aws.mutations().length).toBe(before);
  });
});

/** Why a run in this process would end before anything is done; `undefined` when it would not. */
async function refusalOf(on: AwsHarness, inputs: Inputs): Promise<ActionError | undefined> {
  try {
    const run = await on.inProcess(inputs);
    return blockedError((await run.plan()).plan);
  } catch (thrown) {
    return asActionError(thrown);
  }
}

describe('an existing server', () => {
  let on: AwsHarness;
  let base: Inputs;
  let back = (): void => {};
  beforeAll(async () => {
    on = await openAws(PROMPT);
    base = baseOf(on);
    await (await on.inProcess(base)).apply();
    back = on.aws.savepoint();
  });
  beforeEach(() => {
    back();
  });
  afterAll(async () => on.close());

  const planned = async (given: Inputs): Promise<readonly string[]> => on.planned(given);
  const sent = (action: string): readonly Readonly<Record<string, unknown>>[] =>
    on.aws
      .calls()
      .filter(call => call.action === action)
      .map(call => call.input);

  test('is upgraded to a new major version in one call, with a parameter group of the new family, and the old group is deleted', async () => {
    const up = { ...base, engine_version: '16', allow_major_version_upgrade: 'true', apply_immediately: 'true' };
    const step = await on.step(up);
    expect(step.outputs['result']).toBe('applied');
    expect(sent('ModifyDBInstance').at(-1)).toMatchObject({
      EngineVersion: '16.14',
      DBParameterGroupName: `${NAME}-postgres16`,
      AllowMajorVersionUpgrade: true
    });
    expect(on.aws.leftovers().filter(line => line.includes('parameter-group'))).toEqual([
      `parameter-group us-east-1 ${NAME}-postgres16`
    ]);
    expect(await planned(up)).toEqual([]);
    expect((await refusalOf(on, base))?.message).toMatch(/can't go back/);
  }, 60_000);

  test('takes a static parameter, reports the reboot that it needs, and reboots when that is allowed', async () => {
    const more = { ...base, parameters: `${PARAMETERS}\nshared_buffers: 64MB` };
    expect((await on.step(more)).outputs).toMatchObject({ result: 'applied', reboot_required: 'true' });
    expect(sent('RebootDBInstance')).toEqual([]);
    expect(await planned(more)).toEqual([]);
    const allowed = { ...more, allow_restart: 'true' };
    expect((await on.step(allowed)).outputs).toMatchObject({ result: 'applied', reboot_required: 'false' });
    expect(sent('RebootDBInstance')).toHaveLength(1);
    expect(await planned(allowed)).toEqual([]);
  }, 60_000);

  test('takes more parameters than fit in one call, and resets those removed from the list', async () => {
    const given = { ...base, parameters: `${PARAMETERS}\n${MANY}` };
    await (await on.inProcess(given)).apply();
    const calls = sent('ModifyDBParameterGroup')
      .slice(1)
      .map(input => (input['Parameters'] as readonly unknown[]).length);
    expect(calls.toSorted((a, b) => a - b)).toEqual([3, 20]);
    expect(await planned(given)).toEqual([]);
    const group = on.aws.state().parameterGroups.get(`${NAME}-postgres14`);
    expect(group?.values.size).toBe(25);
    expect(group?.values.get('effective_cache_size')?.value).toBe('65536');
    await (await on.inProcess(base)).apply();
    expect([...(group?.values.keys() ?? [])].sort()).toEqual(['log_connections', 'work_mem']);
  }, 60_000);

  test('keeps the rules that others put into its security group', async () => {
    const group = [...on.aws.state().securityGroups.values()].find(one => one.name === `${NAME}-db`);
    if (group === undefined) throw new Error('no security group');
    const [first] = group.rules.values();
    group.rules.set('sgr-of-someone', {
      rule: {
        ...first?.rule,
        SecurityGroupRuleId: 'sgr-of-someone',
        IsEgress: false,
        IpProtocol: 'tcp',
        FromPort: 5432,
        ToPort: 5432,
        CidrIpv4: '192.0.2.7/32'
      },
      tags: { tags: [], old: [], staleReads: 0 }
    });
    expect(await planned(base)).toEqual([]);
    await on.step({ ...base, allowed_cidr_blocks: '10.2.0.0/16' });
    expect(
      [...group.rules.values()]
        .filter(({ rule }) => rule.IsEgress !== true)
        .map(({ rule }) => String(rule.CidrIpv4))
        .toSorted()
    ).toEqual(['10.2.0.0/16', '192.0.2.7/32']);
  });

  test('gets more replicas and fewer, removing the highest numbers first', async () => {
    const replicas = { ...base, create_read_replica: 'true' };
    const applied = async (inputs: Inputs): Promise<readonly string[]> =>
      lines((await (await on.inProcess(inputs)).apply()).plan);
    expect(await applied({ ...replicas, read_replica_count: '3' })).toEqual([
      'create replica/1',
      'create replica/2',
      'create replica/3'
    ]);
    expect(await changesOf(await on.step({ ...replicas, read_replica_count: '2' }))).toEqual(['- replica/3']);
    expect(await applied({ ...base, create_read_replica: 'false' })).toEqual(['delete replica/2', 'delete replica/1']);
    expect([...on.aws.state().instances.keys()]).toEqual([NAME]);
  }, 60_000);

  test('refuses a replica whose name is taken', async () => {
    await ready(on.aws, { DBInstanceIdentifier: `${NAME}-replica-1` });
    const before = on.aws.mutations().length;
    const step = await on.step({ ...base, create_read_replica: 'true' });
    expect(step.exitCode).toBe(1);
    expect(step.outputs['failure_reason']).toBe('not-ours');
    expect(on.aws.mutations().length).toBe(before);
  });
});

test('a server is not created twice when the run is cancelled during its creation, and reports how far it came', async () => {
  const on = await openAws({ pace: { creating: 100_000 } });
  const inputs = { ...baseOf(on), name: 'slow' };
  const job = await on.job();
  const running = await job.start(inputs);
  await running.saying(/server slow: creating/);
  running.kill('SIGTERM');
  const step = await running.done;
  expect(step.exitCode).not.toBe(0);
  expect(step.outputs['result']).toBe('in-progress');
  const server = on.aws.state().instances.get('slow');
  if (server?.phases[0] === undefined) throw new Error('no server');
  server.phases[0].reads = 1;
  const next = await on.step(inputs);
  expect(next.exitCode).toBe(0);
  expect(on.aws.calls().filter(call => call.action === 'CreateDBInstance')).toHaveLength(1);
  expect(await on.planned(inputs)).toEqual([]);
  await on.close();
}, 60_000);
