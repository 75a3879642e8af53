import { defineResource } from '../../../engine/resource.ts';
import { orUndefined } from '../../failures.ts';
import { databaseAddress } from '../addresses.ts';
import { mutate, whenIdle } from '../api/operation.ts';
import type { GcpContext } from '../context.ts';
import { childResource, observeChildren } from './child-resource.ts';
import type { UnreadableResource } from '../../observe-or-unknown.ts';

/**
 * The database of `database_name`, in addition to `postgres`, which always exists. It belongs to its instance and
 * carries no mark.
 */
export const database = defineResource<GcpContext>()({
  type: 'database',
  fields: { name: { api: 'name', input: 'database_name', impact: 'blocked', constraint: 'create-only' } },
  permissions: {
    observe: ['cloudsql.databases.get'],
    create: ['cloudsql.databases.create'],
    update: [],
    delete: []
  },
  observe: async context => {
    const [wanted] = wantedDatabases(context);
    const live = await context.live();
    if (wanted === undefined || live === undefined) return [];
    const { name, address, title } = wanted;
    // A stopped instance can't list its databases: they are assumed to exist.
    if ((await observeChildren(live, true, async () => isThere(context, name))) !== true) return [];
    return [childResource(context, live, { address, type: 'database', title, fields: { name }, facts: { name } })];
  },
  create: async (context, work) => {
    const { name: instance, project } = context;
    const name = work.address.slice('database/'.length);
    // An earlier run may have begun it, and a copy has the databases of its source.
    await whenIdle(context, instance);
    if (await isThere(context, name)) return { name };
    await mutate(context, {
      what: `create database ${name}`,
      instance,
      usually: 'some seconds',
      permission: 'cloudsql.databases.create',
      type: 'CREATE_DATABASE',
      send: async (sdk, options) => sdk.databases.insert({ project, instance, body: {} }, options),
      body: () => ({ project, instance, name, charset: 'UTF8', collation: 'en_US.UTF8' })
    });
    return { name };
  },
  update: async () => ({}),
  // A database is deleted only with its instance.
  remove: async () => undefined
});

/** The database that inputs name, unless it is `postgres`. */
export function wantedDatabases({
  settings: { database_name: name }
}: GcpContext): readonly (UnreadableResource & { readonly name: string })[] {
  if (name === undefined || name === 'postgres') return [];
  return [{ address: databaseAddress(name), title: `database ${name}`, name }];
}

async function isThere({ gcp, project, name: instance }: GcpContext, name: string): Promise<boolean> {
  const call = { permission: 'cloudsql.databases.get', subject: `${instance}/${name}` };
  const live = gcp.sql(call, async (sdk, options) => sdk.databases.get({ project, instance, database: name }, options));
  return (await orUndefined(live)) !== undefined;
}
