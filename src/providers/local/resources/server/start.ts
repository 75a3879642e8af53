import { readdir, readlink, rm } from 'node:fs/promises';
import path from 'node:path';
import { inspectServer, type RunningServer } from '../../cluster/inspect.ts';
import type { ServerLayout } from '../../cluster/layout.ts';
import { startServer } from '../../cluster/start.ts';
import { stopServer } from '../../cluster/stop.ts';
import type { LocalContext } from '../../context.ts';

const CHILDREN_SECONDS = 5;

/** Starts the server of a layout, whether it was stopped or died. */
export async function start(
  context: LocalContext,
  binDir: string,
  layout: ServerLayout = context.layout
): Promise<RunningServer> {
  const { machine, execution } = context;
  const { dataDirectory, logFile } = layout;
  const found = await inspectServer(dataDirectory, machine);
  if (found.state === 'stale') {
    if (found.dying !== undefined) await stopServer(execution, { machine, dataDirectory, binDir, mode: 'fast' });
    await removeDeadLock(context, dataDirectory);
  }
  return startServer(execution, { binDir, machine, dataDirectory, logFile });
}

/**
 * PostgreSQL takes a lock file whose process is a zombie for a living server. In container jobs without an init process
 * it would never start again. No process holds the lock any more, so it is removed once the last child of the dead
 * server is gone.
 */
async function removeDeadLock({ machine, execution }: LocalContext, dataDirectory: string): Promise<void> {
  const deadline = execution.clock.now().getTime() + CHILDREN_SECONDS * 1000;
  while (machine.platform === 'linux' && (await worksIn(dataDirectory)) && execution.clock.now().getTime() < deadline) {
    await execution.clock.sleep(0.05, execution.signal);
  }
  await rm(path.join(dataDirectory, 'postmaster.pid'), { force: true });
}

/** Whether any process has this as its working directory, as every server process has. */
async function worksIn(directory: string): Promise<boolean> {
  const pids = (await readdir('/proc')).filter(entry => /^\d+$/.test(entry));
  const places = await Promise.all(pids.map(pid => readlink(`/proc/${pid}/cwd`).catch(() => undefined)));
  return places.includes(directory);
}
