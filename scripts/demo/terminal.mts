import { paintOf, widthOf } from '../../src/report/terminal-text.ts';

export { columns } from '../../src/report/terminal-text.ts';

/** Everything the demo prints goes through here: one width, few colours, none where they would not be seen. */
const isColourful = process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '';
const WIDTH = Math.max(72, Math.min(process.stdout.columns ?? 100, 110));

export const paint = paintOf(isColourful);
export const { bold, dim, red, green, cyan } = paint;

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
