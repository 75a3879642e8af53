import { isSameRepository, ownership } from '../engine/ownership.ts';
import type { Observed } from '../engine/resource.ts';
import { ProviderError, type FailureKind } from '../errors.ts';
import { initSqlScripts } from '../postgres/init-sql.ts';
import { INVALID_DATABASE } from '../postgres/invalid-database.ts';
import type { NotReachable, WayIn } from '../postgres/way-in.ts';
import { parametersOf } from '../providers/extension-rules.ts';
import type { Session, Setup } from '../providers/provider.ts';
import { isKept } from '../providers/role-secrets.ts';
import { rolePasswords } from '../spec/role-passwords.ts';
import {
  NotReachableError,
  sessionsOver,
  type CopyOfData,
  type SqlContext,
  type Seen,
  type Unseen
} from './context.ts';
import { readInnerState, type InnerState } from './database-state.ts';
import { creatorsIn } from './grants.ts';
import { keptPassword, passwordsOf, storedName, type Passwords } from './password.ts';
import { readServerState, withOtherOwner } from './server-state.ts';
import { wantedObjects } from './wanted.ts';

export interface SqlObjectOptions {
  /** Whether this run looks into the server. A run that only sets outputs does not. */
  readonly compares: boolean;
  /** A server that this runner does not reach is a failure. */
  readonly strict: boolean;
  /** A server without a mark is taken over: what is inside is compared with the inputs already. */
  readonly adopts: boolean;
  /** Set where the server is a copy of data: what its scripts leave undone is a failure. */
  readonly copy?: CopyOfData | undefined;
}

/** What one run knows of the inside of a server. */
export interface OpenObjects {
  readonly context: SqlContext;
  /** Called with what was observed of the server, before its inside is. */
  begin(observed: readonly Observed[]): void;
  /** Later runs can know the passwords of all roles. */
  readonly isLasting: boolean;
  /** Names in `role_passwords`. */
  readonly given: readonly string[];
  /** The name of the server's first database, before it was seen. */
  mainName(): string;
  /** Addresses of steps that an apply of this run left. */
  readonly undone: Set<string>;
}

/** Looks at nothing yet. */
export function openObjects(
  session: Session,
  { spec, secret, mask, execution, paths }: Setup,
  { adopts, copy }: Pick<SqlObjectOptions, 'adopts' | 'copy'>
): OpenObjects {
  const { settings } = spec;
  const { target } = session;
  const named = settings.database_name ?? copy?.main;
  const isRestored = settings.restore_source !== undefined || settings.restore_from_snapshot !== undefined;
  let server: readonly Observed[] | undefined;
  let state: Promise<Seen | Unseen> | undefined;
  let ofOthers: ReadonlySet<string> = new Set();
  const given = rolePasswords(secret('role_passwords'));
  // The map that holds them is masked as one text only.
  for (const password of given.values()) mask(password);
  const seed = secret('password_seed');

  const way = async (): Promise<WayIn> => {
    if (server === undefined || server.length === 0) server = await session.observe();
    const found = await session.wayIn(server);
    if (found.kind === 'not-reachable') throw new NotReachableError(found);
    return found;
  };
  const sessions = sessionsOver(way, execution, `pgkeep/objects/${target.name}`);
  const roles = new Map<string, Passwords>();

  const context: SqlContext = {
    target,
    wanted: main => wantedObjects(settings, main, { found: ofOthers, logins: session.cloudLogins }),
    cloudLogins: session.cloudLogins,
    execution,
    sessions,
    state: async () => (state ??= read()),
    hasLooked: () => state !== undefined,
    fresh: async () => {
      const seen = await context.state();
      if (seen.kind === 'seen') return seen;
      state = undefined;
      server = undefined;
      const now = await look();
      if (now.kind === 'seen') return now;
      throw new NotReachableError(now);
    },
    invalidate: () => {
      state = undefined;
    },
    packageFor: (name, version) => session.packageFor?.(name, version),
    isRestored,
    // Of any name and environment: production's, in what staging restored from it.
    isBrought: mark =>
      isRestored && mark !== undefined && isSameRepository(mark, target) && ownership(mark, target).kind !== 'ours',
    ownerOf: mark => (mark !== undefined && context.isBrought(mark) ? { kind: 'ours', mark } : ownership(mark, target)),
    repairsMain: session.repairsDatabase === true,
    isKept: name => session.keptPasswords !== undefined && isKept(settings, secret, name),
    scripts: async ({ scripts }) => initSqlScripts(scripts, paths.workspace),
    ...(copy === undefined
      ? {}
      : {
          copy: {
            ...copy,
            live: () => server?.[0],
            writeMark: async mark => session.writeMark(await session.observe(), mark)
          }
        }),
    passwordsOf: name => {
      const known = roles.get(name) ?? passwordsFor(name);
      roles.set(name, known);
      return known;
    }
  };

  function passwordsFor(name: string): Passwords {
    const fixed = given.get(name);
    if (fixed !== undefined) {
      return {
        known: async () => fixed,
        make: async () => fixed,
        invalidate: async () => {},
        isLasting: true,
        isFixed: true,
        isGiven: true
      };
    }
    const store = session.keptPasswords;
    if (store !== undefined && context.isKept(name)) return keptPassword(store, name, mask);
    const entry = settings.roles?.[name];
    const version = entry === undefined || entry === 'absent' ? undefined : entry.password_version;
    const { provider, account, region } = target;
    return passwordsOf({
      name: storedName(name, version),
      identity: [provider, account, region, target.name, target.environment, 'role', name, version ?? ''],
      seed,
      store: session.secretStore,
      mask
    });
  }

  /** `not-reachable` is a state here, and a failure for the steps. */
  async function read(): Promise<Seen | Unseen> {
    const isOpen = ({ ownership: { kind } }: Observed): boolean => kind === 'ours' || (adopts && kind === 'unmarked');
    return server?.some(isOpen) === true ? look() : { kind: 'no-server' };
  }

  async function look(): Promise<Seen | NotReachable> {
    try {
      const admin = await sessions.admin();
      const { extensionRules: rules } = session;
      const live = await readServerState(admin, rules === undefined ? [] : parametersOf(rules));
      const main = named ?? live.current;
      ofOthers = withOtherOwner(live);
      const wanted = context.wanted(main);
      const inner = new Map<string, InnerState>();
      const full = new Map<string, string>();
      for (const { name, isMain, hasGroups, extensions } of wanted.databases) {
        const found = live.databases.get(name);
        if (found?.allowsConnections !== true || found.connectionLimit === INVALID_DATABASE) continue;
        if (!isMain && !hasGroups && extensions.length === 0) continue;
        try {
          inner.set(
            name,
            await readInnerState(await sessions.admin(name), name, creatorsIn(name, isMain, live.admin.name))
          );
        } catch (thrown) {
          if (isMain || !(thrown instanceof ProviderError) || thrown.providerCode !== TOO_MANY_CONNECTIONS)
            throw thrown;
          full.set(name, thrown.message);
        }
      }
      return { kind: 'seen', server: live, inner, full, main };
    } catch (thrown) {
      if (thrown instanceof NotReachableError) return thrown.found;
      if (!(thrown instanceof ProviderError) || !KEEPS_OUT.includes(thrown.kind)) throw thrown;
      return { kind: 'not-reachable', why: thrown.message, hint: thrown.hint ?? '' };
    }
  }

  return {
    context,
    undone: new Set(),
    mainName: () => named ?? mainName(settings),
    begin: observed => {
      server = observed;
      state = undefined;
    },
    given: [...given.keys()],
    isLasting:
      seed !== undefined ||
      session.secretStore !== undefined ||
      Object.entries(settings.roles ?? {}).every(
        ([name, entry]) => given.has(name) || context.isKept(name) || (entry !== 'absent' && entry.login === 'cloud')
      )
  };
}

/** SQLSTATE too_many_connections, also of one database. */
const TOO_MANY_CONNECTIONS = '53300';

/** Failures of a login that say nothing about what is objects: a password that this very run changes, a full server. */
const KEEPS_OUT: readonly FailureKind[] = ['unauthenticated', 'busy', 'transient'];

/** The name of the first database of a server that does not exist yet, where no input names it. */
function mainName({ databases = {}, roles = {} }: Setup['spec']['settings']): string {
  const accessed = Object.values(roles).flatMap(entry => (entry === 'absent' ? [] : Object.keys(entry.access)));
  return accessed.find(name => databases[name] === undefined) ?? 'postgres';
}
