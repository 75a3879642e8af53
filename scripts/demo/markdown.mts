import { blue, bold, columns, cyan, dim, green, red, yellow } from './terminal.mts';

/** The plan comment for the terminal: what GitHub shows of it while everything that can be folded is folded. */
export function commentLines(markdown: string): readonly string[] {
  const lines: string[] = [];
  let table: string[][] = [];
  let isFolded = false;
  const flush = (): void => {
    lines.push(...columns(table));
    table = [];
  };
  for (const line of markdown.replaceAll(/<!--[\s\S]*?-->\n?/g, '').split('\n')) {
    if (line === '<details>') isFolded = true;
    if (isFolded) {
      const summary = /^<summary>(.*)<\/summary>$/.exec(line)?.[1];
      if (summary !== undefined) lines.push(dim(`▸ ${summary}`));
      if (line === '</details>') isFolded = false;
      continue;
    }
    if (line.startsWith('|')) {
      if (!/^\|[ :|-]+\|$/.test(line)) table.push(cells(line));
      continue;
    }
    flush();
    lines.push(lineOf(line));
  }
  flush();
  return calm(lines);
}

function cells(line: string): string[] {
  return line
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map(cell => inline(cell.trim().replaceAll('\\|', '|')));
}

function lineOf(line: string): string {
  const heading = /^#+ (.*)$/.exec(line)?.[1];
  if (heading !== undefined) return bold(inline(heading));
  const alert = /^> \[!(\w+)\]$/.exec(line)?.[1];
  if (alert !== undefined) return (alert === 'CAUTION' ? red : yellow)(`▌ ${alert}`);
  if (line.startsWith('>')) return `${yellow('▌')}${inline(line.slice(1))}`;
  const small = /^<sub>(.*)<\/sub>$/.exec(line)?.[1];
  return small === undefined ? inline(line) : dim(plain(small));
}

const SIGNS: Readonly<Record<string, (text: string) => string>> = { '+': green, '~': yellow, '-': red, '↪': blue };

function inline(text: string): string {
  return text
    .replaceAll('&nbsp;', ' ')
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/\*\*(.*?)\*\*/g, (_, words: string) => (SIGNS[words] ?? bold)(words))
    .replaceAll(/`([^`]*)`/g, (_, words: string) => cyan(words))
    .replaceAll(/_\((.*?)\)_/g, (_, words: string) => dim(`(${words})`));
}

function plain(text: string): string {
  return text.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll(/[*`]/g, '');
}

/** No more than one empty line in a row, and none at the ends. */
function calm(lines: readonly string[]): readonly string[] {
  const kept = lines.filter((line, at) => line !== '' || lines[at - 1] !== '');
  return kept.slice(kept[0] === '' ? 1 : 0, kept.at(-1) === '' ? -1 : undefined);
}
