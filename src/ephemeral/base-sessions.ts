import { defined } from '../engine/defined.ts';
import type { Execution } from '../engine/execution.ts';
import { ProviderError } from '../errors.ts';
import { openSqlSession, type ConnectionTarget, type OpenSession, type SqlSession } from '../postgres/connection.ts';
import { directWayIn } from '../postgres/direct-way-in.ts';
import type { OpenedAccess } from '../providers/runner-access.ts';
import { runnerWayIn } from '../providers/runner-way-in.ts';

/** The connections of one run to a shared server: one for each user and database, open until the run ends. */
export interface BaseSessions {
  /** Calls `use` with the connection. One that was lost is opened again by the next call. */
  use<T>(target: ConnectionTarget, use: (session: SqlSession) => Promise<T>): Promise<T>;
  /** Whether the connection is the one that `use` gives out now. */
  isOpen(session: SqlSession): boolean;
  /** Closes those in a database that is about to be dropped. */
  leave(database: string): Promise<void>;
  /** Closes all. Later calls open new ones. */
  close(): Promise<void>;
}

interface Open {
  readonly database: string;
  readonly session: Promise<OpenSession>;
}

/** Through the firewall of the server, where the workflow lets the run open it (`access`). */
export function baseSessions(execution: Execution, access: OpenedAccess | undefined): BaseSessions {
  const { signal } = execution;
  const openSession = async (target: ConnectionTarget): Promise<OpenSession> => {
    if (access?.request === undefined) return openSqlSession(target, signal);
    const { user, password, database, settings } = target;
    const way = runnerWayIn(directWayIn(target), access, execution);
    const found = await way.open(defined({ database, login: { user, password }, settings }), signal);
    if (found.kind === 'open') return found.session;
    throw new ProviderError(found.why, { kind: 'transient', code: 'not-reachable', hint: found.hint });
  };
  const open = new Map<string, Open>();
  const opened = new Set<SqlSession>();
  const close = async (key: string): Promise<void> => {
    const found = open.get(key);
    open.delete(key);
    const session = await found?.session.catch(() => undefined);
    if (session === undefined) return;
    opened.delete(session);
    await session.close();
  };
  return {
    use: async (target, use) => {
      const { user, password, database } = target;
      const key = JSON.stringify([user, password, database]);
      const found = open.get(key) ?? { database, session: openSession(target) };
      open.set(key, found);
      try {
        const session = await found.session;
        opened.add(session);
        return await use(session);
      } catch (thrown) {
        signal.throwIfAborted();
        const isLost = thrown instanceof ProviderError && thrown.kind === 'transient';
        const neverOpened = await found.session.then(
          () => false,
          () => true
        );
        if (isLost || neverOpened) await close(key);
        throw thrown;
      }
    },
    isOpen: session => opened.has(session),
    leave: async database => {
      const keys = [...open].filter(([, one]) => one.database === database).map(([key]) => key);
      await Promise.all(keys.map(close));
    },
    close: async () => {
      await Promise.all([...open.keys()].map(close));
    }
  };
}
