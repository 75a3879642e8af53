import { askedFirst } from './key-fields.ts';
import type { Outcome, StepResult } from '../engine/apply.ts';
import {
  effectiveSteps,
  type Change,
  type Notice,
  type Plan,
  type Refusal,
  type Severity,
  type Step
} from '../engine/plan.ts';
import type { Impact } from '../engine/impact.ts';
import { shorten, visible } from './printable.ts';
import type { Outcomes } from './report.ts';
import { inLog, written, writtenChange } from './values.ts';
import { heading, resultVerdict, troubleshooting, verdict } from './verdict.ts';
import { intendedWord, duration, SYMBOLS } from './labels.ts';

/** The format of the job log. */
export interface LogStyle {
  /** ANSI colours. Default false. */
  readonly colour?: boolean;
}

/** Lines of one part of a plan in the log: the whole plan is in the file of `plan_json`. */
const MOST_LINES = 1000;

/** The plan as lines for the job log, in the style of Terraform. Every line is inert, and a long part is cut. */
export function planLines(plan: Plan, style: LogStyle = {}): readonly string[] {
  const notices = plan.notices.map(noticeLine).sort(([a], [b]) => NOTICE_ORDER.indexOf(a) - NOTICE_ORDER.indexOf(b));
  const lines: readonly Line[] = [
    ['bold', `Plan for ${heading(plan)}`],
    BLANK,
    ...cut(effectiveSteps(plan).flatMap(stepLines)),
    ...cut(plan.steps.flatMap(queuedAndUnread)),
    ...cut(notices),
    ...(notices.length === 0 ? [] : [BLANK]),
    ['bold', verdict(plan)]
  ];
  return lines.map(line => finished(line, style));
}

/** How the steps ended, as lines for the job log. `docsUrl` as in the footer. */
export function resultLines(
  plan: Plan,
  result: Outcomes,
  style: LogStyle & { readonly docsUrl?: string } = {}
): readonly string[] {
  const lines: readonly Line[] = [
    ...result.results.flatMap(step => outcomeLines(step, style.docsUrl)),
    ...(result.results.length === 0 ? [] : [BLANK]),
    ['bold', resultVerdict(plan, result)]
  ];
  return lines.map(line => finished(line, style));
}

/**
 * One line that neither the runner nor a terminal obeys: no control character, no `::command::` at its start, no
 * `##[command]` anywhere. The runner still takes both forms (src/Runner.Common/ActionCommand.cs of actions/runner).
 */
export function inertLine(line: string): string {
  return visible(line)
    .replace(/^(\s*)::/, '$1\\::')
    .replaceAll('##[', '#\\#[');
}

type Colour = 'bold' | 'red' | 'green' | 'yellow' | 'blue' | 'plain';
type Line = readonly [Colour, string];

const BLANK: Line = ['plain', ''];
const ANSI: Readonly<Record<Colour, number>> = { bold: 1, red: 31, green: 32, yellow: 33, blue: 34, plain: 0 };
const NOTICE_ORDER: readonly Colour[] = ['red', 'yellow', 'plain'];
const NOTICE_COLOURS: Readonly<Record<Severity, Colour>> = { danger: 'red', warning: 'yellow', info: 'plain' };
const ACTION_COLOURS: Readonly<Record<Step['action'], Colour>> = {
  create: 'green',
  update: 'yellow',
  delete: 'red',
  adopt: 'blue',
  none: 'plain',
  blocked: 'red'
};
const OUTCOME_COLOURS: Readonly<Record<Outcome, Colour>> = {
  done: 'green',
  failed: 'red',
  'not run': 'plain',
  'in progress': 'yellow'
};
const IMPACT_COLOURS: Readonly<Record<Impact, Colour>> = {
  online: 'plain',
  deferred: 'plain',
  failover: 'yellow',
  restart: 'yellow',
  blocked: 'red'
};

/** Colour goes around a line that is inert already, so that no foreign escape gets through with ours. */
function finished([colour, line]: Line, style: LogStyle): string {
  const inert = inertLine(line);
  return style.colour === true && colour !== 'plain' ? `\u001B[${ANSI[colour]}m${inert}\u001B[0m` : inert;
}

/** Refusals are never cut: without them nothing says why a plan is blocked. */
function cut(lines: readonly Line[]): readonly Line[] {
  if (lines.length <= MOST_LINES) return lines;
  const kept = lines.filter(([colour], at) => at < MOST_LINES || colour === 'red').slice(0, 2 * MOST_LINES);
  return [...kept, ['plain', `  … and ${lines.length - kept.length} more lines: see the output \`plan_json\``], BLANK];
}

function stepLines(step: Step): readonly Line[] {
  const isNew = step.action === 'create' || step.intended === 'create';
  const width = Math.max(0, ...step.changes.map(change => visible(change.field).length));
  const verb = step.action === 'blocked' ? `${intendedWord(step)} refused:` : step.action;
  const changes = isNew ? askedFirst(step.changes) : step.changes;
  return [
    [ACTION_COLOURS[step.action], `  ${SYMBOLS[step.action]} ${verb} ${step.title}`],
    ...refusalLines(step.refusal),
    ...changes.flatMap(change => [
      isNew ? createdLine(change, width) : changedLine(change),
      ...refusalLines(change.refusal)
    ]),
    BLANK
  ];
}

function createdLine(change: Change, width: number): Line {
  return ['plain', `      ${visible(change.field).padEnd(width)}  ${inLog(writtenChange(change).to)}`];
}

function changedLine(change: Change): Line {
  const { from, to } = writtenChange(change);
  const line = `      ~ ${change.field}: ${inLog(from)} → ${inLog(to)}  ${change.impact}`;
  return [IMPACT_COLOURS[change.impact], line];
}

function refusalLines(refusal: Refusal | undefined): readonly Line[] {
  if (refusal === undefined) return [];
  return [
    ['red', `        ✕ ${refusal.rule}: ${shorten(refusal.message, 600)}`],
    ['plain', `          way out: ${shorten(refusal.hint, 600)}`]
  ];
}

function queuedAndUnread(step: Step): readonly Line[] {
  const lines = [
    ...Object.entries(step.pending).map(
      ([field, value]) => `  pending: ${step.title}: ${field} becomes ${inLog(written(value))}`
    ),
    ...Object.entries(step.unknown).map(
      ([field, permission]) => `  could not be compared: ${step.title}: ${field} needs ${permission}`
    )
  ];
  return lines.length === 0 ? [] : [...lines.map(line => ['plain', line] as const), BLANK];
}

function noticeLine(notice: Notice): Line {
  const { input } = notice;
  const about = input === undefined || notice.message.includes(`\`${input}\``) ? '' : `${input}: `;
  const message = shorten(notice.message, 600);
  return [NOTICE_COLOURS[notice.severity], `  ${notice.severity}: ${about}${message} (${notice.code})`];
}

function outcomeLines(step: StepResult, docsUrl: string | undefined): readonly Line[] {
  const time = step.outcome === 'not run' ? '' : ` (${duration(step.seconds)})`;
  const first: Line = [
    OUTCOME_COLOURS[step.outcome],
    `  ${SYMBOLS[step.action]} ${step.title}: ${step.outcome}${time}`
  ];
  if (step.error === undefined) return [first];
  const said = [
    ...step.error.message.split(/\r?\n/),
    ...(step.error.hint === undefined ? [] : [step.error.hint]),
    `see ${troubleshooting(step.error.code, docsUrl)}`
  ];
  return [first, ...said.map(line => ['plain', `      ${line}`] as const)];
}
