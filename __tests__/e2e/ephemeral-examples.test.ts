import { cp } from 'node:fs/promises';
import type { EventChoice } from '../clouds/github/events.ts';
import { ask } from '../support/client.ts';
import { EXAMPLES, exampleJobs, type ExampleJob } from '../support/examples.ts';
import type { Job, Step } from '../support/job.ts';
import { openHarness, type Harness } from '../support/harness.ts';

/** Examples for a cloud run on the runner here: the same workflow, another provider. */
const HERE = { cloud_provider: 'local' };
const SECRETS = {
  DATABASE_PASSWORD: 'correct-horse-battery',
  DATABASE_PASSWORD_SEED: 'correct-horse-battery-staple',
  VPC_ID: 'vpc-0a1b2c3d4e5f60718',
  SUBNET_IDS: 'subnet-0a1b2c3d4e5f60718'
};

function example(file: string, job: string): ExampleJob {
  const found = exampleJobs([file], SECRETS).find(one => one.job === job);
  if (found === undefined) throw new Error(`${file} has no job ${job}`);
  return found;
}

let harness: Harness;
let job: Job;
beforeEach(async () => {
  harness = await openHarness();
  for (const number of [7, 8]) harness.github.seedPull({ number });
  job = await harness.job();
  await cp(EXAMPLES, job.workspace, { recursive: true });
});
afterEach(async () => harness.close());

async function run({ steps }: ExampleJob, event: EventChoice): Promise<Step> {
  const [first, ...more] = steps;
  expect(more).toEqual([]);
  const step = await job.step({ ...first?.inputs, ...HERE }, { event: harness.github.event(event) });
  expect([step.exitCode, step.annotations.filter(({ level }) => level === 'error')]).toEqual([0, []]);
  return step;
}

test.each([
  ['ephemeral-database.yml', 'databases', /^pr_7_/],
  ['ephemeral-instance.yml', 'servers', /^orders$/]
])('the example %s creates, keeps and destroys a database, and is swept', async (file, sweeper, name) => {
  if (sweeper === 'databases') {
    await job.step({ ...HERE, name: 'shared', engine_version: '17', master_password: SECRETS.DATABASE_PASSWORD });
  }
  const making = example(file, 'database');
  const made = await run(making, { name: 'pull_request', number: 7, action: 'opened' });
  expect(made.outputs).toMatchObject({
    command: 'apply',
    result: 'applied',
    database: expect.stringMatching(name) as string
  });
  expect(await ask(made.outputs['database_url'], 'select 1')).toBe(1);
  const kept = await run(making, { name: 'pull_request', number: 7, action: 'synchronize' });
  expect(kept.outputs).toMatchObject({ result: 'no-changes', database_url: made.outputs['database_url'] });
  expect(harness.github.comments(7)).toHaveLength(1);
  expect(harness.github.deployments()).toHaveLength(1);

  // A database more costs little. The server is swept before its pull request's own run looks for it.
  const own = sweeper === 'databases' ? 8 : 7;
  if (own !== 7) await run(making, { name: 'pull_request', number: own, action: 'opened' });
  harness.github.close(own);
  const swept = await run(example('sweep-on-schedule.yml', sweeper), { name: 'schedule' });
  expect(swept.outputs).toMatchObject({ command: 'sweep', result: 'swept', to_delete: '1' });

  if (own !== 7) harness.github.close(7);
  const closed = await run(making, { name: 'pull_request', number: 7, action: 'closed' });
  expect(closed.outputs).toMatchObject({ command: 'destroy', result: own === 7 ? 'no-changes' : 'destroyed' });
});
