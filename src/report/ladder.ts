/** How much fits: characters as UTF-16 units, bytes as UTF-8. A missing bound is no bound. */
export interface Room {
  readonly characters?: number;
  readonly bytes?: number;
}

/** The first (largest) rendering that fits; the last one when none does. Renderings after the one that fits are never made. */
export function firstThatFits(renderings: readonly (() => string)[], room: Room): string {
  let smallest = '';
  for (const render of renderings) {
    smallest = render();
    if (fits(smallest, room)) return smallest;
  }
  return smallest;
}

/** Whether the text keeps both bounds. */
export function fits(text: string, room: Room): boolean {
  return (
    text.length <= (room.characters ?? Number.POSITIVE_INFINITY) &&
    Buffer.byteLength(text, 'utf8') <= (room.bytes ?? Number.POSITIVE_INFINITY)
  );
}

/** How much a rendering says. Each rung of a ladder has one. */
export interface Depth {
  /** The changed fields below each resource. */
  readonly fields: boolean;
  /** The folded list of every field. */
  readonly allFields: 'with unchanged' | 'without unchanged' | 'none';
  /** The diagram and the cost. */
  readonly extras: boolean;
  /** Most entries of a list; what is left out is counted. */
  readonly limit: number;
  /** Most fields shown in the table for a resource that does not exist yet. */
  readonly createdFields: number;
}

export const FULL: Depth = {
  fields: true,
  allFields: 'with unchanged',
  extras: true,
  limit: Number.POSITIVE_INFINITY,
  createdFields: 12
};

/** From everything down to the resources' names. Verdict and dangers are in each; below the last there is only the count. */
export const DEPTHS: readonly Depth[] = [
  FULL,
  { ...FULL, allFields: 'without unchanged' },
  { ...FULL, allFields: 'none', extras: false },
  { ...FULL, fields: false, allFields: 'none', extras: false, limit: 100 },
  { ...FULL, fields: false, allFields: 'none', extras: false, limit: 10 }
];

/** The first `limit` entries, and a line that counts the rest. */
export function atMost<T>(entries: readonly T[], limit: number, render: (entry: T) => string): readonly string[] {
  const shown = entries.slice(0, limit).map(render);
  const rest = entries.length - shown.length;
  return rest === 0 ? shown : [...shown, `- … and ${rest.toLocaleString('en-US')} more`];
}
