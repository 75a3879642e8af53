import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Machine } from '../installation/machine.ts';
import { findPostmasterOf, isPostmasterOf, readPostmasterFile, type PostmasterFile } from './postmaster.ts';

/** A running server. */
export interface RunningServer {
  readonly pid: number;
  readonly port: number;
  /** Seconds since 1970, as in postmaster.pid: with the pid it names one run of the server. */
  readonly startedAt: number;
}

/** The state of a server, read from its data directory and the process table, without connecting. */
export type ServerState =
  | { readonly state: 'absent' }
  | { readonly state: 'stopped'; readonly major: number }
  /**
   * Ended without cleaning up (SIGKILL, a crashed machine); the next start recovers it by itself. Or about to end,
   * with its process in `dying`: PostgreSQL ends itself within a minute when its postmaster.pid is gone or damaged.
   */
  | { readonly state: 'stale'; readonly major: number; readonly dying?: number }
  | ({ readonly state: 'running'; readonly major: number; readonly status: PostmasterFile['status'] } & RunningServer)
  /** A data directory that no server can start on. */
  | { readonly state: 'damaged'; readonly reason: string };

/** `PG_CONTROL_FILE_SIZE`, the same in all majors. */
const CONTROL_FILE_BYTES = 8192;

/** The state of the server of `dataDirectory`. Reads only. */
export async function inspectServer(dataDirectory: string, machine: Machine): Promise<ServerState> {
  if ((await stat(dataDirectory).catch(() => undefined)) === undefined) return { state: 'absent' };
  const version = await readFile(join(dataDirectory, 'PG_VERSION'), 'utf8').catch(() => undefined);
  if (version === undefined) return { state: 'damaged', reason: 'it has no PG_VERSION' };
  if (!/^\d+\s*$/.test(version)) return { state: 'damaged', reason: 'its PG_VERSION names no version' };
  const major = Number(version);
  const control = await stat(join(dataDirectory, 'global', 'pg_control')).catch(() => undefined);
  if (control?.size !== CONTROL_FILE_BYTES)
    return { state: 'damaged', reason: 'its global/pg_control is missing or cut' };

  const file = readPostmasterFile(dataDirectory);
  if (file === undefined || file === 'damaged') {
    const dying = await findPostmasterOf(dataDirectory, machine);
    if (dying !== undefined) return { state: 'stale', major, dying };
    return { state: file === undefined ? 'stopped' : 'stale', major };
  }
  const ours =
    machine.platform === 'win32'
      ? await isServerOnWindows(file.pid)
      : await isPostmasterOf(file.pid, dataDirectory, machine);
  if (!ours) return { state: 'stale', major };
  const { pid, startedAt, status } = file;
  return { state: 'running', major, pid, startedAt, status, port: file.port ?? 0 };
}

/** The process of the server, also where its postmaster.pid does not tell it; `undefined` for one that does not run. */
export async function serverProcess(dataDirectory: string, machine: Machine): Promise<number | undefined> {
  const found = await inspectServer(dataDirectory, machine);
  return found.state === 'running' ? found.pid : await findPostmasterOf(dataDirectory, machine);
}

/** Every server process on Windows listens for signals on a pipe of its own, which no other program has. */
async function isServerOnWindows(pid: number): Promise<boolean> {
  const pipes = await readdir('\\\\.\\pipe\\');
  return pipes.includes(`pgsignal_${pid}`);
}
