import { createHash } from 'node:crypto';
import { userShape } from './accounts.ts';
import type { Links } from './links.ts';
import { pullShape } from './pulls.ts';
import { repositoryShape } from './repository.ts';
import type { Json } from './route.ts';
import type { GithubState, StoredIssue, StoredPull } from './state.ts';
import { person } from './tokens.ts';

/** Which event the runner should be told of. */
export type EventChoice = {
  /** Who started it. Default `octocat`. */
  readonly actor?: string;
  readonly runId?: number;
  readonly runAttempt?: number;
} & (
  | {
      readonly name: 'pull_request' | 'pull_request_target';
      readonly number: number;
      /** Default: `closed` for a closed one, else `opened`. */
      readonly action?: string;
    }
  /** Default commit of the next four: the last one seeded or merged. */
  | { readonly name: 'push' | 'workflow_dispatch' | 'schedule'; readonly sha?: string }
  | { readonly name: 'release'; readonly tag: string; readonly sha?: string }
  | { readonly name: 'merge_group'; readonly number: number }
);

/** What the runner hands to a job. */
export interface RunnerEvent {
  readonly env: Readonly<Record<string, string>>;
  readonly payload: Json;
}

export function eventOf(state: GithubState, links: Links, choice: EventChoice): RunnerEvent {
  const actor = choice.actor ?? 'octocat';
  const shared = {
    repository: repositoryShape(links, state),
    sender: userShape(links, person(actor))
  };
  const { sha, ref, ...payload } = special(state, links, choice);
  return {
    env: {
      GITHUB_ACTIONS: 'true',
      CI: 'true',
      GITHUB_API_URL: links.api,
      GITHUB_SERVER_URL: links.html,
      GITHUB_GRAPHQL_URL: links.api.endsWith('/api/v3')
        ? links.api.replace(/\/v3$/, '/graphql')
        : `${links.api}/graphql`,
      GITHUB_REPOSITORY: `${state.owner}/${state.name}`,
      GITHUB_REPOSITORY_ID: String(state.id),
      GITHUB_REPOSITORY_OWNER: state.owner,
      GITHUB_EVENT_NAME: choice.name,
      GITHUB_SHA: sha,
      GITHUB_REF: ref,
      GITHUB_ACTOR: actor,
      GITHUB_TRIGGERING_ACTOR: actor,
      GITHUB_WORKFLOW: 'database',
      GITHUB_JOB: 'database',
      GITHUB_RUN_ID: String(choice.runId ?? 9_000_001),
      GITHUB_RUN_NUMBER: '1',
      GITHUB_RUN_ATTEMPT: String(choice.runAttempt ?? 1)
    },
    payload: { ...payload, ...shared }
  };
}

interface Special extends Json {
  readonly sha: string;
  readonly ref: string;
}

function special(state: GithubState, links: Links, choice: EventChoice): Special {
  switch (choice.name) {
    case 'pull_request':
    case 'pull_request_target': {
      const { issue, pull } = pullOf(state, choice.number);
      const action = choice.action ?? (issue.state === 'closed' ? 'closed' : 'opened');
      const merged = pull.mergedAt !== undefined;
      const testMerge = createHash('sha1').update(`${pull.headSha} into ${pull.baseSha}`).digest('hex');
      const usual = choice.name === 'pull_request';
      return {
        sha: usual ? (pull.mergeCommitSha ?? testMerge) : pull.baseSha,
        ref: usual && !merged ? `refs/pull/${issue.number}/merge` : `refs/heads/${pull.baseRef}`,
        action,
        number: issue.number,
        pull_request: pullShape(links, state, issue)
      };
    }
    case 'merge_group': {
      const { pull } = pullOf(state, choice.number);
      const ref = `refs/heads/gh-readonly-queue/${state.defaultBranch}/pr-${choice.number}-${pull.baseSha}`;
      const groupSha = createHash('sha1').update(`queue ${pull.headSha} on ${pull.baseSha}`).digest('hex');
      if (!state.commits.includes(groupSha)) state.commits.push(groupSha);
      return {
        sha: groupSha,
        ref,
        action: 'checks_requested',
        merge_group: {
          head_sha: groupSha,
          head_ref: ref,
          base_sha: pull.baseSha,
          base_ref: `refs/heads/${state.defaultBranch}`
        }
      };
    }
    case 'release':
      return {
        sha: choice.sha ?? lastCommit(state),
        ref: `refs/tags/${choice.tag}`,
        action: 'published',
        release: { tag_name: choice.tag }
      };
    case 'push':
      return {
        sha: choice.sha ?? lastCommit(state),
        ref: `refs/heads/${state.defaultBranch}`,
        after: choice.sha ?? lastCommit(state)
      };
    case 'workflow_dispatch':
      return { sha: choice.sha ?? lastCommit(state), ref: `refs/heads/${state.defaultBranch}`, inputs: {} };
    case 'schedule':
      return { sha: choice.sha ?? lastCommit(state), ref: `refs/heads/${state.defaultBranch}`, schedule: '17 * * * *' };
  }
}

function pullOf(state: GithubState, number: number): { readonly issue: StoredIssue; readonly pull: StoredPull } {
  const issue = state.issues.find(each => each.number === number);
  if (issue?.pull === undefined) throw new Error(`there is no pull request #${number}`);
  return { issue, pull: issue.pull };
}

function lastCommit(state: GithubState): string {
  const merged = state.issues.filter(issue => issue.pull?.mergeCommitSha !== undefined).at(-1)?.pull?.mergeCommitSha;
  return merged ?? state.commits.at(-1) ?? '0'.repeat(40);
}
