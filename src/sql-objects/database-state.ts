import type { SqlSession } from '../postgres/connection.ts';
import { quoteLiteral } from '../postgres/identifier.ts';
import { DEFAULT_PRIVILEGES, MISSING_GRANTS } from './privileges.ts';
import { groupsOf, type Groups } from './names.ts';

/** One database as it is inside. */
export interface InnerState {
  /** Versions of the extensions that are there. */
  readonly extensions: Readonly<Record<string, string>>;
  /** Versions that the server would install, by extension. */
  readonly available: Readonly<Record<string, string>>;
  /** Groups that have all rights on what the owner and the admin have made, of those that shall have them. */
  readonly grantedNow: readonly string[];
  /** Groups that will have them on what these two make later. */
  readonly grantedLater: readonly string[];
  /** Groups that may make schemas, and tables in the schema `public`. */
  readonly mayCreate: readonly string[];
  /** Tables of other owners, on which the groups have only what their owners gave. At most ten of them. */
  readonly ofOthers: readonly string[];
  /** PUBLIC may make tables in the schema `public`: the default of PostgreSQL 14. */
  readonly isPublicOpen: boolean;
}

interface Row {
  readonly extensions: Readonly<Record<string, string>> | null;
  readonly available: Readonly<Record<string, string>> | null;
  readonly complete: readonly string[] | null;
  readonly defaults:
    | readonly {
        readonly creator: string;
        readonly kind: string;
        readonly grantee: string;
        readonly privilege: string;
      }[]
    | null;
  readonly may_create: readonly string[] | null;
  readonly others: readonly string[] | null;
  readonly is_public_open: boolean | null;
}

/** Reads a database in one statement, as the admin. `creators`: whose later objects the groups get rights on. */
export async function readInnerState(
  session: SqlSession,
  database: string,
  creators: readonly string[]
): Promise<InnerState> {
  const groups = groupsOf(database);
  const { owner, readwrite, readonly } = groups;
  const names = [owner, readwrite, readonly].map(quoteLiteral).join(', ');
  const [row] = await session.query<Row>(
    `with missing as (${MISSING_GRANTS(groups)})
     select (select json_object_agg(extname, extversion) from pg_extension) as extensions,
            (select json_object_agg(name, default_version) from pg_available_extensions) as available,
            (select json_agg(rolname) from pg_roles r where rolname in (${names})
                and not exists (select from missing m where m.grantee = r.rolname)) as complete,
            (select json_agg(json_build_object('creator', c.rolname, 'kind', a.defaclobjtype::text, 'grantee', g.rolname, 'privilege', x.privilege_type))
               from pg_default_acl a cross join aclexplode(a.defaclacl) x join pg_roles g on g.oid = x.grantee
               join pg_roles c on c.oid = a.defaclrole where a.defaclnamespace = 0) as defaults,
            (select json_agg(r.rolname order by r.rolname) from pg_roles r
              where r.rolname in (${names}) and has_database_privilege(r.oid, current_database(), 'CREATE')
                and coalesce((select has_schema_privilege(r.oid, n.oid, 'CREATE') from pg_namespace n where nspname = 'public'), true)) as may_create,
            (select json_agg(t) from (
               select c.oid::regclass::text as t from pg_class c join pg_namespace n on n.oid = c.relnamespace
                where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
                  and pg_get_userbyid(c.relowner) not in (${quoteLiteral(owner)}, current_user)
                  and not exists (select from pg_depend where classid = 'pg_class'::regclass and objid = c.oid and deptype = 'e')
                order by 1 limit 10) o) as others,
            (select has_schema_privilege('public', oid, 'CREATE') from pg_namespace where nspname = 'public') as is_public_open`,
    [],
    `read database ${database}`
  );
  if (row === undefined) throw new Error('A query without a condition returned no row');
  const complete = row.complete ?? [];
  return {
    extensions: row.extensions ?? {},
    available: row.available ?? {},
    grantedNow: [readwrite, readonly].filter(group => complete.includes(group)).sort(),
    grantedLater: grantedLater(row, groups, creators),
    mayCreate: row.may_create ?? [],
    ofOthers: row.others ?? [],
    isPublicOpen: row.is_public_open === true
  };
}

function grantedLater({ defaults }: Row, groups: Groups, creators: readonly string[]): readonly string[] {
  const has = new Set(
    (defaults ?? []).map(({ creator, kind, grantee, privilege }) => JSON.stringify([creator, kind, grantee, privilege]))
  );
  return (['readwrite', 'readonly'] as const)
    .filter(access =>
      creators.every(creator =>
        DEFAULT_PRIVILEGES[access].every(({ letter, privileges }) =>
          privileges.every(privilege => has.has(JSON.stringify([creator, letter, groups[access], privilege])))
        )
      )
    )
    .map(access => groups[access])
    .sort();
}
