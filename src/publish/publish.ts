import { defined } from '../engine/defined.ts';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { tellRestore } from './tell-restore.ts';
import { publishOnGithub } from './publish-on-github.ts';
import { publishSchema } from './publish-schema.ts';
import { configFile, importVerdict, workflowStep } from '../moving-in/import-report.ts';
import { footerLine, page } from '../report/plan-markdown.ts';
import type { ImportResult, RunResult, SchemaResult } from './run-result.ts';
import { hashOf } from '../engine/digest.ts';
import type { Plan } from '../engine/plan.ts';
import { asActionError, withoutSecrets, type ActionError } from '../errors.ts';
import { serverTime } from '../engine/server-time.ts';
import { makeDirectory } from '../files/make-directory.ts';
import type { WorkflowEvent } from '../github/event.ts';
import type { Inputs } from '../inputs/read-inputs.ts';
import { cleanResult } from './clean-result.ts';
import { docsUrlOf } from './docs-url.ts';
import { tellImport } from './import-pull.ts';
import { exportEndpoint, setCommentUrl, setImportPull, setOutputs } from './outputs.ts';
import { largestFitting } from '../report/size-limit.ts';
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
import { operationSummary, operationVerdict } from '../report/operation-markdown.ts';
import { sweepSummary, sweepVerdict } from '../report/sweep-markdown.ts';
import { restoreSummary, restoreVerdict } from '../report/restore-markdown.ts';
import { topologyOf } from '../report/topology.ts';
import { failureSentence, verdict } from '../report/verdict.ts';
import type { Runtime } from '../runner/runtime.ts';
import { schemaRenderings, schemaSql, schemaVerdict, type SchemaReport } from '../schema-diff/schema-markdown.ts';

/** The arguments of `publish`. */
export interface Publication {
  readonly runtime: Runtime;
  readonly event: WorkflowEvent;
  readonly inputs: Inputs | undefined;
  readonly runResult: RunResult;
  /** Aborted when there is no more time for GitHub. */
  readonly enough: AbortSignal;
}

/**
 * Publishes the result of a run: in the log, the job summary, the comment, the plan's files and the outputs. Throws
 * when all else is done what kept a file or the outputs from being written.
 */
export async function publish(given: Publication): Promise<void> {
  const { runtime, inputs } = given;
  const runResult = cleanResult(given.runResult, runtime.secrecy);
  const announcement = { ...given, runResult };
  const report = reportOf(announcement);
  const outputs = {
    ...runResult,
    unsupported: runResult.plan?.notices.flatMap(unsupportedInput) ?? [],
    ...defined({ monthlyCost: runResult.cost?.monthly.toFixed(2) })
  };
  const { schema, imported, plan, database } = runResult;
  const disk = fileWriter();
  const schemaFile = schema && disk.write(() => ({ schemaDiff: writeSchema(runtime, schema) }));
  const importFile = imported && disk.write(() => ({ importConfig: writeImport(runtime, imported) }));
  const files = plan && report && disk.write(() => writeFiles(runtime, plan, report));
  // Updates that need no answer come first: a run that is killed later has then written them.
  const isSet = disk.write(() => {
    setOutputs(runtime, { ...outputs, ...files, ...schemaFile, ...importFile });
    return true;
  });
  if (isSet === undefined) {
    const { command, result, error = disk.failure() } = runResult;
    disk.write(() => setOutputs(runtime, defined({ command, result, error })));
  }
  if (inputs?.run.export_env === true && database !== undefined) disk.write(() => exportEndpoint(runtime, database));
  await writeSummary(runtime, summaryOf(announcement, report));
  if (report !== undefined && inputs !== undefined) {
    const commentUrl = await publishOnGithub(
      defined({ ...announcement, inputs, report, docsUrl: docsUrlOf(runtime, announcement.event) })
    );
    if (commentUrl !== undefined) setCommentUrl(runtime, commentUrl);
  }
  if (runResult.schema !== undefined && inputs !== undefined) {
    const docsUrl = docsUrlOf(runtime, announcement.event);
    const talk = defined({ ...announcement, inputs, docsUrl });
    const commentUrl = await publishSchema(talk, runResult.schema, schemaReport(announcement, runResult.schema));
    if (commentUrl !== undefined) setCommentUrl(runtime, commentUrl);
  }
  if (runResult.imported !== undefined && inputs?.run.import_pull_request === true) {
    const talk = defined({ ...announcement, inputs, docsUrl: docsUrlOf(runtime, announcement.event) });
    const url = await tellImport(talk, runResult.imported.report);
    if (url !== undefined) setImportPull(runtime, url);
  }
  if (runResult.restore !== undefined && inputs?.run.restore_issue === true) {
    const talk = defined({ ...announcement, inputs, docsUrl: docsUrlOf(runtime, announcement.event) });
    await tellRestore(talk, runResult.restore, footerOf(runtime, announcement.event));
  }
  sayLast(runtime, runResult, footerOf(runtime, announcement.event).docsUrl);
  const failure = disk.failure();
  if (failure !== undefined) throw failure;
}

/** A summary only reports: one that can't be written is a warning. */
async function writeSummary(runtime: Runtime, markdown: string): Promise<void> {
  await runtime.writeSummary(markdown).catch((thrown: unknown) => {
    runtime.log.warning(`The job summary was not written: ${failureSentence(asActionError(thrown))}`);
  });
}

/** Writes files one by one: what the disk refuses loses no comment, and is told last. */
function fileWriter(): { write<T>(work: () => T): T | undefined; failure(): ActionError | undefined } {
  let first: ActionError | undefined;
  return {
    write: work => {
      try {
        return work();
      } catch (thrown) {
        first ??= asActionError(thrown);
        return undefined;
      }
    },
    failure: () => first
  };
}

/**
 * A run that planned nothing, because the event has nothing to do or must not: a notice and `result: skipped`, and no
 * failure.
 */
export async function publishNeutral(
  runtime: Runtime,
  event: WorkflowEvent,
  command: RunResult['command'],
  reason: string
): Promise<void> {
  runtime.log.notice(reason);
  setOutputs(runtime, { command, result: 'skipped' });
  await writeSummary(runtime, neutralSummary(reason, footerOf(runtime, event)));
}

/** A run that can't read its event: outside of a workflow, or with a damaged event. */
export function publishLost(runtime: Runtime, error: ActionError): void {
  runtime.log.error(failureSentence(error));
  runtime.fail();
  try {
    setOutputs(runtime, { command: 'auto', result: 'failed', error });
  } catch (thrown) {
    // Where the files of the step are missing, all of them are.
    runtime.log.debug(asActionError(thrown).message);
  }
}

/** The last word of a run whose results could not be written: its outputs, its state for the post step. */
export function publishLast(runtime: Runtime, thrown: unknown): void {
  const error = withoutSecrets(asActionError(thrown), runtime.secrecy);
  runtime.log.error(failureSentence(error));
  runtime.fail();
}

function unsupportedInput(notice: Plan['notices'][number]): readonly string[] {
  return notice.code === 'unsupported' && notice.input !== undefined ? [notice.input] : [];
}

function footerOf(runtime: Runtime, event: WorkflowEvent): Footer {
  const docsUrl = docsUrlOf(runtime, event);
  const { serverUrl, repository } = event;
  return {
    madeAt: serverTime(runtime),
    ...(event.headSha === ''
      ? {}
      : {
          commit: event.headSha,
          commitUrl: `${serverUrl}/${repository.owner}/${repository.name}/commit/${event.headSha}`
        }),
    ...(event.runUrl === '' ? {} : { runUrl: event.runUrl }),
    ...(docsUrl === undefined ? {} : { docsUrl })
  };
}

function reportOf({ runtime, event, runResult }: Publication): PlanReport | undefined {
  const { plan, applied, error, cost } = runResult;
  if (plan === undefined) return undefined;
  const topology = topologyOf(plan);
  const result = applied === undefined ? undefined : defined({ ...applied, error });
  return defined({ plan, footer: footerOf(runtime, event), topology, cost, result });
}

function writeFiles(runtime: Runtime, plan: Plan, report: PlanReport): { planJson: string; planMarkdown: string } {
  const folder = path.join(runtime.paths.temp, 'pgkeep', 'plans');
  makeDirectory(folder);
  const base = path.join(folder, `${plan.target.provider}-${plan.target.name}-${plan.digest.slice(0, 12)}`);
  const [planJson, planMarkdown] = [`${base}.json`, `${base}.md`];
  writeFileSync(planJson, serialisePlan(plan));
  writeFileSync(planMarkdown, planRenderings(report)[0]?.() ?? '');
  return { planJson, planMarkdown };
}

function schemaReport(
  { runtime, event }: Pick<Publication, 'runtime' | 'event'>,
  { diff, target }: SchemaResult
): SchemaReport {
  const { name, environment, pullRequest } = target;
  const where = [environment, pullRequest === undefined ? '' : `pull request ${pullRequest}`];
  return { diff, footer: footerOf(runtime, event), heading: [name, ...where.filter(part => part !== '')] };
}

function writeImport(runtime: Runtime, { report }: ImportResult): string {
  const folder = path.join(runtime.paths.temp, 'pgkeep', 'import', `${report.provider}-${report.name}-${report.key}`);
  makeDirectory(folder);
  writeFileSync(path.join(folder, 'step.yml'), workflowStep(report));
  const file = path.join(folder, report.file);
  writeFileSync(file, configFile(report));
  return file;
}

function writeSchema(runtime: Runtime, { diff, target }: SchemaResult): string {
  const folder = path.join(runtime.paths.temp, 'pgkeep', 'schemas');
  makeDirectory(folder);
  const { provider, account, region, name, environment, pullRequest = 0 } = target;
  // A job may compare one name in several places, or with several bases.
  const key = hashOf({ account, region, environment, base: diff.base, database: diff.database }).slice(0, 6);
  const file = path.join(folder, `${provider}-${name}-${pullRequest}-${key}.sql`);
  writeFileSync(file, schemaSql(diff));
  return file;
}

function summaryOf({ runtime, event, runResult }: Publication, report: PlanReport | undefined): string {
  const footer = footerOf(runtime, event);
  if (report !== undefined) {
    return fitted(summaryRenderings({ ...report, outputs: reportedOutputs(runResult) }));
  }
  if (runResult.operation !== undefined) return operationSummary(runResult.operation, footer);
  if (runResult.sweep !== undefined) return sweepSummary(runResult.sweep, footer);
  if (runResult.restore !== undefined) return restoreSummary(runResult.restore, footer);
  if (runResult.imported !== undefined) return page([...runResult.imported.markdown, footerLine(footer)]);
  if (runResult.schema !== undefined) {
    return fitted(schemaRenderings(schemaReport({ runtime, event }, runResult.schema)));
  }
  if (runResult.findings !== undefined) return findingsSummary(runResult.findings, footer);
  return runResult.error === undefined
    ? neutralSummary(runResult.remark ?? remarkOf(runResult), footer)
    : failureSummary(runResult.error, footer);
}

/** The largest rendering that fits a job summary; the smallest when none does. */
function fitted(renderings: readonly (() => string)[]): string {
  return largestFitting(renderings, { bytes: SUMMARY_BYTES }) ?? renderings.at(-1)?.() ?? '';
}

function remarkOf(runResult: RunResult): string {
  if (runResult.operation !== undefined) return operationVerdict(runResult.operation);
  if (runResult.sweep !== undefined) return sweepVerdict(runResult.sweep);
  if (runResult.restore !== undefined) return restoreVerdict(runResult.restore);
  if (runResult.schema !== undefined) return schemaVerdict(runResult.schema.diff);
  if (runResult.imported !== undefined) return importVerdict(runResult.imported.report);
  if (runResult.snapshot !== undefined) return `Snapshot ${runResult.snapshot} is complete.`;
  if (runResult.findings !== undefined) return 'Nothing is missing.';
  return 'The outputs are set.';
}

function reportedOutputs(runResult: RunResult): readonly ReportedOutput[] {
  const endpoint = runResult.database?.endpoint;
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

const MOST_ANNOTATIONS = 10;

function sayLast(runtime: Runtime, runResult: RunResult, docsUrl: string | undefined): void {
  const links = docsUrl === undefined ? {} : { docsUrl };
  if (runResult.plan !== undefined && runResult.applied !== undefined) {
    for (const line of resultLines(runResult.plan, runResult.applied, links)) runtime.log.info(line);
    if (runResult.error === undefined) return;
  }
  if (runResult.error !== undefined) {
    const { code, hint, message } = runResult.error;
    const [first = '', ...lines] = message.split('\n');
    const items = lines.filter(line => line.startsWith('  - '));
    if (lines.length > 0) runtime.log.info(first);
    // GitHub shows ten annotations of a step: one for each problem, and the last sentence.
    const annotated = new Set(items.slice(0, MOST_ANNOTATIONS - 1));
    for (const line of lines)
      if (annotated.has(line)) runtime.log.error(line.slice('  - '.length), code);
      else runtime.log.info(line);
    const last = items.length === 0 ? message : first.replace(/:$/, '');
    runtime.log.error(failureSentence(defined({ code, hint, message: last }), docsUrl));
    runtime.fail();
    return;
  }
  if (runResult.plan === undefined) runtime.log.info(runResult.remark ?? remarkOf(runResult));
  else if (runResult.applied === undefined) runtime.log.info(verdict(runResult.plan));
}
