import type { ResourceType } from '../../engine/resource.ts';
import { textOf } from '../../engine/value.ts';
import { found, settled } from '../answers.ts';
import { idOf, whenOnline } from './cluster-wait.ts';
import { extraUser, userAddress } from './digitalocean-names.ts';
import type { DoWorld } from './digitalocean-world.ts';
import { inside } from './inside.ts';

/** What we read of a user; the password only with the scope `database:view_credentials`. */
export interface User {
  readonly name: string;
  readonly password?: string;
}

/** The user that `master_username` names, beside `doadmin`, which is always there. DigitalOcean makes its password. */
export const user: ResourceType<DoWorld> = {
  type: 'user',
  fields: { name: { api: 'name', input: 'master_username', impact: 'blocked', guard: 'create-only' } },
  permissions: {
    observe: ['database:read', 'database:view_credentials'],
    create: ['database:create'],
    update: [],
    delete: ['database:delete']
  },
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
  create: async (world, work) => {
    const id = await idOf(world);
    const name = extraUser(world.settings) ?? '';
    const path = `/databases/${id}/users`;
    const send = async (): Promise<unknown> =>
      world.api.rest(
        'POST',
        path,
        { name },
        {
          idempotent: false,
          recheck: async () => found(world.api.rest('GET', `${path}/${encodeURIComponent(name)}`))
        }
      );
    await settled(['already-exists'], whenOnline(world, work.context, id, send));
    return { id };
  },
  update: async (_, work) => work.observed?.facts ?? {},
  remove: async (world, work) => {
    const id = await idOf(world);
    const name = encodeURIComponent(textOf(work.observed?.facts['name']));
    await settled(['not-found'], world.api.rest('DELETE', `/databases/${id}/users/${name}`));
  }
};
