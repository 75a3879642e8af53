import { effectiveSteps, type Action, type Change, type Plan, type Step } from '../engine/plan.ts';
import { IMPACTS, type Impact } from '../engine/impact.ts';
import { isAsked, keyFields } from './key-fields.ts';
import { DANGER, dangerIn } from './danger-mark.ts';
import type { DetailLevel } from './detail-levels.ts';
import { code, table, text } from './markdown.ts';
import { inMarkdown, writtenChange } from './values.ts';
import { ACTION_MEANINGS, IMPACT_LABELS, IMPACT_MEANINGS, intendedWord, plural, SYMBOLS } from './labels.ts';

/**
 * The table of changes, a row per resource with its fields below it, and a legend of the signs that occur. Empty when
 * nothing changes.
 */
export function changesTable(plan: Plan, depth: DetailLevel): string {
  const all = effectiveSteps(plan);
  const steps = all.slice(0, depth.limit);
  if (steps.length === 0) return '';
  const columns = columnsFor(steps, depth);
  const isDangerous = dangerIn(plan);
  const rows = steps.flatMap(step => [
    row(columns, sign(step.action), `**${text(step.title)}**${aside(step)}`),
    ...fieldRows(step, columns, depth, isDangerous)
  ]);
  if (all.length > steps.length) {
    rows.push(row(columns, '', `… and ${plural(all.length - steps.length, 'more resource')}`));
  }
  const body = table(HEADERS[columns], rows, ['center']);
  const signs = legend(steps, columns, isDangerous);
  return signs === '' ? body : `${body}\n\n${signs}`;
}

/** Resources that do not exist yet have no "now" and interrupt no connection. */
export function isNew(step: Step): boolean {
  return step.action === 'create' || step.intended === 'create';
}

/** Does not break before the field's name. */
const INDENT = '&nbsp;&nbsp;&nbsp;';

type Columns = 'name' | 'value' | 'all';

const HEADERS: Readonly<Record<Columns, readonly string[]>> = {
  name: ['', 'Resource'],
  value: ['', 'Resource', 'Value'],
  all: ['', 'Resource', 'Now', 'After', 'Impact']
};

/** Only the columns that are not empty. */
function columnsFor(steps: readonly Step[], depth: DetailLevel): Columns {
  const withFields = steps.filter(step => step.changes.length > 0);
  if (depth.changedFields === 0 || withFields.length === 0) return 'name';
  return withFields.every(step => step.action === 'create') ? 'value' : 'all';
}

function row(columns: Columns, ...cells: readonly string[]): readonly string[] {
  return HEADERS[columns].map((_, column) => cells[column] ?? '');
}

/** The action's sign as it stands in tables. */
export function sign(action: Action): string {
  return `**${SYMBOLS[action]}**`;
}

function aside(step: Step): string {
  return step.action === 'blocked' ? ` _(${intendedWord(step)} refused)_` : '';
}

function fieldRows(
  step: Step,
  columns: Columns,
  depth: DetailLevel,
  isDangerous: (change: Change) => boolean
): readonly (readonly string[])[] {
  if (columns === 'name') return [];
  const first = isNew(step) ? keyFields(step.changes, depth.createdFields) : step.changes.slice(0, depth.changedFields);
  // A danger is in sight however few fields are.
  const shown = [...first, ...step.changes.filter(change => isDangerous(change) && !first.includes(change))];
  const rows = shown.map(change => {
    const { from, to } = writtenChange(change);
    const name = `${INDENT}${code(change.field)}`;
    const after = `${isDangerous(change) ? `${DANGER} ` : ''}${inMarkdown(to)}`;
    if (columns === 'value') return row(columns, '', name, after);
    return row(columns, '', name, inMarkdown(from), after, impactCell(change, step));
  });
  const left = leftOut(step, shown);
  return left === '' ? rows : [...rows, row(columns, '', `${INDENT}… and ${left}`)];
}

/** How many fields of a resource are folded: of a new one, fields that no input asked for are defaults. */
function leftOut(step: Step, shown: readonly Change[]): string {
  const left = step.changes.filter(change => !shown.includes(change));
  const defaults = isNew(step) ? left.filter(change => !isAsked(change)).length : 0;
  const others = left.length - defaults;
  return [
    ...(others === 0 ? [] : [plural(others, 'more field')]),
    ...(defaults === 0 ? [] : [plural(defaults, 'default')])
  ].join(' and ');
}

function impactCell(change: Change, step: Step): string {
  return isNew(step) && change.impact !== 'blocked' ? '' : IMPACT_LABELS[change.impact];
}

/** Empty when there is only one sign to explain. */
function legend(steps: readonly Step[], columns: Columns, isDangerous: (change: Change) => boolean): string {
  const actions = [...new Set(steps.map(step => step.action))];
  const felt = steps.filter(step => !isNew(step)).flatMap(step => step.changes.map(change => change.impact));
  const impacts = columns === 'all' ? new Set<Impact>(felt) : new Set<Impact>();
  const hasDanger = steps.some(step => step.changes.some(isDangerous));
  const meanings = [
    ...actions.map(action => `${sign(action)} ${ACTION_MEANINGS[action]}`),
    ...IMPACTS.filter(impact => impacts.has(impact)).map(impact => `**${impact}** ${IMPACT_MEANINGS[impact]}`),
    ...(hasDanger && columns !== 'name' ? [`${DANGER} dangerous, see above`] : [])
  ];
  return meanings.length < 2 ? '' : `<sub>${meanings.join(' · ')}</sub>`;
}
