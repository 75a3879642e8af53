import type { RunningServer } from './cluster/inspect.ts';
import { startServer } from './cluster/start.ts';
import type { LocalWorld } from './local-world.ts';

/** Starts the server of the layout, whether it is new, was stopped, or died. */
export async function start(world: LocalWorld, binDir: string): Promise<RunningServer> {
  const { machine, layout, context } = world;
  return startServer(context, { binDir, machine, dataDirectory: layout.dataDirectory, logFile: layout.logFile });
}
