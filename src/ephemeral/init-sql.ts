import { NO_PERMISSIONS, type Desired, type Facts, type ResourceType, type Work } from '../engine/resource.ts';
import { ActionError } from '../errors.ts';
import { markDatabase } from '../postgres/database-mark.ts';
import { INIT_SQL_FIELDS, initSqlScripts, ranFields, runInitSql, wantedFields } from '../postgres/init-sql.ts';
import { asOwner, locked, type DatabaseWorld } from './database-context.ts';
import { ownMark, readInside, type EphemeralMark } from './database-state.ts';
import { databaseAddress, extensionAddress, INIT_SQL } from './resource-names.ts';

/** The files of `init_sql`, run by the pull request's role: the repository's own SQL never runs with the server's rights. */
export const initSql: ResourceType<DatabaseWorld> = {
  type: INIT_SQL,
  fields: INIT_SQL_FIELDS,
  permissions: NO_PERMISSIONS,
  observe: async world => {
    const inside = await world.inside();
    const ran = inside?.database?.mark?.initSql;
    if (inside === undefined || ran === undefined) return [];
    return [
      {
        address: INIT_SQL,
        type: INIT_SQL,
        title: `initial SQL of ${world.name}`,
        ownership: world.ownershipOf(ownMark(inside)),
        fields: ranFields(ran),
        facts: {},
        goesWith: databaseAddress(world),
        dependsOn: [databaseAddress(world)],
        lane: world.name
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
export async function desiredInitSql(world: DatabaseWorld): Promise<readonly Desired[]> {
  const scripts = await initSqlScripts(world.settings.init_sql, world.workspace);
  if (scripts.length === 0) return [];
  return [
    {
      address: INIT_SQL,
      type: INIT_SQL,
      title: `initial SQL of ${world.name}`,
      presence: 'present',
      fields: wantedFields(scripts),
      dependsOn: [databaseAddress(world), ...(world.settings.extensions ?? []).map(extensionAddress)],
      lane: world.name
    }
  ];
}

async function runChanged(world: DatabaseWorld, work: Work): Promise<Facts> {
  const password = await world.passwords.known();
  if (password === undefined) {
    throw new ActionError(`Run init_sql in ${world.name}: its password is known only to the run that made it`, {
      code: 'credentials-missing',
      source: 'user',
      hint: 'Set `password_seed`, so that every run can derive it; or recreate the database with `reset: true`.'
    });
  }
  const scripts = await initSqlScripts(world.settings.init_sql, world.workspace);
  // Two runs at once plan the same files: the second finds them done.
  await locked(world, async admin => {
    const before = await readInside(world);
    const mark: EphemeralMark = { ...work.mark, ...before?.database?.mark };
    await runInitSql(work, {
      scripts,
      ran: mark.initSql ?? {},
      login: use => asOwner(world, password, use),
      keep: hashes => markDatabase(admin, world.name, { ...mark, initSql: hashes })
    });
  });
  world.forget();
  return {};
}
