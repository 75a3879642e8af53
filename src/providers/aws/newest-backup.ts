import { newestOf, type NewestBackup } from '../newest-backup.ts';
import { pages } from './api/pages.ts';
import type { AwsContext } from './context.ts';

/**
 * The latest restorable time of the server, which the observed server has; without automated backups the newest manual
 * snapshot.
 */
export async function newestBackup({ call, execution, liveState, names }: AwsContext): Promise<NewestBackup> {
  const live = await liveState().main();
  const id = names.instance;
  if (live?.LatestRestorableTime !== undefined) {
    return {
      kind: 'found',
      at: live.LatestRestorableTime.toISOString(),
      title: 'point-in-time recovery',
      restore: { restore_source: id, restore_to_time: 'latest' }
    };
  }
  const all = await pages(
    async place => call('rds', 'DescribeDBSnapshots', { DBInstanceIdentifier: id, ...place }),
    page => page.DBSnapshots,
    execution
  );
  const complete = all.filter(({ Status: status }) => status === 'available');
  const newest = newestOf(complete, ({ SnapshotCreateTime: time }) => time?.toISOString());
  const { DBSnapshotIdentifier: snapshot, SnapshotCreateTime: time } = newest ?? {};
  if (snapshot !== undefined && time !== undefined) {
    const restore = { restore_from_snapshot: snapshot };
    return { kind: 'found', at: time.toISOString(), title: `snapshot ${snapshot}`, restore };
  }
  return (live?.BackupRetentionPeriod ?? 0) === 0
    ? {
        kind: 'none',
        why: `${id} keeps no automated backups and has no snapshot`,
        hint: 'Apply `backup_retention_period`, or run `command: snapshot`.'
      }
    : { kind: 'none', why: `RDS has not finished the first backup of ${id}`, hint: 'Run this step again in an hour.' };
}
