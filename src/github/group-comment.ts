import { ActionError } from '../errors.ts';
import { isGithubFailure } from './client-errors.ts';
import type { GithubClient } from './client.ts';
import { groupMarker, isGroup, markerOf, readMarker, type DatabaseKey } from './marker.ts';
import {
  create,
  findMarked,
  isSameText,
  oursOf,
  plain,
  remove,
  update,
  type Comment,
  type CommentResult
} from './own-comments.ts';
import { COMMENT_LIMIT, firstFitting, type BodyLimit, type Rendering } from './rendering.ts';

/** One database's section in a comment that the jobs of a matrix share. */
export interface SectionRequest {
  readonly pullRequest: number;
  /** The name that all jobs give. */
  readonly group: string;
  readonly database: DatabaseKey;
  /** From the full report to the shortest. Each section takes at most half of the room that is left. */
  readonly renderings: readonly Rendering[];
  /** The commit that was planned: sections of other commits are removed. Absent: they stay. */
  readonly head?: string;
  /** Markdown around all sections. */
  readonly before?: string;
  readonly after?: string;
  /** False: no comment is created for this section alone; where there is one, the section is still written. */
  readonly createIfMissing: boolean;
}

interface Section {
  /** The line that names the database. */
  readonly marker: string;
  /** The commit that was planned; empty when unknown. */
  readonly head: string;
  readonly body: string;
}

/** Maximum attempts when other jobs keep writing. */
const TURNS = 10;
/** Longer than another job takes from its read to its write, in seconds: what it overwrites is then noticed. */
const SETTLE_SECONDS = 2;
const END = '<!-- pgkeep-end -->';

/**
 * Writes one section and leaves the others as they are. GitHub knows no conditional update of a comment, so a job that
 * read before another one wrote can undo that one's section: each reads again when writes have settled, and writes its
 * section again when it is gone. Throws only the signal's reason, when the run is cancelled.
 */
export async function putSection(client: GithubClient, request: SectionRequest): Promise<CommentResult> {
  try {
    return await converge(client, request);
  } catch (thrown) {
    if (!isGithubFailure(thrown)) throw thrown;
    return { action: 'failed', error: thrown };
  }
}

/**
 * As `amendComment`, for a section: of whichever group it is a part. Throws the client's failures.
 */
export async function amendSection(
  client: GithubClient,
  request: Pick<SectionRequest, 'pullRequest' | 'database'> & {
    readonly amend: (comment: Pick<Comment, 'body' | 'updatedAt'>) => readonly Rendering[];
  }
): Promise<CommentResult> {
  const marker = markerOf(request.database);
  const isWanted = (body: string): boolean => isGroup(body) && sectionsOf(body).some(one => one.marker === marker);
  const [found] = await oursOf(client, await findMarked(client, request.pullRequest, isWanted));
  const section = sectionsOf(found?.body ?? '').find(one => one.marker === marker);
  if (found === undefined || section === undefined) return { action: 'none' };
  const others = found.body.length - section.body.length;
  const amended = request.amend({ body: section.body, updatedAt: found.updatedAt });
  const body = firstFitting(amended, withCharacters(COMMENT_LIMIT.characters - others)).trimEnd();
  if (body === section.body) return { action: 'unchanged', url: found.url, id: found.id, body };
  const whole = plain(found.body).replace(textOf(section), () => textOf({ ...section, body }));
  const updated = await update(client, request.pullRequest, found.id, whole);
  return updated === undefined ? { action: 'none' } : { action: 'updated', url: updated.url, id: updated.id, body };
}

async function converge(client: GithubClient, request: SectionRequest): Promise<CommentResult> {
  const { pullRequest } = request;
  const first = `${groupMarker(request.group)}\n`;
  const find = async (): Promise<readonly Comment[]> =>
    oursOf(client, await findMarked(client, pullRequest, body => plain(body).startsWith(first)));
  const marker = markerOf(request.database);
  let action: 'created' | 'updated' | 'unchanged' = 'unchanged';
  let written: string | undefined;
  for (let turn = 0; turn < TURNS; turn += 1) {
    const [oldest, ...younger] = await find();
    if (oldest === undefined && !request.createIfMissing) return { action: 'none' };
    const all = [oldest, ...younger].flatMap(comment => sectionsOf(comment?.body ?? ''));
    const { whole, own } = withSection(all, request);
    const isThere = all.some(one => one.marker === marker && one.body === written);
    if (oldest !== undefined && younger.length === 0 && (isThere || isSameText(oldest.body, whole))) {
      return { action, url: oldest.url, id: oldest.id, body: written ?? own };
    }
    written = own;
    if (oldest === undefined) {
      await create(client, pullRequest, whole, async () => (await find())[0]);
      action = 'created';
    } else {
      if (!isSameText(oldest.body, whole)) await update(client, pullRequest, oldest.id, whole);
      for (const extra of younger) await remove(client, pullRequest, extra.id);
      if (action === 'unchanged') action = 'updated';
    }
    await client.pause(SETTLE_SECONDS);
  }
  throw new ActionError(
    `Could not keep a section in the comment of pull request #${pullRequest}: other jobs kept writing`,
    {
      code: 'github-failed',
      source: 'provider',
      hint: 'Run this job again.'
    }
  );
}

/** The whole comment with a request's section in it, in the order of the databases' names. */
function withSection(
  present: readonly Section[],
  { group, database, renderings, head = '', before = '', after = '' }: SectionRequest
): { readonly whole: string; readonly own: string } {
  const marker = markerOf(database);
  const others = new Map(
    present
      .filter(one => one.marker !== marker && (head === '' || one.head === head))
      .map(one => [one.marker, one] as const)
  );
  const frame = [groupMarker(group), before.trim(), END, after.trim()].join('\n\n');
  const taken = [...others.values()].reduce((sum, one) => sum + textOf(one).length + 2, frame.length);
  const left = withCharacters(Math.floor((COMMENT_LIMIT.characters - taken) / 2));
  const known = present.find(one => one.marker === marker);
  const own: Section = {
    marker,
    head: head === '' ? (known?.head ?? '') : head,
    body: firstFitting(renderings, left).trimEnd()
  };
  const sections = [...others.values(), own].sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
  const parts = [before.trim(), ...sections.map(textOf), END, after.trim()].filter(part => part !== '');
  return { whole: `${groupMarker(group)}\n${parts.join('\n\n')}\n`, own: own.body };
}

function orderOf({ marker }: Section): string {
  const { name = '', environment = '', provider = '', region = '' } = readMarker(marker) ?? {};
  return [name, environment, provider, region].join('\n');
}

function textOf({ marker, head, body }: Section): string {
  return `${marker}\n<!-- pgkeep-head:${head} -->\n${body}`;
}

/** The sections of a comment. Text of a plan can't pass for a marker: it holds no `<`. */
function sectionsOf(body: string): readonly Section[] {
  const lines = plain(body).split('\n');
  const end = lines.indexOf(END);
  const within = end === -1 ? lines : lines.slice(0, end);
  const starts = within.flatMap((line, at) => (at > 0 && readMarker(line) !== undefined ? [at] : []));
  return starts.map((start, index) => {
    const head = /^<!-- pgkeep-head:([0-9a-f]*) -->$/.exec(within[start + 1] ?? '')?.[1];
    const text = within.slice(start + (head === undefined ? 1 : 2), starts[index + 1]).join('\n');
    return { marker: within[start] ?? '', head: head ?? '', body: text.trimEnd() };
  });
}

/** So many characters never have as many bytes as a comment may have: at most three each. */
function withCharacters(characters: number): BodyLimit {
  return { ...COMMENT_LIMIT, characters };
}
