import { GcpFault } from './fault.ts';
import type { Json } from './json.ts';

/** How many looks things take. */
export interface Pace {
  /** Looks at an operation until it is done. Default 3. */
  readonly operation: number;
  /** Looks at an instance that still show it as it was before the last change. Default 0. */
  readonly stale: number;
}

export interface Instance {
  json: Json;
  /** What a stale look still shows. */
  before: Json;
  staleLooks: number;
  readonly databases: Map<string, Json>;
  readonly users: Map<string, Json>;
  readonly runs: Map<string, Json>;
}

export interface Operation {
  json: Json;
  looks: number;
  readonly instance: string;
  readonly effect: () => void;
  readonly error: Fate | undefined;
}

/** How an operation fails. */
export interface Fate {
  readonly code: string;
  readonly message: string;
}

/** One project, as the services of the fake share it. */
export interface World {
  readonly project: string;
  readonly pageSize: number;
  readonly pace: Pace;
  /** How a missing instance is answered. */
  readonly missing: 403 | 404;
  readonly instances: Map<string, Instance>;
  readonly deleted: Set<string>;
  readonly operations: Map<string, Operation>;
  readonly policies: Map<string, Json>;
  /** The next operation of that type fails: `CREATE`. */
  readonly fates: Map<string, Fate>;
  readonly denied: Set<string>;
  now(): string;
  number(): number;
}

export function instanceOf(world: World, name: string): Instance {
  const found = world.instances.get(name);
  if (found !== undefined) return found;
  if (world.missing === 403)
    throw new GcpFault(403, 'notAuthorized', 'The client is not authorized to make this request.');
  throw new GcpFault(404, 'instanceDoesNotExist', 'The Cloud SQL instance does not exist.');
}
