import { createHash } from 'node:crypto';
import { ActionError, ProviderError } from '../../../src/errors.ts';
import type { BatchOptions, SqlSession } from '../../../src/postgres/connection.ts';
import { enter } from '../../../src/postgres/enter.ts';
import { hashOfScripts, scriptsOf } from '../../../src/postgres/given-sql.ts';
import {
  INIT_SQL_FIELDS,
  initSqlScripts,
  ranFields,
  runInitSql,
  scriptTeller,
  shortHash,
  wantedFields
} from '../../../src/postgres/init-sql.ts';
import { runScript, type ScriptRun } from '../../../src/postgres/run-script.ts';
import type { Script } from '../../../src/postgres/script.ts';
import { scriptItems } from '../../../src/postgres/script-items.ts';
import { sessionPool } from '../../../src/postgres/session-pool.ts';
import { isTransactionCommand, shorten } from '../../../src/postgres/statement-group.ts';
import type { Entry } from '../../../src/postgres/way-in.ts';
import { fakeContext } from '../../support/fake-context.ts';
import { fakeWayIn } from '../../support/fake-way-in.ts';
import { expectGolden } from '../../support/golden.ts';
import { failureText } from '../../support/told-run.ts';

function scriptOf(text: string, file = 'db/seed.sql', size = 1_000_000): Script {
  return {
    file,
    hash: createHash('sha256').update(text).digest('hex'),
    async *read() {
      for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
    }
  };
}

/** What a server answers to the first text that holds this. */
interface Answer {
  readonly at: string;
  readonly code?: string;
  readonly error?: Error;
  readonly completed?: number;
  /** The failing character, in the text, from 1. */
  readonly position?: number;
  readonly where?: string;
  readonly hint?: string;
  readonly leavesOpen?: boolean;
  readonly says?: readonly [string, string];
}

function refusal({ code = '42601', position, where, hint }: Answer): Error {
  const details = {
    ...(position !== undefined && { position: String(position) }),
    ...(where && { where }),
    ...(hint && { hint })
  };
  return Object.assign(new Error('it is refused'), { code, severity: 'ERROR', ...details });
}

/** A server that tells each text that it gets, with the data of COPY. */
function toldSession(answers: readonly Answer[], lines: string[], database = 'shop'): SqlSession {
  const left = [...answers];
  return {
    database,
    serverVersion: '17.4',
    encrypted: true,
    query: async () => [],
    batch: async (text, options: BatchOptions = {}) => {
      const data: string[] = [];
      for await (const piece of options.copy ?? []) data.push(piece);
      const shown = text.length > 300 ? `${text.slice(0, 40)}… of ${text.length}` : text;
      lines.push(
        `${database}: ${JSON.stringify(shown)}${options.copy === undefined ? '' : ` with ${JSON.stringify(data.join(''))}`}`
      );
      const at = left.findIndex(one => text.includes(one.at));
      const [answer] = at === -1 ? [] : left.splice(at, 1);
      if (answer?.says !== undefined) options.onNotice?.(...answer.says);
      const isRefused = answer?.code !== undefined || answer?.error !== undefined;
      const error = answer === undefined || !isRefused ? undefined : (answer.error ?? refusal(answer));
      return { completed: answer?.completed ?? 0, error, inTransaction: answer?.leavesOpen ?? false };
    }
  };
}

async function ran(text: string, answers: readonly Answer[] = [], more: Partial<ScriptRun> = {}): Promise<string> {
  const lines: string[] = [];
  const login: ScriptRun['login'] = async use => {
    lines.push('logs in');
    return use(toldSession(answers, lines));
  };
  const say = (severity: string, message: string): void => void lines.push(`says ${severity}: ${message}`);
  const ended = await runScript(scriptOf(text), { login, database: 'shop', say, ...more }).then(
    result => JSON.stringify(result),
    (thrown: unknown) => `throws ${failureText(thrown)}`
  );
  return [...lines, ended].join('\n');
}

const COPY = 'copy a from stdin;\n1\n2\n\\.\n';
const elsewhere =
  (lines: string[]): NonNullable<ScriptRun['elsewhere']> =>
  async (database, use) => {
    lines.push(`goes to ${database}`);
    return use(toldSession([], lines, database));
  };

test('a script is sent in one transaction where it can be, and a failure names its line', async () => {
  const there: string[] = [];
  const rows: readonly (readonly [string, Promise<string>])[] = [
    ['nothing', ran('-- nothing\n')],
    ['one statement', ran('select 1')],
    ['two statements', ran('select 1;\nselect 2;')],
    ['a record', ran('select 1;', [], { record: 'comment' })],
    [
      'a record that fails',
      ran('select 1;\nselect 2', [{ at: 'comment', code: '42501', completed: 2 }], { record: 'comment' })
    ],
    ['data', ran(COPY)],
    ['data, with a record', ran(`select 1;\n${COPY}select 2;`, [], { record: 'comment' })],
    ['data alone, with a record', ran(COPY, [], { record: 'comment' })],
    ['a record after data that fails', ran(COPY, [{ at: 'COMMIT', code: '42501' }], { record: 'comment' })],
    ['no transaction begins', ran(COPY, [{ at: 'BEGIN', code: '57P03' }])],
    ['the first of two fails', ran('select 1;\nselect 2', [{ at: 'select', code: '42601', completed: 0 }])],
    ['the second of two fails', ran('select 1;\nselect 2', [{ at: 'select', code: '42601', completed: 1 }])],
    [
      'a place in the second of two fails',
      ran('select 1;\nselect\n  2', [{ at: 'select', code: '42601', position: 20 }])
    ],
    ['a place behind 🐘 fails', ran("select '🐘🐘';\n\nselect 2", [{ at: 'select', code: '42601', position: 15 }])],
    ['a place before all', ran('select 1;', [{ at: 'select', code: '42601', position: 0 }])],
    ['a failure with a hint', ran('select 1;', [{ at: 'select', code: '42601', hint: 'Look.' }])],
    ['a failure that is none of PostgreSQL', ran('select 1;', [{ at: 'select', error: new Error('reset') }])],
    [
      'a failure of ours',
      ran('select 1;', [{ at: 'select', error: new ActionError('No', { code: 'cancelled', source: 'user' }) }])
    ],
    [
      'data that fails',
      ran(`select 1;\n${COPY}`, [{ at: 'copy', code: '22P02', where: 'COPY a, line 2, column id: "2"' }])
    ],
    [
      'a statement that fails as data does',
      ran('select 1;\nselect 2', [{ at: 'select', code: '22P02', where: 'COPY a, line 2, column id: "2"' }])
    ],
    ['what can be in no transaction', ran('vacuum;\nselect 1', [{ at: 'select', code: '25001' }])],
    ['what can be in no transaction, after data', ran(`${COPY}vacuum;`, [{ at: 'vacuum', code: '25001' }])],
    ['what can be in no transaction, before data', ran(`vacuum;\n${COPY}`, [{ at: 'vacuum', code: '25001' }])],
    ['data that can be in no transaction', ran(COPY, [{ at: 'copy', code: '2D000' }])],
    [
      'no transaction ends',
      ran(`${COPY}vacuum;`, [
        { at: 'vacuum', code: '55P04' },
        { at: 'ROLLBACK', code: '57P03' }
      ])
    ],
    [
      'no transaction, and a failure',
      ran('vacuum;\nselect 1', [
        { at: 'select', code: '25001' },
        { at: 'select', code: '42601' }
      ])
    ],
    [
      'its own transaction',
      ran(
        'begin;\nselect 1;\ncommit;',
        [
          { at: 'begin', leavesOpen: true },
          { at: 'select', leavesOpen: true }
        ],
        { record: 'comment' }
      )
    ],
    [
      'its own transaction that stays open',
      ran('select 0;\nbegin;\nselect 1', [
        { at: 'begin', leavesOpen: true },
        { at: 'select 1', leavesOpen: true }
      ])
    ],
    [
      'its own transactions, of which one stays open',
      ran('begin;commit;\nbegin;', [
        { at: 'begin', leavesOpen: true },
        { at: 'commit' },
        { at: 'begin', leavesOpen: true }
      ])
    ],
    [
      'its own transaction that fails',
      ran('begin;\nselect 1', [
        { at: 'begin', leavesOpen: true },
        { at: 'select', code: '42601' }
      ])
    ],
    ['notices', ran('select 1', [{ at: 'select', says: ['NOTICE', 'it is done'] }])],
    [
      'notices of a transaction',
      ran(COPY, [
        { at: 'BEGIN', says: ['WARNING', 'begun'] },
        { at: 'COMMIT', says: ['WARNING', 'ended'] }
      ])
    ],
    ['a long script', ran('select 1;\n'.repeat(13_000))],
    ['a long script, with a record', ran('select 1;\n'.repeat(13_000), [], { record: 'comment' })],
    [
      'a long script that fails',
      ran('select 1;\n'.repeat(13_000), [{ at: 'select', code: '42601', completed: 11_000 }])
    ],
    [
      'a long script that can be in no transaction',
      ran('select 1;\n'.repeat(13_000) + 'vacuum', [{ at: 'vacuum', code: '25001', completed: 11_000 }]).then(text =>
        text.slice(0, 500)
      )
    ],
    ['a command of psql', ran('select 1;\n\\i a.sql\n')],
    ['another database', ran('select 1;\n\\connect other\nselect 2;')],
    ['its own database', ran('select 1;\n\\connect shop\nselect 2;', [], { record: 'comment' })],
    [
      'another database that is open',
      ran('\\restrict a\n\\connect other\nselect 2;\n\\unrestrict a\n', [], {
        elsewhere: elsewhere(there),
        record: 'comment'
      })
    ],
    [
      'two databases',
      ran(`select 1;\n\\connect other\n${COPY}\\echo a\nselect 2;\n\\connect shop\nselect 3;`, [], {
        elsewhere: elsewhere(there),
        record: 'comment'
      })
    ],
    ['two databases, with a transaction of their own', ran('select 1;\n\\connect shop\nbegin;\ncommit;', [])],
    [
      'two databases, of which one can be in no transaction',
      ran('vacuum;\n\\connect shop\nbegin;\ncommit;', [{ at: 'vacuum', code: '25001' }])
    ]
  ];
  const parts: string[] = [];
  for (const [title, run] of rows) parts.push(`# ${title}\n${await run}\n`);
  expectGolden('postgres-scripts.txt', `${parts.join('\n')}\n# elsewhere\n${there.join('\n')}\n`);
});

const TEXTS: readonly string[] = [
  'select 1; select 2',
  ';;select 1;;',
  'select \'a;b\'; select "a;b"; select $$a;b$$; select $a$;$b$;$a$;',
  "select E'\\';'; select e'\\\\'; select 'a''b'; select 'a\\'; select \"a\"\"b\"",
  'select (1;2); select 3',
  'select 1) ; select 2',
  'create function f() returns int begin atomic select 1; end; select 2',
  'create or replace procedure p() begin atomic select case when true then 1 end; end; select 2',
  'create function f() returns int begin atomic select (case when true then 1 end); end; select 2',
  'create function f() returns int as $$ begin end $$ language plpgsql; begin; end;',
  'create table a (b int); case; end',
  'create function f(begin int) returns int as $$ select 1 $$ language sql; select 2',
  '/* a; /* b; */ c; */ select 1; -- d; e\nselect 2; /* open',
  'select 1 -- last',
  'select $1, a$b$, $; select 2',
  "select 'open; select 2",
  'select $a$ open; select 2',
  'select "open; select 2',
  '\\echo a\nselect 1 \\g\nselect 2\n\\',
  'select 1;\n\n  \\set a b\n\nselect 2',
  'copy a from stdin;\n1;\n\\.\nselect 1',
  'copy a from stdin;\n\\.\nselect 1',
  'copy a from stdin;\n1\n\\.x\n\\\\.\n\\.\r\nselect 1',
  'copy a from stdin;\n1\n2',
  'copy a from stdin',
  'copy a from stdin;\r\n1\r\n\\.\r\nselect 1;\r\n',
  'copy a from stdin; select 1\n1\n\\.\nselect 2',
  'copy a from stdin;\n1\n\\.',
  'copy a from stdin; -- of today; now\n1\n\\.\nselect 2',
  'copy a from stdin; copy b from stdin; select 1\n1\n\\.\n2\n\\.\nselect 2',
  'copy a from stdin; select 1',
  'copy a from stdin; \\echo a\n1\n\\.\nselect 2',
  'copy a to stdout; insert into copy select from stdin; copy a from program',
  'ünï$a; select ü$$;$$',
  'a b c d e f'
];

async function itemsOf(text: string, size: number): Promise<string> {
  const found: string[] = [];
  for await (const { kind, text: own, line, words, data } of scriptItems(scriptOf(text, '', size).read())) {
    const rows: string[] = [];
    for await (const piece of data ?? []) rows.push(piece);
    const copied = data === undefined ? '' : ` with ${JSON.stringify(rows.join(''))}`;
    found.push(`  ${line} ${kind} ${JSON.stringify(own)} (${words.join(' ')})${copied}`);
  }
  return found.join('\n');
}

test('a script is split in the same way, however its text comes from the disk', async () => {
  const parts: string[] = [];
  for (const text of TEXTS) {
    const whole = await itemsOf(text, 1_000_000);
    expect(await itemsOf(text, 1)).toBe(whole);
    parts.push(`${JSON.stringify(text)}\n${whole}`);
  }
  const first = ['begin', 'start transaction', 'commit', 'end', 'rollback', 'abort', 'savepoint a', 'release a'];
  const others = ['prepare a', 'prepare transaction', 'select', ''];
  const own = [...first, ...others].map(
    text => `${text}: ${isTransactionCommand({ kind: 'statement', text, line: 1, words: text.split(' ') })}`
  );
  const shown = [
    'select 1',
    ' a\n\tb ',
    'insert into a values (1, 2)',
    'insert into a VALUES(1)',
    'select myvalues (1)',
    `select '${'x'.repeat(200)}'`,
    `select '${'x'.repeat(111)}🐘🐘'`,
    `select ${' '.repeat(5990)}12345678901`,
    "alter role a password 'b'"
  ].map(text => `${text.slice(0, 30)}: ${shorten(text)}`);
  expectGolden(
    'postgres-statements.txt',
    `${parts.join('\n')}\n\n# transactions\n${own.join('\n')}\n\n# shown\n${shown.join('\n')}\n`
  );
});

test('scripts run once, are remembered as soon as they ran, and say no more than fifty things', async () => {
  const lines: string[] = [];
  const scripts = ['a', 'b', 'c', 'd'].map(name => scriptOf(`select '${name}';`, `${name}.sql`));
  const [a, b, c] = scripts;
  const hashes = { 'a.sql': a?.hash ?? '' };
  const execution = fakeContext();
  const values = {
    'init_sql.a.sql': a?.hash,
    'init_sql.b.sql': b?.hash,
    'init_sql.c.sql': c?.hash,
    'init_sql.d.sql': 'old'
  };
  const short = (kept: object): string =>
    JSON.stringify(Object.entries(kept).map(([name, hash]) => `${name} ${shortHash(hash)}`));
  const run = (record?: boolean, text = 'never') => ({
    scripts,
    ran: hashes,
    keep: async (kept: object) => void lines.push(`keeps ${short(kept)}`),
    ...(record === true && {
      record: {
        statement: (now: object) => `comment ${short(now)}`,
        kept: (now: object) => void lines.push(`kept ${short(now)}`)
      }
    }),
    database: 'shop',
    login: async <T>(use: (session: SqlSession) => Promise<T>) => use(toldSession([{ at: text, code: '42601' }], lines))
  });
  const ended: string[] = [];
  for (const given of [run(), run(true), run(false, "'c'"), run(true, "'c'")]) {
    const count = await runInitSql({ values, execution } as never, given).catch(failureText);
    ended.push(
      ...lines.splice(0),
      ...execution.lines.slice(ended.filter(line => line.includes('statements')).length),
      `= ${count}`
    );
  }
  const context = fakeContext();
  const say = scriptTeller(scriptOf('', 'a.sql'), context.log);
  say('WARNING', "password 'secret'");
  for (let count = 2; count <= 60; count += 1) say('NOTICE', `${count}`);
  const [given] = await scriptsOf({ kind: 'text', text: 'select 1' }, 'mask_sql', '/tmp');
  const pieces: string[] = [];
  for await (const piece of given?.read() ?? []) pieces.push(piece);
  const told = [
    `# runs\n${ended.join('\n')}`,
    `# said\n${[...context.lines.slice(0, 2), ...context.lines.slice(-2)].join('\n')}\n${context.lines.length} lines`,
    `# fields\n${JSON.stringify([ranFields(hashes), wantedFields(scripts.slice(0, 2)), shortHash(7), INIT_SQL_FIELDS])}`,
    `# given\n${JSON.stringify([given?.file, given?.hash, pieces, hashOfScripts(scripts), hashOfScripts(scripts.toReversed())])}`,
    `# no patterns\n${JSON.stringify([await initSqlScripts(undefined, '/tmp'), await initSqlScripts([], '/tmp')])}`
  ];
  expectGolden('postgres-init-sql.txt', `${told.join('\n\n')}\n`);
});

test('a run has one session for each login and database, until it is lost or left', async () => {
  const lines: string[] = [];
  const lost = new Set<string>();
  let count = 0;
  let fails = false;
  const pool = sessionPool(async ({ database, login }) => {
    if (fails) throw new Error('closed');
    count += 1;
    const name = `${count}`;
    lines.push(`opens ${name}: ${login?.user ?? 'admin'} in ${database}`);
    const opened = await fakeWayIn({}).open({ database }, AbortSignal.abort());
    if (opened.kind !== 'open') throw new Error('not open');
    return { ...opened.session, isLost: () => lost.has(name), close: async () => void lines.push(`closes ${name}`) };
  });
  const shop: Entry = { database: 'shop' };
  const app: Entry = { database: 'shop', login: { user: 'app', password: 'a' } };
  const one = await pool.session(shop);
  expect(await pool.session(shop)).toBe(one);
  const [two, three] = await Promise.all([
    pool.session(app),
    pool.session({ ...app, login: { user: 'app', password: 'b' } })
  ]);
  await pool.session({ database: 'other' });
  expect([pool.isOpen(one), pool.isOpen(two), pool.isOpen({ ...one })]).toEqual([true, true, false]);
  lost.add('1');
  expect(pool.isOpen(one)).toBe(false);
  expect(await pool.session(shop)).not.toBe(one);
  await pool.drop(app);
  await pool.drop(app);
  expect([pool.isOpen(two), pool.isOpen(three)]).toEqual([false, true]);
  await pool.leave('shop');
  expect(pool.isOpen(three)).toBe(false);
  fails = true;
  await expect(pool.session(shop)).rejects.toThrow('closed');
  fails = false;
  await pool.session(shop);
  await pool.close();
  await pool.close();
  expect(lines).toEqual([
    'opens 1: admin in shop',
    'opens 2: app in shop',
    'opens 3: app in shop',
    'opens 4: admin in other',
    'opens 5: admin in shop',
    'closes 2',
    'closes 5',
    'closes 3',
    'opens 6: admin in shop',
    'closes 4',
    'closes 6'
  ]);
});

test.each([
  [0.5, 'busy', 21, 33.88],
  [1, 'busy', 19, 59.75],
  [1, 'transient', 1, 0],
  [1, 'unauthenticated', 1, 0]
] as const)('a login waits while there is no connection free: random %d, %s', async (random, kind, tries, seconds) => {
  const execution = fakeContext({ random: () => random });
  let tried = 0;
  const open = async (): Promise<never> => {
    tried += 1;
    throw new ProviderError('Could not connect: no', { kind });
  };
  await expect(enter(execution, { ...fakeWayIn({}), open }, { database: 'shop' })).rejects.toMatchObject({ kind });
  const slept = execution.clock.slept.reduce((sum, one) => sum + one, 0);
  expect([tried, Math.round(slept * 100) / 100]).toEqual([tries, seconds]);
  expect(execution.lines.slice(0, 1).join('')).toMatch(tries === 1 ? /^$/ : /connect to database shop: .* \(1\/100\)$/);
});
