import { markFor } from '../engine/ownership.ts';
import { defineResource, NO_PERMISSIONS, type Facts, type FieldTable, type Work } from '../engine/resource.ts';
import { textOf } from '../engine/value.ts';
import { createExtension, requireExtension } from '../postgres/extension.ts';
import { quoteIdentifier } from '../postgres/identifier.ts';
import { runAll, type SqlContext } from './context.ts';
import { databaseAddress, EXTENSION, extensionAddress } from './names.ts';
import { sqlGroup } from './observed.ts';

const fields = {
  extension: { api: 'pg_extension.extname', input: 'extensions', impact: 'online' },
  database: { api: 'CREATE EXTENSION', impact: 'online' },
  version: { api: 'pg_extension.extversion', input: 'update_extensions', impact: 'online' }
} as const satisfies FieldTable;

/** An extension in a database, made by the admin. */
export const extension = defineResource<SqlContext>()({
  type: EXTENSION,
  fields,
  permissions: NO_PERMISSIONS,
  observe: async context => {
    const state = await context.state();
    if (state.kind !== 'seen') return [];
    return context.wanted(state.main).databases.flatMap(({ name, isMain, extensions }) => {
      const there = state.inner.get(name)?.extensions ?? {};
      return extensions.flatMap(one => {
        const version = there[one];
        if (version === undefined) return [];
        return [
          {
            address: extensionAddress(name, one, isMain),
            type: EXTENSION,
            title: extensionTitle(one, name, isMain),
            ownership: { kind: 'ours' as const, mark: markFor(context.target) },
            fields: { extension: one, database: name, version },
            facts: {},
            dependsOn: isMain ? [] : [databaseAddress(name)],
            concurrencyGroup: sqlGroup(context.target)
          }
        ];
      });
    });
  },
  create: async (context, work) => {
    const session = await sessionIn(context, work);
    // PostgreSQL's default place for what an extension brings; its own names still come first.
    await session.query('SET search_path = public');
    const name = textOf(work.values.extension);
    try {
      await createExtension(session, name);
    } catch (thrown) {
      await requireExtension(session, name, one => context.packageFor(one, session.serverVersion));
      throw thrown;
    } finally {
      await session.query('SET search_path = pg_catalog, pg_temp');
    }
    context.invalidate();
    return {};
  },
  update: async (context, work): Promise<Facts> => {
    const name = textOf(work.values.extension ?? work.observed?.fields.extension);
    const session = await sessionIn(context, work);
    if (work.values.version !== undefined) {
      await runAll(
        context,
        session,
        [`ALTER EXTENSION ${quoteIdentifier(name)} UPDATE TO ${quoteIdentifier(textOf(work.values.version))}`],
        `update extension ${name}`
      );
    }
    context.invalidate();
    return {};
  },
  remove: async () => {
    // An extension that no input names is left alone: tables may use its types.
  }
});

async function sessionIn(context: SqlContext, work: Work<typeof fields>): ReturnType<SqlContext['sessions']['admin']> {
  await context.sessions.locked();
  return context.sessions.admin(textOf(work.values.database ?? work.observed?.fields.database));
}

export function extensionTitle(name: string, database: string, isMain: boolean): string {
  return isMain ? `extension ${name}` : `extension ${name} in ${database}`;
}
