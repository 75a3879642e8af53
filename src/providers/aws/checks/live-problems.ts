import type { DBInstance } from '@aws-sdk/client-rds';
import type { Problem } from '../../../spec/problem.ts';
import { replicaCount } from '../../../spec/spec.ts';
import type { AwsContext } from '../context.ts';
import { tenthMore } from '../resources/server/field.ts';
import { wants } from '../desired/parts.ts';
import { windowsOverlap } from './windows-overlap.ts';

/** What the inputs ask for that does not go with what the server has already, and that no input speaks of. */
export function liveProblems(context: AwsContext, live: DBInstance | undefined): readonly Problem[] {
  return live === undefined
    ? []
    : [...backupProblems(context, live), ...windowProblems(context, live), ...ceilingProblems(context, live)];
}

function backupProblems({ settings }: AwsContext, live: DBInstance): readonly Problem[] {
  const asked = replicaCount(settings) ?? 0;
  const isCopied = asked > 0 || wants('remote-replica', settings) || settings.backup_region !== undefined;
  if (settings.backup_retention_period === undefined && live.BackupRetentionPeriod === 0 && isCopied) {
    const input =
      asked > 0 ? 'create_read_replica' : settings.replica_region === undefined ? 'backup_region' : 'replica_region';
    return [
      {
        input,
        why: 'needs automated backups, and those of this server are off',
        allowed: 'with `backup_retention_period`, 1–35 days'
      }
    ];
  }
  const replicas = live.ReadReplicaDBInstanceIdentifiers ?? [];
  if (settings.backup_retention_period !== 0 || replicas.length === 0 || replicaCount(settings) === 0) return [];
  return [
    {
      input: 'backup_retention_period',
      value: '0',
      why: `switches backups off, and read replicas need them (${replicas.join(', ')})`,
      allowed: '1–35 days, or `create_read_replica: false`'
    }
  ];
}

/** The other window is the one that the server has. */
function windowProblems({ settings }: AwsContext, live: DBInstance): readonly Problem[] {
  const { backup_window: backup, maintenance_window: maintenance } = settings;
  if ((backup === undefined) === (maintenance === undefined)) return [];
  const [daily, weekly] = [backup ?? live.PreferredBackupWindow, maintenance ?? live.PreferredMaintenanceWindow];
  if (daily === undefined || weekly === undefined || !windowsOverlap(daily, weekly)) return [];
  return [
    {
      input: backup === undefined ? 'maintenance_window' : 'backup_window',
      value: backup ?? maintenance ?? '',
      why: `overlaps the server's ${backup === undefined ? `backup window (${daily})` : `maintenance window (${weekly})`}`,
      allowed: 'windows that have no minute in common'
    }
  ];
}

/** RDS takes no ceiling below a tenth above what there is; one that is as asked may have been reached. */
function ceilingProblems({ settings }: AwsContext, live: DBInstance): readonly Problem[] {
  const { max_allocated_storage: ceiling, allocated_storage: asked = 0 } = settings;
  const size = Math.max(asked, live.AllocatedStorage ?? 0);
  if (ceiling === undefined || ceiling === 0 || ceiling === live.MaxAllocatedStorage) return [];
  if (ceiling >= tenthMore(size)) return [];
  return [
    {
      input: 'max_allocated_storage',
      value: String(ceiling),
      why: `is less than a tenth above the storage of the server (${size} GiB)`,
      allowed: `at least ${tenthMore(size)}, or 0 for no growth`
    }
  ];
}
