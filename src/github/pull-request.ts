import * as v from 'valibot';
import { ProviderError } from '../errors.ts';
import type { GithubClient } from './client.ts';

/** A pull request in its current state on GitHub. Titles and branch names of heads are left out on purpose. */
export interface PullRequest {
  readonly number: number;
  readonly state: 'open' | 'closed' | 'merged';
  readonly headSha: string;
  readonly baseBranch: string;
  /** The commit that the merge made on the base; before the merge, GitHub's test merge, if any. */
  readonly mergeCommitSha: string | undefined;
  readonly mergedAt: Date | undefined;
  readonly author: string;
  /** The head lies in another repository, or in one that is gone. */
  readonly fork: boolean;
  readonly labels: readonly string[];
  readonly url: string;
}

/**
 * The current pull request, or `undefined` when that number does not exist. Throws `github-denied` or `github-failed`.
 */
export async function readPullRequest(client: GithubClient, number: number): Promise<PullRequest | undefined> {
  try {
    return await client.send(
      { what: `read pull request #${number}`, needs: 'pull-requests: read', idempotent: true },
      async octokit => {
        const { data } = await octokit.rest.pulls.get({ ...client.repository, pull_number: number });
        return convert(data);
      }
    );
  } catch (thrown) {
    if (thrown instanceof ProviderError && thrown.kind === 'not-found') return undefined;
    throw thrown;
  }
}

/**
 * The open pull requests, the last changed first; at most `most` (a multiple of 100 costs no extra request). Throws
 * `github-denied` or `github-failed`.
 */
export async function openPullRequests(client: GithubClient, most: number): Promise<readonly PullRequest[]> {
  const pulls = await client.list(
    { what: 'read the open pull requests', needs: 'pull-requests: read' },
    (octokit, page) =>
      octokit.rest.pulls.list({ ...client.repository, state: 'open', sort: 'updated', direction: 'desc', ...page }),
    most
  );
  return pulls.slice(0, most).map(convert);
}

/** The merged ones among the `most` closed last, the newest first. Throws `github-denied` or `github-failed`. */
export async function newestMerged(client: GithubClient, most: number): Promise<readonly PullRequest[]> {
  const closed = await client.list(
    { what: 'read the closed pull requests', needs: 'pull-requests: read' },
    (octokit, page) =>
      octokit.rest.pulls.list({ ...client.repository, state: 'closed', sort: 'updated', direction: 'desc', ...page }),
    most
  );
  return closed
    .slice(0, most)
    .map(convert)
    .filter(({ state }) => state === 'merged')
    .toSorted((a, b) => (b.mergedAt?.getTime() ?? 0) - (a.mergedAt?.getTime() ?? 0));
}

/** Pull requests in one request of GraphQL. */
const A_REQUEST = 100;

/**
 * Those of the numbers whose pull requests are open: a request for each hundred of them, however many are open in the
 * repository. A number that does not exist is not open. Throws `github-denied` or `github-failed`.
 */
export async function openAmong(client: GithubClient, numbers: Iterable<number>): Promise<ReadonlySet<number>> {
  const asked = [...new Set(numbers)].sort((a, b) => a - b);
  const open = new Set<number>();
  for (let at = 0; at < asked.length; at += A_REQUEST) {
    for (const one of await openIn(client, asked.slice(at, at + A_REQUEST))) open.add(one);
  }
  return open;
}

const statesAnswer = v.object({
  repository: v.record(v.string(), v.nullable(v.object({ number: v.number(), state: v.string() })))
});
/** What @octokit/graphql throws for an answer of which a part was not found. */
const partlyMissing = v.object({
  name: v.literal('GraphqlResponseError'),
  errors: v.array(v.object({ type: v.literal('NOT_FOUND') })),
  data: statesAnswer
});

async function openIn(client: GithubClient, numbers: readonly number[]): Promise<readonly number[]> {
  const parts = numbers.map(number => `p${number}: pullRequest(number: ${number}) { number state }`);
  const query = `query($owner: String!, $repo: String!) { repository(owner: $owner, name: $repo) { ${parts.join(' ')} } }`;
  const what = 'read the pull requests of the databases';
  return client.send({ what, needs: 'pull-requests: read', idempotent: true }, async octokit => {
    const answer: unknown = await octokit.graphql(query, client.repository).catch((thrown: unknown) => {
      const missing = v.safeParse(partlyMissing, thrown);
      if (!missing.success) throw thrown;
      return missing.output.data;
    });
    const { repository } = v.parse(statesAnswer, answer);
    const open = Object.values(repository).flatMap(one => (one?.state === 'OPEN' ? [one.number] : []));
    return open;
  });
}

/** Closed pull requests that are looked through for a merge commit. */
const MOST_CLOSED = 100;

/** Those merged last, read when they are first asked for. */
export function lastMerged(client: GithubClient): () => Promise<readonly PullRequest[]> {
  let merged: Promise<readonly PullRequest[]> | undefined;
  return async () => (merged ??= newestMerged(client, MOST_CLOSED));
}

/**
 * Every pull request that a commit belongs to: its merge commit, or one of its own commits. Empty for a commit that was
 * pushed straight to the branch, or that GitHub does not know. Throws `github-denied` or `github-failed`.
 *
 * GitHub answers from an index that learns of a merge up to minutes after its push has started the run. A merge commit
 * that it does not name yet is found in the list of pull requests.
 */
export async function pullRequestsOfCommit(
  client: GithubClient,
  sha: string,
  merged = lastMerged(client)
): Promise<readonly PullRequest[]> {
  const indexed = await unlessUnknown(async () => indexedPullRequests(client, sha));
  const isMerge = ({ state, mergeCommitSha }: PullRequest): boolean => state === 'merged' && mergeCommitSha === sha;
  if (indexed.some(isMerge)) return indexed;
  const found = (await unlessUnknown(merged)).filter(isMerge);
  return [...indexed.filter(one => !found.some(({ number }) => number === one.number)), ...found];
}

async function indexedPullRequests(client: GithubClient, sha: string): Promise<readonly PullRequest[]> {
  const pulls = await client.list(
    { what: `read the pull requests of commit ${sha.slice(0, 7)}`, needs: 'pull-requests: read' },
    (octokit, page) =>
      octokit.rest.repos.listPullRequestsAssociatedWithCommit({ ...client.repository, commit_sha: sha, ...page })
  );
  return pulls.map(convert);
}

async function unlessUnknown(read: () => Promise<readonly PullRequest[]>): Promise<readonly PullRequest[]> {
  try {
    return await read();
  } catch (thrown) {
    // "No commit found for SHA", which is not in the description.
    if (thrown instanceof ProviderError && (thrown.kind === 'invalid' || thrown.kind === 'not-found')) return [];
    throw thrown;
  }
}

/**
 * The merged pull request that brought a commit to the branch it was pushed to: the one whose merge commit it is, else
 * (rebase merges, where only the last commit is named) the one merged last. `undefined` when none of them is merged.
 */
export function mergedBy(pulls: readonly PullRequest[], sha: string): PullRequest | undefined {
  const merged = pulls.filter(pull => pull.state === 'merged');
  const exact = merged.find(pull => pull.mergeCommitSha === sha);
  return exact ?? merged.toSorted((a, b) => (b.mergedAt?.getTime() ?? 0) - (a.mergedAt?.getTime() ?? 0))[0];
}

/** The members that are in both of GitHub's shapes of a pull request. */
interface Answer {
  readonly number: number;
  readonly state: string;
  readonly merged_at: string | null;
  readonly merge_commit_sha: string | null;
  readonly head: { readonly sha: string; readonly repo: { readonly id: number } | null };
  readonly base: { readonly ref: string; readonly repo: { readonly id: number } };
  readonly user: { readonly login: string } | null;
  readonly labels: readonly { readonly name: string }[];
  readonly html_url: string;
}

function convert(pull: Answer): PullRequest {
  const closed = pull.merged_at === null ? 'closed' : 'merged';
  return {
    number: pull.number,
    state: pull.state === 'open' ? 'open' : closed,
    headSha: pull.head.sha,
    baseBranch: pull.base.ref,
    mergeCommitSha: pull.merge_commit_sha ?? undefined,
    mergedAt: pull.merged_at === null ? undefined : new Date(pull.merged_at),
    author: pull.user?.login ?? 'ghost',
    fork: pull.head.repo?.id !== pull.base.repo.id,
    labels: pull.labels.map(label => label.name),
    url: pull.html_url
  };
}
