import type { Plan, Severity } from '../engine/plan.ts';
import { changesTable } from './changes-markdown.ts';
import { dangers, isDanger, noticeItem } from './dangers-markdown.ts';
import { allFields, costs, topology } from './details-markdown.ts';
import { atMost, DETAIL_LEVELS, WHOLE, type DetailLevel } from './detail-levels.ts';
import { alert, code, details, link, text } from './markdown.ts';
import type { Footer, PlanReport } from './report.ts';
import { failures, outcomesTable } from './result-markdown.ts';
import { inMarkdown, written } from './values.ts';
import { staleBox } from './stale-markdown.ts';
import { headingParts, reportState, resultVerdict, verdict, type ReportState } from './verdict.ts';
import { plural } from './labels.ts';

/**
 * The body of the pull-request comment, largest first: full, without unchanged fields, without folded details, fewer
 * fields, ten names, and last the counts with a link, which is under 16,000 characters for any plan. Verdict and
 * dangers are in each. The hidden marker is not part of it.
 */
export function planRenderings(report: PlanReport, frame: Frame = {}): readonly (() => string)[] {
  const renderings = renderingsByDetail(report, {
    sections: [],
    wholePlan: `The whole plan is in the ${link('job summary', report.footer.runUrl)}.`
  });
  const { before, after } = frame;
  if (before === undefined && after === undefined) return renderings;
  return renderings.map(render => () => page([before?.trim() ?? '', render().trimEnd(), after?.trim() ?? '']));
}

/** The team's own Markdown around a comment. */
export interface Frame {
  readonly before?: string;
  readonly after?: string;
}

/** The page's additions to the report. */
export interface PlanPlacement {
  /** Set between the changes and the notices. */
  readonly sections: readonly string[];
  /** Where the whole report is when this page is too small for it. */
  readonly wholePlan: string;
}

/** Every rendering for a page, largest first. */
export function renderingsByDetail(report: PlanReport, place: PlanPlacement): readonly (() => string)[] {
  return [...DETAIL_LEVELS.map(depth => () => planMarkdown(report, depth, place)), () => countsOnly(report, place)];
}

/** The report at one level of detail. */
export function planMarkdown(report: PlanReport, depth: DetailLevel, place: PlanPlacement): string {
  const { plan, footer, result } = report;
  const hasRun = result !== undefined && result.results.length > 0;
  return page([
    ...head(report),
    ...(result === undefined ? [] : failures(result, footer, depth)),
    ...(hasRun ? [outcomesTable(result, depth)] : [...dangers(plan, depth), changesTable(plan, depth)]),
    ...place.sections,
    pending(plan, depth),
    unreadable(plan, depth),
    notices(plan, depth, hasRun),
    hasRun ? plannedBefore(plan, depth) : allFields(plan, depth),
    topology(report, depth),
    costs(report.cost, depth),
    depth.allFields === 'with unchanged' ? '' : `Too long to be shown whole here. ${place.wholePlan}`,
    footerLine(footer, plan)
  ]);
}

/** Paragraphs as a page; empty ones are left out. */
export function page(paragraphs: readonly string[]): string {
  return `${paragraphs.filter(paragraph => paragraph !== '').join('\n\n')}\n`;
}

/** Heading, the reason when the plan no longer holds, and verdict. */
function head({ plan, result, stale }: PlanReport): readonly string[] {
  const [name = '', ...where] = headingParts(plan);
  const sentence = result === undefined ? verdict(plan) : resultVerdict(plan, result);
  return [
    `### PostgreSQL ${code(name)}${where.map(part => ` · ${text(part)}`).join('')}`,
    stale === undefined ? '' : staleBox(stale),
    `${SIGNS[reportState(plan, result)]}**${sentence}**`
  ];
}

const SIGNS: Readonly<Record<ReportState, string>> = {
  unchanged: '✅ ',
  planned: '📝 ',
  blocked: '⛔ ',
  applied: '✅ ',
  failed: '❌ ',
  open: '⏳ '
};

/** After the apply the plan is history: folded, with every field visible. */
function plannedBefore(plan: Plan, depth: DetailLevel): string {
  const changes =
    depth.allFields === 'none' ? '' : changesTable(plan, { ...depth, createdFields: WHOLE.createdFields });
  return changes === '' ? '' : details('What was planned', changes);
}

function pending(plan: Plan, depth: DetailLevel): string {
  const entries = plan.steps.flatMap(step =>
    Object.entries(step.pending).map(
      ([field, value]) => `- ${text(step.title)}: ${code(field)} becomes ${inMarkdown(written(value))}`
    )
  );
  if (entries.length === 0) return '';
  const lead = '**Pending.** Queued earlier; it takes effect at the next restart or maintenance window.';
  return [lead, '', ...atMost(entries, depth.limit)].join('\n');
}

function unreadable(plan: Plan, depth: DetailLevel): string {
  const entries = plan.steps.flatMap(step =>
    Object.entries(step.unknown).map(
      ([field, permission]) => `- ${text(step.title)}: ${code(field)} needs ${code(permission)}`
    )
  );
  if (entries.length === 0) return '';
  const lead = '**Could not be compared.** Left as they are.';
  return [lead, '', ...atMost(entries, depth.limit)].join('\n');
}

/** Before an apply the dangers are at the top already. */
function notices(plan: Plan, depth: DetailLevel, withDangers: boolean): string {
  const items = (severity: Severity, sign: string): readonly string[] =>
    atMost(
      plan.notices.filter(notice => notice.severity === severity).map(notice => noticeItem(notice, sign)),
      depth.limit
    );
  const all = [...(withDangers ? items('danger', '⛔ ') : []), ...items('warning', '⚠️ '), ...items('info', 'ℹ️ ')];
  return all.length === 0 ? '' : ['**Notices**', '', ...all].join('\n');
}

function countsOnly(report: PlanReport, place: PlanPlacement): string {
  const { plan, footer } = report;
  const refused = plan.steps.flatMap(step => [step, ...step.changes]).filter(part => part.refusal !== undefined).length;
  const dangerous = plan.notices.filter(isDanger).length;
  const tally = [
    ...(refused > 0 ? [plural(refused, 'refusal')] : []),
    ...(plan.counts.delete > 0 ? [plural(plan.counts.delete, 'deletion')] : []),
    ...(dangerous > 0 ? [plural(dangerous, 'danger')] : []),
    ...(plan.notices.length > dangerous ? [plural(plan.notices.length - dangerous, 'notice')] : [])
  ];
  const box = refused + plan.counts.delete + dangerous > 0 ? 'CAUTION' : 'NOTE';
  return page([
    ...head({ ...report, ...(report.stale === undefined ? {} : { stale: report.stale.slice(0, 200) }) }),
    tally.length === 0 ? '' : alert(box, [`${tally.join(', ')}: read them before you go on.`]),
    `Too long to be shown here. ${place.wholePlan}`,
    footerLine(footer, plan)
  ]);
}

/** Commit, run, digest of the plan (its beginning), and when it was made. */
export function footerLine(footer: Footer, plan?: Plan): string {
  const parts = [
    ...(footer.commit === undefined ? [] : [`commit ${link(code(footer.commit.slice(0, 7)), footer.commitUrl)}`]),
    ...(footer.runUrl === undefined ? [] : [link('run', footer.runUrl)]),
    ...(plan === undefined ? [] : [`plan ${code(plan.digest.slice(0, 12))}`]),
    `made ${footer.madeAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`
  ];
  return `<sub>${parts.join(' · ')}</sub>`;
}
