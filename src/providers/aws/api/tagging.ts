import { defined } from '../../../engine/defined.ts';
import type { Work } from '../../../engine/resource.ts';
import { markTags, tagsDropped, tagsIn, toList, type Tags } from './tags.ts';
import type { AwsContext } from '../context.ts';

/** The parts of a step that are tags. */
export type TaggedWork = Pick<Work, 'values' | 'observed' | 'mark'>;

/** Tags to write, and keys of tags to remove. */
export interface TagChange {
  readonly put: Tags;
  readonly drop: readonly string[];
}

/** The tags that a step changes: the user's own, and the mark on an adopted resource, with what goes with it. */
export function tagChange(work: TaggedWork, withMark: Tags = {}): TagChange {
  const adopts = work.observed?.ownership.kind === 'unmarked';
  return {
    put: { ...tagsIn(work.values), ...(adopts ? { ...markTags(work.mark), ...withMark } : {}) },
    drop: tagsDropped(work.values)
  };
}

/** Tags a resource of RDS as the step asks. Both calls may be repeated. */
export async function tagRds(
  context: AwsContext,
  work: TaggedWork,
  arn: string,
  { region, withMark }: { readonly region?: string | undefined; readonly withMark?: Tags } = {}
): Promise<void> {
  const { put, drop } = tagChange(work, withMark);
  const where = defined({ region });
  if (Object.keys(put).length > 0) {
    await context.call('rds', 'AddTagsToResource', { ResourceName: arn, Tags: toList(put) }, where);
  }
  if (drop.length > 0) {
    await context.call('rds', 'RemoveTagsFromResource', { ResourceName: arn, TagKeys: [...drop] }, where);
  }
}
