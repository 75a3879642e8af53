import { defineResource, NO_PERMISSIONS, type Facts, type FieldTable, type Work } from '../../../engine/resource.ts';
import { textOf } from '../../../engine/value.ts';
import { packageHint } from '../installation/package-hint.ts';
import { createExtension, requireExtension } from '../../../postgres/extension.ts';
import { databaseName, childResource, STOPPED } from './child-resource.ts';
import { requireLive } from '../live-state.ts';
import { DATABASE, EXTENSION, SERVER, extensionAddress } from '../addresses.ts';
import { asSuperuser, type LocalContext } from '../context.ts';

const fields = {
  extension: { api: 'pg_extension.extname', input: 'extensions', impact: 'online' }
} as const satisfies FieldTable;

type ExtensionFields = typeof fields;

/** An extension of the database, in the version that comes with the binaries. */
export const extension = defineResource<LocalContext>()({
  type: EXTENSION,
  fields,
  permissions: NO_PERMISSIONS,
  observe: async context => {
    const [live, state] = await Promise.all([context.live(), context.databaseState()]);
    if (live === undefined) return [];
    const asked = context.settings.extensions ?? [];
    const installed = state === undefined ? asked : asked.filter(name => name in state.extensions);
    return Promise.all(
      installed.map(name =>
        childResource(context, {
          address: extensionAddress(name),
          type: EXTENSION,
          title: `extension ${name}`,
          fields: { extension: name },
          ...(state === undefined ? { unknown: { extension: STOPPED } } : {}),
          dependsOn: [SERVER, DATABASE]
        })
      )
    );
  },
  create,
  update: async () => ({}),
  remove: async () => {
    // It is removed with the server's data directory.
  }
});

async function create(context: LocalContext, work: Work<ExtensionFields>): Promise<Facts> {
  const { credentials } = await requireLive(context);
  const name = textOf(work.values.extension);
  await asSuperuser(context, credentials, databaseName(context), async session => {
    await requireExtension(session, name, one => packageHint(one, credentials.version, context.machine.platform));
    await createExtension(session, name);
  });
  return {};
}
