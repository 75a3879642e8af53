import { createHash } from 'node:crypto';
import { userShape } from './accounts.ts';
import type { Links } from './links.ts';
import { pullShape } from './pulls.ts';
import { repositoryShape } from './repository.ts';
import type { Json } from './route.ts';
import type { GithubState, StoredIssue, StoredPull } from './state.ts';
import { person } from './tokens.ts';

/** The event that the runner gets. */
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
      /** The head when the event was sent, as a late or repeated run still has it. Default: the head now. */
      readonly headSha?: string;
    }
  /** Default commit of the next ones: the last one seeded or merged. Default ref: the default branch. */
  | {
      readonly name: 'push' | 'workflow_dispatch' | 'schedule' | 'workflow_run' | 'repository_dispatch';
      readonly sha?: string;
      readonly ref?: string;
      /** The commit before the push. */
      readonly before?: string;
      /** The push deletes a branch or a tag. */
      readonly deletes?: true;
    }
  | { readonly name: 'issue_comment'; readonly number: number; readonly sha?: string }
  /** Default action: `published`. */
  | { readonly name: 'release'; readonly tag: string; readonly sha?: string; readonly action?: string }
  /** Pull requests in the order of the queue; the event is that of the last one. */
  | { readonly name: 'merge_group'; readonly number: number; readonly after?: readonly number[] }
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

/** A payload is as it was when its event was sent, also in a run that is repeated after the merge. */
function asSent(issue: StoredIssue, action: string): StoredIssue {
  return ['opened', 'reopened', 'synchronize'].includes(action) ? { ...issue, state: 'open' } : issue;
}

function special(state: GithubState, links: Links, choice: EventChoice): Special {
  switch (choice.name) {
    case 'pull_request':
    case 'pull_request_target': {
      const { issue, pull: now } = pullOf(state, choice.number);
      const pull = { ...now, headSha: choice.headSha ?? now.headSha };
      const action = choice.action ?? (issue.state === 'closed' ? 'closed' : 'opened');
      const merged = pull.mergedAt !== undefined;
      const testMerge = createHash('sha1').update(`${pull.headSha} into ${pull.baseSha}`).digest('hex');
      const usual = choice.name === 'pull_request';
      return {
        sha: usual ? (pull.mergeCommitSha ?? testMerge) : pull.baseSha,
        ref: usual && !merged ? `refs/pull/${issue.number}/merge` : `refs/heads/${pull.baseRef}`,
        action,
        number: issue.number,
        pull_request: pullShape(links, state, { ...asSent(issue, action), pull })
      };
    }
    case 'merge_group': {
      const numbers = [...(choice.after ?? []), choice.number];
      let base = pullOf(state, numbers[0] ?? choice.number).pull.baseSha;
      let [ref, groupSha, baseSha] = ['', '', base];
      for (const number of numbers) {
        const { pull } = pullOf(state, number);
        baseSha = base;
        ref = `refs/heads/gh-readonly-queue/${state.defaultBranch}/pr-${number}-${baseSha}`;
        groupSha = createHash('sha1').update(`queue ${pull.headSha} on ${baseSha}`).digest('hex');
        if (!state.commits.includes(groupSha)) state.commits.push(groupSha);
        state.queue[ref] = groupSha;
        state.parents[groupSha] = baseSha;
        base = groupSha;
      }
      return {
        sha: groupSha,
        ref,
        action: 'checks_requested',
        merge_group: {
          head_sha: groupSha,
          head_ref: ref,
          base_sha: baseSha,
          base_ref: `refs/heads/${state.defaultBranch}`
        }
      };
    }
    case 'release':
      return {
        sha: choice.sha ?? lastCommit(state),
        ref: `refs/tags/${choice.tag}`,
        action: choice.action ?? 'published',
        release: { tag_name: choice.tag }
      };
    case 'push': {
      // "When you delete a branch, the SHA in the workflow run (and its associated refs) reverts to the default
      // branch of the repository":
      // https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows#push
      if (choice.deletes === true) {
        const run = { sha: lastCommit(state), ref: `refs/heads/${state.defaultBranch}` };
        return { before: lastCommit(state), after: '0'.repeat(40), deleted: true, ...run };
      }
      const sha = choice.sha ?? lastCommit(state);
      const ref = choice.ref ?? `refs/heads/${state.defaultBranch}`;
      return { sha, ref, after: sha, ...(choice.before === undefined ? {} : { before: choice.before }) };
    }
    case 'workflow_dispatch':
      return {
        sha: choice.sha ?? lastCommit(state),
        ref: choice.ref ?? `refs/heads/${state.defaultBranch}`,
        inputs: {}
      };
    case 'workflow_run':
      return {
        sha: choice.sha ?? lastCommit(state),
        ref: `refs/heads/${state.defaultBranch}`,
        action: 'completed',
        workflow_run: { id: 1, event: 'pull_request', conclusion: 'success' }
      };
    case 'repository_dispatch':
      return {
        sha: choice.sha ?? lastCommit(state),
        ref: `refs/heads/${state.defaultBranch}`,
        action: 'plan',
        client_payload: {}
      };
    case 'issue_comment': {
      const { issue } = pullOf(state, choice.number);
      return {
        sha: choice.sha ?? lastCommit(state),
        ref: `refs/heads/${state.defaultBranch}`,
        action: 'created',
        issue: { number: issue.number, pull_request: { url: `${links.api}/pulls/${issue.number}` } },
        comment: { body: '/plan' }
      };
    }
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
