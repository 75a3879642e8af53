import { closeSync, fchownSync, ftruncateSync, lchownSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { ServerOwner } from './owner.ts';
import { ROLES_FILE, packedFiles, type CharacterType, type Pack, type PackedFile } from './pack.ts';

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

/** A database's folder: what a server reads only when somebody connects. */
const DATABASE = /^base\/(\d+)\//;

/** How many files are written at a stretch, in about a millisecond, before whatever else waits for this thread gets its turn. */
const STRETCH = 20;

/** The databases while they are being written. */
export interface Unpacking {
  /** The database `postgres` is whole: somebody may connect to it. */
  readonly connectable: Promise<void>;
  /** All are, and nothing is written any more. */
  readonly whole: Promise<void>;
}

/** Of a data directory that was made whole. */
export const COMPLETE: Unpacking = { connectable: Promise.resolve(), whole: Promise.resolve() };

/**
 * Writes all of a packed cluster that a server needs in order to start. The superuser's password is in it from the first byte on: at no
 * time is there a cluster that anybody else could log into. Throws when the pack does not take the password, and what the file system
 * throws.
 *
 * Synchronous on purpose, as are the stretches of `unpackDatabases`: the 740 small files of both take 20 ms this way and three times as long
 * through the thread pool.
 */
export function unpackShared(pack: Pack, request: UnpackRequest): void {
  setPassword(pack, request);
  for (const path of pack.header.directories) {
    const directory = `${request.directory}/${path}`;
    mkdirSync(directory, 0o700);
    if (request.owner !== undefined) lchownSync(directory, request.owner.uid, request.owner.gid);
  }
  for (const file of packedFiles(pack.header, request.characterType)) {
    if (!DATABASE.test(file[0])) writeFile(pack, request, file);
  }
}

/** Writes the rest: the contents of the databases. A server may be starting meanwhile. Both ends throw what the file system throws. */
export function unpackDatabases(pack: Pack, request: UnpackRequest): Unpacking {
  const [first = [], ...others] = databases(pack, request.characterType);
  const connectable = writeInStretches(pack, request, first);
  return { connectable, whole: connectable.then(async () => writeInStretches(pack, request, others.flat())) };
}

/** The files of each database, of the youngest first: that is `postgres`, which initdb makes last. */
function databases(pack: Pack, characterType: CharacterType): readonly (readonly PackedFile[])[] {
  const files = packedFiles(pack.header, characterType).filter(([path]) => DATABASE.test(path));
  const byNumber = Map.groupBy(files, ([path]) => Number(DATABASE.exec(path)?.[1]));
  return [...byNumber].sort(([a], [b]) => b - a).map(([, own]) => own);
}

async function writeInStretches(pack: Pack, request: UnpackRequest, files: readonly PackedFile[]): Promise<void> {
  for (const [index, file] of files.entries()) {
    if (index % STRETCH === 0) await setImmediate();
    writeFile(pack, request, file);
  }
}

function writeFile(pack: Pack, request: UnpackRequest, [path, offset, stored, size]: PackedFile): void {
  const file = openSync(`${request.directory}/${path}`, 'wx', 0o600);
  try {
    if (request.owner !== undefined) fchownSync(file, request.owner.uid, request.owner.gid);
    for (let at = 0; at < stored;) at += writeSync(file, pack.content, offset + at, stored - at);
    if (size > stored) ftruncateSync(file, size);
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
