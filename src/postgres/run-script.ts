import { ActionError } from '../errors.ts';
import type { SqlSession } from './connection.ts';
import { postgresFailure, postgresMessage, type PostgresMessage } from './failures.ts';
import type { Script } from './script.ts';
import { splitStatements, type Statement } from './statements.ts';

/** How a script was run. */
export interface ScriptResult {
  readonly file: string;
  readonly statements: number;
  /**
   * `whole`: all of it or nothing. `none`: statement by statement, because something in it cannot run in a transaction.
   * `own`: statement by statement, because it begins and ends transactions itself.
   */
  readonly transaction: 'whole' | 'none' | 'own';
}

/**
 * The server's answer to a statement that cannot run inside a transaction: `CREATE DATABASE`, `VACUUM`, `CREATE INDEX
 * CONCURRENTLY`; a procedure that commits; a new enum value that is used at once.
 */
const NOT_IN_A_TRANSACTION = new Set(['25001', '2D000', '55P04']);

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

/** pg_dump writes these since 2025, so that psql runs no commands of a manipulated dump. Here nothing runs but SQL. */
const HARMLESS_COMMANDS = new Set(['\\restrict', '\\unrestrict']);

const SHOWN_LENGTH = 120;

/**
 * Runs a script in the database of `session`, in one transaction where that is possible. Give each script its own
 * session: its settings (`search_path`…) would hold for the next one.
 *
 * Throws `init-sql-failed` with file, line, statement and PostgreSQL's message. For a psql command or `COPY … FROM
 * STDIN`, which only psql can run, it throws before anything runs.
 */
export async function runScript(session: SqlSession, script: Script): Promise<ScriptResult> {
  const parsed = parse(script);
  const { statements, text } = parsed;
  if (statements.length === 0) return { file: script.file, statements: 0, transaction: 'whole' };
  const hasOwn = statements.some(isTransactionCommand);
  if (!hasOwn) {
    const { completed, error } = await session.batch(text);
    if (error === undefined) return { file: script.file, statements: statements.length, transaction: 'whole' };
    if (!NOT_IN_A_TRANSACTION.has(postgresMessage(error)?.code ?? '')) throw failure(parsed, error, 0, completed, '');
  }
  const kept = hasOwn ? 'what it committed before stays' : 'it cannot run in a transaction: what ran before stays';
  for (const [index, { start, end }] of statements.entries()) {
    const { error } = await session.batch(text.slice(start, end));
    if (error !== undefined) throw failure(parsed, error, start, index, ` (${kept})`);
  }
  return { file: script.file, statements: statements.length, transaction: hasOwn ? 'own' : 'none' };
}

interface ParsedScript {
  readonly file: string;
  /**
   * The text that is sent: psql commands without effect here are replaced by blanks, so that every position stays
   * correct.
   */
  readonly text: string;
  readonly statements: readonly Statement[];
}

function parse({ file, text }: Script): ParsedScript {
  const { statements, backslashCommands } = splitStatements(text);
  const copy = statements.find(statement => statement.copiesFromStdin);
  const command = backslashCommands.find(({ name }) => !HARMLESS_COMMANDS.has(name));
  if (copy !== undefined && !(command !== undefined && command.start < copy.start)) {
    throw refusal(
      file,
      lineAt(text, copy.start),
      'COPY … FROM STDIN has its data in the script, which only psql can send',
      'Use INSERT statements (pg_dump --inserts), or run the file with psql in a later step.'
    );
  }
  if (command !== undefined) {
    throw refusal(
      file,
      lineAt(text, command.start),
      `${command.name} is a command of psql, not SQL`,
      'Remove it, or run the file with psql in a later step.'
    );
  }
  return { file, statements, text: backslashCommands.reduce(blankOut, text) };
}

function refusal(file: string, line: number, because: string, hint: string): ActionError {
  return new ActionError(`Could not run ${file} line ${line}: ${because}`, {
    code: 'init-sql-failed',
    source: 'user',
    hint
  });
}

function blankOut(text: string, { start, end }: { readonly start: number; readonly end: number }): string {
  return text.slice(0, start) + ' '.repeat(end - start) + text.slice(end);
}

function isTransactionCommand({ words: [first = '', second] }: Statement): boolean {
  return TRANSACTION_WORDS.has(first) && (first !== 'prepare' || second === 'transaction');
}

/**
 * `offset`: where the sent text begins in the script. `completed`: the statement to blame when the server names no
 * position.
 */
function failure(
  { file, text, statements }: ParsedScript,
  error: unknown,
  offset: number,
  completed: number,
  kept: string
): ActionError {
  const said = postgresMessage(error);
  if (said === undefined) return postgresFailure(error, `run ${file}`);
  const place =
    said.position === undefined ? undefined : offset + unitsBefore(text.slice(offset), Number(said.position));
  const statement =
    (place === undefined ? undefined : statements.findLast(({ start }) => start <= place)) ??
    statements[Math.min(completed, statements.length - 1)];
  const line = lineAt(text, place ?? statement?.start ?? 0);
  const shown = statement === undefined ? '' : `, in ${shorten(text.slice(statement.start, statement.end))}`;
  return new ActionError(`Could not run ${file} line ${line}: ${describe(said)}${shown}${kept}`, {
    code: 'init-sql-failed',
    source: 'user',
    cause: error,
    hint:
      said.hint ?? `Correct the statement (SQLSTATE ${said.code}); the script runs again when its content has changed.`
  });
}

function describe({ message, detail, where }: PostgresMessage): string {
  const [execution] = (where ?? '').split('\n');
  return [message, detail, execution].filter(part => part !== undefined && part !== '').join('; ');
}

/** A statement on one line, cut, and without the passwords that statements may hold. */
function shorten(statement: string): string {
  const line = statement
    .replaceAll(/\b(password\s+)(?:[eE]?'(?:[^'\\]|''|\\.)*'?)/gi, "$1'***'")
    .replaceAll(/\s+/g, ' ');
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

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
