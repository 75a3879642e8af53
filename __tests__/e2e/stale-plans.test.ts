import { startJob, type Job } from '../support/job.ts';
import { openReviewHarness, type ReviewHarness } from '../support/review-harness.ts';

const COMMENTS = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments';
const SMALL = { parameters: 'work_mem: 8MB' };
const LARGE = { parameters: 'work_mem: 16MB' };

let runner: Job;
let harness: ReviewHarness;
beforeAll(async () => {
  runner = await startJob();
});
afterAll(async () => runner.end());
beforeEach(async () => {
  harness = await openReviewHarness(runner);
  await harness.on({ name: 'push' }, { parameters: 'work_mem: 4MB', approval: 'off' });
  for (const number of [7, 8, 9, 10, 11]) harness.github.seedPull({ number });
});
afterEach(async () => harness.close());

const isMarked = (number: number) => harness.github.comments(number)[0]?.body.includes('This plan no longer holds');

test('an apply marks the plans of the same database in other open pull requests, on all pages, and no others', async () => {
  await harness.plan(7, SMALL);
  await harness.plan(8, LARGE);
  await harness.plan(9, { ...SMALL, name: 'invoices' });
  await harness.plan(10, LARGE);
  harness.github.close(10);
  harness.github.seedComment(11, harness.github.comments(8)[0]?.body ?? '');
  // More of them than a page holds.
  for (let number = 100; number < 200; number += 1) harness.github.seedPull({ number });
  for (let index = 0; index < 110; index += 1) harness.github.seedComment(199, `me too ${index}`);
  await harness.plan(199, LARGE);

  const step = await harness.merge(7, SMALL);
  expect(step.outputs['result']).toBe('applied');
  expect([7, 8, 9, 10, 11].map(isMarked)).toEqual([false, true, false, false, false]);
  const body = harness.github.comments(8)[0]?.body ?? '';
  expect(body).toContain(
    '#\u200B7 was applied to this database after it was made. Push a commit, or run its job again'
  );
  expect(body).toContain('`16MB`');
  expect(harness.github.comments(199).at(-1)?.body).toContain('This plan no longer holds');
  expect(step.log).toMatch(/Marked as no longer holding: the plans in #(8, #199|199, #8)/);

  await harness.plan(8, LARGE);
  expect(isMarked(8)).toBe(false);
});

test('an apply that changes nothing, is not allowed to, or has no comments, marks none', async () => {
  await harness.plan(8, LARGE);
  await harness.merge(7, { parameters: 'work_mem: 4MB' });
  await harness.merge(9, { ...SMALL, approval: 'required' });
  expect(isMarked(8)).toBe(false);
  const before = harness.github.requests(COMMENTS).length;
  expect((await harness.merge(10, { ...SMALL, comment: 'false' })).outputs['result']).toBe('applied');
  expect(harness.github.requests(COMMENTS)).toHaveLength(before);
  expect(isMarked(8)).toBe(false);
});

test('a failed mark is one warning, and the apply stands', async () => {
  await harness.plan(8, LARGE);
  await harness.plan(9, LARGE);
  harness.github.permit({ contents: 'read', pull_requests: 'read', checks: 'read' });
  const step = await harness.merge(7, SMALL);
  expect(step.exitCode).toBe(0);
  expect(step.outputs['result']).toBe('applied');
  const warnings = step.annotations.filter(({ level }) => level === 'warning').map(({ message }) => message);
  expect(warnings).toEqual([
    expect.stringMatching(/^Plans in other pull requests were not marked: .*pull-requests: write/)
  ]);
});
