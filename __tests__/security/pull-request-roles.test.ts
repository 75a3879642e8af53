import type { ConnectionTarget } from '../../src/postgres/connection.ts';
import { ADMIN_SETTINGS } from '../../src/postgres/session-settings.ts';
import type { Base } from '../../src/ephemeral/base.ts';
import { query } from '../support/client.ts';
import { baseOn, make, refusalOf, rows, run, sessionFor, unmake, urlOf } from '../support/pull-request-database.ts';
import { testClusters, type TestCluster, type TestClusters } from '../support/real-server.ts';

/** As the sessions of the action have them in a database of a pull request. */
function adminSettings(major: number): Readonly<Record<string, string>> {
  return { ...ADMIN_SETTINGS, role: 'none', ...(major < 17 ? {} : { transaction_timeout: '0' }) };
}

/** What a database or a role has set, as far as it holds in a session. */
async function settingsInForce(target: ConnectionTarget): Promise<readonly string[]> {
  const found = await rows<{ name: string }>(
    target,
    "select name from pg_settings where source in ('database', 'user', 'database user') order by name"
  );
  return found.map(({ name }) => name);
}

let clusters: TestClusters;
beforeAll(async () => {
  clusters = await testClusters();
});
afterAll(async () => clusters.remove());

/** 14: PUBLIC may create in `public` there. 17 and later have the most settings. */
describe.each([14, 18] as const)('on PostgreSQL %i', major => {
  let cluster: TestCluster;
  let base: Base;
  let last = 10;
  beforeAll(async () => {
    cluster = await clusters.create({ major });
    await cluster.start();
    await run(
      cluster.target(),
      'create database shop',
      'create database seeded',
      "create role app login password 'app'",
      "create role worker login password 'worker' in role app"
    );
    await run(cluster.target({ database: 'shop' }), 'create table public.orders (id int)');
    base = baseOn(cluster.target({ database: 'shop' }));
  });

  test('the role of a pull request can open no database but its own, of the base and the template', async () => {
    const own = urlOf((await make(sessionFor(base, 1, { settings: { template_database: 'seeded' } }))).outputs);
    const others = await rows<{ name: string }>(
      cluster.target(),
      "select datname as name from pg_database where datname !~ '^pr_' and datallowconn"
    );
    expect(others.map(({ name }) => name).sort()).toEqual(['postgres', 'seeded', 'shop', 'template1']);
    for (const { name } of others) {
      expect([name, await refusalOf(own.replace(/[^/]+$/, name), 'create table public.mine ()')]).toEqual([
        name,
        '42501'
      ]);
    }
    expect(await refusalOf(own, 'create table public.mine ()')).toBe('allowed');
    await unmake(sessionFor(base, 1));
  });

  test('users of the base who are not of a pull request go on opening it', async () => {
    await make(sessionFor(base, 2));
    for (const user of ['app', 'worker']) {
      const target = cluster.target({ user, password: user, database: 'shop' });
      expect(await rows(target, 'select current_user::text as name')).toEqual([{ name: user }]);
    }
    await unmake(sessionFor(base, 2));
  });

  // All of a row at once: the session has a value of its own for each, and the one that it lacks is in force.
  test.each<[string, (name: string) => readonly string[]]>([
    [
      'its own database',
      name => [
        ...[
          'search_path = trap, pg_catalog',
          'statement_timeout = 1',
          'lock_timeout = 1',
          'idle_session_timeout = 1',
          'idle_in_transaction_session_timeout = 1',
          ...(major < 17 ? [] : ['transaction_timeout = 1']),
          'default_transaction_read_only = on',
          `role = ${name}`,
          "local_preload_libraries = 'nowhere'",
          "default_transaction_isolation = 'serializable'",
          'row_security = off',
          'quote_all_identifiers = on',
          'standard_conforming_strings = off',
          "client_encoding = 'LATIN1'"
        ].map(setting => `alter database ${name} set ${setting}`),
        `alter database ${name} is_template true`
      ]
    ],
    [
      'itself',
      name => [
        `alter role ${name} set default_transaction_read_only = on`,
        `alter role ${name} set statement_timeout = 1`,
        `alter role ${name} set local_preload_libraries = 'nowhere'`
      ]
    ]
  ])('settings of a role on %s do not break the sessions of the action', async (_what, settings) => {
    last += 1;
    const number = last;
    const settingsOf = { template_database: 'seeded' };
    const { outputs } = await make(sessionFor(base, number, { settings: settingsOf }));
    const url = urlOf(outputs);
    const name = outputs?.endpoint.database ?? '';
    await query(
      url,
      `create schema trap; create view trap.pg_extension as select 1 as extname;
       create function trap.current_database() returns name language plpgsql as $$ begin
         execute 'alter role ${name} createrole'; return pg_catalog.current_database();
       exception when insufficient_privilege then return pg_catalog.current_database(); end $$`
    );
    await query(url, settings(name).join(';'));

    // So that it is finished again: the action opens the database itself, and gives what lies in it to its role.
    await run(cluster.target(), `comment on database ${name} is ''`);
    const again = await make(
      sessionFor(base, number, { settings: { ...settingsOf, extensions: ['pgcrypto', 'dblink'] } })
    );
    expect(again.applied.results.map(({ outcome }) => outcome)).not.toContain('failed');
    const rights = await rows(cluster.target(), `select rolcreaterole from pg_roles where rolname = '${name}'`);
    expect(rights).toEqual([{ rolcreaterole: false }]);
    expect(
      (await make(sessionFor(base, number, { settings: { ...settingsOf, extensions: ['dblink'] } }))).plan.verdict
    ).toBe('no-changes');
    expect(await settingsInForce({ ...cluster.target({ database: name }), settings: adminSettings(major) })).toEqual(
      []
    );
    await unmake(sessionFor(base, number));
    expect(await rows(cluster.target(), `select 1 from pg_database where datname = '${name}'`)).toEqual([]);
  });
});
