import { defineResource } from '../../../engine/resource.ts';
import { orUndefined } from '../../failures.ts';
import { databaseAddress } from '../addresses.ts';
import { mutate, whenIdle } from '../api/operation.ts';
import type { GcpContext } from '../context.ts';
import { childResource, observeChildren, childrenOfOthers } from './child-resource.ts';
import type { UnreadableResource } from '../../observe-or-unknown.ts';

/** Databases that every instance has. */
export const OWN_DATABASES: readonly string[] = ['postgres', 'cloudsqladmin'];

/**
 * The database of `database_name`, in addition to `postgres`, which always exists. It belongs to its instance and
 * carries no mark.
 */
export const database = defineResource<GcpContext>()({
  type: 'database',
  fields: { name: { api: 'name', input: 'database_name', impact: 'blocked', constraint: 'create-only' } },
  permissions: {
    observe: ['cloudsql.databases.get', 'cloudsql.databases.list'],
    create: ['cloudsql.databases.create'],
    update: [],
    delete: []
  },
  observe: async context => {
    const [wanted] = wantedDatabases(context);
    const live = await context.live();
    if (live === undefined) return [];
    const system = [...OWN_DATABASES, ...(wanted === undefined ? [] : [wanted.name])];
    const others = childrenOfOthers(context, live, 'database', system, async () => databasesOf(context));
    if (wanted === undefined) return others;
    const { name, address, title } = wanted;
    // A stopped instance can't list its databases: they are assumed to exist.
    const exists = (await observeChildren(live, true, async () => isThere(context, name))) === true;
    const own = { address, type: 'database', title, fields: { name }, facts: { name } };
    return [...(exists ? [childResource(context, live, own)] : []), ...(await others)];
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

/** All databases of the instance. */
export async function databasesOf({ gcp, project, name: instance }: GcpContext): Promise<readonly string[]> {
  const call = { permission: 'cloudsql.databases.list', subject: instance };
  const all = await gcp.all<{ readonly name?: string }>(call, async (sdk, _token, options) =>
    sdk.databases.list({ project, instance }, options)
  );
  return all.flatMap(({ name }) => name ?? []);
}
