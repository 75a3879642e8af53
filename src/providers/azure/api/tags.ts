import { ownership, type Ownership, type Target } from '../../../engine/ownership.ts';
import type { Field, Work } from '../../../engine/resource.ts';
import type { Value } from '../../../engine/value.ts';
import { isOurs, markOf, markTags, PREFIX, tagsDropped, tagsIn, type Tags } from '../../mark-tags.ts';

/** On a restored server until its master password was set: a restore brings the old one along. */
export const PASSWORD = `${PREFIX}password`;

/** The user's tags, on everything that has tags. */
export const TAG_FIELD: Field = { api: 'tags', input: 'tags', impact: 'online' };

/** The most characters of a key and of a value. https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources */
export const MOST_KEY_CHARACTERS = 512;
export const MOST_VALUE_CHARACTERS = 256;
/** Azure allows 50 tags on a thing; up to ten of them are the mark. */
export const MOST_TAGS = 40;

export function ownershipOf(tags: Tags | undefined, target: Target): Ownership {
  return ownership(markOf(tags ?? {}), target);
}

/** Keys that a workflow can't set: Azure's own and ours. Azure does not tell them apart by case. */
export function isReserved(key: string): boolean {
  return isOurs(key.toLowerCase()) || /^(azure|microsoft|windows|hidden-)/i.test(key);
}

/** The user's own tags as fields of a resource. */
export function tagFields(tags: Tags | undefined): Readonly<Record<string, Value>> {
  return Object.fromEntries(
    Object.entries(tags ?? {})
      .filter(([key]) => !isReserved(key))
      .map(([key, value]) => [`tags.${key}`, value])
  );
}

/** Whether a step changes tags at all: the user's own, or the mark where something is taken over. */
export function changesTags(work: Work): boolean {
  return (
    work.observed?.ownership.kind === 'unmarked' || Object.keys(work.values).some(field => field.startsWith('tags.'))
  );
}

/** All tags of a thing after a step. Azure replaces the whole map, so what others put there is taken along. */
export function tagsAfter(live: Tags | undefined, work: Work): Tags {
  const dropped = tagsDropped(work.values);
  const kept = Object.fromEntries(Object.entries(live ?? {}).filter(([key]) => !dropped.includes(key)));
  const adopts = work.observed?.ownership.kind === 'unmarked';
  return { ...kept, ...tagsIn(work.values), ...(adopts ? markTags(work.mark) : {}) };
}

/** The tags of something new: the user's own and the mark. */
export function tagsOfNew(work: Work): Tags {
  return { ...tagsIn(work.values), ...markTags(work.mark) };
}
