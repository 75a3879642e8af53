import type { Plan, Step } from '../engine/plan.ts';
import type { Depth } from './ladder.ts';
import { code, details, fenced, table, text } from './markdown.ts';
import type { Cost, PlanReport } from './report.ts';
import { inMarkdown, writtenChange } from './values.ts';
import { IMPACT_LABELS, plural, SYMBOLS } from './words.ts';

/** The folded sections that this depth still has: all fields, topology, cost. */
export function foldedDetails(report: PlanReport, depth: Depth): readonly string[] {
  return [
    allFields(report.plan, depth.allFields),
    depth.extras && report.topology !== undefined ? details('Topology', fenced('mermaid', report.topology)) : '',
    depth.extras && report.cost !== undefined ? costs(report.cost) : ''
  ].filter(section => section !== '');
}

function allFields(plan: Plan, kind: Depth['allFields']): string {
  if (kind === 'none') return '';
  const withUnchanged = kind === 'with unchanged';
  const steps = plan.steps.filter(step => step.action !== 'none' || (withUnchanged && step.unchanged.length > 0));
  const changing = steps.reduce((sum, step) => sum + step.changes.length, 0);
  const unchanged = withUnchanged ? steps.reduce((sum, step) => sum + step.unchanged.length, 0) : 0;
  if (changing + unchanged === 0) return '';
  const counts =
    unchanged === 0 ? plural(changing, 'field') : `${plural(changing + unchanged, 'field')}, ${unchanged} unchanged`;
  const rows = steps.flatMap(step => fieldRows(step, withUnchanged));
  return details(`All fields (${counts})`, table(['', 'Field', 'Input', 'Now', 'After', 'Impact'], rows, ['center']));
}

function fieldRows(step: Step, withUnchanged: boolean): readonly (readonly string[])[] {
  const sign = step.action === 'none' ? '' : `\`${SYMBOLS[step.action]}\``;
  return [
    [sign, `**${text(step.title)}** (${code(step.address)})`, '', '', '', ''],
    ...step.changes.map(change => {
      const { from, to } = writtenChange(change);
      const input = change.input === undefined ? '' : code(change.input);
      return ['', code(change.field), input, inMarkdown(from), inMarkdown(to), IMPACT_LABELS[change.impact]];
    }),
    ...(withUnchanged ? step.unchanged : []).map(field => ['', code(field), '', '_unchanged_', '', ''])
  ];
}

function costs(cost: Cost): string {
  const money = (amount: number): string => `${amount.toFixed(2)} ${cost.currency}`;
  const difference = cost.before === undefined ? 0 : cost.monthly - cost.before;
  const moved = difference === 0 ? '' : `, ${difference > 0 ? '+' : '−'}${money(Math.abs(difference))}`;
  const rows = cost.lines.map(line => [text(line.title), money(line.monthly)]);
  const assumptions = cost.assumptions.map(assumption => `- ${text(assumption)}`);
  return details(
    `Cost: about ${money(cost.monthly)} a month${moved}`,
    [table(['', 'A month'], rows), ...(assumptions.length === 0 ? [] : [assumptions.join('\n')])].join('\n\n')
  );
}
