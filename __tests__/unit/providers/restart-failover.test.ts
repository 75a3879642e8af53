import type { OperationName } from '../../../src/engine/operation.ts';
import { startAws, type FakeAws } from '../../clouds/aws/fake-aws.ts';
import { startAzure, type FakeAzure } from '../../clouds/azure/fake-azure.ts';
import { startGcp } from '../../clouds/gcp/fake-gcp.ts';
import { basic as onAws } from '../../support/aws-inputs.ts';
import { awsRun } from '../../support/aws-run.ts';
import { basic as onAzure } from '../../support/azure-inputs.ts';
import { azureRun } from '../../support/azure-run.ts';
import type { CloudRun } from '../../support/cloud-run.ts';
import { basic as onGcp } from '../../support/gcp-inputs.ts';
import { gcpRun } from '../../support/gcp-run.ts';
import { keptAccount } from '../../support/kept-account.ts';
import { madeOnAzure, madeOnGcp } from '../../support/made-before.ts';

type With = Readonly<Record<string, string>>;

let account: FakeAws;
const withServer = keptAccount(
  async () => (account = await startAws()),
  async inputs => awsRun(account, inputs)
);
/** The same account for all tests, which none of them ends. */
const shared = (): FakeAws => ({ ...account, stop: async () => {} });

interface Cloud {
  mutations(): readonly { readonly action: string; readonly status?: number }[];
  fault(rule: { action: string; nth: number; when: 'after'; mutating: boolean }): void;
  killAfter(action: string, nth: number, kill: () => void): void;
  clearFaults(): void;
  stop(): Promise<void>;
}

interface Opened {
  readonly cloud: Cloud;
  readonly run: (more?: With) => Promise<CloudRun>;
  /** The server is there. */
  readonly made: (more?: With) => Promise<unknown>;
  /** Puts the server into a state that it does not leave by itself. */
  readonly breaks: () => void;
}

interface Restartable {
  readonly name: string;
  /** A server with a standby. */
  readonly withStandby: With;
  /** The calls that restart it or fail it over. */
  readonly calls: RegExp;
  readonly open: () => Promise<Opened>;
}

const CLOUDS: readonly Restartable[] = [
  {
    name: 'RDS',
    withStandby: { multi_az: 'true' },
    calls: /^RebootDBInstance$/,
    open: async () => {
      const cloud = shared();
      return {
        cloud,
        run: async (more = {}) => awsRun(cloud, { ...onAws(cloud), ...more }),
        made: async (more = {}) => withServer({ ...onAws(cloud), ...more }),
        breaks: () => Object.assign(cloud.state().instances.get('orders')?.live ?? {}, { DBInstanceStatus: 'failed' })
      };
    }
  },
  {
    name: 'Cloud SQL',
    withStandby: { multi_az: 'true' },
    calls: /^instances\.(?:restart|failover)$/,
    open: async () => {
      const cloud = await startGcp();
      return {
        cloud,
        run: async (more = {}) => gcpRun(cloud, { ...onGcp(), ...more }),
        made: async (more = {}) => madeOnGcp(cloud, { ...onGcp(), ...more }),
        breaks: () => {
          const instance = cloud.instance('orders');
          instance.json = { ...instance.json, state: 'SUSPENDED' };
          instance.staleLooks = 0;
        }
      };
    }
  },
  {
    name: 'Flexible Server',
    withStandby: { sku_name: 'GP_Standard_D2ds_v5', multi_az: 'true' },
    calls: /^POST flexibleServers\/restart$/,
    open: async () => {
      const cloud = await startAzure({ pace: { busyAfter: 0 } });
      return {
        cloud,
        run: async (more = {}) => timed(cloud, { ...onAzure(), ...more }),
        made: async (more = {}) => madeOnAzure(cloud, { ...onAzure(), ...more }),
        breaks: () => {
          for (const server of cloud.state.servers.values()) {
            server.properties = { ...server.properties, state: 'Inaccessible' };
          }
        }
      };
    }
  }
];

/** A run whose clock is that of the cloud too: Azure's log is read by time. */
async function timed(cloud: FakeAzure, inputs: With, minutesLater = 0): Promise<CloudRun> {
  const one = await azureRun(cloud, inputs);
  one.execution.clock.advance(minutesLater * 60);
  cloud.state.now = () => one.execution.clock.now();
  return one;
}

const WORKS: readonly OperationName[] = ['restart', 'failover'];

describe.each(CLOUDS)('on $name', ({ name, withStandby, calls, open }) => {
  let cloud: Cloud;
  let run: Opened['run'];
  let made: Opened['made'];
  let breaks: Opened['breaks'];
  beforeEach(async () => {
    ({ cloud, run, made, breaks } = await open());
  });
  afterEach(async () => cloud.stop());
  const sent = (): number => cloud.mutations().filter(({ action }) => calls.test(action)).length;
  const taken = (): number =>
    cloud.mutations().filter(({ action, status = 200 }) => calls.test(action) && status < 300).length;

  test('a failover without a standby is refused with the way to one; a stopped one is restarted once it runs', async () => {
    await made();
    const { verdict, refusals } = await (await run()).operate('failover');
    expect(verdict).toBe('blocked');
    expect(refusals[0]?.hint).toContain('`multi_az: true`');
    await (await run()).operate('stop');
    for (const work of WORKS) {
      const plan = await (await run()).operate(work);
      expect(plan.refusals[0]?.hint).toContain('`command: start`');
    }
    expect(sent()).toBe(0);
    await (await run()).operate('start');
    await (await run()).operate('restart');
    expect(sent()).toBe(1);
  });

  test('neither is planned for a server in a state that it does not leave by itself', async () => {
    await made(withStandby);
    breaks();
    const broken = await run();
    const seen = await broken.session.observe();
    for (const work of WORKS) {
      const [refusal] = (await broken.planOperation(work, {}, seen)).refusals;
      expect(refusal).toMatchObject({
        rule: work,
        hint: expect.stringMatching(/command: plan|console|activity log/) as string
      });
    }
  });

  test.each(WORKS)('a %s is one call, and a second run soon after does nothing', async work => {
    await made(withStandby);
    const plan = await (await run(withStandby)).operate(work);
    expect(plan.consequences.join(' ')).toContain('connections are cut');
    expect(sent()).toBe(1);
    const second = await run(withStandby);
    // On a runner that is months ahead. Azure's time is that of its runs here.
    if (name !== 'Flexible Server') second.execution.clock.goWrong(400);
    const again = await second.operate(work);
    expect(again.verdict).toBe('no-changes');
    expect(again.steps.map(({ detail }) => detail).join()).toContain('done at');
    expect(sent()).toBe(1);
  });

  // Only a failover on Azure makes two calls: the first is its note.
  const each = WORKS.map(work => [work, 1] as const);
  test.each(name === 'Flexible Server' ? [...each, ['failover', 2] as const] : each)(
    'a %s whose run is killed at call %i is not done twice by the next one',
    async (work, nth) => {
      await made(withStandby);
      const first = await run(withStandby);
      cloud.killAfter('*', nth, () => first.execution.abort(new Error('killed')));
      await expect(first.operate(work)).rejects.toThrow('killed');
      cloud.clearFaults();
      await (await run(withStandby)).operate(work);
      expect(sent()).toBe(1);
    }
  );

  // Elsewhere a restart differs from a failover by its call and by the event that tells it: both are shown above.
  const some = name === 'Flexible Server' ? WORKS : (['failover'] as const);
  test.each(some)('a %s by hand between the plan and the call is the one that was asked for', async work => {
    await made(withStandby);
    const first = await run(withStandby);
    await first.operate(work, {}, async () => (await run(withStandby)).operate(work));
    expect(sent()).toBe(1);
  });

  // No API takes a condition: where the first call has ended before the second is sent, both are taken.
  test.each(some)('a %s next to another one ends well in both runs, and a later run makes none', async work => {
    await made(withStandby);
    const [one, other] = [await run(withStandby), await run(withStandby)];
    await Promise.all([one.operate(work), other.operate(work)]);
    const before = taken();
    expect([1, 2]).toContain(before);
    await (await run(withStandby)).operate(work);
    expect(taken()).toBe(before);
  });

  test.each(some)('a %s whose answer is lost goes on in the same run', async work => {
    await made(withStandby);
    cloud.fault({ action: '*', nth: 1, when: 'after', mutating: true });
    await (await run(withStandby)).operate(work);
    expect(sent()).toBe(1);
  });
});

test('on RDS a failover moves the primary to the zone of the standby, and a restart later than a quarter of an hour is another one', async () => {
  const cloud = account;
  const inputs = { ...onAws(cloud), multi_az: 'true' };
  const run = async (): Promise<CloudRun> => awsRun(cloud, inputs);
  await withServer(inputs);
  const zone = cloud.state().instances.get('orders')?.live.SecondaryAvailabilityZone;
  await (await run()).operate('failover');
  expect(cloud.state().instances.get('orders')?.live.AvailabilityZone).toBe(zone);
  cloud.advance(16 * 60);
  expect(await (await run()).operate('restart')).toMatchObject({ verdict: 'changes' });
});

test('on Azure a failover is planned, or forced where the input says so', async () => {
  const cloud = await startAzure({ pace: { busyAfter: 0 } });
  try {
    const inputs = { ...onAzure(), sku_name: 'GP_Standard_D2ds_v5', multi_az: 'true' };
    await madeOnAzure(cloud, inputs);
    await (await timed(cloud, inputs)).operate('failover');
    // The zones have changed places since the note: it is done.
    const again = await (await timed(cloud, inputs)).operate('failover');
    expect([again.verdict, again.steps[1]?.detail]).toEqual(['no-changes', expect.stringContaining('done at')]);
    const plans = await timed(cloud, inputs);
    const seen = await plans.session.observe();
    const planned = await plans.planOperation('failover', {}, seen);
    const other = await timed(cloud, { ...inputs, failover_mode: 'forced' });
    const forced = await other.planOperation('failover', {}, seen);
    expect(forced.digest).not.toBe(planned.digest);
    await (await timed(cloud, { ...inputs, failover_mode: 'forced' })).operate('failover');
    const modes = cloud
      .calls()
      .filter(({ action }) => action === 'POST flexibleServers/restart')
      .map(({ body }) => body['failoverMode']);
    expect(modes).toEqual(['PlannedFailover', 'ForcedFailover']);
  } finally {
    await cloud.stop();
  }
});

test.each([
  ['of another server', 'orders-two', 1],
  ['of half an hour ago', 'orders', 30]
])('on Azure a restart in the log %s is not the one that was asked for', async (_which, name, minutes) => {
  const cloud = await startAzure({ pace: { busyAfter: 0 } });
  try {
    await madeOnAzure(cloud, onAzure());
    const [id = ''] = cloud.state.servers.keys();
    const one = await timed(cloud, onAzure());
    const at = new Date(one.execution.clock.now().getTime() - minutes * 60_000).toISOString();
    const operation = 'Microsoft.DBforPostgreSQL/flexibleServers/restart/action';
    cloud.state.trail.push({ at, id: id.replace(/orders$/, name), operation, caller: 'person@acme.example' });
    expect((await one.operate('restart')).verdict).toBe('changes');
  } finally {
    await cloud.stop();
  }
});

describe.each(['planned', 'forced'])('the note of a %s failover on Azure', mode => {
  const inputs = {
    ...onAzure(),
    sku_name: 'GP_Standard_D2ds_v5',
    multi_az: 'true',
    timeout_minutes: '600',
    failover_mode: mode
  };
  let cloud: FakeAzure;
  beforeEach(async () => {
    cloud = await startAzure({ pace: { busyAfter: 0 } });
    await madeOnAzure(cloud, inputs);
  });
  afterEach(async () => cloud.stop());

  const properties = (): Record<string, unknown> => {
    const [server] = cloud.state.servers.values();
    if (server === undefined) throw new Error('no server');
    return (server.properties = { ...server.properties });
  };
  const inOneZone = (): void => {
    const own = properties();
    own['highAvailability'] = { ...(own['highAvailability'] as object), mode: 'SameZone' };
  };
  const sent = (): number => cloud.mutations().filter(({ action }) => action === 'POST flexibleServers/restart').length;
  const failover = async (minutes: number): Promise<string> =>
    (await (await timed(cloud, inputs, minutes)).operate('failover')).verdict;
  /** A run whose runner is killed after its call of this number: 1 is the note, 2 the failover. */
  const killed = async (minutes: number, nth: number): Promise<void> => {
    const one = await timed(cloud, inputs, minutes);
    cloud.killAfter('*', nth, () => one.execution.abort(new Error('killed')));
    await one.operate('failover').catch(() => undefined);
    cloud.clearFaults();
    // The call goes on without its run.
    const { session } = await timed(cloud, inputs, minutes);
    await session.observe();
  };

  const zones = [
    ['in two zones', () => undefined],
    ['in one zone', inOneZone]
  ] as const;

  test.each(mode === 'planned' ? zones : zones.slice(0, 1))(
    '%s, one request is one failover, however late the next runs come',
    async (_where, prepare) => {
      prepare();
      await killed(0, 1);
      expect(sent()).toBe(0);
      await killed(14, 2);
      expect(sent()).toBe(1);
      expect(await failover(40)).toBe('changes');
      expect(sent()).toBe(1);
      expect(await failover(50)).toBe('no-changes');
      // The one before has ended: this is another request.
      expect(await failover(60)).toBe('changes');
      expect(sent()).toBe(2);
    }
  );

  test(
    'that Azure can not write for long is ' + (mode === 'forced' ? 'left out after a minute' : 'waited for'),
    async () => {
      cloud.fault({ action: 'PATCH flexibleServers', times: 60, code: 'ServerIsBusy', status: 409 });
      const one = await timed(cloud, inputs);
      const began = one.execution.clock.now().getTime();
      await one.operate('failover').catch(() => undefined);
      const minutes = (one.execution.clock.now().getTime() - began) / 60_000;
      expect([sent(), minutes < 5]).toEqual([1, mode === 'forced']);
    }
  );

  test(`where it can't be written, ${mode === 'forced' ? 'it goes on without it' : 'nothing is done'}`, async () => {
    cloud.fault({ action: 'PATCH flexibleServers', times: 99, code: 'AuthorizationFailed', status: 403 });
    const one = await timed(cloud, inputs);
    const failed = await one.operate('failover').then(
      () => '',
      (thrown: unknown) => String(thrown)
    );
    const warned = one.execution.lines.join('\n');
    if (mode === 'forced') {
      expect(warned).toMatch(/Could not note on server orders when forced failover begins, and goes on without it: /);
      expect([sent(), failed]).toEqual([1, '']);
      // Nor is there a note to close.
      expect(one.execution.lines.filter(line => line.includes('goes on without it'))).toHaveLength(1);
    } else expect([sent(), failed]).toEqual([0, expect.stringContaining('AuthorizationFailed')]);
  });

  // Behind the call and its note, both are one failover.
  if (mode === 'forced') return;

  test.each(zones)('%s, a run that was killed before its call is carried on by a call', async (_where, prepare) => {
    prepare();
    await killed(0, 1);
    expect(await failover(60)).toBe('changes');
    expect(sent()).toBe(1);
  });

  test('a run next to one that is at work writes no note of its own', async () => {
    const [zone] = [...cloud.state.servers.values()].map(({ properties: { availabilityZone } }) => availabilityZone);
    await killed(0, 2);
    const { highAvailability } = properties();
    properties()['availabilityZone'] = zone;
    properties()['highAvailability'] = { ...(highAvailability as object), state: 'FailingOver' };
    const { steps } = await (await timed(cloud, inputs, 1)).planOperation('failover');
    expect(steps.map(({ state }) => state)).toEqual(['done', 'underway', 'todo']);
  });

  test('counts before the log has its call', async () => {
    await killed(0, 2);
    cloud.state.trail.splice(0);
    expect(await failover(5)).toBe('changes');
    expect(sent()).toBe(1);
  });

  test('a failover of Azure’s own after a run that never sent its call is not taken for the one asked for', async () => {
    await killed(0, 1);
    properties()['availabilityZone'] = 'another';
    await failover(60);
    expect(sent()).toBe(1);
  });

  test('that has ended counts for a quarter of an hour, also where Azure has moved the server back', async () => {
    const [zone] = [...cloud.state.servers.values()].map(({ properties: { availabilityZone } }) => availabilityZone);
    expect(await failover(0)).toBe('changes');
    properties()['availabilityZone'] = zone;
    expect(await failover(10)).toBe('no-changes');
    expect(sent()).toBe(1);
  });
});
