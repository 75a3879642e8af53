import { DoFault, notFound } from './fault.ts';

export type Json = Readonly<Record<string, unknown>>;

/** How many polls things take. */
export interface Pace {
  /** Polls of a cluster until its operation is done. Default 1. */
  readonly working: number;
  /** Reads of a new cluster by its id that find nothing yet. Default 0. */
  readonly hidden: number;
  /** Reads of the list of clusters that do not show a new one yet. Default 0. */
  readonly unlisted: number;
  /** Polls after an accepted change that still say `online`, with the earlier state. Default 0. */
  readonly stale: number;
  /** Reads of a new replica that find nothing yet. Default 0. */
  readonly unseenReplica: number;
  /** Tries to make a replica until the first backup is there. Default 0. */
  readonly firstBackup: number;
}

export interface Rule {
  readonly uuid: string;
  readonly type: string;
  readonly value: string;
  readonly description?: string;
}

/** The state of a cluster after enough polls. */
interface Step {
  readonly status: string;
  looks: number;
  stale: number;
  readonly effect: (cluster: Cluster) => void;
}

export interface Cluster {
  readonly id: string;
  readonly name: string;
  version: string;
  size: string;
  region: string;
  num_nodes: number;
  storage_size_mib: number;
  readonly private_network_uuid: string;
  tags: string[];
  readonly created_at: string;
  maintenance: { readonly day: string; readonly hour: string };
  /** Updates that wait for the window. */
  updates: string[];
  rules: Rule[];
  readonly dbs: Set<string>;
  readonly users: Map<string, User>;
  readonly pools: Map<string, Pool>;
  readonly replicas: Map<string, Replica>;
  readonly sinks: Map<string, Json>;
  config: Record<string, unknown>;
  autoscale: Json;
  project: string;
  steps: Step[];
  hidden: number;
  unlisted: number;
  untilBackup: number;
  /** The body that asked for a copy of another cluster. */
  readonly madeFrom?: Json;
}

export interface User {
  readonly name: string;
  readonly role: 'primary' | 'normal';
  readonly password: string;
}

export interface Pool {
  readonly name: string;
  mode: string;
  size: number;
  db: string;
  user?: string | undefined;
}

export interface Replica {
  readonly id: string;
  readonly name: string;
  readonly region: string;
  size: string;
  readonly private_network_uuid: string;
  tags: string[];
  readonly created_at: string;
  storage_size_mib: number;
  /** Its own trusted sources: none at first, so that it is open to everyone. */
  rules: Rule[];
  unseen: number;
  looks: number;
  doing: string;
}

export interface CloudState {
  readonly pageSize: number;
  readonly pace: Pace;
  readonly clusters: Map<string, Cluster>;
  readonly alerts: Map<string, Json>;
  readonly tags: Set<string>;
  readonly projects: Map<string, Set<string>>;
  /** Clusters of other engines, as the list answers them. */
  readonly otherEngines: Json[];
  /** Where a real server listens that plays every cluster, with its certificate; without it, no server answers. */
  place?: { readonly host: string; readonly port: number; readonly ca: string };
  /** Nothing has a public host. */
  isPrivate?: boolean;
  /** What every answer says of the limit of the hour; `resetAt` in milliseconds, without it a second from now. */
  readonly limit: { remaining: number; resetAt?: number };
  /**
   * What becomes of work that shows as this status (`replica resizing` of a replica), instead of its good end: a status
   * that stays, or `vanished`.
   */
  readonly fates: Map<string, string>;
  /** What the token may not do: `database:view_credentials`. */
  readonly denied: Set<string>;
  now(): string;
  uuid(): string;
}

/** A cluster that is new is not to be found by its id at first, nor is anything in it. */
export function clusterOf(cloud: CloudState, id: string): Cluster {
  const cluster = cloud.clusters.get(id);
  if (cluster === undefined || cluster.hidden > 0) throw notFound('resource');
  return cluster;
}

/** A cluster that does something takes nothing else meanwhile. */
export function idle(cloud: CloudState, id: string): Cluster {
  const cluster = clusterOf(cloud, id);
  if (statusOf(cluster) === 'online' && cluster.steps.length === 0) return cluster;
  throw new DoFault(412, 'precondition_failed', 'the cluster is currently not online, try again when it is');
}

export function statusOf({ steps: [step] }: Cluster): string {
  return step === undefined || step.stale > 0 ? 'online' : step.status;
}

/** Polls that no test has the patience for. */
export const FOREVER = 1_000_000;

/** Begins something that takes a while, and ends well unless its fate is another one. */
export function begin(
  cloud: CloudState,
  cluster: Cluster,
  status: string,
  effect: (cluster: Cluster) => void,
  stale: number = cloud.pace.stale
): void {
  const fate = cloud.fates.get(status);
  if (fate === 'vanished') {
    cluster.steps.push({ status, looks: 1, stale: 0, effect: () => void cloud.clusters.delete(cluster.id) });
  } else if (fate === undefined) {
    cluster.steps.push({ status, looks: cloud.pace.working, stale, effect });
  } else {
    cluster.steps.push({ status: fate, looks: FOREVER, stale: 0, effect });
  }
}

/** A poll: the operation comes closer to its end. */
export function pass(cluster: Cluster): void {
  const [step] = cluster.steps;
  if (step !== undefined) {
    if (step.stale > 0) step.stale -= 1;
    else step.looks -= 1;
    if (step.looks < 0) {
      cluster.steps.shift();
      step.effect(cluster);
    }
  }
  for (const replica of cluster.replicas.values()) if (replica.looks > 0) replica.looks -= 1;
}

/** A text of a body; empty when it is none. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
