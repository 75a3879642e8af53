import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ActionError, ProviderError, type FailureKind } from '../../../../../src/errors.ts';
import type { SqlSession } from '../../../../../src/postgres/connection.ts';
import { setClusterLocale, type ClusterLocale } from '../../../../../src/providers/local/cluster/cluster-locale.ts';
import { createDataDirectory } from '../../../../../src/providers/local/cluster/data-directory.ts';
import type { ServerLayout } from '../../../../../src/providers/local/cluster/layout.ts';
import { onFreePort } from '../../../../../src/providers/local/cluster/port.ts';
import { isSameProcess } from '../../../../../src/providers/local/cluster/process-birth.ts';
import { reloadSettings } from '../../../../../src/providers/local/cluster/reload.ts';
import { writeSettings } from '../../../../../src/providers/local/cluster/settings.ts';
import { reloadServer, stopServer } from '../../../../../src/providers/local/cluster/stop.ts';
import type { LocalContext } from '../../../../../src/providers/local/context.ts';
import type { Machine } from '../../../../../src/providers/local/installation/machine.ts';
import { start } from '../../../../../src/providers/local/resources/server/start.ts';
import { fakeContext } from '../../../../support/fake-context.ts';
import { fakeMachine, type FakeMachine } from '../../../../support/fake-machine.ts';

/** What is done to a server, and said of it, where no server is needed: its process is another program's. */
let machine: FakeMachine;
let data: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  machine = await fakeMachine({ uid: 1001 });
  data = join(machine.root, 'data');
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await machine.remove();
});

/** A process of the test. */
async function living(cwd?: string): Promise<ChildProcess & { readonly pid: number }> {
  const child = spawn('/bin/sleep', ['60'], { stdio: 'ignore', ...(cwd === undefined ? {} : { cwd }) });
  children.push(child);
  await once(child, 'spawn');
  return child as ChildProcess & { readonly pid: number };
}

/** Makes the machine say that this process is the server of the directory. */
async function asServer(pid: number): Promise<void> {
  await machine.file('/data/PG_VERSION', '17\n');
  await machine.file('/data/global/pg_control', 'c'.repeat(8192));
  await machine.file('/data/postmaster.pid', `${pid}\n${data}\n1700000000\n5432\n\n\n\nready\n`);
  await machine.file(`/proc/${pid}/stat`, `${pid} (postgres) S 1`);
  await machine.file(`/proc/${pid}/cmdline`, `postgres\0-D\0${data}\0`);
}

/** Runs it with an answer of the system to each signal, and returns the signals. */
async function signalled(answer: () => true, work: () => Promise<unknown>): Promise<readonly unknown[]> {
  const sent: unknown[] = [];
  const kill = process.kill.bind(process);
  process.kill = (_pid, signal) => {
    sent.push(signal);
    return answer();
  };
  try {
    await work();
  } finally {
    process.kill = kill;
  }
  return sent;
}

test.each([
  ['fast', undefined, [30, 5, 5]],
  ['fast', 2, [2, 5, 5]],
  ['immediate', 2, [5, 5]]
] as const)('a server that does not end is told so after each signal (%s, %j)', async (mode, timeoutSeconds, waits) => {
  await asServer(42);
  const fake = fakeContext();
  // A second for each look, of which there would be thousands otherwise.
  const execution = { ...fake, clock: { now: () => fake.clock.now(), sleep: async () => fake.clock.sleep(1) } };
  const options = { machine, dataDirectory: data, binDir: '', mode };
  const sent = await signalled(
    () => true,
    async () =>
      expect(
        stopServer(execution, timeoutSeconds === undefined ? options : { ...options, timeoutSeconds })
      ).rejects.toMatchObject({
        kind: 'failed',
        code: 'server-failed',
        message: `Could not stop PostgreSQL in ${data}: the process 42 does not end`,
        hint: 'Look at the process by hand: the machine is probably waiting for its disk.'
      })
  );
  const signals = ['SIGINT', 'SIGQUIT', 'SIGKILL'].slice(-waits.length);
  expect(sent).toEqual(signals);
  expect(fake.lines).toEqual(
    waits.map((wait, at) => `warning: PostgreSQL (pid 42) did not end within ${wait} s of ${signals[at]}`)
  );
});

test('a server of another user is not stopped', async () => {
  await asServer(42);
  const refused = Object.assign(new Error('x'), { code: 'EPERM' });
  const options = { machine, dataDirectory: data, binDir: '', mode: 'immediate' } as const;
  const sent = await signalled(
    () => {
      throw refused;
    },
    async () =>
      expect(stopServer(fakeContext(), options)).rejects.toMatchObject({
        kind: 'denied',
        message: 'Could not stop PostgreSQL (pid 42): this user may not signal it',
        hint: 'Run the step as the user (or in the container) that started the server.',
        cause: refused
      })
  );
  expect(sent).toEqual(['SIGQUIT']);
});

test.each([
  ['EPERM', true],
  ['ESRCH', false]
])('a process that answers %s to a signal lives: %j', async (code, lives) => {
  await machine.file('/proc/42/stat', `42 (x) S ${Array.from({ length: 27 }, () => 7).join(' ')}`);
  const sent = await signalled(
    () => {
      throw Object.assign(new Error('x'), { code });
    },
    async () => expect(await isSameProcess({ pid: 42, birth: ' 7' }, machine)).toBe(lives)
  );
  expect(sent).toEqual([0]);
});

test('a server whose process has gone meanwhile is stopped, and there is none without its process', async () => {
  const options = { machine, dataDirectory: data, binDir: '', mode: 'fast' } as const;
  expect(await stopServer(fakeContext(), options)).toBe('not-running');
  const child = await living();
  await asServer(child.pid);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const execution = fakeContext();
  expect(await stopServer(execution, options)).toBe('stopped');
  expect([execution.lines, execution.clock.slept]).toEqual([[], []]);
});

test('a server is told to reload by its signal, and one that does not run is not', async () => {
  expect(await reloadServer({ machine, dataDirectory: data, binDir: '' })).toBe(false);
  const child = await living();
  await asServer(child.pid);
  expect(await reloadServer({ machine, dataDirectory: data, binDir: '' })).toBe(true);
  expect(await once(child, 'exit')).toEqual([null, 'SIGHUP']);
});

describe('the lock of a dead server is removed before the next start', () => {
  async function started(platform: NodeJS.Platform, onSleep: () => void, step?: number): Promise<readonly number[]> {
    const execution = fakeContext();
    const clock = {
      now: () => execution.clock.now(),
      sleep: async (seconds: number) => {
        onSleep();
        await execution.clock.sleep(step ?? seconds);
      }
    };
    const on: Machine = { ...machine, platform };
    const context = { machine: on, execution: { ...execution, clock } } as unknown as LocalContext;
    const layout = { dataDirectory: data, logFile: join(machine.root, 'log') } as ServerLayout;
    await expect(start(context, '/nonexistent', layout)).rejects.toMatchObject({ code: 'server-failed' });
    await expect(access(join(data, 'postmaster.pid'))).rejects.toMatchObject({ code: 'ENOENT' });
    return execution.clock.slept;
  }

  test.each<[NodeJS.Platform, readonly number[]]>([
    ['linux', [0.05, 0.05]],
    ['darwin', []]
  ])('on %s when its last child has gone (%j)', async (platform, slept) => {
    await asServer(2 ** 30);
    await machine.file(`/proc/${2 ** 30}/stat`, 'x (postgres) Z 1');
    const child = await living(data);
    let looks = 0;
    const waited = await started(platform, () => {
      if ((looks += 1) === 2) child.kill('SIGKILL');
    });
    // The last one may be seen once more before the system has removed it.
    expect(new Set(waited)).toEqual(new Set(slept));
    expect(waited.length).toBeGreaterThanOrEqual(slept.length);
  });

  test('where a child does not go, after five seconds', async () => {
    await asServer(2 ** 30);
    await machine.file(`/proc/${2 ** 30}/stat`, 'x (postgres) Z 1');
    await living(data);
    expect(await started('linux', () => undefined, 1)).toEqual([1, 1, 1, 1, 1]);
  });
});

describe('a server is started on a free port', () => {
  const taken = (): ActionError => new ActionError('taken', { code: 'port-in-use', source: 'provider' });

  test.each<[number | 'any' | undefined, readonly unknown[], number, unknown]>([
    [undefined, [taken(), taken()], 3, 'started'],
    ['any', [taken(), taken(), taken(), taken()], 5, 'started'],
    ['any', [taken(), taken(), taken(), taken(), taken()], 5, 'port-in-use'],
    [undefined, [new ActionError('other', { code: 'server-failed', source: 'provider' })], 1, 'server-failed'],
    [undefined, [new Error('other')], 1, undefined]
  ])('%j, and on another one where that is taken meanwhile', async (asked, failures, tries, end) => {
    let tried = 0;
    const outcome = await onFreePort(machine, asked, async ({ port }) => {
      expect(port).toBeGreaterThan(1023);
      const failure = failures[tried];
      tried += 1;
      if (failure instanceof Error) throw failure;
      return 'started';
    }).catch((thrown: unknown) => (thrown as { code?: unknown }).code);
    expect([tried, outcome]).toEqual([tries, end]);
  });

  test('a named one is tried once', async () => {
    let port = 0;
    await onFreePort(machine, 'any', async at => void ({ port } = at));
    let tried = 0;
    const attempt = onFreePort(machine, port, async () => {
      tried += 1;
      throw taken();
    });
    await expect(attempt).rejects.toThrow('taken');
    expect(tried).toBe(1);
  });
});

/** A session that answers by the first pattern that matches, and what it was asked. */
function session(
  serverVersion: string,
  answers: readonly (readonly [RegExp, readonly object[] | Error])[]
): { readonly session: SqlSession; readonly asked: string[] } {
  const asked: string[] = [];
  const query = async (text: string, values?: readonly unknown[]): Promise<readonly object[]> => {
    asked.push(`${text.replaceAll(/\s+/g, ' ')}${values === undefined ? '' : ` ${JSON.stringify(values)}`}`);
    const answer = answers.find(([pattern]) => pattern.test(text))?.[1] ?? [];
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { session: { serverVersion, query } as unknown as SqlSession, asked };
}

const COLUMNS =
  '["encoding","datcollate","datctype","datlocprovider","daticulocale","datlocale","daticurules","datcollversion"]';
const FOUND =
  "SELECT attname AS name FROM pg_attribute WHERE attrelid = 'pg_database'::regclass AND attname = ANY ($1)";
const UPDATE =
  "UPDATE pg_database SET (encoding, datctype) = (SELECT encoding, datctype FROM pg_database WHERE datname = 'pgkeep_locale')";
const FILE = 'SELECT lower(name) AS name FROM pg_file_settings WHERE sourcefile LIKE $1 ["%pgkeep.conf"]';
const language = (name: string): string => `SELECT FROM pg_ts_config WHERE cfgname = $1 ["${name}"]`;
const setting = (name: string, value: string): string => `ALTER SYSTEM SET "${name}" = '${value}'`;

test.each<[ClusterLocale, string, readonly string[], readonly string[]]>([
  [{ encoding: 'LATIN1' }, "ENCODING 'LATIN1'", [], []],
  [{ locale: 'C' }, "ENCODING 'UTF8' LOCALE 'C'", [], ['C', 'C', 'C']],
  [{ locale: 'POSIX' }, "ENCODING 'UTF8' LOCALE 'POSIX'", [], ['POSIX', 'POSIX', 'POSIX']],
  [
    { locale: 'de_DE.UTF-8' },
    "ENCODING 'UTF8' LOCALE 'de_DE.UTF-8'",
    [language('german')],
    ['de_DE.UTF-8', 'de_DE.UTF-8', 'de_DE.UTF-8', 'pg_catalog.german']
  ],
  [
    { icuLocale: 'tlh' },
    "ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'tlh'",
    [language('klingon')],
    ['pg_catalog.simple']
  ],
  [{ icuLocale: '12' }, "ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE '12'", [language('')], ['pg_catalog.simple']],
  [
    { encoding: 'UTF8', locale: 'C@x', icuLocale: 'de-DE' },
    "ENCODING 'UTF8' LOCALE 'C@x' LOCALE_PROVIDER icu ICU_LOCALE 'de-DE'",
    [],
    ['C@x', 'C@x', 'C@x']
  ]
])('a cluster is given %j', async (wanted, options, asked, values) => {
  const told = session('17.10', [
    [/pg_attribute/, [{ name: 'encoding' }, { name: 'datctype' }]],
    [/pg_ts_config/, asked[0]?.includes('german') === true ? [{}] : []]
  ]);
  await setClusterLocale(told.session, wanted);
  const names = ['lc_monetary', 'lc_numeric', 'lc_time'].slice(0, wanted.locale === undefined ? 0 : 3);
  expect(told.asked).toEqual([
    `CREATE DATABASE pgkeep_locale TEMPLATE template0 ${options}`,
    `${FOUND} [${COLUMNS}]`,
    UPDATE,
    'DROP DATABASE pgkeep_locale',
    ...asked,
    FILE,
    ...values.map((value, at) => setting(names[at] ?? 'default_text_search_config', value)),
    'SELECT pg_reload_conf()'
  ]);
});

test('a cluster keeps its locale where none is asked for, and parameters of the workflow come first', async () => {
  const none = session('17.10', []);
  await setClusterLocale(none.session, {});
  expect(none.asked).toEqual([]);
  const some = session('17.10', [[/pg_file_settings/, [{ name: 'lc_time' }, { name: 'lc_numeric' }]]]);
  await setClusterLocale(some.session, { locale: 'C' });
  expect(some.asked.filter(text => text.startsWith('ALTER'))).toEqual([setting('lc_monetary', 'C')]);
});

test.each<[FailureKind, boolean]>([
  ['invalid', true],
  ['not-found', true],
  ['denied', false]
])('a locale that is %s is an input to correct: %j', async (kind, isInput) => {
  const refused = new ProviderError('no such locale', { kind });
  const end = await setClusterLocale(session('17.10', [[/CREATE/, refused]]).session, { locale: 'x' }).catch(
    (thrown: unknown) => thrown
  );
  if (!isInput) return expect(end).toBe(refused);
  expect(end).toMatchObject({
    code: 'input-invalid',
    source: 'user',
    cause: refused,
    hint: expect.stringMatching(/^Correct `encoding`, .*every encoding\.$/) as string
  });
});

const OWN = 'Correct the value under `parameters`.';
const OTHER = 'Destroy the database and apply again: the postgresql.conf of this server was changed by other hands.';

test.each([
  [{ name: 'a', error: 'wrong', file: '/x/pgkeep.conf', line: 1 }, 'a: wrong', OWN],
  [
    { name: null, error: 'wrong', file: '/x/postgresql.auto.conf', line: 2 },
    '/x/postgresql.auto.conf line 2: wrong',
    OWN
  ],
  [{ name: 'a', error: 'wrong', file: '/x/postgresql.conf', line: 1 }, 'a: wrong', OTHER],
  [{ name: null, error: 'wrong', file: null, line: null }, 'wrong', OTHER],
  [{ name: 'a', error: '', file: '/x/pgkeep.conf.old', line: 1 }, 'a', OTHER]
])('of a file with %j nothing is reloaded', async (wrong, text, hint) => {
  const fine = { name: 'b', error: 'bad', file: '/y/pgkeep.conf', line: 3 };
  const told = session('17.10', [[/f\.error is not null/, [fine, wrong]]]);
  await expect(reloadSettings(fakeContext(), told.session)).rejects.toMatchObject({
    kind: 'invalid',
    message: `Could not reload the configuration: b: bad; ${text}`,
    hint
  });
  expect(told.asked).toHaveLength(1);
});

test.each([
  ['ENOSPC', 'the disk is full'],
  ['EDQUOT', 'the disk quota is used up'],
  ['EROFS', 'the disk is read-only'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied']
])('a disk that answers %s is the cause, which initdb would meet as well', async (code, because) => {
  const thrown = Object.assign(new Error('x'), { code, syscall: 'write' });
  const request = {
    installation: { source: 'tool-cache', major: 17, version: '17.10', binDir: '/nonexistent' },
    machine,
    directory: data,
    password: 'x',
    owner: undefined
  } as const;
  await expect(createDataDirectory({ ...request, readPack: async () => Promise.reject(thrown) })).rejects.toMatchObject(
    {
      code: 'server-failed',
      source: 'provider',
      message: `Could not create a cluster in ${data}: ${because}`,
      hint: expect.stringMatching(/^Make room for about 50 MB /) as string,
      cause: thrown
    }
  );
  // It is none of the disk's without a call of the system: initdb, which is missing here, is tried.
  const other = Object.assign(new Error('x'), { code });
  await expect(createDataDirectory({ ...request, readPack: async () => Promise.reject(other) })).rejects.toMatchObject({
    message: `Could not create a cluster in ${data} with initdb: the program is missing`,
    hint: 'Install the whole server, with initdb in /nonexistent.'
  });
});

test('a server without its postgresql.conf is not configured, and one with it includes ours once', async () => {
  const settings = { port: 1, addresses: [], durable: true, sharedMemory: 'posix', parameters: {} } as const;
  await machine.file('/data/x');
  await expect(writeSettings(data, settings, undefined)).rejects.toMatchObject({
    code: 'server-failed',
    source: 'provider',
    message: `Could not configure PostgreSQL: there is no ${data}/postgresql.conf`,
    hint: 'Destroy the database and apply again: the file of this server was removed by other hands.'
  });
  for (const [before, after] of [
    ['a = 1', "a = 1\ninclude = 'pgkeep.conf'\n"],
    ["a = 1\n  include_if_exists 'pgkeep.conf'\n", undefined],
    ["include= 'pgkeep.conf'\n", undefined],
    ["#include = 'pgkeep.conf'\n", "#include = 'pgkeep.conf'\n\ninclude = 'pgkeep.conf'\n"]
  ] as const) {
    await machine.file('/data/postgresql.conf', before);
    await writeSettings(data, settings, undefined);
    expect(await readFile(join(data, 'postgresql.conf'), 'utf8')).toBe(after ?? before);
  }
});
