import type { Change, Notice, Plan, Refusal, Step } from '../engine/plan.ts';
import { atMost, type Depth } from './ladder.ts';
import { alert, code, prose, text } from './markdown.ts';
import { plural } from './words.ts';

/** What a reviewer must not miss: refusals, deletions and dangers, interruptions. One coloured box for each kind that occurs. */
export function dangers(plan: Plan, depth: Depth): readonly string[] {
  return [refusals(plan, depth), losses(plan, depth), interruptions(plan, depth)].flatMap(box => box ?? []);
}

/** A notice as a list item; the sign says how serious it is. */
export function noticeItem(notice: Notice, sign = ''): string {
  const about = notice.input === undefined ? '' : ` ${code(notice.input)}`;
  return `- ${sign}**${text(notice.code)}**${about}: ${prose(notice.message)}`;
}

/** A change's name as people know it: the input that set it, else the field. */
export function changeName(change: Change): string {
  return code(change.input ?? change.field);
}

function refusals(plan: Plan, depth: Depth): string | undefined {
  const refused = plan.steps.flatMap(step => [step.refusal, ...step.changes.map(change => change.refusal)]);
  const reasons = new Map<string, Refusal>();
  for (const refusal of refused) if (refusal !== undefined) reasons.set(JSON.stringify(refusal), refusal);
  if (reasons.size === 0) return undefined;
  return alert('CAUTION', [
    `**${plural(reasons.size, 'change is', 'changes are')} refused, so nothing will be done.**`,
    '',
    ...atMost([...reasons.values()], depth.limit, refusalItem)
  ]);
}

function losses(plan: Plan, depth: Depth): string | undefined {
  const deleted = plan.steps.filter(step => step.action === 'delete');
  const notices = plan.notices.filter(notice => notice.severity === 'danger');
  if (deleted.length + notices.length === 0) return undefined;
  const sentences = [
    ...(deleted.length > 0 ? [`${plural(deleted.length, 'resource')} will be deleted.`] : []),
    ...(notices.length > 0 ? [`${plural(notices.length, 'danger')} to accept.`] : [])
  ];
  return alert('CAUTION', [
    `**${sentences.join(' ')}**`,
    '',
    ...atMost(deleted, depth.limit, step => `- delete ${text(step.title)}`),
    ...atMost(notices, depth.limit, notice => noticeItem(notice))
  ]);
}

function interruptions(plan: Plan, depth: Depth): string | undefined {
  const steps = plan.steps.filter(step => step.impact === 'restart' || step.impact === 'failover');
  if (steps.length === 0) return undefined;
  const count = (impact: Step['impact']): number => steps.filter(step => step.impact === impact).length;
  const kinds = [
    ...(count('restart') > 0 ? [plural(count('restart'), 'restart')] : []),
    ...(count('failover') > 0 ? [plural(count('failover'), 'failover')] : [])
  ];
  return alert('WARNING', [
    `**${kinds.join(' and ')}: open connections drop.**`,
    '',
    ...atMost(steps, depth.limit, interruptionItem)
  ]);
}

function refusalItem(refusal: Refusal): string {
  return `- **${text(refusal.rule)}**: ${prose(refusal.message)}<br>**Way out:** ${prose(refusal.wayOut)}`;
}

function interruptionItem(step: Step): string {
  const causes = step.changes.filter(change => change.impact === step.impact);
  const names = causes.slice(0, 8).map(changeName);
  const more = causes.length > names.length ? [`${causes.length - names.length} more`] : [];
  return `- ${text(step.title)} ${step.impact === 'restart' ? 'restarts' : 'fails over'} for ${[...names, ...more].join(', ')}`;
}
