import { defineResource, NO_PERMISSIONS, type Facts, type FieldTable, type Work } from '../engine/resource.ts';
import { textOf } from '../engine/value.ts';
import { ProviderError } from '../errors.ts';
import type { SqlSession } from '../postgres/connection.ts';
import { createExtension, extensionStatement, requireExtension } from '../postgres/extension.ts';
import { asAdminIn, asOwner, isFreshCopy, type DatabaseContext, type KnownServer } from './database-context.ts';
import { locked } from './locked.ts';
import { REASSIGN_OBJECTS } from './reassign-objects.ts';
import { ownMark } from './database-state.ts';
import { databaseAddress, EXTENSION, extensionAddress } from './resource-names.ts';

const fields = {
  extension: { api: 'pg_extension.extname', input: 'extensions', impact: 'online' }
} as const satisfies FieldTable;

/** An extension of the pull request's database. */
export const extension = defineResource<DatabaseContext>()({
  type: EXTENSION,
  fields,
  permissions: NO_PERMISSIONS,
  observe: async context => {
    const state = await context.databaseState();
    const { extensions: asked = [] } = context.settings;
    const installed = asked.length === 0 ? [] : ((await state?.database?.extensions()) ?? []);
    return asked
      .filter(name => installed.includes(name))
      .map(name => ({
        address: extensionAddress(name),
        type: EXTENSION,
        title: `extension ${name}`,
        ownership: context.ownershipOf(state === undefined ? undefined : ownMark(state)),
        fields: { extension: name },
        facts: {},
        deletedWith: databaseAddress(context),
        dependsOn: [databaseAddress(context)],
        concurrencyGroup: context.name
      }));
  },
  create,
  update: async () => ({}),
  remove: async () => {
    // It is dropped with the database.
  }
});

/**
 * As the database's owner where that is allowed, so that nothing in the database runs with the server's own rights
 * unnecessarily.
 */
async function create(context: DatabaseContext, work: Work<typeof fields>): Promise<Facts> {
  const name = textOf(work.values.extension);
  // PostgreSQL's own IF NOT EXISTS fails when two sessions create one at once.
  await locked(context, async admin => {
    const password = await context.passwords.known();
    const use = async (session: SqlSession): Promise<void> => {
      const { isToReassign = false } = context.memory;
      // PostgreSQL's default; its own names still come first.
      await session.query(
        [...(isToReassign ? [REASSIGN_OBJECTS] : []), 'SET LOCAL search_path = public', extensionStatement(name)].join(
          ';\n'
        ),
        undefined,
        `${isToReassign ? `reassign the objects of the template to ${context.name} and ` : ''}create extension ${name}`
      );
      context.memory.isToReassign = false;
    };
    try {
      // The admin's connection in a fresh copy is open already.
      if (!isFreshCopy(context) && password !== undefined && (await createAsOwner(context, password, admin, name)))
        return;
      await asAdminIn(context, context.name, admin, use);
    } catch (thrown) {
      if (thrown instanceof ProviderError) await requireExtension(admin, name);
      throw thrown;
    }
  });
  const { extensions = [] } = context.memory;
  context.memory.extensions = [...extensions, name];
  return {};
}

async function createAsOwner(
  context: DatabaseContext,
  password: string,
  known: KnownServer,
  name: string
): Promise<boolean> {
  try {
    await asOwner(context, password, known, session => createExtension(session, name));
    return true;
  } catch (thrown) {
    if (thrown instanceof ProviderError && thrown.kind === 'denied') return false;
    throw thrown;
  }
}
