import { withSqlSession } from '../../../src/postgres/connection.ts';
import { runScript, type ScriptResult } from '../../../src/postgres/run-script.ts';
import { testClusters, testContext, type TestCluster, type TestClusters } from '../../support/real-server.ts';

const { signal } = testContext();
let clusters: TestClusters;
let cluster: TestCluster;

beforeAll(async () => {
  clusters = await testClusters();
  cluster = await clusters.create();
  await cluster.start();
});

afterAll(() => clusters.remove());

async function run(text: string): Promise<ScriptResult> {
  return withSqlSession(cluster.target(), signal, session =>
    runScript(session, { file: 'db/seed.sql', text, hash: '' })
  );
}

async function ask(text: string): Promise<unknown> {
  return withSqlSession(cluster.target(), signal, async session => {
    const [row] = await session.query<{ value: unknown }>(`select (${text}) as value`);
    return row?.value;
  });
}

describe('runScript', () => {
  test('runs a file in one transaction', async () => {
    await expect(
      run(`-- a comment
        create table orders (id int primary key, note text);
        insert into orders values (1, 'semi;colon'), (2, $$it's$$);
        create function total() returns bigint language sql begin atomic select count(*) from orders; end;
        select * from orders;`)
    ).resolves.toEqual({ file: 'db/seed.sql', statements: 4, transaction: 'whole' });
    await expect(ask('total()')).resolves.toBe('2');
  });

  test('an empty file is not an error', async () => {
    await expect(run('-- later\n')).resolves.toEqual({ file: 'db/seed.sql', statements: 0, transaction: 'whole' });
  });

  test('leaves nothing of a file that fails', async () => {
    await expect(run('create table half (id int); insert into nowhere values (1);')).rejects.toMatchObject({
      code: 'init-sql-failed'
    });
    await expect(ask("to_regclass('half')")).resolves.toBeNull();
  });

  test.each([
    ['a new database and what must be alone', 'create table a1 (id int); create database fresh; vacuum a1;', 3],
    ['an index built concurrently', 'create table a2 (id int); create index concurrently on a2 (id);', 2],
    ['a procedure that commits', 'create procedure p() language plpgsql as $$ begin commit; end $$; call p();', 2],
    ['an enum value used at once', "alter type mood add value 'b'; select 'b'::mood;", 2]
  ])('runs statement by statement when a statement cannot run in a transaction: %s', async (_, text, statements) => {
    await run("drop type if exists mood; create type mood as enum ('a')");
    await expect(run(text)).resolves.toEqual({ file: 'db/seed.sql', statements, transaction: 'none' });
  });

  test('lets a file have its own transactions', async () => {
    const text = 'begin; create table b1 (id int); commit; begin; create table b2 (id int); rollback; vacuum;';
    await expect(run(text)).resolves.toMatchObject({ transaction: 'own', statements: 7 });
    await expect(ask("to_regclass('b1')::text")).resolves.toBe('b1');
    await expect(ask("to_regclass('b2')")).resolves.toBeNull();
  });

  test('ignores the psql commands of pg_dump, and keeps the line numbers right', async () => {
    await expect(run('\\restrict x;y\nselect 1;\n\\unrestrict x;y\n')).resolves.toMatchObject({ statements: 1 });
    await expect(run('\\restrict x;y\nselect 1;\nselect nope;\n\\unrestrict x;y\n')).rejects.toMatchObject({
      message: 'Could not run db/seed.sql line 3: column "nope" does not exist, in select nope'
    });
  });
});

describe('a script that fails', () => {
  test.each([
    [
      'a wrong name, by its position',
      'select 1;\n\nselect\n  🐘nope,\n  1',
      4,
      'column "🐘nope" does not exist, in select 🐘nope, 1'
    ],
    [
      'what follows characters of two units',
      "select '🐘🐘🐘';\nselect nope",
      2,
      'column "nope" does not exist, in select nope'
    ],
    ['a syntax error', 'select 1;\nselec 2;', 2, 'syntax error at or near "selec", in selec 2'],
    [
      'an error without a position, by its statement',
      'create table c (id int unique);\n-- why\ninsert into c\n values (1),\n (1);\nselect 1;',
      3,
      'duplicate key value violates unique constraint "c_id_key"; Key (id)=(1) already exists., in insert into c values (1), (1)'
    ],
    [
      'an error inside a function',
      "select 1;\ndo $$\nbegin\n raise exception 'no' using hint = 'try yes';\nend $$;",
      2,
      "no; PL/pgSQL function inline_code_block line 3 at RAISE, in do $$ begin raise exception 'no' using hint = 'try yes'; end $$"
    ],
    [
      'a constraint that is checked at the end',
      'create table d (id int primary key, o int references d deferrable initially deferred);\ninsert into d values (1, 2);',
      2,
      'insert or update on table "d" violates foreign key constraint "d_o_fkey"; Key (o)=(2) is not present in table "d"., in insert into d values (1, 2)'
    ],
    [
      'a string without an end',
      "select 1;\nselect 'oh",
      2,
      `unterminated quoted string at or near "'oh", in select 'oh`
    ]
  ])('is reported with file, line, statement and cause: %s', async (_, text, line, because) => {
    await expect(run(text)).rejects.toMatchObject({
      code: 'init-sql-failed',
      source: 'user',
      message: `Could not run db/seed.sql line ${line}: ${because}`
    });
  });

  test("passes PostgreSQL's hint on", async () => {
    await expect(run("do $$ begin raise exception 'no' using hint = 'try yes'; end $$")).rejects.toMatchObject({
      hint: 'try yes'
    });
  });

  test('reports what stays when there was no transaction', async () => {
    const text = 'create table e1 (id int);\nvacuum e1;\nselect nope;';
    await expect(run(text)).rejects.toMatchObject({
      message:
        'Could not run db/seed.sql line 3: column "nope" does not exist, in select nope (it cannot run in a transaction: what ran before stays)'
    });
    await expect(ask("to_regclass('e1')::text")).resolves.toBe('e1');
    await expect(run('begin;\ncommit;\nselect nope;')).rejects.toMatchObject({
      message: expect.stringContaining('line 3') as string
    });
  });

  test('shows a long statement shortened, and no password', async () => {
    const thrown = await run(
      `alter role nobody password 's3cr''et' ${' '.repeat(300)} valid until '${'9'.repeat(300)}'`
    ).then(() => '', String);
    expect(thrown).toContain(`alter role nobody password '***' valid until '999`);
    expect(thrown).not.toContain('s3cr');
    expect(thrown.length).toBeLessThan(400);
  });

  test.each([
    [
      'select 1;\nCOPY t FROM stdin;\n1\t\\N\n\\.\n',
      'line 2: COPY … FROM STDIN has its data in the script, which only psql can send'
    ],
    ['select 1;\n\n\\connect other\ncopy t from stdin;', 'line 3: \\connect is a command of psql, not SQL']
  ])('refuses what only psql can run, before anything runs: %j', async (text, message) => {
    await expect(run(`create table f (id int);${text}`)).rejects.toMatchObject({
      code: 'init-sql-failed',
      message: `Could not run db/seed.sql ${message}`
    });
    await expect(ask("to_regclass('f')")).resolves.toBeNull();
  });
});
