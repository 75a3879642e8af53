import type { FieldTable, Observed } from '../../../engine/resource.ts';
import { parseDatabaseMark } from '../../../postgres/database-mark.ts';
import type { SqlSession } from '../../../postgres/connection.ts';
import { INVALID_DATABASE } from '../../../postgres/invalid-database.ts';
import type { ServerCredentials } from '../cluster/credentials.ts';
import { SERVER } from '../addresses.ts';
import type { DatabaseState, Shared } from '../live-types.ts';
import { masterUser, type LocalContext } from '../context.ts';

export function databaseName(context: LocalContext): string {
  return context.settings.database_name ?? 'postgres';
}

/**
 * Reads them in an open session: a connection takes longer than these queries. A database that an interrupted DROP left
 * counts as missing: nothing connects to it.
 */
export async function readShared(
  session: SqlSession,
  context: LocalContext,
  credentials: ServerCredentials
): Promise<Shared | undefined> {
  const [row] = await session.query<Shared & Record<string, unknown>>(
    `select (select rolpassword from pg_authid where rolname = $1) as verifier,
            exists (select from pg_authid where rolname = $1) as "hasRole",
            exists (select from pg_database where datname = $2 and datconnlimit <> ${INVALID_DATABASE}) as "hasDatabase",
            (select shobj_description(oid, 'pg_database') from pg_database where datname = $2) as comment`,
    [masterUser(context, credentials), databaseName(context)],
    'read users and databases'
  );
  return row;
}

/** `undefined` when no server runs. */
export async function readDatabaseState(context: LocalContext): Promise<DatabaseState | undefined> {
  const live = await context.live();
  if (live?.state !== 'running') return undefined;
  const { shared } = live;
  return {
    verifier: shared?.hasRole === true ? shared.verifier : undefined,
    database: shared?.hasDatabase === true ? { mark: parseDatabaseMark(shared.comment) } : undefined
  };
}

/** A part of the server: it has the server's owner, and is removed with it. */
export async function childResource<T extends FieldTable>(
  context: LocalContext,
  resource: Pick<Observed<T>, 'address' | 'type' | 'title' | 'fields' | 'dependsOn'> &
    Partial<Pick<Observed<T>, 'unknown' | 'facts'>>
): Promise<Observed<T>> {
  const live = await context.live();
  return {
    ownership: context.ownershipOf(live?.mark),
    facts: {},
    concurrencyGroup: SERVER,
    deletedWith: SERVER,
    ...resource
  };
}

/** The need for a field that only a running server shows. */
export const STOPPED = 'a running server';
