import { tagsDropped, tagsIn } from '../../../mark-tags.ts';
import { isOurs, markLabels, markOf, type Labels } from '../../api/labels.ts';
import { isCurrentMark, isMarked, PASSWORD_VERSION, versionLabel } from '../../api/tags.ts';
import type { InstanceWork } from './fields.ts';

/** Labels that a step changes; `null` removes one. Labels of others are not named, and stay. */
export function labelsPatch(
  live: Labels | undefined,
  work: InstanceWork
): Readonly<Record<string, string | null>> | undefined {
  const isTakenOver = !isMarked(live ?? {}, work.mark) || markOf(live ?? {})?.unfinished === true;
  const dropped = Object.fromEntries(tagsDropped(work.values).map(key => [key, null]));
  const labels = {
    ...dropped,
    ...(isTakenOver || !isCurrentMark(live ?? {}, work.mark) ? markPatch(live, markLabels(work.mark)) : {}),
    ...(isTakenOver ? withoutVersion(live) : {}),
    ...tagsIn(work.values),
    ...versionLabel(work.values)
  };
  return Object.keys(labels).length === 0 ? undefined : labels;
}

/** A copy carries the password version of its source, but not that password. */
function withoutVersion(live: Labels | undefined): Readonly<Record<string, null>> {
  return live !== undefined && PASSWORD_VERSION in live ? { [PASSWORD_VERSION]: null } : {};
}

/** The changes that turn the live mark into `mark`; labels left over from a longer mark are removed. */
export function markPatch(live: Labels | undefined, mark: Labels): Readonly<Record<string, string | null>> {
  const old = Object.keys(live ?? {}).filter(key => isOurs(key) && key !== PASSWORD_VERSION && !(key in mark));
  const changed = Object.entries(mark).filter(([key, value]) => live?.[key] !== value);
  return { ...Object.fromEntries(old.map(key => [key, null])), ...Object.fromEntries(changed) };
}
