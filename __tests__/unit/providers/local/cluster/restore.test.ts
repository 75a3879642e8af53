import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { create } from 'tar';
import { zstdCompressSync } from 'node:zlib';
import { withSqlSession } from '../../../../../src/postgres/connection.ts';
import type { Major } from '../../../../../src/postgres/major.ts';
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
  type TestCluster,
  type TestClusters
} from '../../../../support/real-server.ts';
import { seededCluster, takeSnapshot } from '../../../../support/snapshots.ts';

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

describe('restoreArchive', () => {
  let cluster: TestCluster;
  let good: string;
  let directory: string;

  beforeAll(async () => {
    cluster = await seededCluster(clusters, 17);
    good = (await snapshot(cluster)).file;
  });

  beforeEach(() => {
    directory = join(clusters.directory, 'restored');
  });

  async function restore(file: string, major: Major = 17): Promise<unknown> {
    return restoreArchive(execution, {
      file,
      directory,
      installation: await testInstallation(major),
      machine: cluster.machine,
      owner: cluster.owner,
      password: 'x'
    });
  }

  test('leaves a stopped server with our configuration and no trace of the login, which starts on any port', async () => {
    await restore(good);
    const names = await readdir(directory);
    expect(
      names.filter(name => name.startsWith('pgkeep') || name === 'postmaster.pid' || name === 'backup_label')
    ).toEqual([]);
    await expect(readFile(join(directory, 'pg_hba.conf'), 'utf8')).resolves.not.toContain('cert');
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect(await processesIn(directory)).toEqual([]);

    const { port, addresses } = await choosePort(cluster.machine, 'any');
    const settings = { port, addresses, durable: true, sharedMemory: 'mmap', parameters: {} } as const;
    await writeSettings(directory, settings, cluster.owner);
    const place = { machine: cluster.machine, binDir: cluster.binDir, dataDirectory: directory };
    await startServer(execution, { ...place, logFile: join(clusters.directory, 'restored.log') });
    const target = cluster.target({ port, password: 'x' });
    const rows = await withSqlSession(target, execution.signal, async session =>
      session.query('select count(*)::int from orders')
    );
    expect(rows).toEqual([{ count: 5000 }]);
    await stopServer(execution, { ...place, mode: 'immediate' });
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

  test('refuses an archive with a link, of which nothing is linked or written', async () => {
    const forged = await forge(await readArchiveManifest(good));
    await expect(restore(forged)).rejects.toMatchObject({
      code: 'archive-invalid',
      message: expect.stringContaining('it holds data/base/out.link') as string
    });
    await expect(stat(directory)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('does not change a directory with content', async () => {
    await mkdir(directory);
    await writeFile(join(directory, 'precious'), '');
    await expect(restore(good)).rejects.toMatchObject({ code: 'server-failed' });
    await expect(readdir(directory)).resolves.toEqual(['precious']);
    await rm(directory, { recursive: true });
  });
});

async function spoil(file: string): Promise<void> {
  const bytes = await readFile(file);
  const middle = Math.floor(bytes.length / 2);
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 0xff, middle);
  await writeFile(file, bytes);
}

/** An archive with that manifest, hardly any data, and a link. */
async function forge(manifest: object): Promise<string> {
  const directory = await mkdtemp(join(clusters.directory, 'forged-'));
  await writeFile(join(directory, 'manifest.json'), JSON.stringify(manifest));
  await mkdir(join(directory, 'data', 'base'), { recursive: true });
  await writeFile(join(directory, 'data', 'PG_VERSION'), '17');
  await symlink('/etc', join(directory, 'data', 'base', 'out.link'));
  const plain = join(directory, 'plain.tar');
  await create({ file: plain, cwd: directory }, ['manifest.json', 'data']);
  const file = join(directory, 'forged.tar.zst');
  await writeFile(file, zstdCompressSync(await readFile(plain)));
  return file;
}
