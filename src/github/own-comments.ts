import * as v from 'valibot';
import { ProviderError, type ActionError } from '../errors.ts';
import type { GithubClient } from './client.ts';
import { identityOf, isSameLogin } from './identity.ts';

export type CommentResult =
  | {
      readonly action: 'created' | 'updated' | 'unchanged';
      readonly url: string;
      readonly id: number;
      /** After the marker line. */
      readonly body: string;
      /** Why an earlier one was not folded away. */
      readonly unhidden?: ActionError;
    }
  /** None existed, and none was wanted. */
  | { readonly action: 'none' }
  /** A warning for the user, with the missing permission in its hint. Never a reason to fail the run. */
  | { readonly action: 'failed'; readonly error: ActionError };

/** A comment of ours. */
export interface Comment {
  readonly id: number;
  /** GitHub's name of it in GraphQL. */
  readonly nodeId: string;
  readonly url: string;
  /** With the marker line. */
  readonly body: string;
  /** In whole seconds. */
  readonly updatedAt: Date;
}

/** A comment with our marker, by any author. */
export interface Marked extends Comment {
  readonly login: string | undefined;
  readonly isBot: boolean;
}

/** Comments in one page. */
const A_PAGE = 100;

/**
 * The comments whose body is wanted, by any author, oldest first. Of a long discussion the first page and those that
 * were changed last are read, which every run of ours changes: two requests. Only where none of them is ours, all are.
 */
export async function findMarked(
  client: GithubClient,
  pullRequest: number,
  isWanted: (body: string) => boolean
): Promise<readonly Marked[]> {
  const chosen = (comments: readonly Marked[]): readonly Marked[] =>
    [...new Map(comments.map(one => [one.id, one])).values()]
      .filter(({ body }) => isWanted(body))
      .sort((a, b) => a.id - b.id);
  const first = await listComments(client, pullRequest, A_PAGE);
  if (first.length < A_PAGE) return chosen(first);
  const few = chosen([...first, ...(await lastChanged(client, pullRequest))]);
  return (await oursOf(client, few)).length > 0 ? few : chosen(await listComments(client, pullRequest));
}

async function listComments(client: GithubClient, pullRequest: number, enough?: number): Promise<readonly Marked[]> {
  const all = await client.list(
    { what: `read the comments of pull request #${pullRequest}`, needs: 'pull-requests: write' },
    (octokit, page) => octokit.rest.issues.listComments({ ...client.repository, issue_number: pullRequest, ...page }),
    enough
  );
  return all.map(comment => ({
    id: comment.id,
    nodeId: comment.node_id,
    url: comment.html_url,
    body: comment.body ?? '',
    updatedAt: new Date(comment.updated_at),
    login: comment.user?.login,
    isBot: comment.user?.type === 'Bot'
  }));
}

const LAST_CHANGED =
  'query($owner: String!, $repo: String!, $number: Int!) { repository(owner: $owner, name: $repo) ' +
  '{ pullRequest(number: $number) { comments(first: 100, orderBy: { field: UPDATED_AT, direction: DESC }) ' +
  '{ nodes { databaseId id url body updatedAt author { login kind: __typename } } } } } }';

const lastChangedAnswer = v.object({
  repository: v.object({
    pullRequest: v.object({
      comments: v.object({
        nodes: v.array(
          v.object({
            databaseId: v.number(),
            id: v.string(),
            url: v.string(),
            body: v.string(),
            updatedAt: v.string(),
            author: v.nullable(v.object({ login: v.string(), kind: v.string() }))
          })
        )
      })
    })
  })
});

/** None where GitHub does not say: then all comments are read. */
async function lastChanged(client: GithubClient, pullRequest: number): Promise<readonly Marked[]> {
  const what = `read the last comments of pull request #${pullRequest}`;
  try {
    return await client.send({ what, needs: 'pull-requests: read', idempotent: true }, async octokit => {
      const variables = { ...client.repository, number: pullRequest };
      const answer = v.parse(lastChangedAnswer, await octokit.graphql(LAST_CHANGED, variables));
      const data = answer.repository.pullRequest.comments.nodes.map(
        ({ databaseId, id, author, updatedAt, ...rest }) => ({
          ...rest,
          id: databaseId,
          nodeId: id,
          updatedAt: new Date(updatedAt),
          // GraphQL leaves out what REST puts behind the name of an app.
          login: author?.kind === 'Bot' ? `${author.login}[bot]` : author?.login,
          isBot: author?.kind === 'Bot'
        })
      );
      return data;
    });
  } catch (thrown) {
    if (!(thrown instanceof ProviderError) && !(thrown instanceof v.ValiError)) throw thrown;
    return [];
  }
}

/** Comments of one pull request that are asked for together with those of others. */
const A_SHARE = 30;
/** Pull requests in one question: their comments can have 64 KB each. */
const A_QUESTION = 20;

const firstComments = v.object({
  repository: v.record(
    v.string(),
    v.nullable(
      v.object({
        number: v.number(),
        comments: v.object({ totalCount: v.number(), nodes: v.array(v.object({ body: v.string() })) })
      })
    )
  )
});

/**
 * Those of the pull requests where no comment holds a text, by a question for each twenty: the job's own token has a
 * thousand requests an hour, for all workflows of the repository. One with more comments than are read may hold it, and
 * so may all where GitHub does not say. Throws only the signal's reason.
 * https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#primary-rate-limit-for-github_token-in-github-actions
 */
export async function pullsWithout(
  client: GithubClient,
  numbers: readonly number[],
  text: string
): Promise<ReadonlySet<number>> {
  const without = new Set<number>();
  for (let at = 0; at < numbers.length; at += A_QUESTION) {
    for (const one of await askedWithout(client, numbers.slice(at, at + A_QUESTION), text)) without.add(one);
  }
  return without;
}

async function askedWithout(
  client: GithubClient,
  numbers: readonly number[],
  text: string
): Promise<readonly number[]> {
  const comments = `comments(first: ${A_SHARE}) { totalCount nodes { body } }`;
  const parts = numbers.map(number => `p${number}: pullRequest(number: ${number}) { number ${comments} }`);
  const query = `query($owner: String!, $repo: String!) { repository(owner: $owner, name: $repo) { ${parts.join(' ')} } }`;
  const what = 'read the first comments of the open pull requests';
  try {
    return await client.send({ what, needs: 'pull-requests: read', idempotent: true }, async octokit => {
      const { repository } = v.parse(firstComments, await octokit.graphql(query, client.repository));
      return Object.values(repository).flatMap(pull => {
        const isRead = pull !== null && pull.comments.totalCount <= A_SHARE;
        return isRead && !pull.comments.nodes.some(({ body }) => body.includes(text)) ? [pull.number] : [];
      });
    });
  } catch (thrown) {
    if (!(thrown instanceof ProviderError) && !(thrown instanceof v.ValiError)) throw thrown;
    return [];
  }
}

/** Those that this token's identity wrote, oldest first. The identity is read only when there is a candidate. */
export async function oursOf(client: GithubClient, marked: readonly Marked[]): Promise<readonly Comment[]> {
  if (marked.length === 0) return [];
  const identity = await client.identity();
  return marked.filter(({ login }) => isSameLogin(login, identity));
}

export async function create(
  client: GithubClient,
  pullRequest: number,
  body: string,
  recheck: () => Promise<Comment | undefined>
): Promise<Comment> {
  return client.send(
    {
      what: `comment on pull request #${pullRequest}`,
      needs: 'pull-requests: write',
      idempotent: false,
      recheck
    },
    async octokit => {
      const answer = await octokit.rest.issues.createComment({ ...client.repository, issue_number: pullRequest, body });
      const { id, node_id: nodeId, html_url: url, user } = answer.data;
      if (user !== null) client.learnIdentity(identityOf(user.login));
      const updatedAt = new Date(answer.data.updated_at);
      return { id, nodeId, url, body: answer.data.body ?? body, updatedAt };
    }
  );
}

/** `undefined` when the comment is gone. */
export async function update(
  client: GithubClient,
  pullRequest: number,
  id: number,
  body: string
): Promise<Comment | undefined> {
  return unlessGone(() =>
    client.send(
      { what: `update the comment on pull request #${pullRequest}`, needs: 'pull-requests: write', idempotent: true },
      async octokit => {
        const answer = await octokit.rest.issues.updateComment({ ...client.repository, comment_id: id, body });
        const { html_url: url, node_id: nodeId, updated_at: updatedAt } = answer.data;
        return { id, nodeId, url, body, updatedAt: new Date(updatedAt) };
      }
    )
  );
}

export async function remove(client: GithubClient, pullRequest: number, id: number): Promise<void> {
  await unlessGone(() =>
    client.send(
      {
        what: `delete a second comment on pull request #${pullRequest}`,
        needs: 'pull-requests: write',
        idempotent: true
      },
      async octokit => {
        await octokit.rest.issues.deleteComment({ ...client.repository, comment_id: id });
      }
    )
  );
}

/** `undefined` when what it is about is gone. */
export async function unlessGone<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (thrown) {
    if (thrown instanceof ProviderError && thrown.kind === 'not-found') return undefined;
    throw thrown;
  }
}

/** GitHub's editor changes line ends and trims the end; such a difference alone sends nothing. */
export function isSameText(a: string, b: string): boolean {
  return plain(a) === plain(b);
}

export function plain(text: string): string {
  return text.replaceAll('\r\n', '\n').trimEnd();
}
