import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Execution } from '../../../engine/execution.ts';
import type { Machine } from '../installation/machine.ts';
import { writeFileAtomically } from './atomic-file.ts';
import { inspectServer } from './inspect.ts';
import { isOurs, OPEN_DIRECTORY_NAME } from './open-directory.ts';
import { removeTree } from './remove-tree.ts';
import { readOwnFile } from '../installation/own-file.ts';

/** Records in a directory which file refers to it, and in which view of the file system that file is found. */
const ORIGIN_FILE = 'origin.json';

interface Origin {
  readonly recordFile: string;
  readonly view: string;
}

/** Writes that record into a directory, for `removeStrayDirectories`. */
export async function writeOrigin(directory: string, recordFile: string, machine: Machine): Promise<void> {
  const origin: Origin = { recordFile, view: (await viewOf(machine)) ?? '' };
  await writeFileAtomically(join(directory, ORIGIN_FILE), `${JSON.stringify(origin)}\n`);
}

/**
 * Removes directories of servers below `parents` that no step will find again: after a killed job the runner emptied
 * its temporary directory, and the record with it. Left alone are directories that another user could have made, those
 * of running servers, and those of jobs with another view of the file system (in a container).
 */
export async function removeStrayDirectories(
  parents: readonly string[],
  machine: Machine,
  log: Execution['log']
): Promise<void> {
  const view = await viewOf(machine);
  if (view === undefined) return;
  for (const parent of parents) {
    const names = await readdir(parent).catch(() => []);
    for (const directory of names.filter(name => OPEN_DIRECTORY_NAME.test(name)).map(name => join(parent, name))) {
      if (!(await isStray(directory, view, machine))) continue;
      await removeTree(directory);
      log.info(`Removed ${directory}, which an interrupted job left behind`);
    }
  }
}

async function isStray(directory: string, view: string, machine: Machine): Promise<boolean> {
  const found = await lstat(directory).catch(() => undefined);
  if (found === undefined || !isOurs(found)) return false;
  try {
    const origin = JSON.parse(readOwnFile(join(directory, ORIGIN_FILE)) ?? '{}') as Partial<Origin>;
    if (origin.view !== view || origin.recordFile === undefined) return false;
    if (readOwnFile(origin.recordFile)?.trimEnd() === directory) return false;
  } catch {
    return false;
  }
  const folders = await readdir(directory);
  const standbys = folders.filter(folder => folder.startsWith('standby-')).map(folder => join(folder, 'data'));
  const states = await Promise.all(
    ['data', ...standbys].map(async folder => inspectServer(join(directory, folder), machine))
  );
  return states.every(({ state }) => state !== 'running');
}

/**
 * Two processes with the same view find the same file under one path. `undefined` when the view can't be determined.
 */
async function viewOf(machine: Machine): Promise<string | undefined> {
  if (machine.platform !== 'linux') return machine.platform;
  return readlink('/proc/self/ns/mnt').catch(() => undefined);
}
