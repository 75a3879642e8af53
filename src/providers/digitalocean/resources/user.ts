import type { ResourceType } from '../../../engine/resource.ts';
import { textOf } from '../../../engine/value.ts';
import { extraUser, userAddress } from '../api/names.ts';
import type { DoWorld } from '../context.ts';
import { inside, INSIDE_PERMISSIONS, makeInside, removeInside } from './child-resource.ts';

/** What we read of a user; the password only with the scope `database:view_credentials`. */
export interface User {
  readonly name: string;
  readonly password?: string;
}

/** The user that `master_username` names, beside `doadmin`, which is always there. DigitalOcean makes its password. */
export const user: ResourceType<DoWorld> = {
  type: 'user',
  fields: { name: { api: 'name', input: 'master_username', impact: 'blocked', guard: 'create-only' } },
  permissions: { ...INSIDE_PERMISSIONS, observe: ['database:read', 'database:view_credentials'] },
  observe: async world => {
    const [live, name] = [await world.live(), extraUser(world.settings)];
    if (live === undefined || name === undefined) return [];
    if ((await world.user()) === undefined) return [];
    return [
      inside(world, live, {
        address: userAddress(name),
        type: 'user',
        title: `user ${name}`,
        fields: { name },
        facts: { name }
      })
    ];
  },
  create: async (world, work) => makeInside(world, work, 'users', { name: textOf(work.values['name']) }),
  update: async (_, work) => work.observed?.facts ?? {},
  remove: async (world, work) => removeInside(world, work, 'users', 'name')
};
