import { defineResource } from '../../../engine/resource.ts';
import { textOf } from '../../../engine/value.ts';
import { orUndefined } from '../../failures.ts';
import { databaseAddress } from '../addresses.ts';
import type { DigitalOceanContext } from '../context.ts';
import { childPath, childResource, CHILD_PERMISSIONS, createChild, removeChild } from './child-resource.ts';

/** The database that `database_name` names, besides `defaultdb`, which every cluster has. */
export const database = defineResource<DigitalOceanContext>()({
  type: 'database',
  fields: { name: { api: 'name', input: 'database_name', impact: 'blocked', constraint: 'create-only' } },
  permissions: CHILD_PERMISSIONS,
  observe: async context => {
    const live = await context.live();
    const name = context.settings.database_name;
    if (live === undefined || name === undefined) return [];
    if ((await orUndefined(context.api.rest('GET', childPath(live.id, 'dbs', name)))) === undefined) return [];
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
  create: async (context, work) => createChild(context, work, 'dbs', { name: textOf(work.values.name) }),
  update: async (_, work) => work.observed?.facts ?? {},
  remove: async (context, work) => removeChild(context, work, 'dbs', 'name')
});
