import { hashOf } from '../engine/digest.ts';
import { mayRemove, tagHash } from '../engine/own-tags.ts';
import { markFor, type Mark, type Target } from '../engine/ownership.ts';
import type { Problem } from '../spec/problem.ts';

/** The tags of a live resource, and how many its cloud allows. */
interface TagLimit {
  /** The keys that are there, without those that the cloud does not count. */
  readonly live: readonly string[];
  readonly mark: Mark | undefined;
  /** The tags of the mark that an adoption adds. */
  readonly newMark: Readonly<Record<string, unknown>>;
  /** The keys that the workflow asks for, as the cloud spells them. */
  readonly asked: readonly string[];
  /** As the cloud tells keys apart. Default: as they are. */
  readonly plain?: (key: string) => string;
  /** Whether a key belongs to the mark. */
  readonly isOfMark: (key: string) => boolean;
  /** How many tags a resource has at most, and how many of them the mark may need. */
  readonly most: number;
  readonly ofMark: number;
}

/** The mark that an adoption writes, with its longest members: the first apply remembers the password as well. */
export function markOfAdoption(target: Target, asked: readonly string[]): Mark {
  return markFor(target, { applied: hashOf(''), ownTags: ['password', ...asked].map(tagHash) });
}

/** New tags, or the mark of an adoption, that exceed the limit together with the tags of others, which stay. */
export function tagLimitProblems(limit: TagLimit): readonly Problem[] {
  const { live, mark, newMark, asked, plain, isOfMark, most, ofMark } = limit;
  const has = (keys: readonly string[], key: string): boolean =>
    keys.some(one => (plain?.(one) ?? one) === (plain?.(key) ?? key));
  if (mark !== undefined && asked.every(key => has(live, key))) return [];
  const others = live.filter(key => !isOfMark(key) && !has(asked, key) && !mayRemove(`tags.${key}`, mark));
  const taken = mark === undefined ? Object.keys(newMark).length : ofMark;
  const left = most - taken - others.length;
  if (asked.length <= left) return [];
  if (asked.length === 0) {
    const why = `leave no room for the ownership mark, which takes ${taken} of ${most}`;
    const allowed = `at most ${most - taken}: take ${-left} off the server first`;
    return [{ input: 'tags', value: `${others.length} tags of others`, why, allowed }];
  }
  const why = `do not fit: of ${most} tags, ${others.length} are taken by others and ${taken} by this action`;
  const allowed = `at most ${Math.max(0, left)}, or fewer tags of others`;
  return [{ input: 'tags', value: `${asked.length} tags`, why, allowed }];
}
