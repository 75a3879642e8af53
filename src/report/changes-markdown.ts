import { effectiveSteps, type Action, type Change, type Plan, type Step } from '../engine/plan.ts';
import { IMPACTS, type Impact } from '../engine/resource.ts';
import type { Depth } from './ladder.ts';
import { code, table, text } from './markdown.ts';
import { inMarkdown, writtenChange } from './values.ts';
import { ACTION_MEANINGS, IMPACT_LABELS, IMPACT_MEANINGS, plural, SYMBOLS } from './words.ts';

/** The table of changes, a row per resource with its fields below it, and a legend of the signs that occur. Empty when nothing changes. */
export function changesTable(plan: Plan, depth: Depth): string {
  const steps = effectiveSteps(plan).slice(0, depth.limit);
  const left = effectiveSteps(plan).length - steps.length;
  if (steps.length === 0) return '';
  const onlyNew = steps.every(step => step.action === 'create' || step.changes.length === 0);
  const columns: Columns =
    !depth.fields || steps.every(step => step.changes.length === 0) ? 'name' : onlyNew ? 'value' : 'all';
  const rows = steps.flatMap(step => [
    row(columns, sign(step.action), `**${text(step.title)}**${aside(step)}`),
    ...fieldRows(step, columns, depth)
  ]);
  if (left > 0) rows.push(row(columns, '', `… and ${plural(left, 'more resource', 'more resources')}`));
  return `${table(HEADERS[columns], rows, ['center'])}\n\n${legend(steps, columns)}`;
}

type Columns = 'name' | 'value' | 'all';

const HEADERS: Readonly<Record<Columns, readonly string[]>> = {
  name: ['', 'Resource'],
  value: ['', 'Resource', 'Value'],
  all: ['', 'Resource', 'Now', 'After', 'Impact']
};

function row(columns: Columns, ...cells: readonly string[]): readonly string[] {
  return HEADERS[columns].map((_, column) => cells[column] ?? '');
}

function sign(action: Action): string {
  return action === 'none' ? '' : `\`${SYMBOLS[action]}\``;
}

function aside(step: Step): string {
  if (step.action !== 'blocked') return '';
  return step.intended === undefined ? ' refused' : ` ${step.intended} refused`;
}

function fieldRows(step: Step, columns: Columns, depth: Depth): readonly (readonly string[])[] {
  if (columns === 'name') return [];
  const isNew = step.action === 'create' || step.intended === 'create';
  const shown = isNew ? step.changes.slice(0, depth.createdFields) : step.changes;
  const rows = shown.map(change => {
    const { from, to } = writtenChange(change);
    const name = `&emsp;${code(change.field)}`;
    if (columns === 'value') return row(columns, '', name, inMarkdown(to));
    return row(
      columns,
      '',
      name,
      inMarkdown(from),
      inMarkdown(to),
      isNew ? newImpact(change) : IMPACT_LABELS[change.impact]
    );
  });
  const left = step.changes.length - shown.length;
  return left === 0 ? rows : [...rows, row(columns, '', `&emsp;… and ${plural(left, 'more field')}`)];
}

/** What does not exist yet interrupts nobody; only a refusal is worth a word. */
function newImpact(change: Change): string {
  return change.impact === 'blocked' ? IMPACT_LABELS.blocked : '';
}

function legend(steps: readonly Step[], columns: Columns): string {
  const actions = [...new Set(steps.map(step => step.action))];
  const impacts = new Set<Impact>(
    steps.flatMap(step =>
      step.action === 'create' || step.intended === 'create' ? [] : step.changes.map(change => change.impact)
    )
  );
  const parts = [
    ...actions.map(action => `${sign(action)} ${ACTION_MEANINGS[action]}`),
    ...(columns === 'all' ? IMPACTS.filter(impact => impacts.has(impact)) : []).map(
      impact => `${impact}: ${IMPACT_MEANINGS[impact]}`
    )
  ];
  return `<sub>${parts.join(' · ')}</sub>`;
}
