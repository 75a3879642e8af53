import { startAws, type FakeAws } from '../../clouds/aws/fake-aws.ts';
import { startAzure } from '../../clouds/azure/fake-azure.ts';
import { startDigitalOcean, type FakeDigitalOcean } from '../../clouds/digitalocean/fake-digitalocean.ts';
import { startGcp } from '../../clouds/gcp/fake-gcp.ts';
import { basic as onAws } from '../../support/aws-inputs.ts';
import { awsRun } from '../../support/aws-run.ts';
import { basic as onAzure } from '../../support/azure-inputs.ts';
import { azureRun } from '../../support/azure-run.ts';
import { lines, type CloudRun } from '../../support/cloud-run.ts';
import { basic as onDigitalOcean } from '../../support/digitalocean-inputs.ts';
import { digitaloceanRun } from '../../support/digitalocean-run.ts';
import { interruptEveryCall } from '../../support/every-call.ts';
import { basic as onGcp } from '../../support/gcp-inputs.ts';
import { gcpRun } from '../../support/gcp-run.ts';
import { keptAccount } from '../../support/kept-account.ts';
import { madeOnAzure, madeOnDigitalOcean, madeOnGcp } from '../../support/made-before.ts';

type With = Readonly<Record<string, string>>;

const RESET = 'POST /databases/{id}/users/{name}/reset_auth';

const NEW: With = { master_password: 'Another-battery-7', master_password_version: '2' };

async function passwordNow(run: CloudRun): Promise<string | undefined> {
  return (await run.session.outputs(await run.session.observe()))?.endpoint.password;
}

describe('on RDS', () => {
  let cloud: FakeAws;
  const withServer = keptAccount(
    async () => (cloud = await startAws()),
    async inputs => awsRun(cloud, inputs)
  );
  const kept = (on: FakeAws): With => {
    const { master_password: _given, ...inputs } = onAws(on);
    return { ...inputs, manage_master_user_password: 'true' };
  };
  const managed = async (on: FakeAws = cloud, more: With = {}): Promise<CloudRun> =>
    awsRun(on, { ...kept(on), ...more });
  const given = async (more: With = {}): Promise<CloudRun> => awsRun(cloud, { ...onAws(cloud), ...more });
  const rotations = (): readonly unknown[] =>
    cloud.mutations().flatMap(({ input }) => ('RotateMasterUserPassword' in input ? [input] : []));

  test('the secret that RDS keeps is rotated by one call, and a second run soon after does nothing', async () => {
    await withServer(kept(cloud));
    const before = await passwordNow(await managed());
    const planned = await (await managed()).planOperation('rotate');
    expect(planned.consequences.join(' ')).toMatch(/The old password ends when.*Those that keep the password/);
    expect(rotations()).toEqual([]);
    await (await managed()).operate('rotate');
    expect(rotations()).toEqual([
      expect.objectContaining({
        DBInstanceIdentifier: 'orders',
        RotateMasterUserPassword: true,
        ApplyImmediately: true
      })
    ]);
    const after = await managed();
    const password = await passwordNow(after);
    expect(password).not.toBe(before);
    expect(after.masked).toContain(password);
    const second = await managed();
    // The servers' time counts, not that of a runner that is months ahead.
    second.execution.clock.goWrong(400);
    const again = await second.operate('rotate');
    expect(again).toMatchObject({ verdict: 'no-changes' });
    expect(again.steps[0]?.detail).toContain('done at');
    expect(lines((await (await managed()).plan()).plan)).toEqual([]);
    const { clock } = (await managed()).execution;
    for (const secret of cloud.state().secrets.values()) secret.rotated = new Date(clock.now().getTime() - 16 * 60_000);
    expect(await (await managed()).planOperation('rotate')).toMatchObject({ verdict: 'changes' });
  });

  test('a rotation that is killed, or loses its answer, is finished, and not sent twice', async () => {
    const counted: number[] = [];
    const wrong = await interruptEveryCall<FakeAws>({
      start: async () => {
        await withServer(kept(cloud));
        // The account of all tests, which none of them ends.
        return { ...cloud, stop: async () => {} };
      },
      run: managed,
      isMade: true,
      work: 'rotate',
      atEnd: one => {
        counted.push(one.mutations().filter(({ input }) => 'RotateMasterUserPassword' in input).length);
        return [];
      }
    });
    expect(wrong).toEqual([]);
    expect(counted.length).toBeGreaterThan(1);
    expect([...new Set(counted)]).toEqual([1]);
  });

  test('a rotation by hand after the plan is the one that was asked for; two at once leave the secret right', async () => {
    await withServer(kept(cloud));
    await (await managed()).operate('rotate', {}, async () => (await managed()).operate('rotate'));
    expect(rotations()).toHaveLength(1);
    for (const secret of cloud.state().secrets.values()) secret.rotated = new Date(0);
    const both = [await managed(), await managed()];
    await Promise.all(both.map(async one => one.operate('rotate')));
    expect((await (await managed()).planOperation('rotate')).verdict).toBe('no-changes');
  });

  test('a password that the workflow gives is refused, and both ways of the hint lead to a new one', async () => {
    const passwordOf = (): string | undefined => cloud.state().instances.get('orders')?.password;
    await withServer({ ...onAws(cloud), master_password_version: '1' });
    const { verdict, refusals } = await (await given()).operate('rotate');
    expect(verdict).toBe('blocked');
    expect(refusals[0]?.hint).toMatch(/`master_password_version`.*`manage_master_user_password: true`/);
    await (await given(NEW)).apply();
    expect(passwordOf()).toBe(NEW['master_password']);
    await (await managed()).apply();
    expect(passwordOf()).toBeUndefined();
    expect(await (await managed()).operate('rotate')).toMatchObject({ verdict: 'changes' });
    expect(rotations()).toHaveLength(1);
  });

  test('a rotation that would apply what waits for the window is refused, and runs once that is applied', async () => {
    await withServer(kept(cloud));
    const larger = { instance_class: 'db.t3.small' };
    await (await managed(cloud, larger)).apply();
    const { refusals } = await (await managed(cloud, larger)).operate('rotate');
    expect(refusals[0]).toMatchObject({
      message: expect.stringContaining('DBInstanceClass') as string,
      hint: expect.stringContaining('`apply_immediately: true`') as string
    });
    await (await managed(cloud, { ...larger, apply_immediately: 'true' })).apply();
    expect(await (await managed(cloud, larger)).operate('rotate')).toMatchObject({ verdict: 'changes' });
  });

  test('rotation by itself is set by days and turned off, by one call each, and no password changes', async () => {
    await withServer(kept(cloud));
    const before = await passwordNow(await managed());
    const sent = (): readonly string[] =>
      cloud.mutations().flatMap(({ action }) => (action.includes('RotateSecret') ? [action] : []));
    const asked = { rotation_days: '30' };
    const planned = await (await managed(cloud, asked)).planOperation('rotate');
    expect([planned.steps[0]?.detail, planned.consequences.join(' ')]).toEqual([
      'every 7 days',
      expect.stringContaining('every 30 days. Nothing is rotated now') as string
    ]);
    cloud.fault({ action: '*', nth: 1, when: 'after', mutating: true });
    await (await managed(cloud, asked)).operate('rotate');
    expect((await (await managed(cloud, asked)).operate('rotate')).verdict).toBe('no-changes');
    await (await managed(cloud, { rotation_days: '0' })).operate('rotate');
    expect((await (await managed(cloud, { rotation_days: '0' })).operate('rotate')).steps[0]?.detail).toBe('off');
    await (await managed(cloud, { rotation_days: '7' })).operate('rotate');
    expect(sent()).toEqual(['RotateSecret', 'CancelRotateSecret', 'RotateSecret']);
    expect(await passwordNow(await managed())).toBe(before);
    expect(rotations()).toEqual([]);
    expect(lines((await (await managed(cloud, asked)).plan()).plan)).toEqual([]);
  });

  test('rotation by itself needs a password that RDS keeps, and both ways of the hint lead to one', async () => {
    await withServer(onAws(cloud));
    const asked = { rotation_days: '30' };
    expect((await (await given(asked)).operate('rotate')).refusals[0]?.hint).toContain(
      '`manage_master_user_password: t'
    );
    await (await managed()).apply();
    expect((await (await managed(cloud, asked)).operate('rotate')).verdict).toBe('changes');
  });

  test('a stopped server is not rotated', async () => {
    await withServer(kept(cloud));
    await (await managed()).operate('stop');
    expect((await (await managed()).operate('rotate')).refusals[0]?.hint).toContain('`command: start`');
    expect(rotations()).toEqual([]);
  });

  test('a secret that RDS cannot rotate ends the run with what to repair, and the next run rotates it', async () => {
    await withServer(kept(cloud));
    const keys = cloud.state().keys;
    const enable = (isEnabled: boolean): void => {
      for (const [id, key] of keys) keys.set(id, { ...key, Enabled: isEnabled });
    };
    enable(false);
    await expect((await managed()).operate('rotate')).rejects.toMatchObject({
      message: expect.stringContaining('`impaired`') as string,
      hint: expect.stringContaining('KMS key') as string
    });
    enable(true);
    await (await managed()).operate('rotate');
    expect(await (await managed()).planOperation('rotate')).toMatchObject({ verdict: 'no-changes' });
    expect(rotations()).toHaveLength(2);
  });
});

describe('on DigitalOcean', () => {
  let cloud: FakeDigitalOcean;
  beforeEach(async () => {
    cloud = await startDigitalOcean();
  });
  afterEach(async () => cloud.stop());

  const run = async (more: With = {}): Promise<CloudRun> => digitaloceanRun(cloud, { ...onDigitalOcean(), ...more });
  const resets = (): number => cloud.mutations().filter(({ action }) => action.endsWith('/reset_auth')).length;
  const kept = (name: string): string | undefined => [...cloud.state.clusters.values()][0]?.users.get(name)?.password;

  test('the password of the user in the outputs is reset by one call, and the new one is masked', async () => {
    await madeOnDigitalOcean(cloud, onDigitalOcean());
    const before = kept('doadmin');
    const planned = await (await run()).planOperation('rotate');
    expect(planned.consequences.join(' ')).toMatch(/`doadmin`. The old one ends at once.*hash of the password before/);
    expect(planned.steps.map(({ address }) => address)).toEqual(['server', 'server', 'server']);
    expect(resets()).toBe(0);
    const one = await run();
    await one.operate('rotate');
    expect(resets()).toBe(1);
    expect(kept('doadmin')).not.toBe(before);
    expect(one.masked).toContain(kept('doadmin'));
    expect(await passwordNow(await run())).toBe(kept('doadmin'));
    expect(lines((await (await run()).plan()).plan)).toEqual([]);
  });

  test('a user of the workflow gets the new one, and doadmin keeps its own', async () => {
    const own = { master_username: 'keeper' };
    await madeOnDigitalOcean(cloud, { ...onDigitalOcean(), ...own });
    const before = [kept('doadmin'), kept('keeper')];
    const { steps } = await (await run(own)).operate('rotate');
    expect(steps[1]?.summary).toContain('user keeper');
    expect(steps.map(({ address }) => address)).toEqual(['server', 'user/keeper', 'server']);
    expect(kept('doadmin')).toBe(before[0]);
    expect(kept('keeper')).not.toBe(before[1]);
    expect(await passwordNow(await run(own))).toBe(kept('keeper'));
    // The note of one user says nothing of another.
    expect((await (await run()).operate('rotate')).verdict).toBe('changes');
    expect(kept('doadmin')).not.toBe(before[0]);
  });

  test('a user of others is left alone until an apply has taken it over', async () => {
    await madeOnDigitalOcean(cloud, onDigitalOcean());
    const users = [...cloud.state.clusters.values()][0]?.users;
    const admin = users?.get('doadmin');
    if (admin !== undefined) users?.set('reporting', { ...admin, name: 'reporting', role: 'normal' });
    const named = { master_username: 'reporting' };
    const { refusals } = await (await run(named)).operate('rotate');
    expect(refusals[0]?.hint).toContain('`command: apply`');
    expect(resets()).toBe(0);
    await (await run(named)).apply();
    await (await run(named)).operate('rotate');
    expect(resets()).toBe(1);
  });

  test('a reset by hand after the plan is the one that was asked for, and a run next to another makes one with it', async () => {
    await madeOnDigitalOcean(cloud, onDigitalOcean());
    await (await run()).operate('rotate', {}, async () => (await run()).operate('rotate'));
    expect(resets()).toBe(1);
    const both = [await run(), await run()];
    for (const { execution } of both) execution.clock.advance(16 * 60);
    await Promise.all(both.map(async one => one.operate('rotate')));
    expect(resets()).toBe(2);
  });

  test.each(['*', RESET])('a lost answer of %s is found by the password, and not sent again', async action => {
    await madeOnDigitalOcean(cloud, onDigitalOcean());
    cloud.fault({ action, nth: 1, when: 'after', mutating: true });
    await (await run()).operate('rotate');
    expect(resets()).toBe(1);
  });

  test('a second run soon after makes no other, and one later than a quarter of an hour does', async () => {
    await madeOnDigitalOcean(cloud, onDigitalOcean());
    await (await run()).operate('rotate');
    const after = kept('doadmin');
    const second = await run();
    second.execution.clock.goWrong(400);
    const again = await second.operate('rotate');
    expect([again.verdict, resets(), kept('doadmin')]).toEqual(['no-changes', 1, after]);
    expect(JSON.stringify([...cloud.state.clusters.values()].map(({ tags }) => tags))).not.toContain(after);
    const late = await run();
    await late.execution.clock.sleep(16 * 60, late.execution.signal);
    await late.operate('rotate');
    expect(resets()).toBe(2);
  });

  test.each([1, 2, 3, 4])(
    'killed at call %i, the next run makes one in all, which is the one of the outputs',
    async nth => {
      await madeOnDigitalOcean(cloud, onDigitalOcean());
      const before = kept('doadmin');
      const first = await run();
      cloud.killAfter('*', nth, () => first.execution.abort(new Error('killed')));
      await first.operate('rotate').catch(() => undefined);
      cloud.clearFaults();
      await (await run()).operate('rotate');
      expect(resets()).toBe(1);
      expect(kept('doadmin')).not.toBe(before);
      expect(await passwordNow(await run())).toBe(kept('doadmin'));
    }
  );

  test('a reset whose runs are killed is one reset, however late the next run comes', async () => {
    await madeOnDigitalOcean(cloud, onDigitalOcean());
    const slow = { timeout_minutes: '600' };
    const killed = async (minutes: number, action: string): Promise<void> => {
      const one = await run(slow);
      one.execution.clock.advance(minutes * 60);
      cloud.killAfter(action, 1, () => one.execution.abort(new Error('killed')));
      await one.operate('rotate').catch(() => undefined);
      cloud.clearFaults();
    };
    await killed(0, 'POST /tags/{id}/resources');
    expect(resets()).toBe(0);
    // Without an effect the note is written again, with the time of the next call.
    const { steps } = await (await run(slow)).planOperation('rotate');
    expect(steps.map(({ state }) => state)).toEqual(['todo', 'todo', 'todo']);
    await killed(14, RESET);
    expect(resets()).toBe(1);
    const late = async (minutes: number): Promise<string> => {
      const one = await run(slow);
      one.execution.clock.advance(minutes * 60);
      return (await one.operate('rotate')).verdict;
    };
    expect([await late(40), resets()]).toEqual(['changes', 1]);
    expect([await late(50), resets()]).toEqual(['no-changes', 1]);
    expect([await late(60), resets()]).toEqual(['changes', 2]);
  });

  test('a token that may not see passwords is refused before anything is reset, and resets with the scope', async () => {
    await madeOnDigitalOcean(cloud, onDigitalOcean());
    cloud.state.denied.add('database:view_credentials');
    const { refusals } = await (await run()).operate('rotate');
    expect(refusals[0]?.hint).toContain('`database:view_credentials`');
    cloud.state.denied.clear();
    // Also where they are hidden from it after the plan: no read would show that the call took effect.
    const late = (await run()).operate('rotate', {}, async () => cloud.state.denied.add('database:view_credentials'));
    await expect(late).rejects.toMatchObject({ hint: expect.stringContaining('view_credentials') as string });
    expect(resets()).toBe(0);
    cloud.state.denied.clear();
    await (await run()).operate('rotate');
    expect(resets()).toBe(1);
  });
});

test.each([
  [
    'Cloud SQL',
    async () => {
      const cloud = await startGcp();
      const passwordOf = (): string | undefined => cloud.state.instances.get('orders')?.passwords.get('postgres');
      return {
        cloud,
        passwordOf,
        run: async (more: With) => gcpRun(cloud, { ...onGcp(), ...more }),
        made: async (more: With) => madeOnGcp(cloud, { ...onGcp(), ...more })
      };
    }
  ],
  [
    'Flexible Server',
    async () => {
      const cloud = await startAzure();
      const passwordOf = (): string | undefined => [...cloud.state.servers.values()][0]?.password;
      return {
        cloud,
        passwordOf,
        run: async (more: With) => azureRun(cloud, { ...onAzure(), ...more }),
        made: async (more: With) => madeOnAzure(cloud, { ...onAzure(), ...more })
      };
    }
  ]
])('on %s, which makes no passwords, the hint leads to a new one', async (_name, open) => {
  const { cloud, passwordOf, run, made } = await open();
  try {
    await made({ master_password_version: '1' });
    await expect((await run({})).operate('rotate')).rejects.toMatchObject({
      code: 'unsupported',
      hint: 'Put a new one into `master_password`, change `master_password_version`, and run `command: apply`.'
    });
    await (await run(NEW)).apply();
    expect(passwordOf()).toBe(NEW['master_password']);
    expect(lines((await (await run(NEW)).plan()).plan)).toEqual([]);
  } finally {
    await cloud.stop();
  }
});
