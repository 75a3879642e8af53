import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Execution } from '../../../engine/execution.ts';
import { programEnvironment } from '../../../engine/program-environment.ts';
import { formatSeconds } from '../../../engine/wait.ts';
import { ActionError, ProviderError } from '../../../errors.ts';
import { firstClosedDirectory } from '../installation/reachable.ts';
import { programName } from '../installation/machine.ts';
import type { RunningServer } from './inspect.ts';
import { isTakenPort } from './port.ts';
import { readPostmasterFile } from './postmaster.ts';
import { isStillEnding, lastWords, refuseHalfOfItsAddresses, startFailure } from './start-failure.ts';
import { launchThroughPgCtl } from './pg-ctl.ts';
import type { StartingServer, StartOptions } from './starting-server.ts';

const DEFAULT_TIMEOUT_SECONDS = 60;
const POLL_SECONDS = 0.003;
const GRACE_MILLISECONDS = 2000;
/** A recovery that goes on for longer is not waited for. */
const MOST_RECOVERY_SECONDS = 1800;
/** Seconds between two lines about a recovery. */
const NEWS_SECONDS = 30;
const PORT_TRIES = 3;
const PORT_SECONDS = 0.05;
/** Pauses for the processes of a killed server to end, each twice as long as the one before: six seconds in all. */
const ENDING_TRIES = 7;
const ENDING_SECONDS = 0.1;

/**
 * Work that runs during a start and belongs to it: files that are not needed before the first connection, a first check
 * of the server. `ready` is the server's.
 */
export type DuringStart = (ready: Promise<RunningServer>) => Promise<void>;

/**
 * Starts a server and waits until it accepts connections on all of its addresses and `duringStart` is done. Where
 * another step that looks for a free port holds this one for a moment, or the processes of a killed server have not
 * ended yet, it is tried again, together with `duringStart`. Throws the failures of `launchServer`,
 * `StartingServer.ready` and `duringStart`: then no process of the server runs, and `duringStart` has ended.
 */
export async function startServer(
  execution: Execution,
  options: StartOptions,
  duringStart?: DuringStart
): Promise<RunningServer> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await startOnce(execution, options, duringStart);
    } catch (thrown) {
      const pause = secondsToWait(thrown, tried);
      if (pause === undefined) throw thrown;
      await execution.clock.sleep(pause, execution.signal);
    }
  }
}

/** Until the next of the tries; `undefined` where that is of no use. */
function secondsToWait(thrown: unknown, tried: number): number | undefined {
  if (isTakenPort(thrown)) return tried < PORT_TRIES ? PORT_SECONDS : undefined;
  return isStillEnding(thrown) && tried < ENDING_TRIES ? ENDING_SECONDS * 2 ** (tried - 1) : undefined;
}

async function startOnce(
  execution: Execution,
  options: StartOptions,
  duringStart: DuringStart | undefined
): Promise<RunningServer> {
  const isWindows = options.machine.platform === 'win32';
  const starting = isWindows ? launchThroughPgCtl(execution, options) : await launchServer(execution, options);
  const ready = starting.ready();
  // A server whose files are incomplete is not waited for.
  const work = duringStart?.(ready).catch(async (thrown: unknown) => {
    await starting.abandon();
    throw thrown;
  });
  const [server, done] = await Promise.allSettled([ready, work]);
  if (done.status === 'rejected') throw done.reason;
  if (server.status === 'rejected') throw server.reason;
  return server.value;
}

/**
 * Starts a server without waiting, so that the caller can go on writing databases into its data directory: the server
 * reads them only for a connection. The caller must always await `ready()`: it ends the process when the start fails.
 *
 * As root the server runs as the owner of the data directory. It keeps `RUNNER_TRACKING_ID`, by which the runner ends
 * it with the job; no other variable of the step's environment reaches it. Not for Windows. Throws `unsupported` when
 * its user cannot enter a directory.
 */
export async function launchServer(
  execution: Execution,
  options: StartOptions
): Promise<StartingServer & { readonly pid: number }> {
  const { binDir, dataDirectory, machine } = options;
  execution.signal.throwIfAborted();
  const program = join(binDir, programName(machine, 'postgres'));
  const identity = await serverIdentity(options, program);
  const log = await open(options.logFile, 'a', 0o600);
  try {
    const { size: logStart } = await log.stat();
    const child = spawn(program, ['-D', dataDirectory], {
      cwd: dataDirectory,
      detached: true,
      env: programEnvironment(machine),
      stdio: ['ignore', log.fd, log.fd],
      ...identity
    });
    let gone: string | undefined;
    const ended = new Promise<void>(resolve => {
      const note = (how: string): void => {
        gone = how;
        resolve();
      };
      child.once('error', error => note(error.message));
      child.once('exit', (code, signal) => note(signal === null ? `exit code ${code}` : `killed by ${signal}`));
    });
    if (child.pid === undefined) {
      await ended;
      throw new ProviderError(`Could not run ${program}: ${gone}`, { kind: 'failed', code: 'server-failed' });
    }
    const { pid } = child;
    const launched: Launched = { pid, logStart, ended, gone: () => gone, letGo: () => child.unref() };
    return { pid, ready: () => awaitReady(execution, options, launched), abandon: () => end(launched) };
  } finally {
    await log.close();
  }
}

interface Launched {
  readonly pid: number;
  /** Where the lines of this run begin in the log. */
  readonly logStart: number;
  /** Resolves when the process has ended. */
  readonly ended: Promise<void>;
  /** How it ended; `undefined` while it runs. */
  gone(): string | undefined;
  /** Lets this process end before the server does. */
  letGo(): void;
}

async function awaitReady(execution: Execution, options: StartOptions, launched: Launched): Promise<RunningServer> {
  const { clock, signal } = execution;
  const timeoutSeconds = options.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
  const begun = clock.now().getTime();
  let deadline = begun + timeoutSeconds * 1000;
  try {
    for (;;) {
      signal.throwIfAborted();
      const gone = launched.gone();
      if (gone !== undefined) throw startFailure(logSince(options.logFile, launched.logStart), gone);
      const file = readPostmasterFile(options.dataDirectory);
      // The file may still be that of a crashed server, ready and all, until ours has replaced it.
      if (file !== undefined && file !== 'damaged' && file.pid === launched.pid && file.port !== undefined) {
        if (file.status === 'ready' || file.status === 'standby') {
          refuseHalfOfItsAddresses(logSince(options.logFile, launched.logStart));
          launched.letGo();
          return { pid: file.pid, port: file.port, startedAt: file.startedAt };
        }
      }
      const now = clock.now().getTime();
      if (now > deadline) {
        const log = logSince(options.logFile, launched.logStart);
        const waited = formatSeconds(Math.max(0, Math.round((now - begun) / 1000)));
        if (!isRecovering(log) || now - begun > MOST_RECOVERY_SECONDS * 1000) throw notReady(log, waited);
        // Ended now, the next start would recover from the beginning again.
        execution.log.info(`PostgreSQL recovers from a crash: ${lastWords(log)} (${waited})`);
        deadline = now + NEWS_SECONDS * 1000;
      }
      await clock.sleep(POLL_SECONDS, signal);
    }
  } catch (thrown) {
    await end(launched);
    throw thrown;
  }
}

/** PostgreSQL says every ten seconds how far it is. */
function isRecovering(log: string): boolean {
  return /automatic recovery in progress|redo (?:starts at|in progress)|starting (?:archive|point-in-time) recovery/.test(
    log
  );
}

function notReady(log: string, waited: string): ProviderError {
  const last = lastWords(log);
  return new ProviderError(
    `Could not start PostgreSQL: not ready after ${waited}; ${last === '' ? 'it said nothing' : `it said last: ${last}`}`,
    { kind: 'failed', code: 'server-failed', hint: "Read the server's log: it says what the server was doing." }
  );
}

/** Only for a process that this very run has started and not seen end, so its number cannot belong to another. */
async function end(launched: Launched): Promise<void> {
  if (launched.gone() !== undefined) return;
  kill(launched.pid, 'SIGQUIT');
  const impatience = setTimeout(() => kill(launched.pid, 'SIGKILL'), GRACE_MILLISECONDS);
  await launched.ended;
  clearTimeout(impatience);
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Already gone, as wanted.
  }
}

async function serverIdentity(
  options: StartOptions,
  program: string
): Promise<{ readonly uid: number; readonly gid: number } | undefined> {
  const { dataDirectory, machine } = options;
  if (machine.uid !== 0) return undefined;
  const { uid, gid } = await stat(dataDirectory);
  if (uid === 0) {
    throw new ActionError(`Could not start PostgreSQL on ${dataDirectory}: the directory belongs to root`, {
      code: 'server-failed',
      source: 'bug',
      hint: 'Give the directory to another user: PostgreSQL refuses to run as root.'
    });
  }
  for (const path of [program, dirname(dataDirectory)]) {
    const closed = await firstClosedDirectory(path, { uid, gid });
    if (closed === undefined) continue;
    throw new ActionError(
      `Could not start PostgreSQL on ${dataDirectory}: its user (uid ${uid}) may not enter ${closed}`,
      { code: 'unsupported', source: 'user', hint: `Run \`chmod o+x ${closed}\`, as it was when the server was made.` }
    );
  }
  return { uid, gid };
}

function logSince(logFile: string, start: number): string {
  return readFileSync(logFile).subarray(start).toString('utf8');
}
