import { bot, person } from '../clouds/github/github.ts';
import { setting } from '../support/client.ts';
import {
  CHECK_NAME,
  openReviewHarness,
  sharedDatabase,
  type ReviewHarness,
  type SharedDatabase
} from '../support/review-harness.ts';

const SMALL = { parameters: 'work_mem: 8MB' };
const LARGE = { parameters: 'work_mem: 16MB' };

let database: SharedDatabase;
let harness: ReviewHarness;
beforeAll(async () => {
  database = await sharedDatabase({ parameters: 'work_mem: 4MB' });
});
afterAll(async () => database.end());
beforeEach(async () => {
  await database.set({ work_mem: '4MB', maintenance_work_mem: 'default' });
  harness = await openReviewHarness(database.runner);
  harness.github.seedPull({ number: 7 });
});
afterEach(async () => harness.close());

const record = () => harness.github.checkRuns().find(({ name }) => name === CHECK_NAME);
const workMem = async () => setting(database.url, 'work_mem');

describe('the record of a plan', () => {
  test('is one check run on the head commit: the digest, the plan in short, and its effect', async () => {
    const step = await harness.plan(7, SMALL);
    const [check, ...more] = harness.github.checkRuns();
    expect(more).toEqual([]);
    expect(check).toMatchObject({
      name: CHECK_NAME,
      headSha: harness.github.issue(7).pull?.headSha,
      externalId: step.outputs['plan_digest'],
      status: 'completed',
      conclusion: 'success',
      title: '0 to create, 1 to update, 0 to delete.'
    });
    expect(check?.summary).toContain('`8MB`');
    expect(check?.text).toContain('"field":"parameters.work_mem"');
    expect(check?.detailsUrl).toContain('/actions/runs/');

    // The next plan of the same commit updates it: neutral when nothing changes, a failure when it is blocked.
    await harness.plan(7, { parameters: 'work_mem: 4MB' });
    expect(record()).toMatchObject({ conclusion: 'neutral' });
    const blocked = await harness.plan(7, { engine_version: '16' });
    expect(blocked.exitCode).toBe(1);
    expect(record()).toMatchObject({ conclusion: 'failure', title: expect.stringContaining('Blocked') });
    expect(harness.github.checkRuns()).toHaveLength(1);
    harness.github.push(7);
    await harness.plan(7, LARGE);
    expect(harness.github.checkRuns()).toHaveLength(2);
  });

  test('that may not be written is reported once, and the comment is still written', async () => {
    harness.github.permit({ contents: 'read', pull_requests: 'write' });
    const step = await harness.plan(7, SMALL);
    expect(step.exitCode).toBe(0);
    expect(step.annotations).toEqual([]);
    expect(step.log.match(/The plan is not recorded/g)).toHaveLength(1);
    expect(step.log).toContain('`permissions: checks: write`');
    expect(harness.github.comments(7)).toHaveLength(1);
  });

  test.each([
    ['on a pull request of a fork', { fork: 'stranger' }, 'pull_request'],
    ['by the workflow of the base', {}, 'pull_request_target']
  ] as const)('is not written %s', async (_, seed, name) => {
    harness.github.seedPull({ number: 8, ...seed });
    await harness.on({ name, number: 8 }, SMALL);
    expect(harness.github.checkRuns()).toEqual([]);
  });

  test('is not written when reviews are off', async () => {
    await harness.plan(7, { ...SMALL, approval: 'off' });
    expect(harness.github.checkRuns()).toEqual([]);
  });
});

describe('the apply after the merge', () => {
  test('applies the reviewed plan, and the comment says so; the next one finds nothing and needs no review', async () => {
    const planned = await harness.plan(7, SMALL);
    const applied = await harness.merge(7, SMALL);
    expect(applied.exitCode).toBe(0);
    expect(applied.outputs).toMatchObject({ result: 'applied', plan_digest: planned.outputs['plan_digest'] });
    expect(applied.log).toContain('This is the plan that was reviewed in #7');
    expect(await workMem()).toBe('8MB');
    const [comment, ...more] = harness.github.comments(7);
    expect(more).toEqual([]);
    expect(comment?.body).toContain('**Applied: 0 created, 1 updated, 0 deleted.**');
    expect(applied.outputs['comment_url']).toContain(`#issuecomment-${comment?.id}`);

    const asked = harness.github.exchanges.length;
    const again = await harness.on({ name: 'push', runAttempt: 2 }, { ...SMALL, approval: 'required' });
    expect(again.outputs['result']).toBe('no-changes');
    expect(harness.github.exchanges).toHaveLength(asked);
    expect(harness.github.comments(7)).toEqual([comment]);
  });

  test('counts the same plan in another spelling and order as the same', async () => {
    await harness.plan(7, { parameters: 'work_mem: 8MB\neffective_cache_size: 2GB' });
    const respelled = { parameters: '{"effective_cache_size": "2048MB", "work_mem": "8192kB"}' };
    expect((await harness.merge(7, { ...respelled, approval: 'required' })).outputs['result']).toBe('applied');
  });

  test('does nothing when the plan differs, and names the differing fields', async () => {
    await harness.plan(7, SMALL);
    await database.set({ work_mem: '5MB', maintenance_work_mem: '77MB' });
    const step = await harness.merge(7, { parameters: 'work_mem: 8MB\nmaintenance_work_mem: 64MB' });
    expect(step.exitCode).toBe(1);
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'plan-changed' });
    expect(await workMem()).toBe('5MB');
    const [mine, others] = [
      'server orders: `parameters.work_mem`: reviewed `4MB` → `8MB`, now `5MB` → `8MB`',
      'server orders: `parameters.maintenance_work_mem`: not in the reviewed plan, now `77MB` → `64MB`'
    ];
    for (const text of [step.log, step.annotations.map(({ message }) => message).join('\n')]) {
      expect(text).toContain(mine);
      expect(text).toContain(others);
    }
    for (const page of [step.summary, harness.github.comments(7)[0]?.body]) {
      expect(page).toContain('reviewed in #\u200B7');
      expect(page).toContain('`parameters.work_mem`: reviewed `4MB` → `8MB`, now `5MB` → `8MB`');
      expect(page).toContain('Failed before anything was changed.');
      expect(page).toContain('troubleshooting.md#plan-changed');
    }
    // A label on the merged pull request makes a plan as well, which is not the one that was read.
    const records = structuredClone(harness.github.checkRuns());
    const comments = structuredClone(harness.github.comments(7));
    const labelled = await harness.on({ name: 'pull_request', number: 7, action: 'labeled' }, SMALL);
    expect(labelled.log).toContain('#7 is closed, so this plan is neither recorded nor shown there.');
    expect([harness.github.checkRuns(), harness.github.comments(7)]).toEqual([records, comments]);
  });

  test('of a push after the review does not match the review', async () => {
    await harness.plan(7, SMALL);
    harness.github.push(7);
    const step = await harness.merge(7, { ...LARGE, approval: 'required' });
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'approval-missing' });
    expect(await workMem()).toBe('4MB');
  });
});

describe('without a record', () => {
  test('an apply goes on with a notice', async () => {
    const step = await harness.merge(7, SMALL);
    expect(step.outputs['result']).toBe('applied');
    expect(step.annotations).toEqual([
      expect.objectContaining({ level: 'notice', message: expect.stringContaining('#7 has no plan of this database') })
    ]);
    expect(harness.github.comments(7)).toEqual([]);
  });

  test('an apply is refused when a review is required, with a hint', async () => {
    const step = await harness.merge(7, { ...SMALL, approval: 'required' });
    expect(step.exitCode).toBe(1);
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'approval-missing' });
    expect(step.annotations[0]?.message).toMatch(/no plan of this database recorded .*`permissions: checks: write`/);
    expect(step.summary).toContain('troubleshooting.md#approval-missing');
    expect(await workMem()).toBe('4MB');
  });

  // Without reviews, of a push without a pull request, and where GitHub can't be asked: unit/commands/told-reviews.
});

describe('untrusted records', () => {
  test("another app's record", async () => {
    await harness.plan(7, SMALL);
    const made = record();
    const headSha = harness.github.push(7);
    if (made !== undefined)
      harness.github.seedCheckRun({ ...made, id: made.id + 5000, headSha, actor: bot('helpful') });
    const step = await harness.merge(7, { ...SMALL, approval: 'required' });
    expect(step.outputs['failure_reason']).toBe('approval-missing');
  });

  test('records of another token, by a person’s token', async () => {
    await harness.plan(7, SMALL);
    const token = harness.github.addToken(person('alice'));
    const event = harness.github.event({ name: 'push', sha: harness.github.merge(7) });
    const step = await harness.runner.step(
      { cloud_provider: 'local', name: 'orders', environment: 'production', ...SMALL, approval: 'required' },
      { event, token }
    );
    expect(step.outputs['failure_reason']).toBe('approval-missing');
  });

  test('a record on the head of a fork, by any author', async () => {
    await harness.plan(7, SMALL);
    const made = record();
    harness.github.seedPull({ number: 8, fork: 'stranger' });
    const headSha = harness.github.issue(8).pull?.headSha ?? '';
    if (made !== undefined) harness.github.seedCheckRun({ ...made, id: made.id + 5000, headSha });
    const refused = await harness.merge(8, { ...SMALL, approval: 'required' });
    expect(refused.outputs['failure_reason']).toBe('approval-missing');
    expect(refused.annotations[0]?.message).toContain('#8 comes from a fork, whose records are not trusted');
  });

  test('the comment, edited or not', async () => {
    const { outputs } = await harness.plan(7, SMALL);
    const planned = await harness.plan(7, LARGE);
    const [comment] = harness.github.comments(7);
    const body = (comment?.body ?? '').replaceAll(
      String(planned.outputs['plan_digest']).slice(0, 12),
      String(outputs['plan_digest']).slice(0, 12)
    );
    harness.github.editComment(comment?.id ?? 0, body.replaceAll('16MB', '8MB'));
    expect((await harness.merge(7, SMALL)).outputs['failure_reason']).toBe('plan-changed');
  });

  test('a record of another database by the same name', async () => {
    await harness.plan(7, SMALL);
    const made = record();
    if (made === undefined) throw new Error('no record');
    made.text = made.text?.replaceAll('"account":"runner"', '"account":"another"');
    const step = await harness.merge(7, { ...SMALL, approval: 'required' });
    expect(step.outputs['failure_reason']).toBe('approval-missing');
  });
});
