import { cp } from 'node:fs/promises';
import { constants } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Execution } from '../../../engine/execution.ts';
import type { Installation } from './installation.ts';
import { firstClosedDirectory, outOfReach, type User } from './reachable.ts';
import { openToAll } from './unpack.ts';

export interface ReachRequest {
  /** The user of the server; `undefined` for our own user, who reaches what we reach. */
  readonly user: User | undefined;
  /** Path of a possible copy. It need not exist, and the caller removes it. */
  readonly directory: string;
  readonly log: Execution['log'];
}

/**
 * An installation that the server's user may run: the given one, or a copy of it when that lies in a directory closed
 * to the user. Only our tool cache is copied: installations of others need not work elsewhere. Throws `unsupported` for
 * those.
 */
export async function bringWithinReach(installation: Installation, request: ReachRequest): Promise<Installation> {
  const { user, directory, log } = request;
  const closed = await firstClosedDirectory(installation.binDir, user);
  if (closed === undefined) return installation;
  if (installation.source !== 'tool-cache') {
    throw outOfReach(installation.binDir, user, closed);
  }
  log.info(`Copying PostgreSQL ${installation.version} out of ${closed}, which the server's user may not enter`);
  await cp(dirname(installation.binDir), directory, {
    recursive: true,
    verbatimSymlinks: true,
    mode: constants.COPYFILE_FICLONE
  });
  await openToAll(directory);
  return { ...installation, binDir: join(directory, 'bin') };
}
