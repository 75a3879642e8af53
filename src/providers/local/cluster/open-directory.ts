import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { chmod, chown, mkdir, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { programEnvironment } from '../../../engine/program-environment.ts';
import { onMachine, type Machine } from '../installation/machine.ts';
import { firstClosedDirectory } from '../installation/reachable.ts';
import type { ServerOwner } from './owner.ts';

/** The name of a directory of ours in a shared place. */
export const OPEN_DIRECTORY_NAME = /^pgkeep-[0-9a-f]{32}$/;

/** Whether only root can have created a directory: closed to all but its group, which may only enter. Not a link. */
export function isOurs(found: Stats): boolean {
  return found.isDirectory() && found.uid === process.geteuid?.() && (found.mode & 0o027) === 0;
}

/** Directories for such files, best first. The last is the place where distributions keep the data of services. */
const PARENTS = ['/tmp', '/var/tmp', '/var/lib'];

/**
 * Directories that `owner` may enter and below which no other user can replace a file or directory of root: `TMPDIR`
 * and the system's own. Without links.
 */
export async function openParents(machine: Machine, owner: ServerOwner): Promise<readonly string[]> {
  const chosen = machine.env['TMPDIR'] ?? '';
  const named = [...(chosen === '' ? [] : [chosen]), ...PARENTS.map(path => onMachine(machine, path))];
  const found = await Promise.all(named.map(async path => realpath(path).catch(() => undefined)));
  const distinct = [...new Set(found)].filter(path => path !== undefined);
  const fit = await Promise.all(
    distinct.map(async path => (await isSafe(path)) && (await firstClosedDirectory(path, owner)) === undefined)
  );
  return distinct.filter((_, at) => fit[at] === true);
}

/** Whether only root can rename or replace root's files in `path`, including all parents. */
async function isSafe(path: string): Promise<boolean> {
  const { uid, mode } = await stat(path);
  const isOthers = (mode & 0o022) !== 0 && (mode & 0o1000) === 0;
  if (uid !== process.geteuid?.() && uid !== 0) return false;
  if (isOthers) return false;
  const parent = dirname(path);
  return parent === path || isSafe(parent);
}

/**
 * Creates a directory below `parent` that only root and the group of `owner` may enter, and that only root may write
 * to. `recordName` gets its name before it exists, so that it is found again whenever this process is killed.
 * `undefined` when it can't be created, or when programs do not run in it (`noexec`).
 */
export async function makeOpenDirectory(
  parent: string,
  owner: ServerOwner,
  recordName: (directory: string) => Promise<void>
): Promise<string | undefined> {
  const directory = join(parent, `pgkeep-${randomBytes(16).toString('hex')}`);
  await recordName(directory);
  try {
    await mkdir(directory, { mode: 0o700 });
  } catch {
    return undefined;
  }
  await chown(directory, process.geteuid?.() ?? 0, owner.gid);
  await chmod(directory, 0o710);
  if (await runsPrograms(directory, owner)) return directory;
  await rm(directory, { recursive: true, force: true });
  return undefined;
}

async function runsPrograms(directory: string, owner: ServerOwner): Promise<boolean> {
  const program = join(directory, 'program');
  try {
    await writeFile(program, '#!/bin/sh\n', { flag: 'wx' });
    await chmod(program, 0o755);
    await promisify(execFile)(program, { ...owner, env: programEnvironment({ env: {}, platform: process.platform }) });
    return true;
  } catch {
    return false;
  } finally {
    await rm(program, { force: true });
  }
}
