import type { Observed } from '../../../engine/resource.ts';
import { parseDatabaseMark, type DatabaseMark } from '../../../postgres/database-mark.ts';
import type { SqlSession } from '../../../postgres/connection.ts';
import type { ServerCredentials } from '../cluster/credentials.ts';
import { SERVER } from '../addresses.ts';
import { asSuperuser, masterUser, type LocalContext } from '../context.ts';

/** What lies inside a running server, as far as the workflow speaks of it. */
export interface DatabaseState {
  /** The master user's SCRAM verifier; `undefined` when there is no such user. */
  readonly verifier: string | null | undefined;
  /** `undefined` when there is no such database. */
  readonly database: { readonly mark: DatabaseMark | undefined } | undefined;
  /** Versions of the installed extensions by name. */
  readonly extensions: Readonly<Record<string, string>>;
}

export function databaseName(context: LocalContext): string {
  return context.settings.database_name ?? 'postgres';
}

/** Users and databases, which any database of the server shows. */
export interface Shared {
  readonly verifier: string | null;
  readonly hasRole: boolean;
  readonly hasDatabase: boolean;
  readonly comment: string | null;
}

/** Reads them in a session that is open anyway: a connection costs more than all that is read through it. */
export async function readShared(
  session: SqlSession,
  context: LocalContext,
  credentials: ServerCredentials
): Promise<Shared | undefined> {
  const [row] = await session.query<Shared & Record<string, unknown>>(
    `select (select rolpassword from pg_authid where rolname = $1) as verifier,
            exists (select from pg_authid where rolname = $1) as "hasRole",
            exists (select from pg_database where datname = $2) as "hasDatabase",
            (select shobj_description(oid, 'pg_database') from pg_database where datname = $2) as comment`,
    [masterUser(context, credentials), databaseName(context)],
    'read users and databases'
  );
  return row;
}

/** `undefined` when there is no running server to look into. */
export async function readDatabaseState(context: LocalContext): Promise<DatabaseState | undefined> {
  const live = await context.live();
  if (live?.state !== 'running') return undefined;
  const { credentials, shared } = live;
  const rows =
    shared?.hasDatabase === true && (context.settings.extensions?.length ?? 0) > 0
      ? await asSuperuser(context, credentials, databaseName(context), session =>
          session.query<{ extname: string; extversion: string }>(
            'select extname, extversion from pg_extension',
            [],
            'read the extensions'
          )
        )
      : [];
  return {
    verifier: shared?.hasRole === true ? shared.verifier : undefined,
    database: shared?.hasDatabase === true ? { mark: parseDatabaseMark(shared.comment) } : undefined,
    extensions: Object.fromEntries(rows.map(row => [row.extname, row.extversion]))
  };
}

/** What belongs to the server belongs to the server's owner. */
export async function childResource(
  context: LocalContext,
  resource: Pick<Observed, 'address' | 'type' | 'title' | 'fields' | 'dependsOn'> &
    Partial<Pick<Observed, 'unknown' | 'facts'>>
): Promise<Observed> {
  const live = await context.live();
  return {
    ownership: context.ownershipOf(live?.mark),
    facts: {},
    concurrencyGroup: SERVER,
    deletedWith: SERVER,
    ...resource
  };
}

/** Why the fields of something inside a stopped server can't be read. */
export const STOPPED = 'a running server';
