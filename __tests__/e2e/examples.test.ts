import { cp } from 'node:fs/promises';
import path from 'node:path';
import { ask } from '../support/client.ts';
import { EXAMPLES, exampleJobs, type ExampleJob, type ExampleStep } from '../support/examples.ts';
import type { Job, Step } from '../support/job.ts';
import { openHarness, type Harness } from '../support/harness.ts';

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
});
