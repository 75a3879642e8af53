import { ProviderError, type ActionError } from '../errors.ts';
import { isGithubFailure } from './client-errors.ts';
import type { GithubClient } from './client.ts';
import { readDefaultBranch } from './repository.ts';

/** Files that a pull request into the default branch proposes. */
export interface FilesRequest {
  /** The branch that this action keeps for them. Never the default branch. */
  readonly branch: string;
  readonly files: readonly { readonly path: string; readonly content: string }[];
  /** Title of the pull request, and of each commit. One line. */
  readonly title: string;
  readonly body: string;
}

export type FilesResult =
  | { readonly action: 'created' | 'updated' | 'unchanged'; readonly number: number; readonly url: string }
  /** The default branch has these very files. */
  | { readonly action: 'none' }
  /** The branch holds commits of others. */
  | { readonly action: 'foreign' }
  /** A warning for the user, with the missing permission in its hint. */
  | { readonly action: 'failed'; readonly error: ActionError };

interface Commit {
  readonly sha: string;
  readonly tree: string;
  readonly message: string;
  readonly parents: readonly string[];
}

interface Pull {
  readonly number: number;
  readonly url: string;
}

/**
 * The last line of our commits, with the branch and the tree. A branch whose newest commit is another one, or one of
 * ours that was amended or moved to another base, is not ours to overwrite.
 */
function trailer(branch: string, tree: string): string {
  return `\nPgkeep-Import: ${branch} ${tree}`;
}

/**
 * Opens a pull request with the files, or brings the branch of the open one up to date, with one commit at most. Does
 * nothing when they are there already. Writes to no other branch, and to this one only while its newest commit is ours.
 * Throws only the signal's reason.
 */
export async function putFilesPull(client: GithubClient, request: FilesRequest): Promise<FilesResult> {
  try {
    return await put(client, request);
  } catch (thrown) {
    if (!isGithubFailure(thrown)) throw thrown;
    return { action: 'failed', error: withSetting(thrown) };
  }
}

async function put(client: GithubClient, request: FilesRequest): Promise<FilesResult> {
  const { branch, title } = request;
  const base = await readDefaultBranch(client);
  // A repository may call its default branch anything.
  if (base === branch) return { action: 'foreign' };
  const [trunk, own, open] = await Promise.all([
    headOf(client, base),
    headOf(client, branch),
    openPull(client, branch, base)
  ]);
  if (trunk === undefined) throw noCommits(base);
  if (own !== undefined && !own.message.endsWith(trailer(branch, own.tree))) return { action: 'foreign' };
  // What people commented on stays: a further commit follows. Without a pull request the files are put on the base.
  const onto = open !== undefined && own !== undefined ? own : trunk;
  const tree = await makeTree(client, onto, request);
  if (tree === onto.tree) return open === undefined ? { action: 'none' } : { action: 'unchanged', ...open };
  const isThere = own?.tree === tree && own.parents[0] === onto.sha;
  if (!isThere) {
    // With what the branch holds as a parent no force is needed, so that GitHub refuses it after a push of others.
    const parents = own === undefined || onto === own ? [onto] : [onto, own];
    const made = await makeCommit(client, { message: `${title}\n${trailer(branch, tree)}`, tree, parents });
    if (own === undefined) await createBranch(client, branch, made);
    else if (!(await moveBranch(client, branch, made))) return { action: 'foreign' };
  }
  if (open !== undefined) return { action: 'updated', ...open };
  return { action: 'created', ...(await openNew(client, request, base)) };
}

async function headOf(client: GithubClient, branch: string): Promise<Commit | undefined> {
  const sha = await client
    .send({ what: `read the branch ${branch}`, needs: 'contents: write', idempotent: true }, async octokit => {
      const { data } = await octokit.rest.git.getRef({ ...client.repository, ref: `heads/${branch}` });
      return data.object.sha;
    })
    .catch((thrown: unknown) => {
      if (thrown instanceof ProviderError && thrown.kind === 'not-found') return undefined;
      throw thrown;
    });
  if (sha === undefined) return undefined;
  return client.send({ what: `read the commit ${sha}`, needs: 'contents: write', idempotent: true }, async octokit => {
    const { data } = await octokit.rest.git.getCommit({ ...client.repository, commit_sha: sha });
    const parents = data.parents.map(parent => parent.sha);
    return { sha, tree: data.tree.sha, message: data.message.trimEnd(), parents };
  });
}

async function openPull(client: GithubClient, branch: string, base: string): Promise<Pull | undefined> {
  const { owner } = client.repository;
  const [found] = await client.list(
    { what: 'read the open pull requests', needs: 'pull-requests: write' },
    (octokit, page) =>
      octokit.rest.pulls.list({ ...client.repository, state: 'open', head: `${owner}:${branch}`, base, ...page })
  );
  return found === undefined ? undefined : { number: found.number, url: found.html_url };
}

/** A tree is named by its content: the same files on the same tree make no other one. */
async function makeTree(client: GithubClient, onto: Commit, { files }: FilesRequest): Promise<string> {
  return client.send({ what: 'write the files', needs: 'contents: write', idempotent: true }, async octokit => {
    const { data } = await octokit.rest.git.createTree({
      ...client.repository,
      base_tree: onto.tree,
      tree: files.map(({ path, content }) => ({ path, content, mode: '100644', type: 'blob' }) as const)
    });
    return data.sha;
  });
}

/** One that no branch leads to is nowhere to be seen, so it may be sent twice. */
async function makeCommit(
  client: GithubClient,
  { message, tree, parents }: Pick<Commit, 'message' | 'tree'> & { readonly parents: readonly Commit[] }
): Promise<string> {
  return client.send({ what: 'commit the files', needs: 'contents: write', idempotent: true }, async octokit => {
    const { data } = await octokit.rest.git.createCommit({
      ...client.repository,
      message,
      tree,
      parents: parents.map(({ sha }) => sha)
    });
    return data.sha;
  });
}

async function createBranch(client: GithubClient, branch: string, sha: string): Promise<void> {
  await client.send<true>(
    {
      what: `create the branch ${branch}`,
      needs: 'contents: write',
      idempotent: false,
      recheck: async () => ((await headOf(client, branch))?.sha === sha ? true : undefined)
    },
    async octokit => {
      await octokit.rest.git.createRef({ ...client.repository, ref: `refs/heads/${branch}`, sha });
      return true;
    }
  );
}

/** Whether the branch could be moved: not where someone has pushed meanwhile. */
async function moveBranch(client: GithubClient, branch: string, sha: string): Promise<boolean> {
  return client
    .send({ what: `update the branch ${branch}`, needs: 'contents: write', idempotent: true }, async octokit => {
      const ref = { ...client.repository, ref: `heads/${branch}`, sha, force: false };
      await octokit.rest.git.updateRef(ref);
      return true;
    })
    .catch((thrown: unknown) => {
      if (thrown instanceof ProviderError && /not a fast forward/i.test(thrown.message)) return false;
      throw thrown;
    });
}

async function openNew(client: GithubClient, { branch, title, body }: FilesRequest, base: string): Promise<Pull> {
  return client.send<Pull>(
    {
      what: 'open a pull request',
      needs: 'pull-requests: write',
      idempotent: false,
      recheck: async () => openPull(client, branch, base)
    },
    async octokit => {
      const { data } = await octokit.rest.pulls.create({
        ...client.repository,
        head: branch,
        base,
        title,
        body
      });
      return { number: data.number, url: data.html_url };
    }
  );
}

/** GitHub has a switch for pull requests of workflows, besides the permission. */
function withSetting(error: ActionError): ActionError {
  if (!/not permitted to create/.test(error.message)) return error;
  return new ProviderError(error.message, {
    kind: 'denied',
    code: 'github-denied',
    hint: 'Switch on "Allow GitHub Actions to create and approve pull requests" under Settings, Actions, General, or use the token of an app. The branch is there already.'
  });
}

function noCommits(branch: string): ProviderError {
  return new ProviderError(`Could not open a pull request: the branch ${branch} has no commit`, {
    kind: 'failed',
    code: 'github-failed',
    hint: 'Commit the workflow that runs this step first.'
  });
}
