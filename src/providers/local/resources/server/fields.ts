import { defined } from '../../../../engine/defined.ts';
import type { Field, FieldsOf, ResourceKind, Wanted } from '../../../../engine/resource.ts';
import type { FieldValue, Value } from '../../../../engine/value.ts';
import type { Settings } from '../../../../spec/catalogue.ts';
import { onCreateOnly } from '../../../desired-resources.ts';
import { SERVER } from '../../addresses.ts';
import type { ClusterLocale } from '../../cluster/cluster-locale.ts';
import type { LiveServer, LocalMark, MarkSwitch } from '../../live-types.ts';
import { parameterImpact, parameterNormalised, parameterShown } from './parameters.ts';

/** A field of a server: how it is compared, where it is read, which input asks for it, and where it is kept. */
interface ServerField extends Field {
  /** Absent for maps, and for what is known at creation only. */
  readonly read?: (live: LiveServer) => Value | undefined;
  /** What the inputs ask for. Absent: `desired/server.ts` works it out of more than its input. */
  readonly asked?: (settings: Settings) => FieldValue | undefined;
  /** A switch that a new server has off where no input names it. */
  readonly isSwitch?: true;
  /** The member of the mark that keeps it, since PostgreSQL has no setting for it. */
  readonly keptAs?: MarkSwitch;
}

const ANOTHER_CLUSTER = 'Destroy this server and apply again: a cluster keeps the locale that it was made with.';

const SERVER_FIELDS = {
  status: { api: 'postmaster.pid', impact: 'online', read: ({ state }) => state },
  engine_version: {
    api: 'PG_VERSION',
    input: 'engine_version',
    impact: 'restart',
    constraint: 'create-only',
    normalise: major,
    read: ({ credentials }) => credentials.version,
    hint: 'Destroy this server and apply again, or keep both under two names and move the data with a dump.'
  },
  encoding: {
    api: 'pg_database.encoding',
    input: 'encoding',
    impact: 'restart',
    constraint: 'create-only',
    normalise: sameSpelling,
    read: ({ locale }) => locale?.encoding,
    asked: ({ encoding }) => encoding,
    hint: ANOTHER_CLUSTER
  },
  locale: {
    api: 'pg_database.datcollate, pg_database.datctype',
    input: 'locale',
    impact: 'restart',
    constraint: 'create-only',
    normalise: sameSpelling,
    read: ({ locale }) => locale?.locale,
    asked: ({ locale }) => locale,
    hint: ANOTHER_CLUSTER
  },
  icu_locale: {
    api: 'pg_database.datlocale',
    input: 'icu_locale',
    impact: 'restart',
    constraint: 'create-only',
    normalise: sameSpelling,
    read: ({ locale }) => locale?.icuLocale,
    asked: ({ icu_locale: locale }) => locale,
    hint: ANOTHER_CLUSTER
  },
  port: {
    api: 'port',
    input: 'port',
    impact: 'restart',
    read: ({ credentials }) => credentials.port,
    asked: ({ port }) => port
  },
  tls: {
    api: 'ssl',
    input: 'tls',
    impact: 'online',
    read: ({ hasTls }) => hasTls,
    asked: ({ tls }) => tls,
    isSwitch: true
  },
  durable: {
    api: 'fsync, synchronous_commit, full_page_writes',
    input: 'durable',
    impact: 'online',
    read: ({ isDurable }) => isDurable,
    asked: ({ durable }) => durable,
    isSwitch: true
  },
  enable_logging: {
    api: 'log_statement, log_connections, log_disconnections',
    input: 'enable_logging',
    impact: 'online',
    read: ({ mark }) => mark?.isLogging ?? false,
    asked: ({ enable_logging: isOn }) => isOn,
    isSwitch: true,
    keptAs: 'isLogging'
  },
  enable_deletion_protection: {
    api: 'pgkeep.mark',
    input: 'enable_deletion_protection',
    impact: 'online',
    read: ({ mark }) => mark?.isProtected ?? false,
    asked: ({ enable_deletion_protection: isOn }) => isOn,
    isSwitch: true,
    keptAs: 'isProtected'
  },
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
} as const satisfies Readonly<Record<string, ServerField>>;

export type ServerFields = typeof SERVER_FIELDS;
export type ServerValues = FieldsOf<ServerFields, Value>;

/** The title of the server in a plan, and its fields. */
export const SERVER_KIND: ResourceKind<ServerFields> = { type: SERVER, fields: SERVER_FIELDS };

const ENTRIES = Object.entries<ServerField>(SERVER_FIELDS);

/** Live values by field. */
export function liveValues(live: LiveServer): ServerValues {
  const values = ENTRIES.map(([name, { read }]) => [name, read?.(live)] as const);
  return {
    ...defined(Object.fromEntries(values)),
    ...membersOf('tags', live.mark?.tags ?? {}),
    ...membersOf('parameters', settingsOf(live.parameters))
  };
}

/** What the inputs ask for, of the fields whose entry says so; a switch that no input names is off on a new server. */
export function askedFor(settings: Settings): FieldsOf<ServerFields, FieldValue | Wanted> {
  const values = ENTRIES.map(
    ([name, { asked, isSwitch }]) =>
      [name, asked?.(settings) ?? (isSwitch === true ? onCreateOnly(false) : undefined)] as const
  );
  return defined(Object.fromEntries(values));
}

/** What a new server is asked to sort and to encode by. */
export function clusterLocaleOf(values: ServerValues): ClusterLocale {
  const text = (value: Value | undefined): string | undefined => (typeof value === 'string' ? value : undefined);
  return defined({
    encoding: text(values.encoding),
    locale: text(values.locale),
    icuLocale: text(values.icu_locale)
  });
}

/** The switches that the mark keeps: as the values say, else as they are. */
export function keptSwitches(values: ServerValues, mark: LocalMark): Pick<LocalMark, MarkSwitch> {
  const given: Readonly<Record<string, Value | undefined>> = values;
  return Object.fromEntries(
    ENTRIES.flatMap(([name, { keptAs }]) => {
      const value = given[name];
      return keptAs === undefined ? [] : [[keptAs, typeof value === 'boolean' ? value : (mark[keptAs] ?? false)]];
    })
  );
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

/** `en_US.UTF-8` and `en_US.utf8`, `UTF-8` and `UTF8`, `de_DE` and `de-DE` name the same. */
function sameSpelling(value: Value): Value {
  return typeof value === 'string' ? value.toLowerCase().replaceAll(/[-_]/g, '') : value;
}

function major(version: Value): Value {
  return typeof version === 'string' ? (version.split('.')[0] ?? version) : version;
}
