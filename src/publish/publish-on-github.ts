import { putCheckRun } from '../github/check-run.ts';
import type { GithubClient } from '../github/client.ts';
import { amendComment } from '../github/comment.ts';
import type { WorkflowEvent } from '../github/event.ts';
import { putIssue } from '../github/issue.ts';
import type { DatabaseKey } from '../github/marker.ts';
import type { Inputs } from '../inputs/read-inputs.ts';
import { driftRenderings } from '../report/drift-markdown.ts';
import { planRenderings } from '../report/plan-markdown.ts';
import { visible } from '../report/printable.ts';
import { markedStale } from '../report/stale-markdown.ts';
import { heading, verdict } from '../report/verdict.ts';
import { driftSentences } from '../review/drift-text.ts';
import type { QueueAnswer, ReviewOutcome } from '../review/review-outcome.ts';
import { recordName } from '../review/record.ts';
import { markOthersStale } from '../review/stale.ts';
import { attempted, explained, openTalk, type GithubPublication } from './github-publication.ts';
import { publishPlan, type CommentPlace } from './publish-plan.ts';
import { tellDrift, tellsDrift } from './tell-drift.ts';

/**
 * Everything that a run writes on GitHub: the comment, the record of the plan, the answer to a merge queue, stale marks
 * elsewhere, and the drift issue. A failed update is a warning. Never throws. Returns the comment's address, if it was
 * written.
 */
export async function publishOnGithub(publication: GithubPublication): Promise<string | undefined> {
  const { runtime, event, inputs, runResult, report } = publication;
  const { record, queue, drift, who, changedAt } = runResult.review ?? {};
  const comment = commentOf(publication);
  sayUnshown(publication);
  const wantsIssue = inputs.options.drift_issue && drift !== undefined;
  const isChanged = changedAt !== undefined && wantsComment(inputs, event) && !runtime.signal.aborted;
  const tells = tellsDrift(publication);
  const isSilent = [comment, record, queue].every(one => one === undefined) && !wantsIssue && !isChanged && !tells;
  if (isSilent) return undefined;

  const client = openTalk(publication);
  const telling =
    tells && drift !== undefined ? attempted(publication, () => tellDrift(publication, client, drift, who)) : undefined;
  if (client === undefined) {
    await telling;
    return undefined;
  }
  const { provider, account, region, environment, ...target } = report.plan.target;
  // A pull request can have the plan of a database and, separately, a database of its own.
  const name = target.pullRequest === undefined ? target.name : `${target.name}#${target.pullRequest}`;
  const database: DatabaseKey = { provider, account, region, name, environment };
  const [url] = await Promise.all([
    attempted(publication, () => publishPlan(publication, client, database, comment, record)),
    queue === undefined ? undefined : attempted(publication, () => answerQueue(publication, client, database, queue)),
    wantsIssue ? attempted(publication, () => keepIssue(publication, client, database, drift, who)) : undefined,
    telling
  ]);
  if (isChanged) await attempted(publication, () => markOthers(publication, client, database, changedAt));
  return url;
}

/** The pull request of the comment: the event's own, or the merged one that is being applied, if it has one already. */
function commentOf({ event, inputs, runResult, report }: GithubPublication): CommentPlace | undefined {
  if (!wantsComment(inputs, event) || event.kind === 'merge_group') return undefined;
  const merged = runResult.review?.carriesOut;
  if (merged !== undefined) return { pullRequest: merged, createIfMissing: false };
  const { pullRequestNumber, about } = event;
  const isOwn = report.plan.target.pullRequest !== undefined;
  if (isOfClosed(event, runResult) && !isOwn) return undefined;
  if (event.kind !== 'pull_request' && about?.holdsHead !== true && !isOwn) return undefined;
  const isNews = report.plan.verdict !== 'no-changes' || runResult.error !== undefined;
  return pullRequestNumber === undefined ? undefined : { pullRequest: pullRequestNumber, createIfMissing: isNews };
}

/** A label or an edit starts runs of closed pull requests as well. */
function isOfClosed(event: WorkflowEvent, { command }: GithubPublication['runResult']): boolean {
  return command === 'plan' && event.kind === 'pull_request' && event.pullRequest.state === 'closed';
}

/** A plan of another commit than the pull request's head is not a plan of that pull request. */
function sayUnshown({ runtime, event, runResult, report }: GithubPublication): void {
  const { about } = event;
  if (isOfClosed(event, runResult) && report.plan.target.pullRequest === undefined) {
    runtime.log.notice(
      `#${event.pullRequestNumber} is closed, so this plan is neither recorded nor shown there. To record the present plan, run the plan job of its last commit again.`
    );
  }
  if (
    about === undefined ||
    about.holdsHead ||
    runResult.command !== 'plan' ||
    report.plan.target.pullRequest !== undefined
  )
    return;
  const { number, headSha } = about;
  runtime.log.notice(
    `The plan is not of the head ${headSha.slice(0, 7)} of #${number}, so it is neither recorded nor shown there. Check out \`refs/pull/${number}/merge\` before this step.`
  );
}

/**
 * A step that creates a database for the job's tests (`command: apply` in a pull request) has nothing to report to
 * reviewers.
 */
function wantsComment({ run, options }: Inputs, event: WorkflowEvent): boolean {
  if (run.comment !== undefined) return run.comment;
  return event.kind !== 'pull_request' || options.command === 'auto' || options.command === 'plan';
}

async function answerQueue(
  publication: GithubPublication,
  client: GithubClient,
  database: DatabaseKey,
  { conclusion, pullRequest, stale }: QueueAnswer
): Promise<void> {
  const { event, inputs, runResult, report } = publication;
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
  if (result.action === 'failed') explained(publication, "The merge queue's check was not answered", result.error);
  if (stale === undefined || pullRequest === undefined || !wantsComment(inputs, event)) return;
  const marked = await amendComment(client, {
    pullRequest,
    database,
    amend: ({ body }) => markedStale(body, stale.why, stale.details)
  });
  if (marked.action === 'failed') explained(publication, `The comment of #${pullRequest} was not marked`, marked.error);
}

async function keepIssue(
  publication: GithubPublication,
  client: GithubClient,
  database: DatabaseKey,
  drift: NonNullable<ReviewOutcome['drift']>,
  who: ReviewOutcome['who']
): Promise<void> {
  const { runtime, report } = publication;
  const isGone = drift.kind === 'none';
  const result = await putIssue(client, {
    database,
    title: `PostgreSQL ${heading(report.plan)} is not as its workflow says`,
    renderings: isGone ? planRenderings(report) : driftRenderings(report, driftSentences(drift, report.plan, who)),
    state: isGone ? 'closed' : 'open'
  });
  if (result.action === 'failed') explained(publication, 'The drift issue was not written', result.error);
  else if (result.action !== 'none') runtime.log.info(`Drift issue #${result.number} ${result.action}: ${result.url}`);
}

async function markOthers(
  publication: GithubPublication,
  client: GithubClient,
  database: DatabaseKey,
  changedAt: Date
): Promise<void> {
  const { runtime, event, runResult } = publication;
  const carriesOut = runResult.review?.carriesOut ?? event.pullRequestNumber;
  const cause = carriesOut === undefined ? 'The database was changed' : `#${carriesOut} was applied to this database`;
  const { marked, left, error } = await markOthersStale(client, {
    database,
    except: carriesOut,
    changedAt,
    why: `${cause} after it was made. Push a commit, or run its job again, to plan again.`
  });
  if (marked.length > 0)
    runtime.log.info(`Marked as no longer holding: the plans in ${marked.map(number => `#${number}`).join(', ')}`);
  if (left)
    runtime.log.info('Not every open pull request was checked for plans that no longer hold: there are too many');
  if (error !== undefined) explained(publication, 'Plans in other pull requests were not marked', error);
}
