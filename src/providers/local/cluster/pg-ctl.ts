import { defined } from '../../../engine/defined.ts';
import { programEnvironment } from '../../../engine/program-environment.ts';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Execution } from '../../../engine/execution.ts';
import { programName, type Machine } from '../installation/machine.ts';
import type { RunningServer } from './inspect.ts';
import { readPostmasterFile } from './postmaster.ts';
import type { StartingServer, StartOptions } from './starting-server.ts';
import { refuseHalfOfItsAddresses, startFailure } from './start-failure.ts';

/**
 * Starts a server through `pg_ctl`, the only way on Windows, where `postgres` refuses an administrator's rights (as
 * runners have them) and `pg_ctl` drops them.
 */
export function launchThroughPgCtl(execution: Execution, options: StartOptions): StartingServer {
  const started = start(execution, options);
  return {
    ready: async () => started,
    abandon: async () => {
      const [{ status }] = await Promise.allSettled([started]);
      if (status === 'fulfilled') await stopAtOnce(options);
    }
  };
}

/**
 * Waits until the server accepts connections. Throws the error of `startFailure`, or the signal's reason; a cancelled
 * start is stopped again.
 */
async function start(execution: Execution, options: StartOptions): Promise<RunningServer> {
  const { dataDirectory, logFile, timeoutSeconds = 60 } = options;
  const logStart = (await stat(logFile).catch(() => undefined))?.size ?? 0;
  const args = ['-w', '-t', String(timeoutSeconds), '-l', logFile];
  const exitCode = await runPgCtl(options, 'start', args, execution.signal);
  if (execution.signal.aborted) {
    await stopAtOnce(options);
    execution.signal.throwIfAborted();
  }
  const file = exitCode === 0 ? readPostmasterFile(dataDirectory) : undefined;
  const log = (await readFile(logFile).catch(() => Buffer.alloc(0))).subarray(logStart).toString('utf8');
  if (file === undefined || file === 'damaged') throw startFailure(log, `pg_ctl ended with exit code ${exitCode}`);
  try {
    refuseHalfOfItsAddresses(log);
  } catch (thrown) {
    await stopAtOnce(options);
    throw thrown;
  }
  return { pid: file.pid, port: file.port ?? 0, startedAt: file.startedAt };
}

async function stopAtOnce(options: StartOptions): Promise<void> {
  await runPgCtl(options, 'stop', ['-w', '-m', 'immediate']);
}

/**
 * Runs `pg_ctl <action> -D <data directory> …` and returns its exit code, -1 when it was killed or is missing. Its
 * output is dropped: a server that it starts inherits the output, so reading from it would wait for the server's end.
 */
export async function runPgCtl(
  options: { readonly binDir: string; readonly machine: Machine; readonly dataDirectory: string },
  action: 'start' | 'stop' | 'reload',
  args: readonly string[] = [],
  signal?: AbortSignal
): Promise<number> {
  const child = spawn(
    join(options.binDir, programName(options.machine, 'pg_ctl')),
    [action, '-D', options.dataDirectory, ...args],
    defined({ env: programEnvironment(options.machine), stdio: 'ignore', windowsHide: true, signal })
  );
  return once(child, 'close').then(
    ([code]) => (typeof code === 'number' ? code : -1),
    () => -1
  );
}
