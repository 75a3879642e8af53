import { ActionError, ProviderError } from '../errors.ts';
import type { Context } from './context.ts';
import { retry } from './retry.ts';

/** What one look at the awaited thing says. */
export type Look<T> =
  | { readonly state: 'done'; readonly value: T; readonly detail?: string }
  | { readonly state: 'pending'; readonly detail: string }
  | { readonly state: 'failed'; readonly message: string; readonly hint?: string };

export interface WaitPolicy<T> {
  /** What is awaited, for the log: `server orders`. */
  readonly what: string;
  readonly look: () => Promise<Look<T>>;
  /** Seconds between two looks. */
  readonly intervalSeconds: number;
  /** No look is begun later than this. */
  readonly deadline: Date;
  /** How long it usually takes, in words, for the progress line: `5–10 min`. */
  readonly usually?: string;
  /** So many looks in a row must say done, for providers whose answers go back and forth. Default 1. */
  readonly consecutive?: number;
  /** Seconds between two progress lines of the same state. Default 30. */
  readonly progressSeconds?: number;
}

/**
 * Looks again and again until the awaited thing is done. Lost looks (throttled, transient, busy) are tried again and end nothing.
 * Throws `in-progress` when the deadline passes (never a success, never a second create: the next run resumes), `provider-failed` when
 * the provider says it is hopeless, and the signal's reason when the run is cancelled.
 */
export async function waitUntil<T>(context: Context, policy: WaitPolicy<T>): Promise<T> {
  const { clock, log } = context;
  const started = clock.now().getTime();
  const elapsed = (): number => Math.round((clock.now().getTime() - started) / 1000);
  const needed = policy.consecutive ?? 1;
  const progressSeconds = policy.progressSeconds ?? 30;
  let seen = 0;
  let lastDetail = '';
  let lastLine = -Infinity;

  for (;;) {
    context.signal.throwIfAborted();
    const look = await retry(context, { what: `look at ${policy.what}`, idempotent: true }, policy.look);
    if (look.state === 'failed') {
      throw new ProviderError(`${policy.what}: ${look.message}`, {
        kind: 'failed',
        ...(look.hint === undefined ? {} : { hint: look.hint })
      });
    }
    seen = look.state === 'done' ? seen + 1 : 0;
    if (look.state === 'done' && seen >= needed) return look.value;

    const detail = look.detail ?? 'settling';
    if (detail !== lastDetail || elapsed() - lastLine >= progressSeconds) {
      const usual = policy.usually === undefined ? '' : `, usually ${policy.usually}`;
      log.info(`${policy.what}: ${detail} (${formatSeconds(elapsed())}${usual})`);
      lastDetail = detail;
      lastLine = elapsed();
    }
    if (clock.now().getTime() + policy.intervalSeconds * 1000 > policy.deadline.getTime()) {
      throw new ActionError(`${policy.what} is still in progress after ${formatSeconds(elapsed())}: ${detail}`, {
        code: 'in-progress',
        source: 'provider',
        hint: 'Nothing was undone. Run the workflow again: it resumes the same operation. Raise `timeout_minutes` when this is usual.'
      });
    }
    await clock.sleep(policy.intervalSeconds, context.signal);
  }
}

/** `75` → `1 min 15 s`. */
export function formatSeconds(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  if (minutes === 0) return `${seconds} s`;
  const rest = seconds % 60;
  return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
}
