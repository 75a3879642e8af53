import type { Execution } from '../../../engine/execution.ts';

/** DigitalOcean takes 250 requests a minute from a token; a few are left for other programs that use it. */
export const MOST_A_MINUTE = 240;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/**
 * Delays requests before DigitalOcean would refuse them.
 * https://docs.digitalocean.com/reference/api/digitalocean/#section/Introduction/Rate-Limit
 */
export interface Pacing {
  /**
   * Resolves when the next request may be sent, and counts it. Rejects with the signal's reason when the run is
   * cancelled.
   */
  turn(): Promise<void>;
  /** Takes up what an answer says about the hourly limit. */
  heard(header: (name: string) => string | undefined): void;
}

/** The pace of one token in this run. Requests of other programs show only in the headers of the answers. */
export function pacing({ clock, log, signal }: Execution): Pacing {
  let sent: readonly number[] = [];
  /** When the hourly limit is free again, while it is used up; milliseconds. */
  let shutUntil = 0;

  const now = (): number => clock.now().getTime();
  const opensAt = (): number => {
    sent = sent.filter(at => now() - at < MINUTE_MS);
    const crowded = sent.length < MOST_A_MINUTE ? 0 : (sent.at(-MOST_A_MINUTE) ?? 0) + MINUTE_MS;
    return Math.max(crowded, shutUntil);
  };
  return {
    turn: async () => {
      for (let at = opensAt(); at > now(); at = opensAt()) {
        const seconds = Math.ceil((at - now()) / 1000);
        if (at === shutUntil) log.info(`The hourly limit of requests to DigitalOcean is used up: waiting ${seconds} s`);
        else log.debug(`${MOST_A_MINUTE} requests to DigitalOcean within a minute: waiting ${seconds} s`);
        await clock.sleep(seconds, signal);
      }
      sent = [...sent, now()];
    },
    heard: header => {
      const remaining = Number(header('ratelimit-remaining') ?? Number.NaN);
      const reset = Number(header('ratelimit-reset') ?? Number.NaN);
      if (!Number.isFinite(remaining)) return;
      // A request counts for one hour: a longer wait means that the clocks differ.
      shutUntil = remaining > 0 || !Number.isFinite(reset) ? 0 : Math.min(reset * 1000, now() + HOUR_MS);
    }
  };
}
