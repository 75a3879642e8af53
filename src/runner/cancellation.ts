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
