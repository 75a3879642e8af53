import { ActionError } from '../errors.ts';
import type { BatchOptions, SqlSession } from './connection.ts';
import { connectTarget, isHarmlessCommand } from './psql-commands.ts';
import { scriptItems, type ScriptItem } from './script-items.ts';
import { isTransactionCommand, statementFailure, StatementGroup } from './statement-group.ts';
import type { Script } from './script.ts';
import { postgresMessage } from './failures.ts';

/** How a script was run. */
export interface ScriptResult {
  readonly file: string;
  readonly statements: number;
  /**
   * `whole`: all of it or nothing. `none`: statement by statement, because something in it cannot run in a transaction.
   * `own`: statement by statement, because it begins and ends transactions itself.
   */
  readonly transaction: 'whole' | 'none' | 'own';
  /** `record` took effect with it. */
  readonly isRecorded: boolean;
}

/** Where and how a script runs. */
export interface ScriptRun {
  /** A session in the script's own database, closed afterwards: what a script sets does not hold for the next one. */
  readonly login: <T>(use: (session: SqlSession) => Promise<T>) => Promise<T>;
  /** The name of that database. */
  readonly database: string;
  /** A session in another database, for `\connect`. Absent: only its own is open to a script. */
  readonly elsewhere?: <T>(database: string, use: (session: SqlSession) => Promise<T>) => Promise<T>;
  /** A statement that belongs to the transaction of a script that runs in one: both take effect, or neither. */
  readonly record?: string | undefined;
  /** Is told what the server says: NOTICE, WARNING. */
  readonly say: (severity: string, message: string) => void;
}

/** SQLSTATE syntax_error. */
const SYNTAX_ERROR = '42601';

/**
 * The server's answer to a statement that cannot run inside a transaction: `CREATE DATABASE`, `VACUUM`, `CREATE INDEX
 * CONCURRENTLY`; a procedure that commits; a new enum value that is used at once.
 */
const NOT_IN_A_TRANSACTION = new Set(['25001', '2D000', '55P04']);

/**
 * Runs a script, as psql would: in one transaction for each database where that is possible, with the data of `COPY …
 * FROM STDIN`, in memory for its longest statement. `\connect` goes on in a new session.
 *
 * Throws `init-sql-failed` with file, line, statement and PostgreSQL's message. For a command that only psql has, it
 * throws before anything runs.
 */
export async function runScript(script: Script, run: ScriptRun): Promise<ScriptResult> {
  const parts = await survey(script, run);
  // Of several databases, each has a transaction of its own.
  const isOne = parts.filter(({ statements }) => statements > 0).length === 1;
  const modes = new Set<ScriptResult['transaction']>();
  for (const [index, part] of parts.entries()) {
    if (part.statements === 0) continue;
    const use = async (session: SqlSession): Promise<ScriptResult['transaction']> =>
      runPart({ script, index, part, session, run: isOne ? run : { ...run, record: undefined } });
    modes.add(await inDatabase(part.database, run, use));
  }
  const transaction = modes.has('none') ? 'none' : modes.has('own') ? 'own' : 'whole';
  const isRecorded = isOne && transaction === 'whole' && run.record !== undefined;
  const statements = parts.reduce((sum, part) => sum + part.statements, 0);
  return { file: script.file, statements, transaction, isRecorded };
}

async function inDatabase<T>(
  database: string,
  { login, elsewhere, database: own }: ScriptRun,
  use: (session: SqlSession) => Promise<T>
): Promise<T> {
  return database === own || elsewhere === undefined ? login(use) : elsewhere(database, use);
}

/** What runs in one session. */
interface Part {
  readonly database: string;
  statements: number;
  hasOwn: boolean;
}

/** Reads the whole script once, so that what cannot run is refused before anything runs. */
async function survey(script: Script, run: ScriptRun): Promise<readonly Part[]> {
  let part: Part = { database: run.database, statements: 0, hasOwn: false };
  const parts = [part];
  for await (const item of scriptItems(script.read())) {
    if (item.kind === 'statement') {
      part.statements += 1;
      part.hasOwn ||= isTransactionCommand(item);
      continue;
    }
    if (isHarmlessCommand(item.text)) continue;
    const database = connectTarget(item.text);
    if (database === undefined) {
      throw refusal(
        script,
        item,
        `${item.words[0] ?? item.text} is a command of psql, not SQL`,
        'Remove it, or run the file with psql in a later step.'
      );
    }
    if (database !== run.database && run.elsewhere === undefined) {
      throw refusal(
        script,
        item,
        `it goes on in database ${database}, and only ${run.database} is open to it`,
        'Make the dump without `pg_dump --create`, or leave the line out.'
      );
    }
    part = { database, statements: 0, hasOwn: false };
    parts.push(part);
  }
  return parts;
}

interface PartRun {
  readonly script: Script;
  readonly index: number;
  readonly part: Part;
  readonly session: SqlSession;
  readonly run: ScriptRun;
}

async function runPart(run: PartRun): Promise<ScriptResult['transaction']> {
  if (run.part.hasOwn) {
    await eachAlone(run, 'what it committed before stays');
    return 'own';
  }
  if (await allOrNothing(run)) return 'whole';
  await eachAlone(run, 'it cannot run in a transaction: what ran before stays');
  return 'none';
}

/** Runs a part in one transaction. False when something in it cannot run in one: then nothing of it has run. */
async function allOrNothing(run: PartRun): Promise<boolean> {
  const {
    session,
    run: { record }
  } = run;
  let isOpen = false;
  let last = new StatementGroup();
  /** A short part is one text, which the server runs in a transaction by itself: one round trip. */
  const send = async (group: StatementGroup, isLast: boolean): Promise<boolean> => {
    if (!isOpen && !(isLast && !group.copies)) {
      await control(run, 'BEGIN');
      isOpen = true;
    }
    if (group.isEmpty) return true;
    last = group;
    const isWhole = isLast && !isOpen && record !== undefined;
    const text = isWhole ? `${group.text}\n;\n${record}` : group.text;
    const { completed, error } = await session.batch(text, optionsFor(run, group));
    if (error === undefined) return true;
    const code = postgresMessage(error)?.code ?? '';
    if (NOT_IN_A_TRANSACTION.has(code)) return false;
    const own = isWhole && code === SYNTAX_ERROR ? await errorAlone(run, group) : error;
    throw failureOf(run, group, own ?? error, { completed });
  };
  let group = new StatementGroup();
  for await (const item of itemsOf(run)) {
    if (item.data !== undefined || group.isFull) {
      if (!group.isEmpty && !(await send(group, false))) return giveUp(run, isOpen);
      group = new StatementGroup();
    }
    group.add(item);
    if (item.data === undefined) continue;
    if (!(await send(group, false))) return giveUp(run, isOpen);
    group = new StatementGroup();
  }
  if (!group.isEmpty && !(await send(group, true))) return giveUp(run, isOpen);
  if (!isOpen) return true;
  const { error } = await session.batch(record === undefined ? 'COMMIT' : `${record};\nCOMMIT`, optionsFor(run));
  if (error !== undefined) throw failureOf(run, last, error, { completed: Infinity });
  return true;
}

/** An unclosed quote swallows the record, and the server speaks of that. Nothing of this second try is kept. */
async function errorAlone(run: PartRun, group: StatementGroup): Promise<unknown> {
  await control(run, 'BEGIN');
  return (await run.session.batch(group.text, optionsFor(run))).error;
}

async function giveUp(run: PartRun, isOpen: boolean): Promise<false> {
  if (isOpen) await control(run, 'ROLLBACK');
  return false;
}

async function control(run: PartRun, text: string): Promise<void> {
  const { error } = await run.session.batch(text, { onNotice: run.run.say });
  if (error !== undefined) throw failureOf(run, new StatementGroup(), error);
}

function failureOf(
  { script }: PartRun,
  group: StatementGroup,
  error: unknown,
  { completed = 0, kept = '' }: { readonly completed?: number; readonly kept?: string } = {}
): ActionError {
  return statementFailure(script.file, group, error, { completed, kept });
}

async function eachAlone(run: PartRun, kept: string): Promise<void> {
  const { script, session } = run;
  let opened: ScriptItem | undefined;
  for await (const item of itemsOf(run)) {
    const group = new StatementGroup();
    group.add(item);
    const outcome = await session.batch(group.text, optionsFor(run, group));
    if (outcome.error !== undefined) throw failureOf(run, group, outcome.error, { kept: ` (${kept})` });
    if (!outcome.inTransaction) opened = undefined;
    else opened ??= item;
  }
  if (opened === undefined) return;
  throw refusal(
    script,
    opened,
    `it leaves the transaction open that begins here, so nothing of that transaction was kept (${kept})`,
    'End it with COMMIT, or remove BEGIN: a file without its own transactions runs in one.'
  );
}

function optionsFor({ run }: PartRun, group?: StatementGroup): BatchOptions {
  const { copies } = group ?? {};
  return { onNotice: run.say, ...(copies === undefined ? {} : { copy: copies }) };
}

/** The statements of one part. */
async function* itemsOf({ script, index }: PartRun): AsyncGenerator<ScriptItem> {
  let part = 0;
  for await (const item of scriptItems(script.read())) {
    if (item.kind === 'command') {
      if (isHarmlessCommand(item.text)) continue;
      part += 1;
      if (part > index) return;
    } else if (part === index) yield item;
  }
}

function refusal({ file }: Script, { line }: ScriptItem, because: string, hint: string): ActionError {
  return new ActionError(`Could not run ${file} line ${line}: ${because}`, {
    code: 'init-sql-failed',
    source: 'user',
    hint
  });
}
