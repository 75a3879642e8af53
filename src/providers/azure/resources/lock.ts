import type { ResourceType } from '../../../engine/resource.ts';
import { ignoring } from '../../failures.ts';
import { LOCK, SERVER, SERVER_GROUP } from '../addresses.ts';
import { ownershipOf } from '../api/tags.ts';
import type { AzureContext } from '../context.ts';
import { LOCKS_API } from '../live-state.ts';

const path = ({ serverId, names }: AzureContext): string =>
  `${serverId}/providers/Microsoft.Authorization/locks/${names.lock}?api-version=${LOCKS_API}`;

/** The deletion protection: a lock on the server, by a name of ours. */
export const lock: ResourceType<AzureContext> = {
  type: 'lock',
  fields: { level: { api: 'level', input: 'enable_deletion_protection', impact: 'online' } },
  permissions: {
    observe: ['Microsoft.Authorization/locks/read'],
    create: ['Microsoft.Authorization/locks/write'],
    update: ['Microsoft.Authorization/locks/write'],
    delete: ['Microsoft.Authorization/locks/delete']
  },
  observe: async context => {
    const live = await context.liveState().main();
    const locks = await context.liveState().locks();
    const prefix = context.serverId.toLowerCase();
    const ours = locks.find(({ id = '', name }) => name === context.names.lock && id.toLowerCase().startsWith(prefix));
    if (live === undefined || ours === undefined) return [];
    return [
      {
        address: LOCK,
        type: 'lock',
        title: lockTitle(context),
        ownership: ownershipOf(live.tags, context.target),
        fields: { level: ours.properties?.level ?? 'CanNotDelete' },
        facts: { id: ours.id ?? '' },
        deletedWith: SERVER,
        dependsOn: [SERVER],
        concurrencyGroup: SERVER_GROUP
      }
    ];
  },
  create: put,
  update: put,
  remove: async context => {
    await ignoring(['not-found'], context.azure.rest('Microsoft.Authorization/locks/delete', 'DELETE', path(context)));
  }
};

export function lockTitle({ names }: AzureContext): string {
  return `lock on ${names.server}`;
}

async function put(context: AzureContext): Promise<Record<string, never>> {
  await context.azure.rest('Microsoft.Authorization/locks/write', 'PUT', path(context), {
    properties: { level: 'CanNotDelete', notes: 'Deletion protection, kept by pgkeep (enable_deletion_protection)' }
  });
  return {};
}
