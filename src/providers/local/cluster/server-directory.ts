import { lstatSync } from 'node:fs';
import { chmod, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import type { Execution } from '../../../engine/execution.ts';
import { ActionError } from '../../../errors.ts';
import type { Machine } from '../installation/machine.ts';
import { firstClosedDirectory } from '../installation/reachable.ts';
import { writeFileAtomically } from './atomic-file.ts';
import { makeServerDirectory, movedTo, RECORD_ENDING, serverLayout, type ServerLayout } from './layout.ts';
import { isOurs, makeOpenDirectory, OPEN_DIRECTORY_NAME, openParents } from './open-directory.ts';
import { readOwnFile } from './own-file.ts';
import type { ServerOwner } from './owner.ts';
import { removeStrayDirectories, writeOrigin } from './stray-directories.ts';

/**
 * The layout of the server `name` on this machine: in the runner's temporary directory, or in the directory that `prepareServerDirectory`
 * took instead, which a file beside the usual one records. Reads that file each time, and only where we are root.
 * Throws `server-failed` for a record, or a directory it names, that another user could have made.
 */
export function currentLayout(machine: Machine, name: string): ServerLayout {
  const usual = serverLayout(machine.temporaryDirectory, name);
  const recorded = machine.uid === 0 ? readRecord(usual.recordFile) : undefined;
  return recorded === undefined ? usual : movedTo(usual, recorded);
}

/**
 * Makes the directory of a server, where no server is: below the runner's temporary directory when the server's user may go there, else
 * below one that both may enter, with a name nobody can guess. Says so in the log when it is elsewhere. The caller holds the server's lock.
 * Throws `unsupported` where there is no such directory.
 */
export async function prepareServerDirectory(
  { log }: Pick<Execution, 'log'>,
  machine: Machine,
  name: string,
  owner: ServerOwner | undefined
): Promise<ServerLayout> {
  const usual = serverLayout(machine.temporaryDirectory, name);
  const folder = dirname(usual.directory);
  await mkdir(folder, { recursive: true });
  const closed = await firstClosedDirectory(dirname(folder), owner);
  if (owner === undefined || closed === undefined) {
    if (owner !== undefined) await chmod(folder, ((await stat(folder)).mode & 0o777) | 0o011);
    await makeServerDirectory(usual, owner);
    return usual;
  }
  const parents = await openParents(machine, owner);
  await removeStrayDirectories(parents, machine, log);
  for (const parent of parents) {
    const directory = await makeOpenDirectory(parent, owner, async planned =>
      writeFileAtomically(usual.recordFile, `${planned}\n`)
    );
    if (directory === undefined) continue;
    await writeOrigin(directory, usual.recordFile, machine);
    log.info(
      `The files of PostgreSQL ${name} are in ${directory}: its user (uid ${owner.uid}) may not enter ${closed}`
    );
    return movedTo(usual, directory);
  }
  await rm(usual.recordFile, { force: true });
  throw new ActionError(
    `Could not make a directory for PostgreSQL ${name}: its user (uid ${owner.uid}) may not enter ${closed}, and no directory for temporary files is open to it and writable`,
    {
      code: 'unsupported',
      source: 'user',
      hint: `Set RUNNER_TEMP or TMPDIR to a directory that every user may enter, or run \`chmod o+x ${closed}\`.`
    }
  );
}

/** Removes the directory of a server that does not run, and then the record of it. What is gone already is no error. */
export async function removeServerDirectory(layout: ServerLayout): Promise<void> {
  await rm(layout.directory, { recursive: true, force: true, maxRetries: 5 });
  await rm(layout.recordFile, { force: true });
}

/** The directories of all servers below the runner's temporary directory, and of those recorded there. */
export async function serverDirectories(machine: Machine): Promise<readonly string[]> {
  const folder = dirname(serverLayout(machine.temporaryDirectory, '').directory);
  const entries = await readdir(folder).catch(() => []);
  return entries.flatMap(entry =>
    entry.endsWith(RECORD_ENDING) ? (readRecord(join(folder, entry)) ?? []) : join(folder, entry)
  );
}

function readRecord(file: string): string | undefined {
  const text = ownText(file);
  if (text === undefined) return undefined;
  const directory = text.trimEnd();
  if (!isAbsolute(directory) || !OPEN_DIRECTORY_NAME.test(basename(directory))) throw untrusted(file, 'is damaged');
  const found = lstatSync(directory, { throwIfNoEntry: false });
  if (found === undefined) return directory;
  if (isOurs(found)) return directory;
  throw untrusted(file, `names ${directory}, which another user could have made`);
}

function ownText(file: string): string | undefined {
  try {
    return readOwnFile(file);
  } catch (thrown) {
    throw untrusted(file, thrown instanceof Error ? thrown.message : String(thrown));
  }
}

function untrusted(file: string, why: string): ActionError {
  return new ActionError(`Could not find the server's directory: ${file} ${why}`, {
    code: 'server-failed',
    source: 'user',
    hint: `Remove ${file} and apply again.`
  });
}
