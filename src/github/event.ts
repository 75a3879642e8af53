import { defined } from '../engine/defined.ts';
import { ActionError } from '../errors.ts';
import type { EventPullRequest } from './event-payload.ts';
import {
  parsePayload,
  readMergeGroup,
  readOther,
  readPullRequest,
  readPush,
  readRelease,
  readRepository
} from './event-payload.ts';

export type { EventPullRequest } from './event-payload.ts';

export interface Repository {
  readonly owner: string;
  readonly name: string;
  /** GitHub's number of the repository: stays the same after a rename. */
  readonly id: number | undefined;
}

/** The part that all events share, from the runner's environment. */
export interface RunFacts {
  readonly repository: Repository;
  /**
   * GITHUB_SHA: on `pull_request` the merge commit that GitHub made up, else the commit the run is about; empty on a
   * terminal.
   */
  readonly sha: string;
  /** The commit that reports belong to: the head of the pull request or of the merge group, else `sha`. */
  readonly headSha: string;
  /** GITHUB_REF, such as `refs/heads/main` or `refs/pull/7/merge`. */
  readonly ref: string;
  /** The actor whose rights the run has; a re-run by another person keeps them. */
  readonly actor: string;
  /** Started by Dependabot: the token is read-only and the repository's secrets are not there. */
  readonly dependabot: boolean;
  readonly workflow: string;
  readonly job: string;
  readonly runId: string;
  /** 1 for the first attempt. */
  readonly runAttempt: number;
  /** Page of this attempt; empty on a terminal. */
  readonly runUrl: string;
  /** Default `https://github.com`; no slash at the end. */
  readonly serverUrl: string;
  /** Default `https://api.github.com`; on GitHub Enterprise Server it ends in `/api/v3`; no slash at the end. */
  readonly apiUrl: string;
  readonly defaultBranch: string | undefined;
  /** Of the pull request that this run is about, where the event names one. */
  readonly pullRequestNumber: number | undefined;
  /** That pull request as GitHub has it now, on events that are not its own. */
  readonly about?: AboutPullRequest;
}

/** A pull request that a run is about although its event is not a `pull_request`. */
export interface AboutPullRequest {
  readonly number: number;
  readonly headSha: string;
  readonly fork: boolean;
  readonly state: 'open' | 'closed' | 'merged';
  readonly baseBranch: string;
  /** The run plans the pull request's head: its code is checked out, or the workflow itself comes from there. */
  readonly holdsHead: boolean;
}

/**
 * What happened to a pull request: `reopened` counts as opened; every activity that neither opens nor closes it as
 * updated.
 */
export type PullRequestChange = 'opened' | 'updated' | 'closed';

export type EventDetails =
  | {
      readonly kind: 'pull_request';
      /** `pull_request_target`: a run with the base's rights and secrets, even for a fork. */
      readonly target: boolean;
      readonly change: PullRequestChange;
      /** GitHub's own word: `synchronize`, `labeled`… */
      readonly action: string;
      readonly pullRequest: EventPullRequest;
    }
  | {
      readonly kind: 'push';
      /** The branch's commit before the push; absent for a new branch. */
      readonly before?: string;
      /** A branch or a tag was deleted: the run's own ref and commit are then those of the default branch. */
      readonly deletes?: true;
    }
  | { readonly kind: 'workflow_dispatch' }
  | { readonly kind: 'release'; readonly action: string; readonly tag: string }
  | {
      readonly kind: 'merge_group';
      readonly baseSha: string;
      /** The branch that the queue merges into, such as `refs/heads/main`. */
      readonly baseRef: string;
    }
  | { readonly kind: 'schedule' }
  | { readonly kind: 'other'; readonly name: string };

/** What started this run. */
export type WorkflowEvent = RunFacts & EventDetails;

/** The name of the event of a run that a person started on a terminal: GitHub has no part in it. */
export const TERMINAL_EVENT = 'terminal';

export function isOnTerminal(event: WorkflowEvent): boolean {
  return event.kind === 'other' && event.name === TERMINAL_EVENT;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The event of this run, from the runner's environment and the text of the file at GITHUB_EVENT_PATH. Pure. Throws
 * `event-invalid` when a variable is missing, or when the payload is missing, damaged or lacks what its event must
 * hold. Variables: https://docs.github.com/actions/reference/workflows-and-actions/variables
 */
export function readEvent(env: Environment, payloadText: string | undefined): WorkflowEvent {
  const name = required(env, 'GITHUB_EVENT_NAME');
  const payload = parsePayload(name, payloadText);
  const details = readDetails(name, payload);
  const serverUrl = readUrl(env, 'GITHUB_SERVER_URL', 'https://github.com');
  const fullName = required(env, 'GITHUB_REPOSITORY');
  const [owner, repositoryName, ...rest] = fullName.split('/');
  if (!owner || !repositoryName || rest.length > 0)
    throw invalid('GITHUB_REPOSITORY', `\`${fullName}\` is not owner/name`);
  // On a terminal the files need not be those of a commit.
  const sha = name === TERMINAL_EVENT ? '' : required(env, 'GITHUB_SHA');
  const actor = env['GITHUB_ACTOR'] ?? '';
  const runId = env['GITHUB_RUN_ID'] ?? '';
  const runAttempt = readCount(env, 'GITHUB_RUN_ATTEMPT') ?? 1;
  const payloadRepository = readRepository(name, payload);
  const group = name === 'merge_group' ? readMergeGroup(name, payload) : undefined;

  return {
    ...details,
    repository: { owner, name: repositoryName, id: readCount(env, 'GITHUB_REPOSITORY_ID') ?? payloadRepository.id },
    sha,
    headSha: details.kind === 'pull_request' ? details.pullRequest.headSha : (group?.headSha ?? sha),
    ref: env['GITHUB_REF'] ?? '',
    actor,
    dependabot: actor === 'dependabot[bot]',
    workflow: env['GITHUB_WORKFLOW'] ?? '',
    job: env['GITHUB_JOB'] ?? '',
    runId,
    runAttempt,
    runUrl:
      name === TERMINAL_EVENT
        ? ''
        : `${serverUrl}/${owner}/${repositoryName}/actions/runs/${runId}${runAttempt > 1 ? `/attempts/${runAttempt}` : ''}`,
    serverUrl,
    apiUrl: readUrl(env, 'GITHUB_API_URL', 'https://api.github.com'),
    defaultBranch: payloadRepository.defaultBranch,
    pullRequestNumber:
      details.kind === 'pull_request'
        ? details.pullRequest.number
        : (group?.pullRequestNumber ?? (details.kind === 'other' ? readOther(name, payload) : undefined))
  };
}

function readDetails(name: string, payload: unknown): EventDetails {
  switch (name) {
    case 'pull_request':
    case 'pull_request_target': {
      const { action, pullRequest } = readPullRequest(name, payload);
      return {
        kind: 'pull_request',
        target: name === 'pull_request_target',
        change: changeOf(action),
        action,
        pullRequest
      };
    }
    case 'release':
      return { kind: 'release', ...readRelease(name, payload) };
    case 'merge_group': {
      const { baseSha, baseRef } = readMergeGroup(name, payload);
      return { kind: 'merge_group', baseSha, baseRef };
    }
    case 'push':
      return defined({ kind: 'push', ...readPush(name, payload) });
    case 'workflow_dispatch':
    case 'schedule':
      return { kind: name };
    default:
      return { kind: 'other', name };
  }
}

function changeOf(action: string): PullRequestChange {
  if (action === 'closed') return 'closed';
  return action === 'opened' || action === 'reopened' ? 'opened' : 'updated';
}

function required(env: Environment, variable: string): string {
  const value = env[variable];
  if (value === undefined || value === '') throw invalid(variable, 'it is not set');
  return value;
}

function readCount(env: Environment, variable: string): number | undefined {
  const value = env[variable];
  if (value === undefined || value === '') return undefined;
  if (!/^[0-9]{1,15}$/.test(value)) throw invalid(variable, `\`${value}\` is not a number`);
  return Number(value);
}

function readUrl(env: Environment, variable: string, fallback: string): string {
  const value = env[variable];
  if (value === undefined || value === '') return fallback;
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol))
    throw invalid(variable, `\`${value}\` is not a web address`);
  return value.replace(/\/+$/, '');
}

function invalid(variable: string, cause: string): ActionError {
  return new ActionError(`Could not read the workflow event from ${variable}: ${cause}`, {
    code: 'event-invalid',
    source: 'user',
    hint: 'Run the action as a step of a GitHub Actions job, which sets the GITHUB_* variables.'
  });
}
