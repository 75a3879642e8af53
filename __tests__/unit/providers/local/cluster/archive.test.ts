import { readdirSync } from 'node:fs';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { zstdDecompressSync } from 'node:zlib';
import { probe, withSqlSession } from '../../../../../src/postgres/connection.ts';
import type { Major } from '../../../../../src/postgres/major.ts';
import type { WrittenArchive } from '../../../../../src/providers/local/cluster/archive.ts';
import { readArchiveManifest } from '../../../../../src/providers/local/cluster/archive-manifest.ts';
import { restoreArchive } from '../../../../../src/providers/local/cluster/restore.ts';
import { stopServer } from '../../../../../src/providers/local/cluster/stop.ts';
import { testInstallation } from '../../../../support/installation.ts';
import {
  testClusters,
  testContext,
  testPassword,
  type TestCluster,
  type TestClusters
} from '../../../../support/real-server.ts';
import { seededCluster, takeSnapshot } from '../../../../support/snapshots.ts';
import { until } from '../../../../support/until.ts';

const execution = testContext();
let clusters: TestClusters;
let files = 0;

beforeAll(async () => {
  clusters = await testClusters();
});

afterAll(() => clusters.remove());

/** Takes a snapshot into a file of its own. */
async function snapshot(cluster: TestCluster, file = join(clusters.directory, 'kept', `${(files += 1)}.tar.zst`)) {
  return { ...(await takeSnapshot(cluster, file)), file };
}

/** Restores into the layout of a new cluster, starts it, and answers a query as the superuser with a new password. */
async function restored(file: string, major: Major, query: string): Promise<unknown> {
  const cluster = await clusters.create({ major, isEmpty: true });
  await restoreArchive(execution, {
    file,
    directory: cluster.layout.dataDirectory,
    installation: await testInstallation(major),
    machine: cluster.machine,
    owner: cluster.owner,
    password: 'new one'
  });
  await cluster.configure();
  await cluster.start();
  await expect(probe(cluster.target(), execution.signal)).rejects.toMatchObject({ kind: 'unauthenticated' });
  const target = cluster.target({ password: 'new one' });
  const value = await withSqlSession(target, execution.signal, async session => {
    const [row] = await session.query<{ value: unknown }>(`select (${query}) as value`);
    return row?.value;
  });
  await probe(cluster.target({ user: 'app', password: 'app-password' }), execution.signal);
  await stopServer(execution, { ...cluster.place, mode: 'immediate' });
  return value;
}

// PostgreSQL 15 renamed the functions of a backup: restore.test.ts restores that of a running server of 17.
test('keeps the rows of a running server of PostgreSQL 14, also of one that is busy', async () => {
  const cluster = await seededCluster(clusters, 14);
  const stop = new AbortController();
  const busy = withSqlSession(cluster.target(), stop.signal, async session => {
    for (let id = 10_000; ; id += 1) {
      await session.query("insert into orders values ($1, 'late')", [id]);
      await sleep(10);
    }
  }).catch(() => undefined);
  const { file, manifest } = await snapshot(cluster);
  stop.abort();
  await busy;
  expect(manifest).toMatchObject({
    format: 'pgkeep-snapshot',
    major: 14,
    platform: expect.any(String) as string
  });
  await expect(restored(file, 14, 'select count(*) from orders where id <= 5000')).resolves.toBe('5000');
});

// It is copied as it is, whatever its major.
test('keeps the rows of a stopped server', async () => {
  const cluster = await seededCluster(clusters, 18);
  await stopServer(execution, { ...cluster.place, mode: 'fast' });
  const { file } = await snapshot(cluster);
  await expect(restored(file, 18, 'select count(*) from orders where id <= 5000')).resolves.toBe('5000');
});

describe('writeArchive', () => {
  let cluster: TestCluster;
  let written: WrittenArchive & { readonly file: string };
  let pid: number;

  beforeAll(async () => {
    cluster = await seededCluster(clusters, 17);
    await cluster.configure({ mark: 'CANARY-mark', parameters: { 'my.secret': 'CANARY-parameter' } });
    written = await snapshot(cluster);
  });

  test('reads back its own manifest', async () => {
    await expect(readArchiveManifest(written.file)).resolves.toEqual(written.manifest);
    expect(written.bytes).toBe((await stat(written.file)).size);
    expect(written.bytes).toBeLessThan(written.manifest.bytes / 4);
    expect((await stat(written.file)).mode & 0o777).toBe(0o600);
  });

  test('holds no configuration, no password and no file of the run', async () => {
    const { list } = await import('tar');
    const unpacked = zstdDecompressSync(await readFile(written.file));
    const names = new Set<string>();
    const listing = list({ sync: true, onReadEntry: ({ path }) => names.add(path.replace(/^data\//, '')) });
    listing.end(unpacked);
    for (const name of [
      'pgkeep.conf',
      'postmaster.pid',
      'postmaster.opts',
      'server.key',
      'postgresql.conf',
      'pg_hba.conf',
      'postgresql.auto.conf'
    ]) {
      expect(names).not.toContain(name);
    }
    expect(names).toContain('backup_label');
    const secrets = ['CANARY', 'app-password', testPassword];
    expect(secrets.filter(secret => unpacked.includes(secret))).toEqual([]);
  });

  test('names UNLOGGED tables with rows of any database, which a copy would lose', async () => {
    await withSqlSession(cluster.target(), execution.signal, async session => {
      await session.query('create database "other one"');
      await session.query('create unlogged table "Fast" as select 1 as id');
      await session.query('create unlogged table empty (id int primary key)');
    });
    await withSqlSession(cluster.target({ database: 'other one' }), execution.signal, session =>
      session.query('create unlogged table there as select 1 as id')
    );
    await expect(snapshot(cluster)).rejects.toMatchObject({
      code: 'unsupported',
      message:
        'Could not copy the server: its UNLOGGED tables other one.there, postgres."Fast" would be empty in the copy',
      hint: expect.stringContaining('SET LOGGED') as string
    });
    await withSqlSession(cluster.target(), execution.signal, async session => {
      await session.query('alter table "Fast" set logged');
      await session.query('drop database "other one"');
    });
  });

  test('refuses too little log, and with enough replaces an older archive and leaves no other file', async () => {
    const restart = async (parameters: Readonly<Record<string, string>>): Promise<void> => {
      await stopServer(execution, { ...cluster.place, mode: 'fast' });
      await cluster.configure({ parameters });
      ({ pid } = await cluster.start());
    };
    await restart({ wal_level: 'minimal', max_wal_senders: '0' });
    await expect(snapshot(cluster)).rejects.toMatchObject({
      code: 'unsupported',
      message: 'Could not back the server up: wal_level is minimal',
      hint: expect.stringContaining('Remove wal_level from `parameters`') as string
    });
    await restart({});
    const { file, manifest } = await snapshot(cluster, written.file);
    await expect(readArchiveManifest(file)).resolves.toEqual(manifest);
    expect(manifest).not.toEqual(written.manifest);
    expect((await readdir(join(clusters.directory, 'kept'))).filter(name => name.endsWith('.new'))).toEqual([]);
    expect((await readdir(cluster.layout.directory)).filter(name => name.startsWith('snapshot-'))).toEqual([]);
  });

  test('leaves the older archive as it is when the run is cancelled', async () => {
    const { file } = written;
    const before = await readFile(file);
    const controller = new AbortController();
    const cancelled = takeSnapshot(cluster, file, controller.signal);
    const hasBegun = (): boolean => readdirSync(cluster.layout.directory).some(name => name.startsWith('snapshot-'));
    void until(hasBegun).then(() => controller.abort(new Error('cancelled')));
    await expect(cancelled).rejects.toThrow('cancelled');
    expect(before.equals(await readFile(file))).toBe(true);
    expect((await readdir(cluster.layout.directory)).filter(name => name.startsWith('snapshot-'))).toEqual([]);
  });

  test('refuses tablespaces that lie elsewhere', async () => {
    await withSqlSession(cluster.target(), execution.signal, async session => {
      await session.query('set allow_in_place_tablespaces = on');
      await session.query("create tablespace far location ''");
      await expect(snapshot(cluster)).rejects.toMatchObject({
        code: 'unsupported',
        message: expect.stringContaining('far') as string
      });
      await session.query('drop tablespace far');
    });
  });

  test('refuses a server that crashed, and a missing one', async () => {
    await cluster.kill(pid);
    await expect(snapshot(cluster)).rejects.toMatchObject({
      code: 'server-failed',
      hint: expect.stringContaining('Start the server') as string
    });
    await rm(cluster.layout.dataDirectory, { recursive: true });
    await expect(snapshot(cluster)).rejects.toMatchObject({ code: 'not-found' });
  });
});
