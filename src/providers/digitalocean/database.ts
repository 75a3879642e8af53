import type { ResourceType, Work } from '../../engine/resource.ts';
import { textOf } from '../../engine/value.ts';
import { found, settled } from '../answers.ts';
import { databaseAddress } from './digitalocean-names.ts';
import { idOf, whenOnline } from './cluster-wait.ts';
import type { DoWorld } from './digitalocean-world.ts';
import { inside } from './inside.ts';

/** The database of the workflow's own, beside `defaultdb`, which is always there. */
export const database: ResourceType<DoWorld> = {
  type: 'database',
  fields: { name: { api: 'name', input: 'database_name', impact: 'blocked', guard: 'create-only' } },
  permissions: {
    observe: ['database:read'],
    create: ['database:create'],
    update: [],
    delete: ['database:delete']
  },
  observe: async world => {
    const live = await world.live();
    const name = world.settings.database_name;
    if (live === undefined || name === undefined) return [];
    const path = `/databases/${live.id}/dbs/${encodeURIComponent(name)}`;
    if ((await found(world.api.rest('GET', path))) === undefined) return [];
    return [
      inside(world, live, {
        address: databaseAddress(name),
        type: 'database',
        title: `database ${name}`,
        fields: { name },
        facts: { id: live.id }
      })
    ];
  },
  create: async (world: DoWorld, work: Work) => {
    const id = await idOf(world);
    const path = `/databases/${id}/dbs`;
    const name = textOf(work.values['name']);
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
    const id = textOf(work.observed?.facts['id']);
    const name = encodeURIComponent(textOf(work.observed?.fields['name']));
    await settled(['not-found'], world.api.rest('DELETE', `/databases/${id}/dbs/${name}`));
  }
};
