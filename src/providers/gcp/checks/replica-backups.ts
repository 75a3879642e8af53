import type { Observed } from '../../../engine/resource.ts';
import type { Problem } from '../../../spec/problem.ts';
import { replicaNumbers } from '../../numbered-replicas.ts';
import { replicaAddress } from '../addresses.ts';
import type { Instance } from '../api/types.ts';
import type { GcpContext } from '../context.ts';
import type { Restore } from '../desired/restore-source.ts';
import { keepsBackups } from '../desired/server.ts';

/**
 * A replica is created of an instance with backups only. One that exists needs them no more.
 * https://cloud.google.com/sql/docs/postgres/backup-recovery/backups
 */
export function newReplicaProblems(
  { settings }: GcpContext,
  live: Instance | undefined,
  observed: readonly Observed[],
  { source }: Restore
): readonly Problem[] {
  const isNew = (which: number | string): boolean => !observed.some(({ address }) => address === replicaAddress(which));
  const input = replicaNumbers(settings, observed).wanted.some(isNew)
    ? 'create_read_replica'
    : settings.replica_region !== undefined && isNew(settings.replica_region.toLowerCase())
      ? 'replica_region'
      : undefined;
  if (input === undefined) return [];
  const isOn =
    live === undefined ? source !== undefined || undefined : live.settings?.backupConfiguration?.enabled === true;
  if (keepsBackups(settings) ?? (settings.multi_az === true || (isOn ?? true))) return [];
  const allowed =
    settings.enable_backup === undefined && settings.backup_retention_period === 0
      ? '`backup_retention_period: 1` at least'
      : '`enable_backup: true` as well';
  return [{ input, why: 'needs automated backups, and the instance has none', allowed }];
}
