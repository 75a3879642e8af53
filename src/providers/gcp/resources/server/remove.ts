import { serverTime } from '../../../../engine/server-time.ts';
import { isFailure } from '../../../failures.ts';
import { timestamp } from '../../../names.ts';
import { mutate } from '../../api/operation.ts';
import type { GcpContext } from '../../context.ts';
import { unprotect } from './copy.ts';
import type { ServerWork } from './fields.ts';
import { waitUntilGone } from './wait.ts';

/** Days that a final backup is kept by default. */
export const FINAL_BACKUP_DAYS = 30;

/** Deletes the server, with a final backup unless its data need not be kept. */
export async function removeServer(context: GcpContext, work: ServerWork): Promise<void> {
  const skips = work.observed?.losesData === true || context.target.pullRequest !== undefined;
  await unprotect(context);
  await deleteInstance(context, context.name, !skips);
}

/**
 * Deletes an instance, with a final backup if `keepsBackup`, and waits until it is gone. An instance already gone is a
 * success.
 */
export async function deleteInstance(context: GcpContext, name: string, keepsBackup: boolean): Promise<void> {
  const { project, settings, execution } = context;
  const description = settings.final_snapshot_identifier ?? `${name}-final-${timestamp(serverTime(execution))}`;
  const days = settings.final_backup_days ?? FINAL_BACKUP_DAYS;
  const query = {
    enableFinalBackup: 'true',
    finalBackupTtlDays: String(days),
    finalBackupDescription: description
  };
  await mutate(context, {
    what: `delete ${name}`,
    instance: name,
    usually: '1–5 min',
    permission: 'cloudsql.instances.delete',
    type: 'DELETE',
    send: async (sdk, options) => sdk.instances.delete({ project, instance: name }, options),
    ...(keepsBackup ? { query } : {}),
    reached: thrown => isFailure(thrown, 'not-found')
  });
  await waitUntilGone(context, name);
}
