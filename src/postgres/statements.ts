/** One SQL statement of a script. */
export interface Statement {
  readonly kind: 'statement';
  /** Its first character (comments before it are not its own), in UTF-16 units like the whole of JavaScript. */
  readonly start: number;
  /** Behind its last character; the semicolon is not part of it. */
  readonly end: number;
  /** Where the next one may begin. */
  readonly next: number;
  /** Its first words in lower case, at most four: enough to recognise it. */
  readonly words: readonly string[];
  /** It is `COPY … FROM STDIN`, whose data follows in the script, from the next line on. */
  readonly copiesFromStdin: boolean;
}

/** A psql command, which the server does not know: from the backslash to the end of the line. */
export interface BackslashCommand {
  readonly kind: 'command';
  readonly start: number;
  readonly end: number;
  readonly next: number;
  /** `\restrict`. */
  readonly name: string;
}

const SPACE = /\s+/y;
const WORD = /[A-Za-z_\u0080-\uFFFF][A-Za-z0-9_$\u0080-\uFFFF]*/y;
const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uFFFF][A-Za-z0-9_\u0080-\uFFFF]*)?\$/y;
const COMMENT_EDGE = /\/\*|\*\//g;
const BACKSLASH_NAME = /\\[A-Za-z?!]*/y;
const WORDS_KEPT = 4;

/**
 * The first statement or psql command at or behind `from`, by the rules of psql and the server: quotes, dollar quotes,
 * nested comments, parentheses, and the bodies of `BEGIN ATOMIC` functions keep their semicolons. Assumes
 * `standard_conforming_strings`.
 *
 * `isWhole`: nothing follows the text. Then an unclosed quote or comment reaches to the end, the server reports it, and
 * `undefined` means that nothing is left. Otherwise `undefined` means that the text ends within the next one.
 *
 * Written here because the libraries for it miss nested comments, escape strings or `BEGIN ATOMIC`.
 * https://github.com/postgres/postgres/blob/master/src/fe_utils/psqlscan.l
 */
export function nextStatement(text: string, from: number, isWhole: boolean): Statement | BackslashCommand | undefined {
  const current = emptyStatement();
  let at = from;

  const finish = (end: number, next: number): Statement | undefined => {
    const { start, words, copiesFromStdin } = current;
    if (start === undefined) return undefined;
    const length = text.slice(start, end).trimEnd().length;
    return { kind: 'statement', start, end: start + length, next, words, copiesFromStdin };
  };

  while (at < text.length) {
    const skipped = afterBlank(text, at);
    if (skipped > at) {
      at = skipped;
      continue;
    }
    const character = text.charAt(at);
    // Within a statement, psql runs the command and goes on with the statement; here it ends the statement.
    if (character === '\\') {
      if (current.start !== undefined) return finish(at, at);
      const name = matchAt(BACKSLASH_NAME, text, at) ?? '\\';
      const end = afterLine(text, at);
      return end === text.length && !isWhole ? undefined : { kind: 'command', start: at, end, next: end, name };
    }
    if (character === ';' && current.parentheses <= 0 && current.blocks === 0) {
      const found = finish(at, at + 1);
      if (found !== undefined) return found;
      at += 1;
      continue;
    }
    current.start ??= at;
    const word = matchAt(WORD, text, at);
    if (word !== undefined) {
      takeWord(current, word.toLowerCase());
      at += word.length;
      if (/^e$/i.test(word) && text.charAt(at) === "'") at = afterQuoted(text, at, true);
      continue;
    }
    if (character === '(') current.parentheses += 1;
    if (character === ')') current.parentheses -= 1;
    at = afterOther(text, at, character);
  }
  return isWhole ? finish(text.length, text.length) : undefined;
}

interface StatementReader {
  start: number | undefined;
  words: string[];
  lastWord: string;
  copiesFromStdin: boolean;
  parentheses: number;
  /** Open `BEGIN ATOMIC … END` and `CASE … END` of a function's body. */
  blocks: number;
}

const BLOCK_WORDS = new Set(['begin', 'case', 'end']);

function emptyStatement(): StatementReader {
  return { start: undefined, words: [], lastWord: '', copiesFromStdin: false, parentheses: 0, blocks: 0 };
}

function takeWord(reading: StatementReader, word: string): void {
  if (word === 'stdin' && reading.lastWord === 'from' && reading.words[0] === 'copy') reading.copiesFromStdin = true;
  reading.lastWord = word;
  if (reading.words.length < WORDS_KEPT) reading.words.push(word);
  if (!BLOCK_WORDS.has(word) || reading.parentheses > 0 || !isRoutine(reading.words)) return;
  if (word === 'begin' || (word === 'case' && reading.blocks > 0)) reading.blocks += 1;
  if (word === 'end' && reading.blocks > 0) reading.blocks -= 1;
}

function isRoutine(words: readonly string[]): boolean {
  return /^create (?:or replace )?(?:function|procedure)\b/.test(words.join(' '));
}

/** Behind white space and comments, if there are any at `at`. */
function afterBlank(script: string, at: number): number {
  const space = matchAt(SPACE, script, at);
  if (space !== undefined) return at + space.length;
  if (script.startsWith('--', at)) return afterLine(script, at);
  if (!script.startsWith('/*', at)) return at;
  let depth = 0;
  COMMENT_EDGE.lastIndex = at;
  for (let edge = COMMENT_EDGE.exec(script); edge !== null; edge = COMMENT_EDGE.exec(script)) {
    depth += edge[0] === '/*' ? 1 : -1;
    if (depth === 0) return COMMENT_EDGE.lastIndex;
  }
  return script.length;
}

/** Behind a quoted text, or behind one ordinary character. */
function afterOther(script: string, at: number, character: string): number {
  if (character === "'" || character === '"') return afterQuoted(script, at, false);
  const tag = character === '$' ? matchAt(DOLLAR_TAG, script, at) : undefined;
  if (tag === undefined) return at + 1;
  const close = script.indexOf(tag, at + tag.length);
  return close === -1 ? script.length : close + tag.length;
}

/** A doubled quote ends the string and starts another, with the same result. */
function afterQuoted(script: string, at: number, escapes: boolean): number {
  const quote = script.charAt(at);
  for (let here = at + 1; here < script.length; here += 1) {
    const character = script.charAt(here);
    if (character === quote) {
      if (script.charAt(here + 1) !== quote) return here + 1;
      here += 1;
    } else if (escapes && character === '\\') here += 1;
  }
  return script.length;
}

function afterLine(script: string, at: number): number {
  const newline = script.indexOf('\n', at);
  return newline === -1 ? script.length : newline;
}

function matchAt(pattern: RegExp, script: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(script)?.[0];
}
