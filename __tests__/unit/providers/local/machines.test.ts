import { mkdir, readFile, symlink } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { createDataDirectory } from '../../../../src/providers/local/cluster/data-directory.ts';
import { listenerOf } from '../../../../src/providers/local/cluster/listener.ts';
import { machineLocales } from '../../../../src/providers/local/cluster/machine-locales.ts';
import { runPgCtl } from '../../../../src/providers/local/cluster/pg-ctl.ts';
import { describeProcess, findPostmasterOf } from '../../../../src/providers/local/cluster/postmaster.ts';
import { isSameProcess, processBirth } from '../../../../src/providers/local/cluster/process-birth.ts';
import { findInstalled } from '../../../../src/providers/local/installation/installed.ts';
import {
  isMusl,
  platformName,
  programName,
  thisMachine,
  type Machine
} from '../../../../src/providers/local/installation/machine.ts';
import { findNpm } from '../../../../src/providers/local/installation/npm.ts';
import { toolCacheDirectory } from '../../../../src/providers/local/installation/tool-cache.ts';
import { readServerVersion } from '../../../../src/providers/local/installation/version.ts';
import { fakeMachine, postgresScript, type FakeMachine } from '../../../support/fake-machine.ts';

/** What each kind of machine is asked, and what its answers mean. Programs of the system are scripts here. */
const machines: FakeMachine[] = [];

async function machine(changes: Partial<Machine> = {}): Promise<FakeMachine> {
  const made = await fakeMachine(changes);
  machines.push(made);
  return made;
}

/** A machine with one program in its PATH, which answers to these arguments alone. */
async function answering(
  platform: NodeJS.Platform,
  program: string,
  answers: Readonly<Record<string, string>>
): Promise<Machine> {
  const made = await machine({ platform });
  const cases = Object.entries(answers).map(([args, answer]) => `'${args}') printf '%s\\n' '${answer}';;`);
  await made.script(`/bin/${program}`, `case "$*" in\n${cases.join('\n')}\n*) exit 1;;\nesac`);
  return { ...made, env: { ...made.env, PATH: join(made.root, 'bin') } };
}

afterEach(async () => {
  await Promise.all(machines.splice(0).map(async made => made.remove()));
});

test('this machine is that of the process, seen through the environment of the step', () => {
  const env = { RUNNER_TEMP: '/runner' };
  expect(thisMachine(env)).toEqual({
    platform: process.platform,
    arch: process.arch,
    env,
    root: '/',
    uid: process.geteuid?.(),
    nodePath: process.execPath,
    temporaryDirectory: '/runner'
  });
});

test.each([
  ['linux', 'x64', 'linux-x64', 'postgres'],
  ['linux', 'arm64', 'linux-arm64', 'postgres'],
  ['darwin', 'arm64', 'darwin-arm64', 'postgres'],
  ['win32', 'x64', 'windows-x64', 'postgres.exe']
] as const)('%s on %s is %s, with %s', async (platform, arch, name, program) => {
  const there = await machine({ platform, arch });
  expect([platformName(there), programName(there, 'postgres')]).toEqual([name, program]);
});

test.each([
  [{ RUNNER_TOOL_CACHE: '/tools' }, '/tools'],
  [{ RUNNER_TOOL_CACHE: '' }, '/temporary'],
  [{}, '/temporary']
])('with %j programs are kept in %s', (env, directory) => {
  expect(toolCacheDirectory({ ...thisMachine(env), temporaryDirectory: '/temporary' })).toBe(directory);
});

test.each<[NodeJS.Platform, string, readonly string[], boolean]>([
  ['linux', 'x64', [], false],
  ['linux', 'x64', ['/etc/alpine-release'], true],
  ['linux', 'x64', ['/etc/alpine-release', '/lib64/ld-linux-x86-64.so.2'], true],
  ['linux', 'x64', ['/lib/ld-musl-x86_64.so.1'], true],
  ['linux', 'x64', ['/lib/ld-musl-aarch64.so.1'], false],
  ['linux', 'arm64', ['/lib/ld-musl-aarch64.so.1'], true],
  ['linux', 'arm64', ['/lib/ld-musl-x86_64.so.1'], false],
  ['linux', 'arm64', ['/lib/ld-musl-aarch64.so.1', '/lib/ld-linux-aarch64.so.1'], false],
  ['linux', 'x64', ['/lib/ld-musl-x86_64.so.1', '/lib64/ld-linux-x86-64.so.2'], false],
  ['darwin', 'x64', ['/etc/alpine-release', '/lib/ld-musl-x86_64.so.1'], false]
])('%s on %s with %j has musl: %j', async (platform, arch, files, expected) => {
  const there = await machine({ platform, arch });
  for (const file of files) await there.file(file);
  expect(await isMusl(there)).toBe(expected);
});

const DEBIAN = '/usr/lib/postgresql/16/bin';
const RPM = '/usr/pgsql-16/bin';
const ALPINE = '/usr/libexec/postgresql16';
const BREW = ['/opt/homebrew', '/usr/local', '/home/linuxbrew/.linuxbrew'].map(at => `${at}/opt/postgresql@16/bin`);
const WINDOWS = '/programs/PostgreSQL/16/bin';

test.each([
  ['linux', { PGBIN: '/pgbin' }, [DEBIAN, RPM, ALPINE, '/pgbin', BREW[2]]],
  ['linux', { PGBIN: '' }, [DEBIAN, RPM, ALPINE, BREW[2]]],
  ['darwin', { PGBIN: '/pgbin' }, ['/pgbin', BREW[0], BREW[1]]],
  ['win32', { PGBIN: '/pgbin', ProgramFiles: '/programs' }, ['/pgbin', WINDOWS]],
  ['win32', {}, []]
] as const)('on %s with %j an installed server is looked for in order', async (platform, names, places) => {
  const there = await machine({ platform, uid: 1001 });
  for (const place of [DEBIAN, RPM, ALPINE, ...BREW, WINDOWS, '/pgbin']) {
    await there.script(`${place}/${programName(there, 'postgres')}`, postgresScript('16.9'));
  }
  const variables = Object.entries(names).map(([name, place]) => [name, place === '' ? '' : join(there.root, place)]);
  const env = { ...there.env, ...(Object.fromEntries(variables) as Record<string, string>) };
  const found = await findInstalled(16, { ...there, env });
  const wanted = places.map(place => ({ binDir: join(there.root, place ?? ''), version: '16.9' }));
  expect(found).toEqual(wanted);
  expect(await findInstalled(17, { ...there, env })).toEqual([]);
});

const SCRIPT = 'node_modules/npm/bin/npm-cli.js';

test.each<[NodeJS.Platform, readonly string[], string, readonly [string, readonly string[]] | undefined]>([
  ['linux', ['/one/npm', '/two/npm', '/node/bin/npm'], 'PATH', ['/one/npm', []]],
  ['linux', ['/two/npm', '/node/bin/npm'], 'PATH', ['/two/npm', []]],
  ['linux', ['/node/bin/npm'], 'PATH', ['/node/bin/npm', []]],
  ['linux', [`/node/lib/${SCRIPT}`], 'PATH', ['/node/bin/node', [`/node/lib/${SCRIPT}`]]],
  ['linux', [`/one/${SCRIPT}`, '/one/npm.exe'], 'PATH', undefined],
  ['win32', [`/one/${SCRIPT}`, '/one/npm.exe'], 'Path', ['/node/bin/node', [`/one/${SCRIPT}`]]],
  ['win32', ['/one/npm.exe', `/two/${SCRIPT}`], 'Path', ['/one/npm.exe', []]],
  ['win32', ['/one/npm'], 'PATH', undefined]
])('on %s with %j in %s npm is %j', async (platform, files, name, expected) => {
  const there = await machine({ platform });
  for (const file of files) await there.file(file);
  const { PATH: _, ...rest } = there.env;
  const env = { ...rest, [name]: ['', join(there.root, 'one'), join(there.root, 'two')].join(delimiter) };
  const [program, args] = expected ?? [];
  const wanted = { program: join(there.root, program ?? ''), arguments: args?.map(one => join(there.root, one)) };
  expect(await findNpm({ ...there, env })).toEqual(expected === undefined ? undefined : wanted);
});

describe('where there is no /proc, a process is told by ps', () => {
  test.each([
    ['S+ /opt/bin/postgres -D /a directory', { command: ['/opt/bin/postgres', '-D', '/a directory'], zombie: false }],
    ['  Ss   /usr/bin/tail', { command: ['/usr/bin/tail'], zombie: false }],
    ['Z+   (postgres)', { command: ['(postgres)'], zombie: true }],
    ['', undefined]
  ])('which says %j', async (answer, expected) => {
    const there = await answering('darwin', 'ps', { '-ww -o state=,command= -p 42': answer });
    expect(await describeProcess(42, there)).toEqual(expected);
    expect(await describeProcess(43, there)).toBeUndefined();
  });

  test('and the server of a directory by all of them', async () => {
    const all = '   41 /bin/sh -D /data\n  421 /opt/bin/postgres -D /data/other\n  42 /opt/bin/postgres -D /data';
    const there = await answering('darwin', 'ps', {
      '-axww -o pid=,command=': all,
      '-ww -o state=,command= -p 41': 'S /bin/sh -D /data',
      '-ww -o state=,command= -p 42': 'S /opt/bin/postgres -D /data',
      '-ww -o state=,command= -p 421': 'S /opt/bin/postgres -D /data'
    });
    expect(await findPostmasterOf('/data', there)).toBe(42);
    expect(await findPostmasterOf('/nothing', there)).toBeUndefined();
    expect(await findPostmasterOf('/data', await machine({ platform: 'darwin' }))).toBeUndefined();
    expect(await findPostmasterOf('/data', { ...there, platform: 'win32' })).toBeUndefined();
  });

  test('and its birth as well', async () => {
    const there = await answering('darwin', 'ps', { '-o lstart= -p 42': '  Mon Nov 30 08:00:00 2026  ' });
    expect(await processBirth(42, there)).toBe('Mon Nov 30 08:00:00 2026');
    expect(await processBirth(43, there)).toBe('');
    expect(await processBirth(42, { ...there, platform: 'win32' })).toBe('');
  });
});

test('where there is /proc, the server of a directory is looked for there', async () => {
  const there = await machine();
  for (const [pid, command] of Object.entries({ 7: '/bin/sh\0-D\0/data\0', 42: 'postgres\0-D\0/data\0', self: '' })) {
    await there.file(`/proc/${pid}/stat`, `${pid} (x) S 1`);
    await there.file(`/proc/${pid}/cmdline`, command);
  }
  expect(await findPostmasterOf('/data', there)).toBe(42);
  expect(await findPostmasterOf('/other', there)).toBeUndefined();
  expect(await findPostmasterOf('/data', await machine())).toBeUndefined();
});

// https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: the state is field 3, the start field 22.
test.each([
  ['S', 'boot 22'],
  ['Z', '']
])('on Linux, a process in the state %s was born at %j', async (state, birth) => {
  const there = await machine();
  const fields = Array.from({ length: 27 }, (_, at) => String(at + 4));
  await there.file(`/proc/${process.pid}/stat`, `${process.pid} (odd ) S name) ${state} ${fields.join(' ')}`);
  await there.file('/proc/sys/kernel/random/boot_id', 'boot\n');
  expect(await processBirth(process.pid, there)).toBe(birth);
  expect(await processBirth(2 ** 30, there)).toBe('');
  expect(await isSameProcess({ pid: process.pid, birth }, there)).toBe(true);
  expect(await isSameProcess({ pid: process.pid, birth: 'boot 23' }, there)).toBe(false);
  // It does not live, whatever its file says.
  expect(await isSameProcess({ pid: 2 ** 30, birth: '' }, there)).toBe(false);
});

test.each<[NodeJS.Platform, string, readonly string[] | string]>([
  ['linux', 'C\nC.utf8\nPOSIX\nde_DE.utf8@euro\nen_US.UTF-8', ['C.utf8', 'de_DE.utf8@euro', 'en_US.UTF-8']],
  ['linux', 'C\nC.utf8\nen_US', 'unknown'],
  ['linux', '', []],
  ['darwin', 'C\nC.utf8', 'unknown']
])('on %s with the locales %j the server is given %j', async (platform, listed, expected) => {
  expect(await machineLocales(await answering(platform, 'locale', { '-a': listed }))).toEqual(expected);
});

test('a Linux without the program for locales has none', async () => {
  expect(await machineLocales(await machine())).toEqual([]);
});

// https://docs.kernel.org/networking/proc_net_tcp.html
const HEAD = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
const row = (local: string, state: string, inode: number): string =>
  `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 1`;

test.each<[number, string | undefined]>([
  [5432, 'postgres (pid 42)'],
  [80, 'the process 43'],
  [5433, undefined],
  [5434, undefined],
  [35_432, undefined]
])('on Linux, the listener on port %i is %j', async (port, expected) => {
  const there = await machine();
  const hex = (number: number): string => number.toString(16).toUpperCase().padStart(4, '0');
  await there.file(
    '/proc/net/tcp',
    [HEAD, row(`0100007F:${hex(5432)}`, '0A', 1), row(`0100007F:${hex(5433)}`, '01', 2)].join('\n')
  );
  await there.file('/proc/net/tcp6', [HEAD, row(`${'0'.repeat(32)}:0050`, '0A', 3), row(':', '0A', 4)].join('\n'));
  await there.file('/proc/42/comm', 'postgres\n');
  for (const [pid, inodes] of Object.entries({ 41: [9], 42: [8, 1, 2], 43: [3], net: [1, 2, 3] })) {
    await mkdir(join(there.root, 'proc', pid, 'fd'), { recursive: true });
    for (const inode of inodes)
      await symlink(`socket:[${inode}]`, join(there.root, 'proc', pid, 'fd', String(inode + 2)));
  }
  expect(await listenerOf(there, port)).toBe(expected);
  expect(await listenerOf({ ...there, platform: 'darwin' }, port)).toBeUndefined();
});

describe('a program that is started is given no variable of the step but its own', () => {
  const inherited = { GITHUB_TOKEN: 'canary', INPUT_MASTER_PASSWORD: 'canary' };
  const before = { ...process.env };
  beforeAll(() => Object.assign(process.env, inherited));
  afterAll(() => {
    for (const name of Object.keys(inherited)) if (!(name in before)) delete process.env[name];
  });

  test.each<[string, NodeJS.Platform, string, (there: Machine, directory: string) => Promise<unknown>]>([
    ['ps for one process', 'darwin', 'ps', async there => describeProcess(42, there)],
    ['ps for all', 'darwin', 'ps', async there => findPostmasterOf('/data', there)],
    ['ps for a birth', 'darwin', 'ps', async there => processBirth(42, there)],
    ['locale', 'linux', 'locale', async there => machineLocales(there)],
    ['postgres', 'linux', 'postgres', async (there, at) => readServerVersion(join(at, 'postgres'), there, undefined)],
    [
      'pg_ctl',
      'linux',
      'pg_ctl',
      async (there, binDir) => runPgCtl({ machine: there, binDir, dataDirectory: '/data' }, 'reload')
    ]
  ])('%s', async (_, platform, program, run) => {
    const there = await machine({ platform });
    const [told, directory] = [join(there.root, 'told'), join(there.root, 'bin')];
    await there.script(`/bin/${program}`, `export -p > ${told}`);
    const env = { ...there.env, ...inherited, PATH: directory, RUNNER_TRACKING_ID: 'github_1' };
    await run({ ...there, env }, directory);
    const names = [...(await readFile(told, 'utf8')).matchAll(/^(?:export|declare -x) (\w+)/gm)].map(
      ([, name]) => name ?? ''
    );
    const ofShell = ['PWD', 'OLDPWD', 'SHLVL', '_'];
    expect(new Set(names.filter(name => !ofShell.includes(name)))).toEqual(
      new Set(['LC_ALL', 'PATH', 'RUNNER_TRACKING_ID'])
    );
  });
});

describe('a cluster that initdb makes', () => {
  const SAME = ['--lc-messages=C', '--lc-monetary=C', '--lc-numeric=C', '--lc-time=C'];
  const FIRST = ['--username=postgres', '--auth=scram-sha-256', '--encoding=UTF8', '--no-sync'];
  const BUILTIN = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'];

  test.each<[NodeJS.Platform, readonly string[], 16 | 17 | 18, readonly string[]]>([
    ['linux', ['/usr/lib/locale/C.utf8'], 16, [...FIRST, '--locale=C.UTF-8', ...SAME]],
    ['linux', ['/usr/lib/locale/C.UTF-8'], 17, [...FIRST, '--locale=C.UTF-8', ...SAME, ...BUILTIN]],
    ['linux', ['/etc/alpine-release'], 16, [...FIRST, '--locale=C.UTF-8', ...SAME]],
    ['linux', [], 18, [...FIRST, '--no-data-checksums', '--locale=C', ...SAME, ...BUILTIN]],
    ['darwin', ['/usr/lib/locale/C.utf8'], 16, [...FIRST, '--locale=C', ...SAME]]
  ])('on %s with %j is told so of %i', async (platform, files, major, expected) => {
    const there = await machine({ platform, uid: 1001 });
    for (const file of files) await there.file(file);
    const [told, directory] = [join(there.root, 'told'), join(there.root, 'data')];
    const script = `shift 2; printf '%s\\n' "$@" > ${told}; pwd >> ${told}`;
    await there.script('/bin/initdb', script);
    const created = await createDataDirectory({
      installation: { source: 'installed', major, version: `${major}.1`, binDir: join(there.root, 'bin') },
      machine: there,
      directory,
      password: 'secret',
      owner: undefined,
      readPack: async () => Promise.reject(new Error('not asked for')),
      initdbBecause: 'the server refused the other one'
    });
    const [, characterType = ''] = expected.find(one => one.startsWith('--locale='))?.split('=') ?? [];
    expect(created).toEqual({ way: 'initdb', characterType, reason: 'the server refused the other one' });
    expect((await readFile(told, 'utf8')).trim().split('\n')).toEqual([...expected, directory]);
  });
});
