import type { Observed } from '../../engine/resource.ts';
import { ActionError, ProviderError } from '../../errors.ts';
import { isFailure } from '../failures.ts';
import { timestamp } from '../names.ts';
import type { Snapshot } from '../provider.ts';
import { SERVER } from './addresses.ts';
import { mutate } from './api/operation.ts';
import type { AzureContext } from './context.ts';
import { SERVERS } from './live-state.ts';

/** https://learn.microsoft.com/azure/postgresql/backup-restore/concepts-backup-restore#on-demand-backups */
const LIMITS =
  'Azure takes backups on demand of up to seven at a time, and of none with a burstable size or PremiumV2_LRS storage. Its own daily backups are there all the same: restore with `restore_source`, or take a dump.';

/** What `takeSnapshot` needs to be allowed. */
export const SNAPSHOT_PERMISSIONS = [`${SERVERS}/backups/read`, `${SERVERS}/backups/write`] as const;

/** Takes an on-demand backup and waits until it is complete. Throws `not-found` without a server. */
export async function takeSnapshot(context: AzureContext, observed: readonly Observed[]): Promise<Snapshot> {
  const { names, resourceGroup, settings, execution } = context;
  if (!observed.some(one => one.address === SERVER)) {
    throw new ActionError(`Take a backup of ${names.server}: there is no such database`, {
      code: 'not-found',
      source: 'user',
      hint: 'Apply it first; or correct `name`, `resource_group_name` or the subscription.'
    });
  }
  const id = settings.snapshot_identifier ?? `${names.server}-${timestamp(execution.clock.now())}`;
  try {
    await mutate(context, {
      what: `backup ${id}`,
      usually: 'some minutes, by the amount of data',
      operation: `${SERVERS}/backups/write`,
      server: names.server,
      send: async (client, options) =>
        client.backupsAutomaticAndOnDemand.beginCreate(resourceGroup, names.server, id, options)
    });
  } catch (thrown) {
    if (!isFailure(thrown, 'invalid')) throw thrown;
    throw new ProviderError(thrown.message, { kind: 'invalid', cause: thrown, hint: LIMITS });
  }
  return { id, detail: 'an on-demand backup, which is gone with its server' };
}
