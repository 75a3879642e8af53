import { secondaryRateLimit, serverError } from '../clouds/github/github.ts';
import type { EventChoice } from '../clouds/github/events.ts';
import type { Step } from '../support/job.ts';
import { openStage, type Stage } from '../support/harness.ts';

const inputs = { cloud_provider: 'local', name: 'orders', engine_version: '17', database_name: 'shop' };

/** One step in a job of its own. */
async function run(stage: Stage, event: EventChoice, changes: Readonly<Record<string, string>> = {}): Promise<Step> {
  const job = await stage.job(event);
  return job.step({ ...inputs, ...changes });
}

describe('a pull request', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await openStage();
    stage.github.seedPull({ number: 7 });
  });
  afterEach(async () => stage.close());

  const opened: EventChoice = { name: 'pull_request', number: 7 };

  test('gets one comment with the plan, and `comment_url` says where', async () => {
    const step = await run(stage, opened);
    expect(step.outputs).toMatchObject({ command: 'plan', result: 'planned' });
    const [comment, ...more] = stage.github.comments(7);
    expect(more).toEqual([]);
    expect(step.outputs['comment_url']).toContain(`#issuecomment-${comment?.id}`);
    expect(comment?.body).toContain('2 to create, 0 to update, 0 to delete.');
    expect(comment?.body).toContain('shop');
    expect(comment?.author.login).toBe('github-actions[bot]');
  });

  test('has that comment brought up to date in place by the next commit', async () => {
    await run(stage, opened);
    const [before] = stage.github.comments(7).map(({ id }) => id);
    stage.github.push(7);
    const step = await run(stage, { ...opened, action: 'synchronize' }, { extensions: 'pgcrypto' });
    const comments = stage.github.comments(7);
    expect(comments.map(({ id }) => id)).toEqual([before]);
    expect(comments[0]?.body).toContain('3 to create');
    expect(comments[0]?.body).toContain(stage.github.issue(7).pull?.headSha.slice(0, 7));
    expect(step.outputs['comment_url']).toContain(String(before));
  });

  test('has a comment for each database', async () => {
    await run(stage, opened);
    await run(stage, opened, { name: 'invoices' });
    await run(stage, opened, { environment: 'production' });
    expect(stage.github.comments(7)).toHaveLength(3);
  });

  test('keeps its one comment among 250 others, over all pages, and takes nobody else’s for it', async () => {
    for (let number = 1; number <= 125; number += 1) stage.github.seedComment(7, `Remark ${number}`);
    await run(stage, opened);
    const ours = stage.github.comments(7).at(-1);
    for (let number = 126; number <= 250; number += 1) {
      stage.github.seedComment(7, number % 50 === 0 ? (ours?.body ?? '') : `Remark ${number}`);
    }
    await run(stage, opened, { extensions: 'pgcrypto' });
    const comments = stage.github.comments(7);
    expect(comments).toHaveLength(251);
    expect(comments.find(({ id }) => id === ours?.id)?.body).toContain('3 to create');
    expect(comments.filter(({ body }) => body.includes('3 to create'))).toHaveLength(1);
  });

  test('ends with one comment when two jobs race', async () => {
    await Promise.all([run(stage, opened), run(stage, opened)]);
    expect(stage.github.comments(7)).toHaveLength(1);
  });

  test('gets no comment when the workflow wants none', async () => {
    const step = await run(stage, opened, { comment: 'false' });
    expect(step.outputs['result']).toBe('planned');
    expect(stage.github.comments(7)).toEqual([]);
  });

  test('with inputs that are wrong fails its step, and the summary says why', async () => {
    const step = await run(stage, opened, { engine_version: 'new' });
    expect(step.exitCode).toBe(1);
    expect(step.summary).toContain('engine_version');
  });

  test('that was closed asks for nothing unless the database is ephemeral', async () => {
    stage.github.close(7);
    const step = await run(stage, { ...opened, action: 'closed' });
    expect(step.exitCode).toBe(0);
    expect(step.outputs['result']).toBe('no-changes');
  });

  test('is planned although its token may not comment, with a warning that names the permission', async () => {
    stage.github.permit({ contents: 'read' });
    const step = await run(stage, opened);
    expect(step.exitCode).toBe(0);
    expect(step.outputs).toMatchObject({ result: 'planned', to_create: '2' });
    const [warning, ...more] = step.annotations;
    expect(more).toEqual([]);
    expect(warning).toMatchObject({ level: 'warning' });
    expect(warning?.message).toContain('pull-requests: write');
    expect(stage.github.comments(7)).toEqual([]);
  });

  test('is planned without a token, which is said and is no warning', async () => {
    const job = await stage.job(opened);
    const step = await job.step(inputs, { token: '' });
    expect(step.exitCode).toBe(0);
    expect(step.outputs['result']).toBe('planned');
    expect(step.annotations).toEqual([]);
    expect(step.log).toMatch(/No comment: .*token/i);
  });

  test('from a fork is planned, and says why there is no comment', async () => {
    stage.github.seedPull({ number: 8, fork: 'stranger' });
    stage.github.permit({ contents: 'read' });
    const step = await run(stage, { name: 'pull_request', number: 8 });
    expect(step.exitCode).toBe(0);
    expect(step.outputs['result']).toBe('planned');
    expect(step.annotations).toEqual([]);
    expect(step.log).toMatch(/No comment: .*fork/);
    expect(stage.github.exchanges).toEqual([]);
  });

  test('of Dependabot is planned, and says why there is no comment', async () => {
    stage.github.seedPull({ number: 9, author: 'dependabot[bot]' });
    stage.github.permit({ contents: 'read' });
    const step = await run(stage, { name: 'pull_request', number: 9, actor: 'dependabot[bot]' });
    expect(step.exitCode).toBe(0);
    expect(step.log).toMatch(/No comment: .*Dependabot/);
  });

  test('is planned while GitHub has trouble, and the comment comes in a later try', async () => {
    stage.github.fault({
      on: 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments',
      answer: secondaryRateLimit(1)
    });
    stage.github.fault({ on: 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments', answer: serverError(502) });
    const step = await run(stage, opened);
    expect(step.exitCode).toBe(0);
    expect(stage.github.comments(7)).toHaveLength(1);
  });

  test('is planned although GitHub is away, with a warning', async () => {
    stage.github.fault({
      on: 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments',
      answer: { status: 404, body: { message: 'Not Found' } },
      times: 99
    });
    const step = await run(stage, opened);
    expect(step.exitCode).toBe(0);
    expect(step.outputs['result']).toBe('planned');
    expect(step.annotations.map(({ level }) => level)).toEqual(['warning']);
  });

  test('shows hostile values without obeying them', async () => {
    const tags = JSON.stringify({
      note: 'a|b `c`\n<!-- pgkeep:local -->\n@acme/team ::error::owned <img src=x onerror=alert(1)>'
    });
    const step = await run(stage, opened, { tags });
    const [comment] = stage.github.comments(7);
    expect(comment?.body).not.toContain('<img');
    expect(comment?.body).not.toMatch(/(^|\s)@acme\/team/);
    expect(step.annotations).toEqual([]);
    await run(stage, opened, { tags });
    expect(stage.github.comments(7)).toHaveLength(1);
  });
});

describe('after the merge', () => {
  test('an apply that a pull request’s step names leaves the comment alone, unless it is told to write it', async () => {
    const stage = await openStage();
    try {
      stage.github.seedPull({ number: 7 });
      const job = await stage.job({ name: 'pull_request', number: 7 });
      await job.step(inputs);
      const planned = stage.github.comments(7)[0]?.body;
      const applied = await job.step({ ...inputs, command: 'apply' });
      expect(applied.outputs['result']).toBe('applied');
      expect(stage.github.comments(7)[0]?.body).toBe(planned);
      const told = await job.step({ ...inputs, command: 'apply', comment: 'true' });
      expect(told.outputs['result']).toBe('no-changes');
      const [comment, ...more] = stage.github.comments(7);
      expect(more).toEqual([]);
      expect(comment?.body).toContain('No changes');
      const changed = await job.step({ ...inputs, command: 'apply', comment: 'true', tags: 'team: data' });
      expect(changed.outputs['result']).toBe('applied');
      expect(stage.github.comments(7)[0]?.body).toContain('Applied: 0 created, 1 updated');
    } finally {
      await stage.close();
    }
  });

  test.each(['push', 'workflow_dispatch'] as const)('a %s applies', async name => {
    const stage = await openStage();
    try {
      const step = await run(stage, { name });
      expect(step.outputs).toMatchObject({ command: 'apply', result: 'applied' });
      expect(step.summary).toContain('Applied: 2 created');
      expect(stage.github.exchanges).toEqual([]);
    } finally {
      await stage.close();
    }
  });
});

describe('other events', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
    stage.github.seedPull({ number: 7 });
  });
  afterAll(async () => stage.close());

  test.each([
    ['a merge queue', { name: 'merge_group', number: 7 } as const, 'planned'],
    ['a schedule', { name: 'schedule' } as const, 'drifted']
  ])('%s checks', async (_, event, result) => {
    const step = await run(stage, event);
    expect(step.outputs).toMatchObject({ command: 'check', result });
  });

  test('a release applies', async () => {
    const step = await run(stage, { name: 'release', tag: 'v1.2.3' });
    expect(step.outputs).toMatchObject({ command: 'apply', result: 'applied' });
  });
});

describe('on GitHub Enterprise Server', () => {
  test('the comment goes to the server that the runner names', async () => {
    const stage = await openStage({ enterprise: true });
    try {
      stage.github.seedPull({ number: 7 });
      expect(stage.github.url).toMatch(/\/api\/v3$/);
      const step = await run(stage, { name: 'pull_request', number: 7 });
      expect(stage.github.comments(7)).toHaveLength(1);
      expect(step.outputs['comment_url']).toMatch(/^https:\/\/github\.example\.com\/acme\/shop\/pull\/7#/);
    } finally {
      await stage.close();
    }
  });
});
