import { defineResource } from '../../../engine/resource.ts';
import { textOf } from '../../../engine/value.ts';
import { orUndefined } from '../../failures.ts';
import { childResources } from '../../child-resources.ts';
import { databaseAddress } from '../addresses.ts';
import { ownershipOf } from '../api/tags.ts';
import type { DigitalOceanContext } from '../context.ts';
import {
  childPath,
  childResource,
  CHILD_PERMISSIONS,
  createChild,
  observeNamed,
  removeChild
} from './child-resource.ts';

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
    const place = { address: databaseAddress(named), title: `database ${named}` };
    const own = await observeNamed(context, 'database', place, async () => {
      const found = await orUndefined(context.api.rest('GET', childPath(live.id, 'dbs', named)));
      if (found === undefined) return [];
      const known = { fields: { name: named }, facts: { name: named } };
      return [childResource(context, live, { ...place, ...known, type: 'database' })];
    });
    return [...own, ...others];
  },
  create: async (context, work) => createChild(context, work, 'dbs', { name: textOf(work.values.name) }),
  update: async () => ({}),
  remove: async (context, work) => removeChild(context, work, 'dbs', 'name')
});
