import type { WorkflowEvent } from '../github/event.ts';
import { ActionError } from '../errors.ts';
import type { CommandName } from '../spec/catalogue.ts';

export type Choice =
  | { readonly command: Exclude<CommandName, 'auto'>; readonly why: string }
  /** The event asks for nothing. */
  | { readonly command: undefined; readonly why: string };

/**
 * What `command: auto` does on this event. Never guesses: throws `input-invalid` for an event it has no answer to.
 */
export function chooseCommand(asked: CommandName, event: WorkflowEvent, isEphemeral: boolean): Choice {
  if (asked !== 'auto') return { command: asked, why: `\`command: ${asked}\`` };
  switch (event.kind) {
    case 'pull_request':
      if (event.change !== 'closed') {
        return isEphemeral
          ? { command: 'apply', why: `pull request ${event.change}, \`ephemeral\` is set` }
          : { command: 'plan', why: `pull request ${event.change}` };
      }
      return isEphemeral
        ? { command: 'destroy', why: 'pull request closed, `ephemeral` is set' }
        : { command: undefined, why: 'A closed pull request asks for nothing unless `ephemeral` is set.' };
    case 'push':
    case 'workflow_dispatch':
    case 'release':
      return { command: 'apply', why: `event ${event.kind}` };
    case 'merge_group':
      return { command: 'check', why: 'merge queue' };
    case 'schedule':
      return isEphemeral
        ? { command: 'sweep', why: 'schedule, `ephemeral` is set' }
        : { command: 'check', why: 'schedule' };
    case 'other':
      throw new ActionError(
        `\`command: auto\` has no answer to the event ${event.name === '' ? '(none)' : event.name}`,
        {
          code: 'input-invalid',
          source: 'user',
          hint: 'Set `command` to plan, apply, destroy, outputs, check or doctor.'
        }
      );
  }
}
