import type { Mark } from '../../engine/ownership.ts';
import type { DatabaseMark } from '../../postgres/database-mark.ts';
import type { ClusterLocale } from './cluster/cluster-locale.ts';
import type { ServerCredentials } from './cluster/credentials.ts';

/** The mark of a local server. It also keeps what a cloud has fields for. */
export interface LocalMark extends Mark {
  readonly tags?: Readonly<Record<string, string>>;
  readonly isProtected?: boolean;
  /** `enable_logging`. */
  readonly isLogging?: boolean;
  /** Names of the parameters that the workflow set. */
  readonly parameters?: readonly string[];
}

/** The switches of a server that its mark keeps. */
export type MarkSwitch = Extract<keyof LocalMark, `is${string}`>;

export interface LiveParameter {
  /** The value in force, in the parameter's native unit. */
  readonly setting: string;
  /** Configured, and waiting for a restart. */
  readonly queued?: string;
}

/** The live state of a local server. */
export interface LiveServer {
  readonly state: 'running' | 'stopped';
  readonly credentials: ServerCredentials;
  readonly mark: LocalMark | undefined;
  readonly isDurable: boolean;
  readonly hasTls: boolean;
  /** The parameters that the workflow set earlier or asks for now. */
  readonly parameters: Readonly<Record<string, LiveParameter>>;
  /** Of `template1`, which new databases follow. Only of a running server. */
  readonly locale?: ClusterLocale | undefined;
  /** Only of a running server. */
  readonly shared?: Shared | undefined;
}

/** Users and databases, which any database of the server shows. */
export interface Shared {
  readonly verifier: string | null;
  readonly hasRole: boolean;
  readonly hasDatabase: boolean;
  readonly comment: string | null;
}

/** The user and the database of a running server, as far as an input names them. */
export interface DatabaseState {
  /** The master user's SCRAM verifier; `undefined` when there is no such user. */
  readonly verifier: string | null | undefined;
  /** `undefined` when there is no such database. */
  readonly database: { readonly mark: DatabaseMark | undefined } | undefined;
}
