import { GcpFault } from './fault.ts';
import type { Json } from './json.ts';

/** How many polls things take; nothing depends on time. */
export interface Pace {
  /** Polls of an operation until it is done. Default 1. */
  readonly operation: number;
  /** Polls of an operation on a child of an instance: a database, a user. 0: done in the answer. Default 0. */
  readonly within: number;
  /** Polls of a new operation that do not find it. Default 0. */
  readonly hidden: number;
  /** Reads of an instance that still show the state before the last change. Default 0. */
  readonly stale: number;
}

export interface Instance {
  json: Json;
  /** The state that a stale read still shows. */
  before: Json;
  staleLooks: number;
  readonly databases: Map<string, Json>;
  readonly users: Map<string, Json>;
  readonly runs: Map<string, Json>;
  /** Passwords by user: never shown, to be compared in assertions. */
  readonly passwords: Map<string, string>;
  /** What the pre-check of a major upgrade finds. */
  preChecks?: readonly Json[];
  /** Reads until maintenance begins that was moved to now. */
  untilMaintenance?: number;
  /** What its data came from: `clone of orders`, `backup projects/…`. */
  origin?: string;
}

export interface Operation {
  json: Json;
  looks: number;
  /** Reads that do not find it yet. */
  unseen: number;
  readonly instance: string;
  /** Others that can't do anything meanwhile: the primary of a replica that is made. */
  readonly also: readonly string[];
  readonly effect: () => void;
  /** Takes back what showed at once. */
  readonly undo: () => void;
  readonly error: Fate | undefined;
}

/** How an operation fails. */
export interface Fate {
  readonly code: string;
  readonly message?: string;
}

/** A secret with its versions, oldest first. */
export interface SecretRecord {
  json: Json;
  readonly versions: string[];
}

/** What signs certificates for connectors, and the authority of what answers them. */
export interface ConnectorSide {
  /** PEM. */
  readonly ca: string;
  readonly sign: (publicKey: string, token: string | undefined) => string;
}

/** One project, as the services of the fake share it. */
export interface CloudState {
  readonly project: string;
  readonly pageSize: number;
  readonly pace: Pace;
  /** How a missing instance is answered. */
  readonly missing: 403 | 404;
  readonly instances: Map<string, Instance>;
  /** Entries of the audit log of administrators, oldest first. */
  readonly trail: Json[];
  readonly deleted: Set<string>;
  /** Deleted instances whose backups and logs are kept, with the moment. */
  readonly kept: Map<string, { readonly instance: Instance; readonly at: string }>;
  readonly operations: Map<string, Operation>;
  /** Backups of the project, by name: on demand and final. */
  readonly backups: Map<string, Json>;
  readonly policies: Map<string, Json>;
  readonly secrets: Map<string, SecretRecord>;
  /** What Cloud Monitoring measured, by `<metric> <instance>`. */
  readonly metrics: Map<string, number>;
  /** What it measured each day, the last one today, by `<metric> <aligner> <instance>`. */
  readonly daily: Map<string, readonly number[]>;
  readonly channels: Map<string, Json>;
  /** The next operation of that type fails: `CREATE`. */
  readonly fates: Map<string, Fate>;
  /** What the list of instances warns of, and operations by their type. */
  readonly warnings: Map<string, Json>;
  readonly denied: Set<string>;
  /** Constraints that the organization enforces: `sql.restrictPublicIp`. */
  readonly constraints: Set<string>;
  /** Real addresses of instances with a server behind them; the others do not answer. */
  place?: { readonly host: string; readonly ca: string; readonly kind?: 'PRIMARY' | 'PRIVATE' | 'PSC' };
  /** What answers connectors in front of every instance. Absent: nothing. */
  connector?: ConnectorSide;
  /** The real server behind every instance, as the Data API reaches it. */
  sql?: { readonly host: string; readonly port: number; readonly user: string; readonly password: string };
  /** Words of a Google that is newer than its description: what holds one is recorded apart, and held to nothing. */
  readonly newer: Set<string>;
  now(): string;
  number(): number;
}

export function instanceOf(cloud: CloudState, name: string): Instance {
  const found = cloud.instances.get(name);
  if (found !== undefined) return found;
  if (cloud.missing === 403)
    throw new GcpFault(403, 'notAuthorized', 'The client is not authorized to make this request.');
  throw new GcpFault(404, 'instanceDoesNotExist', 'The Cloud SQL instance does not exist.');
}
