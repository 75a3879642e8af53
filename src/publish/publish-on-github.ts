import type { RunResult } from './run-result.ts';
import type { Execution } from '../engine/execution.ts';
import { asActionError, type ActionError } from '../errors.ts';
import { putCheckRun } from '../github/check-run.ts';
import { githubClient, type GithubClient } from '../github/client.ts';
import { amendComment, putComment } from '../github/comment.ts';
import type { WorkflowEvent } from '../github/event.ts';
import { putIssue } from '../github/issue.ts';
import type { DatabaseKey } from '../github/marker.ts';
import { writeAccess } from '../github/permission.ts';
import type { Inputs } from '../inputs/read-inputs.ts';
import { driftRenderings } from '../report/drift-markdown.ts';
import { planRenderings } from '../report/plan-markdown.ts';
import { visible } from '../report/printable.ts';
import type { PlanReport } from '../report/report.ts';
import { markedStale } from '../report/stale-markdown.ts';
import { failureSentence, heading, verdict } from '../report/verdict.ts';
import { driftSentences } from '../review/drift-text.ts';
import type { QueueAnswer, ReviewOutcome } from '../review/review-outcome.ts';
import { isSameDatabase, readRecord, recordName, recordTexts, type PlanRecord } from '../review/record.ts';
import { markOthersStale } from '../review/stale.ts';
import type { Runtime } from '../runner/runtime.ts';

/** What is told on GitHub, and to whom. */
export interface GithubPublication {
  readonly runtime: Runtime;
  readonly event: WorkflowEvent;
  readonly inputs: Inputs;
  readonly runResult: RunResult;
  readonly report: PlanReport;
  /** Aborted when there is no more time for it. */
  readonly enough: AbortSignal;
}

/**
 * Everything that a run says on GitHub: the comment, the record of the plan, the answer to a merge queue, what no longer holds elsewhere, and
 * the drift issue. What could not be said is a warning. Never throws. The comment's address, when there is one.
 */
export async function publishOnGithub(telling: GithubPublication): Promise<string | undefined> {
  const { runtime, event, inputs, runResult, report } = telling;
  const { record, queue, drift, changedAt } = runResult.review ?? {};
  const comment = commentOf(telling);
  const wantsIssue = inputs.options.drift_issue && drift !== undefined;
  const isChanged = changedAt !== undefined && wantsComment(inputs, event) && !runtime.signal.aborted;
  const isSilent = [comment, record, queue].every(one => one === undefined) && !wantsIssue && !isChanged;
  if (isSilent) return undefined;

  const token = inputs.secrets.get('github_token') ?? '';
  const access = writeAccess(event, token);
  if (access.kind === 'none') {
    runtime.log.info(`No comment: ${access.sentence} ${access.hint}`);
    return undefined;
  }
  const execution: Execution = {
    clock: runtime.clock,
    log: runtime.log,
    random: runtime.random,
    secrecy: runtime.secrecy,
    signal: telling.enough
  };
  const client = githubClient({ token, apiUrl: event.apiUrl, repository: event.repository, execution });
  const { provider, account, region, environment, ...target } = report.plan.target;
  // In one pull request there can be the plan of a database and, beside it, the database of that pull request.
  const name = target.pullRequest === undefined ? target.name : `${target.name}#${target.pullRequest}`;
  const database: DatabaseKey = { provider, account, region, name, environment };
  const [url] = await Promise.all([
    comment === undefined ? undefined : saying(telling, () => putPlan(telling, client, database, comment)),
    record === undefined ? undefined : saying(telling, () => putRecord(telling, client, record)),
    queue === undefined ? undefined : saying(telling, () => answerQueue(telling, client, database, queue)),
    wantsIssue ? saying(telling, () => keepIssue(telling, client, database, drift)) : undefined
  ]);
  if (isChanged) await saying(telling, () => markOthers(telling, client, database, changedAt));
  return url;
}

interface CommentPlace {
  readonly pullRequest: number;
  readonly createIfMissing: boolean;
}

/** Where the comment goes: to the event's own pull request, or to the merged one that is carried out, if it has one already. */
function commentOf({ event, inputs, runResult, report }: GithubPublication): CommentPlace | undefined {
  if (!wantsComment(inputs, event) || event.kind === 'merge_group') return undefined;
  const merged = runResult.review?.carriesOut;
  if (merged !== undefined) return { pullRequest: merged, createIfMissing: false };
  const { pullRequestNumber } = event;
  const isNews = report.plan.verdict !== 'no-changes' || runResult.error !== undefined;
  return pullRequestNumber === undefined ? undefined : { pullRequest: pullRequestNumber, createIfMissing: isNews };
}

/** A step that makes itself a database for the job's tests (`command: apply` in a pull request) has nothing to tell reviewers. */
function wantsComment({ run, options }: Inputs, event: WorkflowEvent): boolean {
  if (run.comment !== undefined) return run.comment;
  return event.kind !== 'pull_request' || options.command === 'auto' || options.command === 'plan';
}

async function putPlan(
  { runtime, report }: GithubPublication,
  client: GithubClient,
  database: DatabaseKey,
  place: CommentPlace
): Promise<string | undefined> {
  const result = await putComment(client, { ...place, database, renderings: planRenderings(report) });
  if (result.action === 'failed') warn(runtime, "The pull request's comment was not written", result.error);
  return result.action === 'failed' || result.action === 'none' ? undefined : result.url;
}

async function putRecord(
  { runtime, event, inputs, report }: GithubPublication,
  client: GithubClient,
  record: PlanRecord
): Promise<void> {
  const { plan } = report;
  const result = await putCheckRun(client, {
    headSha: event.headSha,
    name: recordName(plan.target),
    externalId: record.digest,
    conclusion: plan.verdict === 'blocked' ? 'failure' : plan.verdict === 'no-changes' ? 'neutral' : 'success',
    title: verdict(plan),
    summary: planRenderings(report),
    text: recordTexts(record),
    isMeant: run => {
      const found = readRecord(run);
      return found !== undefined && isSameDatabase(found.target, plan.target);
    },
    detailsUrl: event.runUrl
  });
  if (result.action !== 'failed') return;
  const what = 'The plan is not recorded, so an apply will have nothing to compare with';
  if (result.error.code !== 'github-denied' || inputs.run.approval === 'required') warn(runtime, what, result.error);
  else runtime.log.info(`${what}: ${failureSentence(result.error)}`);
}

async function answerQueue(
  { runtime, event, inputs, runResult, report }: GithubPublication,
  client: GithubClient,
  database: DatabaseKey,
  { conclusion, pullRequest, stale }: QueueAnswer
): Promise<void> {
  const { plan } = report;
  const [title = ''] = (runResult.error?.message ?? verdict(plan)).split('\n');
  const result = await putCheckRun(client, {
    headSha: event.headSha,
    name: recordName(plan.target),
    externalId: '',
    conclusion,
    title: visible(title).replace(/:$/, ''),
    summary: planRenderings(report),
    isMeant: run => run.externalId === '',
    detailsUrl: event.runUrl
  });
  if (result.action === 'failed') warn(runtime, "The merge queue's check was not answered", result.error);
  if (stale === undefined || pullRequest === undefined || !wantsComment(inputs, event)) return;
  const marked = await amendComment(client, {
    pullRequest,
    database,
    amend: ({ body }) => markedStale(body, stale.why, stale.details)
  });
  if (marked.action === 'failed') warn(runtime, `The comment of #${pullRequest} was not marked`, marked.error);
}

async function keepIssue(
  { runtime, report }: GithubPublication,
  client: GithubClient,
  database: DatabaseKey,
  drift: NonNullable<ReviewOutcome['drift']>
): Promise<void> {
  const isGone = drift.kind === 'none';
  const result = await putIssue(client, {
    database,
    title: `PostgreSQL ${heading(report.plan)} is not as its workflow says`,
    renderings: isGone ? planRenderings(report) : driftRenderings(report, driftSentences(drift, report.plan)),
    state: isGone ? 'closed' : 'open'
  });
  if (result.action === 'failed') warn(runtime, 'The drift issue was not written', result.error);
  else if (result.action !== 'none') runtime.log.info(`Drift issue #${result.number} ${result.action}: ${result.url}`);
}

async function markOthers(
  { runtime, event, runResult }: GithubPublication,
  client: GithubClient,
  database: DatabaseKey,
  changedAt: Date
): Promise<void> {
  const carriesOut = runResult.review?.carriesOut ?? event.pullRequestNumber;
  const cause = carriesOut === undefined ? 'The database was changed' : `#${carriesOut} was applied to this database`;
  const { marked, left, error } = await markOthersStale(client, {
    database,
    except: carriesOut,
    changedAt,
    why: `${cause} after it was made. Push a commit, or run its job again, to plan anew.`
  });
  if (marked.length > 0)
    runtime.log.info(`Marked as no longer holding: the plans in ${marked.map(number => `#${number}`).join(', ')}`);
  if (left) runtime.log.info('There are more open pull requests than were looked at for plans that no longer hold');
  if (error !== undefined) warn(runtime, 'Plans in other pull requests were not marked', error);
}

/** Whatever goes wrong while talking only loses what would have been said. */
async function saying<T>({ runtime, enough }: GithubPublication, say: () => Promise<T>): Promise<T | undefined> {
  try {
    return await say();
  } catch (thrown) {
    if (enough.aborted) runtime.log.warning('There was no time left to say everything on GitHub');
    else warn(runtime, 'Something was not said on GitHub', asActionError(thrown));
    return undefined;
  }
}

function warn(runtime: Runtime, what: string, error: ActionError): void {
  runtime.log.warning(`${what}: ${failureSentence(error)}`);
}
