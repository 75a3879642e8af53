import { READ_ONLY, secondaryRateLimit, serverError } from '../clouds/github/github.ts';
import type { EventChoice } from '../clouds/github/events.ts';
import type { Step } from '../support/job.ts';
import { openHarness, type Harness } from '../support/harness.ts';

const inputs = { cloud_provider: 'local', name: 'orders', engine_version: '17', database_name: 'shop' };

/** One step in a job of its own. */
async function run(
  harness: Harness,
  event: EventChoice,
  changes: Readonly<Record<string, string>> = {}
): Promise<Step> {
  const job = await harness.job(event);
  return job.step({ ...inputs, ...changes });
}

describe('a pull request', () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await openHarness();
    harness.github.seedPull({ number: 7 });
  });
  afterEach(async () => harness.close());

  const opened: EventChoice = { name: 'pull_request', number: 7 };

  test('gets one comment with the plan, which the next commit updates, and `comment_url` says where', async () => {
    const step = await run(harness, opened);
    expect(step.outputs).toMatchObject({ command: 'plan', result: 'planned' });
    const [comment, ...more] = harness.github.comments(7);
    expect(more).toEqual([]);
    expect(step.outputs['comment_url']).toContain(`#issuecomment-${comment?.id}`);
    expect(comment?.body).toContain('2 to create, 0 to update, 0 to delete.');
    expect(comment?.body).toContain('shop');
    expect(comment?.author.login).toBe('github-actions[bot]');

    harness.github.push(7);
    const next = await run(harness, { ...opened, action: 'synchronize' }, { extensions: 'pgcrypto' });
    const comments = harness.github.comments(7);
    expect(comments.map(({ id }) => id)).toEqual([comment?.id]);
    expect(comments[0]?.body).toContain('3 to create');
    expect(comments[0]?.body).toContain(harness.github.issue(7).pull?.headSha.slice(0, 7));
    expect(next.outputs['comment_url']).toContain(String(comment?.id));
  });

  test('has a comment for each database', async () => {
    await run(harness, opened);
    await run(harness, opened, { name: 'invoices' });
    await run(harness, opened, { environment: 'production' });
    expect(harness.github.comments(7)).toHaveLength(3);
  });

  test("keeps its one comment among 110 others, over all pages, and takes no other author's for it", async () => {
    for (let number = 1; number <= 55; number += 1) harness.github.seedComment(7, `Remark ${number}`);
    await run(harness, opened);
    const ours = harness.github.comments(7).at(-1);
    for (let number = 56; number <= 110; number += 1) {
      harness.github.seedComment(7, number % 25 === 0 ? (ours?.body ?? '') : `Remark ${number}`);
    }
    await run(harness, opened, { extensions: 'pgcrypto' });
    const comments = harness.github.comments(7);
    expect(comments).toHaveLength(111);
    expect(comments.find(({ id }) => id === ours?.id)?.body).toContain('3 to create');
    expect(comments.filter(({ body }) => body.includes('3 to create'))).toHaveLength(1);
  });

  test('ends with one comment when two jobs race', async () => {
    await Promise.all([run(harness, opened), run(harness, opened)]);
    expect(harness.github.comments(7)).toHaveLength(1);
  });

  test('gets no comment when the workflow wants none', async () => {
    const step = await run(harness, opened, { comment: 'false' });
    expect(step.outputs['result']).toBe('planned');
    expect(harness.github.comments(7)).toEqual([]);
  });

  test('with wrong inputs fails its step, and the summary says why', async () => {
    const step = await run(harness, opened, { engine_version: 'new' });
    expect(step.exitCode).toBe(1);
    expect(step.summary).toContain('engine_version');
  });

  test('that was closed is skipped unless the database is ephemeral', async () => {
    harness.github.close(7);
    const step = await run(harness, { ...opened, action: 'closed' });
    expect(step.exitCode).toBe(0);
    expect(step.outputs['result']).toBe('skipped');
    expect(step.annotations).toEqual([
      expect.objectContaining({
        level: 'notice',
        message: 'There is nothing to do for a closed pull request unless `ephemeral` is set.'
      })
    ]);
  });

  test('is planned although its token may not comment, with a warning that names the permission', async () => {
    harness.github.permit({ contents: 'read' });
    const step = await run(harness, opened);
    expect(step.exitCode).toBe(0);
    expect(step.outputs).toMatchObject({ result: 'planned', to_create: '2' });
    const [warning, ...more] = step.annotations;
    expect(more).toEqual([]);
    expect(warning).toMatchObject({ level: 'warning' });
    expect(warning?.message).toContain('pull-requests: write');
    expect(harness.github.comments(7)).toEqual([]);
  });

  test('is planned without a token, with a log line and no warning', async () => {
    const job = await harness.job(opened);
    const step = await job.step(inputs, { token: '' });
    expect(step.exitCode).toBe(0);
    expect(step.outputs['result']).toBe('planned');
    expect(step.annotations).toEqual([]);
    expect(step.log).toMatch(/There is no GitHub token, so nothing was written/);
  });

  test('from a fork is planned, and the summary explains the missing comment', async () => {
    harness.github.seedPull({ number: 8, fork: 'stranger' });
    harness.github.permit(READ_ONLY);
    const step = await run(harness, { name: 'pull_request', number: 8 });
    expect(step.exitCode).toBe(0);
    expect(step.outputs['result']).toBe('planned');
    expect(step.annotations).toEqual([]);
    expect(step.log).toMatch(/comment was not written: .*fork/);
    expect(harness.github.comments(8)).toEqual([]);
  });

  test('of Dependabot is planned, and the summary explains the missing comment', async () => {
    harness.github.seedPull({ number: 9, author: 'dependabot[bot]' });
    harness.github.permit(READ_ONLY);
    const step = await run(harness, { name: 'pull_request', number: 9, actor: 'dependabot[bot]' });
    expect(step.exitCode).toBe(0);
    expect(step.annotations).toEqual([]);
    expect(step.log).toMatch(/comment was not written: .*Dependabot/);
  });

  test.each([
    ['of Dependabot', { author: 'dependabot[bot]' }, 'dependabot[bot]'],
    ['from a fork', { fork: 'stranger' }, 'stranger']
  ])('%s has its comment when its token may write', async (_, seed, actor) => {
    harness.github.seedPull({ number: 10, ...seed });
    const step = await run(harness, { name: 'pull_request', number: 10, actor });
    expect(step.outputs['result']).toBe('planned');
    expect(harness.github.comments(10)).toHaveLength(1);
  });

  test('is planned while GitHub has problems, and the comment is written by a later try, after the minute that GitHub asks for', async () => {
    harness.github.fault({
      on: 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments',
      answer: secondaryRateLimit()
    });
    harness.github.fault({ on: 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments', answer: serverError(502) });
    const step = await (await harness.job(opened)).step(inputs, { pace: 60 });
    expect(step.exitCode).toBe(0);
    expect(harness.github.comments(7)).toHaveLength(1);
  });

  test('is planned although GitHub is down, with a warning', async () => {
    harness.github.fault({
      on: 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments',
      answer: { status: 404, body: { message: 'Not Found' } },
      times: 99
    });
    const step = await run(harness, opened);
    expect(step.exitCode).toBe(0);
    expect(step.outputs['result']).toBe('planned');
    expect(step.annotations.map(({ level }) => level)).toEqual(['warning']);
  });

  test('shows hostile values as inert text', async () => {
    const tags = JSON.stringify({
      note: 'a|b `c`\n<!-- pgkeep:local -->\n@acme/team ::error::owned <img src=x onerror=alert(1)>'
    });
    const step = await run(harness, opened, { tags });
    const [comment] = harness.github.comments(7);
    expect(comment?.body).not.toContain('<img');
    expect(comment?.body).not.toMatch(/(^|\s)@acme\/team/);
    expect(step.annotations).toEqual([]);
    await run(harness, opened, { tags });
    expect(harness.github.comments(7)).toHaveLength(1);
  });
});

describe('after the merge', () => {
  test('an apply that a pull request’s step names leaves the comment alone, unless it is told to write it', async () => {
    const harness = await openHarness();
    try {
      harness.github.seedPull({ number: 7 });
      const job = await harness.job({ name: 'pull_request', number: 7 });
      await job.step(inputs);
      const planned = harness.github.comments(7)[0]?.body;
      const applied = await job.step({ ...inputs, command: 'apply' });
      expect(applied.outputs['result']).toBe('applied');
      expect(applied.summary).toContain('Applied: 2 created');
      expect(harness.github.comments(7)[0]?.body).toBe(planned);
      const told = await job.step({ ...inputs, command: 'apply', comment: 'true' });
      expect(told.outputs['result']).toBe('no-changes');
      const [comment, ...more] = harness.github.comments(7);
      expect(more).toEqual([]);
      expect(comment?.body).toContain('No changes');
      const changed = await job.step({ ...inputs, command: 'apply', comment: 'true', tags: 'team: data' });
      expect(changed.outputs['result']).toBe('applied');
      expect(harness.github.comments(7)[0]?.body).toContain('Applied: 0 created, 1 updated');
    } finally {
      await harness.close();
    }
  });
});

describe('on GitHub Enterprise Server', () => {
  test('the comment goes to the server that the runner names', async () => {
    const harness = await openHarness({ enterprise: true });
    try {
      harness.github.seedPull({ number: 7 });
      expect(harness.github.url).toMatch(/\/api\/v3$/);
      const step = await run(harness, { name: 'pull_request', number: 7 });
      expect(harness.github.comments(7)).toHaveLength(1);
      expect(step.outputs['comment_url']).toMatch(/^https:\/\/github\.example\.com\/acme\/shop\/pull\/7#/);
    } finally {
      await harness.close();
    }
  });
});
