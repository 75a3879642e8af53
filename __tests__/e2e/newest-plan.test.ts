import { setting } from '../support/client.ts';
import {
  openReviewHarness,
  sharedDatabase,
  type ReviewHarness,
  type SharedDatabase
} from '../support/review-harness.ts';

const SMALL = { parameters: 'work_mem: 8MB' };
const LARGE = { parameters: 'work_mem: 16MB' };
const COMMENTS = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
const UPDATE = 'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}';

let database: SharedDatabase;
let harness: ReviewHarness;
let head: string;
beforeAll(async () => {
  database = await sharedDatabase({ parameters: 'work_mem: 4MB' });
});
afterAll(async () => database.end());
beforeEach(async () => {
  await database.set({ work_mem: '4MB' });
  harness = await openReviewHarness(database.runner);
  harness.github.seedPull({ number: 7 });
  head = headNow();
});
afterEach(async () => harness.close());

const headNow = (): string => harness.github.issue(7).pull?.headSha ?? '';
const body = (): string => harness.github.comments(7)[0]?.body ?? '';
const recordOnHead = () => harness.github.checkRuns(headNow())[0];
/** The beginning of the digest in the comment's footer. */
const shown = (): string | undefined => /plan `([0-9a-f]{12})`/.exec(body())?.[1];
const onHead = (): string | undefined => recordOnHead()?.externalId.slice(0, 12);

function expectRecordedPlanShown(): void {
  expect(onHead()).toMatch(/^[0-9a-f]{12}$/);
  expect(shown()).toBe(onHead());
}

test('a late run of an older head leaves the newer comment alone, and says so', async () => {
  harness.github.push(7);
  await harness.plan(7, LARGE);
  const before = body();
  const late = await harness.on({ name: 'pull_request', number: 7, headSha: head, runAttempt: 2 }, SMALL);
  expect(late.exitCode).toBe(0);
  expect(body()).toBe(before);
  expectRecordedPlanShown();
  expect(late.annotations).toEqual([
    expect.objectContaining({
      level: 'notice',
      message: expect.stringMatching(/comment of #7 was left as it is: this run planned the commit/)
    })
  ]);
});

test('a run whose commit has a later plan on record changes neither the record nor the comment', async () => {
  await harness.plan(7, LARGE);
  const [before, record] = [body(), recordOnHead()];
  if (record === undefined) throw new Error('no record');
  record.text = record.text?.replace(/"madeAt":"\d{4}/, '"madeAt":"9999');
  const text = record.text;
  const slow = await harness.plan(7, SMALL);
  expect(body()).toBe(before);
  expect(recordOnHead()?.text).toBe(text);
  expect(slow.log).toContain('another run has recorded a later plan of this commit');
});

test('a comment whose head moves while it is written is marked as stale', async () => {
  harness.github.fault({ on: COMMENTS, before: () => void harness.github.push(7) });
  await harness.plan(7, SMALL);
  expect(body()).toContain('This plan no longer holds.');
  expect(body()).toContain(headNow().slice(0, 7));
  await harness.plan(7, SMALL);
  expect(body()).not.toContain('no longer holds');
  expectRecordedPlanShown();
});

test('of two racing runs of a head, the comment shows the recorded one, or is marked', async () => {
  await harness.plan(7, SMALL);
  let other: Promise<unknown> = Promise.resolve();
  harness.github.fault({
    on: UPDATE,
    before: async () => {
      other = harness.plan(7, { parameters: 'work_mem: 32MB' });
      await other;
    }
  });
  await harness.plan(7, LARGE);
  await other;
  expect(body().includes('no longer holds') || shown() === onHead()).toBe(true);
  expect(onHead()).not.toBe(undefined);
});

describe('a run that names the pull request', () => {
  test('records and shows the plan of the head, which its merge applies, and which can be applied again by hand', async () => {
    for (const name of ['workflow_dispatch', 'workflow_run'] as const) {
      const step = await harness.on({ name, sha: harness.github.push(7) }, { ...SMALL, pull_request: '7' });
      expect(step.outputs).toMatchObject({ command: 'plan', result: 'planned' });
      expectRecordedPlanShown();
      expect(body()).toContain('`8MB`');
      expect(body()).toContain(headNow().slice(0, 7));
    }
    const required = { ...SMALL, approval: 'required' };
    const byHand = { ...required, command: 'apply', pull_request: '7' };
    const early = await harness.on({ name: 'workflow_dispatch' }, byHand);
    expect(early.outputs['failure_reason']).toBe('approval-missing');
    expect(early.annotations[0]?.message).toContain('#7 is not merged');

    expect((await harness.merge(7, required)).outputs['result']).toBe('applied');
    await database.set({ work_mem: '4MB' });
    const unrelated = harness.github.seedCommit();
    const again = await harness.on({ name: 'workflow_dispatch', sha: unrelated }, byHand);
    expect(again.outputs['result']).toBe('applied');
    expect(await setting(database.url, 'work_mem')).toBe('8MB');
  });

  test('leaves its plan alone when it planned another commit, or is of a comment and only runs the base', async () => {
    await harness.plan(7, SMALL);
    const before = body();
    const step = await harness.on({ name: 'workflow_dispatch' }, { ...LARGE, pull_request: '7' });
    expect(step.outputs['result']).toBe('planned');
    expect(body()).toBe(before);
    expectRecordedPlanShown();
    expect(step.annotations[0]?.message).toContain('Check out `refs/pull/7/merge`');

    await harness.on({ name: 'issue_comment', number: 7 }, { ...LARGE, command: 'plan' });
    expect(body()).toBe(before);
    expectRecordedPlanShown();
  });

  test.each([
    ['that is not there', { name: 'workflow_dispatch' } as const, '99', 'no such pull request'],
    ["that is not the event's own", { name: 'pull_request', number: 7 } as const, '8', 'this run is about #7']
  ])('%s is refused', async (_, event, number, why) => {
    const step = await harness.on(event, { ...SMALL, pull_request: number });
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'input-invalid' });
    expect(step.annotations[0]?.message).toContain(why);
  });

  test('a fork’s code in a run with the rights of the repository is refused', async () => {
    const fork = harness.github.seedPull({ number: 8, fork: 'mallory' }).pull?.headSha ?? '';
    const step = await harness.on({ name: 'workflow_dispatch', sha: fork }, { ...SMALL, pull_request: '8' });
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'untrusted-checkout' });
  });
});

// For which branch a record counts: unit/commands/told-reviews, unit/commands/choose.
