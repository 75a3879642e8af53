import type { ResourceType } from '../../../engine/resource.ts';
import { textOf } from '../../../engine/value.ts';
import { found } from '../../failures.ts';
import { databaseAddress } from '../api/names.ts';
import type { DoWorld } from '../context.ts';
import { inside, INSIDE_PERMISSIONS, makeInside, placeOf, removeInside } from './child-resource.ts';

/** The database of the workflow's own, beside `defaultdb`, which is always there. */
export const database: ResourceType<DoWorld> = {
  type: 'database',
  fields: { name: { api: 'name', input: 'database_name', impact: 'blocked', guard: 'create-only' } },
  permissions: INSIDE_PERMISSIONS,
  observe: async world => {
    const live = await world.live();
    const name = world.settings.database_name;
    if (live === undefined || name === undefined) return [];
    if ((await found(world.api.rest('GET', placeOf(live.id, 'dbs', name)))) === undefined) return [];
    return [
      inside(world, live, {
        address: databaseAddress(name),
        type: 'database',
        title: `database ${name}`,
        fields: { name },
        facts: { name }
      })
    ];
  },
  create: async (world, work) => makeInside(world, work, 'dbs', { name: textOf(work.values['name']) }),
  update: async (_, work) => work.observed?.facts ?? {},
  remove: async (world, work) => removeInside(world, work, 'dbs', 'name')
};
