import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A numeric user and group, without further groups: as what a server runs where we are root. */
export interface User {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The first directory, from the root down to `path`, that `user` may not enter; `undefined` when it may enter them all. Where a link leads
 * is asked as well. Directories that do not exist are passed over. `user` undefined stands for the user we are, and is asked nothing.
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

/** POSIX asks one class of bits only: the owner's for the owner, even where everyone else may more. */
function mayEnter(directory: User & { readonly mode: number }, user: User): boolean {
  if (directory.uid === user.uid) return (directory.mode & 0o100) !== 0;
  if (directory.gid === user.gid) return (directory.mode & 0o010) !== 0;
  return (directory.mode & 0o001) !== 0;
}
