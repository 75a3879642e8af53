import type { Execution } from '../engine/execution.ts';
import { ProviderError } from '../errors.ts';
import type { OpenSession, SqlSession } from '../postgres/connection.ts';
import type { Entry } from '../postgres/way-in.ts';
import type { Base } from './base.ts';

/** The connections of one run to a shared server: one for each user and database, open until the run ends. */
export interface BaseSessions {
  /** Calls `use` with the connection. One that was lost is opened again by the next call. */
  use<T>(entry: Entry, use: (session: SqlSession) => Promise<T>): Promise<T>;
  /** As `use`, in a connection of its own: what is set in it does not hold for anything else. */
  useAlone<T>(entry: Entry, use: (session: SqlSession) => Promise<T>): Promise<T>;
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

function keyOf({ login, database }: Entry): string {
  return JSON.stringify([login?.user ?? '', login?.password ?? '', database]);
}

/** Over the way into the base, which is not closed here. */
export function baseSessions({ state }: Base, { signal }: Execution): BaseSessions {
  const openSession = async (entry: Entry): Promise<OpenSession> => {
    if (state.kind === 'absent') throw state.why;
    const found = await state.way.open(entry, signal);
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
    use: async (entry, use) => {
      const key = keyOf(entry);
      const found = open.get(key) ?? { database: entry.database, session: openSession(entry) };
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
