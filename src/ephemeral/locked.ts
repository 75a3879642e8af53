import type { SqlSession } from '../postgres/connection.ts';
import { quoteLiteral } from '../postgres/identifier.ts';
import { asAdmin, type DatabaseContext } from './database-context.ts';
import { stateOf, stateQuery, type StateRow } from './database-state.ts';

/** Longer than most initial SQL takes. */
const LOCK_PATIENCE_MINUTES = 10;

/** The server notices within a minute that a runner is gone, and releases its locks. */
const KEEP_ALIVE = 'SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3';

/**
 * As `asAdmin`, while no other run works on the database of this name. The lock is kept until the run ends, so that a
 * run takes it once. Throws a `busy` failure when another one takes too long.
 */
export async function locked<T>(context: DatabaseContext, use: (session: SqlSession) => Promise<T>): Promise<T> {
  return asAdmin(context, async session => {
    if (!isHeld(context, session))
      await change(context, session, [], `wait for another run that works on ${context.name}`);
    return use(session);
  });
}

/**
 * Runs statements in one text, which takes the lock first where this run does not hold it, and ends with reading the
 * database and its role: the change costs no round trip more.
 */
export async function change(
  context: DatabaseContext,
  session: SqlSession,
  statements: readonly string[],
  doing: string
): Promise<void> {
  const lock = isHeld(context, session) ? [] : [takeLock(context)];
  context.invalidate();
  const [row] = await session.query<StateRow>(
    [...lock, ...statements, stateQuery(context)].join(';\n'),
    undefined,
    doing
  );
  context.memory.lock = session;
  if (row !== undefined) context.know(stateOf(context, row, session));
}

function isHeld({ memory, sessions }: DatabaseContext, session: SqlSession): boolean {
  return memory.lock === session && sessions.isOpen(session);
}

/** A lock of the session: a failure of the same text gives back what the text did, and not the lock. */
function takeLock({ name }: DatabaseContext): string {
  return (
    `${KEEP_ALIVE}; SET lock_timeout = '${LOCK_PATIENCE_MINUTES} min'; ` +
    `select pg_advisory_lock(${lockOf(name)}); SET lock_timeout = 0`
  );
}

/** Lets other runs work on the database of this name, where connections are shared with other names. */
export async function unlock({ memory, sessions, name }: DatabaseContext): Promise<void> {
  const { lock } = memory;
  memory.lock = undefined;
  if (lock === undefined || !sessions.isOpen(lock)) return;
  await lock.query(`select pg_advisory_unlock(${lockOf(name)})`, undefined, `release the lock on ${name}`);
}

function lockOf(name: string): string {
  return `hashtextextended(${quoteLiteral(`pgkeep/${name}`)}, 0)`;
}
