import type { Plan, Step } from '../engine/plan.ts';
import { sign } from './changes-markdown.ts';
import type { DetailLevel } from './detail-levels.ts';
import { code, details, fenced, table, text } from './markdown.ts';
import type { Cost, PlanReport } from './report.ts';
import { inMarkdown, writtenChange } from './values.ts';
import { grouped, IMPACT_LABELS, plural } from './labels.ts';

/** A folded section has room for long values, in characters. */
const ROOMY = 400;

/** Every field, changed or not, with the input that asked for it, folded. Empty when this level leaves it out. */
export function allFields(plan: Plan, depth: DetailLevel): string {
  if (depth.allFields === 'none') return '';
  const changing = plan.steps.filter(step => step.changes.length > 0);
  const still = depth.allFields === 'with unchanged' ? plan.steps.filter(step => step.unchanged.length > 0) : [];
  const changes = changing.reduce((sum, step) => sum + step.changes.length, 0);
  const unchanged = still.reduce((sum, step) => sum + step.unchanged.length, 0);
  if (changes + unchanged === 0) return '';
  const parts = [
    changes === 0
      ? ''
      : table(['', 'Field', 'Input', 'Now', 'After', 'Impact'], changing.flatMap(fieldRows), ['center']),
    still
      .map(step => `- unchanged in **${text(step.title)}**: ${step.unchanged.map(field => code(field)).join(', ')}`)
      .join('\n')
  ];
  return details(
    `All fields: ${changes === 0 ? '' : plural(changes, 'change')}${changes > 0 && unchanged > 0 ? ', ' : ''}${unchanged === 0 ? '' : `${grouped(unchanged)} unchanged`}`,
    parts.filter(part => part !== '').join('\n\n')
  );
}

/** The diagram, folded; empty when there is none or this level leaves it out. */
export function topology(report: PlanReport, depth: DetailLevel): string {
  if (!depth.extras || report.topology === undefined) return '';
  return details('Topology', fenced('mermaid', report.topology));
}

/** The cost, folded, with a visible sum. */
export function costs(cost: Cost | undefined, depth: DetailLevel): string {
  if (!depth.extras || cost === undefined) return '';
  const money = (amount: number): string => `${amount.toFixed(2)} ${text(cost.currency)}`;
  const difference = cost.before === undefined ? 0 : cost.monthly - cost.before;
  const moved = difference === 0 ? '' : `, ${difference > 0 ? '+' : '−'}${money(Math.abs(difference))}`;
  const rows = cost.lines.map(line => [text(line.title), money(line.monthly)]);
  const assumptions = cost.assumptions.map(assumption => `- ${text(assumption)}`).join('\n');
  return details(
    `Cost: about ${money(cost.monthly)} a month${moved}`,
    `${table(['', 'A month'], rows)}\n\n${assumptions}`.trimEnd()
  );
}

function fieldRows(step: Step): readonly (readonly string[])[] {
  return [
    [sign(step.action), `**${text(step.title)}** (${code(step.address)})`, '', '', '', ''],
    ...step.changes.map(change => {
      const { from, to } = writtenChange(change);
      const input = change.input === undefined ? '' : code(change.input);
      return [
        '',
        code(change.field),
        input,
        inMarkdown(from, ROOMY),
        inMarkdown(to, ROOMY),
        IMPACT_LABELS[change.impact]
      ];
    })
  ];
}
