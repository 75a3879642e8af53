import { ActionError } from '../../../src/errors.ts';
import { isOnTerminal, readEvent, type WorkflowEvent } from '../../../src/github/event.ts';
import { shaOf, startGithub, type FakeGithub } from '../../clouds/github/github.ts';
import type { EventChoice } from '../../clouds/github/events.ts';

let github: FakeGithub;
beforeAll(async () => {
  github = await startGithub();
  github.seedPull({ number: 7, headSha: shaOf('head'), labels: ['database'] });
  github.seedPull({ number: 8, fork: 'mallory', author: 'mallory' });
  github.seedPull({ number: 9 });
  github.merge(9, shaOf('merged'));
});
afterAll(() => github.stop());

function read(choice: EventChoice, env: Readonly<Record<string, string | undefined>> = {}): WorkflowEvent {
  const event = github.event(choice);
  return readEvent({ ...event.env, ...env }, JSON.stringify(event.payload));
}

function refusalOf(env: Readonly<Record<string, string | undefined>>, payload: string | undefined): ActionError {
  try {
    readEvent(env, payload);
  } catch (thrown) {
    if (thrown instanceof ActionError) return thrown;
    throw thrown;
  }
  throw new Error('expected a refusal');
}

test('gives every fact about the run that reports need', () => {
  const event = read({ name: 'pull_request', number: 7, runAttempt: 2 });
  expect(event).toEqual({
    kind: 'pull_request',
    target: false,
    change: 'opened',
    action: 'opened',
    pullRequest: {
      number: 7,
      state: 'open',
      merged: false,
      headSha: shaOf('head'),
      baseSha: shaOf('base'),
      baseBranch: 'main',
      author: 'octocat',
      fork: false,
      labels: ['database']
    },
    repository: { owner: 'acme', name: 'shop', id: 710_000_001 },
    sha: expect.not.stringMatching(shaOf('head')),
    headSha: shaOf('head'),
    ref: 'refs/pull/7/merge',
    actor: 'octocat',
    dependabot: false,
    workflow: 'database',
    job: 'database',
    runId: '9000001',
    runAttempt: 2,
    runUrl: 'https://github.com/acme/shop/actions/runs/9000001/attempts/2',
    serverUrl: 'https://github.com',
    apiUrl: github.url,
    defaultBranch: 'main',
    pullRequestNumber: 7
  });
});

test.each([
  ['opened', 'opened'],
  ['reopened', 'opened'],
  ['synchronize', 'updated'],
  ['labeled', 'updated'],
  ['edited', 'updated'],
  ['ready_for_review', 'updated'],
  ['closed', 'closed']
])('a pull request that was %s counts as %s', (action, change) => {
  expect(read({ name: 'pull_request', number: 7, action })).toMatchObject({ kind: 'pull_request', action, change });
});

test('a merged pull request is closed and merged', () => {
  expect(read({ name: 'pull_request', number: 9 })).toMatchObject({
    change: 'closed',
    pullRequest: { state: 'closed', merged: true },
    sha: shaOf('merged')
  });
});

test.each([undefined, null])('a pull request of which nothing says that it is merged (%s) is not', merged => {
  const { env, payload } = github.event({ name: 'pull_request', number: 7 });
  const text = JSON.stringify(payload, (member, value: unknown) => (member === 'merged' ? merged : value));
  expect(readEvent(env, text)).toMatchObject({ pullRequest: { state: 'open', merged: false } });
});

test('a run on a terminal is about no commit and has no page', () => {
  const { env } = github.event({ name: 'push' });
  const event = readEvent({ ...env, GITHUB_EVENT_NAME: 'terminal' }, '{}');
  expect(event).toMatchObject({ kind: 'other', name: 'terminal', sha: '', headSha: '', runUrl: '' });
  expect([isOnTerminal(event), isOnTerminal(read({ name: 'push' }))]).toEqual([true, false]);
});

test('a pull request from a fork is distinguished from one of the repository', () => {
  expect(read({ name: 'pull_request', number: 8 })).toMatchObject({ pullRequest: { fork: true, author: 'mallory' } });
});

test('a pull request whose fork was deleted still counts as one from a fork', () => {
  const { env, payload } = github.event({ name: 'pull_request', number: 8 });
  const text = JSON.stringify(payload, (member, value: unknown) =>
    member === 'head' && typeof value === 'object' ? { ...value, repo: null } : value
  );
  expect(readEvent(env, text)).toMatchObject({ pullRequest: { fork: true } });
});

test('pull_request_target is distinguished from pull_request, and reports still belong to the head', () => {
  expect(read({ name: 'pull_request_target', number: 7 })).toMatchObject({
    kind: 'pull_request',
    target: true,
    sha: shaOf('base'),
    headSha: shaOf('head')
  });
});

test('a run started by Dependabot is recognised', () => {
  expect(read({ name: 'pull_request', number: 7, actor: 'dependabot[bot]' }).dependabot).toBe(true);
});

test.each([
  [
    { name: 'push', sha: shaOf('merged') },
    { kind: 'push', ref: 'refs/heads/main' }
  ],
  [{ name: 'workflow_dispatch', sha: shaOf('merged') }, { kind: 'workflow_dispatch' }],
  [{ name: 'schedule', sha: shaOf('merged') }, { kind: 'schedule' }],
  [
    { name: 'release', tag: 'v1.2.0', sha: shaOf('merged') },
    { kind: 'release', action: 'published', tag: 'v1.2.0' }
  ]
] satisfies [EventChoice, Partial<WorkflowEvent>][])('%o is about the commit it names', (choice, expected) => {
  expect(read(choice)).toMatchObject({
    ...expected,
    sha: shaOf('merged'),
    headSha: shaOf('merged'),
    pullRequestNumber: undefined
  });
});

test('a merge group names its own head and the pull request it tests', () => {
  const event = read({ name: 'merge_group', number: 7 });
  expect(event).toMatchObject({ kind: 'merge_group', baseSha: shaOf('base'), pullRequestNumber: 7 });
  expect(event.headSha).toBe(event.sha);
  expect(event.headSha).not.toBe(shaOf('head'));
});

test.each([
  ['pull_request_review', { pull_request: { number: 7 } }, 7],
  ['issue_comment', { issue: { number: 7, pull_request: { url: 'x' } } }, 7],
  ['issue_comment', { issue: { number: 5 } }, undefined],
  ['repository_dispatch', { action: 'go' }, undefined]
])('another event, %s, names its pull request if it has one', (name, payload, pullRequestNumber) => {
  const { env } = github.event({ name: 'push' });
  const event = readEvent({ ...env, GITHUB_EVENT_NAME: name }, JSON.stringify(payload));
  expect(event).toMatchObject({ kind: 'other', name, pullRequestNumber });
});

test('a run of which the runner says little has defaults', () => {
  const env = { GITHUB_EVENT_NAME: 'push', GITHUB_REPOSITORY: 'acme/shop', GITHUB_SHA: 'f00d' };
  expect(readEvent(env, '{}')).toEqual({
    kind: 'push',
    repository: { owner: 'acme', name: 'shop', id: undefined },
    sha: 'f00d',
    headSha: 'f00d',
    ref: '',
    actor: '',
    dependabot: false,
    workflow: '',
    job: '',
    runId: '',
    runAttempt: 1,
    runUrl: 'https://github.com/acme/shop/actions/runs/',
    serverUrl: 'https://github.com',
    apiUrl: 'https://api.github.com',
    defaultBranch: undefined,
    pullRequestNumber: undefined
  });
  const repository = { id: 5, default_branch: 'trunk' };
  expect(readEvent(env, JSON.stringify({ repository }))).toMatchObject({
    repository: { id: 5 },
    defaultBranch: 'trunk'
  });
});

test.each([
  ['a'.repeat(40), 'a'.repeat(40)],
  ['a'.repeat(64), 'a'.repeat(64)],
  ['0'.repeat(40), undefined],
  ['a'.repeat(39), undefined],
  ['a'.repeat(65), undefined],
  [`x${'a'.repeat(40)}`, undefined],
  [undefined, undefined]
])('the commit before a push of %s is %s', (before, expected) => {
  const { env } = github.event({ name: 'push' });
  const event = readEvent(env, JSON.stringify({ before }));
  expect(event.kind === 'push' && event.before).toBe(expected);
});

test.each([
  ['refs/heads/gh-readonly-queue/main/pr-7-abc', 7],
  ['refs/heads/gh-readonly-queue/main/pr-7-xyz', undefined],
  ['refs/heads/pr-7', undefined]
])('a merge group on %s is that of #%s', (headRef, number) => {
  const { env } = github.event({ name: 'push' });
  const group = { head_sha: 'f00d', head_ref: headRef, base_sha: 'beef', base_ref: 'refs/heads/main' };
  expect(readEvent({ ...env, GITHUB_EVENT_NAME: 'merge_group' }, JSON.stringify({ merge_group: group }))).toMatchObject(
    { headSha: 'f00d', baseSha: 'beef', baseRef: 'refs/heads/main', pullRequestNumber: number }
  );
});

test('on GitHub Enterprise Server the addresses are its own, without a slash at the end', () => {
  const env = { GITHUB_SERVER_URL: 'https://git.example.com/', GITHUB_API_URL: 'https://git.example.com/api/v3/' };
  expect(read({ name: 'pull_request', number: 7 }, env)).toMatchObject({
    serverUrl: 'https://git.example.com',
    apiUrl: 'https://git.example.com/api/v3',
    runUrl: 'https://git.example.com/acme/shop/actions/runs/9000001'
  });
});

describe('an unreadable payload is an error with its cause', () => {
  test.each<[string, string | undefined, string]>([
    ['missing', undefined, 'there is no file at GITHUB_EVENT_PATH'],
    ['cut short', '{"action": "open', 'the file at GITHUB_EVENT_PATH is not JSON (16 characters)'],
    ...['[]', 'null', '7', '"text"'].map((text): [string, string, string] => [
      text,
      text,
      'the file at GITHUB_EVENT_PATH holds no JSON object'
    ]),
    ['empty', '{}', '`action` is missing'],
    [
      'without a head',
      '{"action":"opened","pull_request":{"number":7,"state":"open"}}',
      '`pull_request.head` is missing'
    ],
    [
      'of another shape',
      '{"action":"opened","pull_request":{"number":"7"}}',
      '`pull_request.number` is not what GitHub sends'
    ]
  ])('%s', (_name, payload, cause) => {
    const { env } = github.event({ name: 'pull_request', number: 7 });
    const error = refusalOf(env, payload);
    expect(error.message).toBe(`Could not read the payload of the workflow event pull_request: ${cause}`);
    expect(error.code).toBe('event-invalid');
    expect(error.hint).toBe(
      'Mount the file in a container job, and pass GITHUB_EVENT_PATH on: GitHub writes it for each run.'
    );
  });
});

test.each([
  ['GITHUB_EVENT_NAME', undefined, 'it is not set'],
  ['GITHUB_EVENT_NAME', '', 'it is not set'],
  ...['shop', '/shop', 'acme/', 'acme/shop/more'].map((name): [string, string, string] => [
    'GITHUB_REPOSITORY',
    name,
    `\`${name}\` is not owner/name`
  ]),
  ['GITHUB_SHA', '', 'it is not set'],
  ['GITHUB_API_URL', 'file:///etc', '`file:///etc` is not a web address'],
  ['GITHUB_SERVER_URL', 'github.com', '`github.com` is not a web address'],
  ['GITHUB_RUN_ATTEMPT', 'x', '`x` is not a number'],
  ['GITHUB_REPOSITORY_ID', '1'.repeat(16), `\`${'1'.repeat(16)}\` is not a number`]
])('a job with %s=%s gets an error about it', (variable, value, cause) => {
  const { env, payload } = github.event({ name: 'push' });
  const error = refusalOf({ ...env, [variable]: value }, JSON.stringify(payload));
  expect(error.message).toBe(`Could not read the workflow event from ${variable}: ${cause}`);
  expect(error.hint).toBe('Run the action as a step of a GitHub Actions job, which sets the GITHUB_* variables.');
});
