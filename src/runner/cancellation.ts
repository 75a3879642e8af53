import type { Clock } from '../engine/execution.ts';
import { ActionError } from '../errors.ts';

/**
 * Seconds after a cancellation for which a command is awaited. An apply stops running steps within 3 seconds by itself.
 */
export const WORK_ENDS_SECONDS = 3.5;
/** Seconds after a cancellation for which updates on GitHub are allowed. The whole run ends in under 5. */
export const TALK_ENDS_SECONDS = 4.5;

/** Aborts `seconds` after `cancelled`, with its reason; never without it. Keeps no process alive. */
export function secondsAfter(cancelled: AbortSignal, seconds: number): AbortSignal {
  const later = new AbortController();
  const wait = (): void => {
    setTimeout(() => later.abort(cancelled.reason), seconds * 1000).unref();
  };
  if (cancelled.aborted) wait();
  else cancelled.addEventListener('abort', wait, { once: true });
  return later.signal;
}

/**
 * The result of `work`, unless `signal` aborts first: then it throws the signal's reason, and the result of the work is
 * dropped.
 */
export async function raceAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/**
 * Seconds after `timeout_minutes` until the run is ended: a wait that reaches its deadline first reports what it waited
 * for.
 */
export const WAITS_END_SECONDS = 15;

/** The signal of a run's work, and a function to release its clock. */
export interface WorkSignal {
  readonly signal: AbortSignal;
  readonly end: () => void;
}

/**
 * Aborts with `cancelled`, and with `in-progress` when the run has taken `minutes` and the seconds that waits need to
 * report.
 */
export function endingAfter(minutes: number, cancelled: AbortSignal, clock: Clock): WorkSignal {
  const timeIsOver = new AbortController();
  const ended = new AbortController();
  clock.sleep(minutes * 60 + WAITS_END_SECONDS, ended.signal).then(
    () => timeIsOver.abort(timeoutError(minutes)),
    // The work ended first.
    () => undefined
  );
  return { signal: AbortSignal.any([cancelled, timeIsOver.signal]), end: () => ended.abort() };
}

function timeoutError(minutes: number): ActionError {
  return new ActionError(`The run is not finished after ${minutes} min`, {
    code: 'in-progress',
    source: 'provider',
    hint: 'Nothing was undone. Run the workflow again: it goes on from where this run stopped. Raise `timeout_minutes` when this is usual.'
  });
}
