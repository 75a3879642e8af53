import { createHash, timingSafeEqual } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { createGunzip } from 'node:zlib';
import { linksOf, LINKS_FILE, pathInEntry } from './unpack.ts';
import type { Pin } from './pins.ts';
import { COMPLETE } from './tool-cache.ts';

/** Digest of each file that a package unpacks to, by its path in the entry. */
type Digests = ReadonlyMap<string, string>;

/** Where the package of an entry is kept, whose digest is in the source: what an entry holds is compared with it. */
function packageFile(directory: string): string {
  return `${directory}.tgz`;
}

/** Keeps the verified package beside the entry that is made of it. */
export async function keepPackage(directory: string, tarball: Buffer): Promise<void> {
  await writeFile(packageFile(directory), tarball, { mode: 0o644 });
}

/**
 * Whether an entry of the tool cache holds exactly what its pinned package does: every file with its content, every link, and nothing
 * besides. The tool cache of a self-hosted runner is open to all jobs, so that this is asked before each use. The only thing trusted is the
 * SHA-512 in the source.
 */
export async function isIntact(directory: string, pin: Pin): Promise<boolean> {
  const tarball = await readFile(packageFile(directory)).catch(() => undefined);
  if (tarball === undefined || !hasDigest(tarball, pin)) return false;
  const { files, links } = await contentsOf(tarball);
  try {
    return hasExactly(directory, files, links);
  } catch {
    // A file that can't be read is not as it was unpacked.
    return false;
  }
}

function hasDigest(tarball: Buffer, pin: Pin): boolean {
  const expected = Buffer.from(pin.sha512, 'base64');
  const digest = createHash('sha512').update(tarball).digest();
  return digest.length === expected.length && timingSafeEqual(digest, expected);
}

async function contentsOf(
  tarball: Buffer
): Promise<{ readonly files: Digests; readonly links: ReadonlyMap<string, string> }> {
  const { Parser } = await import('tar');
  const files = new Map<string, string>();
  let list = '[]';
  const parser = new Parser({
    strict: true,
    onReadEntry: entry => {
      const path = entry.type === 'File' || entry.type === 'OldFile' ? pathInEntry(entry.path) : undefined;
      if (path === undefined) {
        entry.resume();
        return;
      }
      const chunks: Buffer[] = [];
      entry.on('data', (chunk: Buffer) => chunks.push(chunk));
      entry.on('end', () => {
        const content = Buffer.concat(chunks);
        files.set(path, digestOf(content));
        if (path === LINKS_FILE) list = content.toString('utf8');
      });
    }
  });
  const inflate = createGunzip({ chunkSize: 1 << 20 });
  inflate.end(tarball);
  for await (const chunk of inflate) parser.write(chunk as Buffer);
  parser.end();
  return { files, links: linksOf(list) };
}

function hasExactly(directory: string, files: Digests, links: ReadonlyMap<string, string>): boolean {
  let [seenFiles, seenLinks] = [0, 0];
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) continue;
    const full = join(entry.parentPath, entry.name);
    const path = relative(directory, full).split(sep).join('/');
    if (path === COMPLETE) continue;
    if (entry.isSymbolicLink()) {
      if (links.get(path) !== readlinkSync(full)) return false;
      seenLinks += 1;
    } else {
      if (!entry.isFile() || files.get(path) !== digestOf(readFileSync(full))) return false;
      seenFiles += 1;
    }
  }
  return seenFiles === files.size && seenLinks === [...links.keys()].filter(path => !files.has(path)).length;
}

function digestOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
