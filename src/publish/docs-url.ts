import type { WorkflowEvent } from '../github/event.ts';
import type { Runtime } from '../runner/runtime.ts';

/**
 * Address of the folder with the documentation of this version; `undefined` for an action that lies in the workspace.
 */
export function docsUrlOf(
  { env }: Pick<Runtime, 'env'>,
  { serverUrl }: Pick<WorkflowEvent, 'serverUrl'>
): string | undefined {
  const action = env['GITHUB_ACTION_REPOSITORY'];
  if (action === undefined || action === '') return undefined;
  return `${serverUrl}/${action}/blob/${env['GITHUB_ACTION_REF'] || 'main'}/docs`;
}
