import { stripVTControlCharacters } from 'node:util';

/** Colours of a terminal; each returns the text as it is where there are none. */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly blue: (text: string) => string;
  readonly cyan: (text: string) => string;
}

export function paintOf(isColourful: boolean): Paint {
  const paint =
    (code: number) =>
    (text: string): string =>
      isColourful ? `\u001b[${code}m${text}\u001b[0m` : text;
  return {
    bold: paint(1),
    dim: paint(2),
    red: paint(31),
    green: paint(32),
    yellow: paint(33),
    blue: paint(34),
    cyan: paint(36)
  };
}

/** Cells under each other; a column is as wide as its widest cell. */
export function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map(row => widthOf(row[at] ?? ''))));
  return rows.map(row =>
    row
      .map((cell, at) => `${cell}${' '.repeat(Math.max(0, (widths[at] ?? 0) - widthOf(cell)))}`)
      .join('  ')
      .trimEnd()
  );
}

/** How many columns a text takes: colours take none, pictures two. */
export function widthOf(text: string): number {
  const visible = stripVTControlCharacters(text).replaceAll(/\p{Emoji}\uFE0F|\p{Emoji_Presentation}/gu, '__');
  return Array.from(visible).length;
}
