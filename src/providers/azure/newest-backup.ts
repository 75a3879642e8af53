import type { BackupAutomaticAndOnDemand } from '@azure/arm-postgresql-flexible';
import { newestOf, type NewestBackup } from '../newest-backup.ts';
import type { AzureContext } from './context.ts';
import { SERVERS } from './live-state.ts';

/** The permission of `newestBackup`. */
export const READ_BACKUPS = `${SERVERS}/backups/read`;

/**
 * The newest full backup. Azure says of no later moment that it can be restored: what it logs after a backup is
 * restorable too, some minutes later.
 */
export async function newestBackup({ azure, resourceGroup, names }: AzureContext): Promise<NewestBackup> {
  const id = names.server;
  const all = await azure.call(READ_BACKUPS, async (client, options) => {
    const found: BackupAutomaticAndOnDemand[] = [];
    for await (const one of client.backupsAutomaticAndOnDemand.listByServer(resourceGroup, id, options))
      found.push(one);
    return found;
  });
  const newest = newestOf(all, ({ completedTime: time }) => time?.toISOString());
  if (newest?.completedTime === undefined) {
    return {
      kind: 'none',
      why: `Azure has not finished the first backup of ${id}`,
      hint: 'Run this step again in an hour.'
    };
  }
  const at = newest.completedTime.toISOString();
  return {
    kind: 'found',
    at,
    title: `backup ${newest.name ?? ''}`.trim(),
    restore: { restore_source: id, restore_to_time: at }
  };
}
