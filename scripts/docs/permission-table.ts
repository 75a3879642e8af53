import type { ResourceType } from '../../src/engine/resource.ts';
import { code, table } from './markdown.ts';

/** What each resource calls, so that a role or policy can leave out what a workflow does not use. */
export function permissionTable(types: readonly Pick<ResourceType<never>, 'type' | 'permissions'>[]): string {
  return table(
    ['Resource', 'To look', 'To make', 'To change', 'To delete'],
    types.map(({ type, permissions }) => [
      type,
      list(permissions.observe),
      list(permissions.create),
      list(permissions.update),
      list(permissions.delete)
    ])
  );
}

function list(actions: readonly string[]): string {
  return [...actions].sort().map(code).join(' ');
}
