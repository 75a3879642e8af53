import { defineResource, NO_PERMISSIONS, type Facts, type Work } from '../../../engine/resource.ts';
import { ProviderError } from '../../../errors.ts';
import type { SqlSession } from '../../../postgres/connection.ts';
import { markDatabase, parseDatabaseMark } from '../../../postgres/database-mark.ts';
import { quoteIdentifier } from '../../../postgres/identifier.ts';
import { INVALID_DATABASE } from '../../../postgres/invalid-database.ts';
import { databaseName, childResource, STOPPED } from './child-resource.ts';
import { requireLive } from '../live-state.ts';
import { DATABASE, SERVER, SUPERUSER, USER } from '../addresses.ts';
import { asSuperuser, masterUser, type LocalContext } from '../context.ts';

/** SQLSTATE duplicate_database. */
const EXISTS = '42P04';

/** The database that `database_name` names; every cluster has `postgres`. */
export const database = defineResource<LocalContext>()({
  type: DATABASE,
  fields: { database_name: { api: 'pg_database.datname', input: 'database_name', impact: 'online' } },
  permissions: NO_PERMISSIONS,
  observe: async context => {
    const [live, state] = await Promise.all([context.live(), context.databaseState()]);
    if (live === undefined || (state !== undefined && state.database === undefined)) return [];
    const name = databaseName(context);
    return [
      await childResource(context, {
        address: DATABASE,
        type: DATABASE,
        title: `database ${name}`,
        fields: { database_name: name },
        ...(state === undefined ? { unknown: { database_name: STOPPED } } : {}),
        dependsOn: [SERVER, USER]
      })
    ];
  },
  create,
  update: async () => ({}),
  remove: async () => {
    // It is removed with the server's data directory.
  }
});

/** Whether the database was left by an interrupted DROP, so that it had to be dropped. */
async function dropInvalid(session: SqlSession, name: string): Promise<boolean> {
  const [found] = await session.query<{ limit: number }>(
    'select datconnlimit as limit from pg_database where datname = $1',
    [name],
    `look at database ${name}`
  );
  if (found?.limit !== INVALID_DATABASE) return false;
  await session.query(`DROP DATABASE ${quoteIdentifier(name)}`, undefined, `drop database ${name}`);
  return true;
}

async function create(context: LocalContext, work: Pick<Work, 'mark'>): Promise<Facts> {
  const { credentials, isDurable } = await requireLive(context);
  const name = databaseName(context);
  const [owner, identifier] = [quoteIdentifier(masterUser(context, credentials)), quoteIdentifier(name)];
  // Without fsync, copying files is faster than writing them through the log (21 against 27 ms). PostgreSQL 14 has no
  // choice.
  const strategy = isDurable || credentials.version.startsWith('14.') ? '' : ' STRATEGY file_copy';
  await asSuperuser(context, credentials, SUPERUSER, async session => {
    const make = async (): Promise<unknown> =>
      session.query(`CREATE DATABASE ${identifier} OWNER ${owner}${strategy}`, undefined, `create database ${name}`);
    try {
      await make();
    } catch (thrown) {
      if (!(thrown instanceof ProviderError) || thrown.providerCode !== EXISTS) throw thrown;
      if (await dropInvalid(session, name)) await make();
    }
    // A database from a snapshot keeps the record of its scripts.
    const [found] = await session.query<{ comment: string | null }>(
      "select shobj_description(oid, 'pg_database') as comment from pg_database where datname = $1",
      [name],
      `read the mark of ${name}`
    );
    await markDatabase(session, name, { ...parseDatabaseMark(found?.comment), ...work.mark });
  });
  context.invalidate();
  return {};
}
