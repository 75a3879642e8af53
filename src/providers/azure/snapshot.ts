import type { Observed } from '../../engine/resource.ts';
import { serverTime } from '../../engine/server-time.ts';
import { ActionError, ProviderError } from '../../errors.ts';
import { isFailure, orUndefined } from '../failures.ts';
import { timestamp } from '../names.ts';
import { refuseStopped } from '../operations.ts';
import type { Snapshot } from '../provider.ts';
import { SERVER } from './addresses.ts';
import { mutate } from './api/operation.ts';
import type { AzureContext } from './context.ts';
import { SERVERS } from './live-state.ts';

/** https://learn.microsoft.com/azure/postgresql/backup-restore/concepts-backup-restore#on-demand-backups */
const LIMITS =
  'Delete older on-demand backups (Azure keeps seven), or take a dump: burstable sizes and PremiumV2_LRS storage have none. Daily backups exist in any case: restore them with `restore_source`.';

/** The permissions of `takeSnapshot`. */
export const SNAPSHOT_PERMISSIONS = [`${SERVERS}/backups/read`, `${SERVERS}/backups/write`] as const;

/** Takes an on-demand backup and waits until it is complete. Throws `not-found` without a server. */
export async function takeSnapshot(context: AzureContext, observed: readonly Observed[]): Promise<Snapshot> {
  const { names, resourceGroup, settings, execution } = context;
  if (!observed.some(one => one.address === SERVER)) {
    throw new ActionError(`Could not take a backup of ${names.server}: the database does not exist`, {
      code: 'not-found',
      source: 'user',
      hint: 'Run `apply` first, or correct `name`, `resource_group_name` or the subscription.'
    });
  }
  refuseStopped(`take a backup of ${names.server}`, observed);
  const id = settings.snapshot_identifier ?? `${names.server}-${timestamp(serverTime(execution))}`;
  const detail = 'an on-demand backup, which is deleted with its server';
  const earlier = settings.snapshot_identifier === undefined ? undefined : await completed(context, id);
  if (earlier !== undefined) return { id, detail: `${detail}, exists since ${earlier.toISOString()}`, existed: true };
  try {
    await mutate(context, {
      what: `backup ${id}`,
      usually: 'some minutes, depending on the amount of data',
      operation: `${SERVERS}/backups/write`,
      server: names.server,
      send: async (client, options) =>
        client.backupsAutomaticAndOnDemand.beginCreate(resourceGroup, names.server, id, options)
    });
  } catch (thrown) {
    if (!isFailure(thrown, 'invalid')) throw thrown;
    throw new ProviderError(thrown.message, { kind: 'invalid', cause: thrown, hint: LIMITS });
  }
  return { id, detail };
}

/** When a backup of that name was completed; none where there is no such backup, or Azure is still at it. */
async function completed({ azure, names, resourceGroup }: AzureContext, id: string): Promise<Date | undefined> {
  const read = azure.call(`${SERVERS}/backups/read`, async (client, options) =>
    client.backupsAutomaticAndOnDemand.get(resourceGroup, names.server, id, options)
  );
  return (await orUndefined(read))?.completedTime;
}
