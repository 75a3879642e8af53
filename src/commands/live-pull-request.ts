import { asActionError } from '../errors.ts';
import type { WorkflowEvent } from '../github/event.ts';
import { githubClient, type GithubClient } from '../github/client.ts';
import { readPullRequest } from '../github/pull-request.ts';
import { docsUrlOf } from '../publish/docs-url.ts';
import { failureSentence } from '../report/verdict.ts';
import type { Run } from './command.ts';

/** A pull request as GitHub has it at this moment. */
export type LivePullRequest =
  | { readonly state: 'open'; readonly labels: readonly string[] }
  /** `why` completes "Pull request #7 …". */
  | { readonly state: 'gone'; readonly why: string }
  /** GitHub could not be asked, or does not give the state. */
  | { readonly state: 'unknown' };

/** A client with the job's token, which stops with the run. */
export function clientOf({ inputs, event, execution }: Pick<Run, 'inputs' | 'event' | 'execution'>): GithubClient {
  return githubClient({
    token: inputs.secrets.get('github_token') ?? '',
    apiUrl: event.apiUrl,
    repository: event.repository,
    execution
  });
}

/**
 * Reads the live state of a pull request, which may have changed since the event was sent. When GitHub can't be asked,
 * the run logs that once and believes its event; a sweep removes anything left behind.
 */
export async function livePullRequest(run: Run, number: number): Promise<LivePullRequest> {
  try {
    const found = await readPullRequest(clientOf(run), number);
    // GitHub also answers 404 for what a token may not read, and this run was started for this pull request.
    if (found === undefined)
      return unknown(run, number, `Pull request #${number} does not exist, or the token may not read it.`);
    if (found.state === 'open') return { state: 'open', labels: found.labels };
    return { state: 'gone', why: `is ${found.state}` };
  } catch (thrown) {
    run.execution.signal.throwIfAborted();
    return unknown(run, number, failureSentence(asActionError(thrown), docsUrlOf(run.runtime, run.event)));
  }
}

function unknown(run: Run, number: number, why: string): LivePullRequest {
  run.runtime.log.warning(`The pull request's live state was not read: ${why}`);
  return isClosedBefore(run.event, number)
    ? { state: 'gone', why: 'was closed when this run began' }
    : { state: 'unknown' };
}

/** Also on events such as `labeled` and `edited`, which closed pull requests have as well. */
function isClosedBefore(event: WorkflowEvent, number: number): boolean {
  const known = event.kind === 'pull_request' ? event.pullRequest : event.about;
  return known?.number === number && (known.state === 'closed' || known.state === 'merged');
}
