import { defineResource } from '../../../engine/resource.ts';
import { textOf } from '../../../engine/value.ts';
import { userAddress } from '../addresses.ts';
import { extraUser } from '../api/names.ts';
import type { DigitalOceanContext } from '../context.ts';
import { childResource, CHILD_PERMISSIONS, createChild, removeChild } from './child-resource.ts';

/**
 * The user that `master_username` names, besides `doadmin`, which every cluster has. DigitalOcean generates its
 * password.
 */
export const user = defineResource<DigitalOceanContext>()({
  type: 'user',
  fields: { name: { api: 'name', input: 'master_username', impact: 'blocked', constraint: 'create-only' } },
  permissions: { ...CHILD_PERMISSIONS, observe: ['database:read', 'database:view_credentials'] },
  observe: async context => {
    const [live, name] = [await context.live(), extraUser(context.settings)];
    if (live === undefined || name === undefined) return [];
    if ((await context.user()) === undefined) return [];
    return [
      childResource(context, live, {
        address: userAddress(name),
        type: 'user',
        title: `user ${name}`,
        fields: { name },
        facts: { name }
      })
    ];
  },
  create: async (context, work) => createChild(context, work, 'users', { name: textOf(work.values.name) }),
  update: async (_, work) => work.observed?.facts ?? {},
  remove: async (context, work) => removeChild(context, work, 'users', 'name')
});
