import { readEvent } from '../../../src/github/event.ts';
import { findRecord, subjectOf, type Subject } from '../../../src/review/find-record.ts';
import type { EventChoice } from '../../clouds/github/events.ts';
import { startGithub, type FakeGithub } from '../../clouds/github/github.ts';
import { TARGET } from '../../support/resources.ts';
import { clientOf } from '../github/setting.ts';

let github: FakeGithub;
beforeEach(async () => {
  github = await startGithub();
  github.seedPull({ number: 7 });
  github.seedPull({ number: 9, baseRef: 'feature-7' });
});
afterEach(async () => github.stop());

async function subject(choice: EventChoice): Promise<Subject> {
  const { env, payload } = github.event(choice);
  return subjectOf(clientOf(github), readEvent(env, JSON.stringify(payload)), base => base === 'main');
}

test('the pull request of an event of its own is known without asking', async () => {
  expect(await subject({ name: 'pull_request', number: 9 })).toMatchObject({ number: 9 });
  expect(github.exchanges).toEqual([]);
});

test('a commit that was pushed straight to the branch came from none', async () => {
  expect(await subject({ name: 'push', sha: github.seedCommit() })).toEqual({ why: 'came from no pull request' });
});

test('what came from none, or does not count, has no record, and is not asked for', async () => {
  const of = { headSha: 'f00d', fork: false };
  const found = [
    { why: 'came from none' },
    { ...of, number: 7, unfit: 'is not merged' },
    { ...of, number: 7, fork: true }
  ];
  expect(await Promise.all(found.map(async one => findRecord(clientOf(github), one, TARGET)))).toEqual([
    { evidence: { kind: 'none', why: 'this commit came from none' }, parts: [] },
    { evidence: { kind: 'none', why: '#7 is not merged', pullRequest: 7 }, parts: [] },
    {
      evidence: { kind: 'none', why: '#7 comes from a fork, whose records are not trusted', pullRequest: 7 },
      parts: []
    }
  ]);
  expect(github.exchanges).toEqual([]);
});

describe('the pull request that a push carries out', () => {
  test('is the one whose merge into the branch it is', async () => {
    expect(await subject({ name: 'push', sha: github.merge(7) })).toMatchObject({ number: 7 });
  });

  // https://github.com/projectcalico/calico/pull/13157: half of all runs after a merge found none.
  test.each([
    ['names none', 200, []],
    ['does not know the commit', 422, { message: 'No commit found for SHA: f00d' }]
  ])('is found where the index of commits %s yet', async (_, status, body) => {
    github.seedPull({ number: 10 });
    github.merge(10);
    github.fault({ on: 'GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls', answer: { status, body } });
    expect(await subject({ name: 'push', sha: github.merge(7) })).toMatchObject({ number: 7 });
  });

  test('is none that was stacked on another one and merged there, reviewed or not', async () => {
    expect(await subject({ name: 'push', sha: github.merge(9) })).toEqual({
      why: 'came from #9, whose base is `feature-7` and not the branch that this run deploys'
    });
  });

  test('of the merge queue does not count with another base', async () => {
    expect(await subject({ name: 'merge_group', number: 7 })).toMatchObject({ number: 7 });
    expect((await subject({ name: 'merge_group', number: 7 })) as object).not.toHaveProperty('unfit');
    expect(await subject({ name: 'merge_group', number: 9 })).toMatchObject({
      unfit: 'has the base `feature-7`, which is not the branch that this run deploys'
    });
  });
});
