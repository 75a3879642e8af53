import type { Log } from '../engine/execution.ts';
import type { FieldTable, Wanted, Work } from '../engine/resource.ts';
import { runScript, type ScriptRun } from './run-script.ts';
import { loadScripts, type Script } from './script.ts';
import { withoutPasswords } from './without-passwords.ts';

/** SHA-256 of each file by its path. */
export type ScriptHashes = Readonly<Record<string, string>>;

const PREFIX = 'init_sql.';

/** Fields of the resource that stands for `init_sql` of a database: one for each file, holding the hash of what ran. */
export const INIT_SQL_FIELDS: FieldTable = {
  'init_sql.*': { api: 'comment on database', input: 'init_sql', impact: 'online', show: shortHash }
};

/** The files that `init_sql` names. Throws `input-invalid` for a pattern that matches no file. */
export async function initSqlScripts(
  patterns: readonly string[] | undefined,
  workspace: string
): Promise<readonly Script[]> {
  return patterns === undefined || patterns.length === 0 ? [] : loadScripts(patterns, workspace);
}

/** Fields of the scripts that ran, from the hashes in the mark. */
export function ranFields(hashes: ScriptHashes): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(hashes).map(([file, hash]) => [`${PREFIX}${file}`, hash]));
}

/** Fields of the scripts that should have run. */
export function wantedFields(scripts: readonly Script[]): Readonly<Record<string, Wanted>> {
  return Object.fromEntries(scripts.map(({ file, hash }) => [`${PREFIX}${file}`, { value: hash, managed: true }]));
}

export interface InitSqlRun extends Omit<ScriptRun, 'say' | 'record'> {
  readonly scripts: readonly Script[];
  /** Hashes of the scripts that ran earlier. */
  readonly ran: ScriptHashes;
  /** Stores the hashes, as soon as a file has run. */
  readonly keep: (hashes: ScriptHashes) => Promise<void>;
  /** The statement that stores them, and what is called when it took effect. Absent: `keep` only. */
  readonly record?: {
    readonly statement: (hashes: ScriptHashes) => string;
    readonly kept: (hashes: ScriptHashes) => void;
  };
}

/**
 * Runs the files of the plan, in their order, and returns how many ran. Throws `init-sql-failed`; the files before it
 * are then stored as done.
 */
export async function runInitSql(work: Work, { scripts, ran, keep, record, ...sessions }: InitSqlRun): Promise<number> {
  let done = ran;
  let count = 0;
  for (const script of scripts) {
    if (work.values[`${PREFIX}${script.file}`] !== script.hash) continue;
    // A copied or restored database keeps the record of its scripts.
    if (done[script.file] === script.hash) continue;
    const next = { ...done, [script.file]: script.hash };
    const say = scriptTeller(script, work.execution.log);
    const result = await runScript(script, { ...sessions, say, record: record?.statement(next) });
    work.execution.log.info(`${script.file}: ${result.statements} statements`);
    done = next;
    count += 1;
    if (result.isRecorded) record?.kept(done);
    else await keep(done);
  }
  return count;
}

/** A loop in a script may say the same a million times. */
const MOST_NOTICES = 50;

/** Tells what the server says while a script runs. */
export function scriptTeller({ file }: Script, log: Log): ScriptRun['say'] {
  let told = 0;
  return (severity, message) => {
    told += 1;
    if (told > MOST_NOTICES) return;
    const text = `${file}: ${severity}: ${withoutPasswords(message)}`;
    if (severity === 'WARNING') log.warning(text);
    else log.info(text);
    if (told === MOST_NOTICES) log.info(`${file}: further messages of the server are left out`);
  };
}

/** For a plan. */
export function shortHash(hash: unknown): string {
  return typeof hash === 'string' ? `sha256:${hash.slice(0, 12)}` : '';
}
