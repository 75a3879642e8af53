import type { KeyObject } from 'node:crypto';

/** A JSON object, as the API has it. */
export type Json = Readonly<Record<string, unknown>>;

/** A text of the API's, or the fallback when there is none. */
export const textOf = (value: unknown, fallback = ''): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : fallback;

/** How many polls an operation takes; nothing depends on time. */
export interface Pace {
  readonly create: number;
  readonly update: number;
  readonly delete: number;
  /** Of what lies inside a server: a configuration, a rule. */
  readonly child: number;
  /** Refusals with `ServerIsBusy` after something has succeeded. */
  readonly busyAfter: number;
  /** Reads of a server after a change of it that still show what was before. */
  readonly stale: number;
}

/** A long-running operation. */
export interface Operation {
  readonly id: string;
  readonly server: string;
  left: number;
  status: 'InProgress' | 'Succeeded' | 'Failed';
  readonly fate: Fate | undefined;
  readonly done: () => void;
}

export interface Fate {
  readonly code: string;
  readonly message: string;
}

export interface ServerRecord {
  readonly id: string;
  readonly name: string;
  readonly resourceGroup: string;
  readonly location: string;
  tags: Readonly<Record<string, string>>;
  sku: Json;
  identity: Json | undefined;
  properties: Json;
  password: string;
  operation: Operation | undefined;
  /** Refusals left although it seems ready. */
  busyFor: number;
  /** Refusals left of changes of its administrators. */
  closedToAdministratorsFor: number;
  /** What reads still show. */
  stale: { left: number; readonly shown: Json } | undefined;
  readonly configurations: Map<string, ConfigurationRecord>;
  readonly databases: Map<string, Json>;
  readonly firewallRules: Map<string, Json>;
  readonly administrators: Map<string, Json>;
  readonly backups: Map<string, Json>;
  readonly virtualEndpoints: Map<string, Json>;
  /** When a higher tier of its storage was asked for. */
  tierRaisedAt?: Date;
  /** When it was last stopped. */
  stoppedAt?: Date;
}

export interface ConfigurationRecord {
  value: string;
  source: string;
  isPendingRestart: boolean;
}

/** One call, as the activity log keeps it. */
export interface ActivityEvent {
  readonly at: string;
  readonly id: string;
  readonly operation: string;
  readonly caller: string;
  readonly name?: string;
}

export interface CloudState {
  readonly subscription: string;
  readonly tenant: string;
  readonly pace: Pace;
  readonly pageSize: number;
  readonly resourceGroups: Map<string, { readonly name: string; readonly location: string }>;
  /** By lowercase resource id. */
  readonly servers: Map<string, ServerRecord>;
  /** What `ReviveDropped` can bring back, by lowercase name. */
  /** What Azure Monitor measured, by `<metric> <server>`. */
  readonly metrics: Map<string, number>;
  /** What it measured each day, the last one today: average and maximum, by `<metric> <server>`. */
  readonly daily: Map<string, readonly (readonly [number, number])[]>;
  readonly dropped: Map<string, ServerRecord>;
  readonly operations: Map<string, Operation>;
  /** Locks, diagnostic settings and alerts, by lowercase resource id. */
  readonly around: Map<string, Json>;
  /** Sizes that a region lists and has no capacity for, by name. */
  readonly soldOut: Set<string>;
  /** Read replicas that are promoted only for someone who names their server, by name. */
  readonly askForSource: Set<string>;
  /** Names that another tenant holds. */
  readonly takenNames: Set<string>;
  /** What each region offers; a region that is not named offers everything. */
  readonly offers: Map<string, Json>;
  /** Events of the activity log, oldest first, without those of deletions. */
  readonly trail: ActivityEvent[];
  /** Entries of the activity log about deleted servers. */
  readonly deletions: { readonly id: string; readonly at: string }[];
  /** Keys of certificates that the identity logs in with. */
  readonly publicKeys: KeyObject[];
  /** What the identity may not do: `Microsoft.Authorization/locks/write`. */
  readonly denied: Set<string>;
  /** The next operation on a server of that name ends so. */
  readonly dooms: Map<string, Fate>;
  /** Hosts that addresses of a next page, or of an operation, lead to in the place of this one. */
  readonly elsewhere: Map<'page' | 'operation', string>;
  now(): Date;
  id(): string;
}

/** What a room answers: a body at once, or an operation that goes on. */
export type Result =
  | { readonly status: 200 | 201 | 204; readonly body?: unknown }
  | { readonly status: 202; readonly operation: Operation };

export interface Call {
  readonly cloud: CloudState;
  readonly method: string;
  readonly path: readonly string[];
  readonly url: URL;
  readonly body: Json;
}
