import type { Observed } from '../../../engine/resource.ts';
import { parseDatabaseMark, type DatabaseMark } from '../../../postgres/database-mark.ts';
import type { Session } from '../../../postgres/connection.ts';
import type { ServerCredentials } from '../cluster/credentials.ts';
import { SERVER } from '../addresses.ts';
import { asSuperuser, masterUser, type LocalWorld } from '../context.ts';

/** What lies inside a running server, as far as the workflow speaks of it. */
export interface Inside {
  /** The master user's SCRAM verifier; `undefined` when there is no such user. */
  readonly verifier: string | null | undefined;
  /** `undefined` when there is no such database. */
  readonly database: { readonly mark: DatabaseMark | undefined } | undefined;
  /** Versions of the installed extensions by name. */
  readonly extensions: Readonly<Record<string, string>>;
}

export function databaseName(world: LocalWorld): string {
  return world.settings.database_name ?? 'postgres';
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
  session: Session,
  world: LocalWorld,
  credentials: ServerCredentials
): Promise<Shared | undefined> {
  const [row] = await session.query<Shared & Record<string, unknown>>(
    `select (select rolpassword from pg_authid where rolname = $1) as verifier,
            exists (select from pg_authid where rolname = $1) as "hasRole",
            exists (select from pg_database where datname = $2) as "hasDatabase",
            (select shobj_description(oid, 'pg_database') from pg_database where datname = $2) as comment`,
    [masterUser(world, credentials), databaseName(world)],
    'read users and databases'
  );
  return row;
}

/** `undefined` when there is no running server to look into. */
export async function readInside(world: LocalWorld): Promise<Inside | undefined> {
  const live = await world.live();
  if (live?.state !== 'running') return undefined;
  const { credentials, shared } = live;
  const rows =
    shared?.hasDatabase === true && (world.settings.extensions?.length ?? 0) > 0
      ? await asSuperuser(world, credentials, databaseName(world), session =>
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
export async function insideServer(
  world: LocalWorld,
  resource: Pick<Observed, 'address' | 'type' | 'title' | 'fields' | 'dependsOn'> &
    Partial<Pick<Observed, 'unknown' | 'facts'>>
): Promise<Observed> {
  const live = await world.live();
  return {
    ownership: world.ownershipOf(live?.mark),
    facts: {},
    lane: SERVER,
    goesWith: SERVER,
    ...resource
  };
}

/** Why the fields of something inside a stopped server can't be read. */
export const STOPPED = 'a running server';
