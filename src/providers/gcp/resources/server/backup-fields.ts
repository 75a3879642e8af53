import type { Observed } from '../../../../engine/resource.ts';
import { counted, type Value } from '../../../../engine/value.ts';
import { lower, settings, type Body, type InstanceFields } from './field.ts';

const backups = (part: Readonly<Record<string, unknown>>): Body => settings({ backupConfiguration: part });
const clock = (value: Value): Value => (typeof value === 'string' ? value.slice(0, '03:00'.length) : value);

/**
 * A plan of the Backup and DR service sets these itself.
 * https://cloud.google.com/sql/docs/postgres/backup-recovery/backup-options
 */
function hasBackupPlan(_live: Value, _wanted: Value, { facts }: Observed): boolean {
  return facts['backup_plan'] === true;
}

/** The backups of an instance, and the log for point-in-time recovery. */
export const BACKUP_FIELDS = {
  enable_backup: {
    api: 'settings.backupConfiguration.enabled',
    input: 'enable_backup',
    impact: 'online',
    read: live => live.settings?.backupConfiguration?.enabled === true,
    write: value => backups({ enabled: value })
  },
  backup_retention_period: {
    api: 'settings.backupConfiguration.backupRetentionSettings.retainedBackups',
    input: 'backup_retention_period',
    impact: 'online',
    show: counted('backup'),
    asked: ({ backup_retention_period: kept }) => (kept === 0 ? undefined : kept),
    satisfied: hasBackupPlan,
    read: live => live.settings?.backupConfiguration?.backupRetentionSettings?.retainedBackups,
    write: value => backups({ backupRetentionSettings: { retainedBackups: value, retentionUnit: 'COUNT' } })
  },
  backup_window: {
    api: 'settings.backupConfiguration.startTime',
    input: 'backup_window',
    impact: 'online',
    // Cloud SQL stores the start only.
    normalise: clock,
    asked: ({ backup_window: window }) => window,
    satisfied: hasBackupPlan,
    read: live => live.settings?.backupConfiguration?.startTime,
    write: value => backups({ startTime: clock(value) })
  },
  backup_location: {
    api: 'settings.backupConfiguration.location',
    input: 'backup_location',
    impact: 'online',
    normalise: lower,
    asked: ({ backup_location: location }) => location,
    read: live => live.settings?.backupConfiguration?.location || undefined,
    write: value => backups({ location: value })
  },
  point_in_time_recovery: {
    api: 'settings.backupConfiguration.pointInTimeRecoveryEnabled',
    input: 'enable_binary_log_backup',
    impact: 'restart',
    asked: ({ enable_binary_log_backup: isOn }) => isOn,
    read: live => live.settings?.backupConfiguration?.pointInTimeRecoveryEnabled === true,
    write: value => backups({ pointInTimeRecoveryEnabled: value })
  },
  transaction_log_retention_days: {
    api: 'settings.backupConfiguration.transactionLogRetentionDays',
    input: 'transaction_log_retention_days',
    impact: 'online',
    show: counted('day'),
    asked: ({ transaction_log_retention_days: days }) => days,
    satisfied: hasBackupPlan,
    read: live => live.settings?.backupConfiguration?.transactionLogRetentionDays,
    write: value => backups({ transactionLogRetentionDays: value })
  },
  retain_backups_on_delete: {
    api: 'settings.retainBackupsOnDelete',
    input: 'retain_backups_on_delete',
    impact: 'online',
    asked: ({ retain_backups_on_delete: isAsked }) => isAsked,
    read: live => live.settings?.retainBackupsOnDelete === true,
    write: value => settings({ retainBackupsOnDelete: value })
  }
} as const satisfies InstanceFields;
