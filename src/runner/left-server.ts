import * as v from 'valibot';
import type { Runtime } from './runtime.ts';

const STATE = 'left_server';

const saved = v.object({
  name: v.string(),
  environment: v.string(),
  /** The service refused to make it: one look is enough. */
  wasRefused: v.optional(v.boolean())
});

/** A throwaway server that the post step destroys if it is still there. */
export type LeftServer = Readonly<v.InferOutput<typeof saved>>;

/** Written before the server is made, so that a killed step leaves its name. `undefined`: it is destroyed. */
export function rememberServer(runtime: Pick<Runtime, 'saveState'>, server: LeftServer | undefined): void {
  runtime.saveState(STATE, server === undefined ? '' : JSON.stringify(server));
}

/** What the main step of this job left. `undefined` for a state that this action did not write. */
export function leftServer(runtime: Pick<Runtime, 'readState'>): LeftServer | undefined {
  const text = runtime.readState(STATE);
  if (text === '') return undefined;
  try {
    return v.parse(saved, JSON.parse(text));
  } catch {
    return undefined;
  }
}
