import { ProviderError } from '../../../errors.ts';
import { orUndefined, isFailure, ignoring } from '../../failures.ts';
import { withScope } from './scopes.ts';
import type { Execution } from '../../../engine/execution.ts';
import type { DigitalOcean } from './client.ts';

interface ApiAccess {
  readonly api: DigitalOcean;
}

interface Tag {
  readonly name: string;
  readonly resources?: { readonly count?: number };
}

/**
 * Throws `permission-denied` when the token may not read tags. DigitalOcean then leaves them out of its answers, and every cluster looks
 * unmarked.
 */
export async function requireTags({ api }: ApiAccess): Promise<void> {
  const failure = 'Could not read who owns the cluster: the token may not read tags, which hold the mark';
  await withScope('tag:read', failure, api.rest('GET', '/tags?per_page=1'));
}

/** Adds tags to a cluster; tags that it has already stay. */
export async function addTags({ api }: ApiAccess, id: string, tags: readonly string[]): Promise<void> {
  for (const tag of tags) {
    const created = await ignoring(['already-exists'], api.rest<{ tag?: Tag }>('POST', '/tags', { name: tag }));
    const put = async (name: string): Promise<unknown> => api.rest('POST', `${tagPath(name)}/resources`, resources(id));
    try {
      await put(created?.tag?.name ?? tag);
    } catch (thrown) {
      // A tag is found only in the capitals that it was first created with.
      if (!isFailure(thrown, 'not-found')) throw thrown;
      const known = (await allTags({ api })).find(({ name }) => name.toLowerCase() === tag.toLowerCase());
      if (known === undefined) throw thrown;
      await put(known.name);
    }
  }
}

/** Removes tags from a cluster. The tags themselves stay: other resources may have them. */
export async function dropTags({ api }: ApiAccess, id: string, tags: readonly string[]): Promise<void> {
  for (const tag of tags) {
    await ignoring(['not-found'], api.rest('DELETE', `${tagPath(tag)}/resources`, resources(id)));
  }
}

/** Tags of one run or one database, which no later cluster will have. */
const PASSING = /^pgkeep:(run|applied|expires-at):/i;

/**
 * Deletes marks of earlier applies that no resource has any more: tags outlive what they were on, and each apply would add some.
 * `leaving` is a cluster that is about to be deleted: they are removed from it first. A token that may not delete tags is not a failure.
 */
export async function tidyTags(
  { api, execution }: ApiAccess & { readonly execution: Execution },
  leaving?: { readonly id: string; readonly tags: readonly string[] }
): Promise<void> {
  try {
    if (leaving !== undefined) {
      const passing = leaving.tags.filter(tag => PASSING.test(tag));
      await dropTags({ api }, leaving.id, passing);
    }
    for (const { name, resources: used } of await allTags({ api })) {
      if (PASSING.test(name) && used?.count === 0) await orUndefined(api.rest('DELETE', tagPath(name)));
    }
  } catch (thrown) {
    if (!(thrown instanceof ProviderError)) throw thrown;
    execution.log.debug(`Could not delete tags of earlier applies: ${thrown.message}`);
  }
}

async function allTags({ api }: ApiAccess): Promise<readonly Tag[]> {
  return api.pages<Tag>('/tags?per_page=200', 'tags');
}

const tagPath = (tag: string): string => `/tags/${encodeURIComponent(tag)}`;

function resources(id: string): unknown {
  return { resources: [{ resource_id: id, resource_type: 'database' }] };
}
