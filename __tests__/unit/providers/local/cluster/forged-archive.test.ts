import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { create } from 'tar';
import {
  archiveFailure,
  readArchiveManifest,
  type ArchiveManifest
} from '../../../../../src/providers/local/cluster/archive-manifest.ts';
import { restoreArchive } from '../../../../../src/providers/local/cluster/restore.ts';
import { thisMachine } from '../../../../../src/providers/local/installation/machine.ts';
import { testContext } from '../../../../support/real-server.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pgkeep-forged-'));
});

afterEach(() => rmSync(directory, { recursive: true }));

const machine = { ...thisMachine({}), uid: 1001 };
const MANIFEST: ArchiveManifest = {
  format: 'pgkeep-snapshot',
  formatVersion: 1,
  major: 17,
  catalogVersion: '202406281',
  platform: 'linux-x64',
  createdAt: '2026-11-30T12:00:00.000Z',
  files: 2,
  bytes: 8194
};
const MINE = {
  ...MANIFEST,
  platform: `${machine.platform === 'win32' ? 'windows' : machine.platform}-${machine.arch}`
};

/** `pg_control` as far as it is read: the catalog version in bytes 12 to 15. */
function control(catalogVersion: number): Buffer {
  const bytes = Buffer.alloc(8192);
  bytes.writeUInt32LE(catalogVersion, 12);
  return bytes;
}

type Contents = Readonly<Record<string, string | Buffer>>;

const DATA: Contents = { 'data/PG_VERSION': '17', 'data/global/pg_control': control(202406281) };

/** An archive of these files, in this order. */
async function forge(manifest: unknown, data: Contents = DATA, first: readonly string[] = ['manifest.json']) {
  const from = join(directory, 'forged');
  for (const [name, content] of Object.entries({ 'manifest.json': JSON.stringify(manifest), ...data })) {
    await mkdir(dirname(join(from, name)), { recursive: true });
    await writeFile(join(from, name), content);
  }
  const plain = join(directory, 'plain.tar');
  create({ file: plain, cwd: from, sync: true }, [...first, 'data']);
  const file = join(directory, 'forged.tar.zst');
  await writeFile(file, zstdCompressSync(await readFile(plain)));
  return file;
}

/** How a restore of such an archive ends, up to the start of its server, which has no programs here. */
async function restored(file: string): Promise<unknown> {
  const installation = { source: 'installed', major: 17, version: '17.10', binDir: '/nonexistent' } as const;
  const request = { file, directory: join(directory, 'restored'), installation, machine, owner: undefined };
  const end = await restoreArchive(testContext(), { ...request, password: 'x' }).catch((thrown: unknown) => thrown);
  await expect(stat(request.directory)).rejects.toMatchObject({ code: 'ENOENT' });
  return end;
}

const AGAIN = 'Take the snapshot again; when it comes from a cache, give it another cache key.';
const FOREIGN = 'it is not a snapshot of this action, or a later version took it';
const invalid = (file: string, because: string): object => ({
  code: 'archive-invalid',
  source: 'user',
  message: `Could not read snapshot ${file}: ${because}`,
  hint: AGAIN
});

test('an archive tells its manifest, and members that it does not know are left out', async () => {
  expect(await readArchiveManifest(await forge({ ...MANIFEST, more: 1 }))).toEqual(MANIFEST);
});

test.each<readonly [string, unknown]>([
  ...Object.keys(MANIFEST).map(name => [`without ${name}`, { ...MANIFEST, [name]: undefined }] as const),
  ['of another format', { ...MANIFEST, format: 'other' }],
  ['of a later format', { ...MANIFEST, formatVersion: 2 }],
  ...['major', 'files', 'bytes'].map(name => [`with a part of ${name}`, { ...MANIFEST, [name]: 1.5 }] as const),
  ['that is too long to be one', { ...MANIFEST, more: 'x'.repeat(64 * 1024) }]
])('a manifest %s is none of ours', async (_, manifest) => {
  const file = await forge(manifest);
  await expect(readArchiveManifest(file)).rejects.toMatchObject(invalid(file, FOREIGN));
});

test('an archive that begins with another file is none of ours', async () => {
  const file = await forge(MANIFEST, DATA, []);
  await expect(readArchiveManifest(file)).rejects.toMatchObject(invalid(file, FOREIGN));
});

test.each([
  ['ZSTD_error_corruption_detected', true],
  ['Z_DATA_ERROR', true],
  ['TAR_BAD_ARCHIVE', true],
  ['EIO', false],
  ['NOT_ZSTD_', false],
  [undefined, false]
])('a failure with the code %j is one of the archive: %j', (code, isDamage) => {
  const thrown = Object.assign(new Error('of its bytes'), code === undefined ? {} : { code });
  const told = archiveFailure('/a.tar.zst', thrown);
  if (isDamage) expect(told).toMatchObject(invalid('/a.tar.zst', 'it is cut or damaged (of its bytes)'));
  else expect(told).toBe(thrown);
});

test('a missing archive is an input to correct', async () => {
  await expect(readArchiveManifest('/nowhere.tar.zst')).rejects.toMatchObject({
    code: 'not-found',
    source: 'user',
    message: 'Could not read snapshot /nowhere.tar.zst: the file does not exist',
    hint: 'Check the name, and that the step that restores it from the cache found it.'
  });
});

describe('a restore', () => {
  test('goes on to the start of the server where all is as the manifest says', async () => {
    const end = await restored(await forge(MINE));
    expect(end).toMatchObject({ code: 'server-failed' });
    expect(String(end)).toContain('Could not run /nonexistent/postgres');
  });

  test('ends where there is no archive', async () => {
    expect(await restored('/nowhere.tar.zst')).toMatchObject({ code: 'not-found' });
  });

  test.each([
    [
      { major: 16 },
      {
        message: /: it is of PostgreSQL 16, the server is 17$/,
        hint: 'Set engine_version to 16, or take the snapshot again with 17.'
      }
    ],
    [{ platform: 'plan9-x64' }, { message: /: it was taken on plan9-x64, and this machine is [a-z]+-\w+$/ }],
    [{ files: 3 }, { message: /: it holds 2 files of the 3 it should$/ }],
    [{ bytes: 8193 }, { message: /: it holds 2 files of the 2 it should$/ }],
    [{ catalogVersion: '1' }, { message: /: its catalog version is 202406281, not 1 as it says$/ }]
  ])('ends where the manifest says %j', async (changes, { message, ...more }) => {
    const end = await restored(await forge({ ...MINE, ...changes }));
    expect(end).toMatchObject({ code: 'archive-invalid', source: 'user', hint: AGAIN, ...more });
    expect((end as Error).message).toMatch(message);
  });

  // What runs programs, makes a server a standby, or lies elsewhere.
  const NEVER = [
    'tablespace_map',
    'standby.signal',
    'recovery.signal',
    'postmaster.pid',
    'pgkeep.conf',
    'postgresql.conf',
    'postgresql.auto.conf',
    'pg_hba.conf',
    'pg_ident.conf',
    'pg_tblspc/1'
  ];

  test.each(NEVER)('refuses an archive with %s at its top', async name => {
    const file = await forge({ ...MINE, files: 3 }, { ...DATA, [`data/${name}`]: '' });
    expect(await restored(file)).toMatchObject(
      invalid(file, `it holds data/${name}, which no snapshot of this action has`)
    );
  });

  test('takes more folders than the manifest tells of', async () => {
    for (let folder = 0; folder < 200; folder += 1)
      await mkdir(join(directory, 'forged', 'data', 'base', String(folder)), { recursive: true });
    expect(String(await restored(await forge(MINE)))).toContain('Could not run');
  });

  test('takes those names below the top', async () => {
    const below = Object.fromEntries(NEVER.map(name => [`data/base/${name}`, '']));
    const file = await forge({ ...MINE, files: 2 + NEVER.length }, { ...DATA, ...below });
    expect(String(await restored(file))).toContain('Could not run');
  });

  test('refuses an archive with a folder next to its data', async () => {
    const more = { ...DATA, 'datax/1': 'x' };
    const file = await forge({ ...MINE, files: 3 }, more, ['manifest.json', 'datax']);
    expect(await restored(file)).toMatchObject({ message: expect.stringContaining('it holds datax') as string });
  });
});
