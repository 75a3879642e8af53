import type { ConnectionTarget } from '../../../src/postgres/connection.ts';
import type { Major } from '../../../src/postgres/major.ts';
import type { DatabaseOutputs } from '../../../src/providers/provider.ts';
import { ask, query } from '../../support/client.ts';
import { objectsServer, type ObjectsServer } from '../../support/objects-server.ts';
import { refusalOf, rows, run, urlOf } from '../../support/pull-request-database.ts';
import { testClusters, type TestClusters } from '../../support/real-server.ts';

let clusters: TestClusters;
beforeAll(async () => {
  clusters = await testClusters();
});
afterAll(async () => clusters.remove());

/**
 * The oldest and the newest run the whole contract through a direct way in. `unit/providers/objects-on-clouds` has each
 * major behind a cloud or the runner, where it makes, uses and removes everything, and holds the texts that arrive to
 * be the same, down to the byte, on all of them.
 */
const WHOLE: readonly Major[] = [14, 18];

const INPUTS = {
  password_seed: 'a seed of more than 16',
  databases: { sales: { extensions: ['citext'] } },
  roles: {
    sales_app: { access: { sales: 'readwrite' }, connection_limit: '20' },
    sales_migrate: { access: { sales: 'owner', app: 'owner' } },
    sales_bi: { access: { sales: 'readonly', app: 'readonly' } }
  }
};

/** The sales database with a later password of its application. */
const RENEWED = {
  ...INPUTS,
  roles: { ...INPUTS.roles, sales_app: { ...INPUTS.roles.sales_app, password_version: '2' } }
};

describe.each(WHOLE)('on PostgreSQL %i, without a superuser', major => {
  let root: ConnectionTarget;
  let server: ObjectsServer;
  let urlFor: (role: string, database: string) => Promise<string>;
  beforeAll(async () => {
    const cluster = await clusters.create({ major });
    await cluster.start();
    root = cluster.target();
    await run(
      root,
      "CREATE ROLE keeper LOGIN CREATEDB CREATEROLE PASSWORD 'keeper'",
      'CREATE DATABASE app OWNER keeper'
    );
    const admin = cluster.target({ user: 'keeper', password: 'keeper', database: 'app' });
    await run(admin, 'CREATE TABLE old (id int)', 'CREATE SEQUENCE tickets');
    server = objectsServer(admin);
    const known = new Map<string, DatabaseOutputs | undefined>();
    urlFor = async (role, database) => {
      const outputs = known.get(role) ?? (await server.outputs({ ...INPUTS, application_role: role }));
      known.set(role, outputs);
      return urlOf(outputs && { ...outputs, endpoint: { ...outputs.endpoint, database } });
    };
  });

  test('databases, groups, logins and rights are made in order, with outputs that log in', async () => {
    const made = await server.apply({ ...INPUTS, application_role: 'sales_app' });
    expect(made.steps.length).toBe(13);
    expect(await ask(urlOf(made.outputs), 'select current_database()')).toBe('sales');
    expect(made.plan.digest).toMatch(/^[0-9a-f]{64}$/);
  });

  test('what a migration makes belongs to the owner group; the app writes it, the reader reads it', async () => {
    const migrate = await urlFor('sales_migrate', 'sales');
    await query(migrate, 'create schema later');
    await query(migrate, 'create table later.orders (id serial primary key, note citext)');
    expect(await ask(migrate, "select tableowner from pg_tables where tablename = 'orders'")).toBe('sales_owner');
    const app = await urlFor('sales_app', 'sales');
    await query(app, "insert into later.orders (note) values ('A')");
    expect(await refusalOf(app, 'truncate later.orders')).toBe('42501');
    expect(await refusalOf(app, 'create table later.mine (id int)')).toBe('42501');
    const bi = await urlFor('sales_bi', 'sales');
    expect(await ask(bi, "select count(*)::int from later.orders where note = 'a'")).toBe(1);
    expect(await refusalOf(bi, "insert into later.orders (note) values ('B')")).toBe('42501');
    expect(await refusalOf(bi, "select nextval('later.orders_id_seq')")).toBe('42501');
  });

  test('what the admin had made in the own database of the server is covered too; then the plan is empty', async () => {
    const bi = await urlFor('sales_bi', 'app');
    expect(await ask(bi, 'select count(*)::int from old')).toBe(0);
    await query(await urlFor('sales_migrate', 'app'), 'create table public.fresh (id int)');
    expect(await ask(bi, 'select count(*)::int from fresh')).toBe(0);
    expect((await server.plan(INPUTS)).steps).toEqual([]);
  });

  test('migration tools find what they need as the owner, and the other logins may not migrate', async () => {
    const [migrate, app] = [await urlFor('sales_migrate', 'sales'), await urlFor('sales_app', 'sales')];
    // As Prisma, Flyway, Rails, Drizzle Kit and Django begin.
    for (const sql of [
      'select pg_advisory_lock(72707369)',
      'create schema if not exists "drizzle"',
      'create extension if not exists pg_trgm',
      'create table schema_migrations (version text primary key)',
      'create table drizzle."__drizzle_migrations" (id serial primary key)'
    ]) {
      expect([sql, await refusalOf(migrate, sql)]).toEqual([sql, 'allowed']);
      if (sql.includes('drizzle')) expect([sql, await refusalOf(app, sql)]).toEqual([sql, '42501']);
    }
    expect(
      await refusalOf(app, 'insert into schema_migrations select count(*) from drizzle.__drizzle_migrations')
    ).toBe('allowed');
    // The shadow database of Prisma: docs/inside.md has the way out.
    expect(await refusalOf(migrate, 'create database prisma_migrate_shadow_db')).toBe('42501');
  });

  test('drift is told and repaired: rights, membership, limit, database', async () => {
    await run(root, 'REVOKE sales_readwrite FROM sales_app', 'ALTER ROLE sales_app CONNECTION LIMIT 3');
    await run({ ...root, database: 'sales' }, 'REVOKE SELECT ON ALL TABLES IN SCHEMA later FROM sales_readonly');
    await run(root, 'GRANT CONNECT ON DATABASE sales TO PUBLIC');
    const isByGrantor = major >= 16;
    if (isByGrantor) {
      // A membership that only another user gave, one that another one gave as well, and one that gives too little.
      await run(root, 'CREATE ROLE second', 'GRANT second TO keeper', 'GRANT sales_owner TO second WITH ADMIN OPTION');
      await run(root, 'SET ROLE second', 'GRANT sales_owner TO sales_app');
      await run(root, 'GRANT sales_readonly TO sales_bi');
      await run(root, 'GRANT sales_owner TO sales_migrate WITH SET FALSE GRANTED BY keeper');
    }
    const { steps, plan } = await server.apply(INPUTS);
    expect(steps.toSorted()).toEqual([
      'update database/sales',
      'update grants/sales',
      'update role/sales_app',
      ...(isByGrantor ? ['update role/sales_migrate'] : [])
    ]);
    const memberships = plan.steps.flatMap(({ changes }) => changes.filter(({ field }) => field === 'member_of'));
    expect(memberships.map(({ from }) => from)).toEqual(
      isByGrantor
        ? [
            ['sales_owner', 'sales_readwrite'],
            ['app_owner', 'sales_owner SET FALSE']
          ]
        : [[]]
    );
    expect((await server.plan(INPUTS)).steps).toEqual([]);
    if (!isByGrantor) return;
    await run(root, 'GRANT sales_owner TO sales_app');
    await expect(server.plan(INPUTS)).rejects.toThrow(/Run `REVOKE "sales_owner" FROM "sales_app"` as postgres/);
    await run(root, 'REVOKE sales_owner FROM sales_app', 'DROP OWNED BY second', 'DROP ROLE second');
  });

  test('a new password version sends a new password', async () => {
    const before = await urlFor('sales_app', 'sales');
    const { steps, outputs } = await server.apply({ ...RENEWED, application_role: 'sales_app' });
    expect(steps).toEqual(['update role/sales_app']);
    expect(await ask(urlOf(outputs), 'select current_user::text')).toBe('sales_app');
    expect(await refusalOf(before, 'select 1')).toBe('28P01');
  });

  test('a database left by an interrupted DROP is made again', async () => {
    // What tools do to a shadow database. In 14 the schema belongs to the superuser: they drop what is in it.
    const migrate = await urlFor('sales_migrate', 'sales');
    const reset = major === 14 ? '42501' : 'allowed';
    expect(await refusalOf(migrate, 'drop schema public cascade; create schema public')).toBe(reset);
    await run(root, "UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'sales'");
    const { steps } = await server.apply(RENEWED);
    expect(steps).toContain('update database/sales');
    await server.apply(RENEWED);
    expect((await server.plan(RENEWED)).steps).toEqual([]);
    expect(await rows(root, "select datconnlimit from pg_database where datname = 'sales'")).toEqual([
      { datconnlimit: -1 }
    ]);
  });

  test('a role that owns something is kept, with what it owns named; then all go, and roles of others stay', async () => {
    await run(root, 'CREATE ROLE guest', 'GRANT sales_readonly TO guest', 'CREATE DATABASE kept OWNER sales_bi');
    // What goes with the database keeps no role, and a template is dropped as well.
    await run(root, 'ALTER DATABASE sales IS_TEMPLATE true');
    await run({ ...root, database: 'sales' }, 'CREATE TABLE mine (id int)', 'ALTER TABLE mine OWNER TO sales_migrate');
    const roles = { sales_app: 'absent', sales_migrate: 'absent', sales_bi: 'absent' };
    const gone = { ...INPUTS, databases: { sales: 'absent' }, roles };
    await expect(server.apply(gone)).rejects.toThrow(/sales_bi.*owner of database kept/s);
    await run(root, 'DROP DATABASE kept');
    await server.apply(gone);
    expect(await rows(root, "select rolname from pg_roles where rolname ~ '^(sales|guest)'")).toEqual([
      { rolname: 'guest' }
    ]);
  });
});
