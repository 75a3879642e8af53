import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Ending } from './commands/run.ts';
import type { Context } from './engine/context.ts';
import type { Plan } from './engine/plan.ts';
import { asActionError, type ActionError } from './errors.ts';
import { githubClient } from './github/client.ts';
import { putComment } from './github/comment.ts';
import type { WorkflowEvent } from './github/event.ts';
import { writeAccess } from './github/permission.ts';
import type { Inputs } from './inputs.ts';
import { setOutputs } from './outputs.ts';
import { firstThatFits } from './report/ladder.ts';
import { resultLines } from './report/log-text.ts';
import { serialisePlan } from './report/plan-json.ts';
import { planRenderings } from './report/plan-markdown.ts';
import type { Footer, PlanReport, ReportedOutput } from './report/report.ts';
import {
  failureSummary,
  findingsSummary,
  neutralSummary,
  SUMMARY_BYTES,
  summaryRenderings
} from './report/summary-markdown.ts';
import { topologyOf } from './report/topology.ts';
import { failureSentence, verdict } from './report/verdict.ts';
import type { Runtime } from './runtime.ts';

/** A run is over: says so in the log, the job summary, the comment, the plan's files and the outputs. Never throws. */
export interface Announcement {
  readonly runtime: Runtime;
  readonly event: WorkflowEvent;
  readonly inputs: Inputs | undefined;
  readonly ending: Ending;
  /** Seconds left for talking to GitHub: few when the run was cancelled. */
  readonly patienceSeconds: number;
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
  const commentUrl =
    report === undefined || inputs === undefined ? undefined : await comment(announcement, inputs, report);
  setOutputs(runtime, { ...outputs, ...files, ...(commentUrl === undefined ? {} : { commentUrl }) });
  await runtime.writeSummary(summaryOf(announcement, report));
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

/** A step that makes itself a database for the job's tests (`command: apply` in a pull request) has nothing to tell reviewers. */
function wantsComment({ run, options }: Inputs, event: WorkflowEvent): boolean {
  if (run.comment !== undefined) return run.comment;
  return event.kind !== 'pull_request' || options.command === 'auto' || options.command === 'plan';
}

/** The pull request's comment. That it could not be written is a warning and never a failure. */
async function comment(announcement: Announcement, inputs: Inputs, report: PlanReport): Promise<string | undefined> {
  const { runtime, event, ending, patienceSeconds } = announcement;
  const number = event.kind === 'pull_request' ? event.pullRequest.number : event.pullRequestNumber;
  if (number === undefined || number === null || !wantsComment(inputs, event)) return undefined;
  const token = inputs.secrets.get('github_token') ?? '';
  const access = writeAccess(event, token);
  if (access.kind === 'none') {
    runtime.log.info(`No comment: ${access.sentence} ${access.hint}`);
    return undefined;
  }
  const { provider, account, region, environment, ...target } = report.plan.target;
  // In one pull request there can be the plan of a database and, beside it, the database of that pull request.
  const name = target.pullRequest === undefined ? target.name : `${target.name}#${target.pullRequest}`;
  const signal = AbortSignal.timeout(patienceSeconds * 1000);
  const context: Context = { clock: runtime.clock, log: runtime.log, random: runtime.random, signal };
  try {
    const client = githubClient({ token, apiUrl: event.apiUrl, repository: event.repository, context });
    const result = await putComment(client, {
      pullRequest: number,
      database: { provider, account, region, name, environment },
      renderings: planRenderings(report),
      createIfMissing: report.plan.verdict !== 'no-changes' || ending.error !== undefined
    });
    if (result.action === 'none') return undefined;
    if (result.action !== 'failed') return result.url;
    warn(runtime, result.error);
  } catch (thrown) {
    warn(runtime, asActionError(thrown));
  }
  return undefined;
}

function warn(runtime: Runtime, error: ActionError): void {
  runtime.log.warning(`The pull request's comment was not written: ${failureSentence(error)}`);
}

function summaryOf({ runtime, event, ending }: Announcement, report: PlanReport | undefined): string {
  const footer = footerOf(runtime, event);
  if (report !== undefined) {
    const renderings = summaryRenderings({ ...report, outputs: reportedOutputs(ending) });
    return firstThatFits(renderings, { bytes: SUMMARY_BYTES });
  }
  if (ending.findings !== undefined) return findingsSummary(ending.findings, footer);
  return ending.error === undefined
    ? neutralSummary(ending.remark ?? remarkOf(ending), footer)
    : failureSummary(ending.error, footer);
}

function remarkOf(ending: Ending): string {
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
