import type { Mark } from '../../../engine/ownership.ts';
import type { Field, Work } from '../../../engine/resource.ts';
import { sameValue, type Value } from '../../../engine/value.ts';
import { tagsDropped, tagsIn } from '../../mark-tags.ts';
import { isOurs, markLabels, markOf, type Labels } from './labels.ts';

/** On a restored instance until everything about it is as the workflow says: a restore brings the old password along. */
export const UNFINISHED = 'pgkeep-unfinished';

/** Which version of the master password was set last: Cloud SQL itself shows no password. */
export const PASSWORD_VERSION = 'pgkeep-password-version';

/** The user's tags, on everything that has labels. */
export const TAG_FIELD: Field = { api: 'userLabels', input: 'tags', impact: 'online' };

/** The user's own labels as fields of a resource. */
export function tagFields(labels: Labels | undefined): Readonly<Record<string, Value>> {
  return Object.fromEntries(
    Object.entries(labels ?? {})
      .filter(([key]) => !isOurs(key))
      .map(([key, value]) => [`tags.${key}`, value])
  );
}

/**
 * All labels of a thing after a step, those that others put there among them; `undefined` when that changes nothing. What is taken over, and a
 * copy that has the mark of its source, gets the mark of this database in place of another.
 */
export function labelsAfter(live: Labels, work: Work): Labels | undefined {
  const dropped = tagsDropped(work.values);
  const isOwn = isMarked(live, work.mark);
  const kept = Object.entries(live).filter(([key]) => !dropped.includes(key) && (isOwn || !isOurs(key)));
  const after = { ...Object.fromEntries(kept), ...tagsIn(work.values), ...(isOwn ? {} : markLabels(work.mark)) };
  return sameValue(after, live) ? undefined : after;
}

/** The labels of something new: the user's own and the mark. */
export function labelsOfNew(work: Work): Labels {
  return { ...tagsIn(work.values), ...versionLabel(work.values), ...markLabels(work.mark) };
}

/** The version of the master password among the values a step leads to, as a label. */
export function versionLabel({ master_password_version: version }: Readonly<Record<string, Value>>): Labels {
  return typeof version === 'string' ? { [PASSWORD_VERSION]: version } : {};
}

/** Whether labels hold the mark of that database. */
export function isMarked(labels: Labels, { name, environment, repository, pullRequest }: Mark): boolean {
  const mark = markOf(labels);
  return (
    mark !== undefined &&
    mark.name === name &&
    mark.environment === environment &&
    mark.repository === repository.toLowerCase() &&
    mark.pullRequest === pullRequest
  );
}
