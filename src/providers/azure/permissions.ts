import type { ResourceType } from '../../engine/resource.ts';
import { READ_SUBSCRIPTION } from './context.ts';
import { READ_ACTIVITY } from './checks/deleted-server.ts';
import { CHECK_NAME, READ_CAPABILITIES } from './live-state.ts';
import { SNAPSHOT_PERMISSIONS } from './snapshot.ts';

type Permitted = Pick<ResourceType<never>, 'permissions'>;

/** What `doctor` needs to be told what the identity may do. */
export const READ_GRANTS = 'Microsoft.Authorization/permissions/read';

/** What a plan asks besides looking at the resources themselves. */
const PLANNING = [READ_CAPABILITIES, CHECK_NAME, READ_ACTIVITY, READ_GRANTS];

/** All that a plan, a check or a doctor may call. */
export function planActions(types: readonly Permitted[]): readonly string[] {
  return sorted([...PLANNING, ...types.flatMap(type => type.permissions.observe)]);
}

/** All that an apply, a destroy or a snapshot may call besides. */
export function applyActions(types: readonly Permitted[]): readonly string[] {
  const reads = new Set(planActions(types));
  const all = types.flatMap(({ permissions }) => [...permissions.create, ...permissions.update, ...permissions.delete]);
  return sorted([...all, ...SNAPSHOT_PERMISSIONS, READ_SUBSCRIPTION]).filter(action => !reads.has(action));
}

function sorted(actions: readonly string[]): readonly string[] {
  return [...new Set(actions)].sort();
}

/** What Resource Manager says that the caller may do somewhere: one of these for each role that counts there. */
export interface Grant {
  readonly actions?: readonly string[];
  readonly notActions?: readonly string[];
}

/** Those that no grant allows. Names hold `*` for anything, and do not differ by case. */
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
