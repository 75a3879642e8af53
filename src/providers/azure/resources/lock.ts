import { defineResource, type Facts, type ResourceKind } from '../../../engine/resource.ts';
import { ignoring } from '../../failures.ts';
import { LOCK } from '../addresses.ts';
import type { AzureContext } from '../context.ts';
import { LOCKS_API } from '../live-state.ts';
import { childResource } from './child-resource.ts';

const path = ({ serverId, names }: AzureContext): string =>
  `${serverId}/providers/Microsoft.Authorization/locks/${names.lock}?api-version=${LOCKS_API}`;

const KIND = {
  type: 'lock',
  fields: { level: { api: 'level', input: 'enable_deletion_protection', impact: 'online' } }
} as const satisfies ResourceKind;

/** The deletion protection: a lock on the server, with a name of ours. */
export const lock = defineResource<AzureContext>()({
  ...KIND,
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
    const fields = { level: ours.properties?.level ?? 'CanNotDelete' };
    const own = { address: LOCK, title: lockTitle(context), fields, facts: { id: ours.id ?? '' } };
    return [childResource(context, live, KIND, own)];
  },
  create: put,
  update: put,
  remove: async context => {
    await ignoring(['not-found'], context.azure.rest('Microsoft.Authorization/locks/delete', 'DELETE', path(context)));
  }
});

export function lockTitle({ names }: AzureContext): string {
  return `lock on ${names.server}`;
}

async function put(context: AzureContext): Promise<Facts> {
  await context.azure.rest('Microsoft.Authorization/locks/write', 'PUT', path(context), {
    properties: { level: 'CanNotDelete', notes: 'Deletion protection, kept by pgkeep (enable_deletion_protection)' }
  });
  return {};
}
