import { certificateFailure } from '../engine/certificate-failure.ts';
import type { Execution } from '../engine/execution.ts';
import { ProviderError } from '../errors.ts';

/** Seconds that one call may take from request to the end of its answer, unless a provider sets its own. */
export const CALL_SECONDS = 60;

/**
 * Makes one call under the limit. `what` names the call in the failure (`rds:DescribeDBInstances in eu-west-1`). The
 * call gets a signal that aborts at the limit and with the run, and has ended by then even where the client ignores the
 * signal.
 */
export type WithinLimit = <T>(what: string, call: (signal: AbortSignal) => Promise<T>) => Promise<T>;

/**
 * The limit that every call of a provider is made under: `PGKEEP_CALL_SECONDS` of the environment, or `usual` seconds.
 * It counts real time, since the clock of a test does not wait. Covers the body of the answer when the call reads it
 * inside. Throws a `transient` ProviderError at the limit, and the signal's reason when the run ends before.
 */
export function callLimit(
  env: Readonly<Record<string, string | undefined>>,
  { signal }: Pick<Execution, 'signal'>,
  usual = CALL_SECONDS
): WithinLimit {
  const given = Number(env['PGKEEP_CALL_SECONDS'] ?? '');
  const seconds = given > 0 ? given : usual;
  return async (what, call) => {
    signal.throwIfAborted();
    const ended = new AbortController();
    const { promise: end, reject } = Promise.withResolvers<never>();
    const stop = (reason: unknown): void => {
      reject(reason);
      ended.abort(reason);
    };
    const cancel = (): void => stop(signal.reason);
    const timer = setTimeout(() => stop(noAnswer(what, seconds)), seconds * 1000);
    signal.addEventListener('abort', cancel, { once: true });
    try {
      return await Promise.race([call(ended.signal), end]);
    } catch (thrown) {
      // A client that heeds the signal throws an error of its own: the reason is what ended the call.
      throw ended.signal.aborted ? ended.signal.reason : (certificateFailure(what, thrown) ?? thrown);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', cancel);
    }
  };
}

function noAnswer(what: string, seconds: number): ProviderError {
  return new ProviderError(`Could not call ${what}: no answer in ${seconds} s`, {
    kind: 'transient',
    hint: 'Run the workflow again: it goes on from where this run stopped.'
  });
}
