import { createHash } from 'node:crypto';
/** Someone who can act on the fake GitHub: a person, or an app through its bot. */
export interface Actor {
  readonly login: string;
  readonly id: number;
  /** Set for a bot: the app that speaks. */
  readonly app?: { readonly id: number; readonly slug: string; readonly name: string };
}

export interface StoredComment {
  readonly id: number;
  readonly issue: number;
  readonly author: Actor;
  body: string;
  /** Folded away as outdated. */
  hidden?: boolean;
  readonly createdAt: string;
  updatedAt: string;
}

export interface StoredPull {
  headSha: string;
  /** Every commit the head has had, oldest first. */
  commits: string[];
  headRef: string;
  baseRef: string;
  baseSha: string;
  /** Owner of the head's repository; `undefined` when that repository is gone. */
  headOwner: string | undefined;
  mergeCommitSha: string | undefined;
  mergedAt: string | undefined;
}

/** An issue; a pull request is an issue with a `pull`. */
export interface StoredIssue {
  readonly number: number;
  title: string;
  body: string;
  state: 'open' | 'closed';
  stateReason: 'completed' | 'not_planned' | 'duplicate' | 'reopened' | undefined;
  labels: string[];
  readonly author: Actor;
  locked: boolean;
  readonly createdAt: string;
  updatedAt: string;
  closedAt: string | undefined;
  pull: StoredPull | undefined;
}

export interface StoredCheckRun {
  readonly id: number;
  readonly headSha: string;
  readonly actor: Actor;
  name: string;
  externalId: string;
  detailsUrl: string;
  status: string;
  conclusion: string | undefined;
  title: string | undefined;
  summary: string | undefined;
  text: string | undefined;
  startedAt: string;
  completedAt: string | undefined;
}

export interface StoredDeploymentStatus {
  readonly id: number;
  readonly state: string;
  readonly actor: Actor;
  readonly description: string;
  readonly logUrl: string;
  readonly environmentUrl: string;
  readonly createdAt: string;
}

export interface StoredDeployment {
  readonly id: number;
  readonly actor: Actor;
  readonly sha: string;
  readonly ref: string;
  readonly task: string;
  readonly environment: string;
  readonly description: string;
  readonly payload: unknown;
  readonly transient: boolean;
  readonly production: boolean;
  readonly createdAt: string;
  /** Oldest first. */
  readonly statuses: StoredDeploymentStatus[];
}

/** A commit of the Git database. */
export interface StoredCommit {
  readonly message: string;
  readonly author: string;
  readonly tree: string;
  readonly parents: readonly string[];
}

/** Everything the fake GitHub remembers. Plain data, so that a stale answer can be given from a copy. */
export interface GithubState {
  readonly owner: string;
  readonly name: string;
  readonly id: number;
  readonly private: boolean;
  defaultBranch: string;
  /** Branches with a rule or a protection. */
  protectedBranches: string[];
  /** First parents of commits that pushes and the merge queue made. */
  parents: Record<string, string>;
  /** Branches of the merge queue, by their full ref. */
  queue: Record<string, string>;
  /** What people may do, by login; everyone else may read. */
  collaborators: Record<string, 'admin' | 'write' | 'read'>;
  /** Workflows that were started by the API. */
  dispatches: { workflow: string; ref: string; inputs: Record<string, string> }[];
  /** Events that were sent to the repository. */
  sentEvents: { type: string; payload: Record<string, unknown> }[];
  /** Reactions to comments. */
  reactions: { comment: number; content: string }[];
  nextId: number;
  nextNumber: number;
  /** Commits that GitHub knows in addition to those of pull requests. */
  commits: string[];
  issues: StoredIssue[];
  comments: StoredComment[];
  checkRuns: StoredCheckRun[];
  deployments: StoredDeployment[];
  /** Heads of branches that something was written to. */
  branches: Record<string, string>;
  gitCommits: Record<string, StoredCommit>;
  /** Files of a tree by path, by the tree's id. */
  trees: Record<string, Readonly<Record<string, string>>>;
  /** As in Settings, Actions: workflows may open pull requests. New repositories have it off. */
  letsActionsOpenPulls: boolean;
  /** Labels of the repository. */
  labels: { name: string; color: string; description: string }[];
}

/** No two repositories have one id. */
function repositoryId(fullName: string): number {
  const first = 710_000_001;
  return fullName === 'acme/shop'
    ? first
    : first + 1 + (createHash('sha256').update(fullName).digest().readUInt32BE(0) % 1_000_000);
}

export function emptyState(
  owner: string,
  name: string,
  options: { readonly private: boolean; readonly defaultBranch: string }
): GithubState {
  return {
    owner,
    name,
    id: repositoryId(`${owner}/${name}`),
    ...options,
    protectedBranches: [],
    parents: {},
    queue: {},
    collaborators: {},
    dispatches: [],
    sentEvents: [],
    reactions: [],
    nextId: 1_000_001,
    nextNumber: 1,
    commits: [],
    issues: [],
    comments: [],
    checkRuns: [],
    deployments: [],
    branches: {},
    gitCommits: {},
    trees: {},
    letsActionsOpenPulls: true,
    labels: []
  };
}

export function takeId(state: GithubState): number {
  const id = state.nextId;
  state.nextId += 1;
  return id;
}

/** True for every commit that a request may name. */
export function knowsCommit(state: GithubState, sha: string): boolean {
  return (
    state.commits.includes(sha) ||
    pullsOfCommit(state, sha).length > 0 ||
    state.issues.some(issue => issue.pull?.baseSha === sha)
  );
}

/** Pull requests that a commit belongs to, newest first. */
export function pullsOfCommit(state: GithubState, sha: string): StoredIssue[] {
  return state.issues
    .filter(
      issue => issue.pull !== undefined && (issue.pull.commits.includes(sha) || issue.pull.mergeCommitSha === sha)
    )
    .sort((a, b) => b.number - a.number);
}
