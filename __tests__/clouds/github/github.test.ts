import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bot, person, READ_ONLY, secondaryRateLimit, shaOf, startGithub, type FakeGithub } from './github.ts';

type Json = Readonly<Record<string, unknown>>;

interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;
}

let github: FakeGithub;
beforeEach(async () => {
  github = await startGithub();
});
afterEach(() => github.stop());

async function call(method: string, path: string, body?: Json, token = github.token): Promise<Reply> {
  const repository = `${github.url}/repos/acme/shop`;
  const response = await fetch(
    path.startsWith('/') ? `${github.url}${path}` : `${repository}${path === '' ? '' : '/'}${path}`,
    {
      method,
      headers: {
        authorization: `token ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' })
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    }
  );
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text), headers: response.headers };
}

function names(reply: Reply, member: string): unknown[] {
  return (reply.body as readonly Json[]).map(item => item[member]);
}

describe('permissions of tokens', () => {
  test('an unknown token is refused', async () => {
    expect(await call('GET', '', undefined, 'ghs_unknown')).toMatchObject({
      status: 401,
      body: { message: 'Bad credentials' }
    });
  });

  test('the permissions of the job count, and a refusal names the missing one', async () => {
    github.seedPull({ number: 7 });
    github.permit(READ_ONLY);
    const reply = await call('POST', 'issues/7/comments', { body: 'x' });
    expect(reply).toMatchObject({ status: 403, body: { message: 'Resource not accessible by integration' } });
    expect(reply.headers.get('x-accepted-github-permissions')).toBe('issues=write; pull_requests=write');
    expect((await call('GET', 'issues/7/comments')).status).toBe(200);
  });

  test('a comment on an issue needs the permission for issues', async () => {
    github.seedIssue({ title: 'drift' });
    github.permit({ pull_requests: 'write' });
    expect((await call('POST', 'issues/1/comments', { body: 'x' })).status).toBe(403);
    github.permit({ issues: 'write' });
    expect((await call('POST', 'issues/1/comments', { body: 'x' })).status).toBe(201);
  });

  test('a public repository may be read without a permission', async () => {
    const open = await startGithub({ private: false, permissions: {} });
    try {
      open.seedPull({ number: 7 });
      const response = await fetch(`${open.url}/repos/acme/shop/pulls/7`, {
        headers: { authorization: `token ${open.token}` }
      });
      expect(response.status).toBe(200);
    } finally {
      await open.stop();
    }
  });

  test("GET /user answers a person's token and refuses an app's", async () => {
    expect(await call('GET', '/user')).toMatchObject({ status: 403 });
    const token = github.addToken(person('alice'));
    expect(await call('GET', '/user', undefined, token)).toMatchObject({
      status: 200,
      body: { login: 'alice', type: 'User' }
    });
  });

  test('another repository is not found', async () => {
    expect((await call('GET', '/repos/acme/other')).status).toBe(404);
    expect(await call('GET', '')).toMatchObject({
      status: 200,
      body: { full_name: 'acme/shop', default_branch: 'main' }
    });
  });
});

describe('issues and labels', () => {
  test('an issue is opened, found by label, edited, closed and reopened', async () => {
    github.seedPull({ number: 7 });
    const made = await call('POST', 'issues', { title: 'Drift in orders', body: 'x', labels: ['pgkeep', 'drift'] });
    expect(made).toMatchObject({ status: 201, body: { number: 8, user: { login: 'github-actions[bot]' } } });
    expect(names(await call('GET', 'issues?labels=pgkeep,drift'), 'number')).toEqual([8]);
    expect(names(await call('GET', 'issues?state=all'), 'number')).toEqual([8, 7]);
    expect(await call('PATCH', 'issues/8', { body: 'y', labels: ['pgkeep'] })).toMatchObject({ body: { body: 'y' } });
    await call('PATCH', 'issues/8', { state: 'closed', state_reason: 'completed' });
    expect(names(await call('GET', 'issues'), 'number')).toEqual([7]);
    expect(await call('PATCH', 'issues/8', { state: 'open' })).toMatchObject({ body: { state_reason: 'reopened' } });
    expect(await call('GET', 'issues/8')).toMatchObject({ status: 200, body: { state: 'open' } });
  });

  test('labels are added to a pull request and taken away', async () => {
    github.seedPull({ number: 7 });
    expect(await call('POST', 'labels', { name: 'reset', color: 'ff0000' })).toMatchObject({ status: 201 });
    expect(await call('POST', 'labels', { name: 'Reset' })).toMatchObject({ status: 422 });
    await call('POST', 'issues/7/labels', { labels: ['reset', 'database'] });
    expect(names(await call('GET', 'issues/7/labels'), 'name')).toEqual(['reset', 'database']);
    await call('DELETE', 'issues/7/labels/reset');
    expect(github.issue(7).labels).toEqual(['database']);
    expect((await call('DELETE', 'issues/7/labels/reset')).status).toBe(404);
    expect(names(await call('GET', 'labels'), 'name')).toEqual(['reset', 'database']);
    expect((await call('GET', 'labels/reset')).status).toBe(200);
  });
});

describe('pull requests', () => {
  test('open ones are listed on all pages, the newest first', async () => {
    for (let number = 1; number <= 130; number += 1) github.seedPull({ number });
    github.close(5);
    github.merge(6);
    const first = await call('GET', 'pulls?per_page=100');
    expect(first.headers.get('link')).toContain(
      `<${github.url}/repos/acme/shop/pulls?per_page=100&page=2>; rel="next"`
    );
    const second = await call('GET', 'pulls?per_page=100&page=2');
    expect(second.headers.get('link')).not.toContain('rel="next"');
    expect([...names(first, 'number'), ...names(second, 'number')]).toEqual(
      Array.from({ length: 130 }, (_, index) => 130 - index).filter(number => number !== 5 && number !== 6)
    );
  });

  test('are filtered by head and base', async () => {
    github.seedPull({ number: 1, headRef: 'one' });
    github.seedPull({ number: 2, headRef: 'one', fork: 'mallory' });
    expect(names(await call('GET', 'pulls?head=acme:one'), 'number')).toEqual([1]);
    expect(names(await call('GET', 'pulls?base=other'), 'number')).toEqual([]);
  });
});

describe('deployments', () => {
  test('one is created, becomes active, is replaced by the next, and is deleted', async () => {
    github.seedPull({ number: 7, headSha: shaOf('head') });
    const request = { ref: shaOf('head'), environment: 'pr-databases', auto_merge: false, required_contexts: [] };
    const made = await call('POST', 'deployments', {
      ...request,
      transient_environment: false,
      payload: { pull_request: 7 }
    });
    expect(made).toMatchObject({ status: 201, body: { sha: shaOf('head'), payload: { pull_request: 7 } } });
    const first = Number((made.body as Json)['id']);
    const status = { state: 'success', log_url: 'https://github.com/acme/shop/actions/runs/1', description: 'ready' };
    expect((await call('POST', `deployments/${first}/statuses`, status)).status).toBe(201);
    const second = Number(((await call('POST', 'deployments', request)).body as Json)['id']);
    expect(await call('DELETE', `deployments/${first}`)).toMatchObject({ status: 422 });
    await call('POST', `deployments/${second}/statuses`, status);
    expect(names(await call('GET', `deployments/${first}/statuses`), 'state')).toEqual(['inactive', 'success']);
    expect((await call('DELETE', `deployments/${first}`)).status).toBe(204);
    expect(names(await call('GET', 'deployments?environment=pr-databases'), 'id')).toEqual([second]);
    expect((await call('GET', `deployments/${first}`)).status).toBe(404);
  });

  test('a transient one is not replaced by itself', async () => {
    github.seedPull({ number: 7, headSha: shaOf('head') });
    const request = { ref: 'feature-7', environment: 'pr', transient_environment: true };
    for (let turn = 0; turn < 2; turn += 1) {
      const { body } = await call('POST', 'deployments', request);
      await call('POST', `deployments/${String((body as Json)['id'])}/statuses`, { state: 'success' });
    }
    expect(github.deployments().map(deployment => deployment.statuses.map(status => status.state))).toEqual([
      ['success'],
      ['success']
    ]);
  });

  test('an unknown ref is refused', async () => {
    expect((await call('POST', 'deployments', { ref: 'nowhere' })).status).toBe(422);
  });
});

describe('check runs', () => {
  test('belong to the app that created them', async () => {
    github.seedPull({ number: 7, headSha: shaOf('head') });
    const made = await call('POST', 'check-runs', { name: 'plan', head_sha: shaOf('head'), status: 'in_progress' });
    expect(made).toMatchObject({
      status: 201,
      body: { status: 'in_progress', conclusion: null, app: { slug: 'github-actions' } }
    });
    const id = String((made.body as Json)['id']);
    const done = { status: 'completed', conclusion: 'success', output: { title: 't', summary: 's' } };
    const stranger = github.addToken(bot('helpful'));
    expect(await call('PATCH', `check-runs/${id}`, done, stranger)).toMatchObject({ status: 403 });
    expect(await call('PATCH', `check-runs/${id}`, done)).toMatchObject({
      status: 200,
      body: { conclusion: 'success' }
    });
    expect(await call('GET', `check-runs/${id}`)).toMatchObject({ status: 200 });
  });

  test('the latest of each name is listed, all of them when asked', async () => {
    const headSha = shaOf('head');
    github.seedPull({ number: 7, headSha });
    for (const externalId of ['one', 'two']) github.seedCheckRun({ headSha, name: 'plan', externalId });
    expect(await call('GET', `commits/${headSha}/check-runs`)).toMatchObject({
      body: { total_count: 1, check_runs: [{ external_id: 'two' }] }
    });
    expect(await call('GET', `commits/${headSha}/check-runs?filter=all&check_name=plan`)).toMatchObject({
      body: { total_count: 2 }
    });
    expect(await call('GET', `commits/${headSha}/check-runs?filter=all&app_id=1`)).toMatchObject({
      body: { total_count: 0 }
    });
  });

  test('need an existing commit and a summary that is not too long', async () => {
    github.seedPull({ number: 7, headSha: shaOf('head') });
    expect((await call('POST', 'check-runs', { name: 'plan', head_sha: shaOf('no') })).status).toBe(422);
    const output = { title: 't', summary: 'é'.repeat(40_000) };
    expect((await call('POST', 'check-runs', { name: 'plan', head_sha: shaOf('head'), output })).status).toBe(422);
  });
});

describe('comments', () => {
  test('longer than 65,536 characters are refused, with any number of bytes', async () => {
    github.seedPull({ number: 7 });
    expect((await call('POST', 'issues/7/comments', { body: '😀'.repeat(65_536) })).status).toBe(201);
    expect(await call('POST', 'issues/7/comments', { body: 'x'.repeat(65_537) })).toMatchObject({
      status: 422,
      body: { errors: [{ message: 'Body is too long (maximum is 65536 characters)' }] }
    });
  });
});

describe('faults', () => {
  const LIST = 'GET /repos/{owner}/{repo}/pulls';

  test('affect the calls they are set for, and no others', async () => {
    github.fault({ on: LIST, call: 2, times: 2, answer: secondaryRateLimit(3) });
    const statuses = [];
    for (let turn = 0; turn < 4; turn += 1) statuses.push((await call('GET', 'pulls')).status);
    expect(statuses).toEqual([200, 403, 403, 200]);
    expect((await call('GET', 'issues')).status).toBe(200);
  });

  test('a read can be older than the last write', async () => {
    github.seedPull({ number: 7 });
    await call('POST', 'issues/7/comments', { body: 'first' });
    await call('POST', 'issues/7/comments', { body: 'second' });
    github.fault({ on: 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments', stale: true });
    expect(names(await call('GET', 'issues/7/comments'), 'body')).toEqual(['first']);
    expect(names(await call('GET', 'issues/7/comments'), 'body')).toEqual(['first', 'second']);
  });

  test('a cut connection either has its effect or not', async () => {
    github.seedPull({ number: 7 });
    const on = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
    github.fault({ on, drop: 'before' });
    github.fault({ on, call: 2, drop: 'after' });
    await expect(call('POST', 'issues/7/comments', { body: 'lost' })).rejects.toThrow('fetch failed');
    await expect(call('POST', 'issues/7/comments', { body: 'made' })).rejects.toThrow('fetch failed');
    expect(github.comments(7).map(comment => comment.body)).toEqual(['made']);
  });
});

test('every exchange is kept, without the token, where the contract check finds it', async () => {
  const before = process.env['PGKEEP_RECORD_DIR'];
  const folder = await mkdtemp(join(tmpdir(), 'github-record-'));
  process.env['PGKEEP_RECORD_DIR'] = folder;
  try {
    github.seedPull({ number: 7 });
    github.fault({ on: 'GET /repos/{owner}/{repo}/pulls/{pull_number}', call: 2, answer: { status: 429, body: {} } });
    await call('GET', 'pulls/7');
    await call('GET', 'pulls/7');
    const lines = (await readFile(join(folder, 'github.jsonl'), 'utf8')).trim().split('\n');
    const [first, second] = lines.map(line => JSON.parse(line) as Json);
    expect(first).toMatchObject({ method: 'GET', url: '/repos/acme/shop/pulls/7', status: 200, body: '' });
    expect(second).toMatchObject({ url: '/repos/acme/shop/pulls/7', undescribed: 429 });
    expect(second).not.toHaveProperty('status');
    expect(`${lines.join('')}${JSON.stringify(github.exchanges)}`).not.toContain(github.token);
  } finally {
    if (before === undefined) delete process.env['PGKEEP_RECORD_DIR'];
    else process.env['PGKEEP_RECORD_DIR'] = before;
    await rm(folder, { recursive: true });
  }
});
