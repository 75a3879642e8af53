import { NO_PERMISSIONS, type Facts, type ResourceType, type Work } from '../../engine/resource.ts';
import { textOf } from '../../engine/value.ts';
import { ProviderError } from '../../errors.ts';
import { quoteIdentifier } from '../../postgres/identifier.ts';
import { didYouMean } from '../../spec/problem.ts';
import { databaseName, insideServer, STOPPED } from './local-inside.ts';
import { requireLive } from './local-live.ts';
import { DATABASE, EXTENSION, SERVER, extensionAddress } from './local-names.ts';
import { asSuperuser, type LocalWorld } from './local-world.ts';

/** An extension of the database, in the version that the binaries bring. */
export const extension: ResourceType<LocalWorld> = {
  type: EXTENSION,
  fields: { extension: { api: 'pg_extension.extname', input: 'extensions', impact: 'online' } },
  permissions: NO_PERMISSIONS,
  observe: async world => {
    const [live, inside] = await Promise.all([world.live(), world.inside()]);
    if (live === undefined) return [];
    const asked = world.settings.extensions ?? [];
    const there = inside === undefined ? asked : asked.filter(name => name in inside.extensions);
    return Promise.all(
      there.map(name =>
        insideServer(world, {
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

async function create(world: LocalWorld, work: Work): Promise<Facts> {
  const { credentials } = await requireLive(world);
  const name = textOf(work.values['extension']);
  await asSuperuser(world, credentials, databaseName(world), async session => {
    const rows = await session.query<{ name: string }>(
      'select name from pg_available_extensions',
      [],
      'list the extensions'
    );
    const available = rows.map(row => row.name);
    if (!available.includes(name)) {
      const suggestion = didYouMean(name, available);
      throw new ProviderError(`Create extension ${name}: PostgreSQL ${credentials.version} here does not have it`, {
        kind: 'invalid',
        hint:
          suggestion === undefined ? `Available: ${available.sort().join(', ')}.` : `Did you mean \`${suggestion}\`?`
      });
    }
    await session.query(
      `CREATE EXTENSION IF NOT EXISTS ${quoteIdentifier(name)} CASCADE`,
      undefined,
      `create extension ${name}`
    );
  });
  return {};
}
