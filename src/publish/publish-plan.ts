import { defined } from '../engine/defined.ts';
import { putCheckRun } from '../github/check-run.ts';
import { isGithubFailure } from '../github/client-errors.ts';
import type { GithubClient } from '../github/client.ts';
import { amendComment, putComment, type CommentResult } from '../github/comment.ts';
import { putSection } from '../github/group-comment.ts';
import type { WorkflowEvent } from '../github/event.ts';
import type { DatabaseKey } from '../github/marker.ts';
import { readPullRequest } from '../github/pull-request.ts';
import { planRenderings } from '../report/plan-markdown.ts';
import { markedStale } from '../report/stale-markdown.ts';
import { verdict } from '../report/verdict.ts';
import { findRecord } from '../review/find-record.ts';
import { isSameDatabase, readRecord, recordName, recordTexts, type PlanRecord } from '../review/record.ts';
import { labelPull } from './label-pull.ts';
import { explained, type GithubPublication } from './github-publication.ts';

/** Which pull request gets the comment. */
export interface CommentPlace {
  readonly pullRequest: number;
  readonly createIfMissing: boolean;
}

/** The pull request whose head this run planned. */
export interface PlannedHead {
  readonly number: number;
  readonly headSha: string;
}

/**
 * Records a plan and writes the comment, so that both show the same plan. A run of an older head leaves the comment
 * alone, and so does one whose commit has a later plan on record. Both are checked again when the comment is written: a
 * comment that was overtaken meanwhile is marked as stale. Returns the comment's address, if it was written.
 */
export async function publishPlan(
  publication: GithubPublication,
  client: GithubClient,
  database: DatabaseKey,
  place: CommentPlace | undefined,
  record: PlanRecord | undefined
): Promise<string | undefined> {
  const { runtime } = publication;
  const planned = place === undefined ? undefined : plannedHead(publication.event, place.pullRequest);
  const [live, recorded] = await Promise.all([
    planned === undefined ? undefined : liveHead(publication, client, planned),
    record === undefined ? undefined : putRecord(publication, client, record)
  ]);
  if (place === undefined) return undefined;
  const overtaken = overtakenBy(planned, live, recorded === 'superseded');
  if (overtaken !== undefined) {
    runtime.log.notice(`The comment of #${place.pullRequest} was left as it is: ${overtaken}`);
    return undefined;
  }
  const result = await writeComment(publication, client, database, place, planned);
  // Also where there is nothing to comment on: without changes there is no comment, and a label.
  if (planned !== undefined && publication.inputs.run.label === true) await labelPull(publication, client, planned);
  if (result.action === 'failed') explained(publication, "The pull request's comment was not written", result.error);
  if (result.action === 'failed' || result.action === 'none') return undefined;
  if (result.unhidden !== undefined) explained(publication, 'Earlier comments were not hidden', result.unhidden);
  if (planned !== undefined) await confirmNewest(publication, client, { database, planned, record, result });
  return result.url;
}

/** In a comment of its own, or as a section of the one that the jobs of a matrix share. */
async function writeComment(
  { inputs, report }: GithubPublication,
  client: GithubClient,
  database: DatabaseKey,
  place: CommentPlace,
  planned: PlannedHead | undefined
): Promise<CommentResult> {
  const { comment_group: group, comment_mode: mode, comment_header: before, comment_footer: after } = inputs.run;
  if (group !== undefined) {
    const head = planned?.headSha;
    return putSection(
      client,
      defined({ ...place, group, database, renderings: planRenderings(report), head, before, after })
    );
  }
  const renderings = planRenderings(report, defined({ before, after }));
  return putComment(client, defined({ ...place, database, renderings, mode }));
}

/** A run that applies a merged pull request did not plan its head. */
export function plannedHead(event: WorkflowEvent, pullRequest: number): PlannedHead | undefined {
  if (event.kind === 'pull_request' && event.pullRequest.number === pullRequest) return event.pullRequest;
  return event.about?.holdsHead === true && event.about.number === pullRequest ? event.about : undefined;
}

/** `undefined` when GitHub can't be asked: then the run counts as the newest. */
export async function liveHead(
  { runtime }: Pick<GithubPublication, 'runtime'>,
  client: GithubClient,
  { number }: PlannedHead
): Promise<string | undefined> {
  try {
    return (await readPullRequest(client, number))?.headSha;
  } catch (thrown) {
    if (!isGithubFailure(thrown)) throw thrown;
    runtime.log.debug(`The head of #${number} is not known: ${thrown.message}`);
    return undefined;
  }
}

export function overtakenBy(
  planned: PlannedHead | undefined,
  live: string | undefined,
  isSuperseded: boolean
): string | undefined {
  if (planned !== undefined && live !== undefined && live !== planned.headSha) {
    return `this run planned the commit ${planned.headSha.slice(0, 7)}, and the head is ${live.slice(0, 7)} now.`;
  }
  return isSuperseded ? 'another run has recorded a later plan of this commit.' : undefined;
}

async function putRecord(
  publication: GithubPublication,
  client: GithubClient,
  record: PlanRecord
): Promise<'recorded' | 'superseded' | 'failed'> {
  const { event, inputs, report } = publication;
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
    yieldsTo: run => (readRecord(run)?.madeAt ?? '') > record.madeAt,
    detailsUrl: event.runUrl
  });
  if (result.action === 'superseded') return 'superseded';
  if (result.action !== 'failed') return 'recorded';
  const what = 'The plan is not recorded, so an apply will have nothing to compare with';
  const isWanted = result.error.code !== 'github-denied' || inputs.run.approval === 'required';
  explained(publication, what, result.error, isWanted ? 'warning' : 'info');
  return 'failed';
}

interface Written {
  readonly database: DatabaseKey;
  readonly planned: PlannedHead;
  readonly record: PlanRecord | undefined;
  readonly result: Extract<CommentResult, { readonly body: string }>;
}

/** Checks again when the comment is written, and marks it when it was overtaken. */
async function confirmNewest(
  publication: GithubPublication,
  client: GithubClient,
  { database, planned, record, result }: Written
): Promise<void> {
  const [live, isRecorded] = await Promise.all([
    liveHead(publication, client, planned),
    record === undefined || holdsPlan(publication, client, planned, record)
  ]);
  const overtaken = overtakenBy(planned, live, !isRecorded);
  if (overtaken === undefined) return;
  const why = `${overtaken.charAt(0).toUpperCase()}${overtaken.slice(1)} Run the newest plan's job again to show it here.`;
  const marked = await amendComment(client, {
    pullRequest: planned.number,
    database,
    amend: comment => (comment.body === result.body ? markedStale(comment.body, why) : [() => comment.body])
  });
  if (marked.action === 'failed')
    explained(publication, `The comment of #${planned.number} was not marked`, marked.error);
}

/** Whether the record on the head is still that of this run's plan. An unreadable record counts as its own. */
async function holdsPlan(
  { runtime, report }: GithubPublication,
  client: GithubClient,
  planned: PlannedHead,
  record: PlanRecord
): Promise<boolean> {
  try {
    const { evidence } = await findRecord(client, { ...planned, fork: false }, report.plan.target);
    return evidence.kind === 'none' || evidence.record.digest === record.digest;
  } catch (thrown) {
    if (!isGithubFailure(thrown)) throw thrown;
    runtime.log.debug(`The record is not known: ${thrown.message}`);
    return true;
  }
}
