import { connect as connectTls } from 'node:tls';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { probe, withSqlSession } from '../../../src/postgres/connection.ts';
import {
  testClusters,
  testContext,
  testPassword,
  type TestCluster,
  type TestClusters
} from '../../support/real-server.ts';

const { signal } = testContext();
let clusters: TestClusters;
let cluster: TestCluster;

beforeAll(async () => {
  clusters = await testClusters();
  cluster = await clusters.create();
  await cluster.configure({
    parameters: { shared_buffers: '16MB', max_connections: '5', superuser_reserved_connections: '0' }
  });
  await cluster.start();
});

afterAll(() => clusters.remove());

async function attempt(changes: Parameters<TestCluster['target']>[0]): Promise<unknown> {
  return probe(cluster.target(changes), signal).catch((thrown: unknown) => thrown);
}

describe('probe', () => {
  test('logs in with SCRAM and reports the version and that the connection is not encrypted', async () => {
    await expect(probe(cluster.target(), signal)).resolves.toEqual({
      serverVersion: expect.stringMatching(/^17\.\d+$/) as string,
      encrypted: false
    });
  });
});

describe('withSession', () => {
  test('sends values apart from the text', async () => {
    const value = "'; drop table x; --";
    const rows = await withSqlSession(cluster.target(), signal, session =>
      session.query<{ value: string }>('select $1::text as value', [value])
    );
    expect(rows).toEqual([{ value }]);
  });

  test('returns the result of the work and leaves no connection behind', async () => {
    const pid = await withSqlSession(cluster.target(), signal, async session => {
      const rows = await session.query<{ pid: number }>('select pg_backend_pid() as pid');
      return rows[0]?.pid;
    });
    const left = await withSqlSession(cluster.target(), signal, async session => {
      for (let tries = 0; tries < 500; tries += 1) {
        const rows = await session.query('select 1 from pg_stat_activity where pid = $1', [pid]);
        if (rows.length === 0) return 0;
      }
      return 1;
    });
    expect(left).toBe(0);
  });

  test('closes the connection when the work throws, and lets the error through', async () => {
    const failing = withSqlSession(cluster.target(), signal, () => Promise.reject(new Error('mine')));
    await expect(failing).rejects.toThrow('mine');
  });

  test('drops the connection when the run is cancelled', async () => {
    const controller = new AbortController();
    const sleeping = withSqlSession(cluster.target(), controller.signal, async session => {
      setTimeout(() => controller.abort(new Error('cancelled')), 50);
      await session.query('select pg_sleep(60)');
    });
    await expect(sleeping).rejects.toThrow('cancelled');
  });

  test('reports how far a batch came', async () => {
    const outcome = await withSqlSession(cluster.target(), signal, session =>
      session.batch('select 1; select generate_series(1, 1000); select 1 / 0; select 2')
    );
    expect(outcome).toEqual({
      completed: 2,
      error: expect.objectContaining({ code: '22012' }) as unknown,
      inTransaction: false
    });
  });

  test('runs a batch in one transaction', async () => {
    const rows = await withSqlSession(cluster.target(), signal, async session => {
      await session.batch('create table half_done (id int); select 1 / 0');
      return session.query("select to_regclass('half_done') as found");
    });
    expect(rows).toEqual([{ found: null }]);
  });

  test('refuses COPY FROM stdin in a batch instead of waiting for data', async () => {
    const outcome = await withSqlSession(cluster.target(), signal, session =>
      session.batch('create table copied (id int); copy copied from stdin')
    );
    expect(outcome.completed).toBe(1);
    expect(String(outcome.error)).toContain('COPY FROM stdin has no data here');
  });
});

describe('failures', () => {
  test.each([
    ['a wrong password', { password: 'wr0ng' }, { kind: 'unauthenticated', providerCode: '28P01' }],
    ['a user that does not exist', { user: 'nobody' }, { kind: 'unauthenticated', providerCode: '28P01' }],
    ['a database that does not exist', { database: 'Nowhere' }, { kind: 'not-found', providerCode: '3D000' }],
    [
      'a port nobody listens on',
      { port: 1 },
      { kind: 'transient', code: 'not-reachable', providerCode: 'ECONNREFUSED' }
    ],
    ['TLS where there is none', { tls: { verify: 'none' } }, { kind: 'failed', code: 'tls-failed' }]
  ] as const)('%s', async (_, changes, expected) => {
    const thrown = await attempt(changes);
    expect(thrown).toMatchObject(expected);
    expect(thrown).toHaveProperty('hint');
    expect(String(thrown)).not.toContain('wr0ng');
    expect(JSON.stringify(thrown)).not.toContain(testPassword);
  });

  test('a server that accepts and stays silent', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await new Promise(resolve => silent.once('listening', resolve));
    const { port } = silent.address() as AddressInfo;
    const dial = (): Socket => {
      const socket = connectTls({ host: '127.0.0.1', port });
      return Object.assign(socket, { connect: () => socket });
    };
    // Also to a connection that is encrypted from its first byte.
    const thrown = [
      await attempt({ port, connectTimeoutSeconds: 0.1 }),
      await attempt({ port, connectTimeoutSeconds: 0.1, dial })
    ];
    silent.close();
    for (const one of thrown) {
      expect(one).toMatchObject({ kind: 'transient', code: 'not-reachable' });
      expect(String(one)).toContain('timeout expired');
    }
  });

  test('too many clients', async () => {
    const hold = async (deep: number): Promise<unknown> =>
      withSqlSession(cluster.target(), signal, () => (deep === 0 ? Promise.resolve() : hold(deep - 1)));
    await expect(hold(6)).rejects.toMatchObject({ kind: 'busy', providerCode: '53300' });
  });

  test('a missing privilege, a duplicate, a wrong statement', async () => {
    await withSqlSession(cluster.target(), signal, async session => {
      await session.query('create database twice');
      await expect(session.query('create database twice')).rejects.toMatchObject({ kind: 'already-exists' });
      await session.query('set role pg_monitor');
      await expect(session.query('create role x', [], 'create role x')).rejects.toMatchObject({
        kind: 'denied',
        message: expect.stringMatching(/^Could not create role x: /) as string
      });
      await expect(session.query('selec 1')).rejects.toMatchObject({ kind: 'invalid', providerCode: '42601' });
    });
  });
});
