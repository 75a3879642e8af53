import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { aboutPullRequest } from '../../../src/commands/about-pull-request.ts';
import type { Run } from '../../../src/commands/command.ts';
import { readEvent, type WorkflowEvent } from '../../../src/github/event.ts';
import type { EventChoice } from '../../clouds/github/events.ts';
import { startGithub, type FakeGithub } from '../../clouds/github/github.ts';
import { testContext } from '../github/setting.ts';

/** A repository with the test merge of a pull request's earlier head, and that of its head. */
const workspace = mkdtempSync(path.join(tmpdir(), 'pgkeep-merges-'));
const git = (...args: readonly string[]): string =>
  execFileSync('git', ['-C', workspace, '-c', 'user.name=x', '-c', 'user.email=x@example.org', ...args], {
    encoding: 'utf8'
  }).trim();

let github: FakeGithub;
let [older, head, merged] = ['', '', ''];
let said: string[] = [];

beforeAll(() => {
  git('init', '-q');
  const tree = git('write-tree');
  const [base = '', ...heads] = ['base', 'older', 'newer'].map(message => git('commit-tree', tree, '-m', message));
  [older = '', head = ''] = heads;
  merged = git('commit-tree', tree, '-m', 'merge', '-p', base, '-p', older);
});
afterAll(() => rmSync(workspace, { recursive: true }));
beforeEach(async () => {
  github = await startGithub();
  said = [];
});
afterEach(async () => github.stop());

/** What a run is about whose workspace holds a commit. */
async function about(
  choice: EventChoice,
  checkedOut: string,
  { sha, ...named }: { readonly sha?: string; readonly pull_request?: number } = {}
): Promise<WorkflowEvent> {
  git('update-ref', '--no-deref', 'HEAD', checkedOut);
  const { env, payload } = github.event(choice);
  const run = {
    runtime: { paths: { workspace }, log: { notice: (text: string) => said.push(text) } },
    inputs: { run: named, secrets: new Map([['github_token', github.token]]) },
    event: readEvent({ ...env, ...(sha === undefined ? {} : { GITHUB_SHA: sha }) }, JSON.stringify(payload)),
    execution: testContext().execution
  };
  return aboutPullRequest(run as unknown as Run);
}

/** What GitHub names as its test merge. */
function testMerge(number: number, sha: string): void {
  Object.assign(github.issue(number).pull ?? {}, { mergeCommitSha: sha });
}

// https://github.com/actions/checkout/issues/518
test('a merge of an earlier head is not of the head, whatever GitHub names as its merge', async () => {
  github.seedPull({ number: 7, headSha: head });
  testMerge(7, merged);
  const named = await about({ name: 'workflow_dispatch' }, merged, { pull_request: 7 });
  expect(named).toMatchObject({ about: { holdsHead: false } });

  const own = await about({ name: 'pull_request', number: 7 }, merged, { sha: merged });
  expect(own).toMatchObject({ headSha: older, pullRequest: { headSha: older } });
  expect(said).toEqual([
    expect.stringContaining(`earlier commit ${older.slice(0, 7)}, and the head is ${head.slice(0, 7)}`)
  ]);
});

test('a merge of the head is of the head, also with another base than the merge that GitHub names', async () => {
  github.seedPull({ number: 7, headSha: older });
  testMerge(7, 'f'.repeat(40));
  const named = await about({ name: 'workflow_dispatch' }, merged, { pull_request: 7 });
  expect(named).toMatchObject({ headSha: older, about: { holdsHead: true } });

  const own = await about({ name: 'pull_request', number: 7 }, merged, { sha: merged });
  expect(own).toMatchObject({ headSha: older });
  expect(said).toEqual([]);
});

test("a merge of an earlier head of a fork stays a fork's code", async () => {
  github.seedPull({ number: 7, headSha: head, fork: 'mallory' });
  testMerge(7, merged);
  await expect(about({ name: 'workflow_dispatch' }, merged, { pull_request: 7 })).rejects.toMatchObject({
    code: 'untrusted-checkout'
  });
});

test("a branch's own merge of the same head is no test merge of another pull request, of a fork or not", async () => {
  github.seedPull({ number: 7, headSha: older });
  github.seedPull({ number: 8, headSha: older, fork: 'mallory' });
  for (const number of [7, 8]) {
    testMerge(number, 'e'.repeat(40));
    const named = await about({ name: 'workflow_dispatch' }, merged, { sha: merged, pull_request: number });
    expect(named).toMatchObject({ about: { holdsHead: false } });
  }
});
