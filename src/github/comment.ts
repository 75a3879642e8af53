import { defined } from '../engine/defined.ts';
import { ActionError } from '../errors.ts';
import { isGithubFailure } from './client-errors.ts';
import type { GithubClient } from './client.ts';
import { amendSection } from './group-comment.ts';
import { isSameLogin } from './identity.ts';
import { carriesMarker, markerOf, type DatabaseKey } from './marker.ts';
import {
  create,
  findMarked,
  isSameText,
  oursOf,
  plain,
  remove,
  unlessGone,
  update,
  type Comment,
  type CommentResult,
  type Marked
} from './own-comments.ts';
import { fits } from '../report/size-limit.ts';
import { COMMENT_LIMIT, firstFitting, type Rendering } from './rendering.ts';

export type { Comment, CommentResult } from './own-comments.ts';

export interface CommentRequest {
  readonly pullRequest: number;
  readonly database: DatabaseKey;
  /** From the full report to the shortest; the first that fits is sent. */
  readonly renderings: readonly Rendering[];
  /**
   * `update` keeps one comment. `new` adds one for each run; `hide-previous` does, and folds the earlier ones away as
   * outdated. Default: `update`.
   */
  readonly mode?: 'update' | 'new' | 'hide-previous';
  /** False: not worth a new comment; an existing one is still updated. */
  readonly createIfMissing: boolean;
}

/** Maximum attempts when another writer keeps changing the comment. */
const TURNS = 6;

/**
 * Updates the one comment of a database, or creates it. Ours has the exact marker in its first line and was written by
 * this token's identity; a foreign comment with our marker is left alone. Of several of ours (two jobs raced) the
 * oldest stays and the others are deleted. A comment that is deleted meanwhile is created again. An unchanged body
 * sends nothing. Throws only the signal's reason, when the run is cancelled.
 */
export async function putComment(client: GithubClient, request: CommentRequest): Promise<CommentResult> {
  const marker = markerOf(request.database);
  try {
    if ((request.mode ?? 'update') !== 'update') return await add(client, request, marker);
    return await converge(client, request, firstFitting(request.renderings, COMMENT_LIMIT, `${marker}\n`));
  } catch (thrown) {
    if (!isGithubFailure(thrown)) throw thrown;
    return { action: 'failed', error: thrown };
  }
}

/**
 * Changes the comment of a database, if it exists: `amend` gets the body after the marker line and returns the new one,
 * from the full text to the shortest. Never creates one. Throws only the signal's reason, when the run is cancelled.
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
    if (found === undefined) return await amendSection(client, request);
    const { updatedAt } = found;
    const renderings = request.amend({ body: bodyOf(found), updatedAt });
    const body = firstFitting(renderings, COMMENT_LIMIT, isEntry(found) ? `${marker}\n${ENTRY}\n` : `${marker}\n`);
    if (isSameText(found.body, body)) return { action: 'unchanged', ...written(found) };
    const updated = await update(client, request.pullRequest, found.id, body);
    return updated === undefined ? { action: 'none' } : { action: 'updated', ...written(updated) };
  } catch (thrown) {
    if (!isGithubFailure(thrown)) throw thrown;
    return { action: 'failed', error: thrown };
  }
}

/**
 * The comment of a database as it stands, the newest where each run adds one. Throws `github-denied` or
 * `github-failed`.
 */
export async function findComment(
  client: GithubClient,
  pullRequest: number,
  database: DatabaseKey
): Promise<Comment | undefined> {
  const found = await findOurs(client, pullRequest, markerOf(database));
  return found.findLast(isEntry) ?? found[0];
}

/** The second line of a comment that stays as it is when the next run adds its own. */
const ENTRY = '<!-- pgkeep:entry -->';

function isEntry({ body }: Pick<Comment, 'body'>): boolean {
  return plain(body).split('\n', 2)[1] === ENTRY;
}

/** Adds a comment; if an earlier try added it after all, that one is used. */
async function add(client: GithubClient, request: CommentRequest, marker: string): Promise<CommentResult> {
  const { pullRequest, mode, createIfMissing } = request;
  const body = firstFitting(request.renderings, COMMENT_LIMIT, `${marker}\n${ENTRY}\n`);
  const earlier = await findOurs(client, pullRequest, marker);
  if (earlier.length === 0 && !createIfMissing) return { action: 'none' };
  const last = earlier.at(-1);
  if (last !== undefined && isSameText(last.body, body)) return { action: 'unchanged', ...written(last) };
  const made = await create(client, pullRequest, body, async () =>
    (await findOurs(client, pullRequest, marker)).find(comment => isSameText(comment.body, body))
  );
  const unhidden = mode === 'hide-previous' ? await hideAll(client, pullRequest, earlier) : undefined;
  return defined({ action: 'created' as const, ...written(made), unhidden });
}

/** Of the last comments: the runs before have hidden the others, and GitHub takes few changes a minute. */
const MOST_HIDDEN = 10;

const HIDE =
  'mutation($id: ID!) { minimizeComment(input: { subjectId: $id, classifier: OUTDATED }) { clientMutationId } }';

/** The first failure. It does not undo the new comment. */
async function hideAll(
  client: GithubClient,
  pullRequest: number,
  earlier: readonly Comment[]
): Promise<ActionError | undefined> {
  try {
    for (const comment of earlier.slice(-MOST_HIDDEN)) await unlessGone(async () => hide(client, pullRequest, comment));
    return undefined;
  } catch (thrown) {
    if (!isGithubFailure(thrown)) throw thrown;
    return thrown;
  }
}

/** Folds a comment away as outdated, as people do by its menu. */
async function hide(client: GithubClient, pullRequest: number, { nodeId }: Comment): Promise<void> {
  await client.send(
    {
      what: `hide an earlier comment on pull request #${pullRequest}`,
      needs: 'pull-requests: write',
      idempotent: true
    },
    async octokit => {
      await octokit.graphql(HIDE, { id: nodeId });
    }
  );
}

async function converge(client: GithubClient, request: CommentRequest, ownBody: string): Promise<CommentResult> {
  const { pullRequest } = request;
  let marked: readonly Marked[] = [];
  const earlierApp = async (): Promise<string | undefined> => urlOfOtherApp(client, marked);
  const marker = markerOf(request.database);
  const gone = new Set<number>();
  let created: Comment | undefined;

  for (let turn = 0; turn < TURNS; turn += 1) {
    marked = await findMarked(client, pullRequest, body => carriesMarker(body, marker));
    const found = await oursOf(client, marked);
    const listed = found.filter(comment => !gone.has(comment.id) && !isEntry(comment));
    const [oldest, ...younger] = withCreated(listed, created);
    if (oldest === undefined) {
      if (!request.createIfMissing) return { action: 'none' };
      created = await create(client, pullRequest, withLink(ownBody, await earlierApp()), async () =>
        (await findOurs(client, pullRequest, marker)).find(one => !isEntry(one))
      );
      continue;
    }
    for (const extra of younger) {
      await remove(client, pullRequest, extra.id);
      gone.add(extra.id);
    }
    // Of a long discussion not every comment was read: the link that is there stays.
    const body = withLink(ownBody, (await earlierApp()) ?? linkIn(oldest.body));
    if (isSameText(oldest.body, body)) {
      return { action: oldest.id === created?.id ? 'created' : 'unchanged', ...written(oldest) };
    }
    const updated = await update(client, pullRequest, oldest.id, body);
    if (updated !== undefined) return { action: 'updated', ...written(updated) };
    gone.add(oldest.id);
    if (created !== undefined && gone.has(created.id)) created = undefined;
  }
  throw new ActionError(
    `Could not comment on pull request #${pullRequest}: the comment was deleted each time it was written`,
    {
      code: 'github-failed',
      source: 'user',
      hint: 'Let the other workflow that removes this comment leave comments that begin with `<!-- pgkeep:` alone.'
    }
  );
}

/** A list can be older than our own create. */
function withCreated(listed: readonly Comment[], created: Comment | undefined): readonly Comment[] {
  if (created === undefined || listed.some(comment => comment.id === created.id)) return listed;
  return [...listed, created].sort((a, b) => a.id - b.id);
}

async function findOurs(client: GithubClient, pullRequest: number, marker: string): Promise<readonly Comment[]> {
  return oursOf(client, await findMarked(client, pullRequest, body => carriesMarker(body, marker)));
}

/**
 * The comment that another app keeps or kept for this database. A person's does not count: everyone can copy a marker.
 */
async function urlOfOtherApp(client: GithubClient, marked: readonly Marked[]): Promise<string | undefined> {
  const bots = marked.filter(({ isBot }) => isBot);
  if (bots.length === 0) return undefined;
  const identity = await client.identity();
  return bots.findLast(({ login }) => !isSameLogin(login, identity))?.url;
}

function linkIn(body: string): string | undefined {
  return /<sub>\[An earlier comment\]\((\S+)\) of another app is no longer updated\.<\/sub>\s*$/.exec(body)?.[1];
}

/** A comment of another app can't be trusted, so it is not reused; each links to the other. */
function withLink(body: string, url: string | undefined): string {
  if (url === undefined) return body;
  const linked = `${body.trimEnd()}\n\n<sub>[An earlier comment](${url}) of another app is no longer updated.</sub>\n`;
  return fits(linked, COMMENT_LIMIT) ? linked : body;
}

function written(comment: Comment): Pick<Comment, 'url' | 'id' | 'body'> {
  return { url: comment.url, id: comment.id, body: bodyOf(comment) };
}

/** The body below our own lines. */
function bodyOf(comment: Pick<Comment, 'body'>): string {
  return plain(comment.body)
    .split('\n')
    .slice(isEntry(comment) ? 2 : 1)
    .join('\n');
}
