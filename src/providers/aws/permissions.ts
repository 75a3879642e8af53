import type { ResourceType } from '../../engine/resource.ts';
import { operationPermissions } from '../operations.ts';
import { READ_QUOTA } from './checks/rule-quota.ts';
import { operations } from './operations/operations.ts';
import { OUTPUT_PERMISSIONS } from './outputs.ts';
import { SNAPSHOT_PERMISSIONS } from './snapshot.ts';
import { READ_METRICS } from './usage.ts';
import { READ_EVENTS } from './who-changed.ts';

/** The calls of a plan besides those that observe the resources. */
const PLANNING = [
  'ec2:DescribeInternetGateways',
  'ec2:DescribeVpcAttribute',
  'ec2:DescribeVpcs',
  'iam:GetRole',
  'rds:DescribeAccountAttributes',
  'rds:DescribeDBEngineVersions',
  'rds:DescribeDBInstances',
  'rds:DescribeDBSubnetGroups',
  'rds:DescribeEvents',
  'rds:DescribeOptionGroups',
  'rds:DescribeOrderableDBInstanceOptions',
  'rds:DescribePendingMaintenanceActions',
  'rds:DescribeValidDBInstanceModifications',
  'rds:DescribeDBSnapshots',
  'rds:DescribeDBInstanceAutomatedBackups',
  'kms:DescribeKey',
  'pricing:GetProducts',
  ...READ_METRICS,
  READ_EVENTS,
  READ_QUOTA
];

type Permitted = Pick<ResourceType<never>, 'permissions'>;

/** All calls of a plan, a check or a doctor. */
export function planActions(types: readonly Permitted[]): readonly string[] {
  return sorted([...PLANNING, ...types.flatMap(type => type.permissions.observe)]);
}

/** All further calls of an apply, a destroy, a snapshot, an operation or an `outputs`. */
export function applyActions(types: readonly Permitted[]): readonly string[] {
  const reads = new Set(planActions(types));
  const all = types.flatMap(({ permissions }) => [...permissions.create, ...permissions.update, ...permissions.delete]);
  return sorted([...all, ...SNAPSHOT_PERMISSIONS, ...OUTPUT_PERMISSIONS, ...operationPermissions(operations)]).filter(
    action => !reads.has(action)
  );
}

function sorted(actions: readonly string[]): readonly string[] {
  return [...new Set(actions)].sort();
}
