import type { Execution } from '../engine/execution.ts';
import { ProviderError } from '../errors.ts';
import type { OpenSession, SqlSession } from '../postgres/connection.ts';
import { enter } from '../postgres/enter.ts';
import { sessionPool, type SessionPool } from '../postgres/session-pool.ts';
import type { Entry } from '../postgres/way-in.ts';
import type { Base } from './base.ts';

/** The connections of one run to a shared server. */
export interface BaseSessions extends Pick<SessionPool, 'isOpen' | 'leave' | 'close'> {
  /** Calls `use` with the connection. One that was lost is opened again by the next call. */
  use<T>(entry: Entry, use: (session: SqlSession) => Promise<T>): Promise<T>;
  /** As `use`, in a connection of its own: what is set in it does not hold for anything else. */
  useAlone<T>(entry: Entry, use: (session: SqlSession) => Promise<T>): Promise<T>;
}

/** Over the way into the base, which is not closed here. */
export function baseSessions({ state }: Base, execution: Execution): BaseSessions {
  const { signal } = execution;
  const openSession = async (entry: Entry): Promise<OpenSession> => {
    if (state.kind === 'absent') throw state.why;
    const found = await enter(execution, state.way, entry);
    if (found.kind === 'open') return found.session;
    throw new ProviderError(found.why, { kind: 'transient', code: 'not-reachable', hint: found.hint });
  };
  const pool = sessionPool(openSession);
  return {
    ...pool,
    use: async (entry, use) => {
      try {
        return await use(await pool.session(entry));
      } catch (thrown) {
        signal.throwIfAborted();
        // What became of the statement is not known, so neither is what the session holds.
        if (thrown instanceof ProviderError && thrown.kind === 'transient') await pool.drop(entry);
        throw thrown;
      }
    },
    useAlone: async (entry, use) => {
      const session = await openSession(entry);
      try {
        return await use(session);
      } catch (thrown) {
        signal.throwIfAborted();
        throw thrown;
      } finally {
        await session.close();
      }
    }
  };
}
