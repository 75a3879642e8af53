import type { ResourceType } from '../../../engine/resource.ts';
import { textOf } from '../../../engine/value.ts';
import { orUndefined } from '../../failures.ts';
import { databaseAddress } from '../api/names.ts';
import type { DigitalOceanContext } from '../context.ts';
import { childResource, CHILD_PERMISSIONS, createChild, placeOf, removeChild } from './child-resource.ts';

/** The database of the workflow's own, beside `defaultdb`, which is always there. */
export const database: ResourceType<DigitalOceanContext> = {
  type: 'database',
  fields: { name: { api: 'name', input: 'database_name', impact: 'blocked', constraint: 'create-only' } },
  permissions: CHILD_PERMISSIONS,
  observe: async context => {
    const live = await context.live();
    const name = context.settings.database_name;
    if (live === undefined || name === undefined) return [];
    if ((await orUndefined(context.api.rest('GET', placeOf(live.id, 'dbs', name)))) === undefined) return [];
    return [
      childResource(context, live, {
        address: databaseAddress(name),
        type: 'database',
        title: `database ${name}`,
        fields: { name },
        facts: { name }
      })
    ];
  },
  create: async (context, work) => createChild(context, work, 'dbs', { name: textOf(work.values['name']) }),
  update: async (_, work) => work.observed?.facts ?? {},
  remove: async (context, work) => removeChild(context, work, 'dbs', 'name')
};
