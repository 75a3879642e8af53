import { INPUT_NAMES, SECRETS } from '../spec/input-names.ts';
import type { Runtime } from './runtime.ts';

const STATE = 'inputs';

/** In bytes of UTF-8. The post step gets it as a variable of its environment, which Windows limits most. */
const MOST_BYTES = 30_000;

const KEPT = INPUT_NAMES.filter(name => !SECRETS.includes(name)).map(name => `INPUT_${name.toUpperCase()}`);

/**
 * Saves the inputs of the main step for the post step, without secrets. In a composite action that another one calls, a
 * runner gives a post step the inputs of the outer action: https://github.com/actions/runner/issues/3514
 */
export function saveInputs(runtime: Pick<Runtime, 'env' | 'saveState'>): void {
  const given = KEPT.flatMap(name => {
    const value = runtime.env[name] ?? '';
    return value === '' ? [] : [[name, value] as const];
  });
  const text = JSON.stringify(Object.fromEntries(given));
  if (Buffer.byteLength(text) <= MOST_BYTES) runtime.saveState(STATE, text);
}

/** The environment of the post step with the inputs of its main step, as far as those were saved. */
export function withSavedInputs({ env, readState }: Pick<Runtime, 'env' | 'readState'>): Runtime['env'] {
  const text = readState(STATE);
  if (text === '') return env;
  const others = Object.entries(env).filter(([name]) => !KEPT.includes(name));
  return { ...Object.fromEntries(others), ...(JSON.parse(text) as Record<string, string>) };
}
