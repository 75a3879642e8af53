import type { Clock } from '../engine/execution.ts';
import { ActionError } from '../errors.ts';

/** After a cancellation: until when a command is waited for. An apply stops what is at work within 3 seconds by itself. */
export const WORK_ENDS_SECONDS = 3.5;
/** Until when is talked to GitHub. The whole run is over in under 5. */
export const TALK_ENDS_SECONDS = 4.5;

/** Aborts `seconds` after `cancelled` has, with its reason; while that never does, this never does. Keeps no process alive. */
export function secondsAfter(cancelled: AbortSignal, seconds: number): AbortSignal {
  const later = new AbortController();
  const wait = (): void => {
    setTimeout(() => later.abort(cancelled.reason), seconds * 1000).unref();
  };
  if (cancelled.aborted) wait();
  else cancelled.addEventListener('abort', wait, { once: true });
  return later.signal;
}

/** What `work` comes to, unless `signal` aborts first: then it throws the signal's reason, and the work goes unheard. */
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

/** Seconds after `timeout_minutes` until the run is ended: a wait that sees the time first says itself what it waited for. */
export const WAITS_END_SECONDS = 15;

/** The signal of a run's work, and the way to let go of its clock. */
export interface WorkSignal {
  readonly signal: AbortSignal;
  readonly end: () => void;
}

/** Aborts with `cancelled`, and with `in-progress` when the run has taken `minutes` and the little that waits need to say so. */
export function endingAfter(minutes: number, cancelled: AbortSignal, clock: Clock): WorkSignal {
  const timeIsOver = new AbortController();
  const ended = new AbortController();
  clock.sleep(minutes * 60 + WAITS_END_SECONDS, ended.signal).then(
    () => timeIsOver.abort(timeoutError(minutes)),
    // The work was over first.
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
