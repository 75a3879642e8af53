import type { Context } from '../engine/context.ts';
import type { Mark, Ownership, Target } from '../engine/ownership.ts';
import { ProviderError } from '../errors.ts';
import { withSession, type ConnectionTarget, type Session } from '../postgres/connection.ts';
import type { DatabaseMark } from '../postgres/database-mark.ts';
import type { Settings } from '../spec/catalogue.ts';
import type { Base } from './base.ts';
import type { Inside } from './database-state.ts';
import type { Passwords } from './password.ts';

/** What the resources of a pull request's database work with. */
export interface DatabaseWorld {
  /** Of the database and of its role. */
  readonly name: string;
  readonly target: Target;
  readonly base: Base;
  readonly settings: Settings;
  readonly workspace: string;
  readonly passwords: Passwords;
  readonly context: Context;
  /** What there is, read once for all resources; `undefined` when there is no base. */
  readonly inside: () => Promise<Inside | undefined>;
  readonly forget: () => void;
  readonly ownershipOf: (mark: Mark | undefined) => Ownership;
}

/** Longer than the initial SQL of most takes. */
const LOCK_PATIENCE_MINUTES = 10;

/** The server notices within a minute that a runner is gone, and with it what the runner held. */
const KEEP_ALIVE = 'SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3';

/** How the server's own user connects. Throws `not-found` without a base. */
function adminTarget(world: Pick<DatabaseWorld, 'base'>): ConnectionTarget {
  const { state } = world.base;
  if (state.kind === 'absent') throw state.why;
  return state.connection;
}

/**
 * A session of the server's own user, in the database where it lives unless another is named. Somebody may have prepared that database:
 * names mean what PostgreSQL means by them, whatever `search_path` it was given.
 */
export async function asAdmin<T>(
  world: Pick<DatabaseWorld, 'base' | 'context'>,
  use: (session: Session) => Promise<T>,
  database?: string
): Promise<T> {
  const target = adminTarget(world);
  const where = { ...target, database: database ?? target.database };
  return withSession(where, world.context.signal, async session => {
    await session.query('SET search_path = pg_catalog, pg_temp');
    return use(session);
  }).catch((thrown: unknown) => {
    throw unreachable(thrown);
  });
}

function unreachable(thrown: unknown): unknown {
  if (!(thrown instanceof ProviderError) || thrown.code !== 'not-reachable') return thrown;
  return new ProviderError(thrown.message, {
    kind: thrown.kind,
    code: 'not-reachable',
    cause: thrown,
    hint: 'A database on a shared server is made by SQL: run this job where the server can be reached, or use `ephemeral: instance`, which needs no connection.'
  });
}

/** A session of the pull request's role in its database. */
export async function asOwner<T>(
  world: DatabaseWorld,
  password: string,
  use: (session: Session) => Promise<T>
): Promise<T> {
  const target = { ...adminTarget(world), user: world.name, database: world.name, password };
  return withSession(target, world.context.signal, use);
}

/** As `asAdmin`, while no other run works on the database of this name. Throws a `busy` failure when another one takes too long. */
export async function locked<T>(world: DatabaseWorld, use: (session: Session) => Promise<T>): Promise<T> {
  return asAdmin(world, async session => {
    await session.query(`${KEEP_ALIVE}; SET lock_timeout = '${LOCK_PATIENCE_MINUTES} min'`);
    await session.query(
      'select pg_advisory_lock(hashtextextended($1, 0))',
      [`pgkeep/${world.name}`],
      `wait for another run that works on ${world.name}`
    );
    await session.query('SET lock_timeout = 0');
    return use(session);
  });
}

/** What the database keeps with it from now on, what ran in it earlier included. */
export function markWith(inside: Inside | undefined, mark: Mark): DatabaseMark {
  const initSql = inside?.database?.mark?.initSql;
  return { ...mark, ...(initSql === undefined ? {} : { initSql }) };
}
