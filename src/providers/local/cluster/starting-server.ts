import type { Machine } from '../installation/machine.ts';
import type { RunningServer } from './inspect.ts';

/** How a server is started. */
export interface StartOptions {
  /** The directory of the server's binaries. */
  readonly binDir: string;
  readonly machine: Machine;
  readonly dataDirectory: string;
  /** Appended to; created with mode 0600. */
  readonly logFile: string;
  /** How long the server may take. Default 60; a recovery after a crash may go on longer. */
  readonly timeoutSeconds?: number;
}

/** A server that is being started. */
export interface StartingServer {
  /**
   * Resolves when the server accepts connections on all of its addresses; from then on it is independent and outlives
   * this process. Throws the error of `startFailure` when it ends, `port-in-use` when another process answers on one of
   * its addresses, `server-failed` when it takes too long, the signal's reason when the run is cancelled. No process of
   * it runs then.
   */
  ready(): Promise<RunningServer>;
  /** Ends it, ready or not. A failed start has left nothing to end. */
  abandon(): Promise<void>;
}
