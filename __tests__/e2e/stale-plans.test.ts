import { openReviewStage, type ReviewStage } from '../support/review-harness.ts';

const COMMENTS = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments';
const SMALL = { parameters: 'work_mem: 8MB' };
const LARGE = { parameters: 'work_mem: 16MB' };

let stage: ReviewStage;
beforeEach(async () => {
  stage = await openReviewStage();
  await stage.on({ name: 'push' }, { parameters: 'work_mem: 4MB', approval: 'off' });
  for (const number of [7, 8, 9, 10, 11]) stage.github.seedPull({ number });
});
afterEach(async () => stage.close());

const isMarked = (number: number) => stage.github.comments(number)[0]?.body.includes('This plan no longer holds');

test('an apply marks the plans of the same database in other open pull requests, and no others', async () => {
  await stage.plan(7, SMALL);
  await stage.plan(8, LARGE);
  await stage.plan(9, { ...SMALL, name: 'invoices' });
  await stage.plan(10, LARGE);
  stage.github.close(10);
  stage.github.seedComment(11, stage.github.comments(8)[0]?.body ?? '');

  const step = await stage.merge(7, SMALL);
  expect(step.outputs['result']).toBe('applied');
  expect([7, 8, 9, 10, 11].map(isMarked)).toEqual([false, true, false, false, false]);
  const body = stage.github.comments(8)[0]?.body ?? '';
  expect(body).toContain(
    '#\u200B7 was applied to this database after it was made. Push a commit, or run its job again'
  );
  expect(body).toContain('`16MB`');
  expect(step.log).toContain('Marked as no longer holding: the plans in #8');

  await stage.plan(8, LARGE);
  expect(isMarked(8)).toBe(false);
});

test('an apply that changes nothing, or is not allowed to, marks none', async () => {
  await stage.plan(8, LARGE);
  await stage.merge(7, { parameters: 'work_mem: 4MB' });
  await stage.merge(9, { ...SMALL, approval: 'required' });
  expect(isMarked(8)).toBe(false);
});

test('they are found over all pages of pull requests and comments', async () => {
  await stage.plan(8, LARGE);
  for (let number = 100; number < 250; number += 1) stage.github.seedPull({ number });
  for (let index = 0; index < 250; index += 1) stage.github.seedComment(249, `me too ${index}`);
  await stage.plan(249, LARGE);
  await stage.merge(7, SMALL);
  expect(isMarked(8)).toBe(true);
  expect(stage.github.comments(249).at(-1)?.body).toContain('This plan no longer holds');
});

test('what can not be marked is one warning, and the apply stands', async () => {
  await stage.plan(8, LARGE);
  await stage.plan(9, LARGE);
  stage.github.permit({ contents: 'read', pull_requests: 'read', checks: 'read' });
  const step = await stage.merge(7, SMALL);
  expect(step.exitCode).toBe(0);
  expect(step.outputs['result']).toBe('applied');
  const warnings = step.annotations.filter(({ level }) => level === 'warning').map(({ message }) => message);
  expect(warnings).toEqual([
    expect.stringMatching(/^Plans in other pull requests were not marked: .*pull-requests: write/)
  ]);
});

test('where no comments are wanted none is looked at', async () => {
  await stage.plan(8, LARGE);
  const before = stage.github.requests(COMMENTS).length;
  await stage.merge(7, { ...SMALL, comment: 'false' });
  expect(stage.github.requests(COMMENTS)).toHaveLength(before);
  expect(isMarked(8)).toBe(false);
});
