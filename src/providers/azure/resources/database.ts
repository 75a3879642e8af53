import type { ResourceType } from '../../../engine/resource.ts';
import { databaseAddress, SERVER, SERVER_LANE } from '../addresses.ts';
import { mutate } from '../api/operation.ts';
import { ownershipOf } from '../api/tags.ts';
import type { AzureWorld } from '../context.ts';
import { SERVERS } from '../live-state.ts';

/** The database that applications use. It carries no mark of its own: it is its server's. */
export const database: ResourceType<AzureWorld> = {
  type: 'database',
  fields: {},
  permissions: {
    observe: [`${SERVERS}/databases/read`],
    create: [`${SERVERS}/databases/write`],
    update: [],
    delete: []
  },
  observe: async world => {
    const name = world.settings.database_name;
    if (name === undefined) return [];
    const live = await world.reading().main();
    const isThere = (await world.reading().databases()).some(one => one.name === name);
    if (live === undefined || !isThere) return [];
    return [
      {
        address: databaseAddress(name),
        type: 'database',
        title: `database ${name}`,
        ownership: ownershipOf(live.tags, world.target),
        fields: {},
        facts: { name },
        goesWith: SERVER,
        dependsOn: [SERVER],
        lane: SERVER_LANE
      }
    ];
  },
  create: async (world, work) => {
    const name = work.address.slice('database/'.length);
    await mutate(world, {
      what: `database ${name}`,
      usually: 'a minute',
      operation: `${SERVERS}/databases/write`,
      server: world.names.server,
      send: async (client, options) =>
        client.databases.beginCreate(
          world.resourceGroup,
          world.names.server,
          name,
          { charset: 'UTF8', collation: 'en_US.utf8' },
          options
        )
    });
    return { name };
  },
  update: async () => ({}),
  // Only a destroy of its server takes a database away.
  remove: async () => undefined
};
