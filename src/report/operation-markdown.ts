import type { OperationPlan, PlannedStep } from '../engine/operation.ts';
import type { OperationStepResult } from '../engine/run-operation.ts';
import { alert, code, prose, table, text } from './markdown.ts';
import { plural } from './labels.ts';
import { footerLine, page } from './plan-markdown.ts';
import type { Footer } from './report.ts';

/** An operation as planned, and how far it came. */
export interface OperationReport {
  readonly plan: OperationPlan;
  /** Absent when nothing was run. */
  readonly results?: readonly OperationStepResult[];
}

const STATES: Readonly<Record<PlannedStep['state'], string>> = {
  todo: 'to do',
  underway: 'in progress already',
  done: 'done already'
};

/** An operation in one sentence, for the log, the summary and annotations alike. */
export function operationVerdict({ plan, results }: OperationReport): string {
  const { operation, verdict, steps } = plan;
  if (verdict === 'blocked') return `\`${operation}\` is refused.`;
  if (verdict === 'no-changes') {
    const where = steps.map(({ title, detail }) => `${title}: ${detail}`).join('; ');
    return where === '' ? `Nothing to do for \`${operation}\`.` : `Nothing to do for \`${operation}\`: ${where}.`;
  }
  const open = steps.filter(({ state }) => state !== 'done');
  if (results === undefined) return `\`${operation}\` would run ${plural(open.length, 'step', 'steps')}.`;
  const done = results.filter(({ outcome }) => outcome === 'done');
  const seconds = results.reduce((sum, one) => sum + one.seconds, 0);
  const rest = results.length - done.length;
  return rest === 0
    ? `\`${operation}\`: done in ${seconds.toFixed(1)} s.`
    : `\`${operation}\`: ${done.length} done, ${rest} not finished.`;
}

/** The plan of an operation for the log. */
export function operationLines(plan: OperationPlan): readonly string[] {
  return [
    ...plan.steps.map(
      ({ summary, call, state, detail, usually }) =>
        `  ${summary} (${call}, usually ${usually}): ${STATES[state]}, now ${detail}`
    ),
    ...plan.consequences.map(line => `  → ${line}`),
    ...plan.notices.map(({ message }) => `  ! ${message}`),
    ...plan.refusals.map(({ message, hint }) => `  ✗ ${message} ${hint}`)
  ];
}

/** The job summary of an operation. */
export function operationSummary(report: OperationReport, footer: Footer): string {
  const { plan, results } = report;
  const failed = plan.verdict === 'blocked' || results?.some(({ outcome }) => outcome !== 'done') === true;
  const rows = plan.steps.map(step => {
    const result = results?.find(({ address }) => address === step.address);
    const now = result === undefined ? STATES[step.state] : `${result.outcome}, ${result.seconds.toFixed(1)} s`;
    return [text(step.summary), code(step.call), text(step.detail), text(now)];
  });
  return page([
    `### PostgreSQL · ${text(plan.target.name)}`,
    `${failed ? '❌' : '✅'} **${prose(operationVerdict(report))}**`,
    ...plan.refusals.map(({ message, hint }) => alert('CAUTION', [`${prose(message)} ${prose(hint)}`])),
    rows.length === 0 ? '' : table(['Step', 'Call', 'Before', 'Result'], rows),
    plan.consequences.map(line => `- ${prose(line)}`).join('\n'),
    footerLine(footer)
  ]);
}
