import { ActionError, ProviderError, type FailureKind } from '../../../src/errors.ts';
import { checkScript } from '../../../src/postgres/check-script.ts';
import type { SqlSession } from '../../../src/postgres/connection.ts';
import { databaseComment, parseDatabaseMark } from '../../../src/postgres/database-mark.ts';
import { directWayIn } from '../../../src/postgres/direct-way-in.ts';
import {
  createExtension,
  extensionMeant,
  missingExtension,
  requireExtension
} from '../../../src/postgres/extension.ts';
import {
  describeFailure,
  postgresFailure,
  postgresMessage,
  type PostgresMessage
} from '../../../src/postgres/failures.ts';
import { fitName, quoteIdentifier, quoteLiteral } from '../../../src/postgres/identifier.ts';
import { loginGuard } from '../../../src/postgres/login-guard.ts';
import { isMajor, DEFAULT_MAJOR, LAST_UNMAINTAINED, MAJORS, MODULE_MAJOR } from '../../../src/postgres/major.ts';
import { connectTarget, isHarmlessCommand } from '../../../src/postgres/psql-commands.ts';
import { ADMIN_SETTINGS, LASTING_SETTINGS } from '../../../src/postgres/session-settings.ts';
import type { Tls } from '../../../src/postgres/tls.ts';
import { expectGolden } from '../../support/golden.ts';
import { failureText } from '../../support/told-run.ts';

/** What a function makes of each of these, a line each. */
function table<T>(title: string, rows: readonly T[], made: (row: T) => unknown): string {
  const lines = rows.map(row => `${textOf(row)}: ${textOf(attempt(() => made(row)))}`);
  return `# ${title}\n${lines.join('\n')}\n`;
}

function attempt(work: () => unknown): unknown {
  try {
    return work();
  } catch (thrown) {
    return `throws ${failureText(thrown)}`;
  }
}

function textOf(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
  return text.replaceAll('\0', '\\0');
}

/** As PostgreSQL refuses something. */
function refusal(code: string, message: string, more: Partial<PostgresMessage> = {}): PostgresMessage & Error {
  return Object.assign(new Error(message), { code, severity: 'ERROR', ...more });
}

function shown(error: ActionError): string {
  const kind = error instanceof ProviderError ? `${error.kind} ${error.providerCode ?? 'without a code'} ` : '';
  return `${kind}${failureText(error)}`;
}

const STATES = `
  28000 28P01 3D000 42704 42P01 42501 42P04 42P06 42P07 42710 53300 55006 55P03 57P03 57P01
  57P02 40001 40P01 08006 53100 53200 0A000 22012 23505 25001 42601 57014 XX000 P0001 55000
`
  .trim()
  .split(/\s+/);

const MESSAGES: readonly (PostgresMessage & Error)[] = [
  refusal('XX000', 'tuple concurrently updated'),
  refusal('XX000', 'tuple already updated by self'),
  refusal('XX000', 'a tuple concurrently updated'),
  refusal('55000', 'tuple concurrently updated'),
  refusal('P0001', 'no', { hint: 'Try yes.' }),
  refusal('42501', 'permission denied', { hint: 'Its own.' }),
  refusal('42501', 'permission denied', { detail: 'Only roles with CREATEROLE may.' }),
  refusal('22P02', 'invalid input syntax for type integer: "4111"', { detail: 'Row 4111.' }),
  refusal('22P04', 'missing data for column "age"', { detail: 'Row 4111.' }),
  refusal('22001', 'value "a"\nand "b" too long'),
  refusal('23505', 'duplicate key value violates unique constraint "p"', {
    detail: 'Key (mail)=(ann) already exists.',
    table: 'people'
  }),
  refusal('23505', 'duplicate key value violates unique constraint "p" of "people"', {
    detail: 'Key (a, b)=(1, 2) already exists.',
    table: 'people'
  }),
  refusal('23514', 'new row violates check constraint "c"', { detail: 'Failing row contains (ann).', table: 'people' }),
  refusal('23514', 'new row violates check constraint "c"', { table: '' }),
  refusal('42P07', 'relation "a" exists', { table: 'people' }),
  refusal('22P04', 'extra data', { where: 'COPY people, line 12, column age: "x"' }),
  refusal('22P04', 'extra data', { where: 'COPY people, line 12: "x"' }),
  refusal('P0001', 'no', {
    where: 'SQL statement "select 1"\nPL/pgSQL function f() line 3 at RAISE\nPL/pgSQL function g() line 4'
  }),
  refusal('P0001', 'no', { where: 'PL/pgSQL function f() line 3' }),
  refusal('P0001', 'no DETAIL: row 4111 CONTEXT: more'),
  refusal('P0001', 'the DETAILS: stay')
];

const ERRORS: readonly Error[] = [
  Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }),
  new Error('timeout expired'),
  new Error('Client has encountered a connection error and is not queryable'),
  Object.assign(new Error('Hostname/IP does not match'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }),
  Object.assign(new Error('self-signed certificate'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }),
  Object.assign(new Error('certificate has expired'), { code: 'CERT_HAS_EXPIRED' }),
  new Error('The server does not support SSL connections'),
  new Error('SASL channel binding check failed'),
  new Error('SASL: SCRAM-SERVER-FINAL-MESSAGE: server signature does not match'),
  Object.assign(new Error('odd'), { code: '28P01' }),
  Object.assign(new Error('odd'), { code: '28p01', severity: 'FATAL' }),
  Object.assign(new Error('odd'), { code: '28P011', severity: 'FATAL' }),
  new ActionError('Ours', { code: 'internal', source: 'bug' })
];

test('each failure of PostgreSQL and of the connection has its kind, its words without rows, and its hint', () => {
  const known = table('states', STATES, state => shown(postgresFailure(refusal(state, 'no'), 'do it')));
  const described = MESSAGES.map(one => {
    const { code, message, detail, table: of, where, hint } = one;
    const given = JSON.stringify({ code, message, detail, table: of, where, hint });
    return `${given}\n  ${describeFailure(one)}\n  ${shown(postgresFailure(one, 'do it'))}`;
  });
  const others = [...ERRORS, 'a text', undefined, null, 7].map(one => {
    const said = postgresMessage(one) === undefined ? '' : ' (of PostgreSQL)';
    return `${String(one)}${said}: ${shown(postgresFailure(one, 'do it'))}`;
  });
  expectGolden(
    'postgres-failures.txt',
    [known, `# messages\n${described.join('\n')}\n`, `# other errors\n${others.join('\n')}\n`].join('\n')
  );
});

const LONG = 'x'.repeat(70);
const NAMES = [
  'orders',
  'Orders',
  'a"b',
  'a b',
  '',
  'a\0b',
  'x'.repeat(63),
  'x'.repeat(64),
  'ü'.repeat(32),
  "it's",
  '🐘'
];
const COMMANDS = String.raw`\restrict abc
\unrestrict abc
\restricted
\echo a
\qecho a
\warn a
\timing
\pset a
\set ON_ERROR_STOP on
\set QUIET
\set VERBOSITY terse
\set ECHO all
\set name value
\encoding UTF8
\encoding 'utf-8'
\encoding latin1
\i a.sql
\connect shop
\c shop
\connect "My shop"
\connect "a""b"
\connect -reuse-previous=on "dbname='a b'"
\connect -reuse-previous=on "dbname='it\'s \\ one'"
\connect shop owner
\connect host=a
\connect postgres://a/b
\connect -
\connect
\connectx shop
\cshop`.split('\n');
const MARK = { version: 2, repository: 'acme/shop', name: 'orders', environment: '' };
const MARKS = [
  null,
  undefined,
  '',
  'a comment',
  JSON.stringify(MARK),
  JSON.stringify({ ...MARK, initSql: { 'a.sql': 'f00' } }),
  JSON.stringify({ ...MARK, initSql: ['a'] }),
  JSON.stringify({ ...MARK, initSql: { 'a.sql': 7 } }),
  JSON.stringify({ ...MARK, initSql: null }),
  JSON.stringify({ ...MARK, initSql: 'a' })
];
const EXTENSIONS = [
  'vector',
  'pgvector',
  'PGVECTOR',
  'uuid_ossp',
  'pgcron',
  'pgtrgm',
  'trigram',
  'anonymizer',
  'postgresql_anonymizer',
  'hstor',
  'HSTORE',
  'nothing_like_it'
];
const LISTED = ['vector', 'hstore', 'citext', 'hstore_plperl', 'plpython3u', 'plpgsql', 'uuid-ossp'];

test('names, texts, commands of psql, marks and extensions are written and read in one way', () => {
  expectGolden(
    'postgres-words.txt',
    [
      table('identifiers', NAMES, quoteIdentifier),
      table('literals', [...NAMES, 'a\\b', "a\\'b"], quoteLiteral),
      table('fitted names', [...NAMES, LONG, `${LONG}y`, 'ü'.repeat(40)], name => fitName(name)),
      table('names fitted into 20 bytes', [...NAMES, 'ü'.repeat(11)], name => fitName(name, 20)),
      table('commands that are left out', COMMANDS, isHarmlessCommand),
      table('databases of commands', COMMANDS, connectTarget),
      table('marks in comments', MARKS, parseDatabaseMark),
      table('comments', [{ ...MARK, version: 2 as const }], mark => databaseComment('my "shop"', mark)),
      table('extensions that are meant', EXTENSIONS, extensionMeant),
      table('missing extensions', EXTENSIONS, name => missingExtension(name, LISTED)),
      table('majors', [13, 14, 15, 16, 17, 18, 19, 17.5], isMajor),
      table('settings of a session', Object.keys(LASTING_SETTINGS), name => LASTING_SETTINGS[name]),
      table('settings of an administrator', Object.keys(ADMIN_SETTINGS), name => ADMIN_SETTINGS[name]),
      table(
        'ways',
        [{ host: 'h', port: 1, user: 'keeper', password: 'p', database: 'main', tls: 'off' as const }],
        directWayIn
      ),
      `# versions\n${JSON.stringify({ MAJORS, DEFAULT_MAJOR, MODULE_MAJOR, LAST_UNMAINTAINED })}\n`
    ].join('\n')
  );
});

/** A session that answers a text with rows, or fails. */
function sessionOf(answer: (text: string, values: unknown, doing: unknown) => readonly object[] | Error): SqlSession {
  return {
    database: 'orders',
    serverVersion: '17.4',
    encrypted: true,
    query: async (text, values, doing) => {
      const rows = answer(text, values, doing);
      if (rows instanceof Error) throw rows;
      return [...rows] as never;
    },
    batch: async () => ({ completed: 0, error: undefined, inTransaction: false })
  };
}

async function ended(work: Promise<unknown>): Promise<string> {
  return work.then(textOf, (thrown: unknown) => `throws ${failureText(thrown)}`);
}

const failing = (kind: FailureKind, cause?: unknown): ProviderError =>
  new ProviderError('Could not run SQL: no', { kind, cause });
const ANSWERS: readonly (readonly object[] | Error)[] = [
  [],
  [{ a: true }],
  [{ a: false }],
  [{ a: null }],
  [{ a: 1 }],
  [{ a: 'x'.repeat(300) }],
  [{}],
  [{ a: 1 }, { a: 2 }],
  [{ a: true }, { a: true }],
  [{ a: true }, { a: false }, { a: null }],
  [{ b: 1, a: false }],
  failing('invalid'),
  failing('transient'),
  failing('failed', refusal('22P02', 'invalid input: "4111"')),
  new TypeError('no')
];
const CHECKS = [
  'select 1;',
  'insert into a values (1);',
  'WITH a as (select 1) select 2',
  'table a',
  'values (1)',
  'show all',
  'explain select 1'
];
const SCRIPTS = [
  '-- nothing',
  '\\echo a\nselect 1;\n\n  select\n\t2;',
  '\\i a.sql',
  'select 1;\n\\gexec',
  'copy a from stdin;\n1\n\\.\n',
  `select ${'1 + '.repeat(60)}1`
];

async function checked(text: string, answer: readonly object[] | Error = [{ a: true }]): Promise<string> {
  const script = {
    file: 'check_sql',
    hash: '',
    async *read() {
      yield text;
    }
  };
  return ended(
    checkScript(
      sessionOf(() => answer),
      script
    )
  );
}

const LANGUAGES: Readonly<Record<string, readonly object[] | Error>> = {
  "LOAD '$libdir/plperl'": [],
  "LOAD '$libdir/plpython3'": failing('failed')
};

async function required(
  name: string,
  more: { readonly listed?: readonly string[]; readonly loads?: Error; readonly installs?: boolean } = {}
): Promise<string> {
  const asked: string[] = [];
  const session = sessionOf((text, _values, doing) => {
    asked.push(`${String(doing)}: ${text}`);
    if (text.startsWith('select name')) return (more.listed ?? LISTED).map(one => ({ name: one }));
    return more.loads ?? LANGUAGES[text] ?? [];
  });
  const packages = more.installs === true ? (one: string): string => `Install ${one}.` : undefined;
  const end = await ended(requireExtension(session, name, packages));
  return `${name} ${JSON.stringify({ ...more, loads: more.loads?.message })}: ${end}\n  ${asked.join('\n  ')}`;
}

test('a check says what each statement returned, and an extension that is missing what to do', async () => {
  const parts: string[] = [];
  for (const answer of ANSWERS) {
    const given = answer instanceof Error ? String(answer) : JSON.stringify(answer).slice(0, 60);
    parts.push(`${given}: ${await checked('select 1', answer)}`);
  }
  for (const text of CHECKS) parts.push(`${text}: ${await checked(text, [])}`);
  for (const text of SCRIPTS) parts.push(`${JSON.stringify(text.slice(0, 60))}: ${await checked(text)}`);
  const extensions = [
    await required('vector'),
    await required('hstore_plperl'),
    await required('plpython3u'),
    await required('plpython3u', { loads: failing('denied') }),
    await required('hstore_plperl', { loads: failing('denied') }),
    await required('hstore_plperl', { loads: new TypeError('no') }),
    await required('pgvector'),
    await required('PGVECTOR', { installs: true }),
    await required('pgvector', { installs: true, listed: ['hstore'] }),
    await required('vector', { installs: true, listed: ['hstore'] }),
    await required('hstor'),
    await required('hstor', { installs: true }),
    await required('nothing_like_it'),
    await required('nothing_like_it', { installs: true }),
    await required('nothing_like_it', { listed: [] })
  ];
  const created: string[] = [];
  await createExtension(
    sessionOf((text, _values, doing) => (created.push(`${String(doing)}: ${text}`), [])),
    'my "ext"'
  );
  expectGolden(
    'postgres-checks.txt',
    `# checks\n${parts.join('\n')}\n\n# extensions\n${extensions.join('\n')}\n${created.join('\n')}\n`
  );
});

type Listener = () => void;

/** What the guard says where the server asks for a password in these ways. */
function guarded(tls: Tls, events: readonly string[]): string {
  const listeners = new Map<string, Listener>();
  const errors: string[] = [];
  const guard = loginGuard('secret', tls);
  guard.watch({
    connection: {
      on: (event: string, listener: Listener) => void listeners.set(event, listener),
      emit: (_event: string, error: unknown) => void errors.push(failureText(error))
    }
  } as never);
  for (const event of events) listeners.get(`authentication${event}`)?.();
  return [attempt(() => guard.password()), ...errors].map(textOf).join(' | ');
}

const WAYS = [['Ok'], ['CleartextPassword', 'Ok'], ['MD5Password', 'Ok'], ['SASLFinal', 'Ok'], ['SASLFinal']];

const SERVERS: readonly Tls[] = ['off', { verify: 'full' }, { verify: 'ca' }, { verify: 'none' }];

test('the password is given only to a server that would not learn it, or that was verified', () => {
  const parts = SERVERS.map(tls => table(textOf(tls), WAYS, events => guarded(tls, events)));
  expectGolden('postgres-logins.txt', parts.join('\n'));
});
