import { defined } from '../engine/defined.ts';
import type { EffectChange } from '../engine/digest.ts';
import type { Plan } from '../engine/plan.ts';
import { fieldRule, type FieldTable } from '../engine/resource.ts';
import { isReference, isSecretName, type FieldValue } from '../engine/value.ts';
import { visible } from '../report/printable.ts';
import { inLog, writtenChange, type Written } from '../report/values.ts';
import type { PlanDifference } from './plan-difference.ts';

/** Most differences that are listed one by one. */
const MOST = 20;

/** The text of differences: one inert line each, with formatted values in backticks. The rest is counted. */
export function differenceLines(
  differences: readonly PlanDifference[],
  plan: Plan,
  tables: Readonly<Record<string, FieldTable>>
): readonly string[] {
  const lines = differences.slice(0, MOST).map(difference => lineOf(difference, plan, tables));
  const left = differences.length - lines.length;
  return left > 0 ? [...lines, `… and ${left} more`] : lines;
}

function lineOf(difference: PlanDifference, plan: Plan, tables: Readonly<Record<string, FieldTable>>): string {
  switch (difference.kind) {
    case 'unknown':
      return 'what was reviewed is known by its digest alone';
    case 'subject':
      return `${difference.member}: reviewed ${quoted(difference.reviewed)}, now ${quoted(difference.now)}`;
    case 'contents':
      return `${titleOf(difference.address, plan)}: other values than the reviewed ones`;
    case 'step': {
      const [reviewed, now] = [difference.reviewed, difference.now];
      return `${titleOf(difference.address, plan)}: ${pair(reviewed, now)}`;
    }
    case 'field': {
      const { address, field, reviewed, now } = difference;
      const type = plan.steps.find(step => step.address === address)?.type ?? '';
      const say = (change: EffectChange | undefined): string | undefined =>
        change === undefined ? undefined : changeText(change, tables[type]);
      const [then, today] = [say(reviewed), say(now)];
      const impacts = then === today ? [` (${reviewed?.impact ?? ''})`, ` (${now?.impact ?? ''})`] : ['', ''];
      const sides = [
        then === undefined ? undefined : then + impacts[0],
        today === undefined ? undefined : today + impacts[1]
      ];
      return `${titleOf(address, plan)}: ${quoted(field)}: ${pair(sides[0], sides[1])}`;
    }
  }
}

function pair(reviewed: string | undefined, now: string | undefined): string {
  const then = reviewed === undefined ? 'not in the reviewed plan' : `reviewed ${reviewed}`;
  return `${then}, now ${now ?? 'nothing to do'}`;
}

function changeText(change: EffectChange, table: FieldTable | undefined): string {
  const show = (value: FieldValue): string | undefined => {
    const rule = table === undefined ? undefined : fieldRule(table, change.field);
    const isPlain = value !== null && !isSecretName(value) && !isReference(value);
    return isPlain ? rule?.show?.(value, change.field) : undefined;
  };
  const [from, to] = [show(change.from), show(change.to)];
  const sides = writtenChange({
    ...change,
    shown: defined({ from, to })
  });
  return `${side(sides.from)} → ${side(sides.to)}`;
}

/** Words of ours (`(default)`, `known after apply`) are not code. */
function side(value: Written): string {
  return value.kind === 'value' ? quoted(inLog(value)) : value.text;
}

function titleOf(address: string, plan: Plan): string {
  return visible(plan.steps.find(step => step.address === address)?.title ?? address);
}

/** As code, unless it has backticks of its own. */
function quoted(text: string): string {
  const shown = visible(text);
  return shown === '' || shown.includes('`') ? shown : `\`${shown}\``;
}
