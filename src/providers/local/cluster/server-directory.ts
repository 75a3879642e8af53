import { constants } from 'node:fs';
import { open, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Execution } from '../../../engine/execution.ts';
import { ActionError } from '../../../errors.ts';
import { makeDirectory } from '../../../files/make-directory.ts';
import type { Machine } from '../installation/machine.ts';
import { firstClosedDirectory } from '../installation/reachable.ts';
import { writeFileAtomically } from './atomic-file.ts';
import { readRecord } from './directory-record.ts';
import { makeServerDirectory, movedTo, RECORD_ENDING, serverLayout, type ServerLayout } from './layout.ts';
import { makeOpenDirectory, openParents } from './open-directory.ts';
import type { ServerOwner } from './owner.ts';
import { removeTree } from './remove-tree.ts';
import { removeStrayDirectories, writeOrigin } from './stray-directories.ts';

/**
 * The layout of the server `name` on this machine: in the runner's temporary directory, or in the directory that
 * `prepareServerDirectory` chose instead, recorded in a file next to the usual one. Reads that file each time, and only
 * when we are root. Throws `server-failed` for a record, or a directory it names, that another user could have made.
 */
export function currentLayout(machine: Machine, name: string): ServerLayout {
  const usual = serverLayout(machine.temporaryDirectory, name);
  const recorded = machine.uid === 0 ? readRecord(usual.recordFile) : undefined;
  return recorded === undefined ? usual : movedTo(usual, recorded);
}

/**
 * Creates the directory of a new server: below the runner's temporary directory when the server's user may enter that,
 * else below one that both may enter, with an unguessable name. Logs a directory elsewhere. The caller holds the
 * server's lock. Throws `unsupported` when there is no such directory.
 */
export async function prepareServerDirectory(
  { log }: Pick<Execution, 'log'>,
  machine: Machine,
  name: string,
  owner: ServerOwner | undefined
): Promise<ServerLayout> {
  const usual = serverLayout(machine.temporaryDirectory, name);
  const folder = dirname(usual.directory);
  makeDirectory(folder);
  if (owner !== undefined) await letPass(folder);
  const closed = await firstClosedDirectory(folder, owner);
  if (owner === undefined || closed === undefined) {
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
  throw nowhere(owner, closed);
}

/**
 * The directory below which a new server's own would be created: the runner's temporary directory, or the first that
 * its user may enter. Creates nothing, so it can't tell whether programs run there. Throws as `prepareServerDirectory`
 * does.
 */
export async function plannedParent(machine: Machine, owner: ServerOwner | undefined): Promise<string> {
  const closed = await firstClosedDirectory(machine.temporaryDirectory, owner);
  if (owner === undefined || closed === undefined) return machine.temporaryDirectory;
  const [parent] = await openParents(machine, owner);
  if (parent === undefined) throw nowhere(owner, closed);
  return parent;
}

/**
 * Undoes a strict umask on the folder of all servers, which others may pass through but not list. A folder of another
 * user is left alone.
 */
async function letPass(folder: string): Promise<void> {
  const opened = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW).catch(
    (thrown: NodeJS.ErrnoException) => {
      if (thrown.code !== 'ELOOP' && thrown.code !== 'ENOTDIR') throw thrown;
      throw new ActionError(`Could not use ${folder}: it is a link`, {
        code: 'server-failed',
        source: 'user',
        cause: thrown,
        hint: 'Remove it and apply again.'
      });
    }
  );
  try {
    const { uid, mode } = await opened.stat();
    if (uid === process.geteuid?.()) await opened.chmod((mode & 0o7777) | 0o011);
  } finally {
    await opened.close();
  }
}

function nowhere({ uid }: ServerOwner, closed: string): ActionError {
  return new ActionError(
    `Could not create a directory for PostgreSQL: its user (uid ${uid}) may not enter ${closed}, and no other directory for temporary files is open to it`,
    {
      code: 'unsupported',
      source: 'user',
      hint: `Set RUNNER_TEMP or TMPDIR to a directory that every user may enter, or run \`chmod o+x ${closed}\`.`
    }
  );
}

/** Removes the directory of a stopped server, and then its record. Both may be gone already. */
export async function removeServerDirectory(layout: ServerLayout): Promise<void> {
  await removeTree(layout.directory);
  await rm(layout.recordFile, { force: true });
}

/**
 * The directories of all servers below the runner's temporary directory, and the trusted ones that are recorded there.
 */
export async function serverDirectories(machine: Machine): Promise<readonly string[]> {
  const folder = dirname(serverLayout(machine.temporaryDirectory, '').directory);
  const entries = await readdir(folder).catch(() => []);
  return entries.flatMap(entry =>
    entry.endsWith(RECORD_ENDING) ? (readRecordIfTrusted(join(folder, entry)) ?? []) : join(folder, entry)
  );
}

function readRecordIfTrusted(file: string): string | undefined {
  try {
    return readRecord(file);
  } catch {
    return undefined;
  }
}
