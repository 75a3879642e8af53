import { asActionError } from './errors.ts';
import { closeLeftOpen, destroyLeftServer, publishLast, publishLost, run } from './main.ts';
import { takeEnvironment, unverifiedNotice } from './runner/environment-secrets.ts';
import { cleanUp } from './runner/post-step.ts';
import { runnerRuntime, type Runtime } from './runner/runtime.ts';
import { saveInputs } from './runner/saved-inputs.ts';
import { onTerminal } from './runner/terminal.ts';

/** What a step writes is its own to read, write and enter, whatever the umask of the job. */
function keepOwnFiles(): void {
  process.umask(process.umask(0o077) & 0o077);
}

/** The main step of the action, or its post step: the state that the main step saved tells. */
export async function step(): Promise<void> {
  keepOwnFiles();
  const notice = unverifiedNotice(process.env);
  const runtime = runnerRuntime(takeEnvironment(process.env));
  const isPostStep = runtime.readState('main') === 'begun';
  try {
    if (!isPostStep) {
      runtime.saveState('main', 'begun');
      saveInputs(runtime);
    }
  } catch (thrown) {
    return publishLost(runtime, asActionError(thrown));
  }
  try {
    if (!isPostStep) {
      if (notice !== undefined) runtime.log.warning(notice);
      return await run(runtime);
    }
    await closeLeftOpen(runtime);
    await destroyLeftServer(runtime);
    await cleanUp(runtime);
  } catch (thrown) {
    publishLast(runtime, thrown);
  }
}

/** What the process was started for: a runner gives a step no arguments, and a terminal always does. */
export const first = process.argv.length > 2 ? onTerminal(process.argv.slice(2), terminalStep) : step();

async function terminalStep(runtime: Runtime): Promise<void> {
  keepOwnFiles();
  await run(runtime);
  await closeLeftOpen(runtime);
}
// Handles that a cancelled step left open must not keep the job waiting.
void first.finally(() => setTimeout(() => process.exit(), 500).unref());
