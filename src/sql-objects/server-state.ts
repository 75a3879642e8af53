import { parseMark, type Mark } from '../engine/ownership.ts';
import type { SqlSession } from '../postgres/connection.ts';
import { parseDatabaseMark, type DatabaseMark } from '../postgres/database-mark.ts';
import { INVALID_DATABASE } from '../postgres/invalid-database.ts';
import { groupsOf } from './names.ts';

/** What a role keeps about itself, as its comment. */
export interface RoleMark extends Mark {
  /** The `password_version` whose password was sent last. */
  readonly passwordVersion?: string;
  /** The secret whose password was sent last, where one was. */
  readonly passwordSecret?: string;
  /** It was taken over with a password that this workflow has not sent. */
  readonly isPasswordUnsent?: boolean;
}

/** The user that this run works as. */
export interface AdminState {
  readonly name: string;
  readonly isSuperuser: boolean;
  readonly mayCreateRoles: boolean;
  readonly mayCreateDatabases: boolean;
}

export interface RoleState {
  readonly name: string;
  readonly mark: RoleMark | undefined;
  /** It has a comment that is no mark. */
  readonly isCommented: boolean;
  readonly canLogin: boolean;
  /** -1: no limit. */
  readonly connectionLimit: number;
  /** Roles that it is a member of. */
  readonly memberOf: readonly string[];
  /** Those of them whose rights it does not have by itself: INHERIT FALSE, from PostgreSQL 16 on. */
  readonly notInherited: readonly string[];
  /** Those of them that its sessions can't take on: SET FALSE. */
  readonly notSettable: readonly string[];
  /** Who made it a member of each. Only they, or a member of theirs, end that. Empty before PostgreSQL 16. */
  readonly grantedBy: Readonly<Record<string, readonly string[]>>;
  /** The role that its sessions take on, by database. */
  readonly setRole: Readonly<Record<string, string>>;
  /** The admin may alter it and give its membership. */
  readonly isAdministrable: boolean;
  /** What Azure writes on the role of an identity of Entra ID. */
  readonly label: string | undefined;
  /** The admin may act as it: give it a database, change what it owns. */
  readonly isAssumable: boolean;
}

export interface LogicalDatabaseState {
  readonly name: string;
  readonly mark: DatabaseMark | undefined;
  /** It has a comment that is no mark. */
  readonly isCommented: boolean;
  readonly owner: string;
  readonly allowsConnections: boolean;
  /** -1: no limit; -2: left by a DROP DATABASE that was interrupted, so that only another DROP repairs it. */
  readonly connectionLimit: number;
  /** Who may do what, without the owner; PUBLIC is ''. */
  readonly privileges: readonly { readonly grantee: string; readonly privilege: string }[];
}

/** A server's roles and databases. */
export interface ServerState {
  /** As the server announces it. */
  readonly version: string;
  readonly admin: AdminState;
  /** The database of the connection. */
  readonly current: string;
  readonly roles: ReadonlyMap<string, RoleState>;
  readonly databases: ReadonlyMap<string, LogicalDatabaseState>;
  /** Those that were asked for and that the admin may see. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** `SET` and `MEMBER` are one before PostgreSQL 16, which is also the first to know the word. */
const QUERY = `
select
  (select json_build_object('name', rolname, 'current', current_database(), 'super', rolsuper, 'roles', rolsuper or rolcreaterole,
                            'databases', rolsuper or rolcreatedb)
     from pg_roles where rolname = current_user) as admin,
  (select coalesce(json_agg(json_build_object(
      'name', r.rolname, 'comment', shobj_description(r.oid, 'pg_authid'), 'login', r.rolcanlogin,
      'limit', r.rolconnlimit,
      'label', (select l.label from pg_shseclabel l
                 where l.classoid = 'pg_authid'::regclass and l.objoid = r.oid and l.provider = 'pgaadauth'),
      'member_of', (select coalesce(json_agg(json_build_object('role', g.rolname, 'by', pg_get_userbyid(m.grantor),
                        'inherits', to_jsonb(m) -> 'inherit_option', 'sets', to_jsonb(m) -> 'set_option')
                        order by g.rolname, m.grantor), '[]')
                      from pg_auth_members m join pg_roles g on g.oid = m.roleid where m.member = r.oid),
      'settings', (select coalesce(json_agg(json_build_object('database', d.datname, 'settings', s.setconfig)), '[]')
                     from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase where s.setrole = r.oid),
      'administrable', case when current_setting('server_version_num')::int < 160000 then true
                            else pg_has_role(r.oid, 'MEMBER WITH ADMIN OPTION') end,
      'assumable', case when current_setting('server_version_num')::int < 160000 then pg_has_role(r.oid, 'USAGE')
                        else pg_has_role(r.oid, 'SET') and pg_has_role(r.oid, 'USAGE') end)), '[]')
     from pg_roles r where r.rolname !~ '^pg_') as roles,
  (select coalesce(json_agg(json_build_object(
      'name', d.datname, 'comment', shobj_description(d.oid, 'pg_database'), 'owner', pg_get_userbyid(d.datdba),
      'allows', d.datallowconn, 'limit', d.datconnlimit,
      'privileges', (select coalesce(json_agg(json_build_object('grantee', coalesce(g.rolname, ''), 'privilege', a.privilege_type)), '[]')
                       from aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
                       left join pg_roles g on g.oid = a.grantee where a.grantee <> d.datdba))), '[]')
     from pg_database d where not d.datistemplate or d.datname !~ '^template') as databases,
  (select json_object_agg(name, value) from (
     select n.name, coalesce((select setting from pg_settings s where s.name = n.name),
                             case when n.name <> 'shared_preload_libraries' then current_setting(n.name, true) end) as value
       from unnest($1::text[]) n(name)) p where value is not null) as parameters`;

interface Membership {
  readonly role: string;
  readonly by: string;
  readonly inherits: boolean | null;
  readonly sets: boolean | null;
}

interface Row {
  readonly admin: {
    readonly name: string;
    readonly current: string;
    readonly super: boolean;
    readonly roles: boolean;
    readonly databases: boolean;
  };
  readonly roles: readonly {
    readonly name: string;
    readonly comment: string | null;
    readonly login: boolean;
    readonly limit: number;
    /** Each membership, of which PostgreSQL 16 has one for each grantor. The options are null before. */
    readonly member_of: readonly Membership[];
    readonly settings: readonly { readonly database: string; readonly settings: readonly string[] }[];
    readonly administrable: boolean;
    readonly assumable: boolean;
    readonly label?: string | null;
  }[];
  readonly databases: readonly {
    readonly name: string;
    readonly comment: string | null;
    readonly owner: string;
    readonly allows: boolean;
    readonly limit: number;
    readonly privileges: LogicalDatabaseState['privileges'];
  }[];
  readonly parameters: Readonly<Record<string, string>> | null;
}

/** Reads roles, databases and the named parameters in one statement, from any database of the server. */
export async function readServerState(session: SqlSession, parameters: readonly string[] = []): Promise<ServerState> {
  const [row] = await session.query<Row>(QUERY, [parameters], 'read roles and databases');
  if (row === undefined) throw new Error('A query without a condition returned no row');
  const { admin, roles, databases } = row;
  return {
    version: session.serverVersion,
    current: admin.current,
    parameters: row.parameters ?? {},
    admin: {
      name: admin.name,
      isSuperuser: admin.super,
      mayCreateRoles: admin.roles,
      mayCreateDatabases: admin.databases
    },
    roles: new Map(
      roles.map(role => [
        role.name,
        {
          name: role.name,
          ...marked(role.comment, parseMark),
          canLogin: role.login,
          connectionLimit: role.limit,
          ...membershipsIn(role.member_of),
          setRole: Object.fromEntries(
            role.settings.flatMap(({ database, settings }) => {
              const set = settings.find(one => one.startsWith('role='));
              return set === undefined ? [] : [[database, set.slice('role='.length)]];
            })
          ),
          isAdministrable: role.administrable || admin.super,
          isAssumable: role.assumable,
          label: role.label ?? undefined
        }
      ])
    ),
    databases: new Map(
      databases.map(one => [
        one.name,
        {
          name: one.name,
          ...marked(one.comment, parseDatabaseMark),
          owner: one.owner,
          allowsConnections: one.allows,
          connectionLimit: one.limit,
          privileges: one.privileges
        }
      ])
    )
  };
}

function membershipsIn(
  all: readonly Membership[]
): Pick<RoleState, 'memberOf' | 'notInherited' | 'notSettable' | 'grantedBy'> {
  const memberOf = [...new Set(all.map(({ role }) => role))];
  const without = (option: 'inherits' | 'sets'): readonly string[] =>
    memberOf.filter(name => all.every(one => one.role !== name || one[option] === false));
  const named = all.filter(({ inherits }) => inherits !== null);
  return {
    memberOf,
    notInherited: without('inherits'),
    notSettable: without('sets'),
    grantedBy: Object.fromEntries(
      [...new Set(named.map(({ role }) => role))].map(name => [
        name,
        named.filter(({ role }) => role === name).map(({ by }) => by)
      ])
    )
  };
}

function marked<M>(
  comment: string | null,
  parse: (comment: string | null) => M | undefined
): { readonly mark: M | undefined; readonly isCommented: boolean } {
  const mark = parse(comment);
  return { mark, isCommented: mark === undefined && (comment ?? '') !== '' };
}

/** Whether the admin may comment on a database, which takes its owner or a member of it. */
export function mayComment({ admin, roles, databases }: ServerState, name: string): boolean {
  const owner = databases.get(name)?.owner;
  if (admin.isSuperuser || owner === undefined || owner === admin.name) return true;
  return roles.get(owner)?.isAssumable === true;
}

/**
 * The mark that says whose a database is. That of the role that owns it counts where it is a group of this database:
 * members of the group may write the database's comment, and not the comment of the group.
 */
export function databaseMark(state: ServerState, name: string, ownerGroup: string): Mark | undefined {
  const found = state.databases.get(name);
  if (found === undefined) return undefined;
  return found.owner === ownerGroup ? state.roles.get(ownerGroup)?.mark : found.mark;
}

/** Databases that were made without the group that owns those of this action. One left by a DROP is not among them. */
export function withOtherOwner({ databases, roles }: ServerState): ReadonlySet<string> {
  return new Set(
    [...databases.values()]
      .filter(({ name, owner, connectionLimit }) => {
        const group = groupsOf(name).owner;
        return owner !== group && !roles.has(group) && connectionLimit !== INVALID_DATABASE;
      })
      .map(({ name }) => name)
  );
}
