import { query, setting } from '../support/client.ts';
import { startJob, type Job } from '../support/job.ts';
import { CHECK_NAME, openReviewHarness, type ReviewHarness } from '../support/review-harness.ts';

const SMALL = { parameters: 'work_mem: 8MB' };

let runner: Job;
let harness: ReviewHarness;
let url: string | undefined;
beforeAll(async () => {
  runner = await startJob();
});
afterAll(async () => runner.end());
beforeEach(async () => {
  harness = await openReviewHarness(runner);
  url = (await harness.on({ name: 'push' }, { parameters: 'work_mem: 4MB', approval: 'off' })).outputs['database_url'];
  harness.github.seedPull({ number: 7 });
});
afterEach(async () => harness.close());

const queue = { name: 'merge_group', number: 7 } as const;

/** The check run on the queue's own commit. */
function answer() {
  const head = harness.github.issue(7).pull?.headSha;
  return harness.github.checkRuns().find(run => run.name === CHECK_NAME && run.headSha !== head);
}

async function change(value: string): Promise<void> {
  await query(url, `alter system set work_mem = '${value}'`);
  await query(url, 'select pg_reload_conf()');
}

test('a plan that is still the reviewed one passes the queue, and stays as it is everywhere else', async () => {
  await harness.plan(7, SMALL);
  const [comment, record] = [harness.github.comments(7)[0]?.body, harness.github.checkRuns()[0]];
  const step = await harness.on(queue, { ...SMALL, approval: 'required' });
  expect(step.exitCode).toBe(0);
  expect(step.outputs).toMatchObject({ command: 'check', result: 'planned', has_changes: 'true' });
  expect(answer()).toMatchObject({ conclusion: 'success', title: '0 to create, 1 to update, 0 to delete.' });
  expect(harness.github.comments(7)[0]?.body).toBe(comment);
  expect(harness.github.checkRuns()[0]).toEqual(record);
  expect(await setting(url, 'work_mem')).toBe('4MB');

  const applied = await harness.merge(7, { ...SMALL, approval: 'required' });
  expect(applied.outputs['result']).toBe('applied');
});

test('a different plan fails the queue, fails its check, marks the comment, and says so', async () => {
  await harness.plan(7, SMALL);
  await change('5MB');
  const step = await harness.on(queue, SMALL);
  expect(step.exitCode).toBe(1);
  expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'plan-changed' });
  expect(answer()).toMatchObject({
    conclusion: 'failure',
    title: 'The plan is not the one that was reviewed in #7',
    summary: expect.stringContaining('reviewed `4MB` → `8MB`, now `5MB` → `8MB`')
  });
  const [comment, ...more] = harness.github.comments(7);
  expect(more).toEqual([]);
  expect(comment?.body).toContain('**Stale.** This plan no longer holds. The plan is another one in the merge queue');
  expect(comment?.body).toContain('reviewed `4MB` → `8MB`, now `5MB` → `8MB`');
  expect(comment?.body).toMatch(/`4MB` \| `8MB`/);

  await harness.plan(7, SMALL);
  expect(harness.github.comments(7)[0]?.body).not.toContain('no longer holds');
  expect((await harness.on(queue, SMALL)).exitCode).toBe(0);
  expect(answer()).toMatchObject({ conclusion: 'success' });
});

test('nothing to do passes, whatever was reviewed', async () => {
  const step = await harness.on(queue, { parameters: 'work_mem: 4MB', approval: 'required' });
  expect(step.outputs).toMatchObject({ result: 'no-changes' });
  expect(answer()).toMatchObject({ conclusion: 'neutral' });
});

test('an unreviewed plan fails when a review is required, and passes with a notice otherwise', async () => {
  const refused = await harness.on(queue, { ...SMALL, approval: 'required' });
  expect(refused.outputs).toMatchObject({ result: 'failed', failure_reason: 'approval-missing' });
  expect(answer()).toMatchObject({ conclusion: 'failure' });
  const passed = await harness.on(queue, SMALL);
  expect(passed.exitCode).toBe(0);
  expect(passed.annotations).toEqual([expect.objectContaining({ level: 'notice' })]);
});

test('a blocked plan fails', async () => {
  const step = await harness.on(queue, { engine_version: '16' });
  expect(step.outputs).toMatchObject({ failure_reason: 'plan-blocked' });
  expect(answer()).toMatchObject({ conclusion: 'failure' });
});

test('a group of several pull requests has the sum of their plans, each reviewed, in the queue and after the merge', async () => {
  const OTHER = { parameters: 'work_mem: 4MB\nmaintenance_work_mem: 32MB' };
  const SUM = { parameters: 'work_mem: 8MB\nmaintenance_work_mem: 32MB', approval: 'required' };
  const changed = { ...SUM, parameters: 'work_mem: 16MB\nmaintenance_work_mem: 32MB' };
  const group = { name: 'merge_group', number: 8, after: [7] } as const;
  harness.github.seedPull({ number: 8 });
  await harness.plan(7, SMALL);
  await harness.plan(8, OTHER);

  expect((await harness.on({ ...queue }, { ...SMALL, approval: 'required' })).outputs['result']).toBe('planned');
  const passed = await harness.on(group, SUM);
  expect(passed.outputs).toMatchObject({ command: 'check', result: 'planned' });
  expect(passed.log).toContain('The plans of #7, #8 are compared as one');

  harness.github.push(7);
  const unreviewed = await harness.on(group, SUM);
  expect(unreviewed.outputs['failure_reason']).toBe('approval-missing');
  expect(unreviewed.annotations[0]?.message).toContain('#7 has no plan of this database');
  await harness.plan(7, SMALL);

  const other = await harness.on(group, changed);
  expect(other.outputs).toMatchObject({ failure_reason: 'plan-changed' });
  expect(other.log).toContain('reviewed `4MB` → `8MB`, now `4MB` → `16MB`');
  const merged = { name: 'push', ...harness.github.mergeTogether(7, 8) } as const;
  expect((await harness.on(merged, changed)).outputs['failure_reason']).toBe('plan-changed');
  expect(await setting(url, 'work_mem')).toBe('4MB');
  expect((await harness.on(merged, SUM)).outputs['result']).toBe('applied');
  expect(await setting(url, 'work_mem')).toBe('8MB');
  expect(await setting(url, 'maintenance_work_mem')).toBe('32MB');
});
