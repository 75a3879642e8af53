import { pushedCommits, queuedPullRequests } from '../../../src/github/group.ts';
import { startGithub, type FakeGithub } from '../../clouds/github/github.ts';
import { clientOf } from './setting.ts';

const QUEUE = 'GET /repos/{owner}/{repo}/git/matching-refs/{ref}';
const COMPARE = 'GET /repos/{owner}/{repo}/compare/{basehead}';

let github: FakeGithub;
beforeAll(async () => {
  github = await startGithub();
});
afterAll(() => github.stop());

const sha = (number: number): string => number.toString(16).padStart(40, '0');

describe('a group of the merge queue', () => {
  const entry = (number: number, built: string, on: string, name = `pr-${number}-${on}`) => ({
    ref: `refs/heads/gh-readonly-queue/main/${name}`,
    object: { type: 'commit', sha: built }
  });
  const queued = async (...body: readonly ReturnType<typeof entry>[]): Promise<readonly number[]> => {
    github.fault({ on: QUEUE, answer: { status: 200, body } });
    return queuedPullRequests(clientOf(github), sha(30), 'main');
  };

  test.each<[string, readonly ReturnType<typeof entry>[], readonly number[]]>([
    [
      'has those that its head is built on, the first one first',
      [entry(2, sha(20), sha(10)), entry(3, sha(30), sha(20)), entry(1, sha(10), sha(5))],
      [1, 2, 3]
    ],
    [
      'leaves out those behind it and those of another group',
      [entry(3, sha(30), sha(20)), entry(4, sha(40), sha(30)), entry(9, sha(90), sha(80))],
      [3]
    ],
    ['has none where its head is of no entry', [entry(4, sha(40), sha(30))], []],
    ['ends at an entry that is built on itself', [entry(3, sha(30), sha(30))], [3]],
    ['ends at an entry that is built on a later one', [entry(3, sha(30), sha(20)), entry(2, sha(20), sha(30))], [2, 3]],
    [
      'has no branch with another name',
      [entry(3, sha(30), sha(20), 'mine'), entry(3, sha(30), sha(20), `pr-3-${sha(20)}-again`)],
      []
    ],
    ['knows commits by either hash', [entry(3, sha(30), 'b'.repeat(64)), entry(2, 'b'.repeat(64), sha(10))], [2, 3]]
  ])('%s', async (_, refs, numbers) => {
    expect(await queued(...refs)).toEqual(numbers);
  });
});

describe('the commits of a push', () => {
  /** A push of so many commits on `sha(0)`. */
  const pushed = async (count: number): Promise<readonly string[]> => {
    const commits = Array.from({ length: count }, (_, at) => ({ sha: sha(at + 1), parents: [{ sha: sha(at) }] }));
    github.fault({ on: COMPARE, answer: { status: 200, body: { commits } } });
    return pushedCommits(clientOf(github), sha(0), sha(count));
  };

  test.each([[1], [100]])('are followed, first ones first: %d', async count => {
    expect(await pushed(count)).toEqual(Array.from({ length: count }, (_, at) => sha(at + 1)));
  });

  test('are none where they are more than are followed', async () => {
    expect(await pushed(101)).toEqual([]);
  });

  test('are those of the branch, without those that a merge brought', async () => {
    const commits = [
      { sha: sha(7), parents: [{ sha: sha(0) }] },
      { sha: sha(1), parents: [{ sha: sha(0) }, { sha: sha(7) }] }
    ];
    github.fault({ on: COMPARE, answer: { status: 200, body: { commits } } });
    expect(await pushedCommits(clientOf(github), sha(0), sha(1))).toEqual([sha(1)]);
  });

  test.each([
    ['the branch was moved to another history', { commits: [{ sha: sha(1), parents: [{ sha: sha(9) }] }] }],
    ['the history begins there', { commits: [{ sha: sha(1), parents: [] }] }]
  ])('are none where %s', async (_, body) => {
    github.fault({ on: COMPARE, answer: { status: 200, body } });
    expect(await pushedCommits(clientOf(github), sha(0), sha(1))).toEqual([]);
  });

  test('are read for ten pages at most', async () => {
    const before = github.requests(COMPARE).length;
    const commits = Array.from({ length: 100 }, () => ({ sha: sha(1), parents: [{ sha: sha(0) }] }));
    const answer = { status: 200, body: { commits }, headers: { link: `<${github.url}>; rel="next"` } };
    github.fault({ on: COMPARE, answer, times: 11 });
    expect(await pushedCommits(clientOf(github), sha(0), sha(1))).toEqual([sha(1)]);
    expect(github.requests(COMPARE).length - before).toBe(10);
  });
});
