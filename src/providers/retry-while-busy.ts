import type { Execution } from '../engine/execution.ts';
import { isFailure } from './failures.ts';

/** Something that does one thing at a time, and refuses a second. */
export interface BusyResource {
  /** For the log: `instance orders`. */
  readonly what: string;
  readonly execution: Execution;
  /** Seconds before it is looked at after a refusal. */
  readonly pollSeconds: number;
  /** How often it is tried before it is given up. Default 6. */
  readonly mostTries?: number;
  /** Resolves when it can take something again. */
  readonly free: () => Promise<unknown>;
}

/** Sends a mutation when its subject can take it, and waits for what is at work first. Throws the last refusal when the tries are used up. */
export async function retryWhileBusy<T>(subject: BusyResource, mutate: () => Promise<T>): Promise<T> {
  const { what, execution, pollSeconds, free, mostTries = 6 } = subject;
  for (let tried = 1; ; tried += 1) {
    try {
      return await mutate();
    } catch (thrown) {
      if (!isFailure(thrown, 'busy') || tried >= mostTries) throw thrown;
      execution.log.debug(`${what} is busy: ${thrown.message}`);
      await execution.clock.sleep(Math.max(pollSeconds, thrown.retryAfterSeconds ?? 0), execution.signal);
      await free();
    }
  }
}
