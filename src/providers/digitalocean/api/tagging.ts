import { ProviderError } from '../../../errors.ts';
import { orUndefined, isFailure, ignoring } from '../../failures.ts';
import { withScope } from './scopes.ts';
import type { Execution } from '../../../engine/execution.ts';
import type { DigitalOcean } from './client.ts';

interface ApiAccess {
  readonly api: DigitalOcean;
}

interface Access extends ApiAccess {
  readonly execution: Execution;
}

/** Tags of this action. */
const OURS = /^pgkeep:/i;

interface Tag {
  readonly name: string;
  readonly resources?: { readonly count?: number };
}

/**
 * Throws `permission-denied` when the token may not read tags. DigitalOcean then leaves them out of its answers, and
 * every cluster looks unmarked.
 */
export async function requireTags({ api }: ApiAccess): Promise<void> {
  const failure = 'Could not read the owner of the cluster: the token may not read tags, which hold the mark';
  await withScope('tag:read', failure, api.rest('GET', '/tags?per_page=1'));
}

/** How often a tag is created again that another run deletes between the two calls. */
const MOST_TRIES = 3;

/** More tags than this are looked up in one list first: those that exist need one call each, not two. */
const FEW = 3;

/** Adds tags to a cluster; tags that it has already stay. DigitalOcean has no call for several tags of one resource. */
export async function addTags({ api }: ApiAccess, id: string, tags: readonly string[]): Promise<void> {
  const all = tags.length > FEW ? await allTags({ api }) : [];
  const spelled = new Map(all.map(({ name }) => [name.toLowerCase(), name]));
  for (const tag of tags) {
    const known = spelled.get(tag.toLowerCase());
    if (known !== undefined && (await assigned({ api }, id, known))) continue;
    await createAndAssign({ api }, id, tag);
  }
}

/** Whether a tag that exists is on the cluster now. False where another run has deleted it. */
async function assigned({ api }: ApiAccess, id: string, tag: string): Promise<boolean> {
  try {
    await api.rest('POST', `${tagPath(tag)}/resources`, resources(id));
    return true;
  } catch (thrown) {
    if (!isFailure(thrown, 'not-found')) throw thrown;
    return false;
  }
}

async function createAndAssign({ api }: ApiAccess, id: string, tag: string): Promise<void> {
  for (let tried = 1; ; tried += 1) {
    const created = await ignoring(['already-exists'], api.rest<{ tag?: Tag }>('POST', '/tags', { name: tag }));
    if (await assigned({ api }, id, created?.tag?.name ?? tag)) return;
    // A tag is found only in the capitals that it was first created with.
    const known = (await allTags({ api })).find(({ name }) => name.toLowerCase() === tag.toLowerCase());
    if (known !== undefined && known.name !== tag && (await assigned({ api }, id, known.name))) return;
    if (tried >= MOST_TRIES) {
      throw new ProviderError(`Could not add the tag ${tag}: the tag or the cluster is deleted at the same time`, {
        kind: 'failed',
        hint: 'Run the workflow again when no other run of this team deletes databases: its plan shows what is there.'
      });
    }
  }
}

/** Removes tags from a cluster. The tags themselves stay: other resources may have them. */
export async function dropTags({ api }: ApiAccess, id: string, tags: readonly string[]): Promise<void> {
  for (const tag of tags) {
    await ignoring(['not-found'], api.rest('DELETE', `${tagPath(tag)}/resources`, resources(id)));
  }
}

/**
 * Removes marks from a cluster. One that no other resource has is deleted instead, in one call: nothing is left when
 * the run is killed.
 */
export async function dropMarks(access: Access, id: string, tags: readonly string[]): Promise<void> {
  for (const tag of tags) {
    if (!(await deletedWhereFew(access, tag, 1))) await dropTags(access, id, [tag]);
  }
}

/**
 * Deletes tags of this action that no resource has any more: a tag outlives what it was on. Only tags of a cluster that
 * is gone are given: a tag that another run has just created is not among them.
 */
export async function deleteUnused(access: Access, tags: readonly string[]): Promise<void> {
  for (const tag of tags) await deletedWhereFew(access, tag, 0);
}

/**
 * Whether a tag of this action, on at most so many resources, was deleted. A token that may not delete tags is not a
 * failure.
 */
async function deletedWhereFew({ api, execution }: Access, tag: string, most: number): Promise<boolean> {
  if (!OURS.test(tag)) return false;
  try {
    const found = await orUndefined(api.rest<{ tag?: Tag }>('GET', tagPath(tag)));
    if ((found?.tag?.resources?.count ?? Infinity) > most) return false;
    await orUndefined(api.rest('DELETE', tagPath(tag)));
    return true;
  } catch (thrown) {
    if (!(thrown instanceof ProviderError)) throw thrown;
    execution.log.debug(`Could not delete the unused tag ${tag}: ${thrown.message}`);
    return false;
  }
}

async function allTags({ api }: ApiAccess): Promise<readonly Tag[]> {
  return api.pages<Tag>('/tags?per_page=200', 'tags');
}

const tagPath = (tag: string): string => `/tags/${encodeURIComponent(tag)}`;

function resources(id: string): unknown {
  return { resources: [{ resource_id: id, resource_type: 'database' }] };
}
