import type { OpenSession, SqlSession } from './connection.ts';
import type { Entry } from './way-in.ts';

/** The sessions of one run over one way in: one for each user and database, open until the run ends. */
export interface SessionPool {
  /** The session of the entry's user in its database. One that was lost is opened again. */
  session(entry: Entry): Promise<OpenSession>;
  /** Whether the session is one that `session` gives out now. */
  isOpen(session: SqlSession): boolean;
  /** Closes the session of an entry: the next call opens another. */
  drop(entry: Entry): Promise<void>;
  /** Closes those in a database that is about to be dropped. */
  leave(database: string): Promise<void>;
  /** Closes all. Later calls open new ones. */
  close(): Promise<void>;
}

interface Pooled {
  readonly database: string;
  readonly session: Promise<OpenSession>;
  /** The same, once it is open. */
  opened?: OpenSession;
}

export function sessionPool(open: (entry: Entry) => Promise<OpenSession>): SessionPool {
  const pool = new Map<string, Pooled>();
  const drop = async (key: string): Promise<void> => {
    const found = pool.get(key);
    pool.delete(key);
    const session = await found?.session.catch(() => undefined);
    await session?.close();
  };
  return {
    session: async entry => {
      const key = keyOf(entry);
      const known = pool.get(key);
      // A server that an earlier step has restarted ended what was open.
      if (known !== undefined && known.opened?.isLost() !== true) return known.session;
      const pooled: Pooled = { database: entry.database, session: open(entry) };
      pool.set(key, pooled);
      try {
        pooled.opened = await pooled.session;
        return pooled.opened;
      } catch (thrown) {
        if (pool.get(key) === pooled) pool.delete(key);
        throw thrown;
      }
    },
    isOpen: session => [...pool.values()].some(({ opened }) => opened === session && !opened.isLost()),
    drop: async entry => drop(keyOf(entry)),
    leave: async database => {
      const keys = [...pool].filter(([, one]) => one.database === database).map(([key]) => key);
      await Promise.all(keys.map(drop));
    },
    close: async () => {
      await Promise.all([...pool.keys()].map(drop));
    }
  };
}

function keyOf({ login, database }: Entry): string {
  return JSON.stringify([login?.user ?? '', login?.password ?? '', database]);
}
