import { shorten, visible } from './printable.ts';

/** Longest inline code, in characters; a longer one loses its middle. */
const CODE_LIMIT = 100;
/** Longest foreign prose, in characters. */
const TEXT_LIMIT = 600;

/**
 * Invisible in the page; parts `@` from a name and `#` from a number, so that GitHub finds neither a mention nor a
 * reference.
 */
const PART = '\u200B';

/**
 * Foreign text as prose on one line: no Markdown, HTML, mention, reference, link, emoji name or formula results from
 * it, in a paragraph, a list item or a table cell. GitHub looks for mentions, references and emoji names in the
 * finished page, where a backslash is gone: hence the zero-width spaces.
 */
export function text(value: string, limit = TEXT_LIMIT): string {
  return escapeBlockStart(escapeInline(shorten(visible(value), limit).trim()));
}

/**
 * A message of ours as prose: text in pairs of backticks becomes code, the rest is `text`. Values inside it stay inert
 * even if their own backticks upset the pairs.
 */
export function prose(message: string, limit = TEXT_LIMIT): string {
  const parts = shorten(visible(message), limit).trim().split('`');
  if (parts.length % 2 === 0) return text(message, limit);
  const written = parts.map((part, index) => {
    if (index % 2 === 0) return escapeInline(part);
    return part === '' ? '' : code(part, limit);
  });
  return escapeBlockStart(written.join(''));
}

/**
 * Foreign text as inline code, in prose and in table cells alike. A code span when it can carry the text; else a
 * `<code>` element whose content is spelled in character references: a pipe would end the table cell, `<!--` could pass
 * for our marker, and cmark-gfm gives up on runs of more than 80 backticks.
 */
export function code(value: string, limit = CODE_LIMIT): string {
  const shown = shorten(visible(value), limit);
  const longestRun = Math.max(0, ...Array.from(shown.matchAll(/`+/g), run => run[0].length));
  if (shown.trim() === '' || longestRun > 2 || /\||<!--|-->/.test(shown)) return codeElement(shown);
  const fence = '`'.repeat(longestRun + 1);
  const pad = /^[ `]|[ `]$/.test(shown) ? ' ' : '';
  return `${fence}${pad}${shown}${pad}${fence}`;
}

/** A link with an inert label; the label alone when there is no address or it is not http(s). */
export function link(label: string, url: string | undefined): string {
  return url !== undefined && /^https?:\/\//.test(url) ? `[${label}](${address(url)})` : label;
}

/** A table of finished cells. `header` cells may be empty; every row has as many cells. */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  align: readonly string[] = []
): string {
  const rule = header.map((_, column) => (align[column] === 'center' ? ':-:' : '---'));
  return [header, rule, ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n');
}

/** A folded section. The blank lines make GitHub read `body` as Markdown. */
export function details(summary: string, body: string): string {
  return `<details>\n<summary>${summary}</summary>\n\n${body}\n\n</details>`;
}

export type AlertKind = 'NOTE' | 'IMPORTANT' | 'WARNING' | 'CAUTION';

/** A coloured box on GitHub, a quotation elsewhere. */
export function alert(kind: AlertKind, lines: readonly string[]): string {
  return [`[!${kind}]`, ...lines.flatMap(line => line.split('\n'))].map(line => `> ${line}`.trimEnd()).join('\n');
}

/** A fenced block; `content` is of our own making and holds no fence. */
export function fenced(language: string, content: string): string {
  return `\`\`\`${language}\n${content}\n\`\`\``;
}

function escapeInline(value: string): string {
  return value
    .replace(/@|#(?=[\p{L}\p{N}_])|GH-(?=\d)|:(?=\/\/|[\w+-]+:)|www(?=\.)/giu, `$&${PART}`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*[\]~]/g, '\\$&')
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\_')
    .replaceAll('|', '&#124;')
    .replaceAll('$', '<span>$</span>');
}

/** A line must not begin a heading, a list, a rule or a setext underline. */
function escapeBlockStart(value: string): string {
  return value.replace(/^(?:[-+=#]|\d+(?=[.)]))/, start => (/\d/.test(start) ? `${start}\\` : `\\${start}`));
}

function codeElement(shown: string): string {
  const parted = shown.replace(/@|:(?=\/\/)|www(?=\.)/giu, `$&${PART}`);
  const spelled = parted.replace(/[^\p{L}\p{M}\p{N} ,.:/=()\u200B-]/gu, character => `&#${character.codePointAt(0)};`);
  return `<code>${spelled.replaceAll('  ', ' &#160;')}</code>`;
}

function address(url: string): string {
  return url.replace(/[\s()<>\\|"'`[\]]/g, character => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
