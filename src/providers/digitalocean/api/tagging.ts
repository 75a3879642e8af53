import { ProviderError } from '../../../errors.ts';
import { orUndefined, isFailure, ignoring } from '../../failures.ts';
import { withScope } from './scopes.ts';
import type { DigitalOceanContext } from '../context.ts';

type ApiAccess = Pick<DigitalOceanContext, 'api'>;

interface Tag {
  readonly name: string;
  readonly resources?: { readonly count?: number };
}

/**
 * Throws `permission-denied` when the token may not read tags. DigitalOcean then leaves them out of its answers, so that every mark looks as if
 * there were none.
 */
export async function requireTags({ api }: ApiAccess): Promise<void> {
  const without = 'Read whose a cluster is: the token may not see tags, which hold the mark';
  await withScope('tag:read', without, api.rest('GET', '/tags?per_page=1'));
}

/** Puts tags on a cluster; those that are there already stay. */
export async function addTags({ api }: ApiAccess, id: string, tags: readonly string[]): Promise<void> {
  for (const tag of tags) {
    const made = await ignoring(['already-exists'], api.rest<{ tag?: Tag }>('POST', '/tags', { name: tag }));
    const put = async (name: string): Promise<unknown> => api.rest('POST', `${pathOf(name)}/resources`, resources(id));
    try {
      await put(made?.tag?.name ?? tag);
    } catch (thrown) {
      // A tag is found only in the capitals that it was first made with.
      if (!isFailure(thrown, 'not-found')) throw thrown;
      const known = (await allTags({ api })).find(({ name }) => name.toLowerCase() === tag.toLowerCase());
      if (known === undefined) throw thrown;
      await put(known.name);
    }
  }
}

/** Takes tags off a cluster. The tags themselves stay: others may use them. */
export async function dropTags({ api }: ApiAccess, id: string, tags: readonly string[]): Promise<void> {
  for (const tag of tags) {
    await ignoring(['not-found'], api.rest('DELETE', `${pathOf(tag)}/resources`, resources(id)));
  }
}

/** Tags whose value no later cluster will have: each apply makes new ones. */
const PASSING = /^pgkeep:(run|applied|expires-at):/i;

/**
 * Deletes marks of earlier applies that nothing carries any more: a tag is a thing of its own on DigitalOcean, and a team would have more of
 * them with every apply. `leaving` is a cluster that is about to go: first they are taken off it. A token that may not is no failure.
 */
export async function tidyTags(
  { api, execution }: Pick<DigitalOceanContext, 'api' | 'execution'>,
  leaving?: { readonly id: string; readonly tags: readonly string[] }
): Promise<void> {
  try {
    if (leaving !== undefined) {
      const passing = leaving.tags.filter(tag => PASSING.test(tag));
      await dropTags({ api }, leaving.id, passing);
    }
    for (const { name, resources: used } of await allTags({ api })) {
      if (PASSING.test(name) && used?.count === 0) await orUndefined(api.rest('DELETE', pathOf(name)));
    }
  } catch (thrown) {
    if (!(thrown instanceof ProviderError)) throw thrown;
    execution.log.debug(`Tags of earlier applies stay: ${thrown.message}`);
  }
}

async function allTags({ api }: ApiAccess): Promise<readonly Tag[]> {
  return api.pages<Tag>('/tags?per_page=200', 'tags');
}

const pathOf = (tag: string): string => `/tags/${encodeURIComponent(tag)}`;

function resources(id: string): unknown {
  return { resources: [{ resource_id: id, resource_type: 'database' }] };
}
