import { newestOf, type NewestBackup } from '../newest-backup.ts';
import { backupsOf } from './api/backups.ts';
import type { GcpContext } from './context.ts';
import { recoveryWindow } from './desired/restore-source.ts';

/**
 * The latest recovery time; without point-in-time recovery the newest backup. A copy without a time would be made of
 * the disk, and prove no backup.
 */
export async function newestBackup(context: GcpContext): Promise<NewestBackup> {
  const { name } = context;
  const window = await recoveryWindow(context, name);
  if (window !== undefined) {
    return {
      kind: 'found',
      at: window.latest,
      title: 'point-in-time recovery',
      restore: { restore_source: name, restore_to_time: window.latest }
    };
  }
  const own = (await backupsOf(context)).filter(
    one => one.instance === name && one.state === 'SUCCESSFUL' && one.instanceDeletionTime === undefined
  );
  const newest = newestOf(own, ({ backupInterval }) => backupInterval?.endTime);
  if (newest?.backupInterval?.endTime === undefined) {
    return {
      kind: 'none',
      why: `the instance ${name} has no complete backup`,
      hint: 'Apply `backup_retention_period` and wait for the backup window, or run `command: snapshot`.'
    };
  }
  return {
    kind: 'found',
    at: newest.backupInterval.endTime,
    title: `backup ${newest.name.split('/').at(-1) ?? ''}`,
    restore: { restore_from_snapshot: newest.name }
  };
}
