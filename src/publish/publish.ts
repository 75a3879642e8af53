import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { announceOnGithub } from './publish-on-github.ts';
import type { Ending } from '../commands/run.ts';
import type { Plan } from '../engine/plan.ts';
import type { ActionError } from '../errors.ts';
import type { WorkflowEvent } from '../github/event.ts';
import type { Inputs } from '../inputs/read-inputs.ts';
import { setCommentUrl, setOutputs } from './outputs.ts';
import { firstThatFits } from '../report/detail-levels.ts';
import { resultLines } from '../report/log-text.ts';
import { serialisePlan } from '../report/plan-json.ts';
import { planRenderings } from '../report/plan-markdown.ts';
import type { Footer, PlanReport, ReportedOutput } from '../report/report.ts';
import {
  failureSummary,
  findingsSummary,
  neutralSummary,
  SUMMARY_BYTES,
  summaryRenderings
} from '../report/summary-markdown.ts';
import { sweepSummary, sweepVerdict } from '../report/sweep-markdown.ts';
import { topologyOf } from '../report/topology.ts';
import { failureSentence, verdict } from '../report/verdict.ts';
import type { Runtime } from '../runner/runtime.ts';

/** A run is over: says so in the log, the job summary, the comment, the plan's files and the outputs. Never throws. */
export interface Announcement {
  readonly runtime: Runtime;
  readonly event: WorkflowEvent;
  readonly inputs: Inputs | undefined;
  readonly ending: Ending;
  /** Aborted when there is no more time for talking to GitHub. */
  readonly enough: AbortSignal;
}

export async function announce(announcement: Announcement): Promise<void> {
  const { runtime, ending, inputs } = announcement;
  const report = reportOf(announcement);
  const outputs = {
    ...ending,
    unsupported: ending.plan?.notices.flatMap(unsupportedInput) ?? [],
    ...(ending.cost === undefined ? {} : { monthlyCost: ending.cost.monthly.toFixed(2) })
  };
  const files = ending.plan === undefined || report === undefined ? {} : writeFiles(runtime, ending.plan, report);
  // What needs nobody's answer comes first: a run that is killed while it talks has said as much.
  setOutputs(runtime, { ...outputs, ...files });
  await runtime.writeSummary(summaryOf(announcement, report));
  if (report !== undefined && inputs !== undefined) {
    const commentUrl = await announceOnGithub({ ...announcement, inputs, report });
    if (commentUrl !== undefined) setCommentUrl(runtime, commentUrl);
  }
  sayLast(runtime, ending, footerOf(runtime, announcement.event).docsUrl);
}

/** A run that has nothing to do, or may not: said, and no failure. */
export async function announceNeutral(
  runtime: Runtime,
  event: WorkflowEvent,
  command: Ending['command'],
  reason: string
): Promise<void> {
  runtime.log.info(reason);
  setOutputs(runtime, { command, result: 'no-changes' });
  await runtime.writeSummary(neutralSummary(reason, footerOf(runtime, event)));
}

/** A run that can't tell what it was started for: outside of a workflow, or with a damaged event. */
export function announceLost(runtime: Runtime, error: ActionError): void {
  setOutputs(runtime, { command: 'auto', result: 'failed', error });
  runtime.log.error(failureSentence(error));
  runtime.fail();
}

function unsupportedInput(notice: Plan['notices'][number]): readonly string[] {
  return notice.code === 'unsupported' && notice.input !== undefined ? [notice.input] : [];
}

function footerOf(runtime: Runtime, event: WorkflowEvent): Footer {
  const action = runtime.env['GITHUB_ACTION_REPOSITORY'];
  const ref = runtime.env['GITHUB_ACTION_REF'];
  const { serverUrl, repository } = event;
  return {
    madeAt: runtime.clock.now(),
    ...(event.headSha === ''
      ? {}
      : {
          commit: event.headSha,
          commitUrl: `${serverUrl}/${repository.owner}/${repository.name}/commit/${event.headSha}`
        }),
    ...(event.runUrl === '' ? {} : { runUrl: event.runUrl }),
    ...(action === undefined || action === '' ? {} : { docsUrl: `${serverUrl}/${action}/blob/${ref ?? 'main'}/docs` })
  };
}

function reportOf({ runtime, event, ending }: Announcement): PlanReport | undefined {
  const { plan, applied, error, cost } = ending;
  if (plan === undefined) return undefined;
  const topology = topologyOf(plan);
  const result = applied === undefined ? undefined : { ...applied, ...(error === undefined ? {} : { error }) };
  return {
    plan,
    footer: footerOf(runtime, event),
    ...(topology === undefined ? {} : { topology }),
    ...(cost === undefined ? {} : { cost }),
    ...(result === undefined ? {} : { result })
  };
}

function writeFiles(runtime: Runtime, plan: Plan, report: PlanReport): { planJson: string; planMarkdown: string } {
  const folder = path.join(runtime.paths.temp, 'pgkeep', 'plans');
  mkdirSync(folder, { recursive: true });
  const base = path.join(folder, `${plan.target.provider}-${plan.target.name}-${plan.digest.slice(0, 12)}`);
  const [planJson, planMarkdown] = [`${base}.json`, `${base}.md`];
  writeFileSync(planJson, serialisePlan(plan));
  writeFileSync(planMarkdown, planRenderings(report)[0]?.() ?? '');
  return { planJson, planMarkdown };
}

function summaryOf({ runtime, event, ending }: Announcement, report: PlanReport | undefined): string {
  const footer = footerOf(runtime, event);
  if (report !== undefined) {
    const renderings = summaryRenderings({ ...report, outputs: reportedOutputs(ending) });
    return firstThatFits(renderings, { bytes: SUMMARY_BYTES });
  }
  if (ending.sweep !== undefined) return sweepSummary(ending.sweep, footer);
  if (ending.findings !== undefined) return findingsSummary(ending.findings, footer);
  return ending.error === undefined
    ? neutralSummary(ending.remark ?? remarkOf(ending), footer)
    : failureSummary(ending.error, footer);
}

function remarkOf(ending: Ending): string {
  if (ending.sweep !== undefined) return sweepVerdict(ending.sweep);
  if (ending.snapshot !== undefined) return `Snapshot ${ending.snapshot} is complete.`;
  if (ending.findings !== undefined) return 'Everything needed is there.';
  return 'The outputs are set.';
}

function reportedOutputs(ending: Ending): readonly ReportedOutput[] {
  const endpoint = ending.database?.endpoint;
  if (endpoint === undefined) return [];
  return [
    { name: 'host', value: endpoint.host },
    { name: 'port', value: String(endpoint.port) },
    { name: 'database', value: endpoint.database },
    { name: 'username', value: endpoint.username },
    { name: 'sslmode', value: endpoint.sslmode },
    ...(endpoint.password === undefined
      ? []
      : [{ name: 'password', masked: true } as const, { name: 'database_url', masked: true } as const])
  ];
}

function sayLast(runtime: Runtime, ending: Ending, docsUrl: string | undefined): void {
  const links = docsUrl === undefined ? {} : { docsUrl };
  if (ending.plan !== undefined && ending.applied !== undefined) {
    for (const line of resultLines(ending.plan, ending.applied, links)) runtime.log.info(line);
    if (ending.error === undefined) return;
  }
  if (ending.error !== undefined) {
    const lines = ending.error.message.split('\n');
    if (lines.length > 1) for (const line of lines) runtime.log.info(line);
    runtime.log.error(failureSentence(ending.error, docsUrl));
    runtime.fail();
    return;
  }
  if (ending.plan === undefined) runtime.log.info(ending.remark ?? remarkOf(ending));
  else if (ending.applied === undefined) runtime.log.info(verdict(ending.plan));
}
