import { defined } from '../../engine/defined.ts';
import type { Observed } from '../../engine/resource.ts';
import { serverTime } from '../../engine/server-time.ts';
import { ActionError } from '../../errors.ts';
import { timestamp } from '../names.ts';
import type { Snapshot } from '../provider.ts';
import { SERVER } from './addresses.ts';
import { backupsOf } from './api/backups.ts';
import { mutate, whenIdle } from './api/operation.ts';
import type { GcpContext } from './context.ts';

/** The permissions of `takeSnapshot`. */
export const SNAPSHOT_PERMISSIONS = ['cloudsql.backupRuns.create', 'cloudsql.backupRuns.list'] as const;

/**
 * Takes an on-demand backup and waits until it is complete. A backup of the same name that an earlier run began is
 * waited for, not taken again. It is deleted with its instance unless `retain_backups_on_delete` is set. Throws
 * `not-found` without an instance.
 */
export async function takeSnapshot(context: GcpContext, observed: readonly Observed[]): Promise<Snapshot> {
  const { name: instance, project, settings, execution } = context;
  if (!observed.some(one => one.address === SERVER)) {
    throw new ActionError(`Could not take a backup of ${instance}: the database does not exist`, {
      code: 'not-found',
      source: 'user',
      hint: 'Run `apply` first, or correct `name` or `gcp_project`.'
    });
  }
  const id = settings.snapshot_identifier ?? `${instance}-${timestamp(serverTime(execution))}`;
  await whenIdle(context, instance);
  const there = await taken(context, id);
  if (there !== undefined) return { ...there, existed: true };
  await mutate(context, {
    what: `take backup ${id}`,
    instance,
    usually: 'some minutes, by the amount of data',
    permission: 'cloudsql.backupRuns.create',
    type: 'BACKUP_VOLUME',
    send: async (sdk, options) => sdk.backups.createBackup({ parent: `projects/${project}`, backup: {} }, options),
    body: () => defined({ instance, description: id, ttlDays: settings.snapshot_keep_days?.toString() })
  });
  const made = await taken(context, id);
  if (made !== undefined) return made;
  throw new ActionError(
    `Could not take a backup of ${instance}: the operation ended, but the backup is not in the list`,
    {
      code: 'provider-failed',
      source: 'provider',
      hint: `Look for ${id} among the backups of the project in the Google Cloud console.`
    }
  );
}

async function taken(context: GcpContext, id: string): Promise<Snapshot | undefined> {
  const all = await backupsOf(context);
  const live = all.find(one => one.instance === context.name && one.description === id && one.state === 'SUCCESSFUL');
  if (live === undefined) return undefined;
  const bytes = Number(live.maxChargeableBytes ?? 0);
  const size = bytes > 0 ? `, ${(bytes / 2 ** 30).toFixed(1)} GiB` : '';
  return { id: live.name, detail: `${id}${size}` };
}
