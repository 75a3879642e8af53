import {
  mergedBy,
  openPullRequests,
  pullRequestsOfCommit,
  readPullRequest,
  type PullRequest
} from '../../../src/github/pull-request.ts';
import { shaOf, startGithub, type FakeGithub } from '../../clouds/github/github.ts';
import { clientOf } from './setting.ts';

function pullOf(number: number, state: PullRequest['state'], mergeCommitSha: string, mergedAt?: string): PullRequest {
  return {
    number,
    state,
    headSha: shaOf(`head ${number}`),
    baseBranch: 'main',
    mergeCommitSha,
    mergedAt: mergedAt === undefined ? undefined : new Date(mergedAt),
    author: 'octocat',
    fork: false,
    labels: [],
    url: ''
  };
}

let github: FakeGithub;
beforeEach(async () => {
  github = await startGithub({ now: () => new Date('2026-03-01T12:00:00Z') });
  github.seedPull({ number: 7, headSha: shaOf('head'), labels: ['database', 'reset'], title: 'x | `y`' });
});
afterEach(() => github.stop());

test('the live state is read, not that of the event', async () => {
  const client = clientOf(github);
  expect(await readPullRequest(client, 7)).toEqual({
    number: 7,
    state: 'open',
    headSha: shaOf('head'),
    baseBranch: 'main',
    mergeCommitSha: undefined,
    mergedAt: undefined,
    author: 'octocat',
    fork: false,
    labels: ['database', 'reset'],
    url: 'https://github.com/acme/shop/pull/7'
  });
  const head = github.push(7);
  github.label(7, 'database');
  expect(await readPullRequest(client, 7)).toMatchObject({ headSha: head, labels: ['database'] });
  github.close(7);
  expect(await readPullRequest(client, 7)).toMatchObject({ state: 'closed', mergedAt: undefined });
  github.reopen(7);
  const merge = github.merge(7);
  expect(await readPullRequest(client, 7)).toMatchObject({
    state: 'merged',
    mergeCommitSha: merge,
    mergedAt: new Date('2026-03-01T12:00:00Z')
  });
});

test('one that does not exist is not an error', async () => {
  expect(await readPullRequest(clientOf(github), 99)).toBeUndefined();
});

test('one from a fork is recognised', async () => {
  github.seedPull({ number: 8, fork: 'mallory' });
  expect(await readPullRequest(clientOf(github), 8)).toMatchObject({ fork: true });
});

test('the pull requests of a commit come from all pages', async () => {
  const sha = shaOf('shared');
  for (let number = 100; number < 250; number += 1) {
    github.seedPull({ number });
    github.push(number, sha);
  }
  const pulls = await pullRequestsOfCommit(clientOf(github), sha);
  expect(pulls.map(pull => pull.number).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 150 }, (_, index) => 100 + index)
  );
});

test('a commit pushed straight to the branch has none, and so has an unknown one', async () => {
  const client = clientOf(github);
  expect(await pullRequestsOfCommit(client, github.seedCommit())).toEqual([]);
  expect(await pullRequestsOfCommit(client, shaOf('never seen'))).toEqual([]);
});

test('a token that may not read them is an error, not an empty list', async () => {
  github.permit({});
  await expect(pullRequestsOfCommit(clientOf(github), shaOf('head'))).rejects.toMatchObject({ code: 'github-denied' });
});

test('the merge commit leads to the pull request that created it', async () => {
  const merge = github.merge(7);
  github.seedPull({ number: 8 });
  github.push(8, merge);
  const pulls = await pullRequestsOfCommit(clientOf(github), merge);
  expect(pulls.map(pull => pull.number)).toEqual([8, 7]);
  expect(mergedBy(pulls, merge)).toMatchObject({ number: 7, headSha: shaOf('head') });
});

describe('which pull request brought a commit', () => {
  test('is never one that is open or was closed unmerged', () => {
    expect(mergedBy([pullOf(1, 'open', 'sha'), pullOf(2, 'closed', 'sha')], 'sha')).toBeUndefined();
  });

  test('is the one merged last when none names the commit, as after a rebase merge', () => {
    const pulls = [pullOf(1, 'merged', 'a', '2026-01-01T00:00:00Z'), pullOf(2, 'merged', 'b', '2026-02-01T00:00:00Z')];
    expect(mergedBy(pulls, 'c')?.number).toBe(2);
    expect(mergedBy(pulls, 'a')?.number).toBe(1);
  });
});

describe('the open pull requests', () => {
  test('are listed over all pages, without the closed and the merged ones', async () => {
    for (let number = 8; number < 160; number += 1) github.seedPull({ number });
    github.close(9);
    github.merge(10);
    const numbers = (await openPullRequests(clientOf(github), 1000)).map(pull => pull.number);
    expect(numbers).toHaveLength(151);
    expect(numbers).not.toContain(9);
    expect(numbers).not.toContain(10);
  });

  test('are at most the requested number, without extra requests', async () => {
    for (let number = 8; number < 260; number += 1) github.seedPull({ number });
    expect(await openPullRequests(clientOf(github), 150)).toHaveLength(150);
    expect(github.requests('GET /repos/{owner}/{repo}/pulls')).toHaveLength(2);
  });
});
