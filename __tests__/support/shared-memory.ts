import { execFile } from 'node:child_process';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { processIds } from './processes.ts';

const MEMORY = '/dev/shm';
const NAME = /PostgreSQL\.\d+/g;
/** What PostgreSQL keeps there is this small: a sign for others that the data directory is in use. */
const SYSTEM_V_BYTES = 56;

/**
 * What servers share with their workers, by name, and what they keep in System V's shared memory, by number. Empty but
 * on Linux.
 */
export async function sharedMemory(): Promise<readonly string[]> {
  const names = await readdir(MEMORY).catch(() => []);
  const segments = await systemVSegments();
  return [...names.filter(name => name.startsWith('PostgreSQL.')), ...segments.map(({ id }) => id)];
}

/** A server that starts has attached its memory by then. */
const YOUNG_MILLISECONDS = 5000;

/**
 * Removes what no process has any more and is ours to remove, but for `others`: a server that a test kills leaves a
 * megabyte and one of 4096 numbers behind. A server of another program that is just starting has made its memory, and
 * has not attached it yet: memory that is young, or whose maker lives, is left alone.
 */
export async function removeDeadMemory(others: readonly string[]): Promise<void> {
  // Listed first: a server that starts meanwhile is then not taken for one that is gone.
  const names = await readdir(MEMORY).catch(() => []);
  const segments = await systemVSegments();
  const maps = await Promise.all(processIds().map(async pid => readFile(`/proc/${pid}/maps`, 'utf8').catch(() => '')));
  const used = new Set(maps.flatMap(map => map.match(NAME) ?? []));
  const known = new Set(others);
  for (const name of names) {
    const isDead = name.startsWith('PostgreSQL.') && !used.has(name) && !known.has(name);
    const file = isDead ? await stat(path.join(MEMORY, name)).catch(() => undefined) : undefined;
    if (file !== undefined && isOld(file.ctimeMs))
      await rm(path.join(MEMORY, name), { force: true }).catch(() => undefined);
  }
  const alive = new Set(processIds().map(String));
  for (const { id, attached, maker, madeAt } of segments) {
    if (attached === 0 && !known.has(id) && !alive.has(maker) && isOld(madeAt))
      await promisify(execFile)('ipcrm', ['-m', id]).catch(() => undefined);
  }
}

function isOld(madeAt: number): boolean {
  return Date.now() - madeAt > YOUNG_MILLISECONDS;
}

interface Segment {
  readonly id: string;
  readonly attached: number;
  /** The process that made it. */
  readonly maker: string;
  /** Milliseconds since 1970. */
  readonly madeAt: number;
}

/** https://man7.org/linux/man-pages/man5/proc_sysvipc.5.html */
async function systemVSegments(): Promise<readonly Segment[]> {
  const [, ...lines] = (await readFile('/proc/sysvipc/shm', 'utf8').catch(() => '')).trim().split('\n');
  return lines
    .map(line => line.trim().split(/\s+/))
    .filter(([, , , size]) => Number(size) === SYSTEM_V_BYTES)
    .map(([, id = '', , , maker = '', , attached, , , , , , , madeAt]) => ({
      id,
      attached: Number(attached),
      maker,
      madeAt: Number(madeAt) * 1000
    }));
}
