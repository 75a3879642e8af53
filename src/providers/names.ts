import { createHash } from 'node:crypto';

/** `20261122T103000Z`: a moment as every cloud allows it in names of snapshots. */
export function timestamp(date: Date): string {
  return date.toISOString().replaceAll(/[-:TZ]|\.\d+/g, '');
}

/**
 * `name` in at most `length` characters; the cut part is replaced by a hash of the whole, so that two long names stay
 * different.
 */
export function fit(name: string, length: number): string {
  if (name.length <= length) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${name.slice(0, length - 9).replace(/-+$/, '')}-${hash}`;
}
