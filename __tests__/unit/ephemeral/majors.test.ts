import type { Base } from '../../../src/ephemeral/base.ts';
import type { ConnectionTarget } from '../../../src/postgres/connection.ts';
import type { Major } from '../../../src/postgres/major.ts';
import { ask, query } from '../../support/client.ts';
import { baseOn, make, refusalOf, rows, run, sessionFor, unmake, urlOf } from '../../support/pull-request-database.ts';
import { testClusters, type TestCluster, type TestClusters } from '../../support/real-server.ts';

let clusters: TestClusters;
beforeAll(async () => {
  clusters = await testClusters();
});
afterAll(async () => clusters.remove());

// `killed.test.ts` does it all on 17. What is done on 15 is done on 14 or on 16 as well.
const OTHERS: readonly Major[] = [14, 16, 18];

describe.each(OTHERS)('on PostgreSQL %i, without a superuser', major => {
  let cluster: TestCluster;
  let base: Base;
  let admin: ConnectionTarget;
  beforeAll(async () => {
    cluster = await clusters.create({ major });
    await cluster.start();
    await run(
      cluster.target(),
      "CREATE ROLE keeper LOGIN CREATEDB CREATEROLE PASSWORD 'keeper'",
      'REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC',
      'GRANT CONNECT ON DATABASE postgres TO keeper',
      'CREATE DATABASE seeded OWNER keeper'
    );
    admin = cluster.target({ user: 'keeper', password: 'keeper' });
    // As migrations often do, since only its owner may create tables there on PostgreSQL 15 and later.
    await run(cluster.target({ database: 'seeded' }), 'ALTER SCHEMA public OWNER TO keeper');
    await run(
      { ...admin, database: 'seeded' },
      'CREATE SCHEMA sales',
      "CREATE TYPE sales.state AS ENUM ('new', 'paid')",
      'CREATE TABLE sales.orders (id serial primary key, at int generated always as identity, state sales.state)',
      "INSERT INTO sales.orders (state) VALUES ('new'), ('paid')",
      'CREATE VIEW sales.paid AS SELECT * FROM sales.orders',
      'CREATE FUNCTION sales.twice(n int) RETURNS int LANGUAGE sql AS $$ select n * 2 $$',
      'CREATE PROCEDURE sales.count(a int, b int) LANGUAGE sql AS $$ select 1 $$',
      'CREATE PROCEDURE sales.count(a int, OUT b int) LANGUAGE sql AS $$ select 1 $$',
      // Its schema stays in the database for good.
      'CREATE TEMP TABLE scratch (id int)',
      'CREATE SEQUENCE sales.tickets',
      'CREATE TYPE sales.span AS RANGE (SUBTYPE = bigint)',
      'CREATE TABLE public.parts (day date) PARTITION BY RANGE (day)',
      'CREATE STATISTICS sales.together ON id, at FROM sales.orders',
      'CREATE TEXT SEARCH CONFIGURATION sales.plain (COPY = simple)',
      'CREATE PUBLICATION sold FOR TABLE sales.orders',
      "SELECT lo_from_bytea(4711, 'scan')",
      'ALTER DATABASE seeded SET search_path = sales, public'
    );
    base = baseOn(admin);
  });

  test('a copy of a template is created, belongs to the role with everything in it, and is destroyed', async () => {
    const settings = { template_database: 'seeded' };
    const made = await make(sessionFor(base, 8, { settings }));
    const url = urlOf(made.outputs);
    expect(made.plan.counts).toMatchObject({ create: 2, blocked: 0 });
    const [left] = made.plan.notices.filter(({ code }) => code === 'settings-left');
    expect(left?.message).toMatch(/does not copy: search_path\. Set them in `init_sql`/);
    const [, told = ''] = /`(DO [^`]+)`/.exec(left?.message ?? '') ?? [];
    await query(url, told.replace('…', 'search_path = sales, public'));
    expect(await ask(url, "select current_setting('search_path')")).toBe('sales, public');
    expect(await ask(url, 'select current_user || current_database()')).toMatch(/^(pr_8_[0-9a-f]{8})\1$/);
    expect(await ask(url, 'select count(*)::int from sales.paid')).toBe(2);
    await query(url, 'alter table sales.orders add column note text');
    await query(url, "alter type sales.state add value 'sent'");
    await query(url, 'alter function sales.twice(int) rename to double; alter sequence sales.tickets restart 5');
    await query(url, 'alter type sales.span rename to range; alter table parts add column note text');
    await query(url, 'drop statistics sales.together; alter text search configuration sales.plain rename to simple');
    await query(url, 'alter publication sold rename to gone; select lo_unlink(4711)');
    await query(url, 'alter schema sales rename to sold; create table public.mine (id int)');
    expect(
      await ask(
        url,
        "select count(*)::int from pg_class where relnamespace = 'sold'::regnamespace and relowner <> 'keeper'::regrole"
      )
    ).toBeGreaterThan(4);

    const again = await make(sessionFor(base, 8, { settings }));
    expect(again.plan.verdict).toBe('no-changes');
    expect(again.outputs).toMatchObject({ endpoint: made.outputs?.endpoint });

    await unmake(sessionFor(base, 8));
    await run(cluster.target({ database: 'seeded' }), 'CREATE TABLE sales.others (id int)');
    await expect(
      make(sessionFor(base, 11, { settings: { ...settings, extensions: ['citext'] } }))
    ).rejects.toMatchObject({
      message: expect.stringMatching(
        /reassign the objects .*: postgres owns sales.others of the template, and keeper is/
      ),
      hint: expect.stringMatching(/^Give what postgres owns in the template to keeper/)
    });
    await run(cluster.target({ database: 'seeded' }), 'DROP TABLE sales.others');
    await unmake(sessionFor(base, 11));
    expect(
      await rows(
        cluster.target(),
        "select 1 from pg_database where datname like 'pr%' union all select 1 from pg_roles where rolname like 'pr\\_%'"
      )
    ).toEqual([]);
    expect((await unmake(sessionFor(base, 8))).verdict).toBe('no-changes');
  });

  // A template is copied in one way by 14, and in another by all later ones.
  if (major === 16) return;

  test('many at once are all created from one template, and all destroyed', async () => {
    const numbers = Array.from({ length: 4 }, (_, index) => 100 + index);
    const settings = { template_database: 'seeded' };
    const made = await Promise.all(numbers.map(number => make(sessionFor(base, number, { settings }))));
    const names = new Set(made.map(({ outputs }) => outputs?.endpoint.database));
    expect(names.size).toBe(4);
    const there = "select 1 from pg_database where datname ~ '^pr_1'";
    expect(await rows(admin, there)).toHaveLength(4);
    await Promise.all(numbers.map(number => unmake(sessionFor(base, number))));
    expect(await rows(admin, there)).toEqual([]);
  });

  if (major === 14) return;

  test('the role can connect to no other database', async () => {
    const own = urlOf((await make(sessionFor(base, 9))).outputs);
    const other = urlOf((await make(sessionFor(base, 10))).outputs);
    const elsewhere = (database: string): string => own.replace(/[^/]+$/, database);
    for (const database of ['postgres', 'template1', new URL(other).pathname.slice(1)]) {
      expect([database, await refusalOf(elsewhere(database), 'select 1')]).toEqual([database, '42501']);
    }
    for (const sql of [
      'create database more',
      'create role more',
      'alter role current_user superuser',
      'create extension dblink'
    ]) {
      expect([sql, await refusalOf(own, sql)]).toEqual([sql, '42501']);
    }
    await Promise.all([9, 10].map(number => unmake(sessionFor(base, number))));
  });
});
