import { NO_PERMISSIONS, type Facts, type ResourceType, type Work } from '../../../engine/resource.ts';
import { textOf } from '../../../engine/value.ts';
import { createExtension, requireExtension } from '../../../postgres/extension.ts';
import { databaseName, childResource, STOPPED } from './child-resource.ts';
import { requireLive } from '../live-state.ts';
import { DATABASE, EXTENSION, SERVER, extensionAddress } from '../addresses.ts';
import { asSuperuser, type LocalContext } from '../context.ts';

/** An extension of the database, in the version that the binaries bring. */
export const extension: ResourceType<LocalContext> = {
  type: EXTENSION,
  fields: { extension: { api: 'pg_extension.extname', input: 'extensions', impact: 'online' } },
  permissions: NO_PERMISSIONS,
  observe: async context => {
    const [live, inside] = await Promise.all([context.live(), context.inside()]);
    if (live === undefined) return [];
    const asked = context.settings.extensions ?? [];
    const there = inside === undefined ? asked : asked.filter(name => name in inside.extensions);
    return Promise.all(
      there.map(name =>
        childResource(context, {
          address: extensionAddress(name),
          type: EXTENSION,
          title: `extension ${name}`,
          fields: { extension: name },
          ...(inside === undefined ? { unknown: { extension: STOPPED } } : {}),
          dependsOn: [SERVER, DATABASE]
        })
      )
    );
  },
  create,
  update: async () => ({}),
  remove: async () => {
    // It goes with the server's data directory.
  }
};

async function create(context: LocalContext, work: Work): Promise<Facts> {
  const { credentials } = await requireLive(context);
  const name = textOf(work.values['extension']);
  await asSuperuser(context, credentials, databaseName(context), async session => {
    await requireExtension(session, name);
    await createExtension(session, name);
  });
  return {};
}
