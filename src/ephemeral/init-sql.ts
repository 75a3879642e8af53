import { NO_PERMISSIONS, type Desired, type Facts, type ResourceType, type Work } from '../engine/resource.ts';
import { ActionError } from '../errors.ts';
import { markDatabase } from '../postgres/database-mark.ts';
import { INIT_SQL_FIELDS, initSqlScripts, ranFields, runInitSql, wantedFields } from '../postgres/init-sql.ts';
import { asOwner, locked, type DatabaseContext } from './database-context.ts';
import { ownMark, readDatabaseState, type EphemeralMark } from './database-state.ts';
import { databaseAddress, extensionAddress, INIT_SQL } from './resource-names.ts';

/** The files of `init_sql`, run by the pull request's role: the repository's own SQL never runs with the server's rights. */
export const initSql: ResourceType<DatabaseContext> = {
  type: INIT_SQL,
  fields: INIT_SQL_FIELDS,
  permissions: NO_PERMISSIONS,
  observe: async context => {
    const inside = await context.inside();
    const ran = inside?.database?.mark?.initSql;
    if (inside === undefined || ran === undefined) return [];
    return [
      {
        address: INIT_SQL,
        type: INIT_SQL,
        title: `initial SQL of ${context.name}`,
        ownership: context.ownershipOf(ownMark(inside)),
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
    // It goes with the database.
  }
};

/** What `init_sql` asks for. Throws `input-invalid` for a pattern that matches no file. */
export async function desiredInitSql(context: DatabaseContext): Promise<readonly Desired[]> {
  const scripts = await initSqlScripts(context.settings.init_sql, context.workspace);
  if (scripts.length === 0) return [];
  return [
    {
      address: INIT_SQL,
      type: INIT_SQL,
      title: `initial SQL of ${context.name}`,
      presence: 'present',
      fields: wantedFields(scripts),
      dependsOn: [databaseAddress(context), ...(context.settings.extensions ?? []).map(extensionAddress)],
      concurrencyGroup: context.name
    }
  ];
}

async function runChanged(context: DatabaseContext, work: Work): Promise<Facts> {
  const password = await context.passwords.known();
  if (password === undefined) {
    throw new ActionError(
      `Could not run init_sql in ${context.name}: its password is known only to the run that made it`,
      {
        code: 'credentials-missing',
        source: 'user',
        hint: 'Set `password_seed`, so that every run can derive it; or recreate the database with `reset: true`.'
      }
    );
  }
  const scripts = await initSqlScripts(context.settings.init_sql, context.workspace);
  // Two runs at once plan the same files: the second finds them done.
  await locked(context, async admin => {
    const before = await readDatabaseState(context);
    const mark: EphemeralMark = { ...work.mark, ...before?.database?.mark };
    await runInitSql(work, {
      scripts,
      ran: mark.initSql ?? {},
      login: use => asOwner(context, password, use),
      keep: hashes => markDatabase(admin, context.name, { ...mark, initSql: hashes })
    });
  });
  context.invalidate();
  return {};
}
