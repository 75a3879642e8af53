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
import { databaseName, insideServer, STOPPED } from './child-resource.ts';
import { requireLive } from '../live-state.ts';
import { DATABASE, extensionAddress, INIT_SQL, SERVER, SUPERUSER, USER } from '../addresses.ts';
import { asMaster, asSuperuser, type LocalWorld } from '../context.ts';

/** The files of `init_sql`: each runs once, and again only when its content changed. Their hashes are kept in the database's comment. */
export const initSql: ResourceType<LocalWorld> = {
  type: INIT_SQL,
  fields: INIT_SQL_FIELDS,
  permissions: NO_PERMISSIONS,
  observe: async world => {
    const [live, inside] = await Promise.all([world.live(), world.inside()]);
    const ran = inside?.database?.mark?.initSql;
    if (live === undefined || (inside !== undefined && ran === undefined)) return [];
    return [
      await insideServer(world, {
        address: INIT_SQL,
        type: INIT_SQL,
        title: `initial SQL of ${databaseName(world)}`,
        fields: ranFields(ran ?? {}),
        ...(inside === undefined ? { unknown: unreadFields(await scriptsOf(world), STOPPED) } : {}),
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
export async function desiredInitSql(world: LocalWorld): Promise<readonly Desired[]> {
  const scripts = await scriptsOf(world);
  if (scripts.length === 0) return [];
  const extensions = (world.settings.extensions ?? []).map(extensionAddress);
  return [
    {
      address: INIT_SQL,
      type: INIT_SQL,
      title: `initial SQL of ${databaseName(world)}`,
      presence: 'present',
      fields: wantedFields(scripts),
      dependsOn: [SERVER, USER, DATABASE, ...extensions],
      lane: SERVER
    }
  ];
}

async function scriptsOf(world: LocalWorld): Promise<readonly Script[]> {
  return initSqlScripts(world.settings.init_sql, world.workspace);
}

/** Runs the files that the plan names, in their order, and notes each as soon as it is through. */
async function runChanged(world: LocalWorld, work: Work): Promise<Facts> {
  const { credentials } = await requireLive(world);
  const name = databaseName(world);
  const mark: DatabaseMark = { ...work.mark, ...(await world.inside())?.database?.mark };
  await runInitSql(work, {
    scripts: await scriptsOf(world),
    ran: mark.initSql ?? {},
    login: use => asMaster(world, credentials, name, use),
    keep: hashes =>
      asSuperuser(world, credentials, SUPERUSER, session => markDatabase(session, name, { ...mark, initSql: hashes }))
  });
  world.forget();
  return {};
}
