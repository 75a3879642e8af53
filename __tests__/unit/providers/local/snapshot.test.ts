import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { create } from 'tar';
import { thisMachine } from '../../../../src/providers/local/installation/machine.ts';
import type { LocalContext } from '../../../../src/providers/local/context.ts';
import { newestBackup } from '../../../../src/providers/local/newest-backup.ts';
import { secretStore } from '../../../../src/providers/local/secret-store.ts';
import { momentIn, snapshotFile } from '../../../../src/providers/local/snapshot.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pgkeep-snapshot-'));
});

afterEach(() => rmSync(directory, { recursive: true }));

test.each([
  ['orders-20261122-031500.pgkeep.tar.zst', '2026-11-22T03:15:00Z'],
  ['orders-20261122-0315.pgkeep.tar.zst', undefined],
  ['orders-20261122-0315001.pgkeep.tar.zst', undefined],
  ['orders-before-release.pgkeep.tar.zst', undefined],
  ['orders-20261122-031500.tar.zst', undefined],
  ['orders-eu-20261122-031500.pgkeep.tar.zst', undefined],
  ['xorders-20261122-031500.pgkeep.tar.zst', undefined]
])('of %s, a snapshot of orders was taken at %j', (entry, moment) => {
  expect(momentIn(entry, 'orders')).toBe(moment);
});

const contextOf = (settings: object): LocalContext =>
  ({
    spec: { name: 'orders' },
    settings,
    workspace: join(directory, 'workspace'),
    machine: { ...thisMachine({}), temporaryDirectory: join(directory, 'temp') }
  }) as unknown as LocalContext;

test('a plain name is a file in the folder of snapshots, and another one a path', async () => {
  for (const folder of ['workspace', 'temp']) await mkdir(join(directory, folder));
  const context = contextOf({});
  const at = (identifier: string): string => snapshotFile(context, identifier).slice(directory.length);
  expect(at('one')).toBe('/workspace/.pgkeep/one.pgkeep.tar.zst');
  expect(at('kept/one.tar.zst')).toBe('/workspace/kept/one.tar.zst');
  expect(at(join(directory, 'temp', 'one'))).toBe('/temp/one');
  for (const outside of [join(directory, 'other'), '../other/one', '..\\one/../../..']) {
    expect(() => at(outside)).toThrow(expect.objectContaining({ code: 'input-invalid' }));
  }
});

/** An archive with a manifest alone. */
async function archive(name: string, createdAt: string): Promise<void> {
  const numbers = { formatVersion: 1, major: 17, files: 0, bytes: 0 };
  const manifest = { format: 'pgkeep-snapshot', ...numbers, catalogVersion: '1', platform: 'linux-x64', createdAt };
  await mkdir(join(directory, 'workspace', '.pgkeep'), { recursive: true });
  await writeFile(join(directory, 'manifest.json'), JSON.stringify(manifest));
  const plain = join(directory, 'plain.tar');
  create({ file: plain, cwd: directory, sync: true }, ['manifest.json']);
  await writeFile(join(directory, 'workspace', '.pgkeep', name), zstdCompressSync(await readFile(plain)));
}

test('the newest backup is the newest snapshot of this server, or the named one', async () => {
  await mkdir(join(directory, 'temp'));
  await mkdir(join(directory, 'workspace'));
  expect(await newestBackup(contextOf({}))).toEqual({
    kind: 'none',
    why: '.pgkeep/ holds no snapshot of orders',
    hint: 'Run `command: snapshot` first, or restore the folder from a cache.'
  });
  expect(await newestBackup(contextOf({ snapshot_identifier: 'gone' }))).toEqual({
    kind: 'none',
    why: 'there is no file gone',
    hint: 'Correct `snapshot_identifier`, or run `command: snapshot` first.'
  });
  await archive('orders-20261122-031500.pgkeep.tar.zst', '2026-11-22T03:15:00Z');
  await archive('orders-20261123-031500.pgkeep.tar.zst', '2026-11-23T03:15:01Z');
  await archive('others-20261124-031500.pgkeep.tar.zst', '2026-11-24T03:15:00Z');
  await archive('named.pgkeep.tar.zst', '2026-11-21T03:15:00Z');
  expect(await newestBackup(contextOf({}))).toEqual({
    kind: 'found',
    at: '2026-11-23T03:15:01Z',
    title: 'snapshot orders-20261123-031500',
    restore: { restore_from_snapshot: 'orders-20261123-031500' }
  });
  expect(await newestBackup(contextOf({ snapshot_identifier: 'named' }))).toMatchObject({
    at: '2026-11-21T03:15:00Z'
  });
  await writeFile(join(directory, 'workspace', '.pgkeep', 'named.pgkeep.tar.zst'), 'text');
  await expect(newestBackup(contextOf({ snapshot_identifier: 'named' }))).rejects.toMatchObject({
    code: 'archive-invalid'
  });
});

test('secrets are files that only their owner reads, by names that are no paths', async () => {
  const store = secretStore({ directory });
  expect(await store.read('shop-app')).toBeUndefined();
  await store.write('shop-app', 'one');
  await store.write('shop-app', 'two');
  expect(await store.read('shop-app')).toBe('two');
  const folder = join(directory, 'secrets');
  expect([(await stat(folder)).mode & 0o777, (await stat(join(folder, 'shop-app'))).mode & 0o777]).toEqual([
    0o700, 0o600
  ]);
  await store.remove('shop-app');
  await store.remove('shop-app');
  expect(await readdir(folder)).toEqual([]);
  for (const name of ['', '../x', 'a/b', 'a.b', 'x'.repeat(101)]) {
    await expect(store.write(name, 'x')).rejects.toMatchObject({
      code: 'internal',
      source: 'bug',
      message: `Could not store a secret: ${JSON.stringify(name)} is not a valid name`
    });
  }
  await store.write('x'.repeat(100), 'x');
  // What is no file is not taken for a missing one.
  await mkdir(join(folder, 'folder'));
  await expect(store.read('folder')).rejects.toMatchObject({ code: 'EISDIR' });
});
