import type * as GoogleGax from 'google-gax';
import type { SqlBackupsServiceClient } from '@google-cloud/sql/build/src/v1/sql_backups_service_client.js';
import type { SqlDatabasesServiceClient } from '@google-cloud/sql/build/src/v1/sql_databases_service_client.js';
import type { SqlFlagsServiceClient } from '@google-cloud/sql/build/src/v1/sql_flags_service_client.js';
import type { SqlInstancesServiceClient } from '@google-cloud/sql/build/src/v1/sql_instances_service_client.js';
import type { SqlOperationsServiceClient } from '@google-cloud/sql/build/src/v1/sql_operations_service_client.js';
import type { SqlTiersServiceClient } from '@google-cloud/sql/build/src/v1/sql_tiers_service_client.js';
import type { SqlUsersServiceClient } from '@google-cloud/sql/build/src/v1/sql_users_service_client.js';

/** Google's clients of Cloud SQL. */
export interface Sdk {
  readonly instances: SqlInstancesServiceClient;
  readonly operations: SqlOperationsServiceClient;
  readonly databases: SqlDatabasesServiceClient;
  readonly users: SqlUsersServiceClient;
  readonly backups: SqlBackupsServiceClient;
  readonly flags: SqlFlagsServiceClient;
  readonly tiers: SqlTiersServiceClient;
}

/** Options of each call of a client. */
export interface CallOptions {
  /** The engine retries, by its own clock. */
  readonly retry: null;
  readonly otherArgs: { readonly headers: Record<string, string> };
}

/** Sends a request of a client. */
export type Transport = (
  url: string,
  request: { readonly method: string; readonly headers: Headers }
) => Promise<Response>;

/**
 * Loads the clients that are used, each from its own file: the whole package takes twice the time and three times the
 * space.
 */
export async function loadSdk(transport: Transport): Promise<Sdk> {
  const [gax, instances, operations, databases, users, backups, flags, tiers] = await Promise.all([
    import('google-gax'),
    import('@google-cloud/sql/build/src/v1/sql_instances_service_client.js'),
    import('@google-cloud/sql/build/src/v1/sql_operations_service_client.js'),
    import('@google-cloud/sql/build/src/v1/sql_databases_service_client.js'),
    import('@google-cloud/sql/build/src/v1/sql_users_service_client.js'),
    import('@google-cloud/sql/build/src/v1/sql_backups_service_client.js'),
    import('@google-cloud/sql/build/src/v1/sql_flags_service_client.js'),
    import('@google-cloud/sql/build/src/v1/sql_tiers_service_client.js')
  ]);
  // The members of a login that the library uses; the transport adds the identity.
  const auth = { fetch: transport, getRequestHeaders: async () => new Headers() };
  const options = { fallback: true, auth } as unknown as ConstructorParameters<
    typeof instances.SqlInstancesServiceClient
  >[0];
  const library = readingOnce(gax);
  return eachWhenUsed({
    instances: () => new instances.SqlInstancesServiceClient(options, library),
    operations: () => new operations.SqlOperationsServiceClient(options, library),
    databases: () => new databases.SqlDatabasesServiceClient(options, library),
    users: () => new users.SqlUsersServiceClient(options, library),
    backups: () => new backups.SqlBackupsServiceClient(options, library),
    flags: () => new flags.SqlFlagsServiceClient(options, library),
    tiers: () => new tiers.SqlTiersServiceClient(options, library)
  });
}

type Gax = typeof GoogleGax;
type Description = Parameters<GoogleGax.fallback.GrpcClient['loadProtoJSON']>[0];

/**
 * The description of the API, resolved once. The library looks for it by a hash of its whole text, which takes each
 * client longer than a call.
 */
const resolved = new WeakMap<object, ReturnType<GoogleGax.fallback.GrpcClient['loadProtoJSON']>>();

function readingOnce({ fallback, ...gax }: Gax): Gax {
  class GrpcClient extends fallback.GrpcClient {
    override loadProtoJSON(
      json: Description,
      ...rest: readonly [boolean?]
    ): ReturnType<GoogleGax.fallback.GrpcClient['loadProtoJSON']> {
      const known = resolved.get(json) ?? super.loadProtoJSON(json, ...rest);
      resolved.set(json, known);
      return known;
    }
  }
  return { ...gax, fallback: { ...fallback, GrpcClient } };
}

/** Creates each client at its first use: a client reads the whole API description, and most runs need two. */
function eachWhenUsed(makers: { readonly [K in keyof Sdk]: () => Sdk[K] }): Sdk {
  const made: { -readonly [K in keyof Sdk]?: Sdk[K] } = {};
  return {
    get instances() {
      return (made.instances ??= makers.instances());
    },
    get operations() {
      return (made.operations ??= makers.operations());
    },
    get databases() {
      return (made.databases ??= makers.databases());
    },
    get users() {
      return (made.users ??= makers.users());
    },
    get backups() {
      return (made.backups ??= makers.backups());
    },
    get flags() {
      return (made.flags ??= makers.flags());
    },
    get tiers() {
      return (made.tiers ??= makers.tiers());
    }
  };
}
