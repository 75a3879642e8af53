/** How much text fits: characters as UTF-16 units, bytes as UTF-8. A missing bound is no bound. */
export interface Room {
  readonly characters?: number;
  readonly bytes?: number;
}

/** Whether the text keeps both bounds. */
export function fits(text: string, { characters = Infinity, bytes = Infinity }: Room): boolean {
  return text.length <= characters && Buffer.byteLength(text, 'utf8') <= bytes;
}

/** The first (largest) rendering that fits; `undefined` when none does. Each is told the room; those after the one that fits are never made. */
export function largestFitting<R extends Room>(
  renderings: readonly ((room: R) => string)[],
  room: R
): string | undefined {
  for (const render of renderings) {
    const text = render(room);
    if (fits(text, room)) return text;
  }
  return undefined;
}
