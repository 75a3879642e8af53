import { ActionError } from '../errors.ts';
import { describeFailure, postgresFailure, postgresMessage, type PostgresMessage } from './failures.ts';
import type { ScriptItem } from './script-items.ts';
import { withoutPasswords } from './without-passwords.ts';

/** How much is sent in one text. Below what V8 keeps apart as large. */
const MOST_CHARACTERS = 120 * 1024;

/** In a line of its own: a statement may end in a comment. */
const BETWEEN = '\n;\n';

/** Statements that are sent as one text. */
export class StatementGroup {
  readonly #items: { readonly item: ScriptItem; readonly start: number }[] = [];
  readonly #texts: string[] = [];
  #length = 0;

  /** The data of the last statement, when that is `COPY … FROM STDIN`. */
  copies: AsyncIterable<string> | undefined;

  add(item: ScriptItem): void {
    this.#items.push({ item, start: this.#length });
    this.#texts.push(item.text);
    this.#length += item.text.length + BETWEEN.length;
    this.copies = item.data;
  }

  get text(): string {
    return this.#texts.join(BETWEEN);
  }

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  get isFull(): boolean {
    return this.#length >= MOST_CHARACTERS;
  }

  /** The statement at an offset of the text, or else the one after `completed` others, and its place in the script. */
  find(
    offset: number | undefined,
    completed: number
  ): { readonly item: ScriptItem; readonly line: number } | undefined {
    const at = offset ?? 0;
    const found =
      (offset === undefined ? undefined : this.#items.findLast(({ start }) => start <= at)) ??
      this.#items[Math.min(completed, this.#items.length - 1)];
    if (found === undefined) return undefined;
    const before = offset === undefined ? '' : found.item.text.slice(0, at - found.start);
    return { item: found.item, line: found.item.line + before.split('\n').length - 1 };
  }
}

const TRANSACTION_WORDS = new Set([
  'begin',
  'start',
  'commit',
  'end',
  'rollback',
  'abort',
  'savepoint',
  'release',
  'prepare'
]);

/** Whether a statement begins or ends a transaction. */
export function isTransactionCommand({ words: [first = '', second] }: ScriptItem): boolean {
  return TRANSACTION_WORDS.has(first) && (first !== 'prepare' || second === 'transaction');
}

const SHOWN_LENGTH = 120;

interface Blame {
  /** Of statements before the one to blame, when the server names no position. */
  readonly completed: number;
  /** What stays of what ran before, in brackets. */
  readonly kept: string;
}

export function statementFailure(
  file: string,
  group: StatementGroup,
  error: unknown,
  { completed, kept }: Blame
): ActionError {
  const said = postgresMessage(error);
  if (said === undefined) return postgresFailure(error, `run ${file}`);
  const offset = said.position === undefined ? undefined : unitsBefore(group.text, Number(said.position));
  const found = group.find(offset, completed);
  const line = (found?.line ?? 1) + lineOfData(said, found?.item);
  const shown = found === undefined ? '' : `, in ${shorten(found.item.text)}`;
  const because = withoutPasswords(describeFailure(said));
  return new ActionError(`Could not run ${file} line ${line}: ${because}${shown}${kept}`, {
    code: 'init-sql-failed',
    source: 'user',
    cause: error,
    hint:
      said.hint ?? `Correct the statement (SQLSTATE ${said.code}); the script runs again when its content has changed.`
  });
}

/** The line of the data that COPY failed at, counted from its statement. */
function lineOfData({ where }: PostgresMessage, item: ScriptItem | undefined): number {
  const line = Number(/^COPY .*, line (\d+)/.exec(where ?? '')?.[1] ?? 0);
  return item?.data === undefined || line === 0 ? 0 : item.text.split('\n').length - 1 + line;
}

/** A statement on one line, cut, and without the passwords and the rows that statements may hold. */
export function shorten(statement: string): string {
  const line = withoutPasswords(statement.slice(0, SHOWN_LENGTH * 50))
    .replaceAll(/\s+/g, ' ')
    .replace(/(\bvalues) ?\(.*/i, '$1 …');
  return line.length <= SHOWN_LENGTH ? line : `${line.slice(0, SHOWN_LENGTH).toWellFormed()}…`;
}

/** PostgreSQL counts characters from 1, JavaScript UTF-16 units from 0. */
function unitsBefore(text: string, position: number): number {
  let units = 0;
  let characters = 1;
  while (characters < position && units < text.length) {
    units += (text.codePointAt(units) ?? 0) > 0xffff ? 2 : 1;
    characters += 1;
  }
  return units;
}
