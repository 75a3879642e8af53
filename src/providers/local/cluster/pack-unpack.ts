import { closeSync, fchownSync, ftruncateSync, lchownSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { ServerOwner } from './owner.ts';
import { ROLES_FILE, packedFiles, type CharacterType, type Pack, type PackedFile } from './pack.ts';

/** How a packed cluster is unpacked to a data directory. */
export interface UnpackRequest {
  /** Exists and is empty. */
  readonly directory: string;
  readonly characterType: CharacterType;
  /** The SCRAM verifier of the superuser's password. */
  readonly verifier: string;
  /** The owner of the files, when that is not us. */
  readonly owner: ServerOwner | undefined;
}

/** A database's folder: the server reads it only for a connection. */
const DATABASE = /^base\/(\d+)\//;

/** Files written at a stretch, in about a millisecond, before other work on this thread gets its turn. */
const STRETCH = 20;

/** The databases while they are being written. */
export interface Unpacking {
  /** The database `postgres` is complete: connections are possible. */
  readonly connectable: Promise<void>;
  /** All databases are complete, and nothing is written any more. */
  readonly whole: Promise<void>;
}

/** The result for a data directory that was created complete. */
export const COMPLETE: Unpacking = { connectable: Promise.resolve(), whole: Promise.resolve() };

/**
 * Writes the files of a packed cluster that a server needs in order to start. They contain the superuser's password
 * from the first byte on: at no time does a cluster exist that another user could log in to. Throws when the pack does
 * not accept the password, and failures of the file system.
 *
 * Synchronous on purpose, like the stretches of `unpackDatabases`: the 740 small files of both take 20 ms this way and
 * three times as long through the thread pool.
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

/**
 * Writes the rest: the contents of the databases. A server may be starting meanwhile. Both promises reject with
 * failures of the file system.
 */
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
 * Replaces the placeholder by the verifier, which has the same length. Data checksums are off in a pack, so the page
 * stays valid.
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
