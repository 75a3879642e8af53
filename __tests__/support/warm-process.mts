import { createRequire } from 'node:module';
import timers from 'node:timers/promises';

/** A step for a warm process. */
export interface WarmRequest {
  /** The bundle's entry. */
  readonly program: string;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly umask: number;
  /** How many times shorter its pauses are, and the limits on what pauses. */
  readonly pace: number;
}

export interface WarmAnswer {
  /** What it printed, errors included. */
  readonly text: string;
  readonly exitCode: number;
}

const require = createRequire(import.meta.url);
const print = process.stderr.write.bind(process.stderr);
const known = new Map<string, () => Promise<void>>();
let text = '';
let pace = 1;

process.stdout.write = keep;
process.stderr.write = keep;
const pause = timers.setTimeout;
timers.setTimeout = async (milliseconds = 0, value, options) => pause(milliseconds / pace, value, options);
const limit = AbortSignal.timeout.bind(AbortSignal);
const LONGEST_REQUEST = 30_000;
AbortSignal.timeout = milliseconds => limit(milliseconds > LONGEST_REQUEST ? milliseconds / pace : milliseconds);
// A step that has ended ends its process after a while.
process.exit = (() => {}) as unknown as typeof process.exit;
process.on('message', request => void answer(request as WarmRequest));
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

async function answer({ program, env, cwd, umask, pace: asked }: WarmRequest): Promise<void> {
  text = '';
  pace = asked;
  for (const name of Object.keys(process.env)) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, env);
  process.chdir(cwd);
  process.umask(umask);
  process.exitCode = 0;
  try {
    await run(program);
  } catch (thrown) {
    print(`A warm step threw: ${String((thrown as Error).stack)}\n`);
    process.exitCode = 1;
  }
  for (const signal of ['SIGINT', 'SIGTERM']) process.removeAllListeners(signal);
  const done: WarmAnswer = { text, exitCode: process.exitCode };
  // The job's directory may go away.
  process.chdir('/');
  process.send?.(done);
}

/** The bundle runs the first step by itself. */
async function run(program: string): Promise<void> {
  const step = known.get(program);
  if (step !== undefined) return step();
  const bundle = require(program) as Readonly<{ step: () => Promise<void>; first: Promise<void> }>;
  known.set(program, bundle.step);
  return bundle.first;
}

function keep(chunk: string | Uint8Array, ...rest: readonly unknown[]): boolean {
  text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
  const written = rest.find(one => typeof one === 'function') as (() => void) | undefined;
  if (written !== undefined) setImmediate(written);
  return true;
}
