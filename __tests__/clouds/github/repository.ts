import { userShape } from './accounts.ts';
import { EPOCH, nodeId, type Links } from './links.ts';
import { invalid, METADATA, notFound, page, requiredText, optionalText, type Json, type Route } from './route.ts';
import type { GithubState } from './state.ts';

/** The members that all of GitHub's shapes of a repository ask for. */
export function repositoryShape(links: Links, state: GithubState, owner = state.owner): Json {
  const url = repositoryUrl(links, state, owner);
  const html = `${links.html}/${owner}/${state.name}`;
  const fork = owner !== state.owner;
  return {
    id: fork ? state.id + 1 : state.id,
    node_id: nodeId('R', state.id),
    name: state.name,
    full_name: `${owner}/${state.name}`,
    owner: userShape(links, { login: owner, id: fork ? 8_000_002 : 8_000_001 }),
    private: state.private,
    html_url: html,
    description: null,
    fork,
    url,
    archive_url: `${url}/{archive_format}{/ref}`,
    assignees_url: `${url}/assignees{/user}`,
    blobs_url: `${url}/git/blobs{/sha}`,
    branches_url: `${url}/branches{/branch}`,
    collaborators_url: `${url}/collaborators{/collaborator}`,
    comments_url: `${url}/comments{/number}`,
    commits_url: `${url}/commits{/sha}`,
    compare_url: `${url}/compare/{base}...{head}`,
    contents_url: `${url}/contents/{+path}`,
    contributors_url: `${url}/contributors`,
    deployments_url: `${url}/deployments`,
    downloads_url: `${url}/downloads`,
    events_url: `${url}/events`,
    forks_url: `${url}/forks`,
    git_commits_url: `${url}/git/commits{/sha}`,
    git_refs_url: `${url}/git/refs{/sha}`,
    git_tags_url: `${url}/git/tags{/sha}`,
    git_url: `git:github.com/${owner}/${state.name}.git`,
    issue_comment_url: `${url}/issues/comments{/number}`,
    issue_events_url: `${url}/issues/events{/number}`,
    issues_url: `${url}/issues{/number}`,
    keys_url: `${url}/keys{/key_id}`,
    labels_url: `${url}/labels{/name}`,
    languages_url: `${url}/languages`,
    merges_url: `${url}/merges`,
    milestones_url: `${url}/milestones{/number}`,
    notifications_url: `${url}/notifications{?since,all,participating}`,
    pulls_url: `${url}/pulls{/number}`,
    releases_url: `${url}/releases{/id}`,
    ssh_url: `git@github.com:${owner}/${state.name}.git`,
    stargazers_url: `${url}/stargazers`,
    statuses_url: `${url}/statuses/{sha}`,
    subscribers_url: `${url}/subscribers`,
    subscription_url: `${url}/subscription`,
    tags_url: `${url}/tags`,
    teams_url: `${url}/teams`,
    trees_url: `${url}/git/trees{/sha}`,
    clone_url: `${html}.git`,
    mirror_url: null,
    hooks_url: `${url}/hooks`,
    svn_url: html,
    homepage: null,
    language: 'TypeScript',
    forks_count: 0,
    stargazers_count: 0,
    watchers_count: 0,
    size: 1,
    default_branch: state.defaultBranch,
    open_issues_count: 0,
    has_issues: true,
    has_projects: true,
    has_wiki: false,
    has_pages: false,
    has_downloads: true,
    has_discussions: false,
    archived: false,
    disabled: false,
    pushed_at: EPOCH,
    created_at: EPOCH,
    updated_at: EPOCH,
    license: null,
    forks: 0,
    open_issues: 0,
    watchers: 0
  };
}

export function repositoryUrl(links: Links, state: GithubState, owner = state.owner): string {
  return `${links.api}/repos/${owner}/${state.name}`;
}

export function labelShape(links: Links, state: GithubState, name: string): Json {
  const known = state.labels.find(label => label.name === name);
  return {
    id: 300 + state.labels.findIndex(label => label.name === name),
    node_id: nodeId('L', 300),
    url: `${repositoryUrl(links, state)}/labels/${encodeURIComponent(name)}`,
    name,
    description: known?.description ?? '',
    color: known?.color ?? 'ededed',
    default: false
  };
}

const WRITE_LABELS = [
  { scope: 'issues', level: 'write' },
  { scope: 'pull_requests', level: 'write' }
] as const;
const READ_LABELS = [
  { scope: 'issues', level: 'read' },
  { scope: 'pull_requests', level: 'read' }
] as const;

export const repositoryRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}',
    needs: () => METADATA,
    described: [200, 301, 403, 404],
    handle: ({ links, state }) => ({
      status: 200,
      body: { ...repositoryShape(links, state), subscribers_count: 0, network_count: 0 }
    })
  },
  {
    method: 'POST',
    path: '/repos/{owner}/{repo}/dispatches',
    needs: () => [{ scope: 'contents', level: 'write' }],
    described: [204, 404, 422],
    handle: call => {
      const payload = (call.body['client_payload'] ?? {}) as Record<string, unknown>;
      // https://docs.github.com/rest/repos/repos#create-a-repository-dispatch-event
      if (Object.keys(payload).length > 10)
        return invalid('Repository', 'client_payload', 'No more than 10 properties are allowed');
      call.state.sentEvents.push({ type: requiredText(call, 'event_type'), payload });
      return { status: 204 };
    }
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/branches/{branch}',
    needs: () => [{ scope: 'contents', level: 'read' }],
    described: [404],
    handle: ({ links, state, params }) => {
      const branch = params['branch'] ?? '';
      if (branch !== state.defaultBranch && !state.protectedBranches.includes(branch)) return notFound();
      const url = `${repositoryUrl(links, state)}/branches/${branch}`;
      return {
        status: 200,
        body: { name: branch, protected: state.protectedBranches.includes(branch), protection_url: url }
      };
    }
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/collaborators/{username}/permission',
    needs: () => METADATA,
    described: [404],
    handle: ({ state, params }) => {
      const permission = state.collaborators[params['username'] ?? ''] ?? 'read';
      return { status: 200, body: { permission, role_name: permission, user: null } };
    }
  },
  {
    method: 'POST',
    path: '/repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches',
    needs: () => [{ scope: 'actions', level: 'write' }],
    described: [],
    handle: call => {
      const inputs = call.body['inputs'];
      call.state.dispatches.push({
        workflow: call.params['workflow_id'] ?? '',
        ref: requiredText(call, 'ref'),
        inputs: (typeof inputs === 'object' && inputs !== null ? inputs : {}) as Record<string, string>
      });
      return { status: 204 };
    }
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/git/matching-refs/{ref}',
    needs: () => [{ scope: 'contents', level: 'read' }],
    described: [],
    handle: call => {
      const found = Object.entries(call.state.queue).filter(([ref]) =>
        ref.startsWith(`refs/${call.params['ref'] ?? ''}`)
      );
      return page(
        call,
        `/repos/${call.state.owner}/${call.state.name}/git/matching-refs/${call.params['ref'] ?? ''}`,
        found.map(([ref, sha]) => ({
          ref,
          node_id: nodeId('REF', 1),
          url: '',
          object: { type: 'commit', sha, url: '' }
        }))
      );
    }
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/compare/{basehead}',
    needs: () => [{ scope: 'contents', level: 'read' }],
    described: [404, 500, 503],
    handle: ({ state, params }) => {
      const [before = '', after = ''] = (params['basehead'] ?? '').split('...');
      const commits: Json[] = [];
      for (let sha: string | undefined = after; sha !== before; sha = state.parents[sha]) {
        if (sha === undefined) return notFound();
        commits.unshift({ sha, parents: [{ sha: state.parents[sha] }] });
      }
      return { status: 200, body: { status: 'ahead', total_commits: commits.length, commits } };
    }
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/labels',
    needs: () => READ_LABELS,
    described: [200, 404],
    handle: call =>
      page(
        call,
        `/repos/${call.state.owner}/${call.state.name}/labels`,
        call.state.labels.map(label => labelShape(call.links, call.state, label.name))
      )
  },
  {
    method: 'POST',
    path: '/repos/{owner}/{repo}/labels',
    needs: () => WRITE_LABELS,
    described: [201, 404, 422],
    handle: call => {
      const name = requiredText(call, 'name');
      if (call.state.labels.some(label => label.name.toLowerCase() === name.toLowerCase())) {
        return invalid('Label', 'name', 'already_exists');
      }
      call.state.labels.push({
        name,
        color: optionalText(call, 'color') ?? 'ededed',
        description: optionalText(call, 'description') ?? ''
      });
      return { status: 201, body: labelShape(call.links, call.state, name) };
    }
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/labels/{name}',
    needs: () => READ_LABELS,
    described: [200, 404],
    handle: ({ links, state, params }) => {
      const label = state.labels.find(known => known.name === params['name']);
      return label === undefined ? notFound() : { status: 200, body: labelShape(links, state, label.name) };
    }
  }
];
