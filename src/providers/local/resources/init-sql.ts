import { defineResource, NO_PERMISSIONS, type Facts, type Work } from '../../../engine/resource.ts';
import { markDatabase, type DatabaseMark } from '../../../postgres/database-mark.ts';
import { INIT_SQL_FIELDS, ranFields, runInitSql, unreadFields } from '../../../postgres/init-sql.ts';
import { databaseName, childResource, STOPPED } from './child-resource.ts';
import { requireLive } from '../live-state.ts';
import { DATABASE, INIT_SQL, SERVER, SUPERUSER } from '../addresses.ts';
import { asMaster, asSuperuser, type LocalContext } from '../context.ts';

/**
 * The files of `init_sql`: each runs once, and again only when its content changed. Their hashes are kept in the
 * database's comment.
 */
export const initSql = defineResource<LocalContext>()({
  type: INIT_SQL,
  fields: INIT_SQL_FIELDS,
  permissions: NO_PERMISSIONS,
  observe: async context => {
    const [live, state] = await Promise.all([context.live(), context.databaseState()]);
    const ran = state?.database?.mark?.initSql;
    if (live === undefined || (state !== undefined && ran === undefined)) return [];
    return [
      await childResource(context, {
        address: INIT_SQL,
        type: INIT_SQL,
        title: initSqlTitle(context),
        fields: ranFields(ran ?? {}),
        ...(state === undefined ? { unknown: unreadFields(await context.scripts(), STOPPED) } : {}),
        dependsOn: [SERVER, DATABASE]
      })
    ];
  },
  create: runChanged,
  update: runChanged,
  remove: async () => {
    // It is removed with the server's data directory.
  }
});

/** The title in every plan. */
export function initSqlTitle(context: LocalContext): string {
  return `initial SQL of ${databaseName(context)}`;
}

/** Runs the files that the plan names, in their order, and records each as soon as it is done. */
async function runChanged(context: LocalContext, work: Work): Promise<Facts> {
  const { credentials } = await requireLive(context);
  const name = databaseName(context);
  const mark: DatabaseMark = { ...work.mark, ...(await context.databaseState())?.database?.mark };
  await runInitSql(work, {
    scripts: await context.scripts(),
    ran: mark.initSql ?? {},
    database: name,
    login: use => asMaster(context, credentials, name, use),
    elsewhere: (database, use) => asMaster(context, credentials, database, use),
    keep: hashes =>
      asSuperuser(context, credentials, SUPERUSER, session => markDatabase(session, name, { ...mark, initSql: hashes }))
  });
  context.invalidate();
  return {};
}
