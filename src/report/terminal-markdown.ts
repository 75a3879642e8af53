import { visible } from './printable.ts';
import { columns, type Paint } from './terminal-text.ts';

export interface TerminalStyle {
  readonly paint: Paint;
  /** Shows folded parts too. Default: their titles only. Drawings are never shown. */
  readonly unfolds?: boolean;
}

/** Markdown of this action as lines for a terminal. No character of it steers the terminal. */
export function terminalLines(markdown: string, { paint, unfolds = false }: TerminalStyle): readonly string[] {
  const lines: string[] = [];
  let table: string[][] = [];
  let isFolded = false;
  let isDrawing = false;
  const flush = (): void => {
    lines.push(...columns(table));
    table = [];
  };
  for (const raw of markdown.replaceAll(/<!--[\s\S]*?-->\n?/g, '').split('\n')) {
    // What parts a name from its `@` on GitHub.
    const line = visible(raw.replaceAll('\u200B', ''));
    if (line === '<details>') isFolded = !unfolds;
    if (line.startsWith('```')) isDrawing = line === '```mermaid';
    if (line === '<details>' || line.startsWith('```') || isDrawing) continue;
    const summary = /^<summary>(.*)<\/summary>$/.exec(line)?.[1];
    if (summary !== undefined) lines.push(paint.dim(`${unfolds ? '▾' : '▸'} ${plain(summary)}`));
    if (line === '</details>') isFolded = false;
    if (isFolded || summary !== undefined || line === '</details>') continue;
    if (line.startsWith('|')) {
      if (!/^\|[ :|-]+\|$/.test(line)) table.push(cells(line, paint));
      continue;
    }
    flush();
    lines.push(lineOf(line, paint));
  }
  flush();
  return calm(lines);
}

function cells(line: string, paint: Paint): string[] {
  return line
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map(cell => inline(cell.trim().replaceAll('\\|', '|').replaceAll('<br>', ' '), paint));
}

function lineOf(line: string, paint: Paint): string {
  const heading = /^#+ (.*)$/.exec(line)?.[1];
  if (heading !== undefined) return paint.bold(inline(heading, paint));
  const alert = /^> \[!(\w+)\]$/.exec(line)?.[1];
  if (alert !== undefined) return (alert === 'CAUTION' ? paint.red : paint.yellow)(`▌ ${alert}`);
  if (line.startsWith('>')) return `${paint.yellow('▌')}${inline(line.slice(1), paint)}`;
  const small = /^<sub>(.*)<\/sub>$/.exec(line)?.[1];
  return small === undefined ? inline(line, paint) : paint.dim(plain(small));
}

function inline(text: string, paint: Paint): string {
  const signs: Readonly<Record<string, (text: string) => string>> = {
    '+': paint.green,
    '~': paint.yellow,
    '-': paint.red,
    '↪': paint.blue
  };
  return unescaped(
    text
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replaceAll(/\*\*(.*?)\*\*/g, (_, words: string) => (signs[words] ?? paint.bold)(words))
      .replaceAll(/^_(.*)_$|_\((.*?)\)_/g, (_, words?: string, aside = '') => paint.dim(words ?? `(${aside})`))
      .replaceAll(CODE_OR_ESCAPE, (_, code?: string, escaped = '') => (code === undefined ? escaped : paint.cyan(code)))
  );
}

/** A backslash stays where it is in code. */
const CODE_OR_ESCAPE = /`([^`]*)`|\\([!-/:-@[-`{-~])/g;

function plain(text: string): string {
  return unescaped(text.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll(/[*`]/g, ''));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&nbsp;': ' ',
  '&#124;': '|',
  '&#96;': '`',
  '&lt;': '<',
  '&gt;': '>',
  '&amp;': '&'
};

function unescaped(text: string): string {
  return text.replaceAll(/&(?:nbsp|lt|gt|amp|#124|#96);/g, found => ENTITIES[found] ?? found);
}

/** No more than one empty line in a row, and none at the ends. */
function calm(lines: readonly string[]): readonly string[] {
  const kept = lines.filter((line, at) => line !== '' || lines[at - 1] !== '');
  return kept.slice(kept[0] === '' ? 1 : 0, kept.at(-1) === '' ? -1 : undefined);
}
