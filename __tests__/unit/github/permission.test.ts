import { readEvent, type WorkflowEvent } from '../../../src/github/event.ts';
import { NO_TOKEN, restrictionOf } from '../../../src/github/permission.ts';
import { startGithub, type FakeGithub } from '../../clouds/github/github.ts';
import type { EventChoice } from '../../clouds/github/events.ts';

let github: FakeGithub;
beforeAll(async () => {
  github = await startGithub();
  github.seedPull({ number: 7 });
  github.seedPull({ number: 8, fork: 'mallory' });
});
afterAll(() => github.stop());

function read(choice: EventChoice): WorkflowEvent {
  const { env, payload } = github.event(choice);
  return readEvent(env, JSON.stringify(payload));
}

test.each<[string, EventChoice]>([
  ['a pull request of the repository itself', { name: 'pull_request', number: 7 }],
  ['a push', { name: 'push' }],
  ["a fork's pull request with the base's rights", { name: 'pull_request_target', number: 8 }],
  ['a push by Dependabot, which may be its merge', { name: 'push', actor: 'dependabot[bot]' }]
])('a refusal on %s has no other explanation than the permissions', (_name, choice) => {
  expect(restrictionOf(read(choice))).toBeUndefined();
});

test.each<[string, EventChoice, string, string]>([
  [
    "a fork's pull request",
    { name: 'pull_request', number: 8 },
    'This pull request comes from a fork: its GitHub token is read-only and it sees no secrets.',
    'To get a plan, a maintainer pushes the same commits to a branch of this repository and opens a pull request from there.'
  ],
  [
    'Dependabot',
    { name: 'pull_request', number: 7, actor: 'dependabot[bot]' },
    'Dependabot started this run: its GitHub token is read-only unless the job asks for more, and it sees no secrets but those kept for Dependabot.',
    'Give the job the `permissions:` that it needs, and keep the credentials as Dependabot secrets as well; or a maintainer pushes to the branch, which starts a run with full rights.'
  ]
])('a refusal on %s is explained', (_name, choice, sentence, hint) => {
  expect(restrictionOf(read(choice))).toEqual({ sentence, hint });
});

test('a run without a token is told what to do', () => {
  expect(NO_TOKEN).toEqual({
    sentence: 'There is no GitHub token, so nothing was written to the pull request.',
    hint: 'Leave the input `github_token` at its default, or give it a token with `pull-requests: write`.'
  });
});
