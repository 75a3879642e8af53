import type { AzureContext } from '../context.ts';
import { SERVERS } from '../live-state.ts';

/** The permission of `deletedAt`. */
export const READ_ACTIVITY = 'Microsoft.Insights/eventtypes/values/read';

/** Days for which Azure keeps the backups of a deleted server. */
export const KEPT_DAYS = 5;

interface Event {
  readonly operationName?: { readonly value?: string };
  readonly status?: { readonly value?: string };
  readonly submissionTimestamp?: string;
}

/**
 * When a server was deleted, by the activity log: Azure lists deleted servers nowhere else. `undefined` where the log
 * has no deletion within the days that backups are kept.
 * https://learn.microsoft.com/azure/postgresql/backup-restore/how-to-restore-deleted-server
 */
export async function deletedAt({ azure, execution }: AzureContext, serverId: string): Promise<string | undefined> {
  const since = new Date(execution.clock.now().getTime() - KEPT_DAYS * 86_400_000).toISOString();
  const filter = `eventTimestamp ge '${since}' and resourceUri eq '${serverId}'`;
  const path = `/subscriptions/${azure.subscription}/providers/Microsoft.Insights/eventtypes/management/values`;
  const events = (await azure.list(
    READ_ACTIVITY,
    `${path}?api-version=2015-04-01&$filter=${encodeURIComponent(filter)}`
  )) as readonly Event[];
  return events
    .filter(
      ({ operationName, status }) =>
        operationName?.value?.toLowerCase() === `${SERVERS}/delete`.toLowerCase() && status?.value === 'Succeeded'
    )
    .flatMap(({ submissionTimestamp: at }) => at ?? [])
    .sort()
    .at(-1);
}
