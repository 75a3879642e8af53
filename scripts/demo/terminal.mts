import { stripVTControlCharacters } from 'node:util';

/** Everything the demo prints goes through here: one width, few colours, none where they would not be seen. */
const isColourful = process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '';
const WIDTH = Math.max(72, Math.min(process.stdout.columns ?? 100, 110));

const paint =
  (code: string) =>
  (text: string): string =>
    isColourful ? `\u001b[${code}m${text}\u001b[0m` : text;

export const bold = paint('1');
export const dim = paint('2');
export const red = paint('31');
export const green = paint('32');
export const yellow = paint('33');
export const blue = paint('34');
export const cyan = paint('36');

export function say(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** A chapter of the story. */
export function chapter(number: number, title: string): void {
  say();
  say(cyan(bold(`${number}  ${title}`)));
  say(dim('─'.repeat(WIDTH)));
}

/** What happened, in words. */
export function tell(text: string): void {
  say(`   ${text}`);
}

export function success(text: string): void {
  say(` ${green('✓')} ${text}`);
}

/** Lines in a box, as a page would stand out from the story around it. */
export function box(title: string, lines: readonly string[]): void {
  const inner = WIDTH - 6;
  const wrapped = lines.flatMap(line => wrap(line, inner));
  say(`   ${dim(`╭─ ${title} ${'─'.repeat(Math.max(0, inner - widthOf(title) - 2))}╮`)}`);
  for (const line of wrapped) say(`   ${dim('│')} ${line}${' '.repeat(Math.max(0, inner - widthOf(line)))}${dim('│')}`);
  say(`   ${dim(`╰${'─'.repeat(inner + 1)}╯`)}`);
}

/** Names and values in two columns. */
export function pairs(rows: readonly (readonly [string, string])[]): readonly string[] {
  const widest = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${dim(name.padEnd(widest))}  ${value}`);
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

function wrap(line: string, width: number): readonly string[] {
  if (widthOf(line) <= width) return [line];
  const indent = /^ */.exec(line)?.[0] ?? '';
  const lines: string[] = [];
  let current = '';
  for (const word of line.trim().split(' ')) {
    const longer = current === '' ? `${indent}${word}` : `${current} ${word}`;
    if (widthOf(longer) > width && current !== '') {
      lines.push(current);
      current = `${indent}${word}`;
    } else current = longer;
  }
  return [...lines, current];
}
