import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** One process of this machine, as far as its owner may read it. Linux only: elsewhere none is visible. */
export interface SeenProcess {
  readonly pid: number;
  /** With its arguments. */
  readonly command: string;
  /** `NAME=value` lines it was started with; empty for children of PostgreSQL, which overwrite them. */
  readonly environment: readonly string[];
}

export async function processTable(): Promise<readonly SeenProcess[]> {
  return processIds()
    .map(look)
    .filter(one => one !== undefined);
}

/** The numbers of all processes. Linux only: elsewhere none. */
export function processIds(): readonly number[] {
  // A promise for each of these small files takes ten times as long as the file, at the end of every job.
  const names = existsSync('/proc') ? readdirSync('/proc') : [];
  return names.filter(name => /^\d+$/.test(name)).map(Number);
}

/** The next reading of the table, for all jobs that end at once. */
let nextTable: Promise<readonly SeenProcess[]> | undefined;

/** Processes that a job began, recognised as the runner does: by the tracking id in their environment. */
export async function processesOfJob(trackingId: string): Promise<readonly SeenProcess[]> {
  nextTable ??= new Promise(resolve => {
    setImmediate(() => {
      nextTable = undefined;
      resolve(processTable());
    });
  });
  const all = await nextTable;
  return all.filter(one => one.environment.includes(`RUNNER_TRACKING_ID=${trackingId}`));
}

/** Whether a process still runs. One that has ended and was not reaped yet does not: that is up to its parent. */
export async function isRunning(pid: number): Promise<boolean> {
  return commandOf(pid) !== '';
}

/** Kills a process, which may have ended meanwhile. */
export function killAnyway(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown;
  }
}

/**
 * Kills servers, and waits for the end of their children as well: one that is not on a processor yet still holds the
 * shared memory, and no server starts on the same directory before it has ended.
 */
export async function killServers(servers: readonly number[]): Promise<void> {
  const parents = servers.map(String);
  const children = processIds().filter(pid => {
    // The name of the program may hold anything but ends with the last bracket.
    const [, parent = ''] = textOf(`/proc/${pid}/stat`).split(')').at(-1)?.trim().split(' ') ?? [];
    return parents.includes(parent);
  });
  for (const pid of servers) killAnyway(pid);
  for (const pid of [...servers, ...children]) {
    while (await isRunning(pid)) await new Promise(resolve => setTimeout(resolve, 2));
    // PostgreSQL takes the number for a server until the parent has collected it, which not every one does.
    for (let looks = 0; looks < 500 && existsSync(`/proc/${pid}`); looks += 1)
      await new Promise(resolve => setTimeout(resolve, 2));
  }
}

export interface ProcessWatch {
  /** Ends the watch: every command line seen meanwhile. */
  stop(): Promise<readonly string[]>;
}

/**
 * A process shows its arguments when it begins; a title that it gives itself later is PostgreSQL's and comes within
 * milliseconds.
 */
const LOOKS_PER_PROCESS = 5;

/** Reads the command lines of all processes again and again, as `ps` in a loop would. */
export function watchProcesses(): ProcessWatch {
  const commands = new Set<string>();
  const looks = new Map<number, number>();
  const watching = new AbortController();
  const watch = async (): Promise<void> => {
    while (!watching.signal.aborted) {
      for (const pid of processIds()) {
        const count = looks.get(pid) ?? 0;
        if (count === LOOKS_PER_PROCESS) continue;
        looks.set(pid, count + 1);
        commands.add(commandOf(pid));
      }
      await new Promise(resolve => setTimeout(resolve, 5));
    }
  };
  const watched = watch();
  return {
    stop: async () => {
      watching.abort();
      await watched;
      return [...commands];
    }
  };
}

function look(pid: number): SeenProcess | undefined {
  const command = commandOf(pid);
  if (command === '') return undefined;
  const environment = textOf(`/proc/${pid}/environ`);
  return { pid, command, environment: environment.split('\0').filter(one => one !== '') };
}

/** Empty for a process that is gone, a zombie, or a thread of the kernel. */
function commandOf(pid: number): string {
  const text = textOf(`/proc/${pid}/cmdline`);
  return text.replaceAll('\0', ' ').trim();
}

/** Empty for a file that is gone or belongs to others. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
