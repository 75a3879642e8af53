import type { StepResult } from '../engine/apply.ts';
import { sign } from './changes-markdown.ts';
import { alert, code, link, prose, table, text } from './markdown.ts';
import type { DetailLevel } from './detail-levels.ts';
import type { Failure, Footer, Outcomes } from './report.ts';
import { troubleshooting } from './verdict.ts';
import { duration, OUTCOME_LABELS, plural } from './labels.ts';

/** The failures, in a box of their own: each error with its hint and the page about it. Empty without failures. */
export function failures(result: Outcomes, footer: Footer, depth: DetailLevel): readonly string[] {
  const failed = result.results.filter(step => step.error !== undefined);
  const blamed = failed.some(step => step.error === result.error);
  const entries: readonly (readonly [string, Failure])[] = [
    ...(result.error === undefined || blamed ? [] : [['', result.error] as const]),
    ...failed.flatMap(step => (step.error === undefined ? [] : [[step.title, step.error] as const]))
  ];
  if (entries.length === 0) return [];
  const broken = failed.some(step => step.outcome === 'failed') || failed.length === 0;
  const shown = entries.slice(0, depth.limit).map(([title, failure]) => failureText(failure, footer, title));
  const left = entries.length - shown.length;
  if (left > 0) shown.push(`… and ${plural(left, 'more error')}.`);
  return [
    alert(
      broken ? 'CAUTION' : 'IMPORTANT',
      shown.flatMap((entry, index) => (index === 0 ? [entry] : ['', entry]))
    )
  ];
}

/** One error as a paragraph: where, what, the hint, the page about its code. A message of several lines keeps them. */
export function failureText(failure: Failure, footer: Footer, title = ''): string {
  const [first = '', ...rest] = failure.message.split(/\r?\n/).filter(line => line.trim() !== '');
  const page = troubleshooting(failure.code, footer.docsUrl);
  const more = footer.docsUrl === undefined ? `See ${code(page)}.` : link(`More about ${text(failure.code)}`, page);
  return [
    `${title === '' ? '' : `**${text(title)}**: `}${prose(first)}`,
    ...(rest.length === 0 ? [] : ['', ...rest.map(line => `- ${prose(line.replace(/^\s*[-*•]\s+/, ''))}`)]),
    '',
    `${failure.hint === undefined ? '' : `${prose(failure.hint)} `}${more}`
  ].join('\n');
}

/** How each step ended. Where fields are left out, steps that are done are only counted. */
export function outcomesTable(result: Outcomes, depth: DetailLevel): string {
  const told = depth.changedFields > 0 ? result.results : result.results.filter(step => step.outcome !== 'done');
  const steps = told.slice(0, depth.limit);
  const left = result.results.length - steps.length;
  const rows = steps.map(outcomeRow);
  if (left > 0) rows.push(['', `… and ${plural(left, 'more step')}`, '', '']);
  return table(['', 'Step', 'Outcome', 'Time'], rows, ['center']);
}

function outcomeRow(step: StepResult): readonly string[] {
  const time = step.outcome === 'not run' ? '' : duration(step.seconds);
  return [sign(step.action), text(step.title), OUTCOME_LABELS[step.outcome], time];
}
