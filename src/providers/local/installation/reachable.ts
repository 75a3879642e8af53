import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ActionError } from '../../../errors.ts';
import type { Machine } from './machine.ts';

/**
 * Makes sure that the server's own user can get to `path`. Matters only where we are root: PostgreSQL then runs as somebody else, who
 * may not enter, say, `/root`. Throws `unsupported`, naming the directory that is closed and what to do about it.
 */
export async function assertReachable(path: string, wayOut: string, machine: Machine): Promise<void> {
  if (machine.uid !== 0) return;
  const closed = await firstClosedDirectory(path);
  if (closed === undefined) return;
  throw new ActionError(`Use ${path}: root runs PostgreSQL as an unprivileged user, who may not enter ${closed}`, {
    code: 'unsupported',
    source: 'user',
    hint: wayOut
  });
}

/** The first directory from the root down that others may not enter. What does not exist yet is not asked. */
async function firstClosedDirectory(path: string): Promise<string | undefined> {
  const parent = dirname(path);
  const above = parent === path ? undefined : await firstClosedDirectory(parent);
  if (above !== undefined) return above;
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() && (found.mode & 0o001) === 0 ? path : undefined;
}
