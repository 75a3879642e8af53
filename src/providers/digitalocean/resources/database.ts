import { defineResource } from '../../../engine/resource.ts';
import { textOf } from '../../../engine/value.ts';
import { orUndefined } from '../../failures.ts';
import { childResources } from '../../child-resources.ts';
import { databaseAddress } from '../addresses.ts';
import { ownershipOf } from '../api/tags.ts';
import type { DigitalOceanContext } from '../context.ts';
import { childPath, childResource, CHILD_PERMISSIONS, createChild, removeChild } from './child-resource.ts';

/** The database that every cluster has. */
export const DEFAULT_DATABASE = 'defaultdb';

/** The database that `database_name` names, besides `defaultdb`, which every cluster has. */
export const database = defineResource<DigitalOceanContext>()({
  type: 'database',
  fields: { name: { api: 'name', input: 'database_name', impact: 'blocked', constraint: 'create-only' } },
  permissions: CHILD_PERMISSIONS,
  observe: async context => {
    const live = await context.live();
    if (live === undefined) return [];
    const named = context.settings.database_name;
    const others = childResources({
      target: context.target,
      server: ownershipOf(live.tags ?? [], context.target),
      kind: 'database',
      names: (live.db_names ?? []).filter(one => one !== DEFAULT_DATABASE),
      named
    });
    if (named === undefined) return others;
    if ((await orUndefined(context.api.rest('GET', childPath(live.id, 'dbs', named)))) === undefined) return others;
    return [
      childResource(context, live, {
        address: databaseAddress(named),
        type: 'database',
        title: `database ${named}`,
        fields: { name: named },
        facts: { name: named }
      }),
      ...others
    ];
  },
  create: async (context, work) => createChild(context, work, 'dbs', { name: textOf(work.values.name) }),
  update: async (_, work) => work.observed?.facts ?? {},
  remove: async (context, work) => removeChild(context, work, 'dbs', 'name')
});
