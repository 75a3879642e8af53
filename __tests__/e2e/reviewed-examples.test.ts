import { cp } from 'node:fs/promises';
import type { EventChoice } from '../clouds/github/events.ts';
import { query } from '../support/client.ts';
import { EXAMPLES, exampleJobs, type ExampleJob } from '../support/examples.ts';
import { startJob, type Job, type Step } from '../support/job.ts';
import { openHarness, type Harness } from '../support/harness.ts';

/** Examples for a cloud run on the runner here: the same workflow, another provider. */
const HERE = { cloud_provider: 'local' };

/** The last job of an example, with the last combination of its matrix. */
function lastOf(file: string): ExampleJob {
  const last = exampleJobs([file]).at(-1);
  if (last === undefined) throw new Error(`no job in ${file}`);
  return last;
}

let harness: Harness;
/** Of `orders` in production, which the first example makes; the next ones take back what was changed by hand. */
let shared: Job;
let job: Job;
beforeAll(async () => {
  shared = await startJob();
  await cp(EXAMPLES, shared.workspace, { recursive: true });
});
afterAll(async () => shared.end());
beforeEach(async () => {
  harness = await openHarness();
  harness.github.seedPull({ number: 7 });
  job = await harness.job();
  await cp(EXAMPLES, job.workspace, { recursive: true });
});
afterEach(async () => harness.close());

async function run({ steps }: ExampleJob, event: EventChoice): Promise<Step> {
  const [first, ...more] = steps;
  expect(more).toEqual([]);
  const options = { event: harness.github.event(event), token: harness.github.token, pace: 20 };
  return job.step({ ...first?.inputs, ...HERE }, options);
}

/** Merges the pull request, whose reviewed plan is applied. */
async function merge(example: ExampleJob): Promise<Step> {
  const applied = await run(example, { name: 'push', sha: harness.github.merge(7) });
  expect(applied.outputs).toMatchObject({ command: 'apply', result: 'applied' });
  expect(applied.log).toContain('This is the plan that was reviewed in #7');
  expect(applied.annotations.filter(({ level }) => level !== 'notice')).toEqual([]);
  expect(onlyComment()).toContain('**Applied: ');
  return applied;
}

function onlyComment(): string {
  const [comment, ...more] = harness.github.comments(7);
  expect(more).toEqual([]);
  return comment?.body ?? '';
}

describe('the example', () => {
  test.each([
    ['merge-queue-check.yml', lastOf('merge-queue-check.yml')],
    ['promotion.yml production, reusable-workflow.yml', lastOf('promotion.yml')],
    ['plan-on-pr-apply-on-merge.yml', lastOf('plan-on-pr-apply-on-merge.yml')]
  ])('%s plans, checks and applies the reviewed plan', async (_, example) => {
    job = shared;
    const planned = await run(example, { name: 'pull_request', number: 7 });
    expect(planned.outputs).toMatchObject({ command: 'plan', result: 'planned' });
    expect(harness.github.comments(7)).toHaveLength(1);
    expect(harness.github.checkRuns().map(({ externalId }) => externalId)).toEqual([planned.outputs['plan_digest']]);

    if (example.file === 'merge-queue-check.yml') {
      const queued = await run(example, { name: 'merge_group', number: 7 });
      expect(queued.outputs).toMatchObject({ command: 'check', result: 'planned' });
      expect(harness.github.checkRuns().map(({ conclusion }) => conclusion)).toEqual(['success', 'success']);
    }
    const { outputs } = await merge(example);
    await query(outputs['database_url'], "alter system set work_mem = '4MB'");
    await query(outputs['database_url'], 'select pg_reload_conf()');
  });

  test('reusable-workflow.yml asks for what promotion.yml asks for in production', () => {
    expect(lastOf('reusable-workflow.yml').steps.map(({ inputs }) => inputs)).toEqual(
      lastOf('promotion.yml').steps.map(({ inputs }) => inputs)
    );
  });

  test('drift-issue.yml keeps one issue', async () => {
    for (const name of ['schedule', 'workflow_dispatch'] as const) {
      const step = await run(lastOf('drift-issue.yml'), { name });
      expect(step.outputs).toMatchObject({ command: 'check', result: 'drifted' });
    }
    expect(harness.github.issues().filter(({ pull, state }) => pull === undefined && state === 'open')).toHaveLength(1);
  });

  test.each([
    ['monorepo.yml', ['billing production', 'orders production']],
    ['matrix-of-databases.yml', ['billing production', 'billing staging', 'orders production', 'orders staging']]
  ])(
    '%s gives each database a section of one comment, a record of its own, and its reviewed plan',
    async (file, all) => {
      const jobs = exampleJobs([file]);
      for (const example of jobs) await run(example, { name: 'pull_request', number: 7 });
      const headings = () =>
        [...onlyComment().matchAll(/^### PostgreSQL `(.*?)` · (\w+)/gm)].map(([, ...words]) => words.join(' '));
      expect(headings()).toEqual(all);
      const names = harness.github.checkRuns().map(({ name }) => name);
      expect(names.sort()).toEqual(all.map(one => `pgkeep: ${one.replace(' ', ' (local, ')})`));

      // The merge is the same for two and for four.
      const [first] = jobs;
      if (first === undefined || jobs.length > 2) return;
      await merge(first);
      expect(headings()).toEqual(all);
    }
  );
});
