import { readFile } from 'node:fs/promises';
import { PROMPT } from '../clouds/aws/fake-aws.ts';
import { openAws, type AwsHarness } from '../support/aws-harness.ts';
import { everythingOf, PASSWORD } from '../support/cloud-harness.ts';
import { exampleJobs } from '../support/examples.ts';
import type { Step } from '../support/job.ts';
import { changesOf } from '../support/harness.ts';

type Inputs = Readonly<Record<string, string>>;

interface Example {
  readonly name: string;
  /** Inputs that are set differently for the second apply. */
  readonly change: Readonly<Record<string, string>>;
  /** What the plan of that says. */
  readonly changes: readonly string[];
  /** Snapshots that outlive the database. */
  readonly snapshots?: RegExp;
}

const EXAMPLES: readonly [Example, ...Example[]] = [
  {
    name: 'aws-basic',
    change: { backup_retention_period: '8' },
    changes: ['server backup_retention_period: 7 days → 8 days (online)']
  },
  {
    name: 'aws-advanced',
    change: { read_replica_count: '1', backup_window: '02:00-03:00' },
    changes: ['- replica/2', 'server backup_window: 03:00-04:00 → 02:00-03:00 (online)']
  },
  {
    name: 'aws-production',
    change: { monitoring_interval: '30' },
    changes: [
      'server monitoring_interval: 60 s → 30 s (online)',
      'replica/1 monitoring_interval: 60 s → 30 s (online)',
      'replica/2 monitoring_interval: 60 s → 30 s (online)'
    ]
  },
  {
    name: 'aws-security',
    change: { allowed_cidr_blocks: '10.0.0.0/16' },
    changes: ['security-group rules.ingress tcp 5432 172.16.0.0/12: PostgreSQL from 172.16.0.0/12 → null (online)']
  },
  {
    name: 'aws-monitoring',
    change: { alarms: 'cpu: { threshold: 90 }' },
    changes: ['alarm/cpu threshold: 80 → 90 (online)', '- alarm/connections', '- alarm/read_latency']
  },
  {
    name: 'aws-backup',
    change: { backup_retention_period: '31' },
    changes: ['server backup_retention_period: 30 days → 31 days (online)'],
    snapshots: /^learning-assistant-final-snapshot$/
  },
  {
    name: 'aws-point-in-time',
    change: { backup_window: '02:00-03:00' },
    changes: ['server backup_window: 03:00-04:00 → 02:00-03:00 (online)'],
    snapshots: /^learning-assistant-pitr-final$/
  },
  {
    name: 'aws-pooling',
    change: { parameters: 'max_connections: 300\nshared_buffers: 256MB', allow_restart: 'true' },
    changes: [
      'parameter-group/postgres17 parameters.max_connections: 200 → 300 (restart)',
      'proxy max_connections_percent: 10 % → 7 % (online)'
    ]
  }
];

/** Servers with other values, which unit/providers makes and changes: whole-life, storage, changed-inputs. */
const PLAIN = ['aws-development', 'aws-staging', 'aws-access-control', 'aws-performance', 'aws-low-cost'];

describe('an example', () => {
  let on: AwsHarness;
  let back = (): void => {};
  beforeAll(async () => {
    on = await openAws(PROMPT);
    back = on.aws.savepoint();
  });
  beforeEach(() => {
    back();
  });
  afterAll(async () => on.close());

  const run = async (inputs: Readonly<Record<string, string>>): Promise<Step> => {
    const step = await on.step(inputs);
    if (step.exitCode !== 0) throw new Error(step.log);
    expect(everythingOf(step)).not.toContain(PASSWORD);
    return step;
  };

  test('is planned, applied, planned again without changes, changed, applied, and destroyed completely', async () => {
    const [{ name, change, changes }] = EXAMPLES;
    const inputs = on.example(name);
    const planned = await run({ ...inputs, command: 'plan' });
    expect(planned.outputs).toMatchObject({
      result: 'planned',
      has_changes: 'true',
      to_update: '0',
      to_delete: '0',
      blocked: '0'
    });
    expect(on.aws.mutations()).toEqual([]);
    expect(await readFile(planned.outputs['plan_json'] ?? '', 'utf8')).not.toContain(PASSWORD);

    const applied = await run(inputs);
    expect(applied.outputs).toMatchObject({ result: 'applied', plan_digest: planned.outputs['plan_digest'] });
    expect(applied.masked).toContain(PASSWORD);
    const again = await run({ ...inputs, command: 'plan' });
    expect([await changesOf(again), again.outputs['result']]).toEqual([[], 'no-changes']);

    const other = { ...inputs, ...change };
    const changed = await run(other);
    expect(changed.outputs).toMatchObject({ result: 'applied' });
    expect(await changesOf(changed)).toEqual(changes);
    expect(await on.planned(other)).toEqual([]);
    const destroyed = await run({ ...other, command: 'destroy', confirm_destroy: inputs['name'] ?? '' });
    expect(destroyed.outputs['result']).toBe('destroyed');
    expectOnlySnapshots(inputs['name'] ?? '');
  }, 120_000);

  test.each(PLAIN)('%s is planned without a problem', async name => {
    const planned = await run({ ...on.example(name), command: 'plan' });
    expect(planned.outputs).toMatchObject({ result: 'planned', to_update: '0', to_delete: '0', blocked: '0' });
    expect(await changesOf(planned)).toContain('+ server');
  });

  /**
   * What is applied in this process is what a step reads: its plan has the change and nothing else. Where an input
   * names the final snapshot, it is destroyed as well; that everything goes, unit/providers/aws/lifecycle shows.
   */
  test.each(EXAMPLES.slice(1))(
    '$name is applied, planned with its change alone, and leaves the snapshot that it names',
    async ({ name, change, changes, snapshots }) => {
      const inputs = on.example(name);
      await (await on.inProcess(inputs)).apply();
      const before = on.aws.mutations().length;
      const other = await run({ ...inputs, ...change, command: 'plan' });
      expect([await changesOf(other), on.aws.mutations().length]).toEqual([changes, before]);
      if (snapshots === undefined) return;
      if (inputs['enable_deletion_protection'] === 'true') {
        await expect((await on.inProcess(inputs)).destroy()).rejects.toMatchObject({ code: 'plan-blocked' });
        await (await on.inProcess({ ...inputs, enable_deletion_protection: 'false' })).apply();
      }
      await (await on.inProcess(inputs)).destroy();
      expectOnlySnapshots(inputs['name'] ?? '', snapshots);
    },
    60_000
  );

  function expectOnlySnapshots(name: string, named = new RegExp(`^${name}-final-\\d{14}$`)): void {
    expect(on.aws.leftovers().filter(line => !line.startsWith('snapshot '))).toEqual([]);
    expect([...on.aws.state().snapshots.keys()]).toEqual([expect.stringMatching(named)]);
  }
});

describe('the examples of day two', () => {
  const PLACE = { name: 'orders', cloud_provider: 'aws', aws_region: 'eu-west-1', environment: 'production' };
  const BEFORE = {
    ...PLACE,
    engine_version: '16',
    instance_class: 'db.t4g.medium',
    allocated_storage: '20',
    master_password: PASSWORD,
    parameters: 'rds.logical_replication: 1',
    backup_retention_period: '14'
  };
  const stepsOf = (file: string, values: Readonly<Record<string, string>> = {}): readonly Inputs[] =>
    exampleJobs([file], { DATABASE_PASSWORD: PASSWORD, ...values }).flatMap(({ steps }) =>
      steps.map(one => one.inputs)
    );
  let on: AwsHarness;
  let empty = (): void => {};
  let toServer = (): void => {};
  beforeAll(async () => {
    on = await openAws(PROMPT);
    empty = on.aws.savepoint();
    await (await on.inProcess(BEFORE)).apply();
    toServer = on.aws.savepoint();
  });
  afterAll(async () => on.close());
  const versions = (): readonly string[] =>
    [...on.aws.state('eu-west-1').instances.values()].map(({ live }) => live.EngineVersion?.slice(0, 2) ?? '');

  test('blue-green-upgrade.yml prepares the copy, switches over, and keeps the server before for a day', async () => {
    toServer();
    const [prepare = {}, change = {}] = stepsOf('blue-green-upgrade.yml');
    expect((await on.step(prepare)).outputs['result']).toBe('applied');
    expect([versions().toSorted(), on.aws.state('eu-west-1').instances.get('orders')?.live.EngineVersion]).toEqual([
      ['16', '17'],
      expect.stringMatching(/^16/)
    ]);
    expect((await on.step(change)).exitCode).toBe(0);
    expect(on.aws.state('eu-west-1').instances.get('orders')?.live.EngineVersion).toMatch(/^17/);
    const cleaned = await on.step(change);
    expect([cleaned.exitCode, cleaned.outputs['result'], versions().toSorted()]).toEqual([
      0,
      'no-changes',
      ['16', '17']
    ]);
  });

  test('blue-green-merge-queue.yml plans, checks, and applies both steps of the upgrade on merge', async () => {
    toServer();
    const [inputs = {}] = stepsOf('blue-green-merge-queue.yml');
    const { github } = on.harness;
    const number = github.seedPull().number;
    expect((await on.step(inputs, { name: 'pull_request', number })).outputs['result']).toBe('planned');
    expect((await on.step(inputs, { name: 'merge_group', number })).outputs['command']).toBe('check');
    const applied = await on.step(inputs, { name: 'push', sha: github.merge(number) });
    expect(applied.outputs['result']).toBe('applied');
    expect(on.aws.state('eu-west-1').instances.get('orders')?.live.EngineVersion).toMatch(/^17/);
  });

  test('region-lost.yml says what it would do, and makes the replica of another region the database', async () => {
    empty();
    await (await on.inProcess({ ...BEFORE, aws_region: 'us-east-1', replica_region: 'eu-west-1' })).apply();
    const [said = {}] = stepsOf('region-lost.yml', { dry_run: 'true' });
    const before = on.aws.mutations().length;
    expect([(await on.step(said)).exitCode, on.aws.mutations().length]).toEqual([0, before]);
    const [done = {}] = stepsOf('region-lost.yml', { dry_run: 'false' });
    const step = await on.step(done);
    expect([step.exitCode, step.outputs['host']]).toEqual([0, expect.stringContaining('eu-west-1')]);
    expect(on.aws.mutations().map(({ action }) => action)).toContain('PromoteReadReplica');
  });

  test('stopped-at-night.yml starts the server of the morning and stops that of the evening', async () => {
    const [start = {}, stop = {}] = stepsOf('stopped-at-night.yml');
    empty();
    await (await on.inProcess({ ...BEFORE, environment: 'test' })).apply();
    const status = (): unknown => on.aws.state('eu-west-1').instances.get('orders')?.rest;
    expect([(await on.step(stop)).exitCode, status()]).toEqual([0, 'stopped']);
    expect([(await on.step(start)).exitCode, status()]).toEqual([0, 'available']);
  });
});
