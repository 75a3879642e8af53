import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ActionError } from '../../../errors.ts';
import { withSqlSession, type ConnectionTarget } from '../../../postgres/connection.ts';

/**
 * The fork that an unlogged relation begins with after a crash.
 * https://www.postgresql.org/docs/current/storage-init.html
 */
const INIT_FORK = /^\d+_init$/;

const SHOWN = 10;

/**
 * Throws `unsupported`, with their names, when UNLOGGED tables of a running server hold rows. A server that starts from
 * a copy empties them: what they hold is in no log.
 */
export async function refuseUnloggedRows(
  connection: ConnectionTarget,
  dataDirectory: string,
  signal: AbortSignal
): Promise<void> {
  const named: string[] = [];
  for (const database of await databasesWithForks(connection, dataDirectory, signal)) {
    const rows = await withSqlSession({ ...connection, database }, signal, async session =>
      session.query<{ name: string }>(
        `SELECT oid::regclass::text AS name FROM pg_class
         WHERE relpersistence = 'u' AND relkind = 'r' AND pg_relation_size(oid) > 0 ORDER BY 1`,
        [],
        'look for unlogged tables'
      )
    );
    named.push(...rows.map(({ name }) => `${database}.${name}`));
  }
  if (named.length === 0) return;
  const more = named.length > SHOWN ? ` and ${named.length - SHOWN} more` : '';
  throw new ActionError(
    `Could not copy the server: its UNLOGGED tables ${named.toSorted().slice(0, SHOWN).join(', ')}${more} would be empty in the copy`,
    {
      code: 'unsupported',
      source: 'user',
      hint: 'Run ALTER TABLE … SET LOGGED on them before, which costs little where `durable` is off; or TRUNCATE them.'
    }
  );
}

/** Only the files tell without a connection to each database. */
async function databasesWithForks(
  connection: ConnectionTarget,
  dataDirectory: string,
  signal: AbortSignal
): Promise<readonly string[]> {
  const base = join(dataDirectory, 'base');
  const found = await Promise.all(
    (await readdir(base)).map(async oid => {
      const files = await readdir(join(base, oid)).catch(() => []);
      return files.some(file => INIT_FORK.test(file)) ? [oid] : [];
    })
  );
  const numbers = found.flat();
  if (numbers.length === 0) return [];
  const rows = await withSqlSession(connection, signal, async session =>
    session.query<{ name: string }>(
      'SELECT datname AS name FROM pg_database WHERE oid::text = ANY ($1) AND datallowconn AND datconnlimit <> -2',
      [numbers],
      'list the databases'
    )
  );
  return rows.map(({ name }) => name);
}
