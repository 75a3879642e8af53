import type { Execution } from '../engine/execution.ts';
import { retry } from '../engine/retry.ts';
import type { Entry, Opened, WayIn } from './way-in.ts';

/** Longer than the runs before take that hold the connections. */
const LEAST_SECONDS = 10;
const MOST_SECONDS = 60;

/**
 * Opens a session. Waits while the server has no connection free, as where many runs begin at once: each needs few and
 * soon gives them back. Runs that wait with a connection in their hands would wait for each other for ever, so each is
 * patient for another time; who gives up lets the others go on.
 */
export async function enter(execution: Execution, way: WayIn, entry: Entry): Promise<Opened> {
  const policy = {
    what: `connect to database ${entry.database}`,
    kinds: ['busy'] as const,
    attempts: 100,
    mostSeconds: LEAST_SECONDS + execution.random() * (MOST_SECONDS - LEAST_SECONDS),
    baseSeconds: 0.25,
    capSeconds: 4,
    idempotent: true
  };
  return retry(execution, policy, async () => way.open(entry, execution.signal));
}
