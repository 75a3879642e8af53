import { startAws } from '../../clouds/aws/fake-aws.ts';
import { startAzure, type FakeAzure } from '../../clouds/azure/fake-azure.ts';
import { startDigitalOcean } from '../../clouds/digitalocean/fake-digitalocean.ts';
import { startGcp, type FakeGcp } from '../../clouds/gcp/fake-gcp.ts';
import { basic as onAws } from '../../support/aws-inputs.ts';
import { awsRun } from '../../support/aws-run.ts';
import { basic as onAzure } from '../../support/azure-inputs.ts';
import { azureRun } from '../../support/azure-run.ts';
import { lines, type CloudRun } from '../../support/cloud-run.ts';
import { basic as onDigitalOcean } from '../../support/digitalocean-inputs.ts';
import { digitaloceanRun } from '../../support/digitalocean-run.ts';
import { basic as onGcp } from '../../support/gcp-inputs.ts';
import { gcpRun } from '../../support/gcp-run.ts';
import { madeOnAzure, madeOnDigitalOcean, madeOnGcp } from '../../support/made-before.ts';

type With = Readonly<Record<string, string>>;

interface Cloud {
  mutations(): readonly { readonly action: string; readonly body?: unknown; readonly status?: number }[];
  fault(rule: { action: string; nth: number; when: 'after'; mutating: boolean }): void;
  killAfter(action: string, nth: number, kill: () => void): void;
  clearFaults(): void;
  stop(): Promise<void>;
}

interface Opened {
  readonly cloud: Cloud;
  readonly run: (more?: With) => Promise<CloudRun>;
  /** A server with these inputs is there. */
  readonly made: (inputs: With) => Promise<void>;
  /** Makes the replica one that the provider switches over to. */
  readonly pair: () => void;
  /** Remembers the marks, and writes them again: what a person does by hand leaves them as they were. */
  readonly marks: () => () => void;
}

interface Switchable {
  readonly name: string;
  readonly inputs: With;
  readonly replica: string;
  /** The inputs that name the replica. */
  readonly there: With;
  /** In the refusal of a replica that is not paired. */
  readonly unpaired: string;
  /** Said of a promotion of one that is paired, which leaves the server before on its own. */
  readonly rejoins?: string;
  readonly open: () => Promise<Opened>;
}

const CLOUDS: readonly Switchable[] = [
  {
    name: 'Cloud SQL',
    inputs: {
      ...onGcp(),
      tier: 'db-perf-optimized-N-2',
      replica_region: 'us-east1',
      backup_retention_period: '7',
      enable_binary_log_backup: 'true'
    },
    replica: 'orders-replica-us-east1',
    there: {
      ...onGcp(),
      tier: 'db-perf-optimized-N-2',
      backup_retention_period: '7',
      enable_binary_log_backup: 'true',
      name: 'orders-replica-us-east1',
      gcp_region: 'us-east1',
      create_read_replica: 'true',
      replica_names: 'orders'
    },
    unpaired: '--failover-dr-replica-name',
    rejoins: '`gcloud sql instances promote-replica orders-replica-us-east1 --failover`',
    open: async () => {
      const cloud: FakeGcp = await startGcp();
      return {
        cloud,
        run: async (more = {}) => gcpRun(cloud, more),
        made: async given => madeOnGcp(cloud, given),
        pair: () => {
          const primary = cloud.state.instances.get('orders');
          if (primary === undefined) throw new Error('no primary');
          primary.json = {
            ...primary.json,
            replicationCluster: { failoverDrReplicaName: 'orders-replica-us-east1', psaWriteEndpoint: 'write.example' }
          };
        },
        marks: () => {
          const kept = [...cloud.state.instances].map(
            ([name, { json }]) => [name, settingsOf(json)['userLabels']] as const
          );
          return () => {
            for (const [name, userLabels] of kept) {
              const one = cloud.state.instances.get(name);
              if (one !== undefined) one.json = { ...one.json, settings: { ...settingsOf(one.json), userLabels } };
            }
          };
        }
      };
    }
  },
  {
    name: 'Flexible Server',
    inputs: { ...onAzure(), create_read_replica: 'true' },
    replica: 'orders-replica-1',
    there: { ...onAzure(), name: 'orders-replica-1', create_read_replica: 'true', replica_names: 'orders' },
    unpaired: 'virtual-endpoint create',
    open: async () => {
      const cloud: FakeAzure = await startAzure({ pace: { busyAfter: 0 } });
      return {
        cloud,
        run: async (more = {}) => azureRun(cloud, more),
        made: async given => madeOnAzure(cloud, given),
        pair: () => {
          const source = [...cloud.state.servers.values()].find(({ name }) => name === 'orders');
          source?.virtualEndpoints.set('shop', {
            endpointType: 'ReadWrite',
            members: ['orders-replica-1'],
            virtualEndpoints: ['shop.writer.postgres.database.azure.com', 'shop.reader.postgres.database.azure.com']
          });
        },
        marks: () => {
          const kept = [...cloud.state.servers.values()].map(one => [one, one.tags] as const);
          return () => {
            for (const [one, tags] of kept) one.tags = tags;
          };
        }
      };
    }
  }
];

const settingsOf = (json: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  json['settings'] as Record<string, unknown>;

const isSwitchover = ({ action, body }: { readonly action: string; readonly body?: unknown }): boolean =>
  action === 'instances.switchover' || JSON.stringify(body ?? {}).includes('Switchover');

describe.each(CLOUDS)('a switchover on $name', ({ inputs, replica, there, unpaired, rejoins = '', open }) => {
  let cloud: Cloud;
  let run: Opened['run'];
  let pair: Opened['pair'];
  let marks: Opened['marks'];
  beforeEach(async () => {
    const opened = await open();
    ({ cloud, run, pair, marks } = opened);
    await opened.made(inputs);
  });
  afterEach(async () => cloud.stop());

  test('is refused for a replica that is not paired, with the way to a pair; and until it is confirmed', async () => {
    const refused = await (await run(inputs)).planOperation('switchover', { replica });
    expect(refused).toMatchObject({ verdict: 'blocked', refusals: [{ rule: 'switchover' }] });
    expect(refused.refusals[0]?.hint).toContain(unpaired);
    expect(refused.refusals[0]?.hint).toContain('`command: promote`');
    pair();
    const paired = await run(inputs);
    const seen = await paired.session.observe();
    const asked = await paired.planOperation('switchover', {}, seen);
    expect(asked.refusals.map(({ hint }) => hint)).toEqual([`Set \`confirm_switchover: ${replica}\`.`]);
    const promotion = await paired.planOperation('promote', { replica }, seen);
    expect(promotion.consequences.join('\n')).toContain(rejoins);
  });

  test('changes the roles, once; the server before is the replica, and the way back is the same command', async () => {
    pair();
    const plan = await (await run(inputs)).operate('switchover', { replica });
    expect(plan.consequences.join('\n')).toContain('nothing is lost');
    const before = cloud.mutations().length;
    expect((await (await run(inputs)).operate('switchover', { replica })).verdict).toBe('no-changes');
    expect(cloud.mutations().length).toBe(before);
    await expect(run(inputs).then(async one => one.plan())).rejects.toThrow(`read replica of ${replica}`);
    const next = await (await run(there)).plan();
    expect(next.plan.steps.flatMap(({ refusal }) => refusal?.message ?? [])).toEqual([]);
    expect(lines(next.plan).filter(line => /^(?:create|delete|adopt)/.test(line))).toEqual([]);
    await (await run(there)).apply();
    const back = await (await run(there)).operate('switchover', { replica: 'orders' });
    expect(back.verdict).toBe('changes');
    expect((await (await run(inputs)).plan()).plan.verdict).not.toBe('blocked');
    await expect(run(there).then(async one => one.plan())).rejects.toThrow('read replica of orders');
  });

  test('that someone made by hand is noted in the marks by the same command, and not made again', async () => {
    pair();
    const restore = marks();
    await (await run(inputs)).operate('switchover', { replica });
    restore();
    const count = cloud.mutations().length;
    const noted = await (await run(inputs)).operate('switchover', { replica });
    expect(noted.verdict).toBe('changes');
    expect(cloud.mutations().slice(count).filter(isSwitchover)).toEqual([]);
    await expect(run(inputs).then(async one => one.plan())).rejects.toThrow(`read replica of ${replica}`);
    const next = await (await run(there)).plan();
    expect(next.plan.steps.flatMap(({ refusal }) => refusal?.message ?? [])).toEqual([]);
    expect(lines(next.plan).filter(line => /^(?:create|delete|adopt)/.test(line))).toEqual([]);
  });

  test('that two runs make at once, or another one after the plan, is one switchover', async () => {
    pair();
    const taken = (): number => cloud.mutations().filter(one => isSwitchover(one) && (one.status ?? 0) < 300).length;
    const both = [await run(inputs), await run(inputs)];
    await Promise.all(both.map(async one => one.operate('switchover', { replica })));
    expect(taken()).toBe(1);
    await (await run(there)).apply();
    const [first, other] = [await run(there), await run(there)];
    await first.operate('switchover', { replica: 'orders' }, async () =>
      other.operate('switchover', { replica: 'orders' })
    );
    expect(taken()).toBe(2);
  });

  test.each(['killed', 'lost'] as const)('that is %s at any call is finished, with one switchover', async how => {
    pair();
    const count = cloud.mutations().length;
    for (let nth = 1; nth <= 3; nth += 1) {
      const one = await run(inputs);
      if (how === 'killed') cloud.killAfter('*', nth, () => one.execution.abort(new Error('killed')));
      else cloud.fault({ action: '*', nth, when: 'after', mutating: true });
      await one.operate('switchover', { replica }).catch(() => undefined);
      cloud.clearFaults();
    }
    await (await run(inputs)).operate('switchover', { replica });
    const [server] = await (await run(there)).session.observe();
    expect(server?.ownership.kind).toBe('ours');
    expect(cloud.mutations().slice(count).filter(isSwitchover).length).toBe(1);
  });
});

// https://cloud.google.com/sql/docs/postgres/use-advanced-disaster-recovery, its requirements
test('a switchover of Cloud SQL needs one version and one SSL mode of both instances', async () => {
  const inputs = { ...CLOUDS[0]?.inputs, ssl_mode: 'ENCRYPTED_ONLY' };
  const cloud = await startGcp();
  const refusals = async (): Promise<readonly string[]> =>
    (
      await (await gcpRun(cloud, inputs)).planOperation('switchover', { replica: 'orders-replica-us-east1' })
    ).refusals.map(({ message }) => message);
  const change = (name: string, more: Readonly<Record<string, unknown>>): void => {
    const one = cloud.instance(name);
    one.json = { ...one.json, ...more };
  };
  try {
    await madeOnGcp(cloud, inputs);
    change('orders', { replicationCluster: { failoverDrReplicaName: 'orders-replica-us-east1' } });
    expect(await refusals()).toEqual([]);
    const replica = cloud.instance('orders-replica-us-east1').json;
    const settings = settingsOf(replica);
    const ipConfiguration = { ...(settings['ipConfiguration'] as object), sslMode: 'ALLOW_UNENCRYPTED_AND_ENCRYPTED' };
    change('orders-replica-us-east1', { settings: { ...settings, ipConfiguration } });
    expect(await refusals()).toEqual([expect.stringContaining('needs one mode')]);
    // As the hint says.
    await (await gcpRun(cloud, inputs)).apply();
    expect(await refusals()).toEqual([]);
    change('orders-replica-us-east1', { databaseVersion: 'POSTGRES_18' });
    expect(await refusals()).toEqual([expect.stringContaining('needs one version')]);
  } finally {
    await cloud.stop();
  }
});

// https://github.com/Azure/azure-cli/issues/33776
test('a replica of Flexible Server takes over where Azure wants the name of its server', async () => {
  const [, flexible] = CLOUDS;
  const opened = await flexible?.open();
  if (flexible === undefined || opened === undefined) throw new Error('no Flexible Server');
  const { inputs, replica, there } = flexible;
  const { cloud, run, made, pair } = opened;
  try {
    await made(inputs);
    pair();
    (cloud as FakeAzure).state.askForSource.add(replica);
    await (await run(inputs)).operate('switchover', { replica });
    expect(
      cloud
        .mutations()
        .filter(isSwitchover)
        .map(({ status }) => status)
    ).toEqual([400, 202]);
    expect((await (await run(there)).plan()).plan.verdict).not.toBe('blocked');
  } finally {
    await cloud.stop();
  }
});

test('elsewhere a switchover is refused, and the hint says what does the same', async () => {
  const [aws, digitalocean] = [await startAws(), await startDigitalOcean()];
  const hint = expect.stringContaining('`command: promote`') as string;
  try {
    await (await awsRun(aws, onAws(aws))).apply();
    await madeOnDigitalOcean(digitalocean, onDigitalOcean());
    const onRds = await (await awsRun(aws, onAws(aws))).planOperation('switchover');
    expect(onRds).toMatchObject({ verdict: 'blocked', refusals: [{ rule: 'switchover', hint }] });
    const run = await digitaloceanRun(digitalocean, onDigitalOcean());
    await expect(run.planOperation('switchover')).rejects.toMatchObject({ code: 'unsupported', hint });
  } finally {
    await Promise.all([aws.stop(), digitalocean.stop()]);
  }
});
