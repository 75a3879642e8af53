import type { Field, Work } from '../../../engine/resource.ts';
import { markTags, tagsDropped, tagsIn, toList, type Tags } from './tags.ts';
import type { AwsContext } from '../context.ts';

/** The user's tags, on everything that has tags. */
export const TAG_FIELD: Field = { api: 'Tags', input: 'tags', impact: 'online' };

export interface TagChange {
  readonly put: Tags;
  readonly drop: readonly string[];
}

/** What a step changes in the tags: the user's own, and the mark where something is taken over. */
export function tagChange(work: Work): TagChange {
  const adopts = work.observed?.ownership.kind === 'unmarked';
  return {
    put: { ...tagsIn(work.values), ...(adopts ? markTags(work.mark) : {}) },
    drop: tagsDropped(work.values)
  };
}

/** Tags a resource of RDS as the step says. Both calls may be repeated. */
export async function tagRds(context: AwsContext, work: Work, arn: string, region?: string): Promise<void> {
  const { put, drop } = tagChange(work);
  const where = region === undefined ? {} : { region };
  if (Object.keys(put).length > 0) {
    await context.call('rds', 'AddTagsToResource', { ResourceName: arn, Tags: toList(put) }, where);
  }
  if (drop.length > 0) {
    await context.call('rds', 'RemoveTagsFromResource', { ResourceName: arn, TagKeys: [...drop] }, where);
  }
}
