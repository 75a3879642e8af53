import type { ResourceType } from '../../engine/resource.ts';
import { READ_SUBSCRIPTION } from './context.ts';
import { READ_ACTIVITY } from './api/activity-log.ts';
import { CHECK_NAME, READ_CAPABILITIES } from './live-state.ts';
import { operationPermissions } from '../operations.ts';
import { READ_BACKUPS } from './newest-backup.ts';
import { operations } from './operations/operations.ts';
import { READ_METRICS } from './operations/promote.ts';
import { SNAPSHOT_PERMISSIONS } from './snapshot.ts';

type Permitted = Pick<ResourceType<never>, 'permissions'>;

/** The permission that `doctor` needs to read the identity's permissions. */
export const READ_GRANTS = 'Microsoft.Authorization/permissions/read';

/** Permissions of a plan besides those to read the resources. */
const PLANNING = [READ_CAPABILITIES, CHECK_NAME, READ_ACTIVITY, READ_GRANTS, READ_BACKUPS, READ_METRICS];

/** Everything that a plan, a check or a doctor may call. */
export function planActions(types: readonly Permitted[]): readonly string[] {
  return sorted([...PLANNING, ...types.flatMap(type => type.permissions.observe)]);
}

/** Everything that an apply, a destroy, a snapshot or an operation may call besides. */
export function applyActions(types: readonly Permitted[]): readonly string[] {
  const reads = new Set(planActions(types));
  const all = types.flatMap(({ permissions }) => [...permissions.create, ...permissions.update, ...permissions.delete]);
  return sorted([...all, ...SNAPSHOT_PERMISSIONS, READ_SUBSCRIPTION, ...operationPermissions(operations)]).filter(
    action => !reads.has(action)
  );
}

function sorted(actions: readonly string[]): readonly string[] {
  return [...new Set(actions)].sort();
}

/** The permissions of the caller at a scope: one of these for each of its roles. */
export interface Grant {
  readonly actions?: readonly string[];
  readonly notActions?: readonly string[];
}

/** The actions that no grant allows. `*` in a name matches anything; case does not matter. */
export function notGranted(actions: readonly string[], grants: readonly Grant[]): readonly string[] {
  return actions.filter(
    action =>
      !grants.some(
        ({ actions: allowed = [], notActions: except = [] }) =>
          allowed.some(one => matches(one, action)) && !except.some(one => matches(one, action))
      )
  );
}

function matches(pattern: string, action: string): boolean {
  const escaped = pattern.split('*').map(part => part.replaceAll(/[.\\+?^${}()|[\]]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`, 'i').test(action);
}
