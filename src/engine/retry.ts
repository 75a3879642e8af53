import { ProviderError, withoutSecrets, type FailureKind } from '../errors.ts';
import type { Execution } from './execution.ts';

export interface RetryPolicy {
  /** Name of the action, for the log: `create database app`. */
  readonly what: string;
  /** Failure kinds worth another try. Default: busy, throttled, transient. */
  readonly kinds?: readonly FailureKind[];
  /** Tries in all, the first included. Default 6. */
  readonly attempts?: number;
  /** No try is begun so many seconds after the first. Default 600. */
  readonly mostSeconds?: number;
  /** First pause in seconds; doubles each time. Default 1. */
  readonly baseSeconds?: number;
  /** Longest pause in seconds, unless the provider asked for a longer one. Default 30. */
  readonly capSeconds?: number;
  /**
   * For a mutation that is not idempotent: checks whether an earlier try took effect. Returns the answer if it did,
   * `undefined` if not. Without it, `transient` failures (answer lost, effect unknown) are not retried. Also called
   * after the last try, so that a success is not reported as a failure. A failed check is itself retried.
   */
  readonly recheck?: () => Promise<unknown>;
  /** True for reads and for calls that may be sent twice with one effect. */
  readonly idempotent: boolean;
}

/** A pause of this length is logged at info level, not only as debug. */
const NEWS_SECONDS = 10;

/** Failures that another try may fix. */
export const PASSING_KINDS: readonly FailureKind[] = ['busy', 'throttled', 'transient'];

/**
 * How many seconds to pause after that many failures in a row: full jitter under a doubling bound, or longer if the
 * provider said so.
 */
export function pauseSeconds(
  execution: Pick<Execution, 'random'>,
  failure: ProviderError,
  tried: number,
  { baseSeconds = 1, capSeconds = 30 }: Pick<RetryPolicy, 'baseSeconds' | 'capSeconds'> = {}
): number {
  return Math.max(
    failure.retryAfterSeconds ?? 0,
    execution.random() * Math.min(capSeconds, baseSeconds * 2 ** (tried - 1))
  );
}

/**
 * Runs `attempt` until it succeeds, fails for good, or the tries are used up; pauses grow with full jitter.
 * Throws the last failure, or the signal's reason when the run is cancelled while pausing.
 */
export async function retry<T>(execution: Execution, policy: RetryPolicy, attempt: () => Promise<T>): Promise<T> {
  const kinds = policy.kinds ?? PASSING_KINDS;
  const attempts = policy.attempts ?? 6;
  const ends = execution.clock.now().getTime() + (policy.mostSeconds ?? 600) * 1000;

  for (let tried = 1; ; tried += 1) {
    execution.signal.throwIfAborted();
    try {
      return await attempt();
    } catch (raw) {
      const thrown = withoutSecrets(raw, execution.secrecy);
      if (!(thrown instanceof ProviderError) || !kinds.includes(thrown.kind)) throw thrown;
      const effectUnknown = thrown.kind === 'transient' && !policy.idempotent;
      const recheck = effectUnknown ? policy.recheck : undefined;
      const seconds = pauseSeconds(execution, thrown, tried, policy);
      const isLate = execution.clock.now().getTime() + seconds * 1000 > ends;
      const isLast = tried >= attempts || isLate || (effectUnknown && recheck === undefined);
      if (isLast && recheck === undefined) throw thrown;

      const next = `${isLast ? 'looking once more' : 'trying again'} in ${seconds.toFixed(1)} s (${tried}/${attempts})`;
      // A failure that passes within seconds is not worth a line; one that lasts is.
      execution.log[tried > 1 || seconds >= NEWS_SECONDS ? 'info' : 'debug'](
        `${policy.what}: ${thrown.message}; ${next}`
      );
      await execution.clock.sleep(seconds, execution.signal);

      if (recheck !== undefined) {
        const { recheck: _, ...same } = policy;
        const look = {
          ...same,
          what: `check whether it happened: ${policy.what}`,
          kinds: PASSING_KINDS,
          idempotent: true
        };
        const found = await retry(execution, look, recheck);
        if (found !== undefined) return found as T;
      }
      if (isLast) throw thrown;
    }
  }
}
