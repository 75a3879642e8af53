/** The writing half of the pack format: see src/providers/local/cluster/pack.ts. */
import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { constants, zstdCompressSync } from 'node:zlib';
import type { PackHeader, PackedFile } from '../../src/providers/local/cluster/pack.ts';

/** Contents, each kept once. */
export class PackContent {
  readonly #parts: Buffer[] = [];
  readonly #offsets = new Map<string, number>();
  #length = 0;

  /** Adds a file and says where it lies. */
  add(path: string, content: Buffer): PackedFile {
    const stored = content.subarray(0, lengthWithoutTail(content));
    const digest = createHash('sha256').update(stored).digest('hex');
    let offset = this.#offsets.get(digest);
    if (offset === undefined) {
      offset = this.#length;
      this.#offsets.set(digest, offset);
      this.#parts.push(stored);
      this.#length += stored.length;
    }
    return [path, offset, stored.length, content.length];
  }

  bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

function lengthWithoutTail(content: Buffer): number {
  let length = content.length;
  while (length > 0 && content[length - 1] === 0) length -= 1;
  return length;
}

/** Every file and directory below `root`, sorted, with `/` in its path. */
export async function listTree(
  root: string
): Promise<{ readonly files: readonly string[]; readonly directories: readonly string[] }> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = (directories: boolean): readonly string[] =>
    entries
      .filter(entry => entry.isDirectory() === directories)
      .map(entry => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
      .sort();
  return { files: paths(false), directories: paths(true) };
}

/** Adds all files of a tree. */
export async function addTree(content: PackContent, root: string): Promise<readonly PackedFile[]> {
  const added: PackedFile[] = [];
  for (const path of (await listTree(root)).files) added.push(content.add(path, await readFile(join(root, path))));
  return added;
}

/** The bytes of a pack's file. */
export function encodePack(header: PackHeader, content: PackContent): Buffer {
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  return zstdCompressSync(Buffer.concat([length, json, content.bytes()]), {
    params: {
      [constants.ZSTD_c_compressionLevel]: 22,
      [constants.ZSTD_c_windowLog]: 24,
      [constants.ZSTD_c_checksumFlag]: 1
    }
  });
}
