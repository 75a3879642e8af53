import { openAws, type AwsHarness } from '../support/aws-harness.ts';
import { openAzure } from '../support/azure-harness.ts';
import type { CloudHarness } from '../support/cloud-harness.ts';
import { openDigitalOcean } from '../support/digitalocean-harness.ts';
import { openGcp } from '../support/gcp-harness.ts';
import type { Step } from '../support/job.ts';

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
    expect((await on.step({ ...inputs, command: 'start' })).outputs).toMatchObject({ result: 'no-changes' });
    const unconfirmed = await on.step({ ...inputs, command: 'restart' });
    expect(unconfirmed.outputs).toMatchObject({ result: 'failed', failure_reason: 'plan-blocked' });
    expect(unconfirmed.log).toContain('Set `allow_restart: true`');
    const restarted = await on.step({ ...inputs, command: 'restart', allow_restart: 'true' });
    expect(restarted.outputs).toMatchObject({ result: 'applied' });
    const name = inputs['name'] ?? '';
    const refused = await on.step({ ...inputs, command: 'failover', confirm_failover: `${name}-2` });
    expect(refused.log).toContain(`Set \`confirm_failover: ${name}\``);
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
    expect((await on.step({ ...managed, command: 'rotate' })).outputs).toMatchObject({ result: 'no-changes' });
  });
});

/** A live server of another cloud with a standby and a replica, and what it says of each command that AWS has above. */
interface DayTwo {
  readonly on: CloudHarness;
  readonly inputs: Inputs;
  readonly mutations: () => readonly { readonly action: string }[];
  /** Maintenance becomes pending, where the cloud tells it. */
  readonly pend: () => void;
  /** Fourteen days of a server without clients. */
  readonly idle: () => void;
  readonly applies: RegExp;
  /** Of stop, start, restart, failover and promote, in this order. None: the command is refused. */
  readonly calls: readonly (RegExp | undefined)[];
  readonly says: {
    /** Absent: the command is refused with `refusal`. */
    readonly maintenance?: RegExp;
    readonly refusal?: RegExp;
    readonly advice: RegExp;
    readonly cost: RegExp;
    readonly rotate?: RegExp;
  };
}

const days = <T>(value: T): readonly T[] => Array.from({ length: 14 }, () => value);
const REPLICA = { create_read_replica: 'true', read_replica_count: '1' };
const GIVEN = /Put a new one into `master_password`, change `master_password_version`/;

const DAY_TWO: Readonly<Record<string, () => Promise<DayTwo>>> = {
  gcp: async () => {
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
        enable_binary_log_backup: 'true',
        ...REPLICA
      },
      calls: [/patch/, /patch/, /restart/, /failover/, /promoteReplica/],
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
      },
      applies: /^instances\.rescheduleMaintenance$/,
      says: {
        maintenance: /at the latest[^]*`apply_immediately: true`/,
        advice: /looks idle: at most 0 connections at once in 14 days, at most 0 rows written a day, CPU 1 %/,
        cost: /USD/,
        rotate: GIVEN
      }
    };
  },
  azure: async () => {
    const on = await openAzure({ pace: { busyAfter: 0 } });
    const { sku_name: _sku, ...basic } = on.example('azure-basic');
    return {
      on,
      inputs: { ...basic, instance_class: 'Standard_D2ds_v5', multi_az: 'true', ...REPLICA },
      calls: [/stop/, /start/, /restart/, /restart/, /PATCH/],
      mutations: () => on.azure.mutations(),
      pend: () => undefined,
      idle: () => {
        const [{ name = '' } = {}] = on.azure.state.servers.values();
        const { daily } = on.azure.state;
        daily.set(`cpu_percent ${name}`, days([2, 9] as const));
        daily.set(`active_connections ${name}`, days([6, 7] as const));
        daily.set(`write_iops ${name}`, days([1, 9] as const));
      },
      applies: /never/,
      says: {
        refusal: /`maintenance_window`/,
        advice: /looks idle: at most 7 connections at once, those of the service included, in 14 days/,
        cost: /USD/,
        rotate: GIVEN
      }
    };
  },
  digitalocean: async () => {
    const on = await openDigitalOcean();
    return {
      on,
      inputs: { ...on.example('digitalocean-basic'), ...REPLICA },
      calls: [undefined, undefined, undefined, undefined, /promote/],
      mutations: () => on.digitalocean.mutations(),
      pend: () => {
        for (const cluster of on.digitalocean.state.clusters.values()) cluster.updates = ['Upgrade to PostgreSQL 17.6'];
      },
      idle: () => undefined,
      applies: /install_update$/,
      says: {
        maintenance: /Upgrade to PostgreSQL 17\.6[^]*`apply_immediately: true`/,
        advice: /There is no advice: DigitalOcean keeps no metrics/,
        cost: /no prices of databases/
      }
    };
  }
};

describe.each(Object.entries(DAY_TWO))('operations on %s', (_name, open) => {
  let at: DayTwo;
  beforeAll(async () => {
    at = await open();
    expect((await at.on.step({ ...at.inputs, command: 'apply' })).outputs['result']).toBe('applied');
  }, 60_000);
  afterAll(async () => at.on.close());
  const applied = (): number => at.mutations().filter(({ action }) => at.applies.test(action)).length;

  test('pending maintenance is shown without a call and applied by one, or refused with the window', async () => {
    const { on, inputs, pend, says } = at;
    pend();
    const before = at.mutations().length;
    const shown = await on.step({ ...inputs, command: 'maintenance' });
    expect(at.mutations()).toHaveLength(before);
    if (says.refusal !== undefined) {
      expect(shown.outputs).toMatchObject({ result: 'failed', failure_reason: 'unsupported' });
      expect(shown.log).toMatch(says.refusal);
      return;
    }
    expect(shown.outputs).toMatchObject({ result: 'no-changes', has_changes: 'false' });
    expect(shown.summary).toMatch(says.maintenance ?? /never/);
    const now = await on.step({ ...inputs, command: 'maintenance', apply_immediately: 'true' });
    expect([now.outputs['result'], applied()]).toEqual(['applied', 1]);
    const again = await on.step({ ...inputs, command: 'maintenance', apply_immediately: 'true' });
    expect([again.outputs['result'], applied()]).toEqual(['no-changes', 1]);
  });

  test('advice and a price are asked for only where an input asks, and change nothing', async () => {
    const { on, inputs, idle, says } = at;
    idle();
    const before = at.mutations().length;
    const plain = await on.step({ ...inputs, command: 'check' });
    expect(plain.summary).not.toMatch(says.advice);
    const advised = await on.step({ ...inputs, command: 'check', advice: 'true' });
    expect(advised.outputs['result']).toBe('no-changes');
    expect(advised.summary).toMatch(says.advice);
    const unpriced = await on.step({ ...inputs, command: 'plan' });
    expect(unpriced.outputs['monthly_cost']).toBeUndefined();
    const priced = await on.step({ ...inputs, command: 'plan', estimate_cost: 'true' });
    expect(priced.summary).toMatch(says.cost);
    const amount = priced.outputs['monthly_cost'];
    if (says.cost.source === 'USD') expect(Number(amount)).toBeGreaterThan(1);
    else expect(amount).toBeUndefined();
    expect(at.mutations()).toHaveLength(before);
  });

  test('the password is replaced and shown nowhere, or the way to a new one is named', async () => {
    const { on, inputs, says } = at;
    const before = at.mutations().length;
    const rotated = await on.step({ ...inputs, command: 'rotate' });
    if (says.rotate !== undefined) {
      expect(rotated.outputs).toMatchObject({ result: 'failed', failure_reason: 'unsupported' });
      expect([rotated.log, at.mutations().length]).toEqual([expect.stringMatching(says.rotate), before]);
      return;
    }
    const password = rotated.outputs['password'] ?? '';
    expect(rotated.outputs['result']).toBe('applied');
    expect(rotated.masked).toContain(password);
    expect(`${rotated.log}${rotated.summary}`).not.toContain(password);
    expect(rotated.summary).toContain('The old one ends at once');
    const again = await on.step({ ...inputs, command: 'rotate' });
    expect([again.outputs['result'], again.outputs['password']]).toEqual(['no-changes', password]);
  });

  test('a server is stopped, started, restarted, failed over and its replica promoted once that is confirmed, or refused', async () => {
    const { on, inputs, mutations, calls } = at;
    const name = inputs['name'] ?? '';
    const replica = `${name}-replica-1`;
    const run = async (more: Inputs): Promise<readonly [Step['outputs'], readonly string[], Step]> => {
      const before = mutations().length;
      const step = await on.step({ ...inputs, ...more });
      const sent = mutations().slice(before);
      return [step.outputs, sent.map(({ action }) => action), step];
    };
    const works: readonly (readonly [Inputs, Inputs, string])[] = [
      [{ command: 'stop' }, {}, ''],
      [{ command: 'start' }, {}, ''],
      [{ command: 'restart' }, { allow_restart: 'true' }, 'Set `allow_restart: true`'],
      [{ command: 'failover' }, { confirm_failover: name }, `Set \`confirm_failover: ${name}\``],
      [{ command: 'promote' }, { confirm_promote: replica }, `Set \`confirm_promote: ${replica}\``]
    ];
    for (const [index, [asked, confirmed, hint]] of works.entries()) {
      const call = calls[index];
      if (call === undefined || hint !== '') {
        const [refused, none, step] = await run(asked);
        const reason = call === undefined ? 'unsupported' : 'plan-blocked';
        expect([refused['result'], refused['failure_reason'], none]).toEqual(['failed', reason, []]);
        expect(step.log).toContain(call === undefined ? 'DigitalOcean' : hint);
        if (call === undefined && asked['command'] === 'stop')
          expect(step.log).toContain('Destroy it to save its cost');
      }
      if (call === undefined) continue;
      const [outputs, sent] = await run({ ...asked, ...confirmed });
      expect(outputs).toMatchObject({ result: 'applied' });
      expect(sent.some(action => call.test(action))).toBe(true);
    }
  });
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
    const other = await on.step({ ...confirmed, command: 'apply', confirm_plan: planned.outputs['plan_digest'] ?? '' });
    expect(other.outputs).toMatchObject({ result: 'failed', failure_reason: 'plan-changed' });
    expect(versions().toSorted()).toEqual(['orders 16', 'orders-green 17']);
    const switched = await on.step({
      ...confirmed,
      command: 'apply',
      confirm_plan: other.outputs['plan_digest'] ?? ''
    });
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
    const before = on.aws.mutations().length;
    const asked = await on.step({ ...inputs, command: 'promote' });
    expect(asked.outputs).toMatchObject({ result: 'failed', failure_reason: 'plan-blocked' });
    expect(asked.log).toContain(`Set \`confirm_promote: ${replica}\``);
    expect(on.aws.mutations().length).toBe(before);
    const confirmed = { ...inputs, command: 'promote', confirm_promote: replica };
    const promoted = await on.step(confirmed);
    expect(promoted.outputs).toMatchObject({ result: 'applied', db_instance_id: replica });
    expect(promoted.outputs['host']).toContain(replica);
    expect(promoted.summary).toContain(`\`name: ${replica}\``);
    expect((await on.step(confirmed)).outputs).toMatchObject({ result: 'no-changes', db_instance_id: replica });
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
