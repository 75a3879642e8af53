import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readdir, readFile, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { programEnvironment } from '../../../engine/program-environment.ts';
import { onMachine, type Machine } from '../installation/machine.ts';

/** The content of `postmaster.pid`, which a running server writes. */
export interface PostmasterFile {
  readonly pid: number;
  readonly dataDirectory: string;
  /** Seconds since 1970. With the pid it names one run of the server. */
  readonly startedAt: number;
  readonly port: number | undefined;
  /** `standby`: in recovery, and not open to queries. Missing for the first moments of a start. */
  readonly status: 'starting' | 'stopping' | 'ready' | 'standby' | undefined;
}

const STATUSES = ['starting', 'stopping', 'ready', 'standby'] as const;

/**
 * Reads `postmaster.pid`: `undefined` when it does not exist (the server is not running), `damaged` when PostgreSQL did
 * not write it so. The lines: https://github.com/postgres/postgres/blob/master/src/include/utils/pidfile.h
 */
export function readPostmasterFile(dataDirectory: string): PostmasterFile | 'damaged' | undefined {
  const text = readIfThere(join(dataDirectory, 'postmaster.pid'));
  if (text === undefined) return undefined;
  const [pid = '', directory = '', startedAt = '', port = '', , , , status = ''] = text.split('\n');
  if (!/^[1-9]\d{0,9}$/.test(pid) || directory === '' || !/^\d+$/.test(startedAt)) return 'damaged';
  return {
    pid: Number(pid),
    dataDirectory: directory,
    startedAt: Number(startedAt),
    port: /^[1-9]\d*$/.test(port) ? Number(port) : undefined,
    status: STATUSES.find(known => known === status.trim())
  };
}

/**
 * Some hundred bytes, read synchronously: a start reads them over and over, and each pause delays the moment when it is
 * ready.
 */
function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw thrown;
  }
}

/** One process, as far as the system shows it. */
export interface ProcessFacts {
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** Dead, but not collected by a parent: common in container jobs, where no init process collects orphans. */
  readonly zombie: boolean;
}

/** The process `pid`, or `undefined` when it does not exist. Not for Windows. */
export async function describeProcess(pid: number, machine: Machine): Promise<ProcessFacts | undefined> {
  return machine.platform === 'linux' ? describeFromProc(pid, machine) : describeFromPs(pid, machine);
}

/**
 * Whether the process `pid` is the server of `dataDirectory`, and not a later process with the same number: its program
 * is `postgres`, started for exactly this directory. (Its children do not match: they rename themselves.)
 */
export async function isPostmasterOf(pid: number, dataDirectory: string, machine: Machine): Promise<boolean> {
  const facts = await describeProcess(pid, machine);
  if (facts === undefined || facts.zombie) return false;
  const [program = '', ...args] = facts.command;
  if (basename(program) !== 'postgres') return false;
  const given = args[args.indexOf('-D') + 1];
  return given !== undefined && (given === dataDirectory || (await same(given, dataDirectory)));
}

/**
 * The server process of `dataDirectory` by the process table, for where `postmaster.pid` does not tell it. Not for
 * Windows, where it is `undefined`.
 */
export async function findPostmasterOf(dataDirectory: string, machine: Machine): Promise<number | undefined> {
  for (const pid of await processNumbers(dataDirectory, machine)) {
    if (await isPostmasterOf(pid, dataDirectory, machine)) return pid;
  }
  return undefined;
}

async function processNumbers(dataDirectory: string, machine: Machine): Promise<readonly number[]> {
  if (machine.platform === 'win32') return [];
  if (machine.platform === 'linux') {
    const entries = await readdir(onMachine(machine, '/proc')).catch(() => []);
    return entries.filter(entry => /^\d+$/.test(entry)).map(Number);
  }
  const answer = await promisify(execFile)('ps', ['-axww', '-o', 'pid=,command='], {
    env: programEnvironment(machine)
  }).catch(() => undefined);
  const lines = (answer?.stdout ?? '').split('\n').filter(line => line.endsWith(` -D ${dataDirectory}`));
  return lines.map(line => Number.parseInt(line, 10));
}

async function describeFromProc(pid: number, machine: Machine): Promise<ProcessFacts | undefined> {
  const read = (file: string): Promise<string | undefined> =>
    readFile(onMachine(machine, `/proc/${pid}/${file}`), 'utf8').catch(() => undefined);
  const [stat, command] = await Promise.all([read('stat'), read('cmdline')]);
  if (stat === undefined || command === undefined) return undefined;
  // The name is in parentheses and may hold any character, so the state follows the last one.
  const state = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
  return { command: command.split('\0').slice(0, -1), zombie: state === 'Z' || state === 'X' };
}

async function describeFromPs(pid: number, machine: Machine): Promise<ProcessFacts | undefined> {
  const answer = await promisify(execFile)('ps', ['-ww', '-o', 'state=,command=', '-p', String(pid)], {
    env: programEnvironment(machine)
  }).catch(() => undefined);
  const [, state, command] = /^\s*(\S+)\s+(.*)$/m.exec(answer?.stdout ?? '') ?? [];
  if (state === undefined || command === undefined) return undefined;
  // ps joins the arguments with blanks. Ours are `postgres -D <directory>` alone, so everything after -D is the
  // directory.
  const [, program, directory] = /^(.*?)(?: -D (.*))?$/.exec(command) ?? [];
  return {
    command: directory === undefined ? [command] : [program ?? '', '-D', directory],
    zombie: state.startsWith('Z')
  };
}

async function same(one: string, other: string): Promise<boolean> {
  const [left, right] = await Promise.all([one, other].map(path => realpath(path).catch(() => undefined)));
  return left !== undefined && left === right;
}
