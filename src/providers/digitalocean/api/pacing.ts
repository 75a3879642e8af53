import type { Execution } from '../../../engine/execution.ts';

/** DigitalOcean takes 250 requests a minute from a token; a few of them are left to whoever else uses it. */
const MOST_A_MINUTE = 240;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** Holds requests back before DigitalOcean has to refuse them. https://docs.digitalocean.com/reference/api/digitalocean/#section/Introduction/Rate-Limit */
export interface Pacing {
  /** Resolves when the next request may be sent, and counts it; rejects with the signal's reason when the run is cancelled meanwhile. */
  turn(): Promise<void>;
  /** Takes up what an answer says of the limit of the hour. */
  heard(header: (name: string) => string | undefined): void;
}

/** The pace of one token in this run. Other users of the token are known by the headers of the answers only. */
export function pacing({ clock, log, signal }: Execution): Pacing {
  let sent: readonly number[] = [];
  /** When the oldest request of the hour is forgotten, while none is left; milliseconds. */
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
        if (at === shutUntil) log.info(`The hour's requests to DigitalOcean are used up: waiting ${seconds} s`);
        else log.debug(`${MOST_A_MINUTE} requests to DigitalOcean within a minute: waiting ${seconds} s`);
        await clock.sleep(seconds, signal);
      }
      sent = [...sent, now()];
    },
    heard: header => {
      const remaining = Number(header('ratelimit-remaining') ?? Number.NaN);
      const reset = Number(header('ratelimit-reset') ?? Number.NaN);
      if (!Number.isFinite(remaining)) return;
      // A request is forgotten an hour after it was made; more than that is another clock than ours.
      shutUntil = remaining > 0 || !Number.isFinite(reset) ? 0 : Math.min(reset * 1000, now() + HOUR_MS);
    }
  };
}
