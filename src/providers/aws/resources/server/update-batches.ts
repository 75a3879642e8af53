import type { DBInstance } from '@aws-sdk/client-rds';
import { majorOf } from '../../live-state.ts';
import type { ServerField, ServerValues } from './fields.ts';

/** Fields that go to ModifyDBInstance in one call. */
export interface Batch {
  readonly values: ServerValues;
  /** A major upgrade, which RDS must be told to allow. The plan is blocked unless the workflow allows it. */
  readonly isUpgrade: boolean;
}

/** RDS refuses a group of another family than the version, so the groups go with the upgrade. */
const WITH_UPGRADE: readonly ServerField[] = ['engine_version', 'parameter_group', 'option_group'];

/** RDS refuses a change of the storage during its cool-down, and the whole call with it. */
export const STORAGE: readonly ServerField[] = [
  'allocated_storage',
  'max_allocated_storage',
  'storage_type',
  'storage_iops',
  'storage_throughput'
];

/** Fields that RDS takes together only. */
const TOGETHER: readonly (readonly ServerField[])[] = [
  STORAGE,
  ['monitoring_interval', 'monitoring_role_arn'],
  [
    'enable_performance_insights',
    'performance_insights_retention_period',
    'performance_insights_kms_key_id',
    'database_insights_mode'
  ],
  ['master_password', 'manage_master_user_password'],
  WITH_UPGRADE
];

/**
 * The calls that lead to these values, in order: a major upgrade first and alone, because the old version may not know
 * a new class; the storage last, unless a full disk blocks every other change. `carried` go with the upgrade.
 */
export function batchesOf(
  values: ServerValues,
  live: DBInstance,
  carried: readonly ServerField[] = []
): readonly Batch[] {
  const isUpgrade = isMajorUpgrade(values, live);
  const together = isUpgrade ? [...WITH_UPGRADE, ...carried] : [];
  const upgrade = only(values, name => isIn(together, name));
  const storage = only(values, name => isIn(STORAGE, name) && !isIn(together, name));
  const rest = only(values, name => !isIn(STORAGE, name) && !isIn(together, name));
  const later = live.DBInstanceStatus === 'storage-full' ? [storage, rest] : [rest, storage];
  return [{ values: upgrade, isUpgrade: true }, ...later.map(one => ({ values: one, isUpgrade: false }))].filter(
    batch => Object.keys(batch.values).length > 0
  );
}

/** The same fields in the smallest calls that RDS takes. */
export function smallerBatches({ values, isUpgrade }: Batch): readonly Batch[] {
  if (isUpgrade) return [];
  const groups = TOGETHER.map(group => only(values, name => isIn(group, name)));
  const alone = Object.entries(only(values, name => !TOGETHER.some(group => isIn(group, name))));
  return [...groups, ...alone.map(([name, value]) => ({ [name]: value }))]
    .filter(one => Object.keys(one).length > 0)
    .map(one => ({ values: one, isUpgrade: false }));
}

function isMajorUpgrade({ engine_version: version }: ServerValues, live: DBInstance): boolean {
  return typeof version === 'string' && majorOf(version) !== majorOf(live.EngineVersion ?? '0');
}

function only(values: ServerValues, includes: (name: string) => boolean): ServerValues {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !name.startsWith('tags.') && includes(name)));
}

function isIn(names: readonly string[], name: string): boolean {
  return names.includes(name);
}
