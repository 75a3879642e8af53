import { createHash } from 'node:crypto';
import { chmod, chown, lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { ActionError } from '../../../errors.ts';
import { makeDirectory } from '../../../files/make-directory.ts';
import type { ServerOwner } from './owner.ts';

/** The paths of one local server. They need not exist. */
export interface ServerLayout {
  /** Everything below is in here, except the lock and the record. */
  readonly directory: string;
  /** PGDATA, mode 0700, owned by the server's user. */
  readonly dataDirectory: string;
  readonly logFile: string;
  /** Facts for later steps, mode 0600: see credentials.ts. */
  readonly credentialsFile: string;
  /** Outside of the directory, so that it can be held while the directory is removed. */
  readonly lockFile: string;
  /** Names the directory when that is not the one next to this file: see server-directory.ts. */
  readonly recordFile: string;
  /** Mode 0700; `undefined` where the path would be longer than a unix socket's may be. */
  readonly socketDirectory: string | undefined;
  /** The certificate that clients trust, which is also the server's own. */
  readonly certificateFile: string;
  readonly keyFile: string;
  /** A standby's password for its primary, mode 0600. */
  readonly passFile: string;
}

/** `sun_path` of the strictest system (macOS) is 104 bytes with its NUL; a socket is named `.s.PGSQL.65535`. */
const MAX_SOCKET_DIRECTORY_BYTES = 103 - '/.s.PGSQL.65535'.length;
const MAX_SLUG_LENGTH = 24;

/** Suffix of the file that records the directory of a server. */
export const RECORD_ENDING = '.directory';

/**
 * The layout of the server `name`, below the runner's temporary directory. Any name is safe: its letters and digits
 * stay readable, and the hash of the whole keeps two names apart, also on a file system that ignores case.
 */
export function serverLayout(temporaryDirectory: string, name: string): ServerLayout {
  const slug = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_SLUG_LENGTH)
    .replaceAll(/^-|-$/g, '');
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return layoutIn(join(temporaryDirectory, 'pgkeep'), slug === '' ? hash : `${slug}-${hash}`);
}

/**
 * The layout of the standby number `index` (from 1) of a server: inside the server's own directory, so that it is
 * removed with it.
 */
export function standbyLayout(primary: ServerLayout, index: number): ServerLayout {
  return layoutIn(primary.directory, `standby-${index}`);
}

/** The layout of a server whose directory lies elsewhere. Its lock and its record stay in the usual place. */
export function movedTo({ lockFile, recordFile }: ServerLayout, directory: string): ServerLayout {
  return layoutAt(directory, { lockFile, recordFile });
}

function layoutIn(parent: string, folder: string): ServerLayout {
  const directory = join(parent, folder);
  return layoutAt(directory, { lockFile: `${directory}.lock`, recordFile: `${directory}${RECORD_ENDING}` });
}

function layoutAt(directory: string, outside: Pick<ServerLayout, 'lockFile' | 'recordFile'>): ServerLayout {
  const sockets = join(directory, 'sockets');
  return {
    directory,
    dataDirectory: join(directory, 'data'),
    logFile: join(directory, 'server.log'),
    credentialsFile: join(directory, 'credentials.json'),
    ...outside,
    socketDirectory: Buffer.byteLength(sockets) <= MAX_SOCKET_DIRECTORY_BYTES ? sockets : undefined,
    certificateFile: join(directory, 'server.crt'),
    keyFile: join(directory, 'server.key'),
    passFile: join(directory, 'passfile')
  };
}

/**
 * Creates the server's directory, closed to everyone else. When the server runs as another user, that user may pass
 * through it (but not list it): secret files inside have their own mode.
 */
export async function makeServerDirectory(layout: ServerLayout, owner: ServerOwner | undefined): Promise<void> {
  makeDirectory(layout.directory);
  await chmod(layout.directory, owner === undefined ? 0o700 : 0o711);
}

/**
 * Creates an empty directory of mode 0700 that belongs to the server's user. Throws `server-failed` where a link or a
 * file lies in its place: what is written through a link lands elsewhere.
 */
export async function makeOwnedDirectory(path: string, owner: ServerOwner | undefined): Promise<void> {
  makeDirectory(path, 0o700);
  if (!(await lstat(path)).isDirectory()) {
    throw new ActionError(`Could not create the directory ${path}: a link lies in its place`, {
      code: 'server-failed',
      source: 'user',
      hint: 'Remove the link, and find out what made it: this action makes none.'
    });
  }
  await chmod(path, 0o700);
  if (owner !== undefined) await chown(path, owner.uid, owner.gid);
}
