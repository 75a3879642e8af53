import { schemaDiff } from '../../../src/commands/schema-diff.ts';
import type { Run } from '../../../src/commands/command.ts';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Base } from '../../../src/ephemeral/base.ts';
import { openSqlSession, withSqlSession } from '../../../src/postgres/connection.ts';
import { ask, query } from '../../support/client.ts';
import { baseOn, make, rows, run, sessionFor, unmake, urlOf } from '../../support/pull-request-database.ts';
import { until } from '../../support/until.ts';
import { testClusters, testContext, type TestCluster, type TestClusters } from '../../support/real-server.ts';

const { signal } = new AbortController();

let clusters: TestClusters;
beforeAll(async () => {
  clusters = await testClusters();
});
afterAll(async () => clusters.remove());

/** A read of a password that is not there yet gives other runs the time to read as well. */
function readingSlowly(base: Base): Base {
  const { secretStore: store } = base.session;
  if (store === undefined) throw new Error('the base has no store');
  const read = async (name: string): Promise<string | undefined> => {
    const found = await store.read(name);
    if (found === undefined) await setTimeout(200);
    return found;
  };
  return { ...base, session: { ...base.session, secretStore: { ...store, read } } };
}

/** A count that takes its time lets other runs count as well. */
function countingSlowly(base: Base): Base {
  if (base.state.kind === 'absent') throw base.state.why;
  const { way } = base.state;
  const open: typeof way.open = async (entry, stop) => {
    const opened = await way.open(entry, stop);
    if (opened.kind === 'not-reachable') return opened;
    const { session } = opened;
    const counting = async <Row extends object>(text: string, values?: readonly unknown[], doing?: string) => {
      const answer = await session.query<Row>(text, values, doing);
      if (doing === 'list databases and roles') await setTimeout(200);
      return answer;
    };
    return { kind: 'open', session: { ...session, query: counting } };
  };
  return { ...base, state: { ...base.state, way: { ...way, open } } };
}

describe('on a server of ours', () => {
  let cluster: TestCluster;
  let base: Base;
  beforeAll(async () => {
    cluster = await clusters.create();
    await cluster.start();
    base = baseOn(cluster.target());
  });

  test('waits for a free connection, and fails once none comes', async () => {
    await run(cluster.target(), "CREATE ROLE narrow LOGIN CREATEDB CREATEROLE PASSWORD 'narrow' CONNECTION LIMIT 1");
    const narrow = cluster.target({ user: 'narrow', password: 'narrow' });
    const holder = await openSqlSession(narrow, signal);
    const context = testContext();
    let waited = 0;
    const clock = {
      now: () => new Date(Date.now() + waited * 1000),
      sleep: async (seconds: number) => {
        waited += seconds;
        if (waited > 5) await holder.close();
      }
    };
    const execution = { ...context, clock, random: () => 0.5 };
    const plain = { secrets: { password_seed: 'a seed of the pull requests, long enough' }, execution };
    await make(sessionFor(baseOn(narrow), 90, plain));
    expect(waited).toBeGreaterThan(5);
    // Runs that wait for each other with a connection in their hands do not wait for ever.
    const held = await openSqlSession(narrow, signal);
    const gaveUp = make(sessionFor(baseOn(narrow), 91, { ...plain, execution: { ...execution, random: () => 1 } }));
    await expect(gaveUp).rejects.toMatchObject({ providerCode: '53300' });
    expect(waited).toBeGreaterThan(60);
    await held.close();
    await unmake(sessionFor(baseOn(narrow), 90, plain));
  });

  test('the standard databases are closed to PUBLIC, and a notice names the others', async () => {
    await run(cluster.target(), 'CREATE DATABASE app');
    const session = sessionFor(base, 1);
    const { notices } = await session.check(await session.observe());
    expect(notices.map(({ code, message }) => `${code}: ${message}`)).toEqual([
      expect.stringMatching(/^open-databases: .*`app`/)
    ]);
    await make(session);
    const open = await rows<{ name: string }>(
      cluster.target(),
      "select datname as name from pg_database where datallowconn and has_database_privilege('public', oid, 'CONNECT')"
    );
    expect(open.map(({ name }) => name)).toEqual(['app']);
    await run(cluster.target(), 'GRANT CONNECT ON DATABASE template1 TO PUBLIC');
    expect(
      (await make(sessionFor(base, 1))).plan.steps.flatMap(step => step.changes.map(({ field }) => field))
    ).toEqual(['other_databases']);
    await unmake(session);
  });

  test('two runs at once make one password, which both give out', async () => {
    const slow = readingSlowly(base);
    const made = await Promise.all([make(sessionFor(slow, 40)), make(sessionFor(slow, 40))]);
    const [one, other] = made.map(({ outputs }) => urlOf(outputs));
    expect(one).toBe(other);
    expect(await ask(one, 'select 1')).toBe(1);
    await unmake(sessionFor(slow, 40));
  });

  test('three at once with a limit of one make one', async () => {
    const count = async (): Promise<readonly { name: string }[]> =>
      rows<{ name: string }>(cluster.target(), "select rolname as name from pg_roles where rolname ~ '^pr_'");
    const before = (await count()).length;
    const most = before + 1;
    const slow = countingSlowly(base);
    const ended = await Promise.allSettled([50, 51, 52].map(number => make(sessionFor(slow, number, { most }))));
    const refused = ended.flatMap(one => (one.status === 'rejected' ? [one.reason as { code: string }] : []));
    expect(refused.map(({ code }) => code)).toEqual(['ephemeral-limit', 'ephemeral-limit']);
    expect(await count()).toHaveLength(most);
    const made = [50, 51, 52][ended.findIndex(({ status }) => status === 'fulfilled')] ?? 0;
    // Its own does not count against it.
    await run(
      cluster.target(),
      `DROP DATABASE ${(await make(sessionFor(base, made))).outputs?.endpoint.database ?? ''}`
    );
    expect((await make(sessionFor(base, made, { most }))).plan.counts).toMatchObject({ create: 1 });
    await unmake(sessionFor(base, made));
  });

  test("another owner's server keeps its rights as they are", async () => {
    await run(cluster.target(), 'GRANT CONNECT ON DATABASE postgres TO PUBLIC');
    await make(sessionFor(baseOn(cluster.target(), { isOurs: false }), 2));
    const [postgres] = await rows<{ is_open: boolean }>(
      cluster.target(),
      "select has_database_privilege('public', 'postgres', 'CONNECT') as is_open"
    );
    expect(postgres?.is_open).toBe(true);
  });

  test('a template with an idle session is still copied', async () => {
    await run(cluster.target(), 'CREATE DATABASE occupied');
    await withSqlSession(cluster.target({ database: 'occupied' }), signal, async idle => {
      await idle.query('select 1');
      await make(sessionFor(base, 3, { settings: { template_database: 'occupied' } }));
      await expect(idle.query('select 1')).rejects.toThrow();
    });
  });

  test('a template in use is copied when its session has ended, and other runs need not wait meanwhile', async () => {
    await run(cluster.target(), 'CREATE DATABASE busy');
    const working = withSqlSession(cluster.target({ database: 'busy' }), signal, session =>
      session.query('select pg_sleep(600)')
    ).catch(() => undefined);
    const isWorking = "select 1 from pg_stat_activity where datname = 'busy' and state = 'active'";
    await until(async () => (await rows(cluster.target(), isWorking)).length === 1);
    const made = make(sessionFor(base, 4, { settings: { template_database: 'busy' } }));
    const first = await Promise.race([make(sessionFor(base, 5)).then(() => 'other'), made.then(() => 'copy')]);
    expect(first).toBe('other');
    await run(cluster.target(), "select pg_terminate_backend(pid) from pg_stat_activity where datname = 'busy'");
    await working;
    expect((await made).outputs?.endpoint.database).toMatch(/^pr_4_/);
  });

  test('one that a killed run left unfinished is finished, from any point', async () => {
    const name = (await make(sessionFor(base, 11))).outputs?.endpoint.database ?? '';
    await run(
      cluster.target(),
      `ALTER DATABASE ${name} ALLOW_CONNECTIONS false`,
      `GRANT CONNECT ON DATABASE ${name} TO PUBLIC`,
      `COMMENT ON DATABASE ${name} IS NULL`
    );
    const session = sessionFor(base, 11);
    expect(await session.outputs(await session.observe())).toBeUndefined();
    const again = await make(session);
    expect(again.plan.counts).toMatchObject({ create: 0, update: 1 });
    expect(await ask(urlOf(again.outputs), 'select 1')).toBe(1);
    await run(cluster.target(), `DROP DATABASE ${name}`);
    expect((await make(sessionFor(base, 11))).plan.counts).toMatchObject({ create: 1, update: 0 });
  });

  test('a role with rights in other databases is still destroyed', async () => {
    await run(cluster.target(), 'CREATE DATABASE lent', 'REVOKE CONNECT ON DATABASE lent FROM PUBLIC');
    const name = (await make(sessionFor(base, 12))).outputs?.endpoint.username ?? '';
    await run(
      cluster.target({ database: 'lent' }),
      'CREATE TABLE loan (id int)',
      `GRANT SELECT ON loan TO ${name}`,
      `GRANT CONNECT ON DATABASE lent TO ${name}`
    );
    await unmake(sessionFor(base, 12));
    expect(await rows(cluster.target(), `select 1 from pg_roles where rolname = '${name}'`)).toEqual([]);
    expect(await rows(cluster.target({ database: 'lent' }), 'select * from loan')).toEqual([]);
  });

  test("the initial SQL runs as the role, without the rights of the server's user", async () => {
    const workspace = await mkdtemp(path.join(tmpdir(), 'pgkeep-test-sql-'));
    await writeFile(
      path.join(workspace, 'escape.sql'),
      'reset role; create table who as select session_user::text as name; create role escaped superuser;'
    );
    // A run reads its files once: the next one sees what was changed.
    const session = () => sessionFor(base, 13, { settings: { init_sql: ['escape.sql'] }, workspace });
    await expect(make(session())).rejects.toMatchObject({ code: 'init-sql-failed' });
    await writeFile(
      path.join(workspace, 'escape.sql'),
      'reset role; create table who as select session_user::text as name;'
    );
    const url = urlOf((await make(session())).outputs);
    expect(await ask(url, 'select name from who')).toMatch(/^pr_13_/);
    expect((await make(session())).plan.verdict).toBe('no-changes');
  });

  test("a search path that the role has set does not affect the server's own user", async () => {
    const settings = { extensions: ['pgcrypto', 'dblink'] };
    const url = urlOf((await make(sessionFor(base, 14))).outputs);
    await query(
      url,
      `create schema trap; create function trap.spring() returns text language plpgsql as $$ begin execute 'create role caught superuser'; return 'pgcrypto'; end $$;
       create view trap.pg_extension as select trap.spring() as extname; create view trap.pg_available_extensions as select trap.spring() as name;
       create view trap.pg_namespace as select trap.spring() as nspname;
       do $do$ begin execute format('alter database %I set search_path = trap, pg_catalog, public', current_database()); end $do$`
    );
    await make(sessionFor(base, 14, { settings }));
    expect(
      await ask(
        url,
        "select string_agg(extname, ',' order by extname) from pg_catalog.pg_extension where extname <> 'plpgsql'"
      )
    ).toBe('dblink,pgcrypto');
    expect(await rows(cluster.target(), "select 1 from pg_roles where rolname = 'caught'")).toEqual([]);
    expect((await make(sessionFor(base, 14, { settings }))).plan.verdict).toBe('no-changes');
  });

  test('its mark names its owner, also when the role has rewritten the comment of its database', async () => {
    const { outputs } = await make(sessionFor(base, 15));
    const name = outputs?.endpoint.database ?? '';
    const [kept] = await rows<{ comment: string }>(
      cluster.target(),
      `select shobj_description(oid, 'pg_database') as comment from pg_database where datname = '${name}'`
    );
    expect(JSON.parse(kept?.comment ?? '')).toMatchObject({
      version: 1,
      repository: 'acme/shop',
      name: 'orders',
      environment: '',
      pullRequest: 15,
      run: '1.1',
      applied: 'settings',
      expiresAt: outputs?.expiresAt
    });
    await query(
      urlOf(outputs),
      `comment on database ${name} is '{"version":1,"repository":"evil/shop","name":"orders","environment":"","pullRequest":15,"ready":true}'`
    );
    const session = sessionFor(base, 15);
    const observed = await session.observe();
    expect(observed.map(({ ownership }) => ownership.kind)).toEqual(['ours', 'ours']);
    expect((await make(session)).plan.counts).toMatchObject({ update: 1, blocked: 0 });
    await unmake(session);
  });

  test('an unmarked database or role of that name is left alone', async () => {
    const name = (await make(sessionFor(base, 16))).outputs?.endpoint.database ?? '';
    await unmake(sessionFor(base, 16));
    await run(cluster.target(), `CREATE ROLE ${name} LOGIN`, `CREATE DATABASE ${name}`);
    await expect(make(sessionFor(base, 16))).rejects.toMatchObject({ code: 'plan-blocked' });
    await expect(unmake(sessionFor(base, 16))).rejects.toMatchObject({ code: 'plan-blocked' });
    expect(await rows(cluster.target(), `select 1 from pg_database where datname = '${name}'`)).toHaveLength(1);
  });

  test('the password follows the seed, and a lost one is set again', async () => {
    const secrets = { password_seed: 'a seed of some length' };
    const first = await make(sessionFor(base, 17));
    const derived = await make(sessionFor(base, 17, { secrets }));
    expect(derived.plan.steps.flatMap(step => step.changes.map(({ field }) => field))).toEqual(['password']);
    expect(derived.outputs?.endpoint.password).not.toBe(first.outputs?.endpoint.password);
    expect(await ask(urlOf(derived.outputs), 'select 1')).toBe(1);
    const elsewhere = sessionFor(baseOn(cluster.target()), 17, { secrets });
    expect((await elsewhere.outputs(await elsewhere.observe()))?.endpoint.password).toBe(
      derived.outputs?.endpoint.password
    );
    const lost = await make(sessionFor(baseOn(cluster.target()), 17));
    expect(await ask(urlOf(lost.outputs), 'select 1')).toBe(1);
  });

  test('a comparison by a job that does not know the password names the seed, and with it succeeds', async () => {
    const secrets = { password_seed: 'a seed of some length' };
    await make(sessionFor(base, 18, { secrets }));
    const compared = async (more = {}): Promise<unknown> =>
      schemaDiff({
        session: sessionFor(baseOn(cluster.target()), 18, more),
        ephemeral: { kind: 'database', pullRequest: 18, baseName: 'shared', most: undefined },
        inputs: { spec: { name: 'orders', settings: {} }, run: {} },
        runtime: { log: testContext().log },
        execution: testContext()
      } as unknown as Run);
    await expect(compared()).rejects.toMatchObject({ hint: 'Give the same `password_seed` to every step.' });
    expect(await compared({ secrets })).toMatchObject({ result: 'no-changes' });
  });
});
