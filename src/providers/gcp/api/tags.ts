import { isOfSameIdentity, isSameRepository, type Mark } from '../../../engine/ownership.ts';
import type { Field, Work } from '../../../engine/resource.ts';
import { sameValue, type Value } from '../../../engine/value.ts';
import { tagsDropped, tagsIn } from '../../mark-tags.ts';
import { isOurs, markLabels, markOf, type Labels } from './labels.ts';

/** The version of the master password that was set last: Cloud SQL never shows a password. */
export const PASSWORD_VERSION = 'pgkeep-password-version';

/** On the secret of a role: another value for each password that is not asked for by `password_version`. */
export const SECRET_ID = 'pgkeep-secret-id';

/** The tags of the inputs, on every resource that has labels. */
export const TAG_FIELD: Field = { api: 'userLabels', input: 'tags', impact: 'online' };

/** Labels other than ours, as fields of a resource. */
export function tagFields(labels: Labels | undefined): Readonly<Record<string, Value>> {
  return Object.fromEntries(
    Object.entries(labels ?? {})
      .filter(([key]) => !isOurs(key))
      .map(([key, value]) => [`tags.${key}`, value])
  );
}

/**
 * All labels of a resource after a step, labels of others included; `undefined` when nothing changes. An adopted
 * resource, and a copy with the mark of its source, gets the mark of this database.
 */
export function labelsAfter(live: Labels, work: Work): Labels | undefined {
  const dropped = tagsDropped(work.values);
  const isOwn = isMarked(live, work.mark);
  const kept = Object.entries(live).filter(([key]) => !dropped.includes(key) && (isOwn || !isOurs(key)));
  const mark = isCurrentMark(live, work.mark) ? {} : markLabels(work.mark);
  const after = { ...Object.fromEntries(kept), ...tagsIn(work.values), ...mark };
  return sameValue(after, live) ? undefined : after;
}

/** The labels of a new resource: tags and the mark. */
export function labelsOfNew(work: Pick<Work, 'values' | 'mark'>): Labels {
  return { ...tagsIn(work.values), ...versionLabel(work.values), ...markLabels(work.mark) };
}

/** The version of the master password among the values of a step, as a label. */
export function versionLabel({ master_password_version: version }: Readonly<Record<string, Value>>): Labels {
  return typeof version === 'string' ? { [PASSWORD_VERSION]: version } : {};
}

/** Whether labels hold the mark of that database, with the repository's name and id of now. */
export function isCurrentMark(labels: Labels, expected: Mark): boolean {
  const mark = markOf(labels);
  return mark !== undefined && isMarked(labels, expected) && isOfSameIdentity(mark, expected);
}

/** Whether labels hold the mark of that database. */
export function isMarked(labels: Labels, expected: Mark): boolean {
  const mark = markOf(labels);
  return (
    mark !== undefined &&
    mark.name === expected.name &&
    mark.environment === expected.environment &&
    isSameRepository(mark, expected) &&
    mark.pullRequest === expected.pullRequest
  );
}
