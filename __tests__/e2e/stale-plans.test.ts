import { openReviewHarness, type ReviewHarness } from '../support/review-harness.ts';

const COMMENTS = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments';
const SMALL = { parameters: 'work_mem: 8MB' };
const LARGE = { parameters: 'work_mem: 16MB' };

let harness: ReviewHarness;
beforeEach(async () => {
  harness = await openReviewHarness();
  await harness.on({ name: 'push' }, { parameters: 'work_mem: 4MB', approval: 'off' });
  for (const number of [7, 8, 9, 10, 11]) harness.github.seedPull({ number });
});
afterEach(async () => harness.close());

const isMarked = (number: number) => harness.github.comments(number)[0]?.body.includes('This plan no longer holds');

test('an apply marks the plans of the same database in other open pull requests, and no others', async () => {
  await harness.plan(7, SMALL);
  await harness.plan(8, LARGE);
  await harness.plan(9, { ...SMALL, name: 'invoices' });
  await harness.plan(10, LARGE);
  harness.github.close(10);
  harness.github.seedComment(11, harness.github.comments(8)[0]?.body ?? '');

  const step = await harness.merge(7, SMALL);
  expect(step.outputs['result']).toBe('applied');
  expect([7, 8, 9, 10, 11].map(isMarked)).toEqual([false, true, false, false, false]);
  const body = harness.github.comments(8)[0]?.body ?? '';
  expect(body).toContain(
    '#\u200B7 was applied to this database after it was made. Push a commit, or run its job again'
  );
  expect(body).toContain('`16MB`');
  expect(step.log).toContain('Marked as no longer holding: the plans in #8');

  await harness.plan(8, LARGE);
  expect(isMarked(8)).toBe(false);
});

test('an apply that changes nothing, or is not allowed to, marks none', async () => {
  await harness.plan(8, LARGE);
  await harness.merge(7, { parameters: 'work_mem: 4MB' });
  await harness.merge(9, { ...SMALL, approval: 'required' });
  expect(isMarked(8)).toBe(false);
});

test('they are found over all pages of pull requests and comments', async () => {
  await harness.plan(8, LARGE);
  for (let number = 100; number < 250; number += 1) harness.github.seedPull({ number });
  for (let index = 0; index < 250; index += 1) harness.github.seedComment(249, `me too ${index}`);
  await harness.plan(249, LARGE);
  await harness.merge(7, SMALL);
  expect(isMarked(8)).toBe(true);
  expect(harness.github.comments(249).at(-1)?.body).toContain('This plan no longer holds');
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

test('without comments none is read', async () => {
  await harness.plan(8, LARGE);
  const before = harness.github.requests(COMMENTS).length;
  await harness.merge(7, { ...SMALL, comment: 'false' });
  expect(harness.github.requests(COMMENTS)).toHaveLength(before);
  expect(isMarked(8)).toBe(false);
});
