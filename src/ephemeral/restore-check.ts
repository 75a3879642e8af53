import { isSameRepository, type Mark, type Repository } from '../engine/ownership.ts';
import type { DatabaseInput, Settings } from '../spec/catalogue.ts';
import { isThrowawayName } from '../providers/throwaway-name.ts';
import type { Spec } from '../spec/spec.ts';
import { LASTING, without } from './ephemeral-spec.ts';

/** Inputs about what a throwaway server does without, or takes from its backup. */
const NOT_RESTORED: readonly DatabaseInput[] = [
  ...LASTING,
  'alarms',
  'alarm_actions',
  'allocated_storage',
  'application_role',
  'database_name',
  'databases',
  'enable_enhanced_monitoring',
  'enable_logging',
  'enable_performance_insights',
  'enable_proxy',
  'enabled_cloudwatch_logs_exports',
  'extensions',
  'iam_users',
  'keep_running',
  'kms_key_id',
  'log_retention_days',
  'log_sink',
  'log_sink_url',
  'log_workspace_id',
  'max_allocated_storage',
  'monitoring_interval',
  'monitoring_role_arn',
  'performance_insights_kms_key_id',
  'performance_insights_retention_period',
  'pool_name',
  'port',
  'proxy_config',
  'proxy_name',
  'restore_from_snapshot',
  'restore_source',
  'restore_to_time',
  'roles',
  'storage_encrypted',
  'update_extensions'
];

/**
 * The spec of a throwaway server with the data of a backup: without backups, protection, replicas and whatever else
 * would outlive it. Of what is inside, only the initial SQL of its own database runs: the rest is in the backup. Pure.
 */
export function restoreCheckSpec(spec: Spec, name: string, restore: Settings): Spec {
  const { database_name: main, databases = {}, init_sql: given = [] } = spec.settings;
  const entry = main === undefined ? undefined : databases[main];
  const ofEntry = entry === undefined || entry === 'absent' ? [] : (entry.init_sql ?? []);
  const scripts = [...new Set([...given, ...ofEntry])];
  const settings: Settings = {
    ...without(spec.settings, NOT_RESTORED),
    skip_final_snapshot: true,
    enable_deletion_protection: false,
    backup_retention_period: 0,
    multi_az: false,
    ...(scripts.length === 0 ? {} : { init_sql: scripts }),
    ...restore
  };
  return { ...spec, name, settings };
}

/** Whether a mark is that of a throwaway server of this repository: by its name, with an expiry, of no pull request. */
export function isThrowaway(
  mark: Mark | undefined,
  repository: Repository
): mark is Mark & { readonly expiresAt: string } {
  if (mark?.expiresAt === undefined || mark.pullRequest !== undefined) return false;
  return isThrowawayName(mark.name) && isSameRepository(mark, repository);
}
