import type { PendingMaintenanceAction } from '@aws-sdk/client-rds';
import type { OperationPlan } from '../../../src/engine/operation.ts';
import type { Chosen } from '../../../src/providers/operations.ts';
import { startAws, type FakeAws } from '../../clouds/aws/fake-aws.ts';
import { startAzure } from '../../clouds/azure/fake-azure.ts';
import { startDigitalOcean, UNHURRIED, type FakeDigitalOcean } from '../../clouds/digitalocean/fake-digitalocean.ts';
import { startGcp, type FakeGcp } from '../../clouds/gcp/fake-gcp.ts';
import { basic as onAws } from '../../support/aws-inputs.ts';
import { awsRun } from '../../support/aws-run.ts';
import { basic as onAzure } from '../../support/azure-inputs.ts';
import { azureRun } from '../../support/azure-run.ts';
import type { CloudRun } from '../../support/cloud-run.ts';
import { basic as onDigitalOcean } from '../../support/digitalocean-inputs.ts';
import { digitaloceanRun } from '../../support/digitalocean-run.ts';
import { expectGolden } from '../../support/golden.ts';
import { operated } from '../../support/plan-in-words.ts';
import { basic as onGcp } from '../../support/gcp-inputs.ts';
import { gcpRun } from '../../support/gcp-run.ts';
import { madeOnAzure, madeOnDigitalOcean } from '../../support/made-before.ts';
import { refusalIn } from '../../support/refusal-in.ts';

const NOW = { applyNow: true };
const LATER = { postpone: 'next-window' };

const saysOf = ({ consequences }: OperationPlan): string => consequences.join(' ');
const hintOf = ({ refusals }: OperationPlan): string => refusals.map(({ hint }) => hint).join(' ');

const CHOICES = [{}, NOW, LATER, { postpone: 'undo' }];

/** What each choice is answered, a line each. */
async function answers(run: () => Promise<CloudRun>, choices: readonly Chosen[]): Promise<readonly string[]> {
  const lines: string[] = [];
  const one = await run();
  const seen = await one.session.observe();
  for (const chosen of choices) {
    const plan = await one.planOperation('maintenance', chosen, seen);
    lines.push(JSON.stringify(chosen), ...operated(plan).map(line => `  ${line}`));
  }
  return lines;
}

interface Killable {
  readonly mutations: () => readonly unknown[];
  killAfter(action: string, nth: number, kill: () => void): void;
  fault(rule: { action: string; nth: number; when: 'after'; mutating: boolean }): void;
  clearFaults(): void;
}

/** Runs it twice more: killed after its call, and by the next run. Counts the calls. */
async function killed(cloud: Killable, run: () => Promise<CloudRun>, chosen: object): Promise<number> {
  const before = cloud.mutations().length;
  const first = await run();
  cloud.killAfter('*', 1, () => first.execution.abort(new Error('killed')));
  await expect(first.operate('maintenance', chosen)).rejects.toThrow();
  cloud.clearFaults();
  await (await run()).operate('maintenance', chosen);
  expect(await (await run()).planOperation('maintenance', chosen)).toMatchObject({ verdict: 'no-changes' });
  return cloud.mutations().length - before;
}

describe('on RDS', () => {
  let cloud: FakeAws;
  const run = async (): Promise<CloudRun> => awsRun(cloud, onAws(cloud));
  beforeAll(async () => {
    cloud = await startAws();
    await (await run()).apply();
  });
  afterAll(async () => cloud.stop());
  beforeEach(() => cloud.clearFaults());

  const pend = (...actions: readonly PendingMaintenanceAction[]): void => {
    cloud.state().pendingMaintenance.set(`arn:aws:rds:us-east-1:${cloud.accountId}:db:orders`, [...actions]);
  };
  const UPDATE: PendingMaintenanceAction = {
    Action: 'system-update',
    Description: 'New Operating System update is available',
    AutoAppliedAfterDate: new Date('2026-12-06T04:00:00Z')
  };
  const sent = (): readonly object[] =>
    cloud.mutations().flatMap(({ action, input }) => (action === 'ApplyPendingMaintenanceAction' ? [input] : []));

  test('is told, with the way to apply it or to put it off, and nothing is sent', async () => {
    pend();
    const none = await (await run()).operate('maintenance', NOW);
    expect([none.verdict, saysOf(none)]).toEqual(['no-changes', 'No maintenance is pending for orders.']);
    pend(UPDATE);
    const shown = await (await run()).operate('maintenance');
    expect(shown.verdict).toBe('no-changes');
    expect(saysOf(shown)).toMatch(/`system-update`.*after 2026-12-06.*`apply_immediately: true`.*next-window/);
    expect(hintOf(await (await run()).operate('maintenance', { ...NOW, ...LATER }))).toContain(
      '`apply_immediately: fal'
    );
    expect(hintOf(await (await run()).operate('maintenance', { postpone: '2026-12-07T03:00:00Z' }))).toContain(
      '`postpone_maintenance: next-window`'
    );
    expect(sent()).toEqual([]);
  });

  test('is moved to the window, that is taken back, and it is applied now: one call each', async () => {
    pend(UPDATE, { Action: 'db-upgrade' });
    const before = sent().length;
    const said = async (chosen: object): Promise<readonly unknown[]> => {
      const done = await (await run()).operate('maintenance', chosen);
      const again = await (await run()).operate('maintenance', chosen);
      return [done.verdict, done.impact, again.verdict];
    };
    expect(await said(LATER)).toEqual(['changes', 'online', 'no-changes']);
    expect(await said({ postpone: 'undo' })).toEqual(['changes', 'online', 'no-changes']);
    pend(UPDATE);
    expect(saysOf(await (await run()).planOperation('maintenance', NOW))).toContain('all connections are cut');
    expect(await said(NOW)).toEqual(['changes', 'restart', 'no-changes']);
    const choices = sent().slice(before) as readonly { readonly ApplyAction: string; readonly OptInType: string }[];
    expect(choices.map(({ ApplyAction: action, OptInType: how }) => `${action} ${how}`)).toEqual([
      'system-update next-maintenance',
      'db-upgrade next-maintenance',
      'system-update undo-opt-in',
      'db-upgrade undo-opt-in',
      'system-update immediate'
    ]);
  });

  test('that began is waited for by the next run, and not taken back', async () => {
    pend(UPDATE);
    expect(await killed(cloud, run, NOW)).toBe(1);
    pend(UPDATE);
    cloud.fault({ action: '*', nth: 1, when: 'after', mutating: true });
    const before = sent().length;
    await (await run()).operate('maintenance', NOW);
    expect(sent().length - before).toBe(1);
    pend({ ...UPDATE, OptInStatus: 'immediate' });
    expect(hintOf(await (await run()).operate('maintenance', LATER))).toContain('without `postpone_maintenance`');
    expect((await (await run()).operate('maintenance')).verdict).toBe('no-changes');
  });

  const taken = (): number =>
    cloud.mutations().filter(({ action, status }) => action === 'ApplyPendingMaintenanceAction' && status < 300).length;

  test('by hand after the plan, or by two runs at once, is one call that is taken, and each run ends well', async () => {
    pend(UPDATE);
    const before = taken();
    await (await run()).operate('maintenance', NOW, async () => (await run()).operate('maintenance', NOW));
    expect(taken() - before).toBe(1);
    pend(UPDATE);
    const both = [await run(), await run()];
    await Promise.all(both.map(async one => one.operate('maintenance', NOW)));
    expect(saysOf(await (await run()).operate('maintenance'))).toContain('No maintenance');
    expect(taken() - before).toBe(2);
  });

  test('of a server that RDS can not run is refused, and the plan says what repairs it', async () => {
    pend(UPDATE);
    const live = cloud.state().instances.get('orders')?.live;
    if (live === undefined) throw new Error('There is no server');
    const planned = async (more = {}): Promise<string> =>
      refusalIn(async () => awsRun(cloud, { ...onAws(cloud), ...more }));
    for (const [status, says] of [
      ['storage-full', /is `storage-full`, which an apply does not change\. Raise `allocated_storage`/],
      ['inaccessible-encryption-credentials', /Enable the KMS key again/]
    ] as const) {
      live.DBInstanceStatus = status;
      expect(hintOf(await (await run()).planOperation('maintenance', NOW))).toContain('Run `command: plan`');
      expect(await planned()).toMatch(says);
    }
    live.DBInstanceStatus = 'storage-full';
    expect(await planned({ allocated_storage: '40' })).toContain('with `apply_immediately: true`');
    await (await awsRun(cloud, { ...onAws(cloud), allocated_storage: '40', apply_immediately: 'true' })).apply();
    live.DBInstanceStatus = 'available';
    expect((await (await run()).planOperation('maintenance', NOW)).verdict).toBe('changes');
  });

  test('each choice is answered in each situation as its golden file says', async () => {
    const situations: Readonly<Record<string, readonly PendingMaintenanceAction[]>> = {
      'nothing is pending': [],
      'an update is pending': [UPDATE],
      'two are pending': [UPDATE, { Action: 'db-upgrade', ForcedApplyDate: new Date('2026-12-20T04:00:00Z') }],
      'an update is in the next window': [{ ...UPDATE, OptInStatus: 'next-maintenance' }],
      'an update is begun': [{ ...UPDATE, OptInStatus: 'immediate' }]
    };
    const page: string[] = [];
    for (const [situation, actions] of Object.entries(situations)) {
      pend(...actions);
      page.push(`# ${situation}`);
      page.push(...(await answers(run, [...CHOICES, { postpone: '2026-12-07T03:00:00Z' }])));
    }
    expectGolden('maintenance-aws.txt', `${page.join('\n')}\n`);
  });

  test('of a stopped server is refused, and shown', async () => {
    pend(UPDATE);
    await (await run()).operate('stop');
    const refused = await (await run()).operate('maintenance', NOW);
    expect([refused.verdict, hintOf(refused)]).toEqual(['blocked', expect.stringContaining('`command: start`')]);
    expect((await (await run()).operate('maintenance')).verdict).toBe('no-changes');
    await (await run()).operate('start');
    await (await run()).operate('maintenance', NOW);
    expect(saysOf(await (await run()).operate('maintenance'))).toContain('No maintenance');
  });
});

describe('on Cloud SQL', () => {
  let cloud: FakeGcp;
  const run = async (): Promise<CloudRun> => gcpRun(cloud, onGcp());
  beforeAll(async () => {
    cloud = await startGcp();
    // The time of the runs.
    cloud.state.now = () => '2026-01-01T00:00:00.000Z';
    await (await run()).apply();
  });
  afterAll(async () => cloud.stop());
  beforeEach(() => cloud.clearFaults());

  const at = (days: number): string => new Date(Date.parse(cloud.state.now()) + days * 86_400_000).toISOString();
  const pend = (own: object): void => {
    const instance = cloud.instance('orders');
    const { scheduledMaintenance: _before, availableMaintenanceVersions: _all, ...rest } = instance.json;
    instance.json = { ...rest, ...own };
    instance.staleLooks = 0;
  };
  const schedule = (): void =>
    pend({
      availableMaintenanceVersions: ['POSTGRES_16_4.R20261101.00_00', 'POSTGRES_16_4.R20260914.00_01'],
      scheduledMaintenance: { startTime: at(2), canReschedule: true, scheduleDeadlineTime: at(28) }
    });
  /** As if the operations so far were of yesterday. */
  const forget = (): void => {
    for (const operation of cloud.state.operations.values()) operation.json = { ...operation.json, insertTime: at(-1) };
  };
  const sent = (): readonly string[] =>
    cloud
      .mutations()
      .flatMap(({ action, body }) =>
        action === 'instances.patch' || action.includes('resch') ? [JSON.stringify(body)] : []
      );

  test('is told, begun now, moved by a week once, and moved to a time', async () => {
    schedule();
    const before = sent().length;
    const shown = await (await run()).operate('maintenance');
    expect([shown.verdict, saysOf(shown)]).toEqual(['no-changes', expect.stringContaining('at the latest')]);
    expect(sent().length).toBe(before);
    await (await run()).operate('maintenance', LATER);
    // A second run must not move it by another week.
    expect(await (await run()).operate('maintenance', LATER)).toMatchObject({ verdict: 'no-changes' });
    schedule();
    const time = { postpone: at(5) };
    await (await run()).operate('maintenance', time);
    expect(await (await run()).operate('maintenance', time)).toMatchObject({ verdict: 'no-changes' });
    schedule();
    const planned = await (await run()).operate('maintenance', NOW);
    expect([planned.impact, saysOf(planned)]).toEqual(['restart', expect.stringContaining('all connections are cut')]);
    expect(cloud.instance('orders').json['scheduledMaintenance']).toBeUndefined();
    const types = sent()
      .slice(before)
      .map(body => /[A-Z_]{6,}/.exec(body)?.[0]);
    expect(types).toEqual(['NEXT_AVAILABLE_WINDOW', 'SPECIFIC_TIME', 'IMMEDIATE']);
  });

  test.each([
    ['a time after the deadline', () => ({ postpone: at(40) }), /earlier time/, () => ({ postpone: at(28) })],
    ['a time that is over', () => ({ postpone: at(-1) }), /later time/, () => ({ postpone: at(6) })],
    ['taking it back', () => ({ postpone: 'undo' }), /next-window/, () => LATER]
  ])('%s is refused with what to set, which then is done', async (_what, chosen, hint, followed) => {
    schedule();
    forget();
    const before = sent().length;
    expect(hintOf(await (await run()).operate('maintenance', chosen()))).toMatch(hint);
    expect(sent().length).toBe(before);
    expect((await (await run()).operate('maintenance', followed())).verdict).toBe('changes');
  });

  test('that was moved once is moved no more', async () => {
    schedule();
    pend({ scheduledMaintenance: { startTime: at(2), canReschedule: false } });
    forget();
    for (const one of [LATER, NOW]) {
      expect(hintOf(await (await run()).operate('maintenance', one))).toContain('it begins by itself');
    }
    expect((await (await run()).operate('maintenance')).verdict).toBe('no-changes');
  });

  test('a version that is offered is installed now, and not put off', async () => {
    pend({ availableMaintenanceVersions: ['POSTGRES_16_4.R20261201.00_00'] });
    expect(hintOf(await (await run()).operate('maintenance', LATER))).toContain('Remove `postpone_maintenance`');
    const { steps } = await (await run()).operate('maintenance', NOW);
    expect(steps.map(({ call, impact }) => `${call} ${impact}`)).toEqual(['cloudsql.instances.update restart']);
    expect(cloud.instance('orders').json['maintenanceVersion']).toBe('POSTGRES_16_4.R20261201.00_00');
    expect(saysOf(await (await run()).operate('maintenance', NOW))).toContain('No maintenance');
  });

  const taken = (): number =>
    cloud.mutations().filter(({ action, status }) => action === 'instances.rescheduleMaintenance' && status < 300)
      .length;

  test('by hand after the plan, or by two runs at once, is one call that is taken, and each run ends well', async () => {
    schedule();
    forget();
    const before = taken();
    await (await run()).operate('maintenance', NOW, async () => (await run()).operate('maintenance', NOW));
    expect(taken() - before).toBe(1);
    schedule();
    forget();
    const both = [await run(), await run()];
    await Promise.all(both.map(async one => one.operate('maintenance', NOW)));
    expect(saysOf(await (await run()).operate('maintenance'))).toContain('No maintenance');
    expect(taken() - before).toBe(2);
  });

  test('of an instance that Cloud SQL can not run is refused, until it runs', async () => {
    schedule();
    forget();
    const instance = cloud.instance('orders');
    const { json } = instance;
    instance.json = { ...json, state: 'SUSPENDED' };
    expect(hintOf(await (await run()).planOperation('maintenance', NOW))).toContain('Google Cloud console');
    expect((await (await run()).operate('maintenance')).verdict).toBe('no-changes');
    instance.json = json;
    expect((await (await run()).planOperation('maintenance', NOW)).verdict).toBe('changes');
  });

  test('a killed run is finished by the next one, with one call', async () => {
    schedule();
    expect(await killed(cloud, run, NOW)).toBe(1);
    schedule();
    forget();
    expect(await killed(cloud, run, LATER)).toBe(1);
  });

  test('each choice is answered in each situation as its golden file says', async () => {
    const newest = { availableMaintenanceVersions: ['POSTGRES_16_4.R20261201.00_00', 'POSTGRES_16_4.R20261101.00_00'] };
    const moved = { scheduledMaintenance: { startTime: at(2), canReschedule: false } };
    const situations: Readonly<Record<string, object>> = {
      'nothing is pending': { maintenanceVersion: 'POSTGRES_16_4.R20260914.00_01' },
      'a version is offered': newest,
      'an older version is offered': {
        ...newest,
        maintenanceVersion: 'POSTGRES_16_4.R20270101.00_00'
      },
      'it is scheduled': { scheduledMaintenance: { startTime: at(2), scheduleDeadlineTime: at(28) } },
      'it is scheduled without a limit': { scheduledMaintenance: { startTime: at(2), canReschedule: true } },
      'it was moved': moved,
      'it was moved, and a version is offered': { ...moved, ...newest },
      'it begins soon': { scheduledMaintenance: { startTime: at(0.005), canReschedule: false } },
      'it began': { scheduledMaintenance: { startTime: at(-0.01), canReschedule: false } },
      'the instance failed': { ...newest, state: 'FAILED' },
      'the instance is stopped': { ...newest, settings: { activationPolicy: 'NEVER' } }
    };
    const choices = [
      {},
      NOW,
      LATER,
      ...[at(2), at(5), at(28), at(28.01), at(0), 'undo'].map(postpone => ({ postpone })),
      { ...NOW, ...LATER }
    ];
    forget();
    const { json } = cloud.instance('orders');
    const page: string[] = [];
    for (const [situation, own] of Object.entries(situations)) {
      cloud.instance('orders').json = { ...json, maintenanceVersion: 'POSTGRES_16_4.R20260914.00_01' };
      pend(own);
      page.push(`# ${situation}`);
      page.push(...(await answers(run, choices)));
    }
    expectGolden('maintenance-gcp.txt', `${page.join('\n')}\n`);
    cloud.instance('orders').json = json;
    for (const own of [moved, newest]) {
      pend({ ...own, ...(own === moved ? { scheduledMaintenance: { startTime: at(2) } } : {}) });
      const kept = cloud.instance('orders');
      const gone = (await run()).operate('maintenance', NOW, async () => cloud.state.instances.delete('orders'));
      await expect(gone).rejects.toThrow('it does not exist any more');
      cloud.state.instances.set('orders', kept);
    }
  });
});

describe('on DigitalOcean', () => {
  let cloud: FakeDigitalOcean;
  const run = async (): Promise<CloudRun> => digitaloceanRun(cloud, onDigitalOcean());
  beforeAll(async () => {
    cloud = await startDigitalOcean({ pace: UNHURRIED });
    await (await run()).apply();
  });
  afterAll(async () => cloud.stop());
  beforeEach(() => {
    cloud.clearFaults();
    cloud.cluster('orders').updates = ['Upgrade to PostgreSQL 17.6'];
  });
  test('each choice is answered in each situation as its golden file says', async () => {
    const page: string[] = [];
    for (const updates of [[], [''], ['Upgrade to PostgreSQL 17.6', 'Update TimescaleDB']]) {
      cloud.cluster('orders').updates = updates;
      page.push(`# ${JSON.stringify(updates)}`);
      page.push(...(await answers(run, [...CHOICES, { ...NOW, ...LATER }])));
    }
    expectGolden('maintenance-digitalocean.txt', `${page.join('\n')}\n`);
  });

  const installs = (): number => cloud.mutations().filter(({ action }) => action.endsWith('/install_update')).length;

  test('is told with its window, not put off, and installed by one call', async () => {
    const shown = await (await run()).operate('maintenance');
    expect(saysOf(shown)).toMatch(/window of \w+ .* UTC: Upgrade to PostgreSQL 17\.6\. Set `apply_immediately: true`/);
    expect(saysOf(shown)).not.toContain('postpone');
    expect(hintOf(await (await run()).operate('maintenance', LATER))).toContain('another `maintenance_window`');
    const moved = { ...onDigitalOcean(), maintenance_window: 'sat:02:00-sat:03:00' };
    await (await digitaloceanRun(cloud, moved)).apply();
    expect(saysOf(await (await run()).operate('maintenance'))).toMatch(/window of saturday 02:00/i);
    expect(installs()).toBe(0);
    await (await run()).operate('maintenance', NOW);
    expect(installs()).toBe(1);
    expect(saysOf(await (await run()).operate('maintenance', NOW))).toContain('No maintenance');
  });

  const taken = (): number =>
    cloud.mutations().filter(({ action, status }) => action.endsWith('/install_update') && status < 300).length;

  test('by hand after the plan, or by two runs at once, is one call that is taken, and each run ends well', async () => {
    cloud.cluster('orders').updates = ['Upgrade to PostgreSQL 17.6'];
    const before = taken();
    await (await run()).operate('maintenance', NOW, async () => (await run()).operate('maintenance', NOW));
    expect(taken() - before).toBe(1);
    cloud.cluster('orders').updates = ['Upgrade to PostgreSQL 17.6'];
    const both = [await run(), await run()];
    await Promise.all(both.map(async one => one.operate('maintenance', NOW)));
    expect(saysOf(await (await run()).operate('maintenance'))).toContain('No maintenance');
    expect(taken() - before).toBe(2);
  });

  test('a lost answer is not sent again, and a killed run is finished by the next one', async () => {
    const before = installs();
    cloud.fault({ action: '*', nth: 1, when: 'after', mutating: true });
    await (await run()).operate('maintenance', NOW);
    expect(installs() - before).toBe(1);
    cloud.cluster('orders').updates = ['Update TimescaleDB'];
    await killed(cloud, run, NOW);
    expect(cloud.cluster('orders').updates).toEqual([]);
  });
});

test.each([
  ['error', /it is `error`/, 'page of the cluster'],
  ['rebuilding', /`rebuilding`, which DigitalOcean does not document/, '']
])('on DigitalOcean a cluster that stays `%s` is told, not taken for progress', async (status, says, hint) => {
  const cloud = await startDigitalOcean({ pace: UNHURRIED });
  try {
    const inputs = { ...onDigitalOcean(), timeout_minutes: '10' };
    await madeOnDigitalOcean(cloud, inputs);
    const cluster = cloud.cluster('orders');
    cluster.updates = ['Upgrade to PostgreSQL 17.6'];
    const one = await digitaloceanRun(cloud, inputs);
    const stays = async (): Promise<unknown> => cluster.steps.push({ status, looks: 10_000, stale: 0 } as never);
    await expect(one.operate('maintenance', NOW, stays)).rejects.toThrow(says);
    expect(hintOf(await (await digitaloceanRun(cloud, inputs)).planOperation('maintenance', NOW))).toContain(hint);
  } finally {
    await cloud.stop();
  }
});

test('on Azure the refusal names the window, which is an input', async () => {
  const cloud = await startAzure();
  try {
    const run = async (more = {}): Promise<CloudRun> => azureRun(cloud, { ...onAzure(), ...more });
    await madeOnAzure(cloud, onAzure());
    await expect((await run()).operate('maintenance')).rejects.toMatchObject({
      code: 'unsupported',
      hint: expect.stringContaining('`maintenance_window`') as string
    });
    await (await run({ maintenance_window: 'sat:02:00-sat:03:00' })).apply();
    expect([...cloud.state.servers.values()].map(one => JSON.stringify(one))).toEqual([
      expect.stringContaining('"dayOfWeek":6') as string
    ]);
  } finally {
    await cloud.stop();
  }
});
