import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { openSqlSession, withSqlSession, type OpenSession } from '../../../src/postgres/connection.ts';
import { runScript, type ScriptResult, type ScriptRun } from '../../../src/postgres/run-script.ts';
import { testClusters, testContext, type TestCluster, type TestClusters } from '../../support/real-server.ts';

const { signal } = testContext();
let clusters: TestClusters;
let cluster: TestCluster;
/** Looks at what scripts leave. */
let reader: OpenSession;

beforeAll(async () => {
  clusters = await testClusters();
  cluster = await clusters.create();
  await cluster.start();
  reader = await openSqlSession(cluster.target(), signal);
});

afterAll(async () => {
  await reader.close();
  await clusters.remove();
});

/** What the server said. */
const said: string[] = [];
beforeEach(() => {
  said.length = 0;
});

interface Changes extends Partial<ScriptRun> {
  /** How the text comes from the disk. */
  readonly pieces?: (text: string) => AsyncIterable<string>;
}

async function run(text: string, { pieces = inPieces(), ...changes }: Changes = {}): Promise<ScriptResult> {
  const script = { file: 'db/seed.sql', hash: '', read: () => pieces(text) };
  return runScript(script, {
    database: 'postgres',
    login: use => withSqlSession(cluster.target(), signal, use),
    say: (severity, message) => said.push(`${severity}: ${message}`),
    ...changes
  });
}

function inPieces(size = 100_000): (text: string) => AsyncIterable<string> {
  return async function* pieces(text) {
    for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
  };
}

async function ask(text: string): Promise<unknown> {
  const [row] = await reader.query<{ value: unknown }>(`select (${text}) as value`);
  return row?.value;
}

describe('runScript', () => {
  test('runs a file in one transaction', async () => {
    await expect(
      run(`-- a comment
        create table orders (id int primary key, note text);
        insert into orders values (1, 'semi;colon'), (2, $$it's$$) -- a semicolon in the next line
        ;
        create function total() returns bigint language sql begin atomic select count(*) from orders; end;
        select * from orders;`)
    ).resolves.toMatchObject({ file: 'db/seed.sql', statements: 4, transaction: 'whole' });
    await expect(ask('total()')).resolves.toBe('2');
  });

  test.each([
    ['create table kept_one (id int) -- the last line has no end', true],
    [`create table kept_many (id int); copy kept_many from stdin;\n1\n\\.\nselect 1;`, true],
    ['create table kept_alone (id int); create index concurrently on kept_alone (id)', false],
    ['begin; create table kept_own (id int); commit;', false]
  ])('keeps its record in the transaction of the script: %s', async (text, isRecorded) => {
    await reader.query('drop table if exists record');
    const record = 'create table record (id int)';
    await expect(run(text, { record })).resolves.toMatchObject({ isRecorded });
    expect(await ask("to_regclass('record') is not null")).toBe(isRecorded);
  });

  test('a script that fails keeps no record, and no record keeps no script', async () => {
    await expect(
      run('create table unkept (id int); select 1/0', { record: 'create table no_record ()' })
    ).rejects.toThrow(/division by zero/);
    await expect(run('create table unkept (id int)', { record: 'select nope' })).rejects.toThrow(/nope/);
    expect(await ask("coalesce(to_regclass('no_record'), to_regclass('unkept'))::text")).toBeNull();
  });

  test('an empty file is not an error', async () => {
    await expect(run('-- later\n')).resolves.toMatchObject({
      file: 'db/seed.sql',
      statements: 0,
      transaction: 'whole'
    });
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
    await expect(run(text)).resolves.toMatchObject({ file: 'db/seed.sql', statements, transaction: 'none' });
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
      'duplicate key value violates unique constraint "c_id_key"; table c; key (id), in insert into c values …'
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
      'insert or update on table "d" violates foreign key constraint "d_o_fkey"; key (o), in insert into d values …'
    ],
    [
      'a string without an end',
      "select 1;\nselect 'oh",
      2,
      `unterminated quoted string at or near "'oh", in select 'oh`
    ]
  ])('is reported with file, line, statement and cause: %s', async (_, text, line, because) => {
    const record = "comment on database postgres is 'done'";
    await expect(run(text, { record })).rejects.toMatchObject({
      code: 'init-sql-failed',
      source: 'user',
      message: `Could not run db/seed.sql line ${line}: ${because}`
    });
  });

  test.each([
    ['a duplicate key', `insert into people select 'ann@example.com', 2`, 'people_pkey"; table people; key (mail)'],
    ['a row that breaks a constraint', "insert into people select 'ann@example.com', -1", 'people_age_check"'],
    ['a missing value', "insert into people select 'ann@example.com', null", 'column "age" of relation "people"'],
    ['a value of another type', 'update people set age = mail::int', 'type integer: "…"'],
    ['an index that is not unique', 'create unique index on people ((age > 0))', 'key ((age > 0))'],
    ['data of COPY', 'copy people from stdin;\nann@example.com\tx\n\\.\n', 'COPY people, line 1, column age'],
    ['too few columns', 'copy people from stdin;\nann@example.com\n\\.\n', 'missing data for column "age"'],
    [
      'a statement that a function makes',
      `do $$ begin execute 'insert into people values (' || quote_literal((select mail from people limit 1)) || ', 2)'; end $$`,
      'key (mail); PL/pgSQL function inline_code_block line 1 at EXECUTE'
    ],
    ['rows in the statement', "insert into people values ('bob@example.com', null)", 'in insert into people values …']
  ])('names what it is about, and shows no value of a row: %s', async (_, text, names) => {
    await run(
      `drop table if exists people; create table people (mail text primary key, age int not null check (age > 0));
       insert into people values ('ann@example.com', 1), ('bob@example.org', 2)`
    );
    const thrown = await run(text).then(() => '', String);
    expect(thrown).toContain(names);
    expect(thrown.replace(/, in .*/, '')).not.toContain('@example');
    if (text.startsWith('copy')) return;
    // Statements of our own fail in the same words: those that extensions and checks run.
    const own = await reader.query(text).then(() => '', String);
    expect(own).toMatch(/^ProviderError: Could not run SQL: /);
    expect(own).not.toContain('@example');
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
    await expect(run("do $$ begin raise 'password=%', 's3cr'; end $$")).rejects.toMatchObject({
      message: expect.stringContaining('line 1: password=***; PL/pgSQL') as string
    });
  });

  test.each([
    ['select 1 \\gexec\n', 'line 1: \\gexec is a command of psql, not SQL'],
    ['select 1;\n\n\\i other.sql\n', 'line 3: \\i is a command of psql, not SQL'],
    ['\\connect shop owner\n', 'line 1: \\connect is a command of psql, not SQL'],
    ['select 1;\n\\connect other\nselect 1;', 'line 2: it goes on in database other, and only postgres is open to it']
  ])('refuses what only psql can run, before anything runs: %j', async (text, message) => {
    await expect(run(`create table f (id int);${text}`)).rejects.toMatchObject({
      code: 'init-sql-failed',
      message: `Could not run db/seed.sql ${message}`
    });
    await expect(ask("to_regclass('f')")).resolves.toBeNull();
  });

  test('is refused when it leaves a transaction open, of which nothing is kept', async () => {
    const text = 'begin; create table h1 (id int); commit;\n\nbegin;\ncreate table h2 (id int);\n-- no commit';
    await expect(run(text)).rejects.toMatchObject({
      code: 'init-sql-failed',
      message: expect.stringMatching(/^Could not run db\/seed.sql line 3: it leaves the transaction open/) as string,
      hint: expect.stringContaining('COMMIT') as string
    });
    await expect(ask("to_regclass('h1')::text || coalesce(to_regclass('h2')::text, '')")).resolves.toBe('h1');
  });
});

describe('COPY … FROM stdin', () => {
  const table = 'drop table if exists copied; create table copied (id int, note text);\n';
  const notes = "(select string_agg(note, ',' order by id) from copied)";

  test.each([
    ['text, with escapes and a line that begins with a backslash', '', '1\ta\\tb\n2\t\\N\n3\t\\\\.\n', 'a\tb,\\.'],
    ['no rows', '', '', null],
    ['csv with a quoted line break', 'with (format csv)', '1,"x\ny;--"\n2,z\n', 'x\ny;--,z']
  ])('takes %s', async (_, options, data, expected) => {
    const text = `${table}copy copied from stdin ${options};\n${data}\\.\n\nselect 1;\n`;
    for (const size of [1, 7, 100_000]) {
      await expect(run(text, { pieces: inPieces(size) })).resolves.toMatchObject({
        statements: 4,
        transaction: 'whole'
      });
      await expect(ask(notes)).resolves.toBe(expected);
    }
  });

  test('takes data that ends with the file, and Windows line ends', async () => {
    await run(`${table}copy copied from stdin;\n1\tone`);
    await expect(ask(notes)).resolves.toBe('one');
    await run(`${table}copy copied from stdin;\r\n1\ttwo\r\n\\.\r\nselect 1;\r\n`);
    await expect(ask(notes)).resolves.toBe('two');
  });

  test('fails with the line of the data, and leaves nothing of the file', async () => {
    await run(table);
    await expect(
      run('insert into copied values (0);\ncopy copied\n  from stdin;\n1\tone\nx\ttwo\n\\.\n')
    ).rejects.toMatchObject({
      message:
        'Could not run db/seed.sql line 5: invalid input syntax for type integer: "…"; COPY copied, line 2, column id, in copy copied from stdin'
    });
    await expect(ask('(select count(*)::int from copied)')).resolves.toBe(0);
  });

  test('runs again where something else in the file cannot run in a transaction', async () => {
    const text = `${table}copy copied from stdin;\n1\tone\n\\.\nvacuum copied;\n`;
    await expect(run(text)).resolves.toMatchObject({ statements: 4, transaction: 'none' });
    await expect(ask(notes)).resolves.toBe('one');
  });

  test('sends the next piece when the last one is out, however large the file is', async () => {
    const sockets: Socket[] = [];
    const keep = (message: unknown): void => void sockets.push((message as { readonly socket: Socket }).socket);
    /** The most bytes that waited in the socket when a piece was asked for. */
    let waited = 0;
    async function* large(): AsyncGenerator<string> {
      yield 'create temp table big (id int, note text);\n';
      const insert = `insert into big values (1, '${'x'.repeat(400)}');\n`.repeat(200);
      for (let piece = 0; piece < 5; piece += 1) yield insert;
      yield 'copy big from stdin;\n';
      const line = `1\t${'y'.repeat(1000)}\n`.repeat(250);
      for (let piece = 0; piece < 200; piece += 1) {
        waited = Math.max(waited, ...sockets.map(socket => socket.writableLength));
        yield line;
      }
      yield '\\.\n';
    }
    subscribe('net.client.socket', keep);
    try {
      await expect(run('', { pieces: large })).resolves.toMatchObject({ statements: 1_002, transaction: 'whole' });
    } finally {
      unsubscribe('net.client.socket', keep);
    }
    expect(sockets.map(socket => socket.bytesWritten > 50_000_000)).toEqual([true]);
    expect(waited).toBeLessThan(1_000_000);
  });
});

describe('what a script says and sets', () => {
  test('is told, and holds for that script only', async () => {
    await run(`set statement_timeout = '7s'; set search_path = ''; create table if not exists public.i (id int);
      create table if not exists public.i (id int); do $$ begin raise warning 'take care'; end $$;`);
    expect(said).toEqual(['NOTICE: relation "i" already exists, skipping', 'WARNING: take care']);
    await run(`do $$ begin raise notice '%', current_setting('statement_timeout'); end $$;`);
    expect(said.at(-1)).toBe('NOTICE: 0');
  });

  test('goes on in another database after \\connect, as in a dump with its database', async () => {
    const elsewhere: ScriptRun['elsewhere'] = (database, use) =>
      withSqlSession(cluster.target({ database }), signal, use);
    const text = [
      '\\restrict abc',
      'create database "a b";',
      `\\connect -reuse-previous=on "dbname='a b'"`,
      'create table there (id int);',
      'copy there from stdin;',
      '1',
      '\\.',
      '\\connect postgres',
      'create table here (id int);',
      '\\unrestrict abc'
    ];
    await expect(run(text.join('\n'), { elsewhere })).resolves.toMatchObject({ statements: 4, transaction: 'whole' });
    const rows = await withSqlSession(cluster.target({ database: 'a b' }), signal, session =>
      session.query('select id from there')
    );
    expect(rows).toEqual([{ id: 1 }]);
    await expect(ask("to_regclass('here')::text")).resolves.toBe('here');
  });
});
