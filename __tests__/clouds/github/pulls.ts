import { userShape } from './accounts.ts';
import { keepIssue } from './issues.ts';
import { nodeId, type Links } from './links.ts';
import { labelShape, repositoryShape, repositoryUrl } from './repository.ts';
import { branchHead, filesOn } from './git-data.ts';
import { forbidden, invalid, notFound, page, requiredText, type Json, type Need, type Route } from './route.ts';
import { knowsCommit, pullsOfCommit, type GithubState, type StoredIssue } from './state.ts';

/** A pull request in a list; `GET /pulls/{number}` answers more, see `pullShape`. */
export function pullSimpleShape(links: Links, state: GithubState, issue: StoredIssue): Json {
  const { pull } = issue;
  if (pull === undefined) throw new Error(`#${issue.number} is no pull request`);
  const repository = repositoryUrl(links, state);
  const url = `${repository}/pulls/${issue.number}`;
  const issueUrl = `${repository}/issues/${issue.number}`;
  const html = `${links.html}/${state.owner}/${state.name}/pull/${issue.number}`;
  const statuses = `${repository}/statuses/${pull.headSha}`;
  const headOwner = pull.headOwner ?? issue.author.login;
  return {
    url,
    id: 600_000 + issue.number,
    node_id: nodeId('PR', issue.number),
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: issueUrl,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${repository}/pulls/comments{/number}`,
    comments_url: `${issueUrl}/comments`,
    statuses_url: statuses,
    number: issue.number,
    state: issue.state,
    locked: issue.locked,
    title: issue.title,
    user: userShape(links, issue.author),
    body: issue.body,
    labels: issue.labels.map(name => labelShape(links, state, name)),
    milestone: null,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt ?? null,
    merged_at: pull.mergedAt ?? null,
    merge_commit_sha: pull.mergeCommitSha ?? null,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    head: {
      label: `${headOwner}:${pull.headRef}`,
      ref: pull.headRef,
      sha: pull.headSha,
      user: userShape(links, { login: headOwner, id: 8_000_003 }),
      repo: pull.headOwner === undefined ? null : repositoryShape(links, state, pull.headOwner)
    },
    base: {
      label: `${state.owner}:${pull.baseRef}`,
      ref: pull.baseRef,
      sha: pull.baseSha,
      user: userShape(links, { login: state.owner, id: 8_000_001 }),
      repo: repositoryShape(links, state)
    },
    _links: {
      self: { href: url },
      html: { href: html },
      issue: { href: issueUrl },
      comments: { href: `${issueUrl}/comments` },
      review_comments: { href: `${url}/comments` },
      review_comment: { href: `${repository}/pulls/comments{/number}` },
      commits: { href: `${url}/commits` },
      statuses: { href: statuses }
    },
    author_association: 'MEMBER',
    auto_merge: null,
    draft: false
  };
}

export function pullShape(links: Links, state: GithubState, issue: StoredIssue): Json {
  const merged = issue.pull?.mergedAt !== undefined;
  return {
    ...pullSimpleShape(links, state, issue),
    merged,
    mergeable: issue.state === 'open' ? true : null,
    mergeable_state: issue.state === 'open' ? 'clean' : 'unknown',
    merged_by: merged ? userShape(links, issue.author) : null,
    comments: state.comments.filter(comment => comment.issue === issue.number).length,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: issue.pull?.commits.length ?? 0,
    additions: 1,
    deletions: 0,
    changed_files: 1
  };
}

const READ: readonly Need[] = [{ scope: 'pull_requests', level: 'read' }];

export const pullRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/pulls',
    needs: () => READ,
    described: [200, 304, 422],
    handle: call => {
      const { state, links, query } = call;
      const wanted = query.get('state') ?? 'open';
      const head = query.get('head');
      const base = query.get('base');
      const found = state.issues
        .filter(issue => issue.pull !== undefined && (wanted === 'all' || issue.state === wanted))
        .filter(issue => head === null || head === `${issue.pull?.headOwner ?? ''}:${issue.pull?.headRef ?? ''}`)
        .filter(issue => base === null || base === issue.pull?.baseRef)
        .sort((a, b) => b.number - a.number);
      return page(
        call,
        `/repos/${state.owner}/${state.name}/pulls`,
        found.map(issue => pullSimpleShape(links, state, issue))
      );
    }
  },
  {
    method: 'POST',
    path: '/repos/{owner}/{repo}/pulls',
    needs: () => [{ scope: 'pull_requests', level: 'write' }],
    described: [201, 403, 422],
    handle: call => {
      const { state, actor, links } = call;
      const [headRef, baseRef] = [requiredText(call, 'head'), requiredText(call, 'base')];
      // https://github.com/peter-evans/create-pull-request/issues/3979
      if (actor.app?.slug === 'github-actions' && !state.letsActionsOpenPulls) {
        return forbidden('GitHub Actions is not permitted to create or approve pull requests.');
      }
      const [headSha, baseSha] = [branchHead(state, headRef), branchHead(state, baseRef)];
      if (headSha === undefined || baseSha === undefined) return invalid('PullRequest', 'head', 'invalid');
      if (filesOn(state, headRef) === filesOn(state, baseRef)) {
        return invalid('PullRequest', 'head', `No commits between ${baseRef} and ${headRef}`);
      }
      const isOpen = state.issues.some(one => one.state === 'open' && one.pull?.headRef === headRef);
      if (isOpen) {
        return invalid('PullRequest', 'head', `A pull request already exists for ${state.owner}:${headRef}.`);
      }
      const issue = keepIssue(call, {
        labels: [],
        pull: {
          headSha,
          commits: [headSha],
          headRef,
          baseRef,
          baseSha,
          headOwner: state.owner,
          mergeCommitSha: undefined,
          mergedAt: undefined
        }
      });
      return { status: 201, body: pullShape(links, state, issue) };
    }
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/pulls/{pull_number}',
    needs: () => READ,
    described: [200, 304, 404, 406, 500, 503],
    handle: ({ state, links, params }) => {
      const issue = state.issues.find(each => each.pull !== undefined && each.number === Number(params['pull_number']));
      return issue === undefined ? notFound() : { status: 200, body: pullShape(links, state, issue) };
    }
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/commits/{commit_sha}/pulls',
    needs: () => READ,
    described: [200, 409],
    handle: call => {
      const { state, links, params } = call;
      const sha = params['commit_sha'] ?? '';
      if (!knowsCommit(state, sha)) {
        return {
          status: 422,
          body: {
            message: `No commit found for SHA: ${sha}`,
            documentation_url: 'https://docs.github.com/rest',
            status: '422'
          }
        };
      }
      return page(
        call,
        `/repos/${state.owner}/${state.name}/commits/${sha}/pulls`,
        pullsOfCommit(state, sha).map(issue => pullSimpleShape(links, state, issue))
      );
    }
  }
];
