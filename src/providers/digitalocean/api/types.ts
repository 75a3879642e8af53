import type { Value } from '../../../engine/value.ts';

/** A database cluster as the API answers it. Credentials need the scope `database:view_credentials`. */
export interface Cluster extends Reached {
  readonly id: string;
  readonly name: string;
  readonly engine: string;
  readonly version?: string;
  readonly status: string;
  readonly size: string;
  readonly region: string;
  readonly num_nodes: number;
  readonly storage_size_mib?: number;
  readonly private_network_uuid?: string;
  readonly tags?: readonly string[] | null;
  readonly db_names?: readonly string[] | null;
  readonly users?: readonly User[] | null;
  readonly maintenance_window?: {
    readonly day?: string;
    readonly hour?: string;
    /** Whether updates wait for the window; `description` names them. */
    readonly pending?: boolean;
    readonly description?: readonly string[] | null;
  } | null;
  readonly project_id?: string;
}

/** What is reached by its public host, or by the one in its network. */
export interface Reached {
  readonly connection?: Connection;
  readonly private_connection?: Connection;
}

export interface Connection {
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
  readonly password?: string;
}

/** A trusted source: a network, a droplet, an app, a tag, or a Kubernetes cluster. */
export interface Rule {
  readonly type: string;
  readonly value: string;
  readonly description?: string;
}

/** Whether the storage of a cluster grows by itself. */
export interface Autoscale {
  readonly storage?: { readonly enabled?: boolean };
}

/** A connection pool. */
export interface Pool extends Reached {
  readonly name: string;
  readonly mode: string;
  readonly size: number;
  readonly db: string;
  readonly user?: string;
}

/** A user of a cluster. The password needs the scope `database:view_credentials`. */
export interface User {
  readonly name: string;
  readonly password?: string;
}

/** A read replica. */
export interface Replica extends Reached {
  readonly id: string;
  readonly name: string;
  readonly region: string;
  readonly size?: string;
  readonly status: string;
  readonly storage_size_mib?: number;
  readonly tags?: readonly string[] | null;
  readonly private_network_uuid?: string;
}

/** An alert policy of the team. */
export interface Policy {
  readonly uuid: string;
  readonly type: string;
  readonly description: string;
  readonly value: number;
  readonly window: string;
  readonly enabled: boolean;
  readonly entities?: readonly string[] | null;
  readonly alerts?: { readonly email?: readonly string[] | null };
}

/** Where a cluster sends its logs. */
export interface Sink {
  readonly sink_id: string;
  readonly sink_name: string;
  readonly sink_type: string;
  readonly config?: Readonly<Record<string, Value>>;
}
