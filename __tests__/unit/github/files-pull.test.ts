import { putFilesPull, type FilesRequest } from '../../../src/github/files-pull.ts';
import { startGithub, type FakeGithub } from '../../clouds/github/github.ts';
import { clientOf } from './setting.ts';

const BRANCH = 'pgkeep/import-aws-orders';
const POST_PULL = 'POST /repos/{owner}/{repo}/pulls';
const POST_REF = 'POST /repos/{owner}/{repo}/git/refs';
const PATCH_REF = 'PATCH /repos/{owner}/{repo}/git/refs/{ref}';
const WRITES = [POST_PULL, POST_REF, PATCH_REF, 'POST /repos/{owner}/{repo}/git/commits'];

let github: FakeGithub;
beforeEach(async () => {
  github = await startGithub({ permissions: { contents: 'write', pull_requests: 'write' } });
});
afterEach(() => github.stop());

function wanted(config: string, more: Partial<FilesRequest> = {}): FilesRequest {
  const files = [
    { path: 'pgkeep.yml', content: config },
    { path: '.github/pgkeep-step.yml', content: '- uses: pgkeep/pgkeep@v1\n' }
  ];
  return { branch: BRANCH, files, title: 'Keep orders with pgkeep', body: 'Read and proved.', ...more };
}

const put = async (config: string, more?: Partial<FilesRequest>) =>
  putFilesPull(clientOf(github), wanted(config, more));
const written = () => WRITES.map(route => github.requests(route).length);
const commits = () => github.requests('POST /repos/{owner}/{repo}/git/commits').length;

test('one pull request is opened with both files, updated on its branch, and left alone when nothing differs', async () => {
  const url = 'https://github.com/acme/shop/pull/1';
  expect(await put('multi_az: "true"\n')).toEqual({ action: 'created', number: 1, url });
  expect(github.issue(1)).toMatchObject({
    title: 'Keep orders with pgkeep',
    pull: { headRef: BRANCH, baseRef: 'main', headOwner: 'acme' }
  });
  expect(github.files(BRANCH)).toEqual({
    'README.md': '# shop\n',
    'pgkeep.yml': 'multi_az: "true"\n',
    '.github/pgkeep-step.yml': '- uses: pgkeep/pgkeep@v1\n'
  });
  const once = written();
  expect(await put('multi_az: "true"\n')).toEqual({ action: 'unchanged', number: 1, url });
  expect(written()).toEqual(once);
  // What others merge meanwhile is no reason for a commit.
  github.pushFiles('main', { 'app.ts': 'export {}' });
  expect(await put('multi_az: "true"\n')).toMatchObject({ action: 'unchanged' });
  expect(await put('multi_az: "false"\n')).toEqual({ action: 'updated', number: 1, url });
  expect(github.files(BRANCH)).toMatchObject({ 'pgkeep.yml': 'multi_az: "false"\n' });
  expect(github.issue(1).pull?.commits).toHaveLength(2);
  expect(github.files('main')).not.toHaveProperty('pgkeep.yml');
});

test('nothing is opened once the default branch has the files; later values begin a new one', async () => {
  await put('a: "1"\n');
  github.pushFiles('main', github.files(BRANCH) ?? {});
  github.merge(1);
  expect(await put('a: "1"\n')).toEqual({ action: 'none' });
  expect(await put('a: "2"\n')).toMatchObject({ action: 'created', number: 2 });
  expect(github.files(BRANCH)).toMatchObject({ 'pgkeep.yml': 'a: "2"\n' });
});

test.each<[string, () => void]>([
  ['a branch of that name that someone else made', () => github.pushFiles(BRANCH, { 'mine.ts': '1' })],
  ['a default branch of that name', () => github.renameDefaultBranch(BRANCH)]
])('%s is left alone', async (_, make) => {
  make();
  const before = github.files(BRANCH);
  expect(await put('a: "1"\n')).toEqual({ action: 'foreign' });
  expect(github.files(BRANCH)).toEqual(before);
  expect(written()).toEqual([0, 0, 0, 0]);
});

test('a commit that someone pushed onto the branch stays', async () => {
  await put('a: "1"\n');
  github.pushFiles(BRANCH, { 'pgkeep.yml': 'a: "by hand"\n' });
  expect(await put('a: "2"\n')).toEqual({ action: 'foreign' });
  expect(github.files(BRANCH)).toMatchObject({ 'pgkeep.yml': 'a: "by hand"\n' });
});

test('a commit of ours that someone amended, whose message is still ours, stays', async () => {
  await put('a: "1"\n');
  github.pushFiles(BRANCH, { 'pgkeep.yml': 'a: "by hand"\n' }, github.commitMessage(BRANCH));
  expect(await put('a: "2"\n')).toEqual({ action: 'foreign' });
  expect(github.files(BRANCH)).toMatchObject({ 'pgkeep.yml': 'a: "by hand"\n' });
});

test('without an open pull request the branch is moved to the base, with what it held as a parent, and never by force', async () => {
  await put('a: "1"\n');
  github.pushFiles('main', { 'app.ts': 'export {}' });
  github.close(1);
  expect(await put('a: "2"\n')).toMatchObject({ action: 'created', number: 2 });
  expect(github.files(BRANCH)).toMatchObject({ 'pgkeep.yml': 'a: "2"\n', 'app.ts': 'export {}' });
});

test.each(['open', 'closed'])(
  'a push between the read and the write of the branch stays, with the pull request %s',
  async state => {
    await put('a: "1"\n');
    if (state === 'closed') github.close(1);
    github.fault({
      on: 'POST /repos/{owner}/{repo}/git/commits',
      before: () => void github.pushFiles(BRANCH, { 'mine.ts': '1' })
    });
    expect(await put('a: "2"\n')).toEqual({ action: 'foreign' });
    expect(github.files(BRANCH)).toMatchObject({ 'pgkeep.yml': 'a: "1"\n', 'mine.ts': '1' });
  }
);

test.each<[string, Parameters<FakeGithub['permit']>[0], string]>([
  ['contents', { contents: 'read', pull_requests: 'write' }, 'contents: write'],
  ['pull requests', { contents: 'write', pull_requests: 'read' }, 'pull-requests: write']
])('a token that may not write %s is told so', async (_, permissions, needs) => {
  github.permit(permissions);
  const result = await put('a: "1"\n');
  expect(result).toMatchObject({ action: 'failed', error: { hint: expect.stringContaining(needs) as string } });
});

test('a repository that lets no workflow open pull requests is told, and the next run opens it', async () => {
  github.letActionsOpenPulls(false);
  expect(await put('a: "1"\n')).toMatchObject({
    action: 'failed',
    error: {
      kind: 'denied',
      code: 'github-denied',
      hint: 'Switch on "Allow GitHub Actions to create and approve pull requests" under Settings, Actions, General, or use the token of an app. The branch is there already.'
    }
  });
  github.letActionsOpenPulls(true);
  expect(await put('a: "1"\n')).toMatchObject({ action: 'created', number: 1 });
  expect(commits()).toBe(1);
});

test.each([POST_REF, POST_PULL, PATCH_REF])('%s whose answer is lost is not sent again blindly', async route => {
  if (route === PATCH_REF) await put('a: "0"\n');
  github.fault({ on: route, drop: 'after' });
  const result = await put('a: "1"\n');
  expect(result).toMatchObject({ number: 1 });
  expect(github.issues()).toHaveLength(1);
  expect(github.files(BRANCH)).toMatchObject({ 'pgkeep.yml': 'a: "1"\n' });
});

test.each([POST_PULL, POST_REF, 'POST /repos/{owner}/{repo}/git/commits'])(
  'a run that ended before %s is finished by the next one',
  async on => {
    github.fault({
      on,
      answer: { status: 422, body: { message: 'Not now', documentation_url: 'https://docs.github.com/rest' } }
    });
    expect(await put('a: "1"\n')).toMatchObject({ action: 'failed' });
    expect(await put('a: "1"\n')).toMatchObject({ action: 'created', number: 1 });
    expect(github.issues()).toHaveLength(1);
    expect(github.files(BRANCH)).toMatchObject({ 'pgkeep.yml': 'a: "1"\n' });
  }
);
