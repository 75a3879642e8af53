import { readFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import path from 'node:path';
import { OTHERWISE } from '../../scripts/check/migrations/rows.ts';
import type { EventChoice } from '../clouds/github/events.ts';
import { ask } from '../support/client.ts';
import {
  EXAMPLES,
  exampleFiles,
  exampleJobs,
  localExampleFiles,
  type ExampleJob,
  type ExampleStep
} from '../support/examples.ts';
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
  'local-service-container-replacement.yml': [`select current_user || ' ' || current_database()`, 'app app']
};

/** Examples with which another test file begins. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'local-extensions-init-sql.yml': 'local-init-sql.test.ts',
  'local-replica.yml': 'local-replicas.test.ts',
  'local-snapshot-cache.yml': 'local-snapshots.test.ts',
  'local-tls.yml': 'local-tls.test.ts',
  'monthly-restore-check.yml': 'restore-check.test.ts',
  'scheduled-snapshot.yml': 'restore-check.test.ts',
  'schema-diff-on-runner.yml': 'schema-diff.test.ts'
};

/** A first step of a workflow on the database of the examples that follow. */
const SHARED = { name: 'shared', command: 'apply' };

/**
 * Examples for a cloud, with `cloud_provider: local` in its place: the event, what comes before, and each with what
 * comes out of it. Those of one row run one after the other, on the same databases.
 */
const HERE: readonly (readonly [
  files: string,
  event: EventChoice['name'],
  before: Readonly<Record<string, string>> | undefined,
  outputs: Readonly<Record<string, Readonly<Record<string, unknown>>>>
])[] = [
  [
    'of a plan',
    'pull_request',
    undefined,
    {
      'ghes.yml': { command: 'plan', result: 'planned' },
      'cost-report.yml': { result: 'planned', monthly_cost: expect.stringMatching(/^\d/) }
    }
  ],
  [
    'of an apply',
    'push',
    undefined,
    {
      'private-network.yml': { command: 'apply', result: 'applied', database: expect.any(String) },
      'application-role.yml': { result: 'applied', database: 'shop', username: 'shop_app' }
    }
  ],
  [
    'of pull requests',
    'pull_request',
    SHARED,
    {
      'preview-deployment.yml': { result: 'applied', database: expect.any(String) },
      'pull-request-migrations.yml': { result: 'applied', database: expect.stringMatching(/^pr_/) }
    }
  ]
];

/**
 * Examples that ask this action for the same are run once, under the names of all, those for other versions as well:
 * the servers of all start in unit/providers/local/cluster/data-directory.
 */
const hereAlone = localExampleFiles().filter(file => !(file in ELSEWHERE));
const distinct = Map.groupBy(exampleJobs(hereAlone), ({ file, steps }) =>
  JSON.stringify([FINDINGS[file], steps.map(step => ({ ...step, inputs: { ...step.inputs, engine_version: '' } }))])
);
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

  test.each(titled)('%s does what it says and leaves nothing behind', async (_title, example) => {
    const number = harness.github.seedPull().number;
    const job = await harness.job({ name: 'pull_request', number });
    await cp(EXAMPLES, job.workspace, { recursive: true });
    const steps = await run(job, example.steps);
    await look(example, steps.at(-1));
    // The post steps run in reverse.
    for (const step of steps.toReversed()) expect((await job.post(step)).exitCode).toBe(0);
    expect(await job.end()).toEqual([]);
  });

  test.each(HERE)('on a cloud, %s, does the same on the runner', async (_kind, name, before, outputs) => {
    const job = await harness.job({ name: 'push' });
    await cp(EXAMPLES, job.workspace, { recursive: true });
    let base = before;
    for (const [file, expected] of Object.entries(outputs)) {
      const [example] = exampleJobs([file], VALUES);
      const inputs: Readonly<Record<string, string>> = { ...example?.steps[0]?.inputs, cloud_provider: 'local' };
      if (base !== undefined) {
        const same = Object.entries(inputs).filter(([input]) => /^(config|environment|master_password)$/.test(input));
        const earlier = await job.step({ ...Object.fromEntries(same), cloud_provider: 'local', ...base });
        expect([earlier.exitCode, earlier.outputs['failure_reason']]).toEqual([0, undefined]);
        base = undefined;
      }
      const event = harness.github.event({ name, number: harness.github.seedPull().number } as EventChoice);
      const step = await job.step(inputs, { event });
      expect([file, step.exitCode, step.outputs]).toEqual([file, 0, expect.objectContaining(expected)]);
    }
    await job.end();
  });

  test.each(Object.entries(ELSEWHERE))('%s is what %s begins with', (example, file) => {
    expect(readFileSync(path.join(import.meta.dirname, file), 'utf8')).toContain(`exampleSteps('${example}'`);
  });

  test('are all run as they stand there, but for those that name the reason', () => {
    for (const file of Object.keys(OTHERWISE)) expect(exampleFiles()).toContain(file);
    const page = readFileSync(path.join(EXAMPLES, 'README.md'), 'utf8');
    for (const [file, why] of Object.entries(OTHERWISE)) expect(page).toContain(`- \`${file}\`: ${why}`);
  });
});
