import { nextStatement } from './statements.ts';

/** A statement of a script, or a command of psql in it. */
export interface ScriptItem {
  readonly kind: 'statement' | 'command';
  readonly text: string;
  /** The line of the script that it begins in, from 1. */
  readonly line: number;
  /** A statement's first words in lower case, at most four; a command's name. */
  readonly words: readonly string[];
  /** The data of `COPY … FROM STDIN`, in pieces of whole lines. What is not read of it is skipped. */
  readonly data?: AsyncIterable<string>;
}

/** How much of a script is in memory at once, unless a statement is longer. Below what V8 keeps apart as large. */
const PIECE_CHARACTERS = 48 * 1024;

/** Ends the data of COPY, alone on a line: https://www.postgresql.org/docs/current/sql-copy.html */
const END_OF_DATA = /\\\.\r?(?:\n|$)/y;

/** Splits a script into its items, in memory for the longest of them. */
export async function* scriptItems(chunks: AsyncIterable<string>): AsyncGenerator<ScriptItem> {
  const window = new Window(chunks[Symbol.asyncIterator]());
  for (;;) {
    const found = nextStatement(window.text, window.at, window.isWhole);
    if (found === undefined) {
      if (window.isWhole) return;
      await window.grow();
      continue;
    }
    window.advance(found.start);
    const { line } = window;
    const text = window.text.slice(found.start, found.end);
    window.advance(found.next);
    if (found.kind === 'command') {
      yield { kind: 'command', text, line, words: [found.name] };
    } else if (found.copiesFromStdin) {
      const data = copyData(window);
      yield { kind: 'statement', text, line, words: found.words, data };
      for await (const _ of data) continue;
    } else {
      yield { kind: 'statement', text, line, words: found.words };
    }
  }
}

/** The lines behind the one that COPY stands in, up to the end of data. Ended early, it goes on where it was. */
function copyData(window: Window): AsyncIterable<string> {
  const lines = linesOfData(window);
  return { [Symbol.asyncIterator]: () => ({ next: async () => lines.next() }) };
}

async function* linesOfData(window: Window): AsyncGenerator<string> {
  while (!window.text.includes('\n', window.at) && !window.isWhole) await window.grow();
  const first = window.text.indexOf('\n', window.at);
  // As in psql, what else stands in the line of COPY comes after its data.
  const rest = window.take(first === -1 ? window.text.length : first + 1);
  for (;;) {
    const end = endOfData(window);
    // Otherwise all but the last line, which may be cut.
    const data = window.take(end ?? window.text.lastIndexOf('\n') + 1);
    if (data !== '') yield data;
    if (end !== undefined) {
      END_OF_DATA.lastIndex = window.at;
      window.advance(window.at + (END_OF_DATA.exec(window.text)?.[0].length ?? 0));
      window.putBack(rest);
      return;
    }
    await window.grow();
  }
}

/** Where the data ends; `undefined` when that is not in the text yet. */
function endOfData({ text, at, isWhole }: Window): number | undefined {
  for (let line = at; line !== -1; line = nextBackslash(text, line)) {
    END_OF_DATA.lastIndex = line;
    if (!END_OF_DATA.test(text)) continue;
    // At the end of the text, more of the line may follow.
    if (END_OF_DATA.lastIndex < text.length || text.endsWith('\n') || isWhole) return line;
  }
  return isWhole ? text.length : undefined;
}

/** The start of the next line that begins with a backslash; -1 when there is none. */
function nextBackslash(text: string, from: number): number {
  const found = text.indexOf('\n\\', from);
  return found === -1 ? -1 : found + 1;
}

/** The part of a script that is in memory. */
class Window {
  readonly #chunks: AsyncIterator<string>;
  text = '';
  /** Where in `text` reading has come to. */
  at = 0;
  isWhole = false;
  /** The line of the script that `at` is in. */
  line = 1;

  constructor(chunks: AsyncIterator<string>) {
    this.#chunks = chunks;
  }

  /** Goes on to a place behind `at`. */
  advance(to: number): void {
    for (let at = this.text.indexOf('\n', this.at); at !== -1 && at < to; at = this.text.indexOf('\n', at + 1)) {
      this.line += 1;
    }
    this.at = to;
  }

  /** Goes on to a place behind `at`, and returns what lies between. Never goes back. */
  take(to: number): string {
    if (to <= this.at) return '';
    const taken = this.text.slice(this.at, to);
    this.advance(to);
    return taken;
  }

  /** Puts a line before what is left. */
  putBack(line: string): void {
    if (/^;?\s*$/.test(line)) return;
    this.text = `${line}${this.text.slice(this.at)}`;
    this.at = 0;
    if (line.endsWith('\n')) this.line -= 1;
  }

  /** Reads on, at least as much again as there is, so that a long statement is not scanned for each piece of it. */
  async grow(): Promise<void> {
    const parts = [this.text.slice(this.at)];
    let length = this.text.length - this.at;
    const wanted = Math.max(PIECE_CHARACTERS, length * 2);
    while (length < wanted) {
      const { value, done } = await this.#chunks.next();
      if (done === true) {
        this.isWhole = true;
        break;
      }
      parts.push(value);
      length += value.length;
    }
    this.text = parts.join('');
    this.at = 0;
  }
}
