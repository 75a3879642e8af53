import type { Observed } from '../../engine/resource.ts';
import { parseDatabaseMark, type DatabaseMark } from '../../postgres/database-mark.ts';
import { SERVER, SUPERUSER } from './local-names.ts';
import { asSuperuser, masterUser, type LocalWorld } from './local-world.ts';

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

/** `undefined` when there is no running server to look into. */
export async function readInside(world: LocalWorld): Promise<Inside | undefined> {
  const live = await world.live();
  if (live?.state !== 'running') return undefined;
  const { credentials } = live;
  const database = databaseName(world);
  const [outer] = await asSuperuser(world, credentials, SUPERUSER, session =>
    session.query<{ verifier: string | null; has_role: boolean; has_database: boolean; comment: string | null }>(
      `select (select rolpassword from pg_authid where rolname = $1) as verifier,
              exists (select from pg_authid where rolname = $1) as has_role,
              exists (select from pg_database where datname = $2) as has_database,
              (select shobj_description(oid, 'pg_database') from pg_database where datname = $2) as comment`,
      [masterUser(world, credentials), database],
      'read users and databases'
    )
  );
  const rows =
    outer?.has_database === true && (world.settings.extensions?.length ?? 0) > 0
      ? await asSuperuser(world, credentials, database, session =>
          session.query<{ extname: string; extversion: string }>(
            'select extname, extversion from pg_extension',
            [],
            'read the extensions'
          )
        )
      : [];
  return {
    verifier: outer?.has_role === true ? outer.verifier : undefined,
    database: outer?.has_database === true ? { mark: parseDatabaseMark(outer.comment) } : undefined,
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
