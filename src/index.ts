import { run } from './main.ts';
import { cleanUp } from './post.ts';
import { runnerRuntime } from './runtime.ts';

const runtime = runnerRuntime(process.env);
const isPostStep = runtime.readState('main') === 'begun';
runtime.saveState('main', 'begun');
void (isPostStep ? cleanUp(runtime) : run(runtime));
