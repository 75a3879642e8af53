import { readEvent, type WorkflowEvent } from '../../../src/github/event.ts';
import { restrictionOf } from '../../../src/github/permission.ts';
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

test.each<[string, EventChoice, RegExp]>([
  ["a fork's pull request", { name: 'pull_request', number: 8 }, /comes from a fork.*read-only/],
  ['Dependabot', { name: 'pull_request', number: 7, actor: 'dependabot[bot]' }, /Dependabot.*read-only/]
])('a refusal on %s is explained', (_name, choice, sentence) => {
  expect(restrictionOf(read(choice))).toEqual({
    sentence: expect.stringMatching(sentence),
    hint: expect.stringMatching(/\.$/)
  });
});
