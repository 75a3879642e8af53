import { AwsFault } from './fault.ts';

/** A tag, as most services spell it. */
export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

/** The tags of one thing; a change is seen only after some reads. */
export interface Tagged {
  tags: readonly Tag[];
  /** What is still shown, and for how many reads. */
  old: readonly Tag[];
  staleReads: number;
}

interface GivenTag {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

const TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

export function tagged(given: readonly GivenTag[] = []): Tagged {
  return { tags: checked(given), old: [], staleReads: 0 };
}

/** Counts as a read. */
export function readTags(of: Tagged): Tag[] {
  if (of.staleReads === 0) return [...of.tags];
  of.staleReads -= 1;
  return [...of.old];
}

export function addTags(of: Tagged, given: readonly GivenTag[], staleReads: number): void {
  const added = checked(given);
  const kept = of.tags.filter(tag => !added.some(one => one.Key === tag.Key));
  replace(of, [...kept, ...added], staleReads);
}

export function removeTags(of: Tagged, keys: readonly string[], staleReads: number): void {
  replace(
    of,
    of.tags.filter(tag => !keys.includes(tag.Key)),
    staleReads
  );
}

function replace(of: Tagged, tags: readonly Tag[], staleReads: number): void {
  if (tags.length > 50) throw new AwsFault('InvalidParameterValue', 'No more than 50 tags are allowed');
  of.old = of.tags;
  of.staleReads = staleReads;
  of.tags = tags;
}

function checked(given: readonly GivenTag[]): readonly Tag[] {
  const keys = new Set<string>();
  return given.map(tag => {
    const key = tag.Key ?? '';
    const value = tag.Value ?? '';
    if (key === '' || key.length > 128 || /^(aws|rds):/i.test(key) || !TEXT.test(key)) {
      throw new AwsFault('InvalidParameterValue', `Tag key ${key} is invalid`);
    }
    if (value.length > 256 || !TEXT.test(value)) {
      throw new AwsFault('InvalidParameterValue', `Tag value ${value} of ${key} is invalid`);
    }
    if (keys.has(key)) throw new AwsFault('InvalidParameterValue', `Duplicate tag key ${key}`);
    keys.add(key);
    return { Key: key, Value: value };
  });
}
