import { serverTime } from '../../../engine/server-time.ts';
import { activityOf, isOf, lastOf } from '../api/activity-log.ts';
import type { AzureContext } from '../context.ts';
import { SERVERS } from '../live-state.ts';

/** Days for which Azure keeps the backups of a deleted server. */
export const KEPT_DAYS = 5;

/**
 * When a server was deleted, by the activity log: Azure lists deleted servers nowhere else. `undefined` where the log
 * has no deletion within the days that backups are kept.
 * https://learn.microsoft.com/azure/postgresql/backup-restore/how-to-restore-deleted-server
 */
export async function deletedAt(context: AzureContext, serverId: string): Promise<string | undefined> {
  const since = new Date(serverTime(context.execution).getTime() - KEPT_DAYS * 86_400_000);
  const calls = await activityOf(context, { since, resourceId: serverId });
  return lastOf(calls.filter(one => isOf(one, `${SERVERS}/delete`)).map(({ submissionTimestamp: at }) => at));
}
