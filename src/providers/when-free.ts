import type { Context } from '../engine/context.ts';
import { isKind } from './answers.ts';

/** How often something that is busy is waited for before it is given up. */
const MOST_TRIES = 6;

/** Something that does one thing at a time, and refuses a second. */
export interface OneAtATime {
  /** For the log: `instance orders`. */
  readonly what: string;
  readonly context: Context;
  /** Seconds before it is looked at after a refusal. */
  readonly pollSeconds: number;
  /** Resolves when it can take something again. */
  readonly free: () => Promise<unknown>;
}

/** Sends a mutation when its subject can take it, and waits for what is at work first. Throws the last refusal after six of them. */
export async function whenFree<T>(subject: OneAtATime, mutate: () => Promise<T>): Promise<T> {
  const { what, context, pollSeconds, free } = subject;
  for (let tried = 1; ; tried += 1) {
    try {
      return await mutate();
    } catch (thrown) {
      if (!isKind(thrown, 'busy') || tried >= MOST_TRIES) throw thrown;
      context.log.debug(`${what} is busy: ${thrown.message}`);
      await context.clock.sleep(Math.max(pollSeconds, thrown.retryAfterSeconds ?? 0), context.signal);
      await free();
    }
  }
}
