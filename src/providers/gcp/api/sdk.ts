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

/** What each call of a client takes besides its request. */
export interface CallOptions {
  /** The engine repeats what may be repeated, by its own clock. */
  readonly retry: null;
  readonly otherArgs: { readonly headers: Record<string, string> };
}

/** Sends a request that a client has made. */
export type Transport = (
  url: string,
  request: { readonly method: string; readonly headers: Headers }
) => Promise<Response>;

/** Loads the clients that are used, each from its own file: all of them together take twice as long and thrice the room. */
export async function loadSdk(transport: Transport): Promise<Sdk> {
  const [instances, operations, databases, users, backups, flags, tiers] = await Promise.all([
    import('@google-cloud/sql/build/src/v1/sql_instances_service_client.js'),
    import('@google-cloud/sql/build/src/v1/sql_operations_service_client.js'),
    import('@google-cloud/sql/build/src/v1/sql_databases_service_client.js'),
    import('@google-cloud/sql/build/src/v1/sql_users_service_client.js'),
    import('@google-cloud/sql/build/src/v1/sql_backups_service_client.js'),
    import('@google-cloud/sql/build/src/v1/sql_flags_service_client.js'),
    import('@google-cloud/sql/build/src/v1/sql_tiers_service_client.js')
  ]);
  // What the library asks of a login, and no more: who calls, the transport adds.
  const auth = { fetch: transport, getRequestHeaders: async () => new Headers() };
  const options = { fallback: true, auth } as unknown as ConstructorParameters<
    typeof instances.SqlInstancesServiceClient
  >[0];
  return eachWhenUsed({
    instances: () => new instances.SqlInstancesServiceClient(options),
    operations: () => new operations.SqlOperationsServiceClient(options),
    databases: () => new databases.SqlDatabasesServiceClient(options),
    users: () => new users.SqlUsersServiceClient(options),
    backups: () => new backups.SqlBackupsServiceClient(options),
    flags: () => new flags.SqlFlagsServiceClient(options),
    tiers: () => new tiers.SqlTiersServiceClient(options)
  });
}

/** A client reads the whole description of the API when it is made: most runs need two of them. */
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
