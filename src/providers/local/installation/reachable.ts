import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ActionError } from '../../../errors.ts';

/** A numeric user and group, without further groups: the user of a server when we are root. */
export interface User {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The first directory, from the root down to `path`, that `user` may not enter; `undefined` when it may enter them all.
 * Targets of links are checked as well. Missing directories are skipped. `user` undefined stands for our own user, and
 * checks nothing.
 */
export async function firstClosedDirectory(path: string, user: User | undefined): Promise<string | undefined> {
  if (user === undefined) return undefined;
  return (await closedOnTheWay(path, user)) ?? closedOnTheWay(await realpath(path).catch(() => path), user);
}

async function closedOnTheWay(path: string, user: User): Promise<string | undefined> {
  const parent = dirname(path);
  const above = parent === path ? undefined : await closedOnTheWay(parent, user);
  if (above !== undefined) return above;
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() === true && !mayEnter(found, user) ? path : undefined;
}

/** POSIX checks one class of bits only: the owner's for the owner, even if all others have more rights. */
function mayEnter(directory: User & { readonly mode: number }, user: User): boolean {
  if (directory.uid === user.uid) return (directory.mode & 0o100) !== 0;
  if (directory.gid === user.gid) return (directory.mode & 0o010) !== 0;
  return (directory.mode & 0o001) !== 0;
}

/** Server programs in a directory that the server's user may not enter. */
export function outOfReach(binDir: string, user: User | undefined, closed: string): ActionError {
  return new ActionError(
    `Could not use the PostgreSQL server in ${binDir}: it runs as uid ${user?.uid}, which may not enter ${closed}`,
    {
      code: 'unsupported',
      source: 'user',
      hint: `Run \`chmod o+x ${closed}\`, install the server elsewhere, or run the job as another user than root.`
    }
  );
}
