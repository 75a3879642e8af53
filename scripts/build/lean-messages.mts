/** The services that `src/providers/gcp/api/sdk.ts` opens a client for. */
const SERVICES = [
  'SqlInstancesService',
  'SqlOperationsService',
  'SqlDatabasesService',
  'SqlUsersService',
  'SqlBackupsService',
  'SqlFlagsService',
  'SqlTiersService'
];

/** A part of an API description as protobuf.js has it: a package, a message, a service. */
export interface Described {
  readonly nested?: Readonly<Record<string, Described>>;
  readonly fields?: Readonly<Record<string, { readonly type: string }>>;
  readonly methods?: Readonly<Record<string, { readonly requestType: string; readonly responseType: string }>>;
}

const PLAIN = new Set(['string', 'bool', 'int32', 'int64', 'uint32', 'uint64']);

/**
 * Of the description of Cloud SQL what its clients need here: Google's client resolves every message when it starts,
 * which took it a third of the time of a plan. The clients get the names in a path and plain query parameters, and an
 * empty answer (`src/providers/gcp/api/client.ts`); bodies and answers go past them. So a request keeps its plain
 * fields, and an answer none.
 */
export function leanMessages(all: Described): Described {
  const v1 = all.nested?.['google']?.nested?.['cloud']?.nested?.['sql']?.nested?.['v1']?.nested;
  if (v1 === undefined) throw new Error('The messages of Cloud SQL lie elsewhere now');
  const kept: Record<string, Described> = {};
  for (const name of SERVICES) {
    const service = v1[name];
    if (service?.methods === undefined) throw new Error(`Cloud SQL has no service ${name} any more`);
    kept[name] = service;
    for (const { requestType, responseType } of Object.values(service.methods)) {
      kept[requestType] = { fields: plainFields(v1[requestType]) };
      if (!responseType.includes('.')) kept[responseType] ??= { fields: {} };
    }
  }
  const empty = { nested: { Empty: { fields: {} } } };
  return { nested: { google: { nested: { cloud: within(['sql', 'v1'], kept), protobuf: empty } } } };
}

function plainFields(message: Described | undefined): NonNullable<Described['fields']> {
  return Object.fromEntries(Object.entries(message?.fields ?? {}).filter(([, { type }]) => PLAIN.has(type)));
}

function within(path: readonly string[], nested: Readonly<Record<string, Described>>): Described {
  const [first, ...rest] = path;
  return first === undefined ? { nested } : { nested: { [first]: within(rest, nested) } };
}
