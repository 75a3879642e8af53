import { putIssue, type IssueRequest } from '../../../src/github/issue.ts';
import { markerOf, type DatabaseKey } from '../../../src/github/marker.ts';
import { bot, person, READ_ONLY, serverError, startGithub, type FakeGithub } from '../../clouds/github/github.ts';
import { clientOf } from './setting.ts';

const CREATE = 'POST /repos/{owner}/{repo}/issues';
const UPDATE = 'PATCH /repos/{owner}/{repo}/issues/{issue_number}';

const database: DatabaseKey = { provider: 'local', account: '', region: '', name: 'orders', environment: 'dev' };
const marker = markerOf(database);

function wanted(text: string, more: Partial<IssueRequest> = {}): IssueRequest {
  return { database, title: 'orders has drifted', renderings: [() => text], state: 'open', ...more };
}

let github: FakeGithub;
beforeEach(async () => {
  github = await startGithub();
});
afterEach(() => github.stop());

const open = () => github.issues().filter(issue => issue.state === 'open');

test('one issue is opened, updated, left alone when nothing changed, and closed', async () => {
  const client = clientOf(github);
  const first = await putIssue(client, wanted('work_mem'));
  expect(first).toEqual({ action: 'created', number: 1, url: 'https://github.com/acme/shop/issues/1' });
  expect(github.issue(1)).toMatchObject({ title: 'orders has drifted', body: `${marker}\nwork_mem`, state: 'open' });

  expect(await putIssue(clientOf(github), wanted('port'))).toMatchObject({ action: 'updated', number: 1 });
  expect(await putIssue(clientOf(github), wanted('port'))).toMatchObject({ action: 'unchanged', number: 1 });
  expect(github.requests(UPDATE)).toHaveLength(1);

  expect(await putIssue(client, wanted('gone', { state: 'closed' }))).toMatchObject({ action: 'closed', number: 1 });
  expect(github.issue(1)).toMatchObject({ state: 'closed', stateReason: 'completed', body: `${marker}\ngone` });
  expect(await putIssue(client, wanted('gone', { state: 'closed' }))).toEqual({ action: 'none' });
});

test('drift that returns opens a new one', async () => {
  const client = clientOf(github);
  await putIssue(client, wanted('work_mem'));
  await putIssue(client, wanted('gone', { state: 'closed' }));
  expect(await putIssue(client, wanted('port'))).toMatchObject({ action: 'created', number: 2 });
});

test('another database has another issue', async () => {
  const client = clientOf(github);
  await putIssue(client, wanted('orders'));
  expect((await putIssue(client, wanted('users', { database: { ...database, name: 'users' } }))).action).toBe(
    'created'
  );
});

// A thousand requests an hour are all that the job's own token has, for all workflows of a repository together.
test('it is found behind 250 open issues of others, which are not read', async () => {
  const client = clientOf(github);
  await putIssue(client, wanted('work_mem'));
  for (let index = 0; index < 250; index += 1) github.seedIssue({ title: `issue ${index}` });
  expect(await putIssue(clientOf(github), wanted('port'))).toMatchObject({ action: 'updated', number: 1 });
  const read = github.requests('GET /repos/{owner}/{repo}/issues');
  expect(read.filter(({ resBody }) => resBody.includes('issue 1'))).toEqual([]);
});

test('it is found where GitHub does not know its author as the creator', async () => {
  await putIssue(clientOf(github), wanted('work_mem'));
  const [ours] = github.issues();
  if (ours !== undefined) Object.assign(ours, { author: { ...ours.author, login: 'GitHub-Actions[bot]' } });
  expect(await putIssue(clientOf(github), wanted('port'))).toMatchObject({ action: 'updated', number: 1 });
});

test('issues with our marker by a person, another app or of a pull request are not ours', async () => {
  github.seedIssue({ title: 'forged', author: person('mallory') }).body = `${marker}\nnothing to see`;
  github.seedIssue({ title: 'from elsewhere', author: bot('helpful') }).body = `${marker}\nnothing to see`;
  github.seedPull({ body: `${marker}\nmerge me`, author: 'mallory' });
  expect(await putIssue(clientOf(github), wanted('work_mem'))).toMatchObject({ action: 'created', number: 4 });
  expect(await putIssue(clientOf(github), wanted('', { state: 'closed' }))).toMatchObject({ number: 4 });
  expect(open().map(issue => issue.title)).toEqual(['forged', 'from elsewhere', 'Change 3']);
});

test('two runs that both open one end with one', async () => {
  let other: Promise<unknown> | undefined;
  github.fault({
    on: CREATE,
    before: async () => {
      other ??= putIssue(clientOf(github), wanted('work_mem'));
      await other;
    }
  });
  await putIssue(clientOf(github), wanted('work_mem'));
  expect(open()).toHaveLength(1);
});

test('one whose answer was lost is not opened twice', async () => {
  github.fault({ on: CREATE, answer: serverError(502), afterEffect: true });
  await putIssue(clientOf(github), wanted('work_mem'));
  expect(github.issues()).toHaveLength(1);
});

test('a token without the permission is a warning that names it', async () => {
  github.permit(READ_ONLY);
  expect(await putIssue(clientOf(github), wanted('work_mem'))).toMatchObject({
    action: 'failed',
    error: { code: 'github-denied', hint: 'Give the job `permissions: issues: write`.' }
  });
});
