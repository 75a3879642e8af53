import { ActionError, ProviderError } from '../errors.ts';
import { isGithubFailure } from './client-errors.ts';
import type { GithubClient } from './client.ts';
import { identityOf, isSameLogin } from './identity.ts';
import { carriesMarker, markerOf, type DatabaseKey } from './marker.ts';
import { COMMENT_LIMIT, firstFitting, type Rendering } from './rendering.ts';

export interface CommentRequest {
  readonly pullRequest: number;
  readonly database: DatabaseKey;
  /** From the full report to the shortest; the first that fits is sent. */
  readonly renderings: readonly Rendering[];
  /** False: nothing worth a new comment; one that is there is brought up to date all the same. */
  readonly createIfMissing: boolean;
}

export type CommentResult =
  | { readonly action: 'created' | 'updated' | 'unchanged'; readonly url: string; readonly id: number }
  /** There was none, and none was wanted. */
  | { readonly action: 'none' }
  /** A warning for the user, with the missing permission in its hint. Never a reason to fail the run. */
  | { readonly action: 'failed'; readonly error: ActionError };

/** A comment of ours. */
export interface Comment {
  readonly id: number;
  readonly url: string;
  /** With the marker line. */
  readonly body: string;
  /** In whole seconds. */
  readonly updatedAt: Date;
}

/** Turns of look and act, each ended by someone else's hand, before it is given up. */
const TURNS = 6;

/**
 * Brings the one comment of a database up to date, or makes it. Ours is what carries the exact marker in its first line and was written
 * by this token's identity; a foreign comment with our marker is left alone. Of several of ours (two jobs raced) the oldest stays and the
 * others are deleted. A comment deleted under our hands is made anew. An unchanged body sends nothing.
 * Throws only the signal's reason, when the run is cancelled.
 */
export async function putComment(client: GithubClient, request: CommentRequest): Promise<CommentResult> {
  const body = firstFitting(request.renderings, COMMENT_LIMIT, `${markerOf(request.database)}\n`);
  try {
    return await converge(client, request, body);
  } catch (thrown) {
    if (!isGithubFailure(thrown)) throw thrown;
    return { action: 'failed', error: thrown };
  }
}

/**
 * Changes the comment of a database, if there is one: `amend` gets the body after the marker line and gives the new one, from the full text
 * to the shortest. Never makes one. Throws only the signal's reason, when the run is cancelled.
 */
export async function amendComment(
  client: GithubClient,
  request: Pick<CommentRequest, 'pullRequest' | 'database'> & {
    readonly amend: (comment: Pick<Comment, 'body' | 'updatedAt'>) => readonly Rendering[];
  }
): Promise<CommentResult> {
  const marker = markerOf(request.database);
  try {
    const found = await findComment(client, request.pullRequest, request.database);
    if (found === undefined) return { action: 'none' };
    const { updatedAt } = found;
    const renderings = request.amend({ body: plain(found.body).slice(marker.length + 1), updatedAt });
    const body = firstFitting(renderings, COMMENT_LIMIT, `${marker}\n`);
    if (isSameText(found.body, body)) return { action: 'unchanged', url: found.url, id: found.id };
    const updated = await update(client, request.pullRequest, found.id, body);
    return updated === undefined ? { action: 'none' } : { action: 'updated', url: updated.url, id: updated.id };
  } catch (thrown) {
    if (!isGithubFailure(thrown)) throw thrown;
    return { action: 'failed', error: thrown };
  }
}

/** The comment of a database as it stands, if there is one. Throws `github-denied` or `github-failed`. */
export async function findComment(
  client: GithubClient,
  pullRequest: number,
  database: DatabaseKey
): Promise<Comment | undefined> {
  const [oldest] = await findOurs(client, pullRequest, markerOf(database));
  return oldest;
}

async function converge(client: GithubClient, request: CommentRequest, body: string): Promise<CommentResult> {
  const { pullRequest } = request;
  const marker = markerOf(request.database);
  const gone = new Set<number>();
  let created: Comment | undefined;

  for (let turn = 0; turn < TURNS; turn += 1) {
    const listed = (await findOurs(client, pullRequest, marker)).filter(comment => !gone.has(comment.id));
    const [oldest, ...younger] = withCreated(listed, created);
    if (oldest === undefined) {
      if (!request.createIfMissing) return { action: 'none' };
      created = await create(client, pullRequest, marker, body);
      continue;
    }
    for (const extra of younger) {
      await remove(client, pullRequest, extra.id);
      gone.add(extra.id);
    }
    if (isSameText(oldest.body, body)) {
      return { action: oldest.id === created?.id ? 'created' : 'unchanged', url: oldest.url, id: oldest.id };
    }
    const updated = await update(client, pullRequest, oldest.id, body);
    if (updated !== undefined) return { action: 'updated', url: updated.url, id: updated.id };
    gone.add(oldest.id);
    if (created !== undefined && gone.has(created.id)) created = undefined;
  }
  throw new ActionError(
    `Comment on pull request #${pullRequest}: it was deleted again and again while it was being written`,
    {
      code: 'github-failed',
      source: 'user',
      hint: 'Another workflow removes this comment: let it leave comments that begin with `<!-- pgkeep:` alone.'
    }
  );
}

/** A list can be older than our own create. */
function withCreated(listed: readonly Comment[], created: Comment | undefined): readonly Comment[] {
  if (created === undefined || listed.some(comment => comment.id === created.id)) return listed;
  return [...listed, created].sort((a, b) => a.id - b.id);
}

/** Comments that carry the marker and are ours, oldest first. Who we are is asked only when there is a candidate. */
async function findOurs(client: GithubClient, pullRequest: number, marker: string): Promise<readonly Comment[]> {
  const all = await client.list(
    { what: `Read the comments of pull request #${pullRequest}`, needs: 'pull-requests: write' },
    (octokit, page) => octokit.rest.issues.listComments({ ...client.repository, issue_number: pullRequest, ...page })
  );
  const marked = all.filter(comment => carriesMarker(comment.body ?? '', marker));
  if (marked.length === 0) return [];
  const identity = await client.identity();
  return marked
    .filter(comment => isSameLogin(comment.user?.login, identity))
    .map(comment => ({
      id: comment.id,
      url: comment.html_url,
      body: comment.body ?? '',
      updatedAt: new Date(comment.updated_at)
    }))
    .sort((a, b) => a.id - b.id);
}

async function create(client: GithubClient, pullRequest: number, marker: string, body: string): Promise<Comment> {
  return client.send(
    {
      what: `Comment on pull request #${pullRequest}`,
      needs: 'pull-requests: write',
      idempotent: false,
      recheck: async () => (await findOurs(client, pullRequest, marker))[0]
    },
    async octokit => {
      const answer = await octokit.rest.issues.createComment({ ...client.repository, issue_number: pullRequest, body });
      const { id, html_url: url, user } = answer.data;
      if (user !== null) client.learnIdentity(identityOf(user.login));
      const updatedAt = new Date(answer.data.updated_at);
      return { data: { id, url, body: answer.data.body ?? body, updatedAt }, headers: answer.headers };
    }
  );
}

/** `undefined` when the comment is gone. */
async function update(
  client: GithubClient,
  pullRequest: number,
  id: number,
  body: string
): Promise<Comment | undefined> {
  return unlessGone(() =>
    client.send(
      { what: `Update the comment on pull request #${pullRequest}`, needs: 'pull-requests: write', idempotent: true },
      async octokit => {
        const answer = await octokit.rest.issues.updateComment({ ...client.repository, comment_id: id, body });
        const { html_url: url, updated_at: updatedAt } = answer.data;
        return { data: { id, url, body, updatedAt: new Date(updatedAt) }, headers: answer.headers };
      }
    )
  );
}

async function remove(client: GithubClient, pullRequest: number, id: number): Promise<void> {
  await unlessGone(() =>
    client.send(
      {
        what: `Delete a second comment on pull request #${pullRequest}`,
        needs: 'pull-requests: write',
        idempotent: true
      },
      async octokit => {
        const { headers } = await octokit.rest.issues.deleteComment({ ...client.repository, comment_id: id });
        return { data: undefined, headers };
      }
    )
  );
}

async function unlessGone<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (thrown) {
    if (thrown instanceof ProviderError && thrown.kind === 'not-found') return undefined;
    throw thrown;
  }
}

/** GitHub's editor changes line ends and trims the end; such a difference is no reason to send. */
function isSameText(a: string, b: string): boolean {
  return plain(a) === plain(b);
}

function plain(text: string): string {
  return text.replaceAll('\r\n', '\n').trimEnd();
}
