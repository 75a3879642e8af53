import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Major } from '../../src/postgres/major.ts';
import { locate } from '../../src/providers/local/installation/locate.ts';
import { thisMachine, type Machine } from '../../src/providers/local/installation/machine.ts';
import type { Installation } from '../../src/providers/local/installation/installation.ts';
import { provide } from '../../src/providers/local/installation/provide.ts';
import { testToolCache, VERDICTS } from './tool-cache.ts';

const repository = join(import.meta.dirname, '..', '..');

/** This machine with the tests' own tool cache, without its installed servers. */
export function testMachine(): Machine {
  const env = { ...process.env, RUNNER_TOOL_CACHE: testToolCache(), PGBIN: '' };
  return { ...thisMachine(env), root: join(repository, '.cache', 'nothing-installed') };
}

const log = { debug: () => {}, info: () => {}, warning: () => {} };

const known = new Map<Major, Promise<Installation>>();

/**
 * The published server of a major, downloaded once, however many test processes ask for it at the same time. Its files
 * are read once in a process.
 */
export async function testInstallation(major: Major = 17): Promise<Installation> {
  const installation = known.get(major) ?? provided(major);
  known.set(major, installation);
  return await installation;
}

async function provided(major: Major): Promise<Installation> {
  await mkdir(VERDICTS, { recursive: true });
  const own = testMachine();
  const machine = { ...own, env: { ...own.env, RUNNER_TEMP: VERDICTS } };
  const find = async () => await locate({ version: String(major), binDir: undefined }, machine);
  const located = await find();
  if (located.source !== 'download') return await provide(located, machine, { log, signal: unending() });
  return await oneAtATime(join(testToolCache(), `downloading-${major}`), async () => {
    return await provide(await find(), machine, { log, signal: unending() });
  });
}

function unending(): AbortSignal {
  return new AbortController().signal;
}

/** Holds a directory as a lock. One that is minutes old belongs to a process that died. */
async function oneAtATime<T>(lock: string, work: () => Promise<T>): Promise<T> {
  await mkdir(testToolCache(), { recursive: true });
  while (!(await taken(lock))) {
    const held = await stat(lock).catch(() => undefined);
    if (held !== undefined && Date.now() - held.mtimeMs > 180_000) await rm(lock, { recursive: true, force: true });
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  try {
    return await work();
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

async function taken(lock: string): Promise<boolean> {
  return await mkdir(lock).then(
    () => true,
    () => false
  );
}
