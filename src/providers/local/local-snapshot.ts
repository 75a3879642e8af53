import path from 'node:path';
import type { LocalWorld } from './local-world.ts';

const ENDING = '.pgkeep.tar.zst';

/**
 * The file of a snapshot. A plain name lies in `.pgkeep/` of the workspace, so that `actions/cache` can keep it; anything with a slash is a
 * path, relative to the workspace.
 */
export function snapshotFile(world: Pick<LocalWorld, 'workspace'>, identifier: string): string {
  const isPath = /[/\\]/.test(identifier);
  return path.resolve(world.workspace, isPath ? identifier : path.join('.pgkeep', `${identifier}${ENDING}`));
}
export async function takeSnapshot(): Promise<never> {
  throw new Error('later');
}
