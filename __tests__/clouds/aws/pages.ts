import { AwsFault } from './fault.ts';

export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page begins; absent on the last one. */
  readonly next?: string;
}

/** One page of a list. Answers fewer items than asked for when its own page is smaller, as AWS may. */
export function page<T>(
  all: readonly T[],
  pageSize: number,
  limit: number | undefined,
  token: string | undefined
): Page<T> {
  const from = token === undefined ? 0 : position(token);
  const to = from + Math.min(pageSize, limit ?? pageSize);
  const items = all.slice(from, to);
  return to < all.length ? { items, next: Buffer.from(`item ${to}`).toString('base64url') } : { items };
}

function position(token: string): number {
  const match = /^item (\d+)$/.exec(Buffer.from(token, 'base64url').toString());
  if (match === null) throw new AwsFault('InvalidParameterValue', `Invalid marker: ${token}`);
  return Number(match[1]);
}
