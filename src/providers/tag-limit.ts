import { mayRemove } from '../engine/own-tags.ts';
import type { Mark } from '../engine/ownership.ts';
import type { Problem } from '../spec/problem.ts';

/** The tags of a live resource, and how many its cloud allows. */
interface TagLimit {
  /** The keys that are there, without those that the cloud does not count. */
  readonly live: readonly string[];
  readonly mark: Mark | undefined;
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

/** New tags that exceed the limit together with those of others, which stay. */
export function tagLimitProblems({ live, mark, asked, plain, isOfMark, most, ofMark }: TagLimit): readonly Problem[] {
  const has = (keys: readonly string[], key: string): boolean =>
    keys.some(one => (plain?.(one) ?? one) === (plain?.(key) ?? key));
  if (asked.every(key => has(live, key))) return [];
  const others = live.filter(key => !isOfMark(key) && !has(asked, key) && !mayRemove(`tags.${key}`, mark));
  const left = most - ofMark - others.length;
  if (asked.length <= left) return [];
  const why = `do not fit: of ${most} tags, ${others.length} are taken by others and ${ofMark} by this action`;
  const allowed = `at most ${Math.max(0, left)}, or fewer tags of others`;
  return [{ input: 'tags', value: `${asked.length} tags`, why, allowed }];
}
