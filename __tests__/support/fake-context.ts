import type { Execution } from '../../src/engine/execution.ts';
import { FakeClock } from './fake-clock.ts';
import { openSecrets } from '../../src/secrecy/secrecy.ts';

/** A context with a fake clock, a log that can be read, and a signal that can be aborted. */
export interface FakeContext extends Execution {
  readonly clock: FakeClock;
  /** Every line so far: `info: server orders: created`. */
  readonly lines: readonly string[];
  /** Cancels the run as SIGTERM would. */
  abort(reason?: unknown): void;
}

/** `random` is 1 (the longest pauses) unless given. */
export function fakeContext(
  options: Partial<Pick<Execution, 'random' | 'secrecy' | 'limits'>> & { readonly clock?: FakeClock } = {}
): FakeContext {
  const lines: string[] = [];
  const controller = new AbortController();
  const write =
    (level: string) =>
    (message: string): void => {
      lines.push(`${level}: ${message}`);
    };
  return {
    clock: options.clock ?? new FakeClock(),
    log: { debug: write('debug'), info: write('info'), warning: write('warning') },
    signal: controller.signal,
    random: options.random ?? (() => 1),
    secrecy: options.secrecy ?? openSecrets(),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    lines,
    abort: reason => controller.abort(reason)
  };
}

/** Resolves at the next sleep, before any time has passed; throws when there is none. */
export async function asleep(execution: FakeContext): Promise<void> {
  for (let turns = 0; execution.clock.sleeping === 0; turns += 1) {
    if (turns > 10_000) throw new Error('nobody sleeps');
    await Promise.resolve();
  }
}
