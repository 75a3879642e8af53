import { readEvent, type WorkflowEvent } from '../../../src/github/event.ts';
import { writeAccess } from '../../../src/github/permission.ts';
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

test.each<[string, EventChoice, string]>([
  ['a pull request of the repository itself', { name: 'pull_request', number: 7 }, 'ghs_x'],
  ['a push', { name: 'push' }, 'ghs_x'],
  ["a fork's pull request with the base's rights", { name: 'pull_request_target', number: 8 }, 'ghs_x'],
  ["a fork's pull request with a person's token", { name: 'pull_request', number: 8 }, 'github_pat_x'],
  ["Dependabot with a person's token", { name: 'pull_request', number: 7, actor: 'dependabot[bot]' }, 'ghp_x']
])('%s can be expected to write', (_name, choice, token) => {
  expect(writeAccess(read(choice), token)).toEqual({ kind: 'expected' });
});

test.each<[string, EventChoice, string, string, RegExp]>([
  ["a fork's pull request", { name: 'pull_request', number: 8 }, 'ghs_x', 'fork', /comes from a fork.*read-only/],
  [
    'Dependabot',
    { name: 'pull_request', number: 7, actor: 'dependabot[bot]' },
    'ghs_x',
    'dependabot',
    /Dependabot.*read-only/
  ],
  ['Dependabot on push', { name: 'push', actor: 'dependabot[bot]' }, 'ghs_x', 'dependabot', /Dependabot.*read-only/],
  ['a run without a token', { name: 'pull_request', number: 7 }, '', 'no-token', /no GitHub token/]
])('%s cannot, and is told why', (_name, choice, token, reason, sentence) => {
  expect(writeAccess(read(choice), token)).toEqual({
    kind: 'none',
    reason,
    sentence: expect.stringMatching(sentence),
    hint: expect.stringMatching(/\.$/)
  });
});
