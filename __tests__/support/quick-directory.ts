import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, rm, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { isRunning } from './processes.ts';

const MEMORY = '/dev/shm';
const NAME = 'pgkeep-tests-';
const ENOUGH_BYTES = 4 * 1024 ** 3;

/**
 * A temporary directory in memory for this process and its children, where there is room and programs may run there: thousands of files that
 * live for a moment are slow on a disk. `undefined` where there is none, and where somebody chose a directory. `removeQuickDirectories` ends it.
 */
export async function quickDirectory(): Promise<string | undefined> {
  if (process.env['TMPDIR'] !== undefined) return undefined;
  const room = await statfs(MEMORY).catch(() => undefined);
  if (room === undefined || room.bsize * room.bavail < ENOUGH_BYTES) return undefined;
  await removeQuickDirectories();
  const directory = path.join(MEMORY, `${NAME}${process.pid}`);
  await mkdir(directory);
  // Where root runs the tests, a server's own user has to pass through.
  await chmod(directory, 0o755);
  const program = path.join(directory, 'program');
  await writeFile(program, '#!/bin/sh\n', { mode: 0o755 });
  const runs = await promisify(execFile)(program).then(
    () => true,
    () => false
  );
  if (runs) return directory;
  await rm(directory, { recursive: true });
  return undefined;
}

/** This process's own, and those of processes that died, as far as they are ours to remove. */
export async function removeQuickDirectories(): Promise<void> {
  for (const name of await readdir(MEMORY).catch(() => [])) {
    const pid = Number(name.slice(NAME.length));
    if (name.startsWith(NAME) && (pid === process.pid || !(await isRunning(pid)))) {
      await rm(path.join(MEMORY, name), { recursive: true, force: true }).catch(() => undefined);
    }
  }
}
