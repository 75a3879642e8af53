import { defineResource } from '../../../engine/resource.ts';
import { textOf } from '../../../engine/value.ts';
import { childResources } from '../../child-resources.ts';
import { userAddress } from '../addresses.ts';
import { ownershipOf } from '../api/tags.ts';
import { DOADMIN, extraUser } from '../api/names.ts';
import type { DigitalOceanContext } from '../context.ts';
import { childResource, CHILD_PERMISSIONS, createChild, observeNamed, removeChild } from './child-resource.ts';

/**
 * The user that `master_username` names, besides `doadmin`, which every cluster has. DigitalOcean generates its
 * password.
 */
export const user = defineResource<DigitalOceanContext>()({
  type: 'user',
  fields: { name: { api: 'name', input: 'master_username', impact: 'blocked', constraint: 'create-only' } },
  permissions: { ...CHILD_PERMISSIONS, observe: ['database:read', 'database:view_credentials'] },
  observe: async context => {
    const [live, named] = [await context.live(), extraUser(context.settings)];
    if (live === undefined) return [];
    const others = childResources({
      target: context.target,
      server: ownershipOf(live.tags ?? [], context.target),
      kind: 'user',
      names: (live.users ?? []).map(({ name }) => name).filter(name => name !== DOADMIN),
      named
    });
    if (named === undefined) return others;
    const place = { address: userAddress(named), title: `user ${named}` };
    const own = await observeNamed(context, 'user', place, async () => {
      if ((await context.user()) === undefined) return [];
      const known = { fields: { name: named }, facts: { name: named } };
      return [childResource(context, live, { ...place, ...known, type: 'user' })];
    });
    return [...own, ...others];
  },
  create: async (context, work) => createChild(context, work, 'users', { name: textOf(work.values.name) }),
  update: async () => ({}),
  remove: async (context, work) => removeChild(context, work, 'users', 'name')
});
