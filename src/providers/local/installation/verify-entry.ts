import { hash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import type { Machine } from './machine.ts';
import { readOwnFile } from './own-file.ts';
import type { Pin } from './pins.ts';
import { COMPLETE } from './tool-cache.ts';

/**
 * Whether an entry of the tool cache holds exactly what its pinned package does: every file with its content, every
 * link, and nothing else. All jobs of a self-hosted runner may write to its tool cache, so each use checks it again.
 * The only thing trusted is the digest in the source.
 *
 * The files are read once per job. Later steps compare sizes, inodes and change times, which no program but root's can
 * set, with those that the first step saw. They are kept in the runner's temporary directory, which is emptied before
 * each job, in a file that only this user can have written.
 */
export function isIntact(directory: string, pin: Pin, machine: Pick<Machine, 'env'>): boolean {
  try {
    const entries = entriesOf(resolve(directory));
    const fingerprint = treeDigest(entries.map(fingerprintLine));
    const memo = memoFile(pin, machine);
    const expected = `${pin.tree} ${fingerprint}`;
    if (memo !== undefined && remembered(memo) === expected) return true;
    if (treeDigest(entries.map(contentLine)) !== pin.tree) return false;
    if (memo !== undefined) remember(memo, expected);
    return true;
  } catch {
    // A file that can't be read is not as it was unpacked.
    return false;
  }
}

/** The line of a file, by its path in the entry. */
export function fileLine(path: string, content: Buffer): string {
  return `file ${path} ${hash('sha256', content)}`;
}

/** The line of a symbolic link, by its path in the entry. */
export function linkLine(path: string, target: string): string {
  return `link ${path} ${target}`;
}

/** The SHA-256, in hex, of what an entry holds: a line for each file and each link, in any order. */
export function treeDigest(lines: readonly string[]): string {
  return hash('sha256', lines.toSorted().join('\n'));
}

interface Entry {
  readonly kind: 'file' | 'link' | 'other';
  readonly path: string;
  readonly full: string;
}

/**
 * Every step does this for each of 1,000 files, where a recursive `readdirSync` took four times as long as one for each
 * directory.
 */
function entriesOf(directory: string, prefix = ''): readonly Entry[] {
  const entries: Entry[] = [];
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const full = `${directory}${sep}${entry.name}`;
    const path = `${prefix}${entry.name}`;
    if (entry.isDirectory()) entries.push(...entriesOf(full, `${path}/`));
    else if (path !== COMPLETE)
      entries.push({ kind: entry.isSymbolicLink() ? 'link' : entry.isFile() ? 'file' : 'other', path, full });
  }
  return entries;
}

function contentLine({ kind, path, full }: Entry): string {
  if (kind === 'link') return linkLine(path, readlinkSync(full));
  return kind === 'file' ? fileLine(path, readFileSync(full)) : `other ${path}`;
}

function fingerprintLine({ path, full }: Entry): string {
  const { dev, ino, mode, size, mtimeNs, ctimeNs } = lstatSync(full, { bigint: true });
  return [path, dev, ino, mode, size, mtimeNs, ctimeNs].join(' ');
}

/** `undefined` outside of a runner, where nothing empties the directory. */
function memoFile(pin: Pin, { env }: Pick<Machine, 'env'>): string | undefined {
  const directory = env['RUNNER_TEMP'];
  return directory ? join(directory, `pgkeep-verified-${pin.tree.slice(0, 12)}`) : undefined;
}

function remembered(file: string): string | undefined {
  try {
    return readOwnFile(file);
  } catch {
    return undefined;
  }
}

/**
 * Never written over: what is there may be a link, or another step's. Without a memo the next step reads the files
 * again.
 */
function remember(file: string, text: string): void {
  try {
    rmSync(file, { force: true });
    writeFileSync(file, text, { flag: 'wx', mode: 0o600 });
  } catch {
    // Another step was quicker, or the directory can't be written to.
  }
}
