import { ActionError, ProviderError } from '../errors.ts';
import type { SqlSession } from './connection.ts';
import { describeFailure, postgresMessage } from './failures.ts';
import { isHarmlessCommand } from './psql-commands.ts';
import { scriptItems } from './script-items.ts';
import type { Script } from './script.ts';

/** One statement of a check. */
export interface SqlCheck {
  /** `check_sql line 3`. */
  readonly place: string;
  /** Its beginning, on one line. */
  readonly statement: string;
  readonly isPassed: boolean;
  /** What it returned, in words. */
  readonly returned: string;
}

const MOST_STATEMENT = 120;
const MOST_VALUE = 200;

/** The first words of statements that return rows. */
const QUERIES = ['select', 'with', 'table', 'values', 'show'];

/**
 * Runs each statement by itself and goes on after one that failed. A statement passes unless it fails; a query has to
 * return a row at least, and where its first column is a boolean, `true` in each. Throws what the connection failed
 * with, and `input-invalid` for what only psql can run.
 */
export async function checkScript(session: SqlSession, script: Script): Promise<readonly SqlCheck[]> {
  const checks: SqlCheck[] = [];
  for await (const { kind, text, line, words, data } of scriptItems(script.read())) {
    if (kind === 'command' && isHarmlessCommand(text)) continue;
    if (kind === 'command' || data !== undefined) {
      const what = kind === 'command' ? `${words[0] ?? text} is a command of psql` : 'COPY from stdin holds data';
      throw new ActionError(`Could not run ${script.file} line ${line}: ${what}, and a check is SQL`, {
        code: 'input-invalid',
        source: 'user',
        hint: 'Remove it: a check is a list of statements.'
      });
    }
    const place = `${script.file} line ${line}`;
    const statement = shortened(text, MOST_STATEMENT);
    checks.push({ place, statement, ...(await outcomeOf(session, text, QUERIES.includes(words[0] ?? ''))) });
  }
  return checks;
}

async function outcomeOf(
  session: SqlSession,
  text: string,
  isQuery: boolean
): Promise<Pick<SqlCheck, 'isPassed' | 'returned'>> {
  try {
    const rows = await session.query<Readonly<Record<string, unknown>>>(text);
    if (!isQuery) return { isPassed: true, returned: 'done' };
    const values = rows.map(row => Object.values(row)[0]);
    const [first] = values;
    if (rows.length === 0) return { isPassed: false, returned: 'no row' };
    const decides = values.some(value => typeof value === 'boolean');
    const wrong = decides ? values.filter(value => value !== true).length : 0;
    const one = rows.length === 1 ? shortened(JSON.stringify(first ?? null), MOST_VALUE) : `${rows.length} rows`;
    const many = wrong === 0 ? one : `${wrong} of ${rows.length} rows that are not true`;
    return { isPassed: wrong === 0, returned: rows.length === 1 ? one : many };
  } catch (thrown) {
    if (!(thrown instanceof ProviderError) || thrown.kind === 'transient') throw thrown;
    const said = postgresMessage(thrown.cause);
    const why = said === undefined ? thrown.message.replace(/^Could not run SQL: /, '') : describeFailure(said);
    return { isPassed: false, returned: shortened(why, MOST_VALUE) };
  }
}

function shortened(text: string, most: number): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`;
}
