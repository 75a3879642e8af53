import { closeLeftOpen, run } from './main.ts';
import { takeEnvironment } from './runner/environment-secrets.ts';
import { cleanUp } from './runner/post-step.ts';
import { runnerRuntime } from './runner/runtime.ts';

const runtime = runnerRuntime(takeEnvironment(process.env));
const isPostStep = runtime.readState('main') === 'begun';
runtime.saveState('main', 'begun');
const work = isPostStep ? closeLeftOpen(runtime).then(async () => cleanUp(runtime)) : run(runtime);
// Handles that a cancelled step left open must not keep the job waiting.
void work.finally(() => setTimeout(() => process.exit(), 500).unref());
