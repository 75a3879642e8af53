import { startAws, type FakeAws } from '../../clouds/aws/fake-aws.ts';
import { startAzure, type FakeAzure } from '../../clouds/azure/fake-azure.ts';
import { startGcp, type FakeGcp } from '../../clouds/gcp/fake-gcp.ts';
import { basic as onAws } from '../../support/aws-inputs.ts';
import { awsRun } from '../../support/aws-run.ts';
import { basic as onAzure } from '../../support/azure-inputs.ts';
import { azureRun } from '../../support/azure-run.ts';
import { lines, type CloudRun } from '../../support/cloud-run.ts';
import { interruptEveryCall } from '../../support/every-call.ts';
import { basic as onGcp } from '../../support/gcp-inputs.ts';
import { gcpRun } from '../../support/gcp-run.ts';
import { keptAccount } from '../../support/kept-account.ts';
import { madeOnAzure, madeOnGcp } from '../../support/made-before.ts';
import { failureOf, refusalIn } from '../../support/refusal-in.ts';

type With = Readonly<Record<string, string>>;

let account: FakeAws;
const withServer = keptAccount(
  async () => (account = await startAws()),
  async inputs => awsRun(account, inputs)
);
/** The same account for all tests, which none of them ends. */
const shared = (): FakeAws => ({ ...account, stop: async () => {} });

/** A cloud whose servers can be stopped, in the words that the three fakes share. */
interface Stoppable {
  readonly name: string;
  /** What the server is changed to, which a stopped one refuses. */
  readonly change: With;
  readonly calls: { readonly stop: string; readonly start: string };
  /** Calls of two runs at once that are taken: Cloud SQL takes a policy that is there already. */
  readonly most: number;
  /** With a server that runs. */
  readonly start: () => Promise<{ readonly cloud: Cloud; readonly run: (more?: With) => Promise<CloudRun> }>;
}

interface Cloud {
  mutations(): readonly { readonly action: string; readonly status?: number }[];
  fault(rule: { action: string; nth: number; when: 'after'; mutating: boolean }): void;
  killAfter(action: string, nth: number, kill: () => void): void;
  clearFaults(): void;
  leftovers(): readonly string[];
  stop(): Promise<void>;
}

const CLOUDS: readonly Stoppable[] = [
  {
    name: 'RDS',
    change: { backup_retention_period: '9' },
    calls: { stop: 'StopDBInstance', start: 'StartDBInstance' },
    most: 1,
    start: async () => {
      const cloud = shared();
      await withServer(onAws(cloud));
      return { cloud, run: async (more = {}) => awsRun(cloud, { ...onAws(cloud), ...more }) };
    }
  },
  {
    name: 'Cloud SQL',
    change: { disk_size: '90' },
    calls: { stop: 'instances.patch', start: 'instances.patch' },
    most: 2,
    start: async () => {
      const cloud: FakeGcp = await startGcp();
      await madeOnGcp(cloud, onGcp());
      return { cloud, run: async (more = {}) => gcpRun(cloud, { ...onGcp(), ...more }) };
    }
  },
  {
    name: 'Flexible Server',
    change: { backup_retention_period: '9' },
    calls: { stop: 'POST flexibleServers/stop', start: 'POST flexibleServers/start' },
    most: 1,
    start: async () => {
      const cloud: FakeAzure = await startAzure({ pace: { busyAfter: 0 } });
      await madeOnAzure(cloud, onAzure());
      return { cloud, run: async (more = {}) => azureRun(cloud, { ...onAzure(), ...more }) };
    }
  }
];

describe.each(CLOUDS)('a server on $name', ({ name, change, calls, most, start }) => {
  let cloud: Cloud;
  let run: (more?: With) => Promise<CloudRun>;
  beforeEach(async () => {
    ({ cloud, run } = await start());
  });
  afterEach(async () => cloud.stop());

  const sent = async (work: (one: CloudRun) => Promise<unknown>): Promise<readonly string[]> => {
    const before = cloud.mutations().length;
    await work(await run());
    return cloud
      .mutations()
      .slice(before)
      .map(({ action }) => action);
  };

  test('is stopped as planned, once, and is then no drift; an apply, a check and outputs leave it stopped', async () => {
    const stopped = async (verdict: string): Promise<readonly string[]> =>
      sent(async one => expect(await one.operate('stop')).toMatchObject({ verdict }));
    expect(await stopped('changes')).toEqual([calls.stop]);
    expect(await stopped('no-changes')).toEqual([]);
    const { plan, outputs } = await (await run()).apply();
    expect(lines(plan)).toEqual([]);
    expect(plan.notices).toContainEqual(
      expect.objectContaining({ code: 'stopped', message: expect.stringContaining('`command: start`') as string })
    );
    expect(outputs).toMatchObject({ isStopped: true });
  });

  test('refuses changes while it is stopped, and takes them after the start that the hint names', async () => {
    await (await run()).operate('stop');
    expect(await refusalIn(async () => run(change))).toContain('`command: start`');
    const { session } = await run();
    const taken = await failureOf(async () => session.snapshot(await session.observe()));
    // Cloud SQL takes backups of a stopped instance, too.
    expect(taken).toMatch(name === 'Cloud SQL' ? /^$/ : /is stopped.*`command: start` first/);
    expect(await sent(async one => one.operate('start'))).toEqual([calls.start]);
    expect(await sent(async one => one.operate('start'))).toEqual([]);
    const [only = '', ...others] = lines((await (await run(change)).apply()).plan);
    expect([only.startsWith('update server: '), others]).toEqual([true, []]);
  });

  test('that is stopped or started by hand after the plan is found so, and not called again', async () => {
    for (const work of ['stop', 'start'] as const) {
      const by = async (): Promise<unknown> => (await run()).operate(work);
      expect(await sent(async one => one.operate(work, {}, by))).toEqual([calls[work]]);
    }
  });

  test('that two runs stop or start at once ends so for both, by one call that changes it', async () => {
    for (const work of ['stop', 'start'] as const) {
      const count = cloud.mutations().length;
      const both = [await run(), await run()];
      await Promise.all(both.map(async one => one.operate(work)));
      const taken = cloud
        .mutations()
        .slice(count)
        .filter(({ status = 0 }) => status < 300);
      expect(taken.length).toBeGreaterThan(0);
      expect(taken.length).toBeLessThanOrEqual(most);
      expect((await (await run()).planOperation(work)).verdict).toBe('no-changes');
    }
  });

  test('is destroyed while it is stopped', async () => {
    await (await run()).operate('stop');
    await (await run()).destroy();
    expect(cloud.leftovers().filter(left => !/snapshot|backup/i.test(left))).toEqual([]);
  });
});

test.each(CLOUDS.flatMap(one => (['stop', 'start'] as const).map(work => [one.name, work, one] as const)))(
  'on %s a %s that is killed, or loses its answer, at any call is finished, and nothing is called twice',
  async (_name, work, { start }) => {
    const opened = new Map<Cloud, (more?: With) => Promise<CloudRun>>();
    const wrong = await interruptEveryCall<Cloud>({
      start: async () => {
        const { cloud, run } = await start();
        opened.set(cloud, run);
        return cloud;
      },
      run: async cloud => opened.get(cloud)?.() ?? Promise.reject(new Error('no cloud')),
      isMade: true,
      work,
      operated: work === 'start' ? ['stop'] : []
    });
    expect(wrong).toEqual([]);
  }
);

describe('on RDS', () => {
  let cloud: FakeAws;
  beforeAll(() => (cloud = account));
  const run = async (more: With = {}): Promise<CloudRun> => awsRun(cloud, { ...onAws(cloud), ...more });
  const made = async (more: With = {}): Promise<void> => withServer({ ...onAws(cloud), ...more });

  test('a server with replicas is not stopped, and the hint leads to one that is', async () => {
    await made({ create_read_replica: 'true' });
    const plan = await (await run()).planOperation('stop');
    expect(plan).toMatchObject({ verdict: 'blocked', refusals: [{ rule: 'stop' }] });
    expect(plan.refusals[0]?.hint).toContain('`create_read_replica: false`');
    await (await run({ create_read_replica: 'false' })).apply();
    expect(await (await run()).operate('stop')).toMatchObject({ verdict: 'changes' });
  });

  test('a stopped server is started by RDS after seven days, which the plan said, and is stopped again', async () => {
    await made();
    const plan = await (await run()).operate('stop');
    expect(plan.consequences.join(' ')).toContain('after 7 days');
    cloud.advance(7 * 86_400);
    await (await run()).plan();
    expect(await (await run()).operate('stop')).toMatchObject({ verdict: 'changes' });
    expect((await (await run()).planOperation('stop')).verdict).toBe('no-changes');
  });

  test('a server of others is neither stopped nor started', async () => {
    await made();
    const other = await awsRun(cloud, onAws(cloud), { repository: 'acme/other' });
    expect(await other.operate('stop')).toMatchObject({ verdict: 'blocked', refusals: [{ rule: 'not-ours' }] });
    expect(cloud.mutations().map(({ action }) => action)).not.toContain('StopDBInstance');
  });
});

test('on Azure replicas are stopped after their server and started before it', async () => {
  const cloud = await startAzure({ pace: { busyAfter: 0 } });
  try {
    const inputs = { ...onAzure(), sku_name: 'GP_Standard_D2ds_v5', create_read_replica: 'true' };
    const run = async (): Promise<CloudRun> => azureRun(cloud, inputs);
    await madeOnAzure(cloud, inputs);
    const stopped = await (await run()).operate('stop');
    expect(stopped.steps.map(({ address }) => address)).toEqual(['server', 'replica/1']);
    expect(lines((await (await run()).plan()).plan)).toEqual([]);
    const started = await (await run()).operate('start');
    expect(started.steps.map(({ address }) => address)).toEqual(['replica/1', 'server']);
    expect(lines((await (await run()).plan()).plan)).toEqual([]);
  } finally {
    await cloud.stop();
  }
});

test('on Azure a stop that fails ends the run with the reason, and the next run stops it', async () => {
  const cloud = await startAzure({ pace: { busyAfter: 0 } });
  try {
    const run = async (): Promise<CloudRun> => azureRun(cloud, onAzure());
    await madeOnAzure(cloud, onAzure());
    cloud.state.dooms.set('orders', { code: 'InternalServerError', message: 'It did not stop.' });
    await expect((await run()).operate('stop')).rejects.toMatchObject({
      message: expect.stringContaining('It did not stop') as string
    });
    expect(await (await run()).operate('stop')).toMatchObject({ verdict: 'changes' });
  } finally {
    await cloud.stop();
  }
});
