import { asActionError } from '../errors.ts';
import { githubClient, type GithubClient } from '../github/client.ts';
import { readPullRequest } from '../github/pull-request.ts';
import { failureSentence } from '../report/verdict.ts';
import type { Run } from './run.ts';

/** A pull request as GitHub has it at this moment. */
export type LivePullRequest =
  | { readonly state: 'open'; readonly labels: readonly string[] }
  /** Closed, merged, or not to be found. `why` completes "Pull request #7 …". */
  | { readonly state: 'gone'; readonly why: string }
  /** GitHub could not be asked. */
  | { readonly state: 'unknown' };

/** A client with the job's token, which stops with the run. */
export function clientOf({ inputs, event, context }: Pick<Run, 'inputs' | 'event' | 'context'>): GithubClient {
  return githubClient({
    token: inputs.secrets.get('github_token') ?? '',
    apiUrl: event.apiUrl,
    repository: event.repository,
    context
  });
}

/**
 * Asks for the live state of a pull request: an event is a letter, and much can have happened since it was sent. Where GitHub can't be
 * asked, that is said once and the run goes on; a sweep finds what it leaves behind.
 */
export async function livePullRequest(run: Run, number: number): Promise<LivePullRequest> {
  try {
    const found = await readPullRequest(clientOf(run), number);
    if (found === undefined) return { state: 'gone', why: 'does not exist in this repository' };
    if (found.state === 'open') return { state: 'open', labels: found.labels };
    return { state: 'gone', why: `is ${found.state}` };
  } catch (thrown) {
    run.context.signal.throwIfAborted();
    run.runtime.log.warning(`The pull request's live state was not read: ${failureSentence(asActionError(thrown))}`);
    return { state: 'unknown' };
  }
}
