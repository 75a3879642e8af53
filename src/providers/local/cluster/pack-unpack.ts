import { chownSync, closeSync, fchownSync, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { ServerOwner } from './owner.ts';
import { ROLES_FILE, packedFiles, type CharacterType, type Pack } from './pack.ts';

/** How a packed cluster becomes a data directory. */
export interface UnpackRequest {
  /** Exists and is empty. */
  readonly directory: string;
  readonly characterType: CharacterType;
  /** The SCRAM verifier of the superuser's password. */
  readonly verifier: string;
  /** Who shall own the files, where that is not us. */
  readonly owner: ServerOwner | undefined;
}

/** What a server reads only when somebody connects. */
const DATABASES = 'base/';

/**
 * Writes all of a packed cluster that a server needs in order to start. The superuser's password is in it from the first byte on: at no
 * time is there a cluster that anybody else could log into. Throws when the pack does not take the password, and what the file system
 * throws.
 *
 * Synchronous on purpose, as is `unpackDatabases`: the 740 small files of both take 40 ms this way and three times as long through the
 * thread pool.
 */
export function unpackShared(pack: Pack, request: UnpackRequest): void {
  setPassword(pack, request);
  for (const path of pack.header.directories) {
    const directory = join(request.directory, path);
    mkdirSync(directory, 0o700);
    if (request.owner !== undefined) chownSync(directory, request.owner.uid, request.owner.gid);
  }
  writeFiles(pack, request, path => !path.startsWith(DATABASES));
}

/** Writes the rest: the contents of the databases. A server may be starting meanwhile; nobody may connect to it yet. */
export function unpackDatabases(pack: Pack, request: UnpackRequest): void {
  writeFiles(pack, request, path => path.startsWith(DATABASES));
}

function writeFiles(pack: Pack, request: UnpackRequest, wanted: (path: string) => boolean): void {
  for (const [path, offset, stored, size] of packedFiles(pack.header, request.characterType)) {
    if (!wanted(path)) continue;
    writeFile(join(request.directory, path), pack.content.subarray(offset, offset + stored), size, request.owner);
  }
}

function writeFile(path: string, content: Buffer, size: number, owner: ServerOwner | undefined): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    if (owner !== undefined) fchownSync(file, owner.uid, owner.gid);
    for (let written = 0; written < content.length;) written += writeSync(file, content, written);
    if (size > content.length) ftruncateSync(file, size);
  } finally {
    closeSync(file);
  }
}

/**
 * Puts the verifier in the place of the placeholder, which has the same length. Data checksums are off in a pack, so the page stays
 * valid.
 */
function setPassword(pack: Pack, request: UnpackRequest): void {
  const placeholder = Buffer.from(pack.header.placeholder);
  const verifier = Buffer.from(request.verifier);
  if (verifier.length !== placeholder.length) throw new Error('its place for the password has another length');
  const at = findAll(pack.content, placeholder);
  const roles = packedFiles(pack.header, request.characterType).find(([path]) => path === ROLES_FILE);
  const [first, ...others] = at;
  if (roles === undefined || first === undefined || others.length > 0) {
    throw new Error(`it has ${at.length} places for the password instead of one`);
  }
  const [, offset, stored] = roles;
  if (first < offset || first >= offset + stored) throw new Error('its place for the password is in another file');
  verifier.copy(pack.content, first);
}

function findAll(content: Buffer, wanted: Buffer): readonly number[] {
  const found: number[] = [];
  for (let at = content.indexOf(wanted); at !== -1; at = content.indexOf(wanted, at + 1)) found.push(at);
  return found;
}
