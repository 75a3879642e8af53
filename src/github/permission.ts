import type { WorkflowEvent } from './event.ts';

/** A line of a job's `permissions:` block. */
export type Permission =
  | 'pull-requests: read'
  | 'pull-requests: write'
  | 'issues: read'
  | 'issues: write'
  | 'checks: read'
  | 'checks: write'
  | 'deployments: read'
  | 'deployments: write'
  | 'contents: read';

/** Whether this run can write to the pull request at all. `expected` is a hope: the job's `permissions:` may still be too narrow. */
export type WriteAccess =
  | { readonly kind: 'expected' }
  | {
      readonly kind: 'none';
      readonly reason: 'no-token' | 'fork' | 'dependabot';
      /** Says why, for the summary and the log. */
      readonly sentence: string;
      /** The way out. */
      readonly hint: string;
    };

/** Tokens that a person made; GitHub never takes their rights away because of the event. */
const PERSONAL_TOKEN = /^(ghp|gho|ghu|github_pat)_/;

/**
 * What the event and the token allow, before anything is sent. A pull request of a fork and a run started by Dependabot get a
 * read-only token and none of the repository's secrets; such a run ends neutral.
 * https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows#pull_request
 */
export function writeAccess(event: WorkflowEvent, token: string): WriteAccess {
  if (token === '') {
    return {
      kind: 'none',
      reason: 'no-token',
      sentence: 'There is no GitHub token, so nothing was written to the pull request.',
      hint: 'Leave the input `github_token` at its default, or give it a token with `pull-requests: write`.'
    };
  }
  if (PERSONAL_TOKEN.test(token)) return { kind: 'expected' };
  if (event.dependabot) {
    return {
      kind: 'none',
      reason: 'dependabot',
      sentence:
        'Dependabot started this run: its GitHub token is read-only and it sees no secrets but those kept for Dependabot.',
      hint: 'A maintainer who pushes to the branch starts a run with full rights; credentials can also be kept as Dependabot secrets.'
    };
  }
  if (event.kind === 'pull_request' && event.pullRequest.fork && !event.target) {
    return {
      kind: 'none',
      reason: 'fork',
      sentence: 'This pull request comes from a fork: its GitHub token is read-only and it sees no secrets.',
      hint: 'To get a plan, a maintainer pushes the same commits to a branch of this repository and opens a pull request from there.'
    };
  }
  return { kind: 'expected' };
}
