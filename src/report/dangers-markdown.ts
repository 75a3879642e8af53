import type { Notice, Plan, Refusal, Step } from '../engine/plan.ts';
import { atMost, type DetailLevel } from './detail-levels.ts';
import { alert, code, prose, text } from './markdown.ts';
import { plural } from './labels.ts';

/**
 * The parts that a reviewer must not miss: refusals, then deletions and dangers, then interruptions. A coloured box for
 * each kind that occurs.
 */
export function dangers(plan: Plan, depth: DetailLevel): readonly string[] {
  return [
    box('CAUTION', refusals(plan), depth),
    box('CAUTION', [...deletions(plan), ...plan.notices.filter(isDanger).map(notice => noticeItem(notice))], depth),
    box('WARNING', interruptions(plan), depth)
  ].filter(found => found !== '');
}

/** A notice as a list item; the sign shows how serious it is. The input is named unless the message names it. */
export function noticeItem(notice: Notice, sign = ''): string {
  const { input, message } = notice;
  const about = input === undefined || message.includes(`\`${input}\``) ? '' : ` ${code(input)}`;
  return `- ${sign}**${text(notice.code)}**${about}: ${prose(message)}`;
}

export function isDanger(notice: Notice): boolean {
  return notice.severity === 'danger';
}

function box(kind: 'CAUTION' | 'WARNING', items: readonly string[], depth: DetailLevel): string {
  return items.length === 0 ? '' : alert(kind, atMost(items, depth.limit));
}

function refusals(plan: Plan): readonly string[] {
  const found = plan.steps.flatMap(step => [step.refusal, ...step.changes.map(change => change.refusal)]);
  return [...new Set(found.flatMap(refusal => (refusal === undefined ? [] : [refusalItem(refusal)])))];
}

function refusalItem({ rule, message, hint }: Refusal): string {
  return `- **${text(rule)}**: ${prose(message)}<br>Way out: ${prose(hint)}`;
}

/** A destroy plan deletes everything in its table; in any other plan each deletion is named. */
function deletions(plan: Plan): readonly string[] {
  const deleted = plan.steps.filter(step => step.action === 'delete');
  if (plan.intent === 'destroy' && deleted.length > 1) {
    return [`- **deletion**: the whole database, ${plural(deleted.length, 'resource')}.`];
  }
  return deleted.map(step => `- **deletion**: ${text(step.title)}`);
}

function interruptions(plan: Plan): readonly string[] {
  return plan.steps.filter(step => step.impact === 'restart' || step.impact === 'failover').map(interruptionItem);
}

function interruptionItem(step: Step): string {
  const causes = step.changes.filter(change => change.impact === step.impact);
  const names = causes.slice(0, 8).map(change => code(change.field));
  if (causes.length > names.length) names.push(plural(causes.length - names.length, 'more field'));
  return `- **${step.impact}**: ${text(step.title)}, for ${names.join(', ')}`;
}
