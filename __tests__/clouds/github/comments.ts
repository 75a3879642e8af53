import { appShape, userShape } from './accounts.ts';
import { nodeId, type Links } from './links.ts';
import { repositoryUrl } from './repository.ts';
import {
  forbidden,
  keepable,
  notFound,
  page,
  requiredText,
  type Json,
  type Level,
  type Need,
  type Route,
  type RouteCall
} from './route.ts';
import { takeId, type GithubState, type StoredComment, type StoredIssue } from './state.ts';

export function commentShape(links: Links, state: GithubState, comment: StoredComment): Json {
  const url = repositoryUrl(links, state);
  const kind = state.issues.find(issue => issue.number === comment.issue)?.pull === undefined ? 'issues' : 'pull';
  return {
    url: `${url}/issues/comments/${comment.id}`,
    html_url: `${links.html}/${state.owner}/${state.name}/${kind}/${comment.issue}#issuecomment-${comment.id}`,
    issue_url: `${url}/issues/${comment.issue}`,
    id: comment.id,
    node_id: nodeId('IC', comment.id),
    user: userShape(links, comment.author),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    body: comment.body,
    author_association: comment.author.app === undefined ? 'MEMBER' : 'NONE',
    performed_via_github_app: appShape(links, comment.author)
  };
}

/** A comment on a pull request may be written with either permission. */
export function needsOfIssue(issue: StoredIssue | undefined, level: Level): readonly Need[] {
  return [
    { scope: 'issues', level },
    ...(issue?.pull === undefined ? [] : [{ scope: 'pull_requests', level } as const])
  ];
}

export function issueOf(call: RouteCall): StoredIssue | undefined {
  return call.state.issues.find(issue => issue.number === Number(call.params['issue_number']));
}

function commentOf(call: RouteCall): StoredComment | undefined {
  return call.state.comments.find(comment => comment.id === Number(call.params['comment_id']));
}

function needsOfComment(call: RouteCall, level: Level): readonly Need[] {
  const comment = commentOf(call);
  return needsOfIssue(
    call.state.issues.find(issue => issue.number === comment?.issue),
    level
  );
}

export const commentRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/issues/{issue_number}/comments',
    needs: call => needsOfIssue(issueOf(call), 'read'),
    described: [200, 404, 410],
    handle: call => {
      const { state, links, query } = call;
      const issue = issueOf(call);
      if (issue === undefined) return notFound();
      const since = query.get('since');
      const comments = state.comments
        .filter(comment => comment.issue === issue.number && (since === null || comment.updatedAt >= since))
        .sort((a, b) => a.id - b.id);
      return page(
        call,
        `/repos/${state.owner}/${state.name}/issues/${issue.number}/comments`,
        comments.map(comment => commentShape(links, state, comment))
      );
    }
  },
  {
    method: 'POST',
    path: '/repos/{owner}/{repo}/issues/{issue_number}/comments',
    needs: call => needsOfIssue(issueOf(call), 'write'),
    described: [201, 403, 404, 410, 422],
    handle: call => {
      const { state, links, actor, now } = call;
      const issue = issueOf(call);
      if (issue === undefined) return notFound();
      if (issue.locked) return forbidden('Unable to create comment because issue is locked.');
      const body = keepable('IssueComment', requiredText(call, 'body'));
      const comment: StoredComment = {
        id: takeId(state),
        issue: issue.number,
        author: actor,
        body,
        createdAt: now,
        updatedAt: now
      };
      state.comments.push(comment);
      return { status: 201, body: commentShape(links, state, comment) };
    }
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/issues/comments/{comment_id}',
    needs: call => needsOfComment(call, 'read'),
    described: [200, 404],
    handle: call => {
      const comment = commentOf(call);
      return comment === undefined ? notFound() : { status: 200, body: commentShape(call.links, call.state, comment) };
    }
  },
  {
    method: 'PATCH',
    path: '/repos/{owner}/{repo}/issues/comments/{comment_id}',
    needs: call => needsOfComment(call, 'write'),
    described: [200, 422],
    handle: call => {
      const comment = commentOf(call);
      if (comment === undefined) return notFound();
      comment.body = keepable('IssueComment', requiredText(call, 'body'));
      comment.updatedAt = call.now;
      return { status: 200, body: commentShape(call.links, call.state, comment) };
    }
  },
  {
    method: 'POST',
    path: '/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions',
    needs: call => needsOfComment(call, 'write'),
    described: [],
    handle: call => {
      const comment = commentOf(call);
      if (comment === undefined) return notFound();
      const content = requiredText(call, 'content');
      call.state.reactions.push({ comment: comment.id, content });
      return { status: 201, body: { id: call.state.reactions.length, content } };
    }
  },
  {
    method: 'DELETE',
    path: '/repos/{owner}/{repo}/issues/comments/{comment_id}',
    needs: call => needsOfComment(call, 'write'),
    described: [204],
    handle: call => {
      const comment = commentOf(call);
      if (comment === undefined) return notFound();
      call.state.comments.splice(call.state.comments.indexOf(comment), 1);
      return { status: 204 };
    }
  }
];
