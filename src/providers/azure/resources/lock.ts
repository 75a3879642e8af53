import { defineResource, type Facts, type Observed, type ResourceKind } from '../../../engine/resource.ts';
import { ignoring, UNREADABLE } from '../../failures.ts';
import { LOCK } from '../addresses.ts';
import type { Lock } from '../api/types.ts';
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
    const ours = locks.find(one => isOwnLock(context, one));
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

/** Whether a lock is ours: of our name, on the server itself. */
export function isOwnLock({ names, serverId }: AzureContext, { id = '', name }: Lock): boolean {
  return name === names.lock && id.toLowerCase().startsWith(serverId.toLowerCase());
}

/** How the locks of others are lifted, which no input does. Undefined where there are none, or they may not be read. */
export async function liftOthers(context: AzureContext): Promise<string | undefined> {
  const all = (await ignoring(UNREADABLE, context.liveState().locks())) ?? [];
  const others = all.filter(one => !isOwnLock(context, one)).map(({ id, name }) => `\`${id ?? name ?? '?'}\``);
  if (others.length === 0) return undefined;
  const own = others.length < all.length ? ' Apply `enable_deletion_protection: false` too.' : '';
  return `Delete ${others.length === 1 ? 'the lock' : 'the locks'} ${others.join(', ')} first: others made it.${own}`;
}

/** The lock that forbids every change of the server, with the way out. Undefined where none does. */
export async function frozenBy(context: AzureContext): Promise<Observed['frozen']> {
  const all = (await ignoring(UNREADABLE, context.liveState().locks())) ?? [];
  const server = `${context.serverId}/`.toLowerCase();
  const held = all.find(({ id = '', properties }) => {
    const [scope = ''] = id.toLowerCase().split('/providers/microsoft.authorization/locks/');
    return properties?.level === 'ReadOnly' && server.startsWith(`${scope}/`);
  });
  if (held === undefined) return undefined;
  const hint = `Delete the lock \`${held.id}\` first, or make one of it that forbids deletions only (\`CanNotDelete\`).`;
  return { hint, lockType: KIND.type };
}

export function lockTitle({ names }: AzureContext): string {
  return `lock on ${names.server}`;
}

async function put(context: AzureContext): Promise<Facts> {
  await context.azure.rest('Microsoft.Authorization/locks/write', 'PUT', path(context), {
    properties: { level: 'CanNotDelete', notes: 'Deletion protection, kept by pgkeep (enable_deletion_protection)' }
  });
  return {};
}
