import type { OpenSession } from './connection.ts';

/** A user of the server, and its password. */
export interface Login {
  readonly user: string;
  readonly password: string;
}

/** The session that is asked for. */
export interface Entry {
  readonly database: string;
  /** Default: the server's admin, in the way's own manner (a password, a cloud identity). */
  readonly login?: Login;
  /** Settings from the first moment of the session on, whatever its database and its user have set. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** No session could be opened from this runner. A refused login or a missing database is a `ProviderError` instead. */
export interface NotReachable {
  readonly kind: 'not-reachable';
  /** Completes "not reachable from this runner: ". */
  readonly why: string;
  /** What to set or run. */
  readonly hint: string;
  /** An apply starts the server, and looks inside then. */
  readonly isStarted?: boolean;
}

export type Opened = { readonly kind: 'open'; readonly session: OpenSession } | NotReachable;

/** One way into a server: directly, through a rule for this runner's address, a connector, an API that runs SQL. */
export interface WayIn {
  readonly kind: 'way-in';
  /** Completes "connected ": `directly`, `through the Cloud SQL connector`. */
  readonly title: string;
  /** The user that a session has without a `login`. */
  readonly admin: string;
  /** A database that exists on every server of this kind and admits the admin. */
  readonly maintenanceDatabase: string;
  /**
   * Of a server on the runner, which is the workflow's alone: the login of its user, who owns what initial SQL makes.
   * Absent: that is the admin.
   */
  readonly owner?: () => Promise<Login>;
  /** False where each text is a session of its own, so that no lock and no setting outlives it. */
  readonly keepsSession: boolean;
  /** No rule of the server's firewall would help where it leads to nothing. */
  readonly passesFirewall?: boolean;
  /**
   * Opens a session. Throws a ProviderError for whatever the server itself refuses (`28P01`, `3D000`, `53300`), and the
   * signal's reason; an abort drops an open session at once.
   */
  open(entry: Entry, signal: AbortSignal): Promise<Opened>;
  /** Takes back what was opened for this way. Its sessions are closed by then. Never throws. */
  close(): Promise<void>;
}
