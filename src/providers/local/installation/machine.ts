import { stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PinnedPlatform } from './pins.ts';

/** The facts about the machine that the search for server binaries needs. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  /** As Node names it: `x64`, `arm64`. */
  readonly arch: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where absolute paths start; `/` except in tests. */
  readonly root: string;
  /** The numeric user we run as; undefined on Windows. */
  readonly uid: number | undefined;
  /** The Node that runs us; npm may lie next to it when PATH has none. */
  readonly nodePath: string;
  /** Directory for files that are not needed after this run. */
  readonly temporaryDirectory: string;
}

/** The machine this process runs on, seen through `env`. */
export function thisMachine(env: NodeJS.ProcessEnv): Machine {
  return {
    platform: process.platform,
    arch: process.arch,
    env,
    root: '/',
    uid: process.geteuid?.(),
    nodePath: process.execPath,
    temporaryDirectory: env['RUNNER_TEMP'] || tmpdir()
  };
}

/** `linux-x64`, `windows-arm64`…: the platform in the names of the published packages, which need not include it. */
export function platformName(machine: Machine): PinnedPlatform | (string & {}) {
  return `${machine.platform === 'win32' ? 'windows' : machine.platform}-${machine.arch}`;
}

/** The file name of a program: with `.exe` on Windows. */
export function programName(machine: Machine, name: string): string {
  return machine.platform === 'win32' ? `${name}.exe` : name;
}

/** An absolute path of this machine. */
export function onMachine(machine: Machine, path: string): string {
  return machine.root === '/' ? path : join(machine.root, path);
}

/** Whether `path` exists, as any kind of file. */
export async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false
  );
}

const GLIBC_LOADERS = ['/lib64/ld-linux-x86-64.so.2', '/lib/ld-linux-aarch64.so.1'];

/**
 * Whether the C library is musl (Alpine). Detected by the dynamic loaders on disk, because asking Node
 * (`process.report`) takes tens of milliseconds. A glibc system that also has musl counts as glibc; Alpine with a glibc
 * shim counts as musl, since the shim is not enough for PostgreSQL.
 */
export async function isMusl(machine: Machine): Promise<boolean> {
  if (machine.platform !== 'linux') return false;
  if (await exists(onMachine(machine, '/etc/alpine-release'))) return true;
  const loader = machine.arch === 'arm64' ? 'ld-musl-aarch64.so.1' : 'ld-musl-x86_64.so.1';
  if (!(await exists(onMachine(machine, `/lib/${loader}`)))) return false;
  const glibc = await Promise.all(GLIBC_LOADERS.map(path => exists(onMachine(machine, path))));
  return !glibc.includes(true);
}
