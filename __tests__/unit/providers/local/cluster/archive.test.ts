import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from 'tar';
import { zstdCompressSync } from 'node:zlib';
import { probe, withSession } from '../../../../../src/postgres/connection.ts';
import type { Major } from '../../../../../src/postgres/major.ts';
import { writeArchive, type WrittenArchive } from '../../../../../src/providers/local/cluster/archive.ts';
import { readArchiveManifest } from '../../../../../src/providers/local/cluster/archive-manifest.ts';
import { restoreArchive } from '../../../../../src/providers/local/cluster/restore.ts';
import { choosePort } from '../../../../../src/providers/local/cluster/port.ts';
import { writeSettings } from '../../../../../src/providers/local/cluster/settings.ts';
import { startServer } from '../../../../../src/providers/local/cluster/start.ts';
import { stopServer } from '../../../../../src/providers/local/cluster/stop.ts';
import { testInstallation } from '../../../../support/installation.ts';
import {
  processesIn,
  testClusters,
  testContext,
  testPassword,
  type TestCluster,
  type TestClusters
} from '../../../../support/real-server.ts';

const context = testContext();
let clusters: TestClusters;
let files = 0;

beforeAll(async () => {
  clusters = await testClusters();
});

afterAll(() => clusters.remove());

async function snapshot(cluster: TestCluster, file = join(clusters.directory, 'kept', `${(files += 1)}.tar.zst`)) {
  const written = await writeArchive(context, {
    machine: cluster.machine,
    dataDirectory: cluster.layout.dataDirectory,
    connection: cluster.target(),
    file,
    temporaryDirectory: cluster.layout.directory
  });
  return { ...written, file };
}

/** A server with rows, a table of its own size, and work going on. */
async function seeded(major: Major): Promise<TestCluster> {
  const cluster = await clusters.create({ major });
  await cluster.start();
  await withSession(cluster.target(), context.signal, async session => {
    await session.batch(`create table orders (id int primary key, note text);
      insert into orders select i, repeat('x', 100) from generate_series(1, 5000) i;
      create role app login password 'app-password'; create index on orders (note)`);
  });
  return cluster;
}

/** Restores into the layout of a new cluster, starts it, and answers a query as the superuser with a new password. */
async function restored(file: string, major: Major, query: string): Promise<unknown> {
  const cluster = await clusters.create({ major, isEmpty: true });
  await restoreArchive(context, {
    file,
    directory: cluster.layout.dataDirectory,
    installation: await testInstallation(major),
    machine: cluster.machine,
    owner: cluster.owner,
    password: 'new one'
  });
  await cluster.configure();
  await cluster.start();
  await expect(probe(cluster.target(), context.signal)).rejects.toMatchObject({ kind: 'unauthenticated' });
  const target = cluster.target({ password: 'new one' });
  const value = await withSession(target, context.signal, async session => {
    const [row] = await session.query<{ value: unknown }>(`select (${query}) as value`);
    return row?.value;
  });
  await probe(cluster.target({ user: 'app', password: 'app-password' }), context.signal);
  await stopServer(context, { machine: cluster.machine, binDir: cluster.binDir, ...cluster.layout, mode: 'fast' });
  return value;
}

describe.each([14, 17, 18] as const)('PostgreSQL %i', major => {
  test('keeps the rows of a running server, also of one that is busy', async () => {
    const cluster = await seeded(major);
    const stop = new AbortController();
    const busy = withSession(cluster.target(), stop.signal, async session => {
      for (let id = 10_000; ; id += 1) await session.query("insert into orders values ($1, 'late')", [id]);
    }).catch(() => undefined);
    const { file, manifest } = await snapshot(cluster);
    stop.abort();
    await busy;
    expect(manifest).toMatchObject({ format: 'pgkeep-snapshot', major, platform: expect.any(String) as string });
    await expect(restored(file, major, 'select count(*) from orders where id <= 5000')).resolves.toBe('5000');
    await stopServer(context, { machine: cluster.machine, binDir: cluster.binDir, ...cluster.layout, mode: 'fast' });
    const stopped = await snapshot(cluster);
    await expect(restored(stopped.file, major, 'select count(*) from orders where id <= 5000')).resolves.toBe('5000');
  });
});

describe('writeArchive', () => {
  let cluster: TestCluster;
  let written: WrittenArchive & { readonly file: string };

  beforeAll(async () => {
    cluster = await seeded(17);
    await cluster.configure({ mark: 'CANARY-mark', parameters: { 'my.secret': 'CANARY-parameter' } });
    written = await snapshot(cluster);
  });

  test('says what is in it, and reads back the same', async () => {
    await expect(readArchiveManifest(written.file)).resolves.toEqual(written.manifest);
    expect(written.bytes).toBe((await stat(written.file)).size);
    expect(written.bytes).toBeLessThan(written.manifest.bytes / 4);
    expect((await stat(written.file)).mode & 0o777).toBe(0o600);
  });

  test('holds no configuration, no password and nothing of the run', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'pgkeep-test-'));
    const { extract } = await import('tar');
    await extract({ file: written.file, cwd: directory, zstd: true });
    const names = await readdir(join(directory, 'data'));
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
    for (const secret of ['CANARY', 'app-password', testPassword]) {
      const found = execFileSync('sh', ['-c', 'grep -rlaF -- "$1" "$2" || true', 'sh', secret, directory], {
        encoding: 'utf8'
      });
      expect(found).toBe('');
    }
    await rm(directory, { recursive: true });
  });

  test('leaves nothing beside the archive, and replaces an older one', async () => {
    const { file } = await snapshot(cluster);
    await snapshot(cluster, file);
    expect((await readdir(join(clusters.directory, 'kept'))).filter(name => name.endsWith('.new'))).toEqual([]);
    expect((await readdir(cluster.layout.directory)).filter(name => name.startsWith('snapshot-'))).toEqual([]);
  });

  test('leaves the older archive as it is when the run is cancelled', async () => {
    const { file } = await snapshot(cluster);
    const before = await readFile(file);
    const controller = new AbortController();
    const cancelled = writeArchive(testContext(controller.signal), {
      machine: cluster.machine,
      dataDirectory: cluster.layout.dataDirectory,
      connection: cluster.target(),
      file,
      temporaryDirectory: cluster.layout.directory
    });
    setTimeout(() => controller.abort(new Error('cancelled')), 60);
    await expect(cancelled).rejects.toThrow('cancelled');
    expect(before.equals(await readFile(file))).toBe(true);
    expect((await readdir(cluster.layout.directory)).filter(name => name.startsWith('snapshot-'))).toEqual([]);
  });

  test('refuses a server that is not there, and one that died', async () => {
    const other = await clusters.create();
    const { pid } = await other.start();
    process.kill(pid, 'SIGKILL');
    while ((await processesIn(other.layout.dataDirectory)).length > 0) await context.clock.sleep(0.01);
    await expect(snapshot(other)).rejects.toMatchObject({
      code: 'server-failed',
      hint: expect.stringContaining('Start the server') as string
    });
    await rm(other.layout.dataDirectory, { recursive: true });
    await expect(snapshot(other)).rejects.toMatchObject({ code: 'not-found' });
  });

  test('refuses tablespaces that lie elsewhere, and too little log', async () => {
    const elsewhere = await clusters.create();
    await elsewhere.configure({ parameters: { wal_level: 'minimal', max_wal_senders: '0' } });
    await elsewhere.start();
    await expect(snapshot(elsewhere)).rejects.toMatchObject({
      code: 'unsupported',
      message: 'Back the server up: wal_level is minimal'
    });
    await withSession(cluster.target(), context.signal, async session => {
      await session.query('set allow_in_place_tablespaces = on');
      await session.query("create tablespace far location ''");
      await expect(snapshot(cluster)).rejects.toMatchObject({
        code: 'unsupported',
        message: expect.stringContaining('far') as string
      });
      await session.query('drop tablespace far');
    });
  });
});

describe('restoreArchive', () => {
  let cluster: TestCluster;
  let good: string;
  let directory: string;

  beforeAll(async () => {
    cluster = await seeded(17);
    good = (await snapshot(cluster)).file;
  });

  beforeEach(() => {
    directory = join(clusters.directory, 'restored');
  });

  async function restore(file: string, major: Major = 17): Promise<unknown> {
    return restoreArchive(context, {
      file,
      directory,
      installation: await testInstallation(major),
      machine: cluster.machine,
      owner: cluster.owner,
      password: 'x'
    });
  }

  test('leaves a stopped server with our configuration and nothing of the login', async () => {
    await restore(good);
    const names = await readdir(directory);
    expect(
      names.filter(name => name.startsWith('pgkeep') || name === 'postmaster.pid' || name === 'backup_label')
    ).toEqual([]);
    await expect(readFile(join(directory, 'pg_hba.conf'), 'utf8')).resolves.not.toContain('cert');
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect(await processesIn(directory)).toEqual([]);
    await rm(directory, { recursive: true });
  });

  test.each([
    ['cut short', async (file: string) => truncate(file, (await stat(file)).size - 5000), /is cut or damaged/],
    ['cut to its beginning', (file: string) => truncate(file, 100), /damaged|no snapshot/],
    ['with a wrong byte', spoil, /is cut or damaged/],
    ['of something else', (file: string) => writeFile(file, 'text'), /is cut or damaged/],
    ['empty', (file: string) => writeFile(file, ''), /cut or damaged|no snapshot/],
    [
      'of another tar',
      (file: string) => writeFile(file, zstdCompressSync(Buffer.alloc(10_240))),
      /no snapshot|cut or damaged/
    ]
  ] as const)('refuses an archive %s, and leaves nothing', async (_, damage, message) => {
    const file = join(clusters.directory, 'damaged.tar.zst');
    await cp(good, file);
    await damage(file);
    await expect(restore(file)).rejects.toMatchObject({
      code: 'archive-invalid',
      message: expect.stringMatching(message) as string
    });
    await expect(stat(directory)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('refuses what is not there, of another major, or of another machine', async () => {
    await expect(restore(join(clusters.directory, 'nowhere'))).rejects.toMatchObject({ code: 'not-found' });
    await expect(restore(good, 18)).rejects.toMatchObject({
      code: 'archive-invalid',
      message: expect.stringContaining('it is of PostgreSQL 17, the server is 18') as string
    });
    const manifest = await readArchiveManifest(good);
    const foreign = await forge(manifest, { platform: 'windows-x64' });
    await expect(restore(foreign)).rejects.toMatchObject({ message: expect.stringContaining('windows-x64') as string });
    const later = await forge(manifest, { formatVersion: 2 });
    await expect(restore(later)).rejects.toMatchObject({ message: expect.stringContaining('later version') as string });
  });

  test('refuses an archive that holds less than it says', async () => {
    const manifest = await readArchiveManifest(good);
    const poor = await forge(manifest, {});
    await expect(restore(poor)).rejects.toMatchObject({
      code: 'archive-invalid',
      message: expect.stringContaining(`holds 1 files of the ${manifest.files}`) as string
    });
  });

  test('does not touch a directory that holds something', async () => {
    await mkdir(directory);
    await writeFile(join(directory, 'precious'), '');
    await expect(restore(good)).rejects.toMatchObject({ code: 'server-failed' });
    await expect(readdir(directory)).resolves.toEqual(['precious']);
    await rm(directory, { recursive: true });
  });

  test('starts again on any port, with settings of its own', async () => {
    await restore(good);
    const { port, addresses } = await choosePort(cluster.machine, 'any');
    const settings = { port, addresses, durable: true, sharedMemory: 'mmap', parameters: {} } as const;
    await writeSettings(directory, settings, cluster.owner);
    const place = { machine: cluster.machine, binDir: cluster.binDir, dataDirectory: directory };
    await startServer(context, { ...place, logFile: join(clusters.directory, 'restored.log') });
    await probe(cluster.target({ port, password: 'x' }), context.signal);
    await stopServer(context, { ...place, mode: 'immediate' });
    await rm(directory, { recursive: true });
  });
});

async function spoil(file: string): Promise<void> {
  const bytes = await readFile(file);
  const middle = Math.floor(bytes.length / 2);
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 0xff, middle);
  await writeFile(file, bytes);
}

/** An archive with a manifest of one's own and hardly any data. */
async function forge(manifest: object, changes: object): Promise<string> {
  const directory = await mkdtemp(join(clusters.directory, 'forged-'));
  await writeFile(join(directory, 'manifest.json'), JSON.stringify({ ...manifest, ...changes }));
  await mkdir(join(directory, 'data'));
  await writeFile(join(directory, 'data', 'PG_VERSION'), '17');
  const plain = join(directory, 'plain.tar');
  await create({ file: plain, cwd: directory }, ['manifest.json', 'data']);
  const file = join(directory, 'forged.tar.zst');
  await writeFile(file, zstdCompressSync(await readFile(plain)));
  return file;
}
