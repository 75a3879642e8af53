import type { OperationPlan } from '../../../src/engine/operation.ts';
import type { Plan } from '../../../src/engine/plan.ts';
import { startAws, type FakeAws } from '../../clouds/aws/fake-aws.ts';
import { startAzure } from '../../clouds/azure/fake-azure.ts';
import { startDigitalOcean, UNHURRIED } from '../../clouds/digitalocean/fake-digitalocean.ts';
import { startGcp } from '../../clouds/gcp/fake-gcp.ts';
import { object } from '../../clouds/gcp/json.ts';
import { basic as onAws } from '../../support/aws-inputs.ts';
import { awsRun } from '../../support/aws-run.ts';
import { basic as onAzure } from '../../support/azure-inputs.ts';
import { azureRun } from '../../support/azure-run.ts';
import { lines, type CloudRun, type CloudRunOptions } from '../../support/cloud-run.ts';
import { basic as onDigitalOcean } from '../../support/digitalocean-inputs.ts';
import { digitaloceanRun } from '../../support/digitalocean-run.ts';
import { interruptEveryCall } from '../../support/every-call.ts';
import { basic as onGcp } from '../../support/gcp-inputs.ts';
import { gcpRun } from '../../support/gcp-run.ts';
import { keptAccount } from '../../support/kept-account.ts';
import { madeOnAzure, madeOnDigitalOcean, madeOnGcp } from '../../support/made-before.ts';

type With = Readonly<Record<string, string>>;

let account: FakeAws;
const withServer = keptAccount(
  async () => (account = await startAws()),
  async inputs => awsRun(account, inputs)
);
/** The same account for all tests, which none of them ends. */
const shared = (): FakeAws => ({ ...account, stop: async () => {} });

interface Cloud {
  mutations(): readonly { readonly action: string; readonly body?: unknown; readonly status?: number }[];
  fault(rule: {
    action: string;
    nth?: number;
    when?: 'after';
    mutating?: boolean;
    code?: string;
    status?: number;
    times?: number;
  }): void;
  killAfter(action: string, nth: number, kill: () => void): void;
  clearFaults(): void;
  leftovers(): readonly string[];
  stop(): Promise<void>;
}

type Run = (more?: With, options?: CloudRunOptions) => Promise<CloudRun>;

interface Opened {
  readonly cloud: Cloud;
  readonly run: Run;
  /** Servers with these inputs are there. */
  readonly made: (inputs: With) => Promise<unknown>;
  /** What the provider has measured of the replica. */
  readonly measure: (seconds: number) => unknown;
  /** As a replica that a person made by hand. */
  readonly unmark: () => void;
}

interface Promotable {
  readonly name: string;
  /** A server that can have replicas. */
  readonly base: With;
  readonly remote: With;
  /** Where the remote replica is named, after it is promoted. */
  readonly remoteInputs: With;
  readonly call: RegExp;
  /** The call, as faults name it, and the nth of its name. */
  readonly fault: { readonly action: string; readonly nth?: number };
  /** A code of the service for what it never does. */
  readonly never: { readonly code: string; readonly status: number };
  readonly lag: string;
  readonly open: () => Promise<Opened>;
}

const CLOUDS: readonly Promotable[] = [
  {
    name: 'RDS',
    base: {},
    remote: { replica_region: 'us-west-2' },
    remoteInputs: { name: 'orders-replica-us-west-2', aws_region: 'us-west-2' },
    call: /^PromoteReadReplica$/,
    fault: { action: 'PromoteReadReplica' },
    never: { code: 'InvalidParameterCombination', status: 400 },
    lag: 'is 42 s behind',
    open: async () => {
      const cloud = shared();
      return {
        cloud,
        run: async (more = {}, options = {}) => awsRun(cloud, { ...onAws(cloud), ...more }, options),
        made: async more => withServer({ ...onAws(cloud), ...more }),
        measure: seconds => cloud.state().metrics.set('ReplicaLag orders-replica-1', seconds),
        unmark: () => {
          const replica = cloud.state().instances.get(REPLICA);
          if (replica !== undefined) replica.tags.tags = [];
        }
      };
    }
  },
  {
    name: 'Cloud SQL',
    base: {},
    remote: { replica_region: 'us-east1' },
    remoteInputs: { name: 'orders-replica-us-east1', gcp_region: 'us-east1' },
    call: /^instances\.promoteReplica$/,
    fault: { action: 'instances.promoteReplica' },
    never: { code: 'invalid', status: 400 },
    lag: 'is 42 s behind',
    open: async () => {
      const cloud = await startGcp();
      return {
        cloud,
        run: async (more = {}, options = {}) => gcpRun(cloud, { ...onGcp(), ...more }, options),
        made: async more => madeOnGcp(cloud, { ...onGcp(), ...more }),
        measure: seconds => cloud.state.metrics.set('replication/replica_lag orders-replica-1', seconds),
        unmark: () => {
          const replica = cloud.instance(REPLICA);
          replica.json = { ...replica.json, settings: { ...object(replica.json['settings']), userLabels: {} } };
          replica.staleLooks = 0;
        }
      };
    }
  },
  {
    name: 'Flexible Server',
    base: {},
    remote: { replica_region: 'West US' },
    remoteInputs: { name: 'orders-replica-westus', location: 'westus' },
    call: /^PATCH flexibleServers$/,
    fault: { action: 'PATCH flexibleServers', nth: 3 },
    never: { code: 'BadRequest', status: 400 },
    lag: 'is 42 s behind',
    open: async () => {
      const cloud = await startAzure({ pace: { busyAfter: 0 } });
      return {
        cloud,
        run: async (more = {}, options = {}) => azureRun(cloud, { ...onAzure(), ...more }, options),
        made: async more => madeOnAzure(cloud, { ...onAzure(), ...more }),
        measure: seconds => cloud.state.metrics.set('physical_replication_delay_in_seconds orders-replica-1', seconds),
        unmark: () => {
          for (const server of cloud.state.servers.values()) if (server.name === REPLICA) server.tags = {};
        }
      };
    }
  },
  {
    name: 'DigitalOcean',
    base: {},
    remote: { replica_region: 'fra1' },
    remoteInputs: { name: 'orders-replica-fra1', digitalocean_region: 'fra1' },
    call: /replicas\/\{name\}\/promote$/,
    fault: { action: 'PUT /databases/{id}/replicas/{name}/promote' },
    never: { code: 'unprocessable_entity', status: 422 },
    lag: 'no figure',
    open: async () => {
      const cloud = await startDigitalOcean({ pace: UNHURRIED });
      return {
        cloud,
        run: async (more = {}, options = {}) => digitaloceanRun(cloud, { ...onDigitalOcean(), ...more }, options),
        made: async more => madeOnDigitalOcean(cloud, { ...onDigitalOcean(), ...more }),
        measure: () => undefined,
        unmark: () => {
          for (const replica of cloud.cluster('orders').replicas.values()) replica.tags = [];
        }
      };
    }
  }
];

const REPLICA = 'orders-replica-1';
const WITH_REPLICA: With = { create_read_replica: 'true', read_replica_count: '1' };

/** Why a plan is refused, the reasons of all steps. */
function refusalsOf(plan: Plan): readonly string[] {
  return plan.steps.flatMap(({ refusal }) => (refusal === undefined ? [] : [`${refusal.rule}: ${refusal.hint}`]));
}

describe.each(CLOUDS)(
  'a promotion on $name',
  ({ name: title, base, remote, remoteInputs, call, fault, never, lag, open }) => {
    let cloud: Cloud;
    let run: Run;
    let made: (more: With) => Promise<unknown>;
    let measure: Opened['measure'];
    let unmark: Opened['unmark'];
    beforeEach(async () => {
      const opened = await open();
      ({ cloud, measure, unmark } = opened);
      run = async (more = {}, options) => opened.run({ ...base, ...more }, options);
      made = async more => opened.made({ ...base, ...more });
    });
    afterEach(async () => cloud.stop());
    const promoted = async (more: With = WITH_REPLICA, replica: string = REPLICA): Promise<OperationPlan> =>
      (await run(more)).operate('promote', { replica });
    const sent = async (work: () => Promise<unknown>): Promise<readonly string[]> => {
      const before = cloud.mutations().length;
      await work();
      return cloud
        .mutations()
        .slice(before)
        .map(({ action }) => action);
    };

    test('is refused without a replica, for another one, until it is confirmed, and of an unmarked one; hints lead to one that runs', async () => {
      await made({});
      const none = await (await run()).planOperation('promote', { replica: REPLICA });
      expect(none).toMatchObject({ verdict: 'blocked', refusals: [{ rule: 'promote' }] });
      expect(none.refusals[0]?.hint).toContain('`create_read_replica: true`');
      await made(WITH_REPLICA);
      const own = await run(WITH_REPLICA);
      const seen = await own.session.observe();
      expect((await own.planOperation('promote', { replica: 'orders' }, seen)).verdict).toBe('blocked');
      const asked = await own.planOperation('promote', {}, seen);
      expect(asked.refusals.map(({ hint }) => hint)).toEqual([`Set \`confirm_promote: ${REPLICA}\`.`]);
      const other = await (
        await run(WITH_REPLICA, { repository: 'acme/other' })
      ).planOperation('promote', {
        replica: REPLICA
      });
      expect(other.refusals[0]?.rule).toBe('not-ours');
      unmark();
      const [refusal] = (await (await run(WITH_REPLICA)).planOperation('promote', { replica: REPLICA })).refusals;
      expect(refusal).toMatchObject({
        rule: 'not-ours',
        hint: expect.stringContaining('adopt_existing: orders') as string
      });
      expect(cloud.mutations().filter(({ action }) => action.includes('romote'))).toEqual([]);
      await (await run({ ...WITH_REPLICA, replica_names: REPLICA, adopt_existing: 'orders' })).apply();
      expect((await promoted()).verdict).toBe('changes');
    });

    test('one that the provider refuses for good leaves marks as they were; the next is one call, and says what it means', async () => {
      await made(WITH_REPLICA);
      const before = cloud.leftovers();
      cloud.fault({ ...fault, ...never });
      const first = await run(WITH_REPLICA);
      await expect(first.operate('promote', { replica: REPLICA })).rejects.toThrow();
      cloud.clearFaults();
      expect(first.execution.lines.join('\n')).toContain('what was written for it is taken back');
      // RDS shows a tag for a while after it was taken away.
      const reads = title === 'RDS' ? 3 : 0;
      for (let read = 0; read < reads; read += 1) await (await run(WITH_REPLICA)).session.observe();
      const seen = await (await run(WITH_REPLICA)).plan();
      expect([refusalsOf(seen.plan), lines(seen.plan)]).toEqual([[], []]);
      expect(cloud.leftovers()).toEqual(before);
      expect(seen.observed.length).toBeGreaterThan(1);

      measure(42);
      const actions = await sent(async () => {
        const plan = await promoted();
        const said = plan.consequences.join('\n');
        expect(said).toContain(lag);
        expect(said).toContain('is lost');
        expect(said).toContain('orders keeps running');
        expect(said).toContain(`\`name: ${REPLICA}\``);
        expect(said).toMatch(/backups/);
      });
      expect(actions.filter(action => call.test(action)).length).toBeGreaterThan(0);
      expect(await sent(async () => expect((await promoted()).verdict).toBe('no-changes'))).toEqual([]);

      // The plan knows which of both is the database, and no apply repairs either.
      const both = await (await run(WITH_REPLICA)).session.observe();
      for (const more of [WITH_REPLICA, {}, { create_read_replica: 'false' }]) {
        const { plan } = await (await run(more)).plan(both);
        expect(plan.verdict).toBe('blocked');
        expect(refusalsOf(plan).join('\n')).toContain(`Write \`name: ${REPLICA}\``);
      }
      const now = await run({ name: REPLICA });
      const { plan, observed } = await now.plan();
      expect(observed[0]).toMatchObject({ ownership: { kind: 'ours', mark: { promotedFrom: 'orders' } } });
      expect(plan.verdict).not.toBe('blocked');
      expect(lines(plan).filter(line => /^(?:delete|create server|adopt)/.test(line))).toEqual([]);
      await (await run({ name: REPLICA })).apply();
      expect(lines((await (await run({ name: REPLICA })).plan()).plan)).toEqual([]);
    });

    test('that ended before its call lets no destroy empty the server, which the replica still follows', async () => {
      await made(WITH_REPLICA);
      const first = await run(WITH_REPLICA);
      // DigitalOcean marks a replica when it is a cluster: until then it goes with its server.
      const marks = call.test('/replicas/{name}/promote') ? 1 : 2;
      cloud.killAfter('*', marks, () => first.execution.abort(new Error('killed')));
      await expect(first.operate('promote', { replica: REPLICA })).rejects.toThrow('killed');
      cloud.clearFaults();
      if (marks === 1) return;
      // RDS shows tags late.
      await (await run(WITH_REPLICA)).session.observe();
      const inputs = { ...WITH_REPLICA, skip_final_snapshot: 'true', database_name: 'shop' };
      const refused = async (): Promise<unknown> => expect((await run(inputs)).destroy()).rejects.toThrow('refused');
      expect(await sent(refused)).toEqual([]);
    });

    test.each([
      ['at once', async () => Promise.all([promoted(), promoted()])],
      [
        'one after the plan of the other',
        async () => (await run(WITH_REPLICA)).operate('promote', { replica: REPLICA }, promoted)
      ]
    ])('that two runs make, %s, is one promotion, and both end well', async (_how, both) => {
      await made(WITH_REPLICA);
      await both();
      const taken = cloud.mutations().filter(({ action, body, status = 0 }) => {
        // Azure promotes by the call that writes tags.
        const isIt = !action.startsWith('PATCH') || JSON.stringify(body).includes('promoteMode');
        return call.test(action) && isIt && status < 300;
      });
      expect(taken).toHaveLength(1);
      expect((await promoted()).verdict).toBe('no-changes');
    });

    test('of a replica in another region gives the inputs that find it', async () => {
      await made(remote);
      const plan = await promoted(remote, remoteInputs['name'] ?? '');
      for (const [name, value] of Object.entries(remoteInputs)) {
        expect(plan.consequences.join('\n')).toContain(`\`${name}: ${value}\``);
      }
      const [server] = await (await run(remoteInputs)).session.observe();
      expect(server?.ownership.kind).toBe('ours');
      expect((await (await run(remote)).plan()).plan.verdict).toBe('blocked');
    });
  }
);

test.each(CLOUDS)(
  'on $name a promotion that is killed, or loses its answer, at any call is finished, and nothing is called twice',
  async ({ base, call, open }) => {
    const opened = new Map<Cloud, Run>();
    const wrong = await interruptEveryCall<Cloud>({
      start: async () => {
        const { cloud, run, made } = await open();
        await made({ ...base, ...WITH_REPLICA });
        opened.set(cloud, run);
        return cloud;
      },
      run: async cloud => {
        const again = opened.get(cloud);
        if (again === undefined) throw new Error('no cloud');
        const run = await again({ ...base, ...WITH_REPLICA });
        return {
          ...run,
          operate: async operation => run.operate(operation, { replica: REPLICA }),
          planOperation: async operation => run.planOperation(operation, { replica: REPLICA })
        };
      },
      isMade: true,
      work: 'promote',
      goesOn: action => call.test(action)
    });
    expect(wrong).toEqual([]);
  },
  60_000
);

describe('on RDS', () => {
  let cloud: FakeAws;
  beforeAll(() => (cloud = account));
  const run: Run = async (more = {}, options = {}) => awsRun(cloud, { ...onAws(cloud), ...more }, options);
  const made = async (more: With): Promise<void> => withServer({ ...onAws(cloud), ...more });

  test('with its region lost the replica is promoted from its own region alone, by its own name', async () => {
    const remote = { replica_region: 'us-west-2' };
    await made(remote);
    const there = { name: 'orders-replica-us-west-2', aws_region: 'us-west-2' };
    const before = cloud.calls().length;
    const plan = await (await run(there)).operate('promote', { replica: there.name });
    expect(plan.steps.map(({ call }) => call)).toEqual(['rds:AddTagsToResource', 'rds:PromoteReadReplica']);
    const regions = cloud
      .calls()
      .slice(before)
      .map(({ region }) => region);
    expect(new Set(regions)).toEqual(new Set(['us-west-2']));
    expect((await (await run(there)).session.observe())[0]?.ownership.kind).toBe('ours');
    // The region is back: its server is not applied to as if nothing had happened.
    const { plan: back } = await (await run(remote)).plan();
    expect(back.verdict).toBe('blocked');
    expect(refusalsOf(back).join()).toContain(there.name);
  });

  test('a replica that someone promoted by hand is neither deleted nor made again, and `promote` writes the marks', async () => {
    await made(WITH_REPLICA);
    const [record, source] = [REPLICA, 'orders'].map(id => cloud.state().instances.get(id));
    if (record === undefined || source === undefined) throw new Error('no replica');
    delete record.live.ReadReplicaSourceDBInstanceIdentifier;
    delete record.live.StatusInfos;
    record.sourceArn = undefined;
    source.live.ReadReplicaDBInstanceIdentifiers = [];
    for (const more of [WITH_REPLICA, { create_read_replica: 'false' }]) {
      const { plan } = await (await run(more)).plan();
      expect(refusalsOf(plan).join('\n')).toContain('`command: promote`');
    }
    await expect((await run({ create_read_replica: 'false' })).apply()).rejects.toThrow('refused changes');
    expect(cloud.state().instances.has(REPLICA)).toBe(true);
    const plan = await (await run(WITH_REPLICA)).operate('promote', { replica: REPLICA });
    expect(plan.steps.map(({ state }) => state)).toEqual(['todo', 'todo', 'done']);
    expect((await (await run({ name: REPLICA })).plan()).plan.verdict).not.toBe('blocked');
  });

  test('the server before can be destroyed, and only it', async () => {
    await made(WITH_REPLICA);
    await (await run(WITH_REPLICA)).operate('promote', { replica: REPLICA });
    await (await run({ name: REPLICA })).apply();
    const { plan } = await (await run()).plan();
    expect(plan.verdict).toBe('blocked');
    const destroyed = await (await run({ skip_final_snapshot: 'true' })).destroy();
    expect(destroyed.notices.map(({ code }) => code)).toContain('kept-for-promoted');
    expect([...cloud.state().instances.keys()]).toEqual([REPLICA]);
    expect(lines((await (await run({ name: REPLICA })).plan()).plan)).toEqual([]);
  });
});

test('a promoted server promotes a replica of its own', async () => {
  const cloud = await startDigitalOcean({ pace: UNHURRIED });
  try {
    const run: Run = async (more = {}) => digitaloceanRun(cloud, { ...onDigitalOcean(), ...more });
    await madeOnDigitalOcean(cloud, { ...onDigitalOcean(), ...WITH_REPLICA });
    await (await run(WITH_REPLICA)).operate('promote', { replica: REPLICA });
    const next = { ...WITH_REPLICA, name: REPLICA };
    await (await run(next)).apply();
    const plan = await (await run(next)).operate('promote', { replica: `${REPLICA}-replica-1` });
    expect(plan.verdict).toBe('changes');
    expect((await (await run(next)).plan()).plan.verdict).toBe('blocked');
  } finally {
    await cloud.stop();
  }
});

describe('on DigitalOcean', () => {
  let cloud: Awaited<ReturnType<typeof startDigitalOcean>>;
  beforeEach(async () => {
    cloud = await startDigitalOcean({ pace: UNHURRIED });
  });
  afterEach(async () => cloud.stop());
  const run: Run = async (more = {}) => digitaloceanRun(cloud, { ...onDigitalOcean(), ...more });
  const made = async (more: With): Promise<void> => madeOnDigitalOcean(cloud, { ...onDigitalOcean(), ...more });
  const replica = () => {
    const found = cloud.cluster('orders').replicas.get(REPLICA);
    if (found === undefined) throw new Error('no replica');
    return found;
  };

  test.each(['offline', 'failed', 'error'])('a replica that is `%s` is not promoted', async doing => {
    await made(WITH_REPLICA);
    Object.assign(replica(), { doing, looks: 1000 });
    const plan = await (await run(WITH_REPLICA)).planOperation('promote', { replica: REPLICA });
    expect(plan.refusals.map(({ rule, message }) => `${rule}: ${message}`)).toEqual([
      `promote: ${REPLICA} is \`${doing}\`.`
    ]);
  });

  test('a promotion of an adopted replica that was killed before its mark is finished by the next run', async () => {
    await made(WITH_REPLICA);
    replica().tags = [];
    const taken = { ...WITH_REPLICA, replica_names: REPLICA, adopt_existing: 'orders' };
    await (await run(taken)).apply();
    const first = await run(taken);
    cloud.killAfter('PUT /databases/{id}/replicas/{name}/promote', 1, () => first.execution.abort(new Error('killed')));
    await expect(first.operate('promote', { replica: REPLICA })).rejects.toThrow('killed');
    cloud.clearFaults();
    expect(cloud.cluster(REPLICA).tags).toEqual([]);
    expect((await (await run(taken)).operate('promote', { replica: REPLICA })).verdict).toBe('changes');
    expect((await (await run({ name: REPLICA })).session.observe())[0]?.ownership.kind).toBe('ours');
  });

  test('a cluster without a mark that never was our replica is not taken for an adopted one', async () => {
    await madeOnDigitalOcean(cloud, onDigitalOcean(), { ...onDigitalOcean(), name: 'strangers' });
    cloud.cluster('strangers').tags = [];
    const plan = await (await run()).planOperation('promote', { replica: 'strangers' });
    expect(plan.refusals.map(({ rule }) => rule)).toEqual(['not-ours']);
  });

  test('under its own name a promoted replica is looked at alone, and nothing is written', async () => {
    await made(WITH_REPLICA);
    await (await run(WITH_REPLICA)).operate('promote', { replica: REPLICA });
    const before = cloud.mutations().length;
    const plan = await (await run({ name: REPLICA })).operate('promote', { replica: REPLICA });
    expect([plan.verdict, plan.steps.map(({ address }) => address)]).toEqual(['no-changes', [`replica/${REPLICA}`]]);
    expect(cloud.mutations()).toHaveLength(before);
  });

  test('an import names the region of the cluster, and the replicas that are in it', async () => {
    const wanted = { ...WITH_REPLICA, read_replica_count: '2', replica_region: 'fra1' };
    await made(wanted);
    const { session } = await run(wanted);
    const { place, pinned } = await session.inputsOf(await session.observe());
    expect(place).toEqual({ digitalocean_region: 'nyc3' });
    expect(pinned).toMatchObject({ create_read_replica: 'true', read_replica_count: '2' });
    expect(pinned).not.toHaveProperty('replica_region');
  });
});
