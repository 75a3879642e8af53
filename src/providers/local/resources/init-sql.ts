import { NO_PERMISSIONS, type Desired, type Facts, type ResourceType, type Work } from '../../../engine/resource.ts';
import { markDatabase, type DatabaseMark } from '../../../postgres/database-mark.ts';
import {
  INIT_SQL_FIELDS,
  initSqlScripts,
  ranFields,
  runInitSql,
  unreadFields,
  wantedFields
} from '../../../postgres/init-sql.ts';
import type { Script } from '../../../postgres/script.ts';
import { databaseName, childResource, STOPPED } from './child-resource.ts';
import { requireLive } from '../live-state.ts';
import { DATABASE, extensionAddress, INIT_SQL, SERVER, SUPERUSER, USER } from '../addresses.ts';
import { asMaster, asSuperuser, type LocalContext } from '../context.ts';

/** The files of `init_sql`: each runs once, and again only when its content changed. Their hashes are kept in the database's comment. */
export const initSql: ResourceType<LocalContext> = {
  type: INIT_SQL,
  fields: INIT_SQL_FIELDS,
  permissions: NO_PERMISSIONS,
  observe: async context => {
    const [live, inside] = await Promise.all([context.live(), context.inside()]);
    const ran = inside?.database?.mark?.initSql;
    if (live === undefined || (inside !== undefined && ran === undefined)) return [];
    return [
      await childResource(context, {
        address: INIT_SQL,
        type: INIT_SQL,
        title: `initial SQL of ${databaseName(context)}`,
        fields: ranFields(ran ?? {}),
        ...(inside === undefined ? { unknown: unreadFields(await scriptsOf(context), STOPPED) } : {}),
        dependsOn: [SERVER, DATABASE]
      })
    ];
  },
  create: runChanged,
  update: runChanged,
  remove: async () => {
    // It goes with the server's data directory.
  }
};

/** What `init_sql` asks for. Throws `input-invalid` for a pattern that matches no file. */
export async function desiredInitSql(context: LocalContext): Promise<readonly Desired[]> {
  const scripts = await scriptsOf(context);
  if (scripts.length === 0) return [];
  const extensions = (context.settings.extensions ?? []).map(extensionAddress);
  return [
    {
      address: INIT_SQL,
      type: INIT_SQL,
      title: `initial SQL of ${databaseName(context)}`,
      presence: 'present',
      fields: wantedFields(scripts),
      dependsOn: [SERVER, USER, DATABASE, ...extensions],
      concurrencyGroup: SERVER
    }
  ];
}

async function scriptsOf(context: LocalContext): Promise<readonly Script[]> {
  return initSqlScripts(context.settings.init_sql, context.workspace);
}

/** Runs the files that the plan names, in their order, and notes each as soon as it is through. */
async function runChanged(context: LocalContext, work: Work): Promise<Facts> {
  const { credentials } = await requireLive(context);
  const name = databaseName(context);
  const mark: DatabaseMark = { ...work.mark, ...(await context.inside())?.database?.mark };
  await runInitSql(work, {
    scripts: await scriptsOf(context),
    ran: mark.initSql ?? {},
    login: use => asMaster(context, credentials, name, use),
    keep: hashes =>
      asSuperuser(context, credentials, SUPERUSER, session => markDatabase(session, name, { ...mark, initSql: hashes }))
  });
  context.invalidate();
  return {};
}
