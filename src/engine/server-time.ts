import type { Clock, Log } from './execution.ts';

/** A machine's clock that is this close is right: answers take a while, and clocks of servers differ by seconds. */
const TOLERANCE_MS = 5 * 60_000;

/**
 * A clock that also hears the time of the servers that answer. Of two that differ, the one nearer to the machine's
 * counts.
 */
export function listeningClock(machine: Clock): Clock {
  let behind = Number.NaN;
  return {
    ...machine,
    heard: date => {
      const found = Date.parse(date ?? '') - machine.now().getTime();
      if (!(Math.abs(found) >= Math.abs(behind)) && !Number.isNaN(found)) behind = found;
    },
    behindMs: () => (Math.abs(behind) > TOLERANCE_MS ? behind : 0)
  };
}

const told = new WeakSet<Clock>();

/**
 * The time for what other runs read, and for what they wrote: by the servers that answered this run, where the clock
 * of its machine is wrong by minutes. `clock.now()` is for what begins and ends in one run. Warns once.
 */
export function serverTime({ clock, log }: { readonly clock: Clock; readonly log: Pick<Log, 'warning'> }): Date {
  const behind = clock.behindMs?.() ?? 0;
  if (behind !== 0 && !told.has(clock)) {
    told.add(clock);
    log.warning(
      `The clock of this runner is ${words(Math.abs(behind))} ${behind > 0 ? 'behind' : 'ahead'}. ` +
        'Times are those that GitHub and the cloud answer with: set the clock of the runner'
    );
  }
  return new Date(clock.now().getTime() + behind);
}

function words(milliseconds: number): string {
  const minutes = Math.round(milliseconds / 60_000);
  if (minutes < 120) return `${minutes} minutes`;
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)} hours` : `${Math.round(minutes / 1440)} days`;
}
