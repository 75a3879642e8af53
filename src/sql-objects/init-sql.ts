import { markFor } from '../engine/ownership.ts';
import { defineResource, NO_PERMISSIONS, type Facts, type Work } from '../engine/resource.ts';
import type { OpenSession, SqlSession } from '../postgres/connection.ts';
import { databaseComment, type DatabaseMark } from '../postgres/database-mark.ts';
import { INIT_SQL_FIELDS, ranFields, runInitSql, type ScriptHashes } from '../postgres/init-sql.ts';
import { INVALID_DATABASE } from '../postgres/invalid-database.ts';
import { runAll, type SqlContext } from './context.ts';
import { databaseAddress, groupsOf, INIT_SQL, initSqlAddress } from './names.ts';
import { sqlGroup } from './observed.ts';
import { mayComment } from './server-state.ts';

/** The files of `init_sql`: each runs once, and again only when its content changed. */
export const initSql = defineResource<SqlContext>()({
  type: INIT_SQL,
  fields: INIT_SQL_FIELDS,
  permissions: NO_PERMISSIONS,
  observe: async context => {
    const state = await context.state();
    if (state.kind !== 'seen') return [];
    return context.wanted(state.main).databases.flatMap(({ name, isMain, scripts }) => {
      const live = state.server.databases.get(name);
      const ran = live?.mark?.initSql;
      // One that an interrupted DROP left is made again, without what ran in it.
      if (scripts.length === 0 || ran === undefined || live?.connectionLimit === INVALID_DATABASE) return [];
      return [
        {
          address: initSqlAddress(name, isMain),
          type: INIT_SQL,
          title: `initial SQL of ${name}`,
          ownership: { kind: 'ours' as const, mark: markFor(context.target) },
          fields: ranFields(ran),
          facts: {},
          dependsOn: isMain ? [] : [databaseAddress(name)],
          concurrencyGroup: sqlGroup(context.target)
        }
      ];
    });
  },
  create: runChanged,
  update: runChanged,
  remove: async () => {
    // What it made belongs to the database.
  }
});

/** As the database's owner group; in the server's own database as the admin. */
async function runChanged(context: SqlContext, work: Work): Promise<Facts> {
  // The record of what ran is read under the lock: two runs plan the same files, and one runs them.
  const admin = await context.sessions.locked();
  const state = await context.fresh();
  const reachedAt = work.execution.clock.now().toISOString();
  const { main } = state;
  const name = databaseOf(work.address) ?? main;
  const wanted = context.wanted(main).databases.find(one => one.name === name);
  if (wanted === undefined) return {};
  const { isMain } = wanted;
  const { applied: _, ownTags: __, ...own } = work.mark;
  const mark: DatabaseMark = { ...own, ...state.server.databases.get(name)?.mark };
  const scripts = await context.scripts(wanted);
  const commentWith = (hashes: ScriptHashes): string => databaseComment(name, { ...mark, initSql: hashes });
  const ran = await runInitSql(work, {
    scripts,
    ran: mark.initSql ?? {},
    database: name,
    login: async use => {
      const { sessions } = context;
      return using(await (isMain ? sessions.freshOwner(name) : sessions.fresh(name, groupsOf(name).owner)), use);
    },
    ...(isMain && (await context.sessions.isOwn())
      ? { elsewhere: async (database, use) => using(await context.sessions.freshOwner(database), use) }
      : {}),
    keep: async hashes => runAll(context, admin, [commentWith(hashes)], `mark database ${name}`),
    // Only its owner comments on a database. On some clouds that of the first one is the cloud's own user.
    ...(!isMain || mayComment(state.server, name)
      ? {
          record: {
            statement: hashes => `RESET SESSION AUTHORIZATION;\nRESET ROLE;\n${commentWith(hashes)}`,
            kept: () => undefined
          }
        }
      : {})
  });
  context.invalidate();
  return { reachedAt, ran };
}

async function using<T>(session: OpenSession, use: (session: SqlSession) => Promise<T>): Promise<T> {
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}

function databaseOf(address: string): string | undefined {
  const prefix = initSqlAddress('', false);
  return address.startsWith(prefix) ? address.slice(prefix.length) : undefined;
}
