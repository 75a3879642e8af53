import { ActionError, ProviderError } from '../../../src/errors.ts';
import { openPullRequests, pullRequestsOfCommit, readPullRequest } from '../../../src/github/pull-request.ts';
import {
  bot,
  person,
  primaryRateLimit,
  secondaryRateLimit,
  serverError,
  startGithub,
  type FakeGithub
} from '../../clouds/github/github.ts';
import { clientOf, testContext } from './setting.ts';

const READ = 'GET /repos/{owner}/{repo}/pulls/{pull_number}';
const LIST = 'GET /repos/{owner}/{repo}/pulls';

async function failureOf(promise: Promise<unknown>): Promise<ProviderError> {
  try {
    await promise;
  } catch (thrown) {
    if (thrown instanceof ProviderError) return thrown;
    throw thrown;
  }
  throw new Error('expected a failure');
}

let github: FakeGithub;
beforeEach(async () => {
  github = await startGithub();
  github.seedPull({ number: 7 });
});
afterEach(() => github.stop());

describe('a request', () => {
  test('is retried after a server error, with growing pauses', async () => {
    const setting = testContext();
    github.fault({ on: READ, times: 2, answer: serverError(502) });
    expect(await readPullRequest(clientOf(github, { setting }), 7)).toMatchObject({ number: 7 });
    expect(setting.sleeps).toEqual([0.5, 1]);
  });

  test('names this action, and notes in the debug log that GitHub calls it old', async () => {
    const setting = testContext();
    const link = '<https://docs.github.com/old>; rel="deprecation"';
    const answer = { status: 404, headers: { deprecation: 'true', sunset: 'soon', link }, body: { message: 'Gone' } };
    github.fault({ on: READ, answer });
    expect(await readPullRequest(clientOf(github, { setting }), 7)).toBeUndefined();
    expect(github.requests(READ)[0]?.headers['user-agent']).toMatch(/^pgkeep octokit-core/);
    expect(setting.lines).toEqual([expect.stringContaining('See https://docs.github.com/old')]);
  });

  test("is given up after five tries, with GitHub's last answer", async () => {
    github.fault({ on: READ, times: 99, answer: { status: 500, body: { message: 'Server Error' } } });
    const error = await failureOf(readPullRequest(clientOf(github), 7));
    expect(error.message).toBe('Could not read pull request #7: GitHub answered 500 Server Error');
    expect(error.code).toBe('github-failed');
    expect(github.requests(READ)).toHaveLength(5);
  });

  test('waits until the hourly limit is over when that is soon', async () => {
    const setting = testContext();
    github.fault({ on: READ, answer: primaryRateLimit(new Date('2026-03-01T12:01:30Z')) });
    await readPullRequest(clientOf(github, { setting }), 7);
    expect(setting.sleeps).toEqual([90]);
  });

  test('does not make a job wait for an hour', async () => {
    const setting = testContext();
    github.fault({ on: READ, times: 99, answer: primaryRateLimit(new Date('2026-03-01T12:40:00Z')) });
    const error = await failureOf(readPullRequest(clientOf(github, { setting }), 7));
    expect(error.hint).toBe("Run again in 40 min: GitHub's rate limit `core` of 5000 requests an hour is used up.");
    expect(setting.sleeps).toEqual([]);
  });

  test('waits on a 429 as on a 403', async () => {
    const setting = testContext();
    github.fault({ on: READ, answer: { ...secondaryRateLimit(5), status: 429 } });
    await readPullRequest(clientOf(github, { setting }), 7);
    expect(setting.sleeps).toEqual([5]);
  });

  test('without an answer is given up and tried again', async () => {
    github.fault({ on: READ, delayMilliseconds: 1500 });
    const setting = testContext();
    expect(await readPullRequest(clientOf(github, { setting, timeoutSeconds: 0.5 }), 7)).toMatchObject({ number: 7 });
    expect(setting.lines.join('\n')).toContain('no answer from GitHub');
  });

  test('to a missing server reports that there was no answer', async () => {
    const client = clientOf({ ...github, url: 'http://127.0.0.1:1' });
    const error = await failureOf(readPullRequest(client, 7));
    expect(error.message).toMatch(/^Could not read pull request #7: no answer from GitHub: /);
    expect(error.hint).toContain('GITHUB_API_URL');
  });

  test.each([
    ['a page to sign in', 200],
    ['a missing page', 404]
  ])('that a proxy answers with %s is no answer of GitHub', async (_what, status) => {
    github.fault({ on: READ, times: 99, answer: { status, body: '<!DOCTYPE html><html></html>' } });
    expect(await failureOf(readPullRequest(clientOf(github), 7))).toMatchObject({
      kind: 'transient',
      code: 'github-failed',
      message: 'Could not read pull request #7: no answer from GitHub: another server answered'
    });
    expect(github.requests(READ)).toHaveLength(5);
  });

  test.each(['', '[{"number": 7'])('that is answered with %j, cut off, is not a list without an end', async body => {
    const on = 'GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls';
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    github.fault({ on, times: 99, answer: { status: 200, headers, body } });
    expect(await failureOf(pullRequestsOfCommit(clientOf(github), 'f00d'))).toMatchObject({
      kind: 'transient',
      code: 'github-failed',
      message: 'Could not read the pull requests of commit f00d: no answer from GitHub: its answer is cut off'
    });
  });

  test.each([
    ['by its path', ''],
    ['by its whole address', 'http']
  ])('of a renamed repository follows it on the same host %s, three times at most', async (_, whole) => {
    const location = `${whole === '' ? '' : github.url}/repos/acme/shop/pulls/7`;
    const answer = { status: 301, headers: { location }, body: { message: 'Moved Permanently' } };
    github.fault({ on: READ, times: 3, answer });
    expect(await readPullRequest(clientOf(github), 7)).toMatchObject({ number: 7 });
    github.fault({ on: READ, times: 4, answer });
    await expect(readPullRequest(clientOf(github), 7)).rejects.toThrow(
      /^Could not call GitHub: the answer leads to another address/
    );
    expect(github.requests(READ)).toHaveLength(8);
  });

  test.each([
    ['another host', { location: 'https://elsewhere.test/repos/acme/shop/pulls/7' }, ', on elsewhere.test'],
    ['nowhere', {}, '']
  ])('that is led to %s is not sent there', async (_, headers, where) => {
    github.fault({ on: READ, times: 9, answer: { status: 302, headers, body: {} } });
    expect(await failureOf(readPullRequest(clientOf(github), 7))).toMatchObject({
      message: `Could not call GitHub: the answer leads to another address${where}`,
      hint: 'Check the proxy and the address that is set for this API: the API answers by itself.'
    });
    expect(github.requests(READ)).toHaveLength(1);
  });

  test('ends at once with the reason when the run is cancelled', async () => {
    const controller = new AbortController();
    const client = clientOf(github, { setting: testContext(controller.signal) });
    github.fault({
      on: READ,
      before: () => controller.abort(new ActionError('Cancelled', { code: 'cancelled', source: 'user' }))
    });
    await expect(readPullRequest(client, 7)).rejects.toMatchObject({ code: 'cancelled' });
    expect(github.requests(READ).length).toBeLessThan(2);
  });
});

test('a list that does not end is given up', async () => {
  const { execution } = testContext();
  const limits = { pages: 2, answerBytes: 1_000_000 };
  const client = clientOf(github, { setting: { execution: { ...execution, limits }, sleeps: [], lines: [] } });
  const headers = { link: `<${github.url}>; rel="next"` };
  github.fault({ on: LIST, times: 9, answer: { status: 200, headers, body: [] } });
  await expect(openPullRequests(client, 1000)).rejects.toThrow(
    'Could not read the answer to read the open pull requests: it has more than 2 pages'
  );
  expect(github.requests(LIST)).toHaveLength(2);
});

describe('a refusal', () => {
  test('names the missing permission', async () => {
    github.permit({ contents: 'read' });
    const error = await failureOf(readPullRequest(clientOf(github), 7));
    expect(error.code).toBe('github-denied');
    expect(error.kind).toBe('denied');
    expect(error.hint).toBe('Give the job `permissions: pull-requests: read`.');
    expect(github.requests(READ)).toHaveLength(1);
  });

  test("of a person's token does the same", async () => {
    const token = github.addToken(person('alice'), {});
    const error = await failureOf(readPullRequest(clientOf(github, { token }), 7));
    expect(error.message).toContain('Resource not accessible by personal access token');
    expect(error.hint).toContain('pull-requests: read');
  });

  // https://github.com/octokit/auth-app.js/issues/65, https://github.com/Azure/azure-rest-api-specs/issues/39586
  test('of a token that GitHub does not know yet is asked again, and of one that it never knows only at first', async () => {
    const answer = { status: 401, body: { message: 'Bad credentials' } };
    github.fault({ on: READ, times: 2, answer });
    expect(await readPullRequest(clientOf(github), 7)).toMatchObject({ number: 7 });
    const client = clientOf(github, { token: 'ghs_expired' });
    const before = github.requests(READ).length;
    for (const _ of [1, 2]) await failureOf(readPullRequest(client, 7));
    expect(github.requests(READ).length - before).toBe(5 + 1);
  });

  test('of the token itself is not about permissions', async () => {
    const error = await failureOf(readPullRequest(clientOf(github, { token: 'ghs_expired' }), 7));
    expect(error.message).toBe('Could not read pull request #7: GitHub answered 401 Bad credentials');
    expect(error.code).toBe('github-denied');
    expect(error.hint).toContain('expired');
  });

  test('of a value gives the reason, shortened to one line', async () => {
    const body = {
      message: 'Validation Failed',
      errors: [
        { resource: 'X', code: 'custom', field: 'y', message: `bad\n::error::value\u001b[31m ${'x'.repeat(1000)}` }
      ]
    };
    github.fault({ on: READ, answer: { status: 422, body } });
    const error = await failureOf(readPullRequest(clientOf(github), 7));
    expect(error.message).toMatch(
      /^Could not read pull request #7: GitHub answered 422 Validation Failed; bad ::error::value \[31m x+…$/
    );
    expect(error.message.length).toBeLessThan(400);
  });
});

describe('the identity of a token', () => {
  test.each([
    ['the app of the job', undefined, { login: 'github-actions[bot]', appSlug: 'github-actions' }],
    ['another app', bot('db-keeper'), { login: 'db-keeper[bot]', appSlug: 'db-keeper' }],
    ['a person', person('alice'), { login: 'alice', appSlug: undefined }]
  ])('%s is read from GitHub once', async (_name, actor, identity) => {
    const client = clientOf(github, actor === undefined ? {} : { token: github.addToken(actor) });
    expect(await client.identity()).toEqual(identity);
    expect(await client.identity()).toEqual(identity);
    expect(github.exchanges).toHaveLength(1);
  });

  test('is the app of the job when GitHub does not answer', async () => {
    const answer = {
      status: 200,
      body: { errors: [{ type: 'FORBIDDEN', message: 'Resource not accessible by integration' }] }
    };
    github.fault({ on: 'POST /graphql', answer });
    expect(await clientOf(github).identity()).toEqual({ login: 'github-actions[bot]', appSlug: 'github-actions' });
    expect(github.requests('GET /user').map(exchange => exchange.status)).toEqual([403]);
  });
});
