import type { FieldsOf, FieldTable, ResourceKind } from '../../../../engine/resource.ts';
import type { Value } from '../../../../engine/value.ts';
import { SERVER } from '../../addresses.ts';
import type { LiveServer } from '../../live-types.ts';
import { parameterImpact, parameterNormalised, parameterShown } from './parameters.ts';

const SERVER_FIELDS = {
  status: { api: 'postmaster.pid', impact: 'online' },
  engine_version: {
    api: 'PG_VERSION',
    input: 'engine_version',
    impact: 'restart',
    constraint: 'create-only',
    normalise: major,
    hint: 'Destroy this server and apply again, or keep both under two names and move the data with a dump.'
  },
  port: { api: 'port', input: 'port', impact: 'restart' },
  tls: { api: 'ssl', input: 'tls', impact: 'online' },
  durable: { api: 'fsync, synchronous_commit, full_page_writes', input: 'durable', impact: 'online' },
  enable_logging: {
    api: 'log_statement, log_connections, log_disconnections',
    input: 'enable_logging',
    impact: 'online'
  },
  enable_deletion_protection: { api: 'pgkeep.mark', input: 'enable_deletion_protection', impact: 'online' },
  restore_from_snapshot: { api: 'data directory', input: 'restore_from_snapshot', impact: 'online' },
  restore_source: { api: 'data directory', input: 'restore_source', impact: 'online' },
  'parameters.*': {
    api: 'pgkeep.conf',
    input: 'parameters',
    impact: parameterImpact,
    show: parameterShown,
    normalise: parameterNormalised
  },
  'tags.*': { api: 'pgkeep.mark', input: 'tags', impact: 'online' }
} as const satisfies FieldTable;

export type ServerFields = typeof SERVER_FIELDS;
export type ServerValues = FieldsOf<ServerFields, Value>;

/** The title of the server in a plan, and its fields. */
export const SERVER_KIND: ResourceKind<ServerFields> = { type: SERVER, fields: SERVER_FIELDS };

/** Live values by field. */
export function liveValues({ state, credentials, hasTls, isDurable, mark, parameters }: LiveServer): ServerValues {
  return {
    status: state,
    engine_version: credentials.version,
    port: credentials.port,
    tls: hasTls,
    durable: isDurable,
    enable_logging: mark?.isLogging ?? false,
    enable_deletion_protection: mark?.isProtected ?? false,
    ...membersOf('tags', mark?.tags ?? {}),
    ...membersOf('parameters', settingsOf(parameters))
  };
}

/** Values that wait for a restart. */
export function pendingValues({ parameters }: LiveServer): ServerValues {
  const queued = Object.entries(parameters).flatMap(([name, parameter]) =>
    parameter.queued === undefined ? [] : [[name, parameter.queued] as const]
  );
  return membersOf('parameters', Object.fromEntries(queued));
}

/** The parameters that are in force, by name. */
export function settingsOf(parameters: LiveServer['parameters']): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(parameters).map(([name, { setting }]) => [name, setting]));
}

/** Values as members of a map in a field table: `parameters.work_mem`. */
export function membersOf<P extends string, V>(
  prefix: P,
  values: Readonly<Record<string, V>>
): Readonly<Record<`${P}.${string}`, V>> {
  const members = Object.entries(values).map(([name, value]) => [`${prefix}.${name}`, value] as const);
  return Object.fromEntries(members) as Readonly<Record<`${P}.${string}`, V>>;
}

function major(version: Value): Value {
  return typeof version === 'string' ? (version.split('.')[0] ?? version) : version;
}
