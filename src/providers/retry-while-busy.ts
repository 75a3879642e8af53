import type { Context } from '../engine/context.ts';
import { isKind } from './failures.ts';

/** Something that does one thing at a time, and refuses a second. */
export interface OneAtATime {
  /** For the log: `instance orders`. */
  readonly what: string;
  readonly context: Context;
  /** Seconds before it is looked at after a refusal. */
  readonly pollSeconds: number;
  /** How often it is tried before it is given up. Default 6. */
  readonly mostTries?: number;
  /** Resolves when it can take something again. */
  readonly free: () => Promise<unknown>;
}

/** Sends a mutation when its subject can take it, and waits for what is at work first. Throws the last refusal when the tries are used up. */
export async function whenFree<T>(subject: OneAtATime, mutate: () => Promise<T>): Promise<T> {
  const { what, context, pollSeconds, free, mostTries = 6 } = subject;
  for (let tried = 1; ; tried += 1) {
    try {
      return await mutate();
    } catch (thrown) {
      if (!isKind(thrown, 'busy') || tried >= mostTries) throw thrown;
      context.log.debug(`${what} is busy: ${thrown.message}`);
      await context.clock.sleep(Math.max(pollSeconds, thrown.retryAfterSeconds ?? 0), context.signal);
      await free();
    }
  }
}
