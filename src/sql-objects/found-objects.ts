import type { Execution } from '../engine/execution.ts';
import type { Observed } from '../engine/resource.ts';
import { ProviderError } from '../errors.ts';
import type { NotReachable, WayIn } from '../postgres/way-in.ts';
import type { CloudLogins } from '../providers/cloud-logins.ts';
import type { Session } from '../providers/provider.ts';
import { ACCESS, isObjectName, isReservedName, type Access } from '../spec/sql-objects.ts';
import { loginOf } from './found-login.ts';
import { NotReachableError, sessionsOver, type Sessions } from './context.ts';
import { readInnerState } from './database-state.ts';
import { groupsOf } from './names.ts';
import { mayComment, readServerState, withOtherOwner, type RoleState, type ServerState } from './server-state.ts';

/** What is inside a live server, as the inputs that name it. */
export interface FoundObjects {
  readonly kind: 'found';
  readonly inputs: Readonly<Partial<Record<'databases' | 'roles' | 'extensions', string>>>;
  /** What no input can name without a change. */
  readonly left: readonly { readonly what: string; readonly why: string }[];
}

/** Databases and extensions that a new server has too. */
const USUAL_DATABASES = ['postgres', 'defaultdb', '_dodb'];
const USUAL_EXTENSIONS = ['plpgsql'];

/** Databases that are looked into for their extensions. */
const MOST_DATABASES = 50;

/**
 * Reads databases, logins and extensions, and changes nothing. `main`: the database that `database_name` names. A
 * server that this runner does not get into is an answer. Throws only the signal's reason.
 */
export async function findObjects(
  session: Pick<Session, 'wayIn' | 'target' | 'cloudLogins'>,
  observed: readonly Observed[],
  execution: Execution,
  main: string | undefined
): Promise<FoundObjects | NotReachable> {
  const way = async (): Promise<WayIn> => {
    const found = await session.wayIn(observed);
    if (found.kind === 'not-reachable') throw new NotReachableError(found);
    return found;
  };
  const sessions = sessionsOver(way, execution, `pgkeep/objects/${session.target.name}`);
  try {
    const server = await readServerState(await sessions.admin());
    return await asInputs(server, main ?? server.current, sessions, session.cloudLogins);
  } catch (thrown) {
    if (thrown instanceof NotReachableError) return thrown.found;
    if (!(thrown instanceof ProviderError)) throw thrown;
    return { kind: 'not-reachable', why: thrown.message, hint: thrown.hint ?? '' };
  } finally {
    await sessions.close();
  }
}

async function asInputs(
  server: ServerState,
  main: string,
  sessions: Sessions,
  logins: CloudLogins | undefined
): Promise<FoundObjects> {
  const others = withOtherOwner(server);
  const databases = new Map<string, object>();
  const left: { what: string; why: string }[] = [];
  for (const live of sorted(server.databases.values())) {
    const { name, connectionLimit } = live;
    if (name === main || USUAL_DATABASES.includes(name) || isReservedName(name)) continue;
    const why = !isObjectName(name)
      ? 'no input takes its name'
      : live.isCommented
        ? 'it has a comment, which the mark would replace'
        : others.has(name) && !mayComment(server, name)
          ? `${live.owner} owns it, and ${server.admin.name} is not a member of ${live.owner}`
          : undefined;
    if (why !== undefined) {
      left.push({ what: `database ${name}`, why });
      continue;
    }
    const extensions =
      databases.size < MOST_DATABASES && live.allowsConnections ? await extensionsIn(sessions, name) : [];
    databases.set(name, { ...limited(connectionLimit), ...(extensions.length === 0 ? {} : { extensions }) });
  }
  const named = [main, ...databases.keys()].filter(name => !others.has(name) && server.roles.has(groupsOf(name).owner));
  const groups = new Set([...server.databases.keys()].flatMap(name => Object.values(groupsOf(name))));
  const roles = new Map<string, object>();
  for (const role of sorted(server.roles.values())) {
    const { name, connectionLimit } = role;
    if (name === server.admin.name || isReservedName(name) || (groups.has(name) && !role.canLogin)) continue;
    const access = accessOf(role, named);
    const login = loginOf(role, logins);
    const why = !role.canLogin
      ? 'it has no login'
      : 'why' in login
        ? login.why
        : !isObjectName(login.key) || roles.has(login.key)
          ? 'no input takes its name'
          : role.isCommented && login.isOurs
            ? 'it has a comment, which the mark would replace'
            : !role.isAdministrable && login.isOurs
              ? `${server.admin.name} lacks the ADMIN option on it`
              : access === undefined
                ? 'its sessions take on another role than those of this action'
                : undefined;
    if (why !== undefined || 'why' in login) left.push({ what: `role ${name}`, why: why ?? '' });
    else
      roles.set(login.key, {
        ...(Object.keys(access ?? {}).length === 0 ? {} : { access }),
        ...login.entry,
        ...(login.isOurs ? limited(connectionLimit) : {})
      });
  }
  const extensions = await extensionsIn(sessions, main);
  return {
    kind: 'found',
    inputs: {
      ...(databases.size === 0 ? {} : { databases: JSON.stringify(Object.fromEntries(databases)) }),
      ...(roles.size === 0 ? {} : { roles: JSON.stringify(Object.fromEntries(roles)) }),
      ...(extensions.length === 0 ? {} : { extensions: extensions.join('\n') })
    },
    left
  };
}

function sorted<T extends { readonly name: string }>(all: Iterable<T>): readonly T[] {
  return [...all].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function limited(limit: number): { readonly connection_limit?: string } {
  return limit < 0 ? {} : { connection_limit: String(limit) };
}

/** `undefined`: its membership of a group and the role of its sessions do not go together. */
function accessOf(
  { memberOf, setRole }: RoleState,
  databases: readonly string[]
): Readonly<Record<string, Access>> | undefined {
  const access: Record<string, Access> = {};
  for (const name of databases) {
    const right = ACCESS.find(one => memberOf.includes(groupsOf(name)[one]));
    if (right !== undefined) access[name] = right;
  }
  if (Object.keys(access).length === 0) return access;
  const wanted = Object.entries(access).flatMap(([name, right]) =>
    right === 'owner' ? [[name, groupsOf(name).owner]] : []
  );
  return wanted.length === Object.keys(setRole).length && wanted.every(([name = '', group]) => setRole[name] === group)
    ? access
    : undefined;
}

/** None where the admin may not connect. */
async function extensionsIn(sessions: Sessions, name: string): Promise<readonly string[]> {
  try {
    const { extensions } = await readInnerState(await sessions.admin(name), name, []);
    await sessions.leave(name);
    return Object.keys(extensions)
      .filter(one => !USUAL_EXTENSIONS.includes(one))
      .sort();
  } catch (thrown) {
    if (thrown instanceof ProviderError) return [];
    throw thrown;
  }
}
