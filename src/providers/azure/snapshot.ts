import type { Observed } from '../../engine/resource.ts';
import { ActionError } from '../../errors.ts';
import { timestamp } from '../names.ts';
import type { Snapshot } from '../provider.ts';
import { SERVER } from './addresses.ts';
import { mutate } from './azure-operation.ts';
import type { AzureWorld } from './azure-world.ts';
import { SERVERS } from './reading.ts';

/** What `takeSnapshot` needs to be allowed. */
export const SNAPSHOT_PERMISSIONS = [`${SERVERS}/backups/read`, `${SERVERS}/backups/write`] as const;

/** Takes an on-demand backup and waits until it is complete. Throws `not-found` without a server. */
export async function takeSnapshot(world: AzureWorld, observed: readonly Observed[]): Promise<Snapshot> {
  const { names, resourceGroup, settings, context } = world;
  if (!observed.some(one => one.address === SERVER)) {
    throw new ActionError(`Take a backup of ${names.server}: there is no such database`, {
      code: 'not-found',
      source: 'user',
      hint: 'Apply it first; or correct `name`, `resource_group_name` or the subscription.'
    });
  }
  const id = settings.snapshot_identifier ?? `${names.server}-${timestamp(context.clock.now())}`;
  await mutate(world, {
    what: `backup ${id}`,
    usually: 'some minutes, by the amount of data',
    operation: `${SERVERS}/backups/write`,
    server: names.server,
    send: async (client, options) =>
      client.backupsAutomaticAndOnDemand.beginCreate(resourceGroup, names.server, id, options)
  });
  return { id, detail: 'an on-demand backup, which is gone with its server' };
}
