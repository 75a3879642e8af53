import { NO_PERMISSIONS, type Facts, type ResourceType, type Work } from '../engine/resource.ts';
import { textOf } from '../engine/value.ts';
import { ProviderError } from '../errors.ts';
import type { Session } from '../postgres/connection.ts';
import { createExtension, requireExtension } from '../postgres/extension.ts';
import { asAdmin, asOwner, locked, type DatabaseWorld } from './database-context.ts';
import { ownMark } from './database-state.ts';
import { databaseAddress, EXTENSION, extensionAddress } from './resource-names.ts';

/** An extension of the pull request's database. */
export const extension: ResourceType<DatabaseWorld> = {
  type: EXTENSION,
  fields: { extension: { api: 'pg_extension.extname', input: 'extensions', impact: 'online' } },
  permissions: NO_PERMISSIONS,
  observe: async world => {
    const inside = await world.inside();
    const there = inside?.database?.extensions ?? [];
    return (world.settings.extensions ?? [])
      .filter(name => there.includes(name))
      .map(name => ({
        address: extensionAddress(name),
        type: EXTENSION,
        title: `extension ${name}`,
        ownership: world.ownershipOf(inside === undefined ? undefined : ownMark(inside)),
        fields: { extension: name },
        facts: {},
        goesWith: databaseAddress(world),
        dependsOn: [databaseAddress(world)],
        lane: world.name
      }));
  },
  create,
  update: async () => ({}),
  remove: async () => {
    // It goes with the database.
  }
};

/** As the database's owner where that is allowed, so that nothing in the database is run with the server's own rights without need. */
async function create(world: DatabaseWorld, work: Work): Promise<Facts> {
  const name = textOf(work.values['extension']);
  // PostgreSQL's own IF NOT EXISTS fails when two sessions create one at once.
  await locked(world, async admin => {
    await requireExtension(admin, name);
    const password = await world.passwords.known();
    if (password !== undefined && (await createAsOwner(world, password, name))) return;
    const use = async (session: Session): Promise<void> => {
      // Where PostgreSQL would look for a place by itself; its own names still come first.
      await session.query('SET search_path = public');
      await createExtension(session, name);
    };
    await asAdmin(world, use, world.name);
  });
  world.forget();
  return {};
}

async function createAsOwner(world: DatabaseWorld, password: string, name: string): Promise<boolean> {
  try {
    await asOwner(world, password, session => createExtension(session, name));
    return true;
  } catch (thrown) {
    if (thrown instanceof ProviderError && thrown.kind === 'denied') return false;
    throw thrown;
  }
}
