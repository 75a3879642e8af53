import type { Secrecy } from '../secrecy/secrecy.ts';
import type { Limited } from './limits.ts';

/** Time as the engine sees it. Tests inject their own; the engine never reads the machine's clock. */
export interface Clock {
  now(): Date;
  /** Takes the `Date` of a server's answer. */
  readonly heard?: (date: string | null | undefined) => void;
  /** How far the machine's clock is behind that of the servers; 0 while it is right. */
  readonly behindMs?: () => number;
  /** Resolves after `seconds`; rejects with the signal's reason when `signal` aborts first. */
  sleep(seconds: number, signal?: AbortSignal): Promise<void>;
}

/** The log of the engine. Values reach it already free of secrets. */
export interface Log {
  debug(message: string): void;
  info(message: string): void;
  warning(message: string): void;
}

/** What every effectful call gets: time, a log, the secrets that must not be shown, and a signal to stop. */
export interface Execution extends Limited {
  readonly clock: Clock;
  readonly log: Log;
  /** Removes secrets from foreign messages before they go into an error or a notice. */
  readonly secrecy: Secrecy;
  /** Aborted on SIGINT, SIGTERM and when `timeout_minutes` is over. */
  readonly signal: AbortSignal;
  /** Uniform in [0, 1): jitter. */
  readonly random: () => number;
}
