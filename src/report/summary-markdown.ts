import { WHOLE } from './detail-levels.ts';
import { alert, code, prose, table, text } from './markdown.ts';
import { footerLine, renderingsByDetail, page, planMarkdown } from './plan-markdown.ts';
import type { Failure, Footer, PlanReport, ReportedOutput } from './report.ts';
import { failureText } from './result-markdown.ts';
import { plural } from './labels.ts';

/**
 * Size limit of a job summary in bytes: GitHub refuses more than 1 MiB a step; a little is left for other writers of
 * the step.
 */
export const SUMMARY_BYTES = 1024 * 1024 - 16 * 1024;

/**
 * The job summary, largest first: the whole plan and result with the outputs, then the detail levels of the comment.
 */
export function summaryRenderings(
  report: PlanReport & { readonly outputs?: readonly ReportedOutput[] }
): readonly (() => string)[] {
  const sections = report.outputs === undefined ? [] : [outputsTable(report.outputs)];
  const place = { sections, wholePlan: 'The whole plan is in the file that the output `plan_json` names.' };
  return [() => planMarkdown(report, WHOLE, place), ...renderingsByDetail(report, place)];
}

/** The summary of a run that failed before it had a plan. */
export function failureSummary(failure: Failure, footer: Footer): string {
  return page([
    '### PostgreSQL',
    '❌ **Failed before there was a plan.**',
    alert('CAUTION', [failureText(failure, footer)]),
    footerLine(footer)
  ]);
}

/** The summary of a run that had nothing to do, or was not allowed to: reported, and not a failure. */
export function neutralSummary(reason: string, footer: Footer): string {
  return page(['### PostgreSQL', prose(reason), footerLine(footer)]);
}

/** One check of `doctor`. */
export interface Checked {
  readonly what: string;
  readonly state: 'ok' | 'missing' | 'unknown';
  readonly detail: string;
  readonly hint?: string;
}

/** The summary of `doctor`: its findings, with a hint for each problem. */
export function findingsSummary(findings: readonly Checked[], footer: Footer): string {
  const missing = findings.filter(finding => finding.state === 'missing').length;
  const verdict =
    missing === 0 ? '✅ **Nothing is missing.**' : `❌ **${plural(missing, 'thing is', 'things are')} missing.**`;
  const rows = findings.map(({ what, state, detail, hint }) => [
    CHECKED_LABELS[state],
    text(what),
    `${prose(detail)}${hint === undefined ? '' : `<br>${prose(hint)}`}`
  ]);
  const found = rows.length === 0 ? '' : table(['', 'Checked', 'Found'], rows, ['center']);
  return page(['### PostgreSQL', verdict, found, footerLine(footer)]);
}

const CHECKED_LABELS: Readonly<Record<Checked['state'], string>> = { ok: '✅', missing: '❌', unknown: '❔' };

/** The outputs for the next steps. Secrets are masked before they come here; their place says so. */
function outputsTable(outputs: readonly ReportedOutput[]): string {
  if (outputs.length === 0) return '';
  const rows = outputs.map(output => [code(output.name), 'masked' in output ? '_masked_' : outputValue(output.value)]);
  return `**Outputs**\n\n${table(['Output', 'Value'], rows)}`;
}

function outputValue(value: string): string {
  return value === '' ? '—' : code(value);
}
