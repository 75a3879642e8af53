import { defined } from '../engine/defined.ts';
import type { Execution } from '../engine/execution.ts';
import type { Mark, Ownership, Target } from '../engine/ownership.ts';
import type { Observed } from '../engine/resource.ts';
import { retry } from '../engine/retry.ts';
import { ProviderError } from '../errors.ts';
import type { OpenSession, SqlSession } from '../postgres/connection.ts';
import { enter } from '../postgres/enter.ts';
import { sessionPool } from '../postgres/session-pool.ts';
import type { Entry, NotReachable, WayIn } from '../postgres/way-in.ts';
import type { CloudLogins } from '../providers/cloud-logins.ts';
import { ADMIN_SETTINGS } from '../postgres/session-settings.ts';
import type { Script } from '../postgres/script.ts';
import type { InnerState } from './database-state.ts';
import type { Mask } from './mask-state.ts';
import type { Passwords } from './password.ts';
import type { ServerState } from './server-state.ts';
import type { WantedDatabase, WantedObjects } from './wanted.ts';

/** What is asked of a server that does not exist yet, or that this runner does not reach. */
export type Unseen =
  | { readonly kind: 'no-server' }
  /** It exists, and nothing in it could be read. */
  | NotReachable;

/** A server from within. */
export interface Seen {
  readonly kind: 'seen';
  readonly server: ServerState;
  /** Of the databases that the inputs name and that admit sessions. */
  readonly inner: ReadonlyMap<string, InnerState>;
  /** Those of them that had no connection left, and why. */
  readonly full: ReadonlyMap<string, string>;
  /** The database that the server has from the beginning. */
  readonly main: string;
}

/** What the resources within a server work with. */
export interface SqlContext {
  readonly target: Target;
  /** What the inputs ask for, in a server whose first database has this name. */
  readonly wanted: (main: string) => WantedObjects;
  readonly execution: Execution;
  readonly sessions: Sessions;
  /** Read once for all resources. */
  readonly state: () => Promise<Seen | Unseen>;
  /** Whether anything inside was read since the last change. */
  readonly hasLooked: () => boolean;
  /** As it is now; throws `not-reachable`. */
  readonly fresh: () => Promise<Seen>;
  readonly invalidate: () => void;
  /** What to run to get a missing extension, where this action knows it. */
  readonly packageFor: (extension: string, serverVersion: string) => string | undefined;
  /** How roles come to log in by an identity of the cloud. Absent: they can't. */
  readonly cloudLogins: CloudLogins | undefined;
  /** Its password is generated, and kept in the cloud's secret store. */
  readonly isKept: (role: string) => boolean;
  /** The provider makes the server's own database again that an interrupted DROP left. */
  readonly repairsMain: boolean;
  /** The files of `init_sql` of a database. Throws `input-invalid` for a pattern that matches no file. */
  readonly scripts: (database: WantedDatabase) => Promise<readonly Script[]>;
  /** The server began with the data of another one, or of a backup: what this workflow had in it is there already. */
  readonly isRestored: boolean;
  /** Whether what carries the mark came along from the server that this one began with. */
  readonly isBrought: (mark: Mark | undefined) => boolean;
  /** The owner of what carries the mark, as this server's own where it came along. */
  readonly ownerOf: (mark: Mark | undefined) => Ownership;
  /** Set where the server is a copy of data. */
  readonly copy?: CopyContext;
  /** Of a role, at the version that the inputs ask for. */
  readonly passwordsOf: (role: string) => Passwords;
}

/** A server that begins with the data of another one. */
export interface CopyOfData {
  /** What runs in it before anything else does. */
  readonly mask?: Mask;
  /** It stays, so that its mark has to say how far it is masked. */
  readonly isKept: boolean;
  /** The database that the scripts run in. Absent: as for any other server. */
  readonly main?: string;
}

export interface CopyContext extends CopyOfData {
  /** The live server, if there is one. */
  readonly live: () => Observed | undefined;
  readonly writeMark: (mark: Mark) => Promise<void>;
}

/** The sessions of one run: one at most in each database, open until the run ends. */
export interface Sessions {
  /** As the admin in the maintenance database, or in the given one. Throws `not-reachable`. */
  admin(database?: string): Promise<SqlSession>;
  /** As `admin`, while no other run changes what is inside this server. */
  locked(): Promise<SqlSession>;
  /** A session of its own, which the caller closes. It acts as `role` where one is given. */
  fresh(database: string, role?: string): Promise<OpenSession>;
  /** As `fresh`, of the user who owns what is made in the server's own database. */
  freshOwner(database: string): Promise<OpenSession>;
  /** The server is this workflow's alone: its initial SQL may go on in any database. */
  isOwn(): Promise<boolean>;
  /** Closes the session in a database that is about to be dropped. */
  leave(database: string): Promise<void>;
  /** Closes all and the way in. Later calls enter again. */
  close(): Promise<void>;
}

/** Of a session that works in databases of others. */
const OWN_SETTINGS: Readonly<Record<string, string>> = { ...ADMIN_SETTINGS, role: 'none' };

/** A database that a server of each kind has. */
const EVERYWHERE = ['postgres', 'defaultdb'];

/** SQLSTATEs invalid_catalog_name and object_not_in_prerequisite_state. */
const CLOSED = ['3D000', '55000'];

/** Longer than most changes take. */
const LOCK_PATIENCE_MINUTES = 10;

/** The sessions over one way in, which they close with themselves. */
export function sessionsOver(way: () => Promise<WayIn>, execution: Execution, lockName: string): Sessions {
  /** The database that serves where none in particular is asked for. */
  let served: string | undefined;
  let lock: { readonly of: SqlSession; readonly taken: Promise<SqlSession> } | undefined;
  let entered: WayIn | undefined;
  const open = async (entry: Entry): Promise<OpenSession> => {
    entered ??= await way();
    const found = await enter(execution, entered, entry);
    if (found.kind === 'open') return found.session;
    throw new NotReachableError(found);
  };
  const pool = sessionPool(open);
  const within = async (database: string): Promise<OpenSession> => pool.session({ database, settings: OWN_SETTINGS });
  /**
   * The database of the outputs may still have to be made, or was left by an interrupted DROP. Until then another one
   * serves, under its own name.
   */
  const withinAny = async ([name = '', ...others]: readonly string[]): Promise<OpenSession> => {
    try {
      const session = await within(name);
      served = name;
      return session;
    } catch (thrown) {
      const isClosed = thrown instanceof ProviderError && CLOSED.includes(thrown.providerCode ?? '');
      if (!isClosed || others.length === 0) throw thrown;
      return withinAny(others);
    }
  };
  const admin = async (database?: string): Promise<OpenSession> => {
    if (database !== undefined) return within(database);
    entered ??= await way();
    return withinAny([...(served === undefined ? [] : [served]), entered.maintenanceDatabase, ...EVERYWHERE]);
  };
  const fresh = async (database: string, more: Pick<Entry, 'login' | 'settings'> = {}): Promise<OpenSession> => {
    const { search_path: _, client_min_messages: __, ...settings } = OWN_SETTINGS;
    return open({ database, ...more, settings: { ...settings, ...more.settings } });
  };
  return {
    admin,
    locked: async () => {
      const session = await admin();
      if (entered?.keepsSession === false) throw new NotReachableError(NO_LOCK);
      if (lock?.of !== session) lock = { of: session, taken: takeLock(session, lockName) };
      return lock.taken;
    },
    fresh: async (database, role) => fresh(database, role === undefined ? {} : { settings: { role } }),
    freshOwner: async database => {
      entered ??= await way();
      return fresh(database, defined({ login: await entered.owner?.() }));
    },
    isOwn: async () => (entered ??= await way()).owner !== undefined,
    leave: async database => {
      if (served === database) served = undefined;
      await pool.leave(database);
    },
    close: async () => {
      const left = entered;
      entered = undefined;
      await pool.close();
      await left?.close();
    }
  };
}

/** Changes are made under a lock of their session. */
const NO_LOCK: NotReachable = {
  kind: 'not-reachable',
  why: 'this way in keeps no session, and without one no lock holds',
  hint: 'Set `connect_through: connector`, or `direct` with `runner_access: true` where this runner has no route: the other way is for looking inside only.'
};

async function takeLock(session: SqlSession, name: string): Promise<SqlSession> {
  await session.query(`SET lock_timeout = '${LOCK_PATIENCE_MINUTES} min'`);
  await session.query(
    'select pg_advisory_lock(hashtextextended($1, 0))',
    [name],
    'wait for another run that works on this server'
  );
  await session.query('SET lock_timeout = 0');
  return session;
}

/** The failure of a step that needs a session. It holds back no step that needs none. */
export class NotReachableError extends ProviderError {
  readonly found: NotReachable;

  constructor(found: NotReachable) {
    super(`Could not change what is inside the server: not reachable from this runner: ${found.why}`, {
      kind: 'failed',
      code: 'not-reachable',
      hint: found.hint
    });
    this.found = found;
  }
}

/**
 * Runs statements in one transaction, again when another session changed the same catalog row at the same moment
 * (XX000 "tuple concurrently updated"): PostgreSQL undid the whole text then.
 */
export async function runAll(
  { execution }: Pick<SqlContext, 'execution'>,
  session: SqlSession,
  statements: readonly string[],
  doing: string
): Promise<void> {
  if (statements.length === 0) return;
  await retry(execution, { what: doing, kinds: ['busy'], idempotent: true, baseSeconds: 0.2 }, () =>
    session.query(statements.join(';\n'), undefined, doing)
  );
}
