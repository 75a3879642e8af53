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

function live(id = 'orders') {
  const found = cloud.state().instances.get(id);
  if (found === undefined) throw new Error(`no instance ${id}`);
  return found;
}

describe('a plan', () => {
  test('changes nothing, however large', async () => {
    await planned(basic(cloud));
    expect(cloud.mutations()).toEqual([]);
  });

  test('is the same for the applied settings, in any other spelling', async () => {
    await given(basic(cloud));
    expect(
      await planned({ ...basic(cloud), name: 'Orders', instance_class: 'DB.T3.MICRO', storage_type: 'GP2' })
    ).toEqual([]);
  });

  test('is the same for the database that every server has', async () => {
    const inputs = { ...basic(cloud), database_name: 'postgres' };
    await given(inputs);
    expect(await planned(inputs)).toEqual([]);
  });

  test('leaves alone what no input names', async () => {
    await given({ ...basic(cloud), backup_retention_period: '14', multi_az: 'true' });
    expect(await planned({ name: 'orders' })).toEqual([]);
    expect((await notices({ name: 'orders' })).join()).not.toMatch(/pending-changes|Queued by others/);
  });
});

describe('a change that RDS defers', () => {
  test('is queued for the maintenance window, shown as pending, and not proposed again', async () => {
    await given(basic(cloud));
    const larger = {
      ...basic(cloud),
      instance_class: 'db.t3.small',
      iam_database_authentication_enabled: 'true'
    };
    expect(await applied(larger)).toEqual([
      'update server: iam_database_authentication_enabled false → true (deferred)',
      'update server: instance_class "db.t3.micro" → "db.t3.small" (deferred)'
    ]);
    expect(await planned(larger)).toEqual([]);
    cloud.maintenance('orders');
    expect(await planned(larger)).toEqual([]);
  });

  test('happens at once with apply_immediately, and is waited for', async () => {
    await given(basic(cloud));
    const larger = { ...basic(cloud), instance_class: 'db.t3.small', apply_immediately: 'true' };
    expect(await applied(larger)).toEqual(['update server: instance_class "db.t3.micro" → "db.t3.small" (restart)']);
    expect(await planned({ ...larger, apply_immediately: 'false' })).toEqual([]);
  });

  test('that is queued happens in the next run that asks for it now, and is shown with its impact then', async () => {
    const larger = { ...basic(cloud), instance_class: 'db.t3.small' };
    await given(basic(cloud), larger);
    const now = { ...larger, apply_immediately: 'true', backup_window: '05:00-06:00' };
    const expected = [
      'update server: backup_window "03:00-04:00" → "05:00-06:00" (online)',
      'update server: instance_class "db.t3.micro" → "db.t3.small" (restart)'
    ];
    expect(await applied(now)).toEqual(expected);
    expect(live().live.DBInstanceClass).toBe('db.t3.small');
    expect(await planned(now)).toEqual([]);
  });

  test('that another user queued is named as a danger when apply_immediately would apply it', async () => {
    await given(basic(cloud), { ...basic(cloud), instance_class: 'db.t3.small' });
    const { instance_class: _class, ...others } = basic(cloud);
    expect(await notices(others)).toContain('warning pending-changes');
    expect(await notices({ ...others, apply_immediately: 'true' })).toContain('danger pending-changes');
  });

  test('of the storage does not keep a new replica from having that storage', async () => {
    await given(basic(cloud));
    const storage = { storage_type: 'gp3', allocated_storage: '500', storage_iops: '14000', storage_throughput: '600' };
    const larger = { ...basic(cloud), ...storage, create_read_replica: 'true' };
    expect(await applied(larger)).toContain('create replica/1');
    expect(live('orders-replica-1').live).toMatchObject({ AllocatedStorage: 500, Iops: 14_000 });
    expect(await planned(larger)).toEqual([]);
  });

  test('of the storage stays queued next to one of its performance', async () => {
    const gp3 = { ...basic(cloud), storage_type: 'gp3', allocated_storage: '400' };
    const larger = { ...gp3, allocated_storage: '500' };
    await given(gp3, larger);
    const faster = { ...larger, storage_iops: '14000' };
    expect(await applied(faster)).toEqual(['update server: storage_iops 12000 → 14000 (deferred)']);
    expect(await planned(faster)).toEqual([]);
    cloud.maintenance('orders');
    expect(live().live).toMatchObject({ AllocatedStorage: 500, Iops: 14_000 });
  });

  test('is cancelled when the workflow asks for the live value again', async () => {
    await given(basic(cloud), { ...basic(cloud), instance_class: 'db.t3.small' });
    await applied(basic(cloud));
    cloud.maintenance('orders');
    expect(await planned(basic(cloud))).toEqual([]);
  });
});

describe('versions', () => {
  test.each([
    ['14.9', '14.23'],
    ['16', '16.14'],
    ['16.12', '16.12']
  ])('%s makes a server of %s', async (asked, made) => {
    const run = await awsRun(cloud, { ...basic(cloud), engine_version: asked });
    const { plan } = await run.apply();
    const server = plan.steps.find(step => step.address === 'server');
    expect(server?.changes.find(change => change.field === 'engine_version')?.to).toBe(made);
    expect(await planned({ ...basic(cloud), engine_version: asked })).toEqual([]);
  });

  test('a reachable minor is an upgrade; an older one matches', async () => {
    await given({ ...basic(cloud), engine_version: '16.12' });
    expect(await planned({ ...basic(cloud), engine_version: '16.11' })).toEqual([]);
    expect(await planned({ ...basic(cloud), engine_version: '16.13' })).toEqual([
      'update server: engine_version "16.12" → "16.13" (deferred)'
    ]);
    // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/extended-support-versions.html
    live().live.EngineVersion = '12.22-rds.20250220';
    expect(await planned({ ...basic(cloud), engine_version: '12.22' })).toEqual([]);
  });

  test('never go down', async () => {
    await given(basic(cloud));
    const { plan } = await (await awsRun(cloud, { ...basic(cloud), engine_version: '15' })).plan();
    expect(plan.verdict).toBe('blocked');
  });

  test('a major upgrade gets its own parameter group with the parameters, and the old group is deleted', async () => {
    const parameters = 'work_mem: 8MB';
    await given({ ...basic(cloud), parameters });
    const upgraded = {
      ...basic(cloud),
      parameters,
      engine_version: '17',
      apply_immediately: 'true',
      allow_restart: 'true'
    };
    const refused = await (await awsRun(cloud, upgraded)).plan();
    expect(refused.plan.verdict).toBe('blocked');
    await applied({ ...upgraded, allow_major_version_upgrade: 'true' });
    expect(await planned({ ...upgraded, allow_major_version_upgrade: 'true' })).toEqual([]);
    expect([...cloud.state().parameterGroups.keys()].filter(name => name.startsWith('orders'))).toEqual([
      'orders-postgres17'
    ]);
  });

  test('a major upgrade that waits for the maintenance window happens now when the workflow asks for that', async () => {
    const upgraded = {
      ...basic(cloud),
      parameters: 'work_mem: 8MB',
      engine_version: '17',
      allow_major_version_upgrade: 'true'
    };
    await given({ ...basic(cloud), parameters: 'work_mem: 8MB' });
    await applied(upgraded);
    const now = { ...upgraded, apply_immediately: 'true' };
    expect(await applied(now)).toContainEqual(expect.stringMatching(/^update server: engine_version .*\(restart\)$/));
    expect(live().live.EngineVersion).toMatch(/^17\./);
    expect(live().live.DBParameterGroups?.[0]?.DBParameterGroupName).toBe('orders-postgres17');
    expect(await planned(now)).toEqual([]);
  });

  test('a major upgrade for the maintenance window waits there with its group', async () => {
    const parameters = 'work_mem: 8MB';
    await given({ ...basic(cloud), parameters });
    const allowed = { allow_major_version_upgrade: 'true', allow_restart: 'true' };
    const upgraded = { ...basic(cloud), parameters, engine_version: '17', ...allowed };
    expect(await applied(upgraded)).toContain(
      'update server: parameter_group "orders-postgres16" → "orders-postgres17" (deferred)'
    );
    expect(await planned(upgraded)).toEqual([]);
    expect(live().live.EngineVersion).toMatch(/^16/);
    cloud.maintenance('orders');
    await applied(upgraded);
    expect(await planned(upgraded)).toEqual([]);
    expect([...cloud.state().parameterGroups.keys()].filter(name => name.startsWith('orders'))).toEqual([
      'orders-postgres17'
    ]);
  });
});

const withStatic = (): With => ({ ...basic(cloud), parameters: 'max_connections: "200"' });

describe('static parameters', () => {
  test('wait for a reboot that is not allowed, and the outputs say so', async () => {
    await given(basic(cloud));
    const { outputs } = await (await awsRun(cloud, withStatic())).apply();
    expect(outputs?.rebootRequired).toBe(true);
    expect(await planned(withStatic())).toEqual([]);
    expect(await notices(withStatic())).toContain('warning reboot-required');
  });

  test('are followed by a reboot when that is allowed, also in a later run', async () => {
    await given(basic(cloud), withStatic());
    const { plan, outputs } = await (await awsRun(cloud, { ...withStatic(), allow_restart: 'true' })).apply();
    expect(lines(plan)).toEqual(['update server: reboot_pending true → false (restart)']);
    expect(outputs?.rebootRequired).toBe(false);
  });

  test('are written in calls of twenty at most, none lost', async () => {
    const many = [
      'work_mem: 8MB',
      'log_statement: all',
      'autovacuum_naptime: "30"',
      'checkpoint_timeout: "600"',
      'deadlock_timeout: "2000"',
      'default_statistics_target: "200"',
      'effective_cache_size: 1GB',
      'log_connections: on',
      'log_disconnections: on',
      'log_lock_waits: on',
      'log_min_duration_statement: "1000"',
      'log_temp_files: "0"',
      'maintenance_work_mem: 64MB',
      'random_page_cost: "1.1"',
      'statement_timeout: "60000"',
      'track_io_timing: on',
      'max_connections: "200"',
      'shared_buffers: 256MB',
      'wal_buffers: 16MB',
      'checkpoint_completion_target: "0.9"',
      'autovacuum_max_workers: "4"',
      'idle_in_transaction_session_timeout: "60000"'
    ];
    const parameters = many.join('\n');
    await applied({ ...basic(cloud), parameters });
    expect(cloud.mutations().filter(call => call.action === 'ModifyDBParameterGroup')).toHaveLength(2);
    expect(await planned({ ...basic(cloud), parameters })).toEqual([]);
  });
});
