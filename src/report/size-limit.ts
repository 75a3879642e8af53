/** The size limit of a text: characters as UTF-16 units, bytes as UTF-8. A missing bound is unlimited. */
export interface SizeLimit {
  readonly characters?: number;
  readonly bytes?: number;
}

/** Whether the text keeps both bounds. */
export function fits(text: string, { characters = Infinity, bytes = Infinity }: SizeLimit): boolean {
  return text.length <= characters && Buffer.byteLength(text, 'utf8') <= bytes;
}

/**
 * The first (largest) rendering that fits; `undefined` when none does. Each gets the limit; those after the one that
 * fits are never built.
 */
export function largestFitting<R extends SizeLimit>(
  renderings: readonly ((limit: R) => string)[],
  limit: R
): string | undefined {
  for (const render of renderings) {
    const text = render(limit);
    if (fits(text, limit)) return text;
  }
  return undefined;
}
