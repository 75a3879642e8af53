import type { Mark } from '../../../../engine/ownership.ts';
import type { Observed } from '../../../../engine/resource.ts';
import { textsOf } from '../../../../engine/value.ts';
import { SERVER } from '../../addresses.ts';
import { addTags, dropMarks } from '../../api/tagging.ts';
import { isOurTag, markTags, protectionTags } from '../../api/tags.ts';
import type { DigitalOceanContext } from '../../context.ts';

/** Writes the mark of a finished apply into the tags of the cluster, and takes the earlier one away. */
export async function writeMark(
  context: DigitalOceanContext,
  observed: readonly Observed[],
  mark: Mark
): Promise<void> {
  const { id, tags } = observed.find(one => one.address === SERVER)?.facts ?? {};
  if (typeof id !== 'string') return;
  const live = textsOf(tags);
  const wanted = markTags(mark);
  const keep = [...wanted, ...protectionTags(true)];
  const isThere = (tag: string): boolean => live.some(one => one.toLowerCase() === tag);
  const old = live.filter(tag => isOurTag(tag) && !keep.includes(tag.toLowerCase()));
  await addTags(
    context,
    id,
    wanted.filter(tag => !isThere(tag))
  );
  await dropMarks(context, id, old);
}

/** Takes the mark off the cluster. A replica keeps the tags of its creation: DigitalOcean can't change them. */
export async function removeMarks(context: DigitalOceanContext, observed: readonly Observed[]): Promise<void> {
  const { id, tags } = observed.find(one => one.address === SERVER)?.facts ?? {};
  if (typeof id !== 'string') return;
  const kept = protectionTags(true);
  await dropMarks(
    context,
    id,
    textsOf(tags).filter(tag => isOurTag(tag) && !kept.includes(tag.toLowerCase()))
  );
}
