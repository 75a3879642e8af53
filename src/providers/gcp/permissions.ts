import type { Permissions, ResourceType } from '../../engine/resource.ts';
import type { Needs } from './doctor.ts';
import { SNAPSHOT_PERMISSIONS } from './snapshot.ts';

type Permitted = Pick<ResourceType<never>, 'permissions'>;

/** What a plan asks besides looking at the resources themselves: which backups there are, for `restore_from_snapshot`. */
const PLANNING = ['cloudsql.backupRuns.list'];

/** All that a plan, a check or a doctor may call. */
export function planPermissions(types: readonly Permitted[]): readonly string[] {
  return sorted([...PLANNING, ...permissionsTo(types, 'observe')]);
}

/** All that an apply, a destroy or a snapshot may call besides. */
export function applyPermissions(types: readonly Permitted[]): readonly string[] {
  const reads = new Set(planPermissions(types));
  return sorted(needsOf(types).flatMap(({ permissions }) => permissions)).filter(one => !reads.has(one));
}

/** What each command needs to be allowed. */
export function needsOf(types: readonly Permitted[]): readonly Needs[] {
  return [
    { what: 'plan', permissions: permissionsTo(types, 'observe') },
    { what: 'apply', permissions: sorted([...permissionsTo(types, 'create'), ...permissionsTo(types, 'update')]) },
    { what: 'destroy', permissions: permissionsTo(types, 'delete') },
    { what: 'snapshot', permissions: SNAPSHOT_PERMISSIONS }
  ];
}

function permissionsTo(types: readonly Permitted[], act: keyof Permissions): readonly string[] {
  return sorted(types.flatMap(({ permissions }) => permissions[act]));
}

function sorted(permissions: readonly string[]): readonly string[] {
  return [...new Set(permissions)].sort();
}
