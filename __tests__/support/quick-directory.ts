import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { openDirectories } from './open-directories.ts';
import { isRunning } from './processes.ts';

const MEMORY = '/dev/shm';
const NAME = /^pgkeep-tests-(\d+)-/;
const ENOUGH_BYTES = 4 * 1024 ** 3;

/**
 * Makes a directory for the temporary files of this process and its children: in memory where there is room and
 * programs may run there (thousands of files that live for a moment are slow on a disk), else in the directory for
 * temporary files. A directory that was chosen with `TMPDIR` comes first. `removeQuickDirectories` ends it. Throws
 * where no directory is open to the users of the tests' servers.
 */
export async function quickDirectory(): Promise<string> {
  await removeQuickDirectories();
  const isChosen = (process.env['TMPDIR'] ?? '') !== '';
  const memory = isChosen ? [] : await spaciousMemory();
  for (const parent of [...memory, ...(await openDirectories())]) {
    const directory = await mkdtemp(path.join(parent, `pgkeep-tests-${process.pid}-`)).catch(() => undefined);
    if (directory === undefined) continue;
    // Where root runs the tests, a server's own user has to pass through.
    await chmod(directory, 0o755);
    if (await runsPrograms(directory)) return directory;
    await rm(directory, { recursive: true });
  }
  throw new Error(
    'Could not make a directory for temporary files: set TMPDIR to one that every user may enter and where programs may run'
  );
}

/** This process's own, and those of processes that died, as far as they are ours to remove. */
export async function removeQuickDirectories(): Promise<void> {
  // Where `TMPDIR` names this process's own by now, its parent is where it lies.
  const parents = new Set([MEMORY, ...(await openDirectories()), path.dirname(tmpdir())]);
  for (const parent of parents) {
    for (const name of await readdir(parent).catch(() => [])) {
      const pid = Number(NAME.exec(name)?.[1]);
      if (pid === process.pid || (pid > 0 && !(await isRunning(pid)))) {
        removeAtOnce(path.join(parent, name));
      }
    }
  }
}

/** As far as it is ours. Through the thread pool the files of clusters take ten times as long. */
function removeAtOnce(directory: string): void {
  try {
    rmSync(directory, { recursive: true, force: true });
  } catch {
    // Left to its owner.
  }
}

async function spaciousMemory(): Promise<readonly string[]> {
  const available = await statfs(MEMORY).catch(() => undefined);
  return available !== undefined && available.bsize * available.bavail >= ENOUGH_BYTES ? [MEMORY] : [];
}

async function runsPrograms(directory: string): Promise<boolean> {
  const program = path.join(directory, 'program');
  await writeFile(program, '#!/bin/sh\n', { mode: 0o755 });
  return promisify(execFile)(program).then(
    () => true,
    () => false
  );
}
