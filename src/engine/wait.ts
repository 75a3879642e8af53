import { defined } from './defined.ts';
import { ActionError, ProviderError, withoutSecrets } from '../errors.ts';
import type { Execution } from './execution.ts';
import { PASSING_KINDS, pauseSeconds } from './retry.ts';

/** The result of one poll. */
export type Look<T> =
  | { readonly state: 'done'; readonly value: T; readonly detail?: string }
  | { readonly state: 'pending'; readonly detail: string }
  | { readonly state: 'failed'; readonly message: string; readonly hint?: string };

export interface WaitPolicy<T> {
  /** Name of the awaited resource, for the log: `server orders`. */
  readonly what: string;
  readonly look: () => Promise<Look<T>>;
  /** Seconds between two polls. */
  readonly intervalSeconds: number;
  /** No poll is started later than this. */
  readonly deadline: Date;
  /** How long it usually takes, in words, for the progress line: `5–10 min`. */
  readonly usually?: string;
  /**
   * This many polls in a row must say done, for providers whose answers go back and forth; a failed poll neither counts
   * nor breaks the row. Default 1.
   */
  readonly consecutive?: number;
  /** Seconds between two progress lines of the same state. Default 30. */
  readonly progressSeconds?: number;
}

/**
 * Polls until the awaited state is reached. Failed polls (throttled, transient, busy) are repeated. Throws
 * `in-progress` when the deadline passes (never a success, never a second create: the next run resumes),
 * `provider-failed` when the provider reports a final failure, the failure of a poll that no repetition would fix, and
 * the signal's reason when the run is cancelled.
 */
export async function waitUntil<T>(execution: Execution, policy: WaitPolicy<T>): Promise<T> {
  const { clock, log } = execution;
  const started = clock.now().getTime();
  const elapsed = (): number => Math.round((clock.now().getTime() - started) / 1000);
  let detail = 'no answer yet';
  let seen = 0;
  let lost = 0;
  let lastLine = { detail: '', at: 0 };

  for (;;) {
    execution.signal.throwIfAborted();
    const look = await lookOnce(policy.look, execution);
    lost = look.state === 'lost' ? lost + 1 : 0;
    if (look.state === 'failed') {
      const failure = new ProviderError(
        `${policy.what}: ${look.message}`,
        defined({ kind: 'failed', hint: look.hint })
      );
      throw withoutSecrets(failure, execution.secrecy);
    } else if (look.state === 'lost') {
      log.debug(`${policy.what}: no answer: ${look.failure.message}`);
    } else {
      seen = look.state === 'done' ? seen + 1 : 0;
      if (look.state === 'done' && seen >= (policy.consecutive ?? 1)) return look.value;
      detail = look.detail ?? 'settling';
    }

    const isNews = look.state !== 'lost' && detail !== lastLine.detail;
    if (isNews || elapsed() - lastLine.at >= (policy.progressSeconds ?? 30)) {
      const usual = policy.usually === undefined ? '' : `, usually ${policy.usually}`;
      log.info(`${policy.what}: ${said(detail, look)} (${formatSeconds(elapsed())}${usual})`);
      lastLine = { detail, at: elapsed() };
    }
    const left = (policy.deadline.getTime() - clock.now().getTime()) / 1000;
    if (left <= 0) {
      throw new ActionError(
        `${policy.what} is still in progress after ${formatSeconds(elapsed())}: ${said(detail, look)}`,
        defined({
          code: 'in-progress',
          source: 'provider',
          hint: 'Nothing was undone. Run the workflow again: it resumes the same operation. Raise `timeout_minutes` when this is usual.',
          cause: look.state === 'lost' ? look.failure : undefined
        })
      );
    }
    const pause = look.state === 'lost' ? pauseSeconds(execution, look.failure, lost) : 0;
    await clock.sleep(Math.min(Math.max(policy.intervalSeconds, pause), left), execution.signal);
  }
}

/** A poll without an answer. */
interface Lost {
  readonly state: 'lost';
  readonly failure: ProviderError;
}

/** What was seen last, and why it can't be seen now. */
function said(detail: string, look: Look<unknown> | Lost): string {
  return look.state === 'lost' ? `${detail}; now ${look.failure.message}` : detail;
}

/** A poll's result, or the failure of this poll. */
async function lookOnce<T>(look: () => Promise<Look<T>>, { secrecy }: Execution): Promise<Look<T> | Lost> {
  try {
    return await look();
  } catch (raw) {
    const thrown = withoutSecrets(raw, secrecy);
    if (thrown instanceof ProviderError && PASSING_KINDS.includes(thrown.kind))
      return { state: 'lost', failure: thrown };
    throw thrown;
  }
}

/** `75` → `1 min 15 s`. */
export function formatSeconds(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  if (minutes === 0) return `${seconds} s`;
  const rest = seconds % 60;
  return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
}
