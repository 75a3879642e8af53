import { userShape } from './accounts.ts';
import { issueOf, needsOfIssue } from './comments.ts';
import { nodeId, type Links } from './links.ts';
import { labelShape, repositoryUrl } from './repository.ts';
import {
  keepable,
  notFound,
  optionalText,
  page,
  Refusal,
  requiredText,
  type Answer,
  type Json,
  type Route,
  type RouteCall
} from './route.ts';
import type { GithubState, StoredIssue } from './state.ts';

/** Keeps an issue, or the issue that is a pull request, under the next number. */
export function keepIssue(call: RouteCall, { labels, pull }: Pick<StoredIssue, 'labels' | 'pull'>): StoredIssue {
  const { state, actor, now } = call;
  const issue: StoredIssue = {
    number: state.nextNumber,
    title: requiredText(call, 'title'),
    body: keepable('Issue', optionalText(call, 'body') ?? ''),
    state: 'open',
    stateReason: undefined,
    labels,
    author: actor,
    locked: false,
    createdAt: now,
    updatedAt: now,
    closedAt: undefined,
    pull
  };
  state.nextNumber += 1;
  state.issues.push(issue);
  return issue;
}

export function issueShape(links: Links, state: GithubState, issue: StoredIssue): Json {
  const url = `${repositoryUrl(links, state)}/issues/${issue.number}`;
  const html = `${links.html}/${state.owner}/${state.name}/${issue.pull === undefined ? 'issues' : 'pull'}/${issue.number}`;
  return {
    id: 500_000 + issue.number,
    node_id: nodeId('I', issue.number),
    url,
    repository_url: repositoryUrl(links, state),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: html,
    number: issue.number,
    state: issue.state,
    state_reason: issue.stateReason ?? null,
    title: issue.title,
    body: issue.body,
    user: userShape(links, issue.author),
    labels: issue.labels.map(name => labelShape(links, state, name)),
    assignee: null,
    assignees: [],
    milestone: null,
    locked: issue.locked,
    comments: state.comments.filter(comment => comment.issue === issue.number).length,
    closed_at: issue.closedAt ?? null,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    author_association: 'MEMBER',
    ...(issue.pull === undefined
      ? {}
      : {
          pull_request: {
            url: `${repositoryUrl(links, state)}/pulls/${issue.number}`,
            html_url: html,
            diff_url: `${html}.diff`,
            patch_url: `${html}.patch`,
            merged_at: issue.pull.mergedAt ?? null
          }
        })
  };
}

/**
 * Labels come as names or as objects, in any case of letters. Unknown ones are made, for who may: a label that is not
 * there is more than `pull-requests: write` allows. https://github.com/actions/labeler/issues/870
 */
function readLabels(call: RouteCall): string[] {
  const { state } = call;
  const given: unknown = call.body['labels'];
  const names = (Array.isArray(given) ? given : []).map((label: unknown) =>
    typeof label === 'string' ? label : String((label as { readonly name?: unknown }).name)
  );
  return names.map(name => {
    const known = state.labels.find(label => isSameLabel(label.name, name));
    if (known !== undefined) return known.name;
    if (!call.allows([{ scope: 'issues', level: 'write' }])) {
      const errors = [{ resource: 'Repository', field: 'label', code: 'unauthorized' }];
      const message = 'You do not have permission to create labels on this repository.';
      throw new Refusal({ status: 403, body: { message, errors, documentation_url: 'https://docs.github.com/rest' } });
    }
    state.labels.push({ name, color: 'ededed', description: '' });
    return name;
  });
}

function isSameLabel(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function labelsAnswer({ links, state }: RouteCall, issue: StoredIssue): Answer {
  return { status: 200, body: issue.labels.map(name => labelShape(links, state, name)) };
}

export const issueRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/issues',
    needs: () => [{ scope: 'issues', level: 'read' }],
    described: [200, 301, 404, 422],
    handle: call => {
      const { state, links, query } = call;
      const wanted = query.get('state') ?? 'open';
      const labels = (query.get('labels') ?? '').split(',').filter(Boolean);
      const creator = query.get('creator');
      const found = state.issues
        .filter(issue => wanted === 'all' || issue.state === wanted)
        .filter(issue => labels.every(label => issue.labels.includes(label)))
        .filter(issue => creator === null || issue.author.login === creator)
        .sort((a, b) => b.number - a.number);
      return page(
        call,
        `/repos/${state.owner}/${state.name}/issues`,
        found.map(issue => issueShape(links, state, issue))
      );
    }
  },
  {
    method: 'POST',
    path: '/repos/{owner}/{repo}/issues',
    needs: () => [{ scope: 'issues', level: 'write' }],
    described: [201, 400, 403, 404, 410, 422, 503],
    handle: call => {
      const issue = keepIssue(call, { labels: readLabels(call), pull: undefined });
      return { status: 201, body: issueShape(call.links, call.state, issue) };
    }
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/issues/{issue_number}',
    needs: call => needsOfIssue(issueOf(call), 'read'),
    described: [200, 301, 304, 404, 410],
    handle: call => {
      const issue = issueOf(call);
      return issue === undefined ? notFound() : { status: 200, body: issueShape(call.links, call.state, issue) };
    }
  },
  {
    method: 'PATCH',
    path: '/repos/{owner}/{repo}/issues/{issue_number}',
    needs: call => needsOfIssue(issueOf(call), 'write'),
    described: [200, 301, 403, 404, 410, 422, 503],
    handle: call => {
      const issue = issueOf(call);
      if (issue === undefined) return notFound();
      issue.title = optionalText(call, 'title') ?? issue.title;
      issue.body = keepable('Issue', optionalText(call, 'body') ?? issue.body);
      if (call.body['labels'] !== undefined) issue.labels = readLabels(call);
      const wanted = optionalText(call, 'state');
      if (wanted === 'closed' && issue.state === 'open') {
        issue.state = 'closed';
        issue.stateReason = optionalText(call, 'state_reason') === 'not_planned' ? 'not_planned' : 'completed';
        issue.closedAt = call.now;
      } else if (wanted === 'open' && issue.state === 'closed') {
        issue.state = 'open';
        issue.stateReason = 'reopened';
        issue.closedAt = undefined;
      }
      issue.updatedAt = call.now;
      return { status: 200, body: issueShape(call.links, call.state, issue) };
    }
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/issues/{issue_number}/labels',
    needs: call => needsOfIssue(issueOf(call), 'read'),
    described: [200, 301, 404, 410],
    handle: call => {
      const issue = issueOf(call);
      return issue === undefined ? notFound() : labelsAnswer(call, issue);
    }
  },
  {
    method: 'POST',
    path: '/repos/{owner}/{repo}/issues/{issue_number}/labels',
    needs: call => needsOfIssue(issueOf(call), 'write'),
    described: [200, 301, 404, 410, 422],
    handle: call => {
      const issue = issueOf(call);
      if (issue === undefined) return notFound();
      issue.labels = [...new Set([...issue.labels, ...readLabels(call)])];
      return labelsAnswer(call, issue);
    }
  },
  {
    method: 'DELETE',
    path: '/repos/{owner}/{repo}/issues/{issue_number}/labels/{name}',
    needs: call => needsOfIssue(issueOf(call), 'write'),
    described: [200, 301, 404, 410],
    handle: call => {
      const issue = issueOf(call);
      const name = call.params['name'];
      const isNamed = (label: string): boolean => isSameLabel(label, name ?? '');
      if (issue === undefined || !issue.labels.some(isNamed)) return notFound();
      issue.labels = issue.labels.filter(label => !isNamed(label));
      return labelsAnswer(call, issue);
    }
  }
];
