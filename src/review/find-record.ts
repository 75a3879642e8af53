import { defined } from '../engine/defined.ts';
import type { Effect } from '../engine/digest.ts';
import { findCheckRun, type CheckRun } from '../github/check-run.ts';
import { isGithubFailure } from '../github/client-errors.ts';
import type { GithubClient } from '../github/client.ts';
import type { WorkflowEvent } from '../github/event.ts';
import { pushedCommits, queuedPullRequests } from '../github/group.ts';
import {
  lastMerged,
  mergedBy,
  newestMerged,
  pullRequestsOfCommit,
  readPullRequest,
  type PullRequest
} from '../github/pull-request.ts';
import type { Target } from '../engine/ownership.ts';
import type { ReviewedPlan } from './approval.ts';
import { combineRecords } from './combine-records.ts';
import { isSameDatabase, readRecord, recordName, type PlanRecord } from './record.ts';

/** A record, and where it was found. */
export interface FoundRecord {
  readonly evidence: ReviewedPlan;
  /** Where each record of the evidence was found. */
  readonly parts: readonly RecordedPlan[];
}

export interface RecordedPlan {
  readonly record: PlanRecord;
  readonly checkRun: CheckRun;
}

/** The pull request that a run applies. */
export type Subject =
  | (Pick<PullRequest, 'number' | 'headSha' | 'fork'> & {
      /** Why its record does not count for this run; completes "#7 …". */
      readonly unfit?: string;
    })
  /** `why` completes "this commit …". */
  | { readonly number?: undefined; readonly why: string };

/** Whether a pull request into this branch was reviewed for the run. */
export type CountsBase = (branch: string) => boolean;

/**
 * The pull request that an event is about: its own, that of a merge queue's entry, the one that `pull_request` names,
 * or the one whose merge brought the commit to the pushed branch. Throws `github-denied` or `github-failed`.
 */
export async function subjectOf(client: GithubClient, event: WorkflowEvent, counts: CountsBase): Promise<Subject> {
  if (event.kind === 'pull_request') return event.pullRequest;
  if (event.pullRequestNumber !== undefined) {
    const pull = await readPullRequest(client, event.pullRequestNumber);
    if (pull === undefined) return { why: `names #${event.pullRequestNumber}, which does not exist` };
    return defined({ ...pull, unfit: unfitness(pull, event, counts) });
  }
  const pulls = await pullRequestsOfCommit(client, event.sha);
  const merged = mergedBy(
    pulls.filter(pull => counts(pull.baseBranch)),
    event.sha
  );
  if (merged !== undefined) return merged;
  const [other] = pulls.filter(pull => pull.state === 'merged');
  if (other === undefined) return { why: 'came from no pull request' };
  return {
    why: `came from #${other.number}, whose base is \`${other.baseBranch}\` and not the branch that this run deploys`
  };
}

function unfitness(pull: PullRequest, event: WorkflowEvent, counts: CountsBase): string | undefined {
  if (!counts(pull.baseBranch))
    return `has the base \`${pull.baseBranch}\`, which is not the branch that this run deploys`;
  return event.kind === 'merge_group' || pull.state === 'merged' ? undefined : 'is not merged';
}

/**
 * The pull requests that a run applies together, in the order of their merges: those of a merge queue's group up to
 * this entry, or those of one push. Fewer than two when `subjectOf` is enough, and when the token may not read them:
 * then a group's plan counts as another one. Throws `github-failed`.
 */
export async function groupOf(
  client: GithubClient,
  event: WorkflowEvent,
  counts: CountsBase
): Promise<readonly Subject[]> {
  try {
    return await readGroup(client, event, counts);
  } catch (thrown) {
    if (isGithubFailure(thrown) && thrown.code === 'github-denied') return [];
    throw thrown;
  }
}

async function readGroup(client: GithubClient, event: WorkflowEvent, counts: CountsBase): Promise<readonly Subject[]> {
  if (event.kind === 'merge_group') {
    const numbers = await queuedPullRequests(client, event.headSha, event.baseRef.replace(/^refs\/heads\//, ''));
    if (numbers.length < 2) return [];
    const pulls = await Promise.all(numbers.map(async number => readPullRequest(client, number)));
    return pulls.flatMap(pull =>
      pull === undefined ? [] : [defined({ ...pull, unfit: unfitness(pull, event, counts) })]
    );
  }
  if (event.kind !== 'push' || event.before === undefined || event.about !== undefined) return [];
  const commits = await pushedCommits(client, event.before, event.sha);
  if (commits.length < 2) return [];
  const found = new Map<number, PullRequest>();
  const last = lastMerged(client);
  for (const sha of commits) {
    const pulls = await pullRequestsOfCommit(client, sha, last);
    const merged = pulls.find(
      pull => pull.mergeCommitSha === sha && pull.state === 'merged' && counts(pull.baseBranch)
    );
    if (merged !== undefined) found.set(merged.number, merged);
  }
  return [...found.values()];
}

/**
 * The records of several pull requests as one. A pull request without a record of this database is skipped, unless
 * `isStrict`: then it is the evidence. Throws `github-denied` or `github-failed`.
 */
export async function findGroupRecord(
  client: GithubClient,
  subjects: readonly Subject[],
  target: Target,
  fresh: Effect,
  isStrict: boolean
): Promise<FoundRecord> {
  const found = await Promise.all(subjects.map(async subject => findRecord(client, subject, target)));
  const missing = found.find(({ evidence }) => evidence.kind === 'none');
  const parts = found.flatMap(one => one.parts);
  if (missing !== undefined && (isStrict || parts.length === 0)) return missing;
  const [only, ...others] = found.filter(({ evidence }) => evidence.kind === 'record');
  if (only !== undefined && others.length === 0) return only;
  const record = combineRecords(
    parts.map(part => part.record),
    fresh
  );
  const numbers = found.flatMap(({ evidence }) => (evidence.kind === 'record' ? [evidence.pullRequest] : []));
  const pullRequest = numbers.at(-1);
  if (record === undefined || pullRequest === undefined) return none(undefined, 'no plan of this group is recorded');
  return { evidence: { kind: 'record', pullRequest, together: numbers, record }, parts };
}

/**
 * The record of a database's plan on the head of a pull request. Only records of this token's own app count, and none
 * on the head of a fork. Throws `github-denied` or `github-failed`: an unreadable record is not a missing one.
 */
export async function findRecord(client: GithubClient, subject: Subject, target: Target): Promise<FoundRecord> {
  if (subject.number === undefined) return none(undefined, `this commit ${subject.why}`);
  const { number, headSha, fork, unfit } = subject;
  if (unfit !== undefined) return none(number, `#${number} ${unfit}`);
  if (fork) return none(number, `#${number} comes from a fork, whose records are not trusted`);
  const checkRun = await findCheckRun(client, headSha, recordName(target), run => {
    const record = readRecord(run);
    return record !== undefined && isSameDatabase(record.target, target);
  });
  const record = checkRun === undefined ? undefined : readRecord(checkRun);
  if (checkRun === undefined || record === undefined)
    return none(number, `#${number} has no plan of this database recorded on its last commit ${headSha.slice(0, 7)}`);
  return { evidence: { kind: 'record', pullRequest: number, record }, parts: [{ record, checkRun }] };
}

/** Merged pull requests that are looked at for a plan that was applied. */
const MOST_LOOKED_AT = 20;

/**
 * The newest plan of a database that an apply has begun to carry out, among the pull requests merged last. Throws
 * `github-denied` or `github-failed`.
 */
export async function findAppliedRecord(
  client: GithubClient,
  target: Target
): Promise<{ readonly pullRequest: number; readonly record: PlanRecord } | undefined> {
  for (const pull of await newestMerged(client, MOST_LOOKED_AT)) {
    const { parts } = await findRecord(client, pull, target);
    const begun = parts.find(({ record }) => record.begunFor !== undefined && record.intent === 'apply');
    if (begun !== undefined) return { pullRequest: pull.number, record: begun.record };
  }
  return undefined;
}

function none(pullRequest: number | undefined, why: string): FoundRecord {
  return { evidence: defined({ kind: 'none', why, pullRequest }), parts: [] };
}
