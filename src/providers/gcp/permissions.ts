import type { Permissions, ResourceType } from '../../engine/resource.ts';
import type { Settings } from '../../spec/catalogue.ts';
import { CONNECTOR_PERMISSIONS, LOG_IN } from './api/connector.ts';
import { EXECUTE_SQL } from './data-api.ts';
import type { Needs } from './doctor.ts';
import { operationPermissions } from '../operations.ts';
import { PRE_CHECK } from './checks/upgrade.ts';
import { operations } from './operations/operations.ts';
import { SNAPSHOT_PERMISSIONS } from './snapshot.ts';
import { READ_METRICS } from './usage.ts';
import { READ_AUDIT_LOG } from './who-changed.ts';

type Permitted = Pick<ResourceType<never>, 'permissions'>;

/**
 * Permissions of a plan beyond those to read the resources: backups are listed for `restore_from_snapshot`, drift is
 * traced, and `advice` reads metrics.
 */
const PLANNING = ['cloudsql.backupRuns.list', READ_AUDIT_LOG, READ_METRICS, PRE_CHECK];

/** Permissions of `plan`, `check` and `doctor`. */
export function planPermissions(types: readonly Permitted[]): readonly string[] {
  return sorted([...PLANNING, ...permissionsTo(types, 'observe')]);
}

/** Further permissions of `apply`, `destroy`, `snapshot` and the operations. */
export function applyPermissions(types: readonly Permitted[]): readonly string[] {
  const reads = new Set(planPermissions(types));
  return sorted(needsOf(types).flatMap(({ permissions }) => permissions)).filter(one => !reads.has(one));
}

/** The permissions of each command. */
export function needsOf(types: readonly Permitted[]): readonly Needs[] {
  return [
    { what: 'plan', permissions: permissionsTo(types, 'observe') },
    { what: 'apply', permissions: sorted([...permissionsTo(types, 'create'), ...permissionsTo(types, 'update')]) },
    { what: 'destroy', permissions: permissionsTo(types, 'delete') },
    { what: 'snapshot', permissions: SNAPSHOT_PERMISSIONS },
    { what: 'operations', permissions: operationPermissions(operations) }
  ];
}

/** The permissions of the way in that the inputs choose. */
export function wayInNeeds({ connect_through: way, login_as: login }: Settings): readonly Needs[] {
  const ofWay: Readonly<Record<string, readonly string[]>> = {
    'data-api': [EXECUTE_SQL],
    connector: CONNECTOR_PERMISSIONS
  };
  const needed = [...(ofWay[way ?? ''] ?? []), ...(login === undefined || way === 'data-api' ? [] : [LOG_IN])];
  return needed.length === 0 ? [] : [{ what: 'connect', permissions: needed }];
}

function permissionsTo(types: readonly Permitted[], act: keyof Permissions): readonly string[] {
  return sorted(types.flatMap(({ permissions }) => permissions[act]));
}

function sorted(permissions: readonly string[]): readonly string[] {
  return [...new Set(permissions)].sort();
}
