import type { Work } from '../../../../engine/resource.ts';
import { textsOf } from '../../../../engine/value.ts';
import { addTags, dropTags } from '../../api/tagging.ts';
import { markTags, protectionTags, tagOf } from '../../api/tags.ts';
import type { DigitalOceanContext } from '../../context.ts';
import type { ServerFields } from './fields.ts';

/**
 * Changes the tags of a live cluster: the user's, those of the deletion protection, and the mark of what is adopted.
 */
export async function retag(context: DigitalOceanContext, work: Work<ServerFields>, id: string): Promise<void> {
  const drop: string[] = [];
  const put: string[] = work.observed?.ownership.kind === 'unmarked' ? [...markTags(work.mark)] : [];
  for (const { field, from } of work.changes) {
    const value = work.values[field];
    if (field === 'deletion_protection') (value === true ? put : drop).push(...protectionTags(true));
    if (!field.startsWith('tags.')) continue;
    const key = field.slice('tags.'.length);
    if (typeof from === 'string') drop.push(tagOf(key, from));
    if (typeof value === 'string') put.push(tagOf(key, value));
  }
  await addTags(context, id, put);
  await dropTags(context, id, spelledAs(textsOf(work.observed?.facts['tags']), drop));
}

/** Tags in the capitals that they were first created with. */
function spelledAs(live: readonly string[], tags: readonly string[]): readonly string[] {
  return tags.map(tag => live.find(one => one.toLowerCase() === tag) ?? tag);
}
