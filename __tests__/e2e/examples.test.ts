import { readFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import path from 'node:path';
import { OTHERWISE } from '../../scripts/check/migrations/rows.ts';
import type { EventChoice } from '../clouds/github/events.ts';
import { ask } from '../support/client.ts';
import { EXAMPLES, exampleFiles, exampleJobs, type ExampleJob, type ExampleStep } from '../support/examples.ts';
import type { Job, Step } from '../support/job.ts';
import { openHarness, type Harness } from '../support/harness.ts';

/** What the repositories of the examples have set. */
const VALUES = {
  VPC_ID: 'vpc-0a1b2c3d4e5f60718',
  SUBNET_IDS: 'subnet-0a1b2c3d4e5f60718\nsubnet-0a1b2c3d4e5f60719',
  DATABASE_PASSWORD: 'correct-horse-battery',
  DATABASE_PASSWORD_SEED: 'correct-horse-battery-staple'
};

/** What a client finds in the database of an example after its login. */
const FINDINGS: Readonly<Record<string, readonly [sql: string, answer: unknown]>> = {
  'local-application-role.yml': [
    `select count(*)::int || ' ' || current_user || ' ' || has_schema_privilege('public', 'create') from orders`,
    '500 shop_app false'
  ],
  'local-extensions-init-sql.yml': [
    `select count(*)::int || ' ' || current_user || ' ' || current_setting('work_mem') from orders`,
    '500 shop_owner 16MB'
  ],
  'local-replica.yml': ['select count(*)::int from pg_stat_replication', 2],
  'local-service-container-replacement.yml': [`select current_user || ' ' || current_database()`, 'app app'],
  'local-snapshot-cache.yml': ['select count(*)::int from orders', 500],
  'local-tls.yml': ['select ssl from pg_stat_ssl where pid = pg_backend_pid()', true]
};

/** Examples for a cloud, with `cloud_provider: local` in its place: the event, and what comes before and out of it. */
const HERE: readonly (readonly [
  file: string,
  event: EventChoice['name'],
  before: readonly Readonly<Record<string, string>>[],
  outputs: Readonly<Record<string, unknown>>
])[] = [
  ['ghes.yml', 'pull_request', [], { command: 'plan', result: 'planned' }],
  ['private-network.yml', 'push', [], { command: 'apply', result: 'applied', database: expect.any(String) }],
  ['cost-report.yml', 'pull_request', [], { result: 'planned', monthly_cost: expect.stringMatching(/^\d/) }],
  ['scheduled-snapshot.yml', 'schedule', [{}], { command: 'snapshot', snapshot_id: expect.stringMatching(/./) }],
  [
    'monthly-restore-check.yml',
    'schedule',
    [{ extensions: 'pgcrypto,pg_trgm', init_sql: 'db/schema.sql' }, { command: 'snapshot' }],
    { command: 'restore-check' }
  ],
  ['preview-deployment.yml', 'pull_request', [{ name: 'shared' }], { result: 'applied', database: expect.any(String) }],
  [
    'pull-request-migrations.yml',
    'pull_request',
    [{ name: 'shared' }],
    { result: 'applied', database: expect.stringMatching(/^pr_/) }
  ],
  ['application-role.yml', 'push', [], { result: 'applied', database: 'shop', username: 'shop_app' }]
];

/** Examples that ask this action for the same are run once, under the names of all. */
const distinct = Map.groupBy(exampleJobs(), ({ file, steps }) => JSON.stringify([FINDINGS[file], steps]));
const titled = [...distinct.values()].flatMap(alike => {
  const [first] = alike;
  const title = alike.map(example => [example.file, ...Object.values(example.matrix)].join(' ')).join(', ');
  return first === undefined ? [] : [[title, first] as const];
});

describe('the example', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await openHarness();
  });
  afterAll(async () => harness.close());

  /**
   * Runs the steps one after the other as the runner does; the last one's outputs are those that the workflow reads.
   */
  async function run(job: Job, steps: readonly ExampleStep[]): Promise<readonly Step[]> {
    const done: Step[] = [];
    for (const { inputs } of steps) {
      const step = await job.step(inputs);
      expect([step.exitCode, step.outputs['failure_reason'], step.annotations]).toEqual([0, undefined, []]);
      done.push(step);
    }
    return done;
  }

  async function look({ file }: ExampleJob, step: Step | undefined): Promise<void> {
    const [sql, answer] = FINDINGS[file] ?? ['select current_database()', 'app_test'];
    expect(await ask(step?.outputs['database_url'], sql)).toEqual(answer);
  }

  /** The post steps run in reverse. */
  async function finish(job: Job, steps: readonly Step[]): Promise<void> {
    for (const step of steps.toReversed()) expect((await job.post(step)).exitCode).toBe(0);
    expect(await job.end()).toEqual([]);
  }

  test.each(titled)('%s does what it says and leaves nothing behind', async (_title, example) => {
    const number = harness.github.seedPull().number;
    const job = await harness.job({ name: 'pull_request', number });
    await cp(EXAMPLES, job.workspace, { recursive: true });
    const steps = await run(job, example.steps);
    await look(example, steps.at(-1));
    const kept = path.join(job.workspace, '.pgkeep');

    if (example.steps.some(step => step.condition !== undefined)) {
      const next = await harness.job({ name: 'pull_request', number });
      await cp(EXAMPLES, next.workspace, { recursive: true });
      await cp(kept, path.join(next.workspace, '.pgkeep'), { recursive: true });
      const again = await run(
        next,
        example.steps.filter(step => step.condition === undefined)
      );
      await look(example, again.at(-1));
      await finish(next, again);
    }
    await finish(job, steps);
  });

  test.each(HERE)('%s does on the runner what it does on a cloud', async (file, name, before, outputs) => {
    const number = harness.github.seedPull().number;
    const [example] = exampleJobs([file], VALUES);
    const inputs = { ...example?.steps[0]?.inputs, cloud_provider: 'local' };
    const event = { name, number } as EventChoice;
    const job = await harness.job(event);
    await cp(EXAMPLES, job.workspace, { recursive: true });
    for (const more of before) {
      const { config, environment, master_password } = inputs as Readonly<Record<string, string | undefined>>;
      const base = { config, environment, master_password, cloud_provider: 'local', command: 'apply', ...more };
      const given = Object.entries(base).filter((entry): entry is [string, string] => entry[1] !== undefined);
      const earlier = await job.step(Object.fromEntries(given));
      expect([earlier.exitCode, earlier.outputs['failure_reason']]).toEqual([0, undefined]);
    }
    const step = await job.step(inputs);
    expect([step.exitCode, step.outputs]).toEqual([0, expect.objectContaining(outputs)]);
    await job.end();
  });

  test('are all run as they stand there, but for those that name the reason', () => {
    for (const file of Object.keys(OTHERWISE)) expect(exampleFiles()).toContain(file);
    const page = readFileSync(path.join(EXAMPLES, 'README.md'), 'utf8');
    for (const [file, why] of Object.entries(OTHERWISE)) expect(page).toContain(`- \`${file}\`: ${why}`);
  });
});
