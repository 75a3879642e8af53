import type { ResourceType } from '../../../engine/resource.ts';
import { settled } from '../../failures.ts';
import { LOCK, SERVER, SERVER_LANE } from '../addresses.ts';
import { ownershipOf } from '../api/tags.ts';
import type { AzureWorld } from '../context.ts';
import { LOCKS_API } from '../live-state.ts';

const path = ({ serverId, names }: AzureWorld): string =>
  `${serverId}/providers/Microsoft.Authorization/locks/${names.lock}?api-version=${LOCKS_API}`;

/** The deletion protection: a lock on the server, by a name of ours. */
export const lock: ResourceType<AzureWorld> = {
  type: 'lock',
  fields: { level: { api: 'level', input: 'enable_deletion_protection', impact: 'online' } },
  permissions: {
    observe: ['Microsoft.Authorization/locks/read'],
    create: ['Microsoft.Authorization/locks/write'],
    update: ['Microsoft.Authorization/locks/write'],
    delete: ['Microsoft.Authorization/locks/delete']
  },
  observe: async world => {
    const live = await world.reading().main();
    const locks = await world.reading().locks();
    const prefix = world.serverId.toLowerCase();
    const ours = locks.find(({ id = '', name }) => name === world.names.lock && id.toLowerCase().startsWith(prefix));
    if (live === undefined || ours === undefined) return [];
    return [
      {
        address: LOCK,
        type: 'lock',
        title: lockTitle(world),
        ownership: ownershipOf(live.tags, world.target),
        fields: { level: ours.properties?.level ?? 'CanNotDelete' },
        facts: { id: ours.id ?? '' },
        goesWith: SERVER,
        dependsOn: [SERVER],
        lane: SERVER_LANE
      }
    ];
  },
  create: put,
  update: put,
  remove: async world => {
    await settled(['not-found'], world.azure.rest('Microsoft.Authorization/locks/delete', 'DELETE', path(world)));
  }
};

export function lockTitle({ names }: AzureWorld): string {
  return `lock on ${names.server}`;
}

async function put(world: AzureWorld): Promise<Record<string, never>> {
  await world.azure.rest('Microsoft.Authorization/locks/write', 'PUT', path(world), {
    properties: { level: 'CanNotDelete', notes: 'Deletion protection, kept by pgkeep (enable_deletion_protection)' }
  });
  return {};
}
