import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { withSqlSession } from '../../../../../src/postgres/connection.ts';
import {
  renderSettings,
  sharedMemoryType,
  suffices,
  type ServerSettings
} from '../../../../../src/providers/local/cluster/settings.ts';
import { reloadServer } from '../../../../../src/providers/local/cluster/stop.ts';
import { fakeMachine } from '../../../../support/fake-machine.ts';
import { testClusters, testContext, type TestCluster, type TestClusters } from '../../../../support/real-server.ts';
import { anyCharacter } from '../../../../support/any-text.ts';

const settings: ServerSettings = {
  port: 5433,
  addresses: ['127.0.0.1', '::1'],
  durable: false,
  sharedMemory: 'posix',
  parameters: {}
};

describe('renderSettings', () => {
  test('writes the settings of a test database, and those that keep it private', () => {
    expect(renderSettings(settings)).toBe(`# Written by pgkeep; edits are lost.
fsync = 'off'
full_page_writes = 'off'
listen_addresses = '127.0.0.1,::1'
port = '5433'
unix_socket_directories = ''
unix_socket_permissions = '0700'
dynamic_shared_memory_type = 'posix'
password_encryption = 'scram-sha-256'
log_destination = 'stderr'
logging_collector = 'off'
ssl = 'off'
`);
  });

  test('leaves durability to the server when it must be durable', () => {
    expect(renderSettings({ ...settings, durable: true })).not.toMatch(/fsync|full_page_writes/);
  });

  test("lets the user's own value win over a default of ours, in any case", () => {
    const text = renderSettings({ ...settings, parameters: { FSync: 'on', work_mem: '8MB' } });
    expect(text.match(/fsync.*/gi)).toEqual(["fsync = 'on'"]);
    expect(text).toContain("work_mem = '8MB'");
  });

  test('lets a standby reconnect to its primary more often, unless the user says how often', () => {
    const standby = { primaryConninfo: 'host=127.0.0.1', slotName: 'one' };
    expect(renderSettings({ ...settings, standby })).toContain("wal_retrieve_retry_interval = '100ms'");
    const own = { ...settings, standby, parameters: { wal_retrieve_retry_interval: '2s' } };
    expect(renderSettings(own).match(/wal_retrieve_retry_interval.*/g)).toEqual(["wal_retrieve_retry_interval = '2s'"]);
    expect(renderSettings(settings)).not.toContain('wal_retrieve_retry_interval');
  });

  test.each([
    ['listen_addresses', 'a local server is reached over loopback only'],
    ['Listen_Addresses', 'a local server is reached over loopback only'],
    ['include', 'it is not a parameter'],
    ['hba_file', 'the server is kept in a directory of its own'],
    ['pgkeep.mark', 'it is reserved for this action'],
    ['', 'it is not the name of a parameter'],
    ["x = 1\nlisten_addresses = '*'", 'it is not the name of a parameter'],
    ['a.b c', 'it is not the name of a parameter']
  ])('refuses the parameter %j', (name, reason) => {
    expect(() => renderSettings({ ...settings, parameters: { [name]: 'x' } })).toThrow(
      expect.objectContaining({
        code: 'input-invalid',
        message: `Could not set parameter ${JSON.stringify(name)}: ${reason}`,
        hint: 'Remove it from `parameters`.'
      })
    );
    expect(renderSettings({ ...settings, parameters: {} })).toContain('port');
  });

  test('refuses a NUL in a value without repeating it', () => {
    expect(() => renderSettings({ ...settings, parameters: { work_mem: 's3cret\0' } })).toThrow(
      expect.objectContaining({ message: 'Could not set parameter work_mem: the value holds a NUL character' })
    );
  });

  test.each([
    ["it's", "it''s"],
    ['a\\b', 'a\\\\b'],
    ['\n', '\\012'],
    ['\u001f \u007f', '\\037 \\177'],
    // Above ASCII a control character is more than one byte, and breaks no line.
    ['\u0080\u0085', '\u0080\u0085']
  ])('writes %j as %j', (mark, written) => {
    expect(renderSettings({ ...settings, mark })).toContain(`pgkeep.mark = '${written}'\n`);
  });

  test('every value stays on its line', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: anyCharacter }).filter(value => !value.includes('\0')),
        mark => {
          const lines = renderSettings({ ...settings, mark }).split('\n');
          expect(lines).toHaveLength(14);
          expect(lines[12]).toMatch(/^pgkeep\.mark = '(?:[^'\\\n]|''|\\\\|\\[0-7]{3})*'$/u);
        }
      )
    );
  });
});

describe('sharedMemoryType', () => {
  test('is that of the platform', async () => {
    const machine = { platform: 'darwin', root: '/' } as Parameters<typeof sharedMemoryType>[0];
    await expect(sharedMemoryType(machine)).resolves.toBe('posix');
    await expect(sharedMemoryType({ ...machine, platform: 'win32' })).resolves.toBe('windows');
    await expect(sharedMemoryType({ ...machine, platform: 'linux', root: '/nowhere' })).resolves.toBe('mmap');
  });

  const MEGABYTE = 2 ** 20;
  test.each([
    [256, 64, 0o1777, true],
    [256, 64, 0o703, true],
    [256 - 1 / 1024, 256, 0o1777, false],
    [512, 64 - 1 / 1024, 0o1777, false],
    [512, 512, 0o1775, false],
    [512, 512, 0o1776, false]
  ])('of %d MB, %d of them free, and the mode %i suffices: %j', (all, free, mode, expected) => {
    for (const bsize of [1024, 512]) {
      const space = { bsize, blocks: (all * MEGABYTE) / bsize, bavail: (free * MEGABYTE) / bsize };
      expect(suffices(space, mode)).toBe(expected);
    }
  });

  test('is not a directory where a user can’t write: nothing is mounted there', async () => {
    const machine = await fakeMachine();
    const shm = join(machine.root, 'dev', 'shm');
    await mkdir(shm, { recursive: true });
    await chmod(shm, 0o755);
    await expect(sharedMemoryType(machine)).resolves.toBe('mmap');
    await chmod(shm, 0o1777);
    await expect(sharedMemoryType(machine)).resolves.toBe('posix');
    await machine.remove();
  });
});

/** Only root may mount one, and only Linux has them. */
const canMount = process.platform === 'linux' && process.geteuid?.() === 0;

if (canMount) {
  test.each(['size=512m,ro', 'size=300m'])(
    'sharedMemoryType is mmap where /dev/shm is read-only or nearly full: %s',
    async options => {
      const machine = await fakeMachine();
      const shm = join(machine.root, 'dev', 'shm');
      await mkdir(shm, { recursive: true });
      execFileSync('mount', ['-t', 'tmpfs', '-o', `${options},mode=1777`, 'tmpfs', shm]);
      try {
        if (!options.endsWith('ro')) {
          await expect(sharedMemoryType(machine)).resolves.toBe('posix');
          execFileSync('fallocate', ['-l', '250M', join(shm, 'filler')]);
        }
        await expect(sharedMemoryType(machine)).resolves.toBe('mmap');
      } finally {
        execFileSync('umount', ['--lazy', shm]);
        await machine.remove();
      }
    }
  );
}

describe('on a real server', () => {
  let clusters: TestClusters;
  let cluster: TestCluster;
  const hostile = `{"repo":"a/b","note":"it's \\ \\n \\047 \n\r\t\u0001\u007f\u0085 é 🐘 #; include 'x'"}`;

  beforeAll(async () => {
    clusters = await testClusters();
    cluster = await clusters.create({ name: `hostile '\\"; ../ name` });
    await cluster.configure({
      mark: hostile,
      socketDirectory: cluster.layout.dataDirectory,
      sharedMemory: 'mmap',
      parameters: { shared_buffers: '16MB', search_path: `a'b, "c\\d"`, 'my.setting': hostile }
    });
    await cluster.start();
  });

  afterAll(() => clusters.remove());

  async function read(name: string): Promise<unknown> {
    return withSqlSession(cluster.target(), testContext().signal, async session => {
      const [row] = await session.query<{ value: unknown }>('select current_setting($1, true) as value', [name]);
      return row?.value;
    });
  }

  test.each([
    ['pgkeep.mark', hostile],
    ['my.setting', hostile],
    ['search_path', `a'b, "c\\d"`],
    ['fsync', 'off'],
    ['dynamic_shared_memory_type', 'mmap'],
    ['listen_addresses', '127.0.0.1,::1'],
    ['log_destination', 'stderr']
  ])('%s arrives unchanged', async (name, value) => {
    const seen = await read(name);
    expect(seen).toBe(name === 'listen_addresses' ? cluster.settings.addresses.join(',') : value);
  });

  test('the socket is in its place, and closed to others', async () => {
    const socket = await stat(join(cluster.layout.dataDirectory, `.s.PGSQL.${cluster.settings.port}`));
    expect(socket.mode & 0o777).toBe(0o700);
  });

  test('a new mark is read back after a reload', async () => {
    await cluster.configure({ mark: 'next' });
    await reloadServer({ machine: cluster.machine, binDir: cluster.binDir, ...cluster.layout });
    let mark = await read('pgkeep.mark');
    while (mark === hostile) mark = await read('pgkeep.mark');
    expect(mark).toBe('next');
  });

  test('the file is included once, and closed to others', async () => {
    const main = await readFile(join(cluster.layout.dataDirectory, 'postgresql.conf'), 'utf8');
    expect(main.match(/pgkeep\.conf/g)).toHaveLength(1);
    expect((await stat(join(cluster.layout.dataDirectory, 'pgkeep.conf'))).mode & 0o777).toBe(0o600);
  });
});
