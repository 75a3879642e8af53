import { defineResource, NO_PERMISSIONS, type Facts, type Work } from '../engine/resource.ts';
import { ActionError } from '../errors.ts';
import { databaseComment } from '../postgres/database-mark.ts';
import { INIT_SQL_FIELDS, ranFields, runInitSql, type ScriptHashes } from '../postgres/init-sql.ts';
import { asOwnerAlone, type DatabaseContext } from './database-context.ts';
import { change, locked } from './locked.ts';
import { ownMark } from './database-state.ts';
import type { DatabaseState, EphemeralMark } from './database-types.ts';
import { databaseAddress, INIT_SQL } from './resource-names.ts';

/**
 * The files of `init_sql`, run by the pull request's role: the repository's own SQL never runs with the server's
 * rights.
 */
export const initSql = defineResource<DatabaseContext>()({
  type: INIT_SQL,
  fields: INIT_SQL_FIELDS,
  permissions: NO_PERMISSIONS,
  observe: async context => {
    const state = await context.databaseState();
    const ran = state?.database?.mark?.initSql;
    if (state === undefined || ran === undefined) return [];
    return [
      {
        address: INIT_SQL,
        type: INIT_SQL,
        title: `initial SQL of ${context.name}`,
        ownership: context.ownershipOf(ownMark(state)),
        fields: ranFields(ran),
        facts: {},
        deletedWith: databaseAddress(context),
        dependsOn: [databaseAddress(context)],
        concurrencyGroup: context.name
      }
    ];
  },
  create: runChanged,
  update: runChanged,
  remove: async () => {
    // It is dropped with the database.
  }
});

async function runChanged(context: DatabaseContext, work: Work): Promise<Facts> {
  const password = await context.passwords.known();
  if (password === undefined) {
    throw new ActionError(
      `Could not run init_sql in ${context.name}: only the run that created it knows its password`,
      {
        code: 'credentials-missing',
        source: 'user',
        hint: 'Set `password_seed`, so that every run can derive it, or recreate the database with `reset: true`.'
      }
    );
  }
  const scripts = await context.scripts();
  // Two runs at once plan the same files: the second skips them.
  await locked(context, async admin => {
    const before = await context.databaseState();
    const mark: EphemeralMark = { ...work.mark, ...before?.database?.mark };
    const commentWith = (hashes: ScriptHashes): string => databaseComment(context.name, { ...mark, initSql: hashes });
    await runInitSql(work, {
      scripts,
      ran: mark.initSql ?? {},
      database: context.name,
      login: use => asOwnerAlone(context, password, admin, use),
      keep: async hashes => change(context, admin, [commentWith(hashes)], `mark database ${context.name}`),
      record: {
        // The owner of the database is the role itself, whatever the script made of the session.
        statement: hashes => `RESET ROLE;\n${commentWith(hashes)}`,
        kept: hashes => {
          if (before !== undefined) remember(context, before, { ...mark, initSql: hashes });
        }
      }
    });
  });
  return {};
}

/** What the script's own transaction has written is known without reading it. */
function remember(context: DatabaseContext, before: DatabaseState, mark: EphemeralMark): void {
  if (before.database === undefined) return;
  context.memory.seen = { ...context.memory.seen, database: JSON.stringify(mark) };
  context.know(Promise.resolve({ ...before, database: { ...before.database, mark } }));
}
