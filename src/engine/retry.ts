import { ProviderError, type FailureKind } from '../errors.ts';
import type { Context } from './context.ts';

export interface RetryPolicy {
  /** What is being tried, for the log: `create database app`. */
  readonly what: string;
  /** Failure kinds worth another try. Default: busy, throttled, transient. */
  readonly kinds?: readonly FailureKind[];
  /** Tries in all, the first included. Default 6. */
  readonly attempts?: number;
  /** First pause in seconds; doubles each time. Default 1. */
  readonly baseSeconds?: number;
  /** Longest pause in seconds, unless the provider asked for a longer one. Default 30. */
  readonly capSeconds?: number;
  /**
   * A mutation that is not idempotent must look before it is sent again: returns the answer when the earlier try did take effect
   * after all, `undefined` when it did not. Without it, `transient` failures (answer lost, effect unknown) are not retried.
   */
  readonly recheck?: () => Promise<unknown>;
  /** True for reads and for calls that may be sent twice with one effect. */
  readonly idempotent: boolean;
}

const DEFAULT_KINDS: readonly FailureKind[] = ['busy', 'throttled', 'transient'];

/**
 * Runs `attempt` until it succeeds, fails for good, or the tries are used up; pauses grow with full jitter.
 * Throws the last failure, or the signal's reason when the run is cancelled while pausing.
 */
export async function retry<T>(context: Context, policy: RetryPolicy, attempt: () => Promise<T>): Promise<T> {
  const kinds = policy.kinds ?? DEFAULT_KINDS;
  const attempts = policy.attempts ?? 6;
  const base = policy.baseSeconds ?? 1;
  const cap = policy.capSeconds ?? 30;

  for (let tried = 1; ; tried += 1) {
    context.signal.throwIfAborted();
    try {
      return await attempt();
    } catch (thrown) {
      if (!(thrown instanceof ProviderError) || !kinds.includes(thrown.kind) || tried >= attempts) throw thrown;
      const effectUnknown = thrown.kind === 'transient' && !policy.idempotent;
      if (effectUnknown && policy.recheck === undefined) throw thrown;

      const backoff = context.random() * Math.min(cap, base * 2 ** (tried - 1));
      const seconds = Math.max(thrown.retryAfterSeconds ?? 0, backoff);
      context.log.debug(
        `${policy.what}: ${thrown.message}; trying again in ${seconds.toFixed(1)} s (${tried}/${attempts})`
      );
      await context.clock.sleep(seconds, context.signal);

      if (effectUnknown && policy.recheck !== undefined) {
        const found = await policy.recheck();
        if (found !== undefined) return found as T;
      }
    }
  }
}
