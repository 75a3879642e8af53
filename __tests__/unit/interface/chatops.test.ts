import { getOctokit } from '@actions/github';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { compileFunction } from 'node:vm';
import { EXAMPLES, parseWorkflow } from '../../support/examples.ts';
import { person, startGithub, type FakeGithub } from '../../clouds/github/github.ts';

let github: FakeGithub;
beforeEach(async () => {
  github = await startGithub();
  github.seedPull({ number: 7, headRef: 'bigger' });
  github.allow('alice', 'write');
});
afterEach(async () => github.stop());

const workflow = parseWorkflow(readFileSync(path.join(EXAMPLES, 'chatops.yml'), 'utf8'));
const script = String(workflow.jobs['asked']?.steps[0]?.with?.['script']);

/** Runs the example's script for a comment, as actions/github-script does. */
async function comment(number: number, login: string, body: string): Promise<void> {
  const { id } = github.seedComment(number, body, person(login));
  const octokit = getOctokit(github.token, { baseUrl: github.url });
  const context = {
    repo: { owner: github.repository.owner, repo: github.repository.name },
    payload: {
      comment: { id, body, user: { login } },
      issue: { number },
      repository: { default_branch: 'main' }
    }
  };
  const run = compileFunction(`return (async () => {\n${script}\n})()`, ['github', 'context']) as (
    ...given: readonly unknown[]
  ) => Promise<unknown>;
  await run(octokit, context);
}

const reactions = () => github.reactions().map(({ content }) => content);

test('`/plan` starts the run on the pull request’s own branch', async () => {
  await comment(7, 'alice', '/plan');
  expect(github.dispatches()).toEqual([
    { workflow: 'chatops.yml', ref: 'bigger', inputs: { command: 'plan', pull_request: '7' } }
  ]);
  expect(reactions()).toEqual(['eyes']);
});

test('`/apply` of a merged pull request starts the run on the default branch', async () => {
  github.merge(7);
  await comment(7, 'alice', '/apply');
  expect(github.dispatches()).toEqual([
    { workflow: 'chatops.yml', ref: 'main', inputs: { command: 'apply', pull_request: '7' } }
  ]);
});

test.each([
  ['of a pull request that is not merged', '/apply', 'alice', {}, 'Merge the pull request'],
  ['of a fork', '/plan', 'alice', { fork: 'mallory' }, 'from a fork'],
  ['of a fork', '/apply', 'alice', { fork: 'mallory' }, 'Merge the pull request'],
  ['by someone who may only read', '/plan', 'mallory', {}, undefined],
  ['by someone who may only read', '/apply', 'mallory', {}, undefined]
])('nothing is started %s: %s by %s', async (_what, command, login, seed, answer) => {
  github.seedPull({ number: 8, ...seed });
  await comment(8, login, command);
  expect(github.dispatches()).toEqual([]);
  expect(reactions()).toEqual(['-1']);
  const answers = github.comments(8).slice(1);
  expect(answers.map(({ body }) => body)).toEqual(answer === undefined ? [] : [expect.stringContaining(answer)]);
});

test('the comment’s job checks out nothing and takes no secret, and no expression of the comment is code', () => {
  const asked = JSON.stringify(workflow.jobs['asked']?.steps);
  expect(asked).not.toContain('checkout');
  expect(asked).not.toContain('secrets.');
  expect(asked).not.toContain('${{');
});
