import { ProviderError } from '../errors.ts';
import type { GithubClient } from './client.ts';

/** The longest push that is followed. A merge queue merges at most 100 pull requests at once. */
const MOST = 100;

/**
 * The pull requests of a merge queue's group up to a commit, the first to be merged first. GitHub keeps a branch for
 * each entry, named after its pull request and the commit that it is built on. Throws `github-denied` or
 * `github-failed`.
 */
export async function queuedPullRequests(
  client: GithubClient,
  headSha: string,
  branch: string
): Promise<readonly number[]> {
  const refs = await client.list({ what: 'read the merge queue', needs: 'contents: read' }, async (octokit, page) =>
    octokit.rest.git.listMatchingRefs({ ...client.repository, ref: `heads/gh-readonly-queue/${branch}/`, ...page })
  );
  const entries = new Map(
    refs.flatMap(({ ref, object }) => {
      const [, number, baseSha] = /\/pr-([0-9]{1,10})-([0-9a-f]{40,64})$/.exec(ref) ?? [];
      return number === undefined || baseSha === undefined
        ? []
        : [[object.sha, { number: Number(number), baseSha }] as const];
    })
  );
  // People may push a branch of such a name: one that is built on itself ends there.
  const numbers = new Set<number>();
  let entry = entries.get(headSha);
  while (entry !== undefined && !numbers.has(entry.number)) {
    numbers.add(entry.number);
    entry = entries.get(entry.baseSha);
  }
  return [...numbers].toReversed();
}

/**
 * The commits that a push added to its branch, the first one first: those of merges, without what the merged branches
 * hold. Empty when the push moved the branch to another history, or added more than are followed. Throws
 * `github-denied` or `github-failed`.
 */
export async function pushedCommits(client: GithubClient, before: string, after: string): Promise<readonly string[]> {
  try {
    const commits = await client.list(
      { what: `compare ${before.slice(0, 7)} with ${after.slice(0, 7)}`, needs: 'contents: read' },
      async (octokit, page) => {
        const answer = await octokit.rest.repos.compareCommitsWithBasehead({
          ...client.repository,
          basehead: `${before}...${after}`,
          ...page
        });
        return { data: answer.data.commits, headers: answer.headers };
      },
      MOST * 10
    );
    const parents = new Map(commits.map(({ sha, parents: [first] }) => [sha, first?.sha]));
    const chain: string[] = [];
    for (let sha: string | undefined = after; sha !== before; sha = parents.get(sha)) {
      if (sha === undefined || chain.length === MOST) return [];
      chain.unshift(sha);
    }
    return chain;
  } catch (thrown) {
    if (thrown instanceof ProviderError && thrown.kind === 'not-found') return [];
    throw thrown;
  }
}
