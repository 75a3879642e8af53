import type { ResourceType } from '../../engine/resource.ts';
import { found } from '../answers.ts';
import { databaseAddress } from './addresses.ts';
import { mutate, whenIdle } from './gcp-operation.ts';
import type { GcpWorld } from './gcp-world.ts';
import { inside } from './inside.ts';

/** The database that applications use, beside `postgres`, which is always there. It is its instance's, and carries no mark of its own. */
export const database: ResourceType<GcpWorld> = {
  type: 'database',
  fields: {},
  permissions: {
    observe: ['cloudsql.databases.get'],
    create: ['cloudsql.databases.create'],
    update: [],
    delete: []
  },
  observe: async world => {
    const name = world.settings.database_name;
    const live = await world.live();
    // One that is being made answers no question about what is in it.
    if (name === undefined || live?.state !== 'RUNNABLE' || !(await isThere(world, name))) return [];
    const [address, title] = [databaseAddress(name), `database ${name}`];
    return [inside(world, live, { address, type: 'database', title, fields: {}, facts: { name } })];
  },
  create: async (world, work) => {
    const { name: instance, project } = world;
    const name = work.address.slice('database/'.length);
    // An earlier run may have begun it, and a copy has what its source had.
    await whenIdle(world, instance);
    if (await isThere(world, name)) return { name };
    await mutate(world, {
      what: `database ${name}`,
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
  // Only the end of its instance takes a database away.
  remove: async () => undefined
};

async function isThere({ gcp, project, name: instance }: GcpWorld, name: string): Promise<boolean> {
  const call = { permission: 'cloudsql.databases.get', subject: `${instance}/${name}` };
  const live = gcp.sql(call, async (sdk, options) => sdk.databases.get({ project, instance, database: name }, options));
  return (await found(live)) !== undefined;
}
