import type { GithubClient } from './client.ts';

/** The current default branch on GitHub. Throws `github-denied` or `github-failed`. */
export async function readDefaultBranch(client: GithubClient): Promise<string> {
  return client.send({ what: 'read the repository', needs: 'contents: read', idempotent: true }, async octokit => {
    const { data } = await octokit.rest.repos.get(client.repository);
    return data.default_branch;
  });
}

/**
 * Whether a branch has a rule or a classic protection. Throws `github-denied` or `github-failed`, also for a missing
 * branch.
 */
export async function isProtectedBranch(client: GithubClient, branch: string): Promise<boolean> {
  return client.send(
    { what: `read the branch ${branch}`, needs: 'contents: read', idempotent: true },
    async octokit => {
      const { data } = await octokit.rest.repos.getBranch({ ...client.repository, branch });
      return data.protected;
    }
  );
}
