import type { ManagedServer } from '../provider.ts';
import { markOf } from '../mark-tags.ts';
import type { AzureContext } from './context.ts';
import { all, SERVERS } from './live-state.ts';

/** Every server of the resource group, without replicas, which are deleted with their server. */
export async function listServers(context: AzureContext): Promise<readonly ManagedServer[]> {
  const servers = await context.azure.call(`${SERVERS}/read`, async (client, options) =>
    all(client.servers.listByResourceGroup(context.resourceGroup, options))
  );
  return servers
    .filter(one => one.replicationRole === undefined || !/replica/i.test(one.replicationRole))
    .map(one => ({ title: `server ${one.name ?? '?'}`, mark: markOf(one.tags ?? {}) }));
}
