import type { Execution } from '../../../engine/execution.ts';
import { ProviderError } from '../../../errors.ts';
import type { Machine } from '../installation/machine.ts';
import { inspectServer, serverProcess } from './inspect.ts';
import { runPgCtl } from './pg-ctl.ts';
import { describeProcess } from './postmaster.ts';
import { startServer } from './start.ts';
import type { StartOptions } from './starting-server.ts';
import type { RunningServer } from './inspect.ts';

/** `fast` ends sessions and writes everything out; `immediate` only ends: the next start recovers from the log. */
export type StopMode = 'fast' | 'immediate';

export interface StopOptions {
  readonly machine: Machine;
  readonly dataDirectory: string;
  /** Needed on Windows only. */
  readonly binDir: string;
  readonly mode: StopMode;
  /** How long `fast` may take before it becomes `immediate`. Default 30. */
  readonly timeoutSeconds?: number;
}

const POLL_SECONDS = 0.003;
const DEFAULT_TIMEOUT_SECONDS = 30;
const IMMEDIATE_SECONDS = 5;

/**
 * Stops the server of a data directory and returns when it has ended; `not-running` when there was none. Signals only a
 * process that is proved to be that server, also where its postmaster.pid is damaged: another process that reuses its
 * number is left alone, and so is the dead server's file. Throws `server-failed` when the server does not end even when
 * killed.
 */
export async function stopServer(execution: Execution, options: StopOptions): Promise<'stopped' | 'not-running'> {
  const { dataDirectory, machine, mode } = options;
  const pid = await serverProcess(dataDirectory, machine);
  if (pid === undefined) return 'not-running';
  if (machine.platform === 'win32') {
    await runPgCtl(options, 'stop', ['-w', '-m', mode]);
    return 'stopped';
  }
  const patience = options.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
  const attempts: readonly (readonly [NodeJS.Signals, number])[] = [
    ...(mode === 'fast' ? [['SIGINT', patience] as const] : []),
    ['SIGQUIT', IMMEDIATE_SECONDS],
    ['SIGKILL', IMMEDIATE_SECONDS]
  ];
  for (const [signal, seconds] of attempts) {
    if (await endsBy(execution, pid, signal, seconds, machine)) return 'stopped';
    execution.log.warning(`PostgreSQL (pid ${pid}) did not end within ${seconds} s of ${signal}`);
  }
  throw new ProviderError(`Could not stop PostgreSQL in ${dataDirectory}: the process ${pid} does not end`, {
    kind: 'failed',
    code: 'server-failed',
    hint: 'Look at the process by hand: the machine is probably waiting for its disk.'
  });
}

/** Makes a running server read its configuration again. False when it is not running. */
export async function reloadServer(options: Omit<StopOptions, 'mode' | 'timeoutSeconds'>): Promise<boolean> {
  const found = await inspectServer(options.dataDirectory, options.machine);
  if (found.state !== 'running') return false;
  if (options.machine.platform === 'win32') return (await runPgCtl(options, 'reload')) === 0;
  process.kill(found.pid, 'SIGHUP');
  return true;
}

/** Stops a server (fast) and starts it again; a stopped one is started. Throws the failures of either. */
export async function restartServer(execution: Execution, options: StartOptions): Promise<RunningServer> {
  await stopServer(execution, { ...options, mode: 'fast' });
  return startServer(execution, options);
}

/** A cancelled run stops its server last, so the signal does not interrupt this. */
async function endsBy(
  { clock }: Execution,
  pid: number,
  signal: NodeJS.Signals,
  seconds: number,
  machine: Machine
): Promise<boolean> {
  const deadline = clock.now().getTime() + seconds * 1000;
  try {
    process.kill(pid, signal);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ESRCH') return true;
    throw new ProviderError(`Could not stop PostgreSQL (pid ${pid}): this user may not signal it`, {
      kind: 'denied',
      cause: thrown,
      hint: 'Run the step as the user (or in the container) that started the server.'
    });
  }
  while (clock.now().getTime() <= deadline) {
    const facts = await describeProcess(pid, machine);
    if (facts === undefined || facts.zombie) return true;
    await clock.sleep(POLL_SECONDS);
  }
  return false;
}
