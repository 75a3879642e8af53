import { AUTO_RULES } from '../../../src/commands/auto-rules.ts';
import { chooseCommand, type Choice } from '../../../src/commands/choose.ts';
import type { DeployRefs } from '../../../src/commands/deploy-place.ts';
import { ActionError } from '../../../src/errors.ts';
import { readEvent } from '../../../src/github/event.ts';
import { COMMANDS } from '../../../src/spec/catalogue.ts';
import type { EventChoice } from '../../clouds/github/events.ts';
import { startGithub, type FakeGithub } from '../../clouds/github/github.ts';

let github: FakeGithub;
beforeAll(async () => {
  github = await startGithub();
  github.seedPull({ number: 7 });
});
afterAll(async () => github.stop());

interface Given {
  readonly ephemeral?: boolean;
  readonly named?: boolean;
  readonly refs?: Partial<DeployRefs>;
}

function chosen(event: EventChoice, { ephemeral = false, named = false, refs = {} }: Given = {}): Choice {
  const { env, payload } = github.event(event);
  return chooseCommand('auto', {
    event: readEvent(env, JSON.stringify(payload)),
    isEphemeral: ephemeral,
    isNamed: named,
    refs: { patterns: undefined, defaultBranch: 'main', ...refs }
  });
}

const pull = (action: string, name: 'pull_request' | 'pull_request_target' = 'pull_request') =>
  ({ name, number: 7, action }) as const;

/** A row for each rule, by its place in the table. */
const ROWS: readonly (readonly [string, EventChoice, Given, string | undefined])[] = [
  ['a closed pull request with a database of its own', pull('closed'), { ephemeral: true }, 'destroy'],
  ['a closed pull request', pull('closed', 'pull_request_target'), {}, undefined],
  ['a pull request that gets a database', pull('synchronize'), { ephemeral: true }, 'apply'],
  ['a pull request that was opened', pull('opened'), {}, 'plan'],
  ['a push that deletes another branch', { name: 'push', deletes: true }, {}, undefined],
  [
    'a comment with a named pull request',
    { name: 'issue_comment', number: 7 },
    { named: true, ephemeral: true },
    'apply'
  ],
  ['a dispatch with a named pull request', { name: 'workflow_dispatch' }, { named: true }, 'plan'],
  ['a push with `ephemeral`', { name: 'push' }, { ephemeral: true }, 'apply'],
  ['a push of the default branch', { name: 'push' }, {}, 'apply'],
  ['a push of another branch', { name: 'push', ref: 'refs/heads/feature' }, {}, 'plan'],
  ['a published release', { name: 'release', tag: 'v1' }, {}, 'apply'],
  [
    'a release that `deploy_branches` does not name',
    { name: 'release', tag: 'v1' },
    { refs: { patterns: ['main'] } },
    'plan'
  ],
  ['a release that was only created', { name: 'release', tag: 'v1', action: 'created' }, {}, 'plan'],
  ['a merge queue', { name: 'merge_group', number: 7 }, {}, 'check'],
  ['a schedule with `ephemeral`', { name: 'schedule' }, { ephemeral: true }, 'sweep'],
  ['a schedule', { name: 'schedule' }, {}, 'check']
];

test('every rule has a row', () => {
  expect(ROWS.map(([, , , command]) => command)).toEqual(AUTO_RULES.map(({ command }) => command));
});

test.each(ROWS)('auto on %s', (_name, event, given, command) => {
  expect(chosen(event, given).command).toBe(command);
});

test.each<[string, EventChoice, Given, string]>([
  ['a pull request that was labelled', pull('labeled'), {}, 'plan'],
  ['a pull request that was reopened', pull('reopened'), { ephemeral: true }, 'apply'],
  ["the pull request's own head", { name: 'push', ref: 'refs/heads/feature-7' }, {}, 'plan'],
  ['a tag', { name: 'push', ref: 'refs/tags/v1.2.3' }, {}, 'plan'],
  ['a tag by the name of the default branch', { name: 'push', ref: 'refs/tags/main' }, {}, 'plan'],
  ['the merge commit of a pull request', { name: 'workflow_dispatch', ref: 'refs/pull/7/merge' }, {}, 'plan'],
  ['a dispatch on the default branch', { name: 'workflow_dispatch' }, {}, 'apply'],
  ['a dispatch on another branch', { name: 'workflow_dispatch', ref: 'refs/heads/feature' }, {}, 'plan'],
  ['the old default branch after a rename', { name: 'push', ref: 'refs/heads/master' }, {}, 'plan'],
  ['a push while the default branch is not known', { name: 'push' }, { refs: { defaultBranch: undefined } }, 'plan'],
  ['a push of a named branch', { name: 'push', ref: 'refs/heads/prod' }, { refs: { patterns: ['prod'] } }, 'apply'],
  ['a push of the default branch that is not named', { name: 'push' }, { refs: { patterns: ['prod'] } }, 'plan'],
  ['a push of a named tag', { name: 'push', ref: 'refs/tags/v1' }, { refs: { patterns: ['refs/tags/v*'] } }, 'apply'],
  [
    'a branch by the name of a named tag',
    { name: 'push', ref: 'refs/heads/v1' },
    { refs: { patterns: ['refs/tags/v*'] } },
    'plan'
  ],
  ['a named release', { name: 'release', tag: 'v1' }, { refs: { patterns: ['v*'] } }, 'apply'],
  ['a release', { name: 'release', tag: 'v1', action: 'released' }, {}, 'apply'],
  ['a release that was edited', { name: 'release', tag: 'v1', action: 'edited' }, {}, 'plan'],
  ['a prerelease', { name: 'release', tag: 'v1', action: 'prereleased' }, {}, 'plan'],
  ['a push with a named pull request', { name: 'push' }, { named: true }, 'plan'],
  ['another workflow with a named pull request', { name: 'workflow_run' }, { named: true }, 'plan']
])('auto on %s (%#)', (_name, event, given, command) => {
  expect(chosen(event, given).command).toBe(command);
});

test.each<[string, string, string, boolean]>([
  ['release/*', 'refs/heads/release/1', 'in a segment', true],
  ['release/*', 'refs/heads/release/1/fix', 'across segments', false],
  ['release/**', 'refs/heads/release/1/fix', 'across segments', true],
  ['*', 'refs/heads/feature/a', 'across segments', false],
  ['**', 'refs/heads/feature/a', 'everything', true],
  ['v*.*', 'refs/tags/v1', 'without the dot', false],
  ['v*.*', 'refs/tags/v1.2', 'with the dot', true],
  ['main', 'refs/heads/mainly', 'the beginning of a name', false],
  ['Main', 'refs/heads/main', 'other case', false],
  ['**\n!main', 'refs/heads/main', 'taken out again', false],
  ['!main\nmain', 'refs/heads/main', 'named last', true],
  ['!main', 'refs/heads/other', 'only taken out', false]
])('`deploy_branches: %s` and %s: %s', (patterns, ref, _what, deploys) => {
  const { command } = chosen({ name: 'push', ref }, { refs: { patterns: patterns.split('\n') } });
  expect(command).toBe(deploys ? 'apply' : 'plan');
});

test('a plan says why it is not an apply', () => {
  expect(chosen({ name: 'push', ref: 'refs/heads/feature' }).why).toBe(
    'push: the branch `feature` is not the default branch `main`; `deploy_branches` can name it'
  );
  expect(chosen({ name: 'release', tag: 'v1', action: 'created' }).why).toBe(
    'Only a published release is applied. This one was created.'
  );
  expect(chosen({ name: 'push' }, { refs: { defaultBranch: undefined } }).why).toContain('set `deploy_branches`');
});

test('a requested command wins over the event', () => {
  const { env, payload } = github.event(pull('opened'));
  const event = readEvent(env, JSON.stringify(payload));
  const refs = { patterns: undefined, defaultBranch: undefined };
  expect(chooseCommand('apply', { event, isEphemeral: false, isNamed: false, refs }).command).toBe('apply');
});

test.each<EventChoice>([
  { name: 'workflow_run' },
  { name: 'repository_dispatch' },
  { name: 'issue_comment', number: 7 }
])('auto refuses $name without a named pull request, and its hint names all commands', event => {
  expect(() => chosen(event)).toThrow(ActionError);
  expect(() => chosen(event)).toThrow(event.name);
  try {
    chosen(event);
  } catch (thrown) {
    const named = COMMANDS.filter(command => command !== 'auto').map(command => `\`${command}\``);
    expect((thrown as ActionError).hint).toContain(named.join(', '));
  }
});
