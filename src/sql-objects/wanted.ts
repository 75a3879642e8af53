import type { Settings } from '../spec/catalogue.ts';
import type { Access, DatabaseEntry, RoleEntry } from '../spec/sql-objects.ts';
import type { CloudLogin, CloudLogins } from '../providers/cloud-logins.ts';
import { groupsOf } from './names.ts';

/** What the inputs ask for inside a server, in one form. */
export interface WantedObjects {
  readonly databases: readonly WantedDatabase[];
  readonly roles: readonly WantedRole[];
  /** Roles that the cloud makes for identities. */
  readonly cloudLogins: readonly WantedLogin[];
  /** Names of the logins, and of the groups of all databases. */
  readonly allRoles: readonly string[];
  readonly groupNames: ReadonlySet<string>;
  /** Names that must not exist. */
  readonly absentDatabases: readonly string[];
  readonly absentRoles: readonly string[];
  /** Extensions are brought to the version that the server would install. */
  readonly updatesExtensions: boolean;
  /** The role whose login is the output. */
  readonly applicationRole: string | undefined;
}

export interface WantedDatabase {
  /** `undefined` for the database that the server has from the beginning, as long as its name is not known. */
  readonly name: string;
  /** The database that the server has from the beginning: nothing here creates it. */
  readonly isMain: boolean;
  readonly connectionLimit: number | undefined;
  readonly extensions: readonly string[];
  readonly scripts: readonly string[];
  /** Roles have access to it, or it is made here: three groups hold the rights. */
  readonly hasGroups: boolean;
  /** It was there before, with an owner and rights of its own, and no input asks for others. */
  readonly isAsFound: boolean;
}

/** A role that the cloud makes: it has its name in the server, and only rights are given to it. */
export interface WantedLogin extends CloudLogin, Pick<WantedRole, 'access' | 'memberOf' | 'setRole'> {}

export interface WantedRole {
  readonly name: string;
  readonly access: Readonly<Record<string, Access>>;
  /** Names of the groups that give the access. */
  readonly memberOf: readonly string[];
  /** The owner group that its sessions take on, by database. */
  readonly setRole: Readonly<Record<string, string>>;
  readonly connectionLimit: number | undefined;
  readonly passwordVersion: string | undefined;
  /** By which it logs in. Absent: as it does, which is the password for a new one. */
  readonly login: RoleEntry['login'];
}

/** Whether any input asks for something inside. */
export function asksForObjects(settings: Settings): boolean {
  const { databases, roles, extensions, init_sql, application_role } = settings;
  return [databases, roles, application_role, extensions, init_sql].some(given => given !== undefined);
}

interface Surroundings {
  /** Databases that have another owner than their group. */
  readonly found?: ReadonlySet<string>;
  readonly logins?: CloudLogins | undefined;
}

/** Pure. `main`: the name of the database that the server has from the beginning. */
export function wantedObjects(
  settings: Settings,
  main: string,
  { found = new Set(), logins }: Surroundings = {}
): WantedObjects {
  const entries = present<DatabaseEntry>(settings.databases);
  const named = present<RoleEntry>(settings.roles);
  const madeByCloud = (entry: RoleEntry): boolean => entry.login === 'cloud' && logins?.kind !== 'membership';
  const roles = named.flatMap(([name, entry]) => (madeByCloud(entry) ? [] : [wantedRole(name, entry)]));
  const cloudLogins = named.flatMap(([key, entry]) => (madeByCloud(entry) ? wantedLogin(key, entry, logins) : []));
  const accessed = new Set([...roles, ...cloudLogins].flatMap(role => Object.keys(role.access)));
  const own = entries.filter(([name]) => name !== main);
  const mainEntry = entries.find(([name]) => name === main)?.[1] ?? {};
  const extensions = [...new Set([...(settings.extensions ?? []), ...(mainEntry.extensions ?? [])])];
  const scripts = [...new Set([...(settings.init_sql ?? []), ...(mainEntry.init_sql ?? [])])];
  const allDatabases = [main, ...own.map(([name]) => name), ...absent(settings.databases)];
  const groupNames = new Set(allDatabases.flatMap(name => Object.values(groupsOf(name))));
  const isAsFound = (name: string): boolean => found.has(name) && !accessed.has(name);
  const grouped = [...(accessed.has(main) ? [main] : []), ...own.map(([name]) => name)].filter(one => !isAsFound(one));
  return {
    allRoles: [...roles.map(({ name }) => name), ...grouped.flatMap(name => Object.values(groupsOf(name)))],
    groupNames,
    databases: [
      {
        name: main,
        isMain: true,
        connectionLimit: undefined,
        extensions,
        scripts,
        hasGroups: accessed.has(main),
        isAsFound: false
      },
      ...own.map(([name, entry]) => ({
        name,
        isMain: false,
        connectionLimit: entry.connection_limit,
        extensions: entry.extensions ?? [],
        scripts: entry.init_sql ?? [],
        hasGroups: !isAsFound(name),
        isAsFound: isAsFound(name)
      }))
    ],
    roles,
    cloudLogins,
    absentDatabases: absent(settings.databases),
    absentRoles: absent(settings.roles),
    updatesExtensions: settings.update_extensions === true,
    applicationRole: settings.application_role
  };
}

function wantedLogin(key: string, entry: RoleEntry, logins: CloudLogins | undefined): readonly WantedLogin[] {
  if (logins === undefined || logins.kind === 'membership') return [];
  const found = logins.nameOf(key, entry);
  if (!('name' in found)) return [];
  const { name } = found;
  return [{ name, objectId: entry.object_id, kind: entry.kind, ...rightsOf(entry) }];
}

function wantedRole(name: string, entry: RoleEntry): WantedRole {
  return {
    name,
    ...rightsOf(entry),
    connectionLimit: entry.connection_limit,
    passwordVersion: entry.password_version,
    login: entry.login
  };
}

function rightsOf(entry: RoleEntry): Pick<WantedRole, 'access' | 'memberOf' | 'setRole'> {
  const access = Object.entries(entry.access);
  return {
    access: entry.access,
    memberOf: access.map(([database, right]) => groupsOf(database)[right]).sort(),
    setRole: Object.fromEntries(
      access.filter(([, right]) => right === 'owner').map(([database]) => [database, groupsOf(database).owner])
    )
  };
}

function present<T>(given: Readonly<Record<string, T | 'absent'>> | undefined): readonly (readonly [string, T])[] {
  return Object.entries(given ?? {}).flatMap(([name, entry]) => (entry === 'absent' ? [] : [[name, entry] as const]));
}

function absent(given: Readonly<Record<string, unknown>> | undefined): readonly string[] {
  return Object.entries(given ?? {}).flatMap(([name, entry]) => (entry === 'absent' ? [name] : []));
}
