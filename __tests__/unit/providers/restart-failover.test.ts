import type { OperationName } from '../../../src/engine/operation.ts';
import { startAws } from '../../clouds/aws/fake-aws.ts';
import { startAzure } from '../../clouds/azure/fake-azure.ts';
import { startGcp } from '../../clouds/gcp/fake-gcp.ts';
import { basic as onAws } from '../../support/aws-inputs.ts';
import { awsRun } from '../../support/aws-run.ts';
import { basic as onAzure } from '../../support/azure-inputs.ts';
import { azureRun } from '../../support/azure-run.ts';
import type { CloudRun } from '../../support/cloud-run.ts';
import { basic as onGcp } from '../../support/gcp-inputs.ts';
import { gcpRun } from '../../support/gcp-run.ts';

type With = Readonly<Record<string, string>>;

interface Cloud {
  mutations(): readonly { readonly action: string }[];
  fault(rule: { action: string; nth: number; when: 'after'; mutating: boolean }): void;
  killAfter(action: string, nth: number, kill: () => void): void;
  clearFaults(): void;
  stop(): Promise<void>;
}

interface Opened {
  readonly cloud: Cloud;
  readonly run: (more?: With) => Promise<CloudRun>;
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
      const cloud = await startAws();
      return { cloud, run: async (more = {}) => awsRun(cloud, { ...onAws(cloud), ...more }) };
    }
  },
  {
    name: 'Cloud SQL',
    withStandby: { multi_az: 'true' },
    calls: /^instances\.(?:restart|failover)$/,
    open: async () => {
      const cloud = await startGcp();
      return { cloud, run: async (more = {}) => gcpRun(cloud, { ...onGcp(), ...more }) };
    }
  },
  {
    name: 'Flexible Server',
    withStandby: { sku_name: 'GP_Standard_D2ds_v5', multi_az: 'true' },
    calls: /^POST flexibleServers\/restart$/,
    open: async () => {
      const cloud = await startAzure({ pace: { busyAfter: 0 } });
      return { cloud, run: async (more = {}) => azureRun(cloud, { ...onAzure(), ...more }) };
    }
  }
];

const WORKS: readonly OperationName[] = ['restart', 'failover'];

describe.each(CLOUDS)('on $name', ({ withStandby, calls, open }) => {
  let cloud: Cloud;
  let run: Opened['run'];
  beforeEach(async () => {
    ({ cloud, run } = await open());
  });
  afterEach(async () => cloud.stop());
  const sent = (): number => cloud.mutations().filter(({ action }) => calls.test(action)).length;

  test('a failover without a standby is refused with the way to one; a stopped server is neither restarted nor failed over', async () => {
    await (await run()).apply();
    const { verdict, refusals } = await (await run()).operate('failover');
    expect(verdict).toBe('blocked');
    expect(refusals[0]?.hint).toContain('`multi_az: true`');
    await (await run()).operate('stop');
    for (const work of WORKS) {
      const plan = await (await run()).operate(work);
      expect(plan.refusals[0]?.hint).toContain('`command: start`');
    }
    expect(sent()).toBe(0);
  });

  test.each(WORKS)('a %s is one call, and a second run soon after does nothing', async work => {
    await (await run(withStandby)).apply();
    const plan = await (await run(withStandby)).operate(work);
    expect(plan.consequences.join(' ')).toContain('connections are cut');
    expect(sent()).toBe(1);
    const again = await (await run(withStandby)).operate(work);
    expect(again.verdict).toBe('no-changes');
    expect(again.steps.at(-1)?.detail).toContain('done at');
    expect(sent()).toBe(1);
  });

  test.each(WORKS.flatMap(work => [1, 2].map(nth => [work, nth] as const)))(
    'a %s whose run is killed at call %i is not done twice by the next one',
    async (work, nth) => {
      await (await run(withStandby)).apply();
      const first = await run(withStandby);
      cloud.killAfter('*', nth, () => first.execution.abort(new Error('killed')));
      await first.operate(work).catch(() => undefined);
      cloud.clearFaults();
      await (await run(withStandby)).operate(work);
      expect(sent()).toBe(1);
    }
  );

  test.each(WORKS)('a %s whose answer is lost goes on in the same run', async work => {
    await (await run(withStandby)).apply();
    cloud.fault({ action: '*', nth: 1, when: 'after', mutating: true });
    await (await run(withStandby)).operate(work);
    expect(sent()).toBe(1);
  });
});

test('on RDS a failover moves the primary to the zone of the standby, and a restart later than a quarter of an hour is another one', async () => {
  const cloud = await startAws();
  try {
    const run = async (): Promise<CloudRun> => awsRun(cloud, { ...onAws(cloud), multi_az: 'true' });
    await (await run()).apply();
    const zone = cloud.state().instances.get('orders')?.live.SecondaryAvailabilityZone;
    await (await run()).operate('failover');
    expect(cloud.state().instances.get('orders')?.live.AvailabilityZone).toBe(zone);
    cloud.advance(16 * 60);
    expect(await (await run()).operate('restart')).toMatchObject({ verdict: 'changes' });
  } finally {
    await cloud.stop();
  }
});

test('on Azure a failover is planned, or forced where the input says so', async () => {
  const cloud = await startAzure({ pace: { busyAfter: 0 } });
  try {
    const inputs = { ...onAzure(), sku_name: 'GP_Standard_D2ds_v5', multi_az: 'true' };
    await (await azureRun(cloud, inputs)).apply();
    await (await azureRun(cloud, inputs)).operate('failover');
    // The zones have changed places since the note: it is done.
    const again = await (await azureRun(cloud, inputs)).operate('failover');
    expect([again.verdict, again.steps.at(-1)?.detail]).toEqual(['no-changes', expect.stringContaining('done at')]);
    const planned = await (await azureRun(cloud, inputs)).planOperation('failover');
    const forced = await (await azureRun(cloud, { ...inputs, failover_mode: 'forced' })).planOperation('failover');
    expect(forced.digest).not.toBe(planned.digest);
    await (await azureRun(cloud, { ...inputs, failover_mode: 'forced' })).operate('failover');
    const modes = cloud
      .calls()
      .filter(({ action }) => action === 'POST flexibleServers/restart')
      .map(({ body }) => body['failoverMode']);
    expect(modes).toEqual(['PlannedFailover', 'ForcedFailover']);
  } finally {
    await cloud.stop();
  }
});
