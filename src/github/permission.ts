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
  | 'contents: read'
  | 'contents: write';

/** Why something was not written on GitHub. */
export interface Explanation {
  /** For the summary and the log. */
  readonly sentence: string;
  readonly hint: string;
}

/** A run without any token writes nothing. */
export const NO_TOKEN: Explanation = {
  sentence: 'There is no GitHub token, so nothing was written to the pull request.',
  hint: 'Leave the input `github_token` at its default, or give it a token with `pull-requests: write`.'
};

/**
 * What GitHub usually withholds from a run on the event `pull_request`: forks and Dependabot get a read-only token and
 * none of the repository's secrets. A repository can be set up otherwise, and `permissions:` of a job hold for a token
 * of Dependabot, so this explains a refusal and is never a reason not to try.
 * https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows#pull_request
 * https://docs.github.com/code-security/reference/supply-chain-security/troubleshoot-dependabot/troubleshooting-dependabot-on-github-actions
 */
export function restrictionOf(event: WorkflowEvent): Explanation | undefined {
  if (event.kind !== 'pull_request' || event.target) return undefined;
  if (event.pullRequest.fork) {
    return {
      sentence: 'This pull request comes from a fork: its GitHub token is read-only and it sees no secrets.',
      hint: 'To get a plan, a maintainer pushes the same commits to a branch of this repository and opens a pull request from there.'
    };
  }
  if (!event.dependabot) return undefined;
  return {
    sentence:
      'Dependabot started this run: its GitHub token is read-only unless the job asks for more, and it sees no secrets but those kept for Dependabot.',
    hint: 'Give the job the `permissions:` that it needs, and keep the credentials as Dependabot secrets as well; or a maintainer pushes to the branch, which starts a run with full rights.'
  };
}
