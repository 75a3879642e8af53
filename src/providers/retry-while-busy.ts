import { defined } from '../engine/defined.ts';
import { formatSeconds } from '../engine/wait.ts';
import type { Execution } from '../engine/execution.ts';
import { ProviderError } from '../errors.ts';
import { isFailure } from './failures.ts';

/** A resource that does one thing at a time, and refuses a second. */
export interface BusyResource {
  /** For the log: `instance orders`. */
  readonly what: string;
  readonly execution: Execution;
  /** Seconds before it is checked after a refusal. */
  readonly pollSeconds: number;
  /** Tries in all, the first included. Default 6. */
  readonly mostTries?: number;
  /**
   * No try begins after so many seconds of refusals. Waits in `free` have a deadline of their own and do not count.
   * Default 3600.
   */
  readonly mostSeconds?: number;
  /** Resolves when it can take a change again. */
  readonly free: () => Promise<unknown>;
}

/**
 * Sends a mutation when its resource can take it, and waits for running changes first. Each repetition is a line in the
 * log. Throws a `busy` failure of its own when the resource is never free: each wait ends, and the next call is refused
 * again.
 */
export async function retryWhileBusy<T>(resource: BusyResource, mutate: () => Promise<T>): Promise<T> {
  const { what, execution, pollSeconds, free, mostTries = 6, mostSeconds = 3600 } = resource;
  let begun = execution.clock.now().getTime();
  const elapsed = (): number => Math.round((execution.clock.now().getTime() - begun) / 1000);
  for (let tried = 1; ; tried += 1) {
    try {
      return await mutate();
    } catch (thrown) {
      if (!isFailure(thrown, 'busy')) throw thrown;
      const pause = Math.max(pollSeconds, thrown.retryAfterSeconds ?? 0);
      if (tried >= mostTries || elapsed() + pause > mostSeconds) throw neverFree(what, tried, elapsed(), thrown);
      execution.log.info(`${what} is busy: ${thrown.message}; trying again in ${pause} s (${tried}/${mostTries})`);
      await execution.clock.sleep(pause, execution.signal);
      const awaited = execution.clock.now().getTime();
      await free();
      begun += execution.clock.now().getTime() - awaited;
    }
  }
}

function neverFree(what: string, tried: number, seconds: number, last: ProviderError): ProviderError {
  return new ProviderError(
    `Could not change ${what}: it was busy in each of ${tried} tries over ${formatSeconds(seconds)}. The last answer: ${last.message}`,
    defined({
      kind: 'busy',
      cause: last,
      providerCode: last.providerCode,
      permission: last.permission,
      hint: 'Look at what the last answer names: another operation, or something that uses it. End that, then run the workflow again.'
    })
  );
}
