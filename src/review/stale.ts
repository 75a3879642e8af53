import { defined } from '../engine/defined.ts';
import type { ActionError } from '../errors.ts';
import { isGithubFailure } from '../github/client-errors.ts';
import type { GithubClient } from '../github/client.ts';
import { amendComment } from '../github/comment.ts';
import { markerOf, type DatabaseKey } from '../github/marker.ts';
import { pullsWithout } from '../github/own-comments.ts';
import { openPullRequests, type PullRequest } from '../github/pull-request.ts';
import { markedStale } from '../report/stale-markdown.ts';

/** Open pull requests that are checked, the last changed first. */
const MOST_PULL_REQUESTS = 200;
/** At a time. GitHub asks for few concurrent requests. */
const SIDE_BY_SIDE = 4;

export interface Staleness {
  readonly database: DatabaseKey;
  /** The pull request whose plan it was that changed the database. */
  readonly except: number | undefined;
  /** A comment written later shows a later plan. */
  readonly changedAt: Date;
  /** One sentence. */
  readonly why: string;
}

export interface Marked {
  /** Numbers of the pull requests whose comment is marked now and was not before. */
  readonly marked: readonly number[];
  /** There were more open pull requests than are checked. */
  readonly left: boolean;
  /** The first failure; no later update was started. */
  readonly error?: ActionError;
}

/** Marks the plans of a database in the comments of all other open pull requests. Throws only the signal's reason. */
export async function markOthersStale(client: GithubClient, staleness: Staleness): Promise<Marked> {
  const marked: number[] = [];
  let error: ActionError | undefined;
  let pulls: readonly PullRequest[] = [];
  try {
    pulls = await openPullRequests(client, MOST_PULL_REQUESTS);
  } catch (thrown) {
    if (!isGithubFailure(thrown)) throw thrown;
    error = thrown;
  }
  const numbers = pulls.map(({ number }) => number).filter(number => number !== staleness.except);
  const without = await pullsWithout(client, numbers, markerOf(staleness.database));
  const waiting = numbers.filter(number => !without.has(number));
  const work = async (): Promise<void> => {
    for (let number = waiting.shift(); number !== undefined && error === undefined; number = waiting.shift()) {
      const result = await markOne(client, number, staleness);
      if (result.action === 'failed') error ??= result.error;
      if (result.action === 'updated') marked.push(number);
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
  return defined({ marked: marked.sort((a, b) => a - b), left: pulls.length === MOST_PULL_REQUESTS, error });
}

async function markOne(client: GithubClient, pullRequest: number, { database, changedAt, why }: Staleness) {
  return amendComment(client, {
    pullRequest,
    database,
    amend: ({ body, updatedAt }) => (updatedAt > changedAt ? [() => body] : markedStale(body, why))
  });
}
