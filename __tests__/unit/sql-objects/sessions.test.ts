import { ProviderError } from '../../../src/errors.ts';
import type { OpenSession } from '../../../src/postgres/connection.ts';
import type { WayIn } from '../../../src/postgres/way-in.ts';
import { sessionsOver, type Sessions } from '../../../src/sql-objects/context.ts';
import { testContext } from '../../support/real-server.ts';

interface Server {
  readonly sessions: Sessions;
  readonly databases: Set<string>;
  /** Databases whose sessions the server has ended. */
  readonly lost: Set<string>;
  /** Each statement with the database that it ran in. */
  readonly ran: string[];
}

/** A server whose admin logs in to `app`, with these databases. */
function serverWith(names: readonly string[]): Server {
  const databases = new Set(names);
  const lost = new Set<string>();
  const ran: string[] = [];
  const open = async (database: string): Promise<OpenSession> => {
    if (!databases.has(database))
      throw new ProviderError(`no ${database}`, { kind: 'not-found', providerCode: '3D000' });
    return {
      database,
      isLost: () => lost.has(database),
      serverVersion: '17.0',
      encrypted: true,
      query: async text => {
        ran.push(`${database}: ${text}`);
        return [];
      },
      batch: async () => ({ completed: 0, error: undefined, inTransaction: false }),
      close: async () => void ran.push(`${database}: closed`)
    };
  };
  const way: WayIn = {
    kind: 'way-in',
    title: 'directly',
    admin: 'keeper',
    maintenanceDatabase: 'app',
    keepsSession: true,
    open: async ({ database }) => ({ kind: 'open', session: await open(database) }),
    close: async () => {}
  };
  return { sessions: sessionsOver(async () => way, testContext(), 'lock'), databases, lost, ran };
}

test('a database that is made meanwhile is never taken for the one that served in its place', async () => {
  const { sessions, databases, ran } = serverWith(['postgres']);
  await (await sessions.admin()).query('looks');
  databases.add('app');
  await (await sessions.admin('app')).query('changes');
  expect(ran).toEqual(['postgres: looks', 'app: changes']);
  await sessions.close();
  expect(ran.slice(2).sort()).toEqual(['app: closed', 'postgres: closed']);
});

test('the database of the outputs has one session for both uses', async () => {
  const { sessions, ran } = serverWith(['app', 'postgres']);
  await sessions.admin();
  await (await sessions.admin('app')).query('changes');
  await sessions.close();
  expect(ran).toEqual(['app: changes', 'app: closed']);
});

test('a server that has none of the usual databases is asked again', async () => {
  const { sessions, databases, ran } = serverWith([]);
  await expect(sessions.admin()).rejects.toMatchObject({ providerCode: '3D000' });
  databases.add('defaultdb');
  await (await sessions.admin()).query('looks');
  expect(ran).toEqual(['defaultdb: looks']);
});

test('a session that a restart has ended is opened again, with its lock', async () => {
  const { sessions, lost, ran } = serverWith(['app']);
  await sessions.locked();
  await (await sessions.locked()).query('changes');
  lost.add('app');
  const again = sessions.locked();
  await (await again).query('goes on');
  const locks = ran.filter(text => text.includes('pg_advisory_lock'));
  expect(locks).toHaveLength(2);
  expect(ran.at(-1)).toBe('app: goes on');
});
