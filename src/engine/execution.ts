import type { Secrecy } from '../secrecy/secrecy.ts';

/** Time as the engine sees it. Tests inject their own; nothing in the engine reads the machine's clock. */
export interface Clock {
  now(): Date;
  /** Resolves after `seconds`; rejects with the signal's reason when `signal` aborts first. */
  sleep(seconds: number, signal?: AbortSignal): Promise<void>;
}

/** Where the engine says what it is doing. Values reach it already free of secrets. */
export interface Log {
  debug(message: string): void;
  info(message: string): void;
  warning(message: string): void;
}

/** What every effectful call gets: time, a log, the secrets that must not be shown, and a signal to stop. */
export interface Execution {
  readonly clock: Clock;
  readonly log: Log;
  /** Cleans what others say before it goes into an error or a notice. */
  readonly secrecy: Secrecy;
  /** Aborted on SIGINT, SIGTERM and when `timeout_minutes` is over. */
  readonly signal: AbortSignal;
  /** Uniform in [0, 1): jitter. */
  readonly random: () => number;
}
