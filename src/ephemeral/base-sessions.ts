import type { Execution } from '../engine/execution.ts';
import { ProviderError } from '../errors.ts';
import { openSqlSession, type ConnectionTarget, type OpenSession, type SqlSession } from '../postgres/connection.ts';

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

export function baseSessions({ signal }: Pick<Execution, 'signal'>): BaseSessions {
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
      const found = open.get(key) ?? { database, session: openSqlSession(target, signal) };
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
