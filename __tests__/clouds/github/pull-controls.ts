import { createHash } from 'node:crypto';
import type { Actor, GithubState, StoredIssue, StoredPull } from './state.ts';
import { person } from './tokens.ts';

export interface PullSeed {
  /** Default: the next number. */
  readonly number?: number;
  readonly title?: string;
  readonly body?: string;
  /** The branch that it would be merged into. Default: the default branch. */
  readonly baseRef?: string;
  /** Default `feature-<number>`. */
  readonly headRef?: string;
  /** Default: a made-up commit. */
  readonly headSha?: string;
  readonly baseSha?: string;
  /** A login. Default `octocat`. */
  readonly author?: string;
  /** Owner of the fork that it comes from; default none. */
  readonly fork?: string;
  readonly labels?: readonly string[];
}

/** What people do to issues and pull requests, without the API. */
export interface PullControls {
  seedPull(seed?: PullSeed): StoredIssue;
  seedIssue(seed: {
    readonly title: string;
    readonly author?: Actor;
    readonly labels?: readonly string[];
  }): StoredIssue;
  /** A new head commit; returns it. */
  push(number: number, sha?: string): string;
  close(number: number): void;
  reopen(number: number): void;
  /** Returns the merge commit. */
  merge(number: number, sha?: string): string;
  /** Merges several by one push, as a merge queue does with a group. Returns the branch's commits before and after. */
  mergeTogether(...numbers: readonly number[]): { readonly before: string; readonly sha: string };
  label(number: number, ...labels: readonly string[]): void;
  lock(number: number): void;
  issue(number: number): StoredIssue;
}

/** A made-up commit id, the same for the same text. */
export function shaOf(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}

/** The time as GitHub writes it: whole seconds. */
export function timestampOf(now: () => Date): string {
  return `${now().toISOString().slice(0, 19)}Z`;
}

export function pullControls(state: GithubState, now: () => Date): PullControls {
  const issueOf = (number: number): StoredIssue => {
    const issue = state.issues.find(each => each.number === number);
    if (issue === undefined) throw new Error(`there is no issue #${number}`);
    return issue;
  };
  const pullOf = (number: number): StoredPull => {
    const { pull } = issueOf(number);
    if (pull === undefined) throw new Error(`#${number} is no pull request`);
    return pull;
  };
  const knowLabels = (labels: readonly string[]): string[] => {
    for (const name of labels) {
      if (!state.labels.some(label => label.name === name))
        state.labels.push({ name, color: 'ededed', description: '' });
    }
    return [...labels];
  };
  const addIssue = (
    number: number,
    seed: Pick<PullSeed, 'title' | 'body' | 'labels'>,
    author: Actor,
    pull?: StoredPull
  ): StoredIssue => {
    const issue: StoredIssue = {
      number,
      title: seed.title ?? `Change ${number}`,
      body: seed.body ?? '',
      state: 'open',
      stateReason: undefined,
      labels: knowLabels(seed.labels ?? []),
      author,
      locked: false,
      createdAt: timestampOf(now),
      updatedAt: timestampOf(now),
      closedAt: undefined,
      pull
    };
    state.nextNumber = Math.max(state.nextNumber, number + 1);
    state.issues.push(issue);
    return issue;
  };

  return {
    issue: issueOf,
    seedIssue: seed => addIssue(state.nextNumber, seed, seed.author ?? person('octocat')),
    seedPull(seed = {}) {
      const number = seed.number ?? state.nextNumber;
      const headSha = seed.headSha ?? shaOf(`head of ${number}`);
      return addIssue(number, seed, person(seed.author ?? 'octocat'), {
        headSha,
        commits: [headSha],
        headRef: seed.headRef ?? `feature-${number}`,
        baseRef: seed.baseRef ?? state.defaultBranch,
        baseSha: seed.baseSha ?? shaOf('base'),
        headOwner: seed.fork ?? state.owner,
        mergeCommitSha: undefined,
        mergedAt: undefined
      });
    },
    push(number, sha = shaOf(`head ${pullOf(number).commits.length} of ${number}`)) {
      const pull = pullOf(number);
      pull.headSha = sha;
      pull.commits.push(sha);
      return sha;
    },
    close(number) {
      Object.assign(issueOf(number), { state: 'closed', closedAt: timestampOf(now) });
    },
    reopen(number) {
      Object.assign(issueOf(number), { state: 'open', closedAt: undefined });
    },
    merge(number, sha = shaOf(`merge of ${number}`)) {
      Object.assign(issueOf(number), { state: 'closed', closedAt: timestampOf(now) });
      Object.assign(pullOf(number), { mergeCommitSha: sha, mergedAt: timestampOf(now) });
      return sha;
    },
    mergeTogether(...numbers) {
      const before = shaOf(`before ${numbers.join()}`);
      let sha = before;
      for (const number of numbers) {
        const merge = this.merge(number);
        state.parents[merge] = sha;
        sha = merge;
      }
      return { before, sha };
    },
    label(number, ...labels) {
      issueOf(number).labels = knowLabels(labels);
    },
    lock(number) {
      issueOf(number).locked = true;
    }
  };
}
