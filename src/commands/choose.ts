import { ActionError } from '../errors.ts';
import type { WorkflowEvent } from '../github/event.ts';
import type { CommandName } from '../spec/catalogue.ts';
import { COMMANDS } from '../spec/catalogue.ts';
import { AUTO_RULES, type AutoRule } from './auto-rules.ts';
import { placeOf, type DeployRefs } from './deploy-place.ts';

export type Choice =
  | { readonly command: Exclude<CommandName, 'auto'>; readonly why: string }
  /** There is nothing to do for the event. */
  | { readonly command: undefined; readonly why: string };

/** Everything that `command: auto` depends on. */
export interface Situation {
  readonly event: WorkflowEvent;
  /** `ephemeral` is set. */
  readonly isEphemeral: boolean;
  /** `pull_request` names a pull request. */
  readonly isNamed: boolean;
  readonly refs: DeployRefs;
}

/**
 * The command of a run: the one that is asked for, else what the table says of the event. Throws `input-invalid` for an
 * event that the table does not know.
 */
export function chooseCommand(asked: CommandName, situation: Situation): Choice {
  if (asked !== 'auto') return { command: asked, why: `\`command: ${asked}\`` };
  const { event } = situation;
  const name = eventName(event);
  const found = placeOf(event, situation.refs);
  const rule = AUTO_RULES.find(one => isMatch(one, name, situation, found.place));
  if (rule === undefined) throw unknownEvent(name);
  const { command, place } = rule;
  if (command === undefined) return { command, why: rule.why };
  if (place === undefined)
    return { command, why: event.kind === 'release' ? `${rule.why} This one was ${event.action}.` : rule.why };
  return { command, why: `${event.kind}: ${found.why}` };
}

/** Whether the table asks where the team deploys from on this event. */
export function asksForPlace(asked: CommandName, event: WorkflowEvent): boolean {
  const name = eventName(event);
  return asked === 'auto' && AUTO_RULES.some(rule => rule.place !== undefined && rule.events.includes(name));
}

function isMatch(rule: AutoRule, name: string, { event, isEphemeral, isNamed }: Situation, place: string): boolean {
  const activity = activityOf(event);
  return (
    rule.events.includes(name) &&
    (rule.activities === undefined || (activity !== undefined && rule.activities.includes(activity))) &&
    (rule.ephemeral === undefined || rule.ephemeral === isEphemeral) &&
    (rule.named === undefined || rule.named === isNamed) &&
    (rule.place === undefined || rule.place === place)
  );
}

function activityOf(event: WorkflowEvent): string | undefined {
  if (event.kind === 'push') return event.deletes === true ? 'deleted' : undefined;
  return event.kind === 'pull_request' || event.kind === 'release' ? event.action : undefined;
}

function eventName(event: WorkflowEvent): string {
  if (event.kind === 'other') return event.name;
  return event.kind === 'pull_request' && event.target ? 'pull_request_target' : event.kind;
}

function unknownEvent(name: string): ActionError {
  const commands = COMMANDS.filter(command => command !== 'auto').map(command => `\`${command}\``);
  const isAboutPulls = AUTO_RULES.some(rule => rule.named === true && rule.events.includes(name));
  return new ActionError(`\`command: auto\` has no rule for the event ${name === '' ? '(none)' : name}`, {
    code: 'input-invalid',
    source: 'user',
    hint: `Set \`command\` to one of ${commands.join(', ')}${isAboutPulls ? ', or name a pull request with `pull_request`' : ''}.`
  });
}
