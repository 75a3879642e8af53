import { readFile } from 'node:fs/promises';
import { openAws, type AwsHarness } from '../support/aws-harness.ts';
import { everythingOf, PASSWORD } from '../support/cloud-harness.ts';
import type { Step } from '../support/job.ts';
import { changesOf } from '../support/harness.ts';

interface Example {
  readonly name: string;
  /** Inputs that are set differently for the second apply. */
  readonly change: Readonly<Record<string, string>>;
  /** What the plan of that says. */
  readonly changes: readonly string[];
  /** Snapshots that outlive the database. */
  readonly snapshots?: RegExp;
}

const EXAMPLES: readonly Example[] = [
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
    name: 'aws-development',
    change: { publicly_accessible: 'false' },
    changes: ['server publicly_accessible: true → false (online)']
  },
  {
    name: 'aws-staging',
    change: { instance_class: 'db.t3.medium', apply_immediately: 'true' },
    changes: ['server instance_class: db.t3.small → db.t3.medium (failover)']
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
    name: 'aws-access-control',
    change: { iam_database_authentication_enabled: 'false' },
    changes: ['server iam_database_authentication_enabled: true → false (online)']
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
    name: 'aws-performance',
    change: { storage_iops: '18000', apply_immediately: 'true' },
    changes: ['server storage_iops: 16000 → 18000 (online)']
  },
  {
    name: 'aws-pooling',
    change: { parameters: 'max_connections: 300\nshared_buffers: 256MB', allow_restart: 'true' },
    changes: [
      'parameter-group/postgres17 parameters.max_connections: 200 → 300 (restart)',
      'proxy max_connections_percent: 10 % → 7 % (online)'
    ]
  },
  {
    name: 'aws-low-cost',
    change: { allocated_storage: '30', apply_immediately: 'true' },
    changes: ['server allocated_storage: 20 GiB → 30 GiB (online)']
  }
];

describe.each(EXAMPLES)('the example $name', ({ name, change, changes, snapshots }) => {
  let on: AwsHarness;
  beforeAll(async () => {
    on = await openAws();
  });
  afterAll(async () => on.close());

  const run = async (inputs: Readonly<Record<string, string>>): Promise<Step> => {
    const step = await on.step(inputs);
    if (step.exitCode !== 0) throw new Error(step.log);
    expect(everythingOf(step)).not.toContain(PASSWORD);
    return step;
  };

  test('is planned, applied, planned again without changes, changed, applied, and destroyed completely', async () => {
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

    if (inputs['enable_deletion_protection'] === 'true') {
      await expect((await on.inProcess(other)).destroy()).rejects.toMatchObject({ code: 'plan-blocked' });
      await (await on.inProcess({ ...other, enable_deletion_protection: 'false' })).apply();
    }
    const destroyed = await run({ ...other, command: 'destroy', confirm_destroy: inputs['name'] ?? '' });
    expect(destroyed.outputs['result']).toBe('destroyed');
    expect(on.aws.leftovers().filter(line => !line.startsWith('snapshot '))).toEqual([]);
    const kept = [...on.aws.state().snapshots.keys()];
    expect(kept).toEqual([expect.stringMatching(snapshots ?? new RegExp(`^${inputs['name']}-final-\\d{14}$`))]);
  }, 120_000);
});
