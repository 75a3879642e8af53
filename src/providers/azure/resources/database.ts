import type { ResourceType } from '../../../engine/resource.ts';
import { databaseAddress, SERVER, SERVER_GROUP } from '../addresses.ts';
import { mutate } from '../api/operation.ts';
import { ownershipOf } from '../api/tags.ts';
import type { AzureContext } from '../context.ts';
import { SERVERS } from '../live-state.ts';

/** The database that applications use. It carries no mark of its own: it is its server's. */
export const database: ResourceType<AzureContext> = {
  type: 'database',
  fields: {},
  permissions: {
    observe: [`${SERVERS}/databases/read`],
    create: [`${SERVERS}/databases/write`],
    update: [],
    delete: []
  },
  observe: async context => {
    const name = context.settings.database_name;
    if (name === undefined) return [];
    const live = await context.liveState().main();
    const isThere = (await context.liveState().databases()).some(one => one.name === name);
    if (live === undefined || !isThere) return [];
    return [
      {
        address: databaseAddress(name),
        type: 'database',
        title: `database ${name}`,
        ownership: ownershipOf(live.tags, context.target),
        fields: {},
        facts: { name },
        deletedWith: SERVER,
        dependsOn: [SERVER],
        concurrencyGroup: SERVER_GROUP
      }
    ];
  },
  create: async (context, work) => {
    const name = work.address.slice('database/'.length);
    await mutate(context, {
      what: `database ${name}`,
      usually: 'a minute',
      operation: `${SERVERS}/databases/write`,
      server: context.names.server,
      send: async (client, options) =>
        client.databases.beginCreate(
          context.resourceGroup,
          context.names.server,
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
