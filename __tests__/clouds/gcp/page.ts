import { invalid } from './fault.ts';
import { text, type Json } from './json.ts';

export interface Page {
  readonly items: readonly Json[];
  /** The token of the next one; `undefined`: this is the last. */
  readonly next: string | undefined;
}

/** The page that was asked for. `size` is the name of the parameter that says how long it may be. */
export function pageOf(all: readonly Json[], query: URLSearchParams, size: string, most: number): Page {
  const from = Number(text(query.get('pageToken')) || 0);
  if (Number.isNaN(from)) throw invalid('Invalid page token.');
  const to = from + Math.min(most, Number(query.get(size) ?? 0) || most);
  return { items: all.slice(from, to), next: to < all.length ? String(to) : undefined };
}
