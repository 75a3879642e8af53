import { defined } from '../engine/defined.ts';
import { findCheckRun, type CheckRun } from '../github/check-run.ts';
import type { GithubClient } from '../github/client.ts';
import type { WorkflowEvent } from '../github/event.ts';
import { mergedBy, pullRequestsOfCommit, readPullRequest, type PullRequest } from '../github/pull-request.ts';
import type { Target } from '../engine/ownership.ts';
import type { ReviewedPlan } from './approval.ts';
import { isSameDatabase, readRecord, recordName } from './record.ts';

/** What was found, and where it lies. */
export interface FoundRecord {
  readonly evidence: ReviewedPlan;
  /** Of the record. */
  readonly checkRun?: CheckRun;
}

/** The pull request that a run carries out. */
export type Subject = Pick<PullRequest, 'number' | 'headSha' | 'fork'>;

/**
 * The pull request that an event is about: its own, that of a merge queue's entry, or the one whose merge brought the commit. `undefined` for
 * a commit that came from none. Throws `github-denied` or `github-failed`.
 */
export async function subjectOf(client: GithubClient, event: WorkflowEvent): Promise<Subject | undefined> {
  if (event.kind === 'pull_request') return event.pullRequest;
  if (event.pullRequestNumber !== undefined) return readPullRequest(client, event.pullRequestNumber);
  return mergedBy(await pullRequestsOfCommit(client, event.sha), event.sha);
}

/**
 * The record of a database's plan on the head of a pull request. Only what this token's own app recorded counts, and nothing on the head of a
 * fork. Throws `github-denied` or `github-failed`: a record that may not be read is not one that is not there.
 */
export async function findRecord(
  client: GithubClient,
  subject: Subject | undefined,
  target: Target
): Promise<FoundRecord> {
  if (subject === undefined) return none(undefined, 'this commit came from no pull request');
  const { number, headSha, fork } = subject;
  if (fork) return none(number, `#${number} comes from a fork, whose records are not trusted`);
  const checkRun = await findCheckRun(client, headSha, recordName(target), run => {
    const record = readRecord(run);
    return record !== undefined && isSameDatabase(record.target, target);
  });
  const record = checkRun === undefined ? undefined : readRecord(checkRun);
  if (checkRun === undefined || record === undefined)
    return none(number, `#${number} has no plan of this database recorded on its last commit ${headSha.slice(0, 7)}`);
  return { evidence: { kind: 'record', pullRequest: number, record }, checkRun };
}

function none(pullRequest: number | undefined, why: string): FoundRecord {
  return { evidence: defined({ kind: 'none', why, pullRequest }) };
}
