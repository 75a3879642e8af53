import { nodeId } from './links.ts';
import { shaOf } from './pull-controls.ts';
import { repositoryUrl } from './repository.ts';
import {
  forbidden,
  invalid,
  notFound,
  optionalText,
  requiredText,
  type Answer,
  type Route,
  type RouteCall
} from './route.ts';
import type { GithubState, StoredCommit } from './state.ts';

const READ = [{ scope: 'contents', level: 'read' }] as const;
const WRITE = [{ scope: 'contents', level: 'write' }] as const;

/** The commit that a branch leads to; the default branch begins with one that holds a README. */
export function branchHead(state: GithubState, branch: string): string | undefined {
  if (branch === state.defaultBranch && state.branches[branch] === undefined) {
    state.branches[branch] = keepCommit(state, {
      message: 'Begin',
      author: 'octocat',
      tree: keepTree(state, { 'README.md': '# shop\n' }),
      parents: []
    });
  }
  return state.branches[branch];
}

/** Files on a branch, by their path. */
export function filesOn(state: GithubState, branch: string): Readonly<Record<string, string>> | undefined {
  const head = branchHead(state, branch);
  return head === undefined ? undefined : state.trees[state.gitCommits[head]?.tree ?? ''];
}

/** The message of the branch's newest commit; empty where there is no branch. */
export function messageOn(state: GithubState, branch: string): string {
  return state.gitCommits[branchHead(state, branch) ?? '']?.message ?? '';
}

/** A push of someone to a branch, which may be a new one. */
export function pushFiles(
  state: GithubState,
  branch: string,
  files: Readonly<Record<string, string>>,
  message = 'Work'
): string {
  const before = branchHead(state, branch) ?? branchHead(state, state.defaultBranch) ?? '';
  const tree = keepTree(state, { ...state.trees[state.gitCommits[before]?.tree ?? ''], ...files });
  const sha = keepCommit(state, { message, author: 'octocat', tree, parents: [before] });
  state.branches[branch] = sha;
  return sha;
}

function keepTree(state: GithubState, files: Readonly<Record<string, string>>): string {
  const sha = shaOf(
    JSON.stringify(
      Object.keys(files)
        .toSorted()
        .map(name => [name, files[name]])
    )
  );
  state.trees[sha] = files;
  return sha;
}

function keepCommit(state: GithubState, commit: StoredCommit): string {
  const sha = shaOf(JSON.stringify([commit, Object.keys(state.gitCommits).length]));
  state.gitCommits[sha] = commit;
  return sha;
}

function isAncestor(state: GithubState, sha: string, of: string): boolean {
  return sha === of || (state.gitCommits[of]?.parents ?? []).some(parent => isAncestor(state, sha, parent));
}

function refAnswer({ state, links }: RouteCall, status: number, branch: string): Answer {
  const sha = branchHead(state, branch) ?? '';
  const url = `${repositoryUrl(links, state)}/git`;
  const object = { type: 'commit', sha, url: `${url}/commits/${sha}` };
  const ref = `refs/heads/${branch}`;
  return { status, body: { ref, node_id: nodeId('REF', 1), url: `${url}/${ref}`, object } };
}

function commitAnswer({ state, links }: RouteCall, status: number, sha: string): Answer {
  const commit = state.gitCommits[sha];
  if (commit === undefined) return notFound();
  const url = `${repositoryUrl(links, state)}/git`;
  const who = { name: commit.author, email: `${commit.author}@users.noreply.github.com`, date: '2020-01-01T00:00:00Z' };
  return {
    status,
    body: {
      sha,
      node_id: nodeId('C', 1),
      url: `${url}/commits/${sha}`,
      html_url: `${links.html}/${state.owner}/${state.name}/commit/${sha}`,
      author: who,
      committer: who,
      message: commit.message,
      tree: { sha: commit.tree, url: `${url}/trees/${commit.tree}` },
      parents: commit.parents.map(parent => ({
        sha: parent,
        url: `${url}/commits/${parent}`,
        html_url: `${links.html}/${state.owner}/${state.name}/commit/${parent}`
      }))
    }
  };
}

const branchIn = (text: string | undefined): string => (text ?? '').replace(/^(refs\/)?heads\//, '');

export const gitDataRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/git/ref/{ref}',
    needs: () => READ,
    described: [200, 404, 409],
    handle: call => {
      const branch = branchIn(decodeURIComponent(call.params['ref'] ?? ''));
      return branchHead(call.state, branch) === undefined ? notFound() : refAnswer(call, 200, branch);
    }
  },
  {
    method: 'POST',
    path: '/repos/{owner}/{repo}/git/refs',
    needs: () => WRITE,
    described: [201, 409, 422],
    handle: call => {
      const ref = requiredText(call, 'ref');
      const sha = requiredText(call, 'sha');
      if (!/^refs\/heads\/./.test(ref)) return invalid('Reference', 'ref', 'Reference name must start with refs/');
      if (call.state.gitCommits[sha] === undefined) return invalid('Reference', 'sha', 'Object does not exist');
      if (call.state.branches[branchIn(ref)] !== undefined) {
        return { status: 422, body: { message: 'Reference already exists', documentation_url: '', status: '422' } };
      }
      call.state.branches[branchIn(ref)] = sha;
      return refAnswer(call, 201, branchIn(ref));
    }
  },
  {
    method: 'PATCH',
    path: '/repos/{owner}/{repo}/git/refs/{ref}',
    needs: () => WRITE,
    described: [200, 409, 422],
    handle: call => {
      const { state } = call;
      const branch = branchIn(decodeURIComponent(call.params['ref'] ?? ''));
      const before = branchHead(state, branch);
      const sha = requiredText(call, 'sha');
      if (before === undefined) return { status: 422, body: { message: 'Reference does not exist', status: '422' } };
      if (call.body['force'] !== true && !isAncestor(state, before, sha)) {
        return { status: 422, body: { message: 'Update is not a fast forward', status: '422' } };
      }
      state.branches[branch] = sha;
      for (const { pull } of state.issues) {
        if (pull?.headRef !== branch || pull.headOwner !== state.owner || pull.mergedAt !== undefined) continue;
        pull.headSha = sha;
        pull.commits.push(sha);
      }
      return refAnswer(call, 200, branch);
    }
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/git/commits/{commit_sha}',
    needs: () => READ,
    described: [200, 404, 409],
    handle: call => commitAnswer(call, 200, call.params['commit_sha'] ?? '')
  },
  {
    method: 'POST',
    path: '/repos/{owner}/{repo}/git/commits',
    needs: () => WRITE,
    described: [201, 404, 409, 422],
    handle: call => {
      const [message, tree] = [requiredText(call, 'message'), requiredText(call, 'tree')];
      const parents = call.body['parents'] as readonly string[];
      if (call.state.trees[tree] === undefined) return invalid('Commit', 'tree', 'Tree SHA does not exist');
      if (parents.some(parent => call.state.gitCommits[parent] === undefined)) return notFound();
      return commitAnswer(call, 201, keepCommit(call.state, { message, author: call.actor.login, tree, parents }));
    }
  },
  {
    method: 'POST',
    path: '/repos/{owner}/{repo}/git/trees',
    needs: () => WRITE,
    described: [201, 403, 404, 409, 422],
    handle: call => {
      const { state, links } = call;
      const base = optionalText(call, 'base_tree');
      if (base !== undefined && state.trees[base] === undefined) return notFound();
      const entries = call.body['tree'] as readonly { path: string; content: string }[];
      // A workflow's token may never write workflows:
      // https://github.com/peter-evans/create-pull-request/issues/1713
      if (entries.some(({ path }) => path.startsWith('.github/workflows/'))) {
        return forbidden('Resource not accessible by integration');
      }
      const files = { ...(base === undefined ? {} : state.trees[base]) };
      for (const { path, content } of entries) files[path] = content;
      const sha = keepTree(state, files);
      const url = `${repositoryUrl(links, state)}/git`;
      const tree = Object.entries(files).map(([path, content]) => ({
        path,
        mode: '100644',
        type: 'blob',
        sha: shaOf(content),
        size: content.length,
        url: `${url}/blobs/${shaOf(content)}`
      }));
      return { status: 201, body: { sha, url: `${url}/trees/${sha}`, truncated: false, tree } };
    }
  }
];
