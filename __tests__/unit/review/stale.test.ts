import { putComment } from '../../../src/github/comment.ts';
import type { DatabaseKey } from '../../../src/github/marker.ts';
import { markOthersStale } from '../../../src/review/stale.ts';
import { serverError, startGithub, type FakeGithub } from '../../clouds/github/github.ts';
import { clientOf, testContext } from '../github/setting.ts';

const LIST = 'GET /repos/{owner}/{repo}/pulls';
const COMMENTS = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments';
const UPDATE = 'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}';
const database: DatabaseKey = { provider: 'local', account: '', region: '', name: 'orders', environment: 'dev' };
const plan = '### PostgreSQL `orders`\n\n**1 to update.**\n\n<sub>made</sub>\n';

let github: FakeGithub;
let now = new Date('2026-03-01T12:00:00Z');
beforeEach(async () => {
  now = new Date('2026-03-01T12:00:00Z');
  github = await startGithub({ now: () => now });
  for (const number of [7, 8, 9, 10]) github.seedPull({ number });
  for (const number of [7, 8, 9]) {
    const request = { pullRequest: number, database, renderings: [() => plan], createIfMissing: true };
    await putComment(clientOf(github), request);
  }
});
afterEach(() => github.stop());

const marked = async (changedAt: string): ReturnType<typeof markOthersStale> =>
  markOthersStale(clientOf(github), { database, except: 8, changedAt: new Date(changedAt), why: 'It was applied.' });
const isMarked = (number: number): boolean => github.comments(number).some(({ body }) => body.includes('applied.'));

test('the comments of the other pull requests are marked, once', async () => {
  expect(await marked('2026-03-01T12:00:00Z')).toEqual({ marked: [7, 9], left: false });
  expect([7, 8, 9].map(isMarked)).toEqual([true, false, true]);
  expect(await marked('2026-03-01T13:00:00Z')).toEqual({ marked: [], left: false });
});

// A thousand requests an hour are all that the job's own token has, for all workflows of a repository together.
test('pull requests without a plan of the database cost a request for each twenty', async () => {
  for (let number = 20; number < 60; number += 1) github.seedPull({ number });
  for (let comment = 0; comment < 31; comment += 1) github.seedComment(20, 'a long discussion');
  const before = github.exchanges.length;
  expect(await marked('2026-03-01T12:00:00Z')).toEqual({ marked: [7, 9], left: false });
  const sent = github.exchanges.slice(before);
  // One more asks who the token is.
  expect(sent.filter(({ route }) => route === 'POST /graphql')).toHaveLength(3 + 1);
  const read = sent.filter(({ route }) => route === COMMENTS).map(({ url }) => /issues\/(\d+)/.exec(url)?.[1]);
  expect(new Set(read)).toEqual(new Set(['7', '9', '20']));
});

test('where GitHub does not say which hold one, all are read', async () => {
  github.fault({ on: 'POST /graphql', answer: { status: 404, body: { message: 'Not Found' } } });
  expect(await marked('2026-03-01T12:00:00Z')).toEqual({ marked: [7, 9], left: false });
});

test('a comment that was written after the change stays as it is', async () => {
  expect(await marked('2026-03-01T11:59:59Z')).toEqual({ marked: [], left: false });
  expect([7, 9].map(isMarked)).toEqual([false, false]);
});

test.each([LIST, UPDATE])('a failure of %s is told, and not thrown', async on => {
  github.fault({ on, answer: serverError(500), times: 99 });
  const { error, marked: numbers } = await marked('2026-03-01T12:00:00Z');
  expect(error).toMatchObject({ code: 'github-failed' });
  expect(numbers).toEqual([]);
});

test('a run that is cancelled ends with the reason', async () => {
  const controller = new AbortController();
  const client = clientOf(github, { setting: testContext(controller.signal) });
  github.fault({ on: LIST, before: () => controller.abort(new Error('cancelled')) });
  const staleness = { database, except: 8, changedAt: now, why: 'It was applied.' };
  await expect(markOthersStale(client, staleness)).rejects.toThrow('cancelled');
});

test('that more are open than are looked at is told', async () => {
  for (let number = 100; number < 296; number += 1) github.seedPull({ number });
  // Two hundred comments need not be read for it.
  github.fault({ on: COMMENTS, answer: serverError(500), times: 99 });
  expect(await marked('2026-03-01T12:00:00Z')).toMatchObject({ left: true, error: { code: 'github-failed' } });
});
