import { defineResource, type ResourceKind } from '../../../engine/resource.ts';
import { childResources } from '../../child-resources.ts';
import { databaseAddress } from '../addresses.ts';
import { ownershipOf } from '../api/tags.ts';
import { mutate } from '../api/operation.ts';
import type { AzureContext } from '../context.ts';
import { SERVERS } from '../live-state.ts';
import { childResource } from './child-resource.ts';

/** Databases that every server has. */
const OF_AZURE: readonly string[] = ['azure_maintenance', 'azure_sys', 'postgres'];

const KIND = { type: 'database', fields: {} } as const satisfies ResourceKind;

/** The database that applications use. It carries no mark of its own: it belongs to the owner of its server. */
export const database = defineResource<AzureContext>()({
  ...KIND,
  permissions: {
    observe: [`${SERVERS}/databases/read`],
    create: [`${SERVERS}/databases/write`],
    update: [],
    delete: []
  },
  observe: async context => {
    const name = context.settings.database_name;
    const live = await context.liveState().main();
    if (live === undefined) return [];
    const server = ownershipOf(live.tags, context.target);
    // Whose the others are is known only of a server of ours.
    if (name === undefined && server.kind !== 'ours') return [];
    const all = (await context.liveState().databases()).flatMap(one => one.name ?? []);
    const others = childResources({
      target: context.target,
      server,
      kind: 'database',
      names: all.filter(one => !OF_AZURE.includes(one)),
      named: name
    });
    if (name === undefined || !all.includes(name)) return others;
    const own = { address: databaseAddress(name), title: `database ${name}`, fields: {}, facts: { name } };
    return [childResource(context, live, KIND, own), ...others];
  },
  create: async (context, { address }) => {
    const { resourceGroup, names } = context;
    const name = address.slice('database/'.length);
    const body = { charset: 'UTF8', collation: 'en_US.utf8' };
    await mutate(context, {
      what: `database ${name}`,
      usually: 'a minute',
      operation: `${SERVERS}/databases/write`,
      server: names.server,
      send: async (client, options) => client.databases.beginCreate(resourceGroup, names.server, name, body, options)
    });
    return { name };
  },
  update: async () => ({}),
  // Only destroying the server deletes a database.
  remove: async () => undefined
});
