import { openAws, type AwsHarness } from '../support/aws-harness.ts';
import { openAzure } from '../support/azure-harness.ts';
import type { CloudHarness } from '../support/cloud-harness.ts';
import { openDigitalOcean } from '../support/digitalocean-harness.ts';
import { openGcp } from '../support/gcp-harness.ts';

type Inputs = Readonly<Record<string, string>>;

describe('operations on AWS', () => {
  let on: AwsHarness;
  let inputs: Inputs;
  beforeAll(async () => {
    on = await openAws();
    inputs = on.example('aws-basic');
    await (await on.inProcess(inputs)).apply();
  });
  afterAll(async () => on.close());

  test('a server is planned, stopped, left stopped, and started, with outputs and a summary each time', async () => {
    const before = on.aws.mutations().length;
    const planned = await on.step({ ...inputs, command: 'stop', dry_run: 'true' });
    expect(planned.outputs).toMatchObject({ command: 'stop', result: 'planned', has_changes: 'true' });
    expect(planned.summary).toContain('rds:StopDBInstance');
    expect(planned.summary).toContain('after 7 days');
    expect(on.aws.mutations().length).toBe(before);

    const other = await on.step({ ...inputs, command: 'stop', confirm_plan: '0'.repeat(64) });
    expect(other.outputs).toMatchObject({ result: 'failed', failure_reason: 'plan-changed' });
    expect(other.log).toContain('set `confirm_plan` to the output `plan_digest`');
    expect(on.aws.mutations().length).toBe(before);
    const confirmed = { confirm_plan: planned.outputs['plan_digest'] ?? '' };
    const stopped = await on.step({ ...inputs, command: 'stop', ...confirmed });
    expect(stopped.outputs).toMatchObject({ result: 'applied', stopped: 'true' });
    expect(stopped.outputs['plan_digest']).toBe(planned.outputs['plan_digest']);
    expect(Number(stopped.outputs['operation_seconds'])).toBeGreaterThanOrEqual(0);

    const checked = await on.step({ ...inputs, command: 'check' });
    expect(checked.outputs).toMatchObject({ result: 'no-changes' });
    expect(checked.summary).toContain('is stopped');
    const applied = await on.step({ ...inputs, command: 'apply', backup_retention_period: '9' });
    expect(applied.outputs).toMatchObject({ result: 'failed', failure_reason: 'plan-blocked' });
    expect(applied.log).toContain('`command: start`');
    const told = await on.step({ ...inputs, command: 'outputs' });
    expect(told.outputs).toMatchObject({ result: 'no-changes', stopped: 'true' });
    expect(told.log).toContain('`command: start`');

    const started = await on.step({ ...inputs, command: 'start' });
    expect(started.outputs).toMatchObject({ result: 'applied', stopped: 'false' });
    const restarted = await on.step({ ...inputs, command: 'restart', allow_restart: 'true' });
    expect(restarted.outputs).toMatchObject({ result: 'applied' });
    expect(
      on.aws
        .mutations()
        .slice(before)
        .map(({ action }) => action)
    ).toEqual(['StopDBInstance', 'StartDBInstance', 'RebootDBInstance']);
  }, 60_000);

  test('the age of the newest backup is an output, and `check` warns of one that is too old, or of none', async () => {
    const { live } = on.aws.state().instances.get(inputs['name'] ?? '') ?? {};
    if (live === undefined) throw new Error('no server');
    live.LatestRestorableTime = new Date(Date.now() - 90_000_000);
    const told = await on.step({ ...inputs, command: 'outputs' });
    expect(told.outputs['latest_restorable_time']).toBe(live.LatestRestorableTime.toISOString());
    expect(Math.round(Number(told.outputs['backup_age_seconds']) / 60)).toBe(1500);
    expect(told.log).toContain('Newest backup: 25 h old');
    const young = await on.step({ ...inputs, command: 'check', max_backup_age: '26h' });
    expect(young.outputs).toMatchObject({ result: 'no-changes' });
    expect(young.summary).not.toContain('max_backup_age');
    const old = await on.step({ ...inputs, command: 'check', max_backup_age: '24h' });
    expect(old.outputs).toMatchObject({ result: 'no-changes', backup_age_seconds: expect.any(String) as string });
    expect(old.summary).toContain('The newest backup is 25 h old');
    delete live.LatestRestorableTime;
    const none = await on.step({ ...inputs, command: 'check', max_backup_age: '24h' });
    expect(none.summary).toContain('There is no backup');
    expect(none.outputs['backup_age_seconds']).toBeUndefined();
  });

  test('advice is asked for by `check` alone, and only where an input asks for it', async () => {
    const asked = (): number => on.aws.calls().filter(({ action }) => action === 'GetMetricData').length;
    on.aws.state().daily.set(
      `CPUUtilization Average ${inputs['name'] ?? ''}`,
      Array.from({ length: 14 }, () => 2)
    );
    const { daily } = on.aws.state();
    daily.set(`CPUUtilization Maximum ${inputs['name'] ?? ''}`, [3]);
    daily.set(`DatabaseConnections Maximum ${inputs['name'] ?? ''}`, [0]);
    daily.set(`WriteIOPS Average ${inputs['name'] ?? ''}`, [0.6]);
    await on.step({ ...inputs, command: 'check' });
    await on.step({ ...inputs, command: 'plan', advice: 'true' });
    expect(asked()).toBe(0);
    const before = on.aws.mutations().length;
    const advised = await on.step({ ...inputs, command: 'check', advice: 'true' });
    expect(advised.outputs).toMatchObject({ result: 'no-changes' });
    expect(advised.summary).toMatch(
      /looks idle: at most 0 connections at once in 14 days, at most 0.6 writes a second/
    );
    expect([asked(), on.aws.mutations().length]).toEqual([1, before]);
    on.aws.fault({ action: 'GetMetricData', code: 'AccessDenied', status: 403, times: 9 });
    const denied = await on.step({ ...inputs, command: 'check', advice: 'true' });
    expect(denied.outputs).toMatchObject({ result: 'no-changes' });
    expect(denied.log).toContain('cloudwatch:GetMetricData');
    on.aws.clearFaults();
  });

  test('pending maintenance is shown without a call, and applied once the workflow says so', async () => {
    const { arn = '' } = on.aws.state().instances.get(inputs['name'] ?? '') ?? {};
    on.aws.state().pendingMaintenance.set(arn, [{ Action: 'system-update', Description: 'New patches' }]);
    const before = on.aws.mutations().length;
    const shown = await on.step({ ...inputs, command: 'maintenance' });
    expect(shown.outputs).toMatchObject({ result: 'no-changes', has_changes: 'false' });
    expect(shown.summary).toMatch(/system-update.*New patches[^]*`apply_immediately: true`/);
    expect(on.aws.mutations().length).toBe(before);
    const applied = await on.step({ ...inputs, command: 'maintenance', apply_immediately: 'true' });
    expect(applied.outputs).toMatchObject({ result: 'applied', has_changes: 'true' });
    expect(on.aws.mutations().at(-1)).toMatchObject({ input: { OptInType: 'immediate' } });
  });

  test('the secret that RDS keeps is rotated, and the new password is an output and in no line', async () => {
    const { master_password: _given, ...rest } = inputs;
    const managed = { ...rest, manage_master_user_password: 'true' };
    await (await on.inProcess(managed)).apply();
    const before = await on.step({ ...managed, command: 'outputs' });
    const rotated = await on.step({ ...managed, command: 'rotate' });
    expect(rotated.outputs).toMatchObject({ result: 'applied' });
    const password = rotated.outputs['password'] ?? '';
    expect(password).not.toBe(before.outputs['password']);
    expect(rotated.masked).toContain(password);
    expect(`${rotated.log}${rotated.summary}`).not.toContain(password);
    expect(rotated.summary).toContain('The old password ends');
  });
});

/** A live server of another cloud. */
interface Live {
  readonly on: CloudHarness;
  readonly inputs: Inputs;
  readonly mutations: () => readonly { readonly action: string }[];
  /** Maintenance becomes pending, where the cloud tells it. */
  readonly pend: () => void;
  /** Fourteen days of a server without clients. */
  readonly idle: () => void;
}

/** What another cloud says of commands that AWS has above. */
interface DayTwo {
  readonly open: () => Promise<Live>;
  readonly says: { readonly advice: RegExp; readonly cost: RegExp; readonly maintenance?: RegExp };
  /** The call that applies pending maintenance. */
  readonly applies: RegExp;
  /** The call of a failover, which the server of AWS above has no standby for. Others: `unit/providers` shows them. */
  readonly failsOver?: RegExp;
}

const days = <T>(value: T): readonly T[] => Array.from({ length: 14 }, () => value);

const DAY_TWO: Readonly<Record<string, DayTwo>> = {
  gcp: {
    open: async () => {
      const on = await openGcp();
      const { instance_type: _type, ...basic } = on.example('gcp-basic');
      const at = (daysLater: number): string => new Date(Date.now() + daysLater * 86_400_000).toISOString();
      return {
        on,
        inputs: {
          ...basic,
          tier: 'db-custom-2-7680',
          multi_az: 'true',
          backup_retention_period: '7',
          enable_binary_log_backup: 'true'
        },
        mutations: () => on.gcp.mutations(),
        pend: () => {
          const [instance] = on.gcp.state.instances.values();
          if (instance === undefined) throw new Error('no server');
          const scheduledMaintenance = { startTime: at(2), canReschedule: true, scheduleDeadlineTime: at(28) };
          instance.json = { ...instance.json, scheduledMaintenance };
        },
        idle: () => {
          const [name = ''] = on.gcp.state.instances.keys();
          for (const one of ['MEAN', 'MAX']) on.gcp.state.daily.set(`cpu/utilization ALIGN_${one} ${name}`, days(0.01));
          on.gcp.state.daily.set(`postgresql/num_backends ALIGN_MAX ${name}`, days(0));
          on.gcp.state.daily.set(`postgresql/tuples_processed_count ALIGN_DELTA ${name}`, days(0));
        }
      };
    },
    says: {
      maintenance: /at the latest[^]*`apply_immediately: true`/,
      advice: /looks idle: at most 0 connections at once in 14 days, at most 0 rows written a day, CPU 1 %/,
      cost: /USD/
    },
    applies: /^instances\.rescheduleMaintenance$/,
    failsOver: /failover/
  },
  azure: {
    open: async () => {
      const on = await openAzure({ pace: { busyAfter: 0 } });
      return {
        on,
        inputs: on.example('azure-basic'),
        mutations: () => on.azure.mutations(),
        pend: () => undefined,
        idle: () => {
          const [{ name = '' } = {}] = on.azure.state.servers.values();
          const { daily } = on.azure.state;
          daily.set(`cpu_percent ${name}`, days([2, 9] as const));
          daily.set(`active_connections ${name}`, days([6, 7] as const));
          daily.set(`write_iops ${name}`, days([1, 9] as const));
        }
      };
    },
    says: {
      advice: /looks idle: at most 7 connections at once, those of the service included, in 14 days/,
      cost: /USD/
    },
    applies: /never/
  },
  digitalocean: {
    open: async () => {
      const on = await openDigitalOcean();
      return {
        on,
        inputs: on.example('digitalocean-basic'),
        mutations: () => on.digitalocean.mutations(),
        pend: () => {
          for (const cluster of on.digitalocean.state.clusters.values())
            cluster.updates = ['Upgrade to PostgreSQL 17.6'];
        },
        idle: () => undefined
      };
    },
    says: {
      maintenance: /Upgrade to PostgreSQL 17\.6[^]*`apply_immediately: true`/,
      advice: /There is no advice: DigitalOcean keeps no metrics/,
      cost: /no prices of databases/
    },
    applies: /install_update$/
  }
};

describe.each(Object.entries(DAY_TWO))('operations on %s', (_name, { open, says, applies, failsOver }) => {
  let at: Live;
  beforeAll(async () => {
    at = await open();
    await at.on.begun(at.inputs);
  }, 60_000);
  afterAll(async () => at.on.close());

  const { maintenance } = says;
  if (maintenance !== undefined) {
    test('pending maintenance is shown without a call and applied by one', async () => {
      const { on, inputs, mutations, pend } = at;
      pend();
      const before = mutations().length;
      const shown = await on.step({ ...inputs, command: 'maintenance' });
      expect(mutations()).toHaveLength(before);
      expect(shown.outputs).toMatchObject({ result: 'no-changes', has_changes: 'false' });
      expect(shown.summary).toMatch(maintenance);
      const now = await on.step({ ...inputs, command: 'maintenance', apply_immediately: 'true' });
      expect(now.outputs['result']).toBe('applied');
      expect(mutations().filter(({ action }) => applies.test(action))).toHaveLength(1);
    });
  }

  test('advice and a price are given where an input asks, and change nothing', async () => {
    const { on, inputs, idle } = at;
    idle();
    const before = at.mutations().length;
    const advised = await on.step({ ...inputs, command: 'check', advice: 'true' });
    expect(advised.outputs['result']).toBe('no-changes');
    expect(advised.summary).toMatch(says.advice);
    const priced = await on.step({ ...inputs, command: 'plan', estimate_cost: 'true' });
    expect(priced.summary).toMatch(says.cost);
    const amount = priced.outputs['monthly_cost'];
    if (says.cost.source === 'USD') expect(Number(amount)).toBeGreaterThan(1);
    else expect(amount).toBeUndefined();
    expect(at.mutations()).toHaveLength(before);
  });

  if (failsOver !== undefined) {
    test('a server is failed over once that is confirmed', async () => {
      const { on, inputs, mutations } = at;
      const before = mutations().length;
      const refused = await on.step({ ...inputs, command: 'failover' });
      expect(refused.outputs).toMatchObject({ result: 'failed', failure_reason: 'plan-blocked' });
      expect(refused.log).toContain(`Set \`confirm_failover: ${inputs['name']}\``);
      expect(mutations()).toHaveLength(before);
      const done = await on.step({ ...inputs, command: 'failover', confirm_failover: inputs['name'] ?? '' });
      expect(done.outputs).toMatchObject({ result: 'applied' });
      expect(mutations().some(({ action }) => failsOver.test(action))).toBe(true);
    });
  }
});

test('a Blue/Green upgrade from its copy over check and switchover, at once in an apply, to the end of the server before', async () => {
  const on = await openAws();
  try {
    const base = {
      ...on.example('aws-basic'),
      name: 'orders',
      engine_version: '16',
      backup_retention_period: '7',
      parameters: 'rds.logical_replication: 1',
      allow_restart: 'true',
      skip_final_snapshot: 'true'
    };
    await (await on.inProcess(base)).apply();
    const upgrade = {
      ...base,
      engine_version: '17',
      upgrade_strategy: 'blue-green',
      allow_major_version_upgrade: 'true',
      blue_green_keep_hours: '0'
    };
    const versions = (): readonly string[] =>
      [...on.aws.state().instances.values()].map(
        ({ live }) => `${live.DBInstanceIdentifier?.replace(/-green-.*/, '-green')} ${live.EngineVersion?.slice(0, 2)}`
      );
    const planned = await on.step({ ...upgrade, command: 'plan', confirm_switchover: 'orders' });
    expect(planned.summary).toContain('also switches over to the copy');
    expect(planned.summary).toContain('over to orders-to-17, as soon as it follows');
    expect((await on.step({ ...upgrade, command: 'apply' })).outputs).toMatchObject({ result: 'applied' });
    expect(versions().toSorted()).toEqual(['orders 16', 'orders-green 17']);
    const checked = await on.step({ ...upgrade, command: 'check' });
    expect(checked.outputs).toMatchObject({ result: 'no-changes' });
    expect(checked.summary).toMatch(/orders-to-17 is `AVAILABLE`/);
    const confirmed = { ...upgrade, confirm_switchover: 'orders' };
    const switched = await on.step({ ...confirmed, command: 'apply' });
    expect(switched.outputs).toMatchObject({ command: 'apply', result: 'applied', db_instance_id: 'orders' });
    expect(versions().toSorted()).toEqual(['orders 17', 'orders-old1 16']);
    expect((await on.step({ ...confirmed, command: 'switchover' })).outputs).toMatchObject({ result: 'applied' });
    expect(versions()).toEqual(['orders 17']);
    const before = on.aws.mutations().length;
    const again = await on.step({ ...confirmed, command: 'apply' });
    expect(again.outputs['result']).toMatch(/applied|no-changes/);
    const sent = on.aws.mutations().slice(before);
    expect(sent.filter(({ action }) => action.includes('BlueGreen'))).toEqual([]);
  } finally {
    await on.close();
  }
}, 60_000);

test('a replica is promoted: the outputs are its own, and the next plan of the server before says what to write', async () => {
  const on = await openAws();
  try {
    const name = on.example('aws-basic')['name'] ?? '';
    const replica = `${name}-replica-1`;
    const inputs = { ...on.example('aws-basic'), create_read_replica: 'true', read_replica_count: '1' };
    await (await on.inProcess(inputs)).apply();
    const confirmed = { ...inputs, command: 'promote', confirm_promote: replica };
    const promoted = await on.step(confirmed);
    expect(promoted.outputs).toMatchObject({ result: 'applied', db_instance_id: replica });
    expect(promoted.outputs['host']).toContain(replica);
    expect(promoted.summary).toContain(`\`name: ${replica}\``);
    const plan = await on.step({ ...inputs, command: 'plan' });
    expect(plan.log).toContain(`Write \`name: ${replica}\``);
    const outputs = await on.step({ ...inputs, command: 'outputs' });
    expect(outputs.outputs).toMatchObject({ result: 'failed', failure_reason: 'not-ours' });
    expect(outputs.outputs['host'] ?? '').toBe('');
    const { create_read_replica: _wanted, read_replica_count: _count, ...rest } = inputs;
    const next = { ...rest, name: replica };
    expect((await on.step({ ...next, command: 'apply' })).outputs).toMatchObject({ db_instance_id: replica });
    expect((await on.step({ ...next, command: 'apply' })).outputs).toMatchObject({ result: 'no-changes' });
  } finally {
    await on.close();
  }
}, 60_000);
