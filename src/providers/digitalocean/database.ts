import type { Observed, ResourceType, Work } from '../../engine/resource.ts';
import { textOf } from '../../engine/value.ts';
import { found, settled } from '../answers.ts';
import { databaseAddress, SERVER } from './digitalocean-names.ts';
import { ownershipOf } from './digitalocean-tags.ts';
import { clusterNamed, type DoWorld } from './digitalocean-world.ts';

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
    const seen: Observed = {
      address: databaseAddress(name),
      type: 'database',
      title: `database ${name}`,
      ownership: ownershipOf(live.tags ?? [], world.target),
      fields: { name },
      facts: { id: live.id },
      goesWith: SERVER,
      dependsOn: [SERVER],
      lane: SERVER
    };
    return [seen];
  },
  create: async (world: DoWorld, work: Work) => {
    const id = (await clusterNamed(world, world.target.name))?.id ?? '';
    const path = `/databases/${id}/dbs`;
    const name = textOf(work.values['name']);
    await settled(
      ['already-exists'],
      world.api.rest(
        'POST',
        path,
        { name },
        {
          idempotent: false,
          recheck: async () => found(world.api.rest('GET', `${path}/${encodeURIComponent(name)}`))
        }
      )
    );
    return { id };
  },
  update: async (_, work) => work.observed?.facts ?? {},
  remove: async (world, work) => {
    const id = textOf(work.observed?.facts['id']);
    const name = encodeURIComponent(textOf(work.observed?.fields['name']));
    await settled(['not-found'], world.api.rest('DELETE', `/databases/${id}/dbs/${name}`));
  }
};
