import { chooseCommand } from '../../../src/commands/choose.ts';
import type { WorkflowEvent } from '../../../src/github/event.ts';
import { ActionError } from '../../../src/errors.ts';

function event(details: Readonly<Record<string, unknown>>): WorkflowEvent {
  return details as unknown as WorkflowEvent;
}

test.each([
  ['pull request opened', { kind: 'pull_request', change: 'opened' }, false, 'plan'],
  ['pull request updated', { kind: 'pull_request', change: 'updated' }, false, 'plan'],
  ['pull request updated, ephemeral', { kind: 'pull_request', change: 'updated' }, true, 'apply'],
  ['pull request closed, ephemeral', { kind: 'pull_request', change: 'closed' }, true, 'destroy'],
  [
    'pull request closed: a lasting database is left alone',
    { kind: 'pull_request', change: 'closed' },
    false,
    undefined
  ],
  ['push', { kind: 'push' }, false, 'apply'],
  ['by hand', { kind: 'workflow_dispatch' }, false, 'apply'],
  ['release', { kind: 'release' }, false, 'apply'],
  ['merge queue', { kind: 'merge_group' }, false, 'check'],
  ['schedule', { kind: 'schedule' }, false, 'check'],
  ['schedule, ephemeral', { kind: 'schedule' }, true, 'sweep']
])('auto on %s', (_name, details, isEphemeral, command) => {
  expect(chooseCommand('auto', event(details), isEphemeral).command).toBe(command);
});

test('a command that is asked for wins over the event', () => {
  expect(chooseCommand('apply', event({ kind: 'pull_request', change: 'opened' }), false).command).toBe('apply');
});

test('auto never guesses', () => {
  expect(() => chooseCommand('auto', event({ kind: 'other', name: 'issues' }), false)).toThrow(ActionError);
  expect(() => chooseCommand('auto', event({ kind: 'other', name: 'issues' }), false)).toThrow(/issues/);
});
