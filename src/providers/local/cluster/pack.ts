import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { zstdDecompress } from 'node:zlib';
import type { Major } from '../../../postgres/major.ts';

/**
 * A file of a packed cluster: its path, where its content lies, how many bytes of it are stored, and its size: the rest
 * is zeros.
 */
export type PackedFile = readonly [path: string, offset: number, stored: number, size: number];

/**
 * `LC_CTYPE` of a cluster's databases. `C.UTF-8` when the system has it, so that text search and, before PostgreSQL 17,
 * upper() and lower() know every letter; otherwise `C`. Both sort by code point.
 */
export type CharacterType = 'C' | 'C.UTF-8';

/** The header of a pack. */
export interface PackHeader {
  readonly format: 1;
  readonly major: Major;
  /** The server it was made with. */
  readonly version: string;
  /** CATALOG_VERSION_NO: a server with another one refuses the cluster. */
  readonly catalogVersion: string;
  /** The placeholder for the verifier of the superuser `postgres`, replaced before anything is written. */
  readonly placeholder: string;
  /** Every directory, parents first. */
  readonly directories: readonly string[];
  /** Every file, with the databases in the character type `C`. */
  readonly files: readonly PackedFile[];
  /** The files that replace those with the same path for databases in `C.UTF-8`. */
  readonly unicodeFiles: readonly PackedFile[];
}

/** A packed cluster in memory. */
export interface Pack {
  readonly header: PackHeader;
  /** The buffer that the offsets of the files count in. It is not shared: it may be written to. */
  readonly content: Buffer;
}

/** The file of the passwords: `pg_authid`, a catalog of all databases. */
export const ROLES_FILE = 'global/1260';

/** The name of a major's pack in the directory of packs. */
export function packName(major: Major): string {
  return `${major}.pack`;
}

/** A cluster fits into one piece of output: zlib's usual pieces of 16 KiB take twice as long. */
const OUTPUT_BYTES = 8 * 1024 * 1024;

const decompress = promisify(zstdDecompress);

/**
 * Reads a pack: a zstd frame (with checksum) of the header's length in 4 bytes, the header as JSON, and the contents of
 * all files, each stored once without the zeros at its end. Throws when the file is missing or damaged.
 */
export async function readPack(packsDirectory: string, major: Major): Promise<Pack> {
  const packed = await readFile(join(packsDirectory, packName(major)));
  const raw = await decompress(packed, { chunkSize: OUTPUT_BYTES });
  const headerEnd = 4 + raw.readUInt32LE(0);
  const header = JSON.parse(raw.toString('utf8', 4, headerEnd)) as PackHeader;
  if (header.format !== 1 || header.major !== major) throw new Error(`it is not a pack of PostgreSQL ${major}`);
  return { header, content: raw.subarray(headerEnd) };
}

/** Reads the packs in a directory, by their majors. */
export function packsIn(directory: string): (major: Major) => Promise<Pack> {
  return async major => readPack(directory, major);
}

/** The files of a cluster whose databases have this character type. */
export function packedFiles(header: PackHeader, characterType: CharacterType): readonly PackedFile[] {
  if (characterType === 'C') return header.files;
  const replaced = new Set(header.unicodeFiles.map(([path]) => path));
  return [...header.files.filter(([path]) => !replaced.has(path)), ...header.unicodeFiles];
}
