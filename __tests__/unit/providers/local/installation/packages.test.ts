import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { publishedExtensions } from '../../../../../src/providers/local/checks/published-extensions.ts';
import type { LocalContext } from '../../../../../src/providers/local/context.ts';
import { installationOf, type Located } from '../../../../../src/providers/local/installation/installation.ts';
import { provide } from '../../../../../src/providers/local/installation/provide.ts';
import {
  completeMark,
  entryDirectory,
  isComplete
} from '../../../../../src/providers/local/installation/tool-cache.ts';
import { linksOf, pathInEntry } from '../../../../../src/providers/local/installation/unpack.ts';
import { fakeMachine, type FakeMachine } from '../../../../support/fake-machine.ts';

let machine: FakeMachine;

beforeEach(async () => {
  machine = await fakeMachine();
});

afterEach(async () => machine.remove());

const PIN = {
  package: '@example/linux-x64',
  packageVersion: '17.10.0',
  version: '17.10',
  sha512: Buffer.from('0123456789abcdef', 'hex').toString('base64'),
  tree: 'tree'
};

test.each([
  ['package/native/bin/postgres', 'bin/postgres'],
  ['package/native/lib/postgresql/plpgsql.so', 'lib/postgresql/plpgsql.so'],
  ['package/native/lib/libpq.a', undefined],
  ['package/native/lib/libpq.a.so', 'lib/libpq.a.so'],
  ['package/native/lib/pkgconfig/libpq.pc', undefined],
  ['package/native/lib/postgresql/pgxs/src/Makefile', undefined],
  ['package/native/share/pkgconfig/x', 'share/pkgconfig/x'],
  ['package/package.json', undefined],
  ['package/native', undefined]
])('of a package, %s is unpacked to %j', (path, inEntry) => {
  expect(pathInEntry(path)).toBe(inEntry);
});

test('the links of a package are relative to where they lie', () => {
  const links = [
    { source: 'native/lib/libpq.so.5.17', target: 'native/lib/libpq.so.5' },
    { source: 'native/lib/x.so', target: 'native/lib/deep/x.so' }
  ];
  expect([...linksOf(JSON.stringify(links))]).toEqual([
    ['lib/libpq.so.5', 'libpq.so.5.17'],
    ['lib/deep/x.so', '../x.so']
  ]);
});

test('an entry of the tool cache is named after what it holds, and complete with its program and its mark', async () => {
  const directory = entryDirectory(PIN, machine);
  expect(directory).toBe(join(machine.root, 'tools', 'pgkeep-postgres', '17.10-0123456789ab', 'linux-x64'));
  const mark = completeMark(PIN);
  expect(mark).toEqual({ name: '.complete', text: '@example/linux-x64@17.10.0 sha512-ASNFZ4mrze8=\n' });
  await mkdir(join(directory, 'bin'), { recursive: true });
  await writeFile(join(directory, mark.name), mark.text);
  expect(await isComplete(directory, PIN, machine)).toBe(false);
  await writeFile(join(directory, 'bin', 'postgres'), '');
  expect(await isComplete(directory, PIN, machine)).toBe(true);
  expect(await isComplete(directory, PIN, { ...machine, platform: 'win32' })).toBe(false);
});

const DOWNLOAD: Located = {
  source: 'download',
  major: 17,
  version: '17.10',
  pin: PIN,
  directory: '/tools',
  notices: []
};

test.each<[Located, ReturnType<typeof installationOf>]>([
  [DOWNLOAD, { source: 'tool-cache', major: 17, version: '17.10', binDir: '/tools/bin' }],
  [
    { source: 'bin-dir', major: 16, version: '16.9', binDir: '/mine', notices: [] },
    { source: 'bin-dir', major: 16, version: '16.9', binDir: '/mine' }
  ]
])('%j is used as %j', (located, installation) => {
  expect(installationOf(located)).toEqual(installation);
});

const FULL = 'Free some space: the download and the unpacked server take up to 200 MB.';
const ELSEWHERE = 'Set RUNNER_TOOL_CACHE to a directory that this user may write to.';

test.each<readonly [string | undefined, string | undefined, string | undefined]>([
  ['ENOSPC', 'the disk is full', FULL],
  ['EDQUOT', 'the disk is full', FULL],
  ['EACCES', 'permission denied', ELSEWHERE],
  ['EPERM', 'permission denied', ELSEWHERE],
  ['EROFS', 'the disk is read-only', ELSEWHERE],
  ['ENOTDIR', 'a file is in the way', ELSEWHERE],
  ['EEXIST', 'a file is in the way', ELSEWHERE],
  ['ELOOP', 'its links lead in a circle', ELSEWHERE],
  ['ENAMETOOLONG', 'the path is too long', ELSEWHERE],
  ['EIO', undefined, undefined],
  [undefined, undefined, undefined]
])('a disk that answers %s keeps no programs', async (code, because, hint) => {
  const directory = join(machine.root, 'tools', 'entry');
  const thrown = Object.assign(new Error('x'), code === undefined ? {} : { code });
  // The first line comes in the middle of it: the disk may answer so at any of its calls.
  const info = (): void => {
    throw thrown;
  };
  const execution = { log: { debug: info, info, warning: info }, signal: new AbortController().signal };
  const end = await provide({ ...DOWNLOAD, directory }, machine, execution).catch((failure: unknown) => failure);
  if (because === undefined) return expect(end).toBe(thrown);
  expect(end).toMatchObject({
    code: 'binaries-unavailable',
    source: 'provider',
    message: `Could not keep PostgreSQL 17.10 in ${directory}: ${because}`,
    hint,
    cause: thrown
  });
});

test('an extension that no published programs have is refused with the way to it', () => {
  const settings = { extensions: ['pgvector', 'plpgsql_check'] };
  const context = { settings, machine: { platform: 'linux' } } as unknown as LocalContext;
  const install = (name: string): string =>
    'install a server with it in an earlier step, which this action then uses: `sudo apt-get install -y ' +
    'postgresql-common && sudo /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y && ' +
    `sudo apt-get install -y postgresql-17 postgresql-17-${name}\``;
  const why = 'is not in the published programs of PostgreSQL 17.10';
  expect(publishedExtensions(context, DOWNLOAD)).toEqual([
    { input: 'extensions', value: 'pgvector', why, suggestion: 'vector', instead: install('pgvector') },
    { input: 'extensions', value: 'plpgsql_check', why, instead: install('plpgsql-check') }
  ]);
});
