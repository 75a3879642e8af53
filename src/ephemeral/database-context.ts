import { defined } from '../engine/defined.ts';
import type { Execution } from '../engine/execution.ts';
import type { Mark, Ownership, Target } from '../engine/ownership.ts';
import { ProviderError } from '../errors.ts';
import type { SqlSession } from '../postgres/connection.ts';
import type { DatabaseMark } from '../postgres/database-mark.ts';
import type { Script } from '../postgres/script.ts';
import { ADMIN_SETTINGS, LASTING_SETTINGS } from '../postgres/session-settings.ts';
import type { Entry } from '../postgres/way-in.ts';
import type { Settings } from '../spec/catalogue.ts';
import type { Base } from './base.ts';
import type { BaseSessions } from './base-sessions.ts';
import type { DatabaseState } from './database-types.ts';
import type { Passwords } from '../sql-objects/password.ts';

/** What a run knows of a database and its role without another connection. */
export interface Memory {
  /** The admin's connection that holds the lock on the database's name. */
  lock?: SqlSession | undefined;
  /** This run made the role, in a text that also ended idle sessions in the template. */
  hasMadeRole?: boolean;
  /** The comments as they were read or written last. */
  seen: { readonly role: string | null; readonly database: string | null };
  /** This run made the database, which is closed until the end of the run: nothing has to be made in it. */
  isClosed?: boolean;
  /** A copy whose objects still have the owners that they have in the template. */
  isToReassign?: boolean;
  /** Extensions of the database, as they were read or made last. */
  extensions?: readonly string[] | undefined;
  /** The server, as the admin's connection found it. */
  server?: { readonly serverVersion: string; readonly encrypted: boolean } | undefined;
  /** The password that was tried or set last, and whether it is right. */
  password?: { readonly value: string; readonly isRight: boolean | undefined } | undefined;
}

/** What the resources of a pull request's database work with. */
export interface DatabaseContext {
  /** Of the database and of its role. */
  readonly name: string;
  readonly target: Target;
  readonly base: Base;
  readonly settings: Settings;
  readonly passwords: Passwords;
  readonly execution: Execution;
  /** The files of `init_sql`. Throws `input-invalid` for a pattern that matches no file. */
  readonly scripts: () => Promise<readonly Script[]>;
  readonly sessions: BaseSessions;
  /** The live database and role, read once for all resources; `undefined` when there is no base. */
  readonly databaseState: () => Promise<DatabaseState | undefined>;
  readonly invalidate: () => void;
  /** Takes what a change itself has returned. The next observation uses it, and those after it read again. */
  readonly know: (state: Promise<DatabaseState>) => void;
  /** Called before an observation. */
  readonly observeAgain: () => void;
  /** The most databases of pull requests that the repository may have at once. */
  readonly most: number | undefined;
  /** What this run knows beyond one reading. */
  readonly memory: Memory;
  readonly ownershipOf: (mark: Mark | undefined) => Ownership;
}

/** A session of the server's admin user in its own database. Throws `not-found` without a base. */
export async function asAdmin<T>(
  context: Pick<DatabaseContext, 'base' | 'sessions'>,
  use: (session: SqlSession) => Promise<T>
): Promise<T> {
  const { state } = context.base;
  if (state.kind === 'absent') throw state.why;
  return connected(context, { database: state.way.maintenanceDatabase, settings: ADMIN_SETTINGS }, use);
}

/**
 * A session of the server's admin user in another database of the same server, which may be a pull request's. `known`
 * is a session, open or not, that has seen the server.
 */
export async function asAdminIn<T>(
  context: Pick<DatabaseContext, 'base' | 'sessions'>,
  database: string,
  known: KnownServer,
  use: (session: SqlSession) => Promise<T>
): Promise<T> {
  const settings = { ...ADMIN_SETTINGS, ...lastingSettings(known), role: 'none' };
  return connected(context, { database, settings }, use);
}

/** What has been seen of a server. */
export type KnownServer = Pick<SqlSession, 'serverVersion'>;

async function connected<T>(
  { sessions }: Pick<DatabaseContext, 'sessions'>,
  entry: Entry,
  use: (session: SqlSession) => Promise<T>
): Promise<T> {
  return sessions.use(entry, use).catch((thrown: unknown) => {
    throw unreachable(thrown);
  });
}

function unreachable(thrown: unknown): unknown {
  if (!(thrown instanceof ProviderError) || thrown.code !== 'not-reachable') return thrown;
  return new ProviderError(thrown.message, {
    kind: thrown.kind,
    code: 'not-reachable',
    cause: thrown,
    hint: 'Set `runner_access: true`, or run this job where the server can be reached, since a database on a shared server is created by SQL; or set `ephemeral: instance`.'
  });
}

/** A session of the pull request's role in its database. `known` as in `asAdminIn`. */
export async function asOwner<T>(
  context: DatabaseContext,
  password: string,
  known: KnownServer,
  use: (session: SqlSession) => Promise<T>
): Promise<T> {
  return context.sessions.use(ownerEntry(context, password, known), use);
}

/** As `asOwner`, in a session of its own: what a script sets does not hold for anything else. */
export async function asOwnerAlone<T>(
  context: DatabaseContext,
  password: string,
  known: KnownServer,
  use: (session: SqlSession) => Promise<T>
): Promise<T> {
  return context.sessions.useAlone(ownerEntry(context, password, known), use);
}

function ownerEntry({ name }: DatabaseContext, password: string, known: KnownServer): Entry {
  return { database: name, login: { user: name, password }, settings: lastingSettings(known) };
}

/** As `LASTING_SETTINGS`, with those that this server has besides. */
function lastingSettings({ serverVersion }: KnownServer): Readonly<Record<string, string>> {
  return { ...LASTING_SETTINGS, ...(Number.parseInt(serverVersion, 10) >= 17 ? { transaction_timeout: '0' } : {}) };
}

/** A copy of a template that this run made, and only this run has been in: it holds what the template holds. */
export function isFreshCopy({ memory, settings }: Pick<DatabaseContext, 'memory' | 'settings'>): boolean {
  return memory.hasMadeRole === true && settings.template_database !== undefined;
}

/** Properties of the database that it keeps from now on, including the scripts that ran in it earlier. */
export function markWith(state: DatabaseState | undefined, mark: Mark): DatabaseMark {
  const initSql = state?.database?.mark?.initSql;
  return defined({ ...mark, initSql });
}
