import { ownership, replicaOwnership, type Ownership, type Target } from '../../../engine/ownership.ts';
import type { Desired, Field, Observed, Work } from '../../../engine/resource.ts';
import type { Value } from '../../../engine/value.ts';
import { isOurs, markOf, markTags, tagsDropped, tagsIn, type Tags } from '../../mark-tags.ts';

/** The user's tags, on everything that has tags. */
export const TAG_FIELD = { api: 'tags', input: 'tags', impact: 'online' } as const satisfies Field;

/**
 * The most characters of a key and of a value.
 * https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources
 */
export const MOST_KEY_CHARACTERS = 512;
export const MOST_VALUE_CHARACTERS = 256;
/** Azure allows 50 tags on a resource; up to twelve of them are the mark. */
export const TAG_LIMIT = { most: 50, ofMark: 12 } as const;
export const MOST_TAGS = TAG_LIMIT.most - TAG_LIMIT.ofMark;

export function ownershipOf(tags: Tags | undefined, target: Target): Ownership {
  return ownership(markOf(tags ?? {}), target);
}

/** The owner of a server that follows another one: with the mark of its own time as the server before, too. */
export function replicaOwner(tags: Tags | undefined, name: string, target: Target): Ownership {
  return replicaOwnership(ownershipOf(tags, target), name, true, target);
}

/** Keys that a workflow can't set: Azure's own and ours, in any case. */
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

/**
 * The tags of a resource as it spells their keys: Azure tells them apart without regard to case, and keeps the case of
 * the first. https://github.com/hashicorp/terraform-provider-azurerm/issues/14841
 */
export function asSpelled(desired: Desired, observed: Observed | undefined): Desired {
  const live = new Map(Object.keys(observed?.fields ?? {}).map(field => [field.toLowerCase(), field]));
  const fields = Object.entries(desired.fields).map(([field, wanted]) => [
    field.startsWith('tags.') ? (live.get(field.toLowerCase()) ?? field) : field,
    wanted
  ]);
  return { ...desired, fields: Object.fromEntries(fields) };
}

/** Whether a step changes tags: the user's own, or the mark of an adopted resource. */
export function changesTags(work: Pick<Work, 'observed' | 'values'>): boolean {
  return (
    work.observed?.ownership.kind === 'unmarked' || Object.keys(work.values).some(field => field.startsWith('tags.'))
  );
}

/** All tags of a resource after a step. Azure replaces the whole map, so tags of others are sent along. */
export function tagsAfter(live: Tags | undefined, work: Pick<Work, 'observed' | 'values' | 'mark'>): Tags {
  const dropped = tagsDropped(work.values);
  const kept = Object.fromEntries(Object.entries(live ?? {}).filter(([key]) => !dropped.includes(key)));
  const adopts = work.observed?.ownership.kind === 'unmarked';
  return { ...kept, ...tagsIn(work.values), ...(adopts ? markTags(work.mark) : {}) };
}

/** The tags of a new resource: the user's own and the mark. */
export function tagsOfNew(work: Pick<Work, 'values' | 'mark'>): Tags {
  return { ...tagsIn(work.values), ...markTags(work.mark) };
}
