import { ActionError } from '../errors.ts';
import { isGithubFailure } from '../github/client-errors.ts';
import type { WorkflowEvent } from '../github/event.ts';
import { readPullRequest, type PullRequest } from '../github/pull-request.ts';
import { checkedOutCommit, checkedOutParents } from '../inputs/checkouts.ts';
import { clientOf } from './live-pull-request.ts';
import type { Run } from './command.ts';

type PullRequestEvent = Extract<WorkflowEvent, { readonly kind: 'pull_request' }>;

/**
 * The event with the pull request that the run is about: the one that `pull_request` names, else the one of the event's
 * payload. A run that holds the pull request's code plans its head commit, so its plan is recorded and shown there; any
 * other run plans its own commit. Throws `input-invalid` for a pull request that does not exist or is not the event's
 * own, `untrusted-checkout` when a fork's code is checked out, and `github-denied` or `github-failed` when a named one
 * can't be read.
 */
export async function aboutPullRequest(
  run: Pick<Run, 'runtime' | 'inputs' | 'event' | 'execution'>
): Promise<WorkflowEvent> {
  const { event, inputs } = run;
  const named = inputs.run.pull_request;
  const own = event.pullRequestNumber;
  if (event.kind === 'pull_request' || event.kind === 'merge_group') {
    if (named !== undefined && named !== own) throw another(named, own);
    return event.kind === 'pull_request' ? withMergedHead(run, event) : event;
  }
  const number = named ?? own;
  if (number === undefined) return event;
  const pull = await read(run, number, named !== undefined);
  return pull === undefined ? event : about(event, pull, run.runtime.paths.workspace);
}

/**
 * The event with the head that is merged in the workspace: GitHub makes its test merge in the background, so that a run
 * can get that of an earlier head. https://github.com/actions/checkout/issues/518
 */
function withMergedHead({ runtime }: Pick<Run, 'runtime'>, event: PullRequestEvent): WorkflowEvent {
  const { workspace } = runtime.paths;
  const merged = event.target || checkedOutCommit(workspace) !== event.sha ? undefined : mergedHead(workspace);
  const { headSha, state } = event.pullRequest;
  if (merged === undefined || merged === headSha || state === 'closed') return event;
  runtime.log.notice(
    `The workspace holds GitHub's merge of the earlier commit ${merged.slice(0, 7)}, and the head is ${headSha.slice(0, 7)}. ` +
      'Push a commit, or check out `${{ github.event.pull_request.head.sha }}` before this step.'
  );
  return { ...event, headSha: merged, pullRequest: { ...event.pullRequest, headSha: merged } };
}

/** The head that a merge in the workspace brought in; `undefined` for any other commit. */
function mergedHead(workspace: string): string | undefined {
  const parents = checkedOutParents(workspace);
  return parents.length === 2 ? parents[1] : undefined;
}

async function read(
  run: Pick<Run, 'inputs' | 'event' | 'execution'>,
  number: number,
  isNamed: boolean
): Promise<PullRequest | undefined> {
  try {
    const pull = await readPullRequest(clientOf(run), number);
    if (pull !== undefined || !isNamed) return pull;
  } catch (thrown) {
    if (isNamed || !isGithubFailure(thrown)) throw thrown;
    run.execution.log.debug(`Pull request #${number} is not known: ${thrown.message}`);
    return undefined;
  }
  throw new ActionError(`\`pull_request\` names #${number}, and this repository has no such pull request`, {
    code: 'input-invalid',
    source: 'user',
    hint: 'Set `pull_request` to the number of a pull request of this repository, and give the job `pull-requests: read`.'
  });
}

function about(event: WorkflowEvent, pull: PullRequest, workspace: string): WorkflowEvent {
  const { number, headSha, fork, state, baseBranch, mergeCommitSha } = pull;
  // Without a checkout only the workflow file is planned, and GitHub took it from this commit.
  const planned = checkedOutCommit(workspace) ?? event.sha;
  const merged = planned === headSha ? undefined : mergedHead(workspace);
  const isTestMerge = state === 'open' && planned === mergeCommitSha;
  // What GitHub names as its merge can be of an earlier head, and the merge of this head can have another base by now.
  // The run's own commit is of its own branch, which may have merged the same head.
  const isMergeOfHead = state === 'open' && merged === headSha && planned !== event.sha;
  const holdsHead =
    planned === headSha || isMergeOfHead || (isTestMerge && (merged === undefined || merged === headSha));
  if ((holdsHead || isTestMerge) && fork) throw untrusted(number);
  return {
    ...event,
    pullRequestNumber: number,
    headSha: holdsHead ? headSha : event.headSha,
    about: { number, headSha, fork, state, baseBranch, holdsHead }
  };
}

function another(named: number, own: number | undefined): ActionError {
  const subject = own === undefined ? 'no pull request' : `#${own}`;
  return new ActionError(`\`pull_request\` names #${named}, and this run is about ${subject}`, {
    code: 'input-invalid',
    source: 'user',
    hint: 'Leave `pull_request` out on pull request events: the event names the pull request.'
  });
}

function untrusted(number: number): ActionError {
  return new ActionError(
    `The workspace holds the code of pull request #${number} from a fork, in a run with the rights of this repository`,
    {
      code: 'untrusted-checkout',
      source: 'user',
      hint: 'Plan forks on the event `pull_request`, which runs without secrets, or leave `ref` out of actions/checkout.'
    }
  );
}
