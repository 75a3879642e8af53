import path from 'node:path';
import * as v from 'valibot';
import { ActionError } from '../errors.ts';
import type { WorkflowEvent } from '../github/event.ts';
import { checkoutsIn, isAncestor, isCommitted } from './checkouts.ts';

/** Commits that a run with secrets may have checked out, and words for its refusal of others. */
interface Trust {
  readonly commits: readonly string[];
  /** In words: `pull_request_target`. */
  readonly event: string;
  /** In words: ` of pull request #7`. */
  readonly whose: string;
}

/**
 * Throws `untrusted-checkout` when an outsider could start the run, the run has the repository's secrets, and its
 * workspace holds another commit than the base's own or an ancestor of it. The SQL and the configuration file of a pull
 * request would run with those secrets. Holds for `pull_request_target`, for comments on pull requests, and for
 * `workflow_run`. https://securitylab.github.com/resources/github-actions-preventing-pwn-requests/
 *
 * `usesFiles`: the step reads files of the workspace. Files outside of a repository (an unpacked archive) are then
 * refused.
 */
export function refuseUntrustedCheckout(
  event: WorkflowEvent,
  workspace: string,
  payload: string | undefined,
  usesFiles: boolean
): void {
  const trust = trustOf(event, payload);
  if (trust === undefined) return;
  const checkouts = checkoutsIn(workspace);
  const untrusted = checkouts.find(
    ({ git, head }) =>
      head !== undefined &&
      !trust.commits.includes(head) &&
      !trust.commits.some(commit => isAncestor(git, head, commit))
  );
  if (untrusted !== undefined) throw refusal(placeOf(workspace, untrusted.folder), trust);
  if (usesFiles && checkouts.every(({ head }) => head === undefined)) throw refusal(undefined, trust);
}

/**
 * Throws `untrusted-checkout` in such a run for a file that its inputs name and that is not in the commit of a
 * checkout: an artifact of the pull request's own run, an unpacked archive, or one that a step has changed. `files` are
 * whole paths, and are asked for in such a run only.
 */
export async function refuseUntrustedFiles(
  event: WorkflowEvent,
  workspace: string,
  payload: string | undefined,
  files: () => Promise<readonly string[]>
): Promise<void> {
  const trust = trustOf(event, payload);
  if (trust === undefined) return;
  const checkouts = checkoutsIn(workspace);
  const foreign = (await files()).find(file => !isCommitted(checkouts, file));
  if (foreign === undefined) return;
  throw new ActionError(
    `The file ${path.relative(workspace, foreign)} is not as the base has it, in a run with the rights of its base (${trust.event})`,
    {
      code: 'untrusted-checkout',
      source: 'user',
      hint: 'Commit the file to the base, or use the event `pull_request`: a file that another step made, changed or downloaded may be of a pull request.'
    }
  );
}

function placeOf(workspace: string, folder: string): string {
  const where = path.relative(workspace, folder);
  return where === '' ? 'The workspace' : `The folder ${where}`;
}

function refusal(place: string | undefined, { event, whose }: Trust): ActionError {
  const what =
    place === undefined
      ? 'The workspace holds files that did not come from a checkout'
      : `${place} holds code that is not the base's, such as that${whose},`;
  return new ActionError(`${what} in a run with the rights of its base (${event})`, {
    code: 'untrusted-checkout',
    source: 'user',
    hint: 'Use the event `pull_request`, or check out the base: leave `ref` and `repository` out of actions/checkout. For an older commit of the base set `fetch-depth: 0`.'
  });
}

const workflowRun = v.object({
  workflow_run: v.object({
    event: v.string(),
    head_sha: v.string(),
    head_branch: v.nullable(v.string()),
    head_repository: v.nullable(v.object({ id: v.number() }))
  }),
  repository: v.object({ id: v.number(), default_branch: v.optional(v.string()) })
});

/** `undefined`: the actor may write to the repository, or the run has no secrets. */
function trustOf(event: WorkflowEvent, payload: string | undefined): Trust | undefined {
  if (event.kind === 'pull_request') {
    if (!event.target) return undefined;
    const { number, baseSha } = event.pullRequest;
    return { commits: [event.sha, baseSha], event: 'pull_request_target', whose: ` of pull request #${number}` };
  }
  if (event.kind !== 'other') return undefined;
  if (event.name === 'workflow_run') {
    return { commits: [event.sha, ...ownRun(payload)], event: event.name, whose: ' of a pull request' };
  }
  const number = event.pullRequestNumber;
  if (!event.name.startsWith('issue') || number === undefined) return undefined;
  return { commits: [event.sha], event: event.name, whose: ` of pull request #${number}` };
}

/** The commit of the triggering run, if that was a run of the default branch itself. */
function ownRun(payload: string | undefined): readonly string[] {
  const parsed = v.safeParse(workflowRun, jsonOf(payload));
  if (!parsed.success) return [];
  const { workflow_run: run, repository } = parsed.output;
  const isOwn =
    ['push', 'schedule', 'workflow_dispatch'].includes(run.event) &&
    run.head_repository?.id === repository.id &&
    run.head_branch !== null &&
    run.head_branch === repository.default_branch;
  return isOwn ? [run.head_sha] : [];
}

function jsonOf(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
