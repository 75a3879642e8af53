import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { probe, withSession } from '../../../../../src/postgres/connection.ts';
import { inspectServer } from '../../../../../src/providers/local/cluster/inspect.ts';
import { launchServer, startServer } from '../../../../../src/providers/local/cluster/start.ts';
import { reloadServer, restartServer, stopServer } from '../../../../../src/providers/local/cluster/stop.ts';
import {
  processesIn,
  testClusters,
  testContext,
  type TestCluster,
  type TestClusters
} from '../../../../support/real-server.ts';

const context = testContext();
const isRoot = process.getuid?.() === 0;
let clusters: TestClusters;

beforeAll(async () => {
  clusters = await testClusters();
});

afterAll(() => clusters.remove());

function options(cluster: TestCluster) {
  return { binDir: cluster.binDir, machine: cluster.machine, ...cluster.layout };
}

async function isGone(cluster: TestCluster): Promise<boolean> {
  return (await processesIn(cluster.layout.dataDirectory)).length === 0;
}

describe('startServer', () => {
  test('starts a server that answers, listens on loopback only, and runs as nobody special', async () => {
    const cluster = await clusters.create();
    const running = await cluster.start();

    expect(running.port).toBe(cluster.settings.port);
    await probe(cluster.target(), context.signal);
    await expect(inspectServer(cluster.layout.dataDirectory, cluster.machine)).resolves.toEqual({
      state: 'running',
      status: 'ready',
      major: 17,
      ...running
    });
    const status = await readFile(`/proc/${running.pid}/status`, 'utf8');
    const uid = Number(/^Uid:\s+(\d+)/m.exec(status)?.[1]);
    expect(uid).toBe(cluster.owner?.uid ?? process.getuid?.());
    expect(uid).not.toBe(0);
    expect(/^Groups:\s*(.*)$/m.exec(status)?.[1]?.trim().split(' ')).not.toContain(isRoot ? '0' : 'none');
    expect(await listeningAddresses(running.port)).toEqual(cluster.settings.addresses.map(hexAddress).sort());
    expect((await stat(cluster.layout.dataDirectory)).mode & 0o777).toBe(0o700);
    expect((await stat(cluster.layout.logFile)).mode & 0o777).toBe(0o600);
  });

  test('gives the server nothing of the environment but what ends it with the job', async () => {
    const cluster = await clusters.create();
    const env = {
      PATH: process.env['PATH'],
      RUNNER_TRACKING_ID: 'github_1',
      GITHUB_TOKEN: 'canary',
      INPUT_X: 'canary'
    };
    const running = await startServer(context, { ...options(cluster), machine: { ...cluster.machine, env } });
    const environment = await readFile(`/proc/${running.pid}/environ`, 'utf8');
    expect(environment.split('\0')).toContain('RUNNER_TRACKING_ID=github_1');
    expect(environment).not.toContain('canary');
  });

  test('outlives the process that started it', async () => {
    const cluster = await clusters.create();
    const script = join(clusters.directory, 'starter.mts');
    const source = join(import.meta.dirname, '../../../../../src/providers/local/cluster/start.ts');
    await writeFile(
      script,
      `import { startServer } from ${JSON.stringify(source)};
       const clock = { now: () => new Date(), sleep: s => new Promise(r => setTimeout(r, s * 1000)) };
       await startServer({ clock, signal: new AbortController().signal }, ${JSON.stringify(options(cluster))});`
    );
    execFileSync(process.execPath, [script], { stdio: 'pipe' });
    await expect(probe(cluster.target(), context.signal)).resolves.toMatchObject({ encrypted: false });
  });

  test('may be told to go on before its databases are all there', async () => {
    const cluster = await clusters.create();
    const base = join(cluster.layout.dataDirectory, 'base', '5');
    await rename(base, `${base}.aside`);
    const starting = await launchServer(context, options(cluster));
    await rename(`${base}.aside`, base);
    await starting.ready();
    await probe(cluster.target(), context.signal);
  });

  test('recovers by itself from a server that was killed', async () => {
    const cluster = await clusters.create();
    const { pid } = await cluster.start();
    await withSession(cluster.target(), context.signal, session => session.query('create table kept (id int)'));
    process.kill(pid, 'SIGKILL');
    while (!(await isGone(cluster))) await context.clock.sleep(0.01);
    await expect(inspectServer(cluster.layout.dataDirectory, cluster.machine)).resolves.toEqual({
      state: 'stale',
      major: 17,
      pid
    });
    const again = await cluster.start();
    expect(again.pid).not.toBe(pid);
    await withSession(cluster.target(), context.signal, session => session.query('select * from kept'));
  });

  test('leaves no process when the run is cancelled while it starts', async () => {
    const cluster = await clusters.create();
    const controller = new AbortController();
    const starting = await launchServer(testContext(controller.signal), options(cluster));
    const ready = starting.ready();
    controller.abort(new Error('SIGTERM'));
    await expect(ready).rejects.toThrow('SIGTERM');
    expect(await isGone(cluster)).toBe(true);
  });

  test('leaves no process when it takes too long', async () => {
    const cluster = await clusters.create();
    await expect(startServer(context, { ...options(cluster), timeoutSeconds: -1 })).rejects.toMatchObject({
      code: 'server-failed',
      message: expect.stringContaining('not ready after') as string
    });
    expect(await isGone(cluster)).toBe(true);
  });
});

describe('a start that fails', () => {
  let broken: TestCluster;

  beforeAll(async () => {
    broken = await clusters.create();
  });

  test.each([
    [
      'a value that is not one',
      { max_connections: 'lots' },
      'invalid',
      /: invalid value for parameter "max_connections": "lots"/
    ],
    [
      'a value out of range',
      { max_connections: '0' },
      'invalid',
      /: 0 is outside the valid range for parameter "max_connections"/
    ],
    [
      'an unknown parameter',
      { max_conections: '9' },
      'invalid',
      /: unrecognized configuration parameter "max_conections"/
    ],
    [
      'a missing library',
      { shared_preload_libraries: 'nonsense' },
      'invalid',
      /: could not access file "nonsense": No such file/
    ],
    ['more memory than there is', { shared_buffers: '4TB' }, 'capacity', /: could not map anonymous shared memory/],
    [
      'settings that exclude each other',
      { wal_level: 'minimal' },
      'invalid',
      /: WAL streaming .* requires "?wal_level"?/
    ]
  ] as const)('%s', async (_, parameters, kind, message) => {
    await broken.configure({ parameters });
    const thrown = await broken.start().catch((error: unknown) => error);
    expect(thrown).toMatchObject({ kind, hint: expect.any(String) as string });
    expect(String(thrown)).toMatch(message);
    expect(await isGone(broken)).toBe(true);
  });

  test('a port that was taken in the meantime', async () => {
    const cluster = await clusters.create();
    const squatters = await Promise.all(
      cluster.settings.addresses.map(
        host =>
          new Promise<Server>(resolve => {
            const server = createServer().listen(cluster.settings.port, host, () => resolve(server));
          })
      )
    );
    await expect(cluster.start()).rejects.toMatchObject({ kind: 'busy', code: 'port-in-use' });
    for (const squatter of squatters) squatter.close();
  });

  test('a data directory in use', async () => {
    const cluster = await clusters.create();
    await cluster.start();
    await expect(cluster.start()).rejects.toMatchObject({
      kind: 'busy',
      message: expect.stringMatching(/already exists/) as string
    });
    await probe(cluster.target(), context.signal);
  });

  test('data of another major', async () => {
    const cluster = await clusters.create();
    await writeFile(join(cluster.layout.dataDirectory, 'PG_VERSION'), '16\n');
    await expect(cluster.start()).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringMatching(/PostgreSQL version 16/) as string
    });
  });

  test('a data directory open to others', async () => {
    const cluster = await clusters.create();
    await chmod(cluster.layout.dataDirectory, 0o777);
    await expect(cluster.start()).rejects.toMatchObject({
      kind: 'denied',
      message: expect.stringMatching(/invalid permissions/) as string
    });
  });

  test('a damaged control file', async () => {
    const cluster = await clusters.create();
    await writeFile(join(cluster.layout.dataDirectory, 'global', 'pg_control'), Buffer.alloc(8192, 7));
    await expect(cluster.start()).rejects.toMatchObject({
      code: 'server-failed',
      hint: expect.stringMatching(/damaged/) as string
    });
  });

  test('binaries that are not there', async () => {
    const cluster = await clusters.create();
    const nowhere = startServer(context, { ...options(cluster), binDir: '/nonexistent' });
    await expect(nowhere).rejects.toMatchObject({
      code: 'server-failed',
      message: expect.stringMatching(/\/nonexistent\/postgres/) as string
    });
  });

  test('a directory that the user of the server may not enter, which is so where root starts it', async () => {
    const cluster = await clusters.create();
    await chmod(cluster.layout.directory, 0o700);
    const outcome = await cluster.start().catch((thrown: unknown) => thrown);
    expect(outcome).toMatchObject(
      isRoot
        ? { code: 'unsupported', message: expect.stringContaining(cluster.layout.directory) as string }
        : { port: cluster.settings.port }
    );
  });
});

describe('stopServer', () => {
  test.each(['fast', 'immediate'] as const)('stops the server (%s), and says when there is none', async mode => {
    const cluster = await clusters.create();
    await cluster.start();
    await expect(stopServer(context, { ...options(cluster), mode })).resolves.toBe('stopped');
    expect(await isGone(cluster)).toBe(true);
    await expect(stopServer(context, { ...options(cluster), mode })).resolves.toBe('not-running');
    await expect(inspectServer(cluster.layout.dataDirectory, cluster.machine)).resolves.toEqual({
      state: 'stopped',
      major: 17
    });
  });

  test('becomes immediate when fast takes too long, and kills a server that is frozen', async () => {
    const cluster = await clusters.create();
    const { pid } = await cluster.start();
    process.kill(pid, 'SIGSTOP');
    const hurried = testContext();
    const clock = { ...hurried.clock, now: () => new Date(Date.now() * 50) };
    const stopping = stopServer({ ...hurried, clock }, { ...options(cluster), mode: 'fast', timeoutSeconds: 1 });
    await expect(stopping).resolves.toBe('stopped');
    expect(hurried.lines).toEqual([expect.stringContaining('SIGINT'), expect.stringContaining('SIGQUIT')]);
  });

  test.each([
    ['another program', ['sleep', '60']],
    ['another program that mentions the directory', ['sleep', '60', '-D', 'DIRECTORY']]
  ])('never signals %s that got the number of a dead server', async (_, command) => {
    const cluster = await clusters.create();
    const { pid } = await cluster.start();
    process.kill(pid, 'SIGKILL');
    while (!(await isGone(cluster))) await context.clock.sleep(0.01);
    const args = command.map(word => (word === 'DIRECTORY' ? cluster.layout.dataDirectory : word));
    const bystander = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)', ...args]);
    await once(bystander, 'spawn');
    await reuse(cluster, pid, bystander.pid ?? 0);

    await expect(inspectServer(cluster.layout.dataDirectory, cluster.machine)).resolves.toMatchObject({
      state: 'stale'
    });
    await expect(stopServer(context, { ...options(cluster), mode: 'immediate' })).resolves.toBe('not-running');
    await expect(reloadServer(options(cluster))).resolves.toBe(false);
    expect(bystander.signalCode).toBeNull();
    bystander.kill();
    await once(bystander, 'exit');
  });

  test("never signals another server that got a dead one's number", async () => {
    const [dead, alive] = [await clusters.create(), await clusters.create()];
    const { pid } = await dead.start();
    process.kill(pid, 'SIGKILL');
    while (!(await isGone(dead))) await context.clock.sleep(0.01);
    const other = await alive.start();
    await reuse(dead, pid, other.pid);
    await expect(stopServer(context, { ...options(dead), mode: 'immediate' })).resolves.toBe('not-running');
    await probe(alive.target(), context.signal);
  });

  test('does not guess when postmaster.pid is damaged', async () => {
    const cluster = await clusters.create();
    const { pid } = await cluster.start();
    const file = join(cluster.layout.dataDirectory, 'postmaster.pid');
    const content = await readFile(file, 'utf8');
    await writeFile(file, 'nonsense');
    await expect(stopServer(context, { ...options(cluster), mode: 'fast' })).rejects.toMatchObject({
      code: 'server-failed',
      message: expect.stringMatching(/postmaster\.pid is not readable/) as string
    });
    await writeFile(file, content);
    expect(process.kill(pid, 0)).toBe(true);
  });
});

describe('reloadServer and restartServer', () => {
  test('a reload takes up what needs no restart, a restart the rest', async () => {
    const cluster = await clusters.create();
    const first = await cluster.start();
    await cluster.configure({ parameters: { work_mem: '7MB', max_connections: '17' } });
    await expect(reloadServer(options(cluster))).resolves.toBe(true);
    await withSession(cluster.target(), context.signal, async session => {
      let workMem = '';
      while (workMem !== '7MB') {
        const [row] = await session.query<{ value: string }>("select current_setting('work_mem') as value");
        workMem = row?.value ?? '';
      }
      const [row] = await session.query<{ value: string }>("select current_setting('max_connections') as value");
      expect(row?.value).toBe('100');
    });
    const second = await restartServer(context, options(cluster));
    expect(second.pid).not.toBe(first.pid);
    await withSession(cluster.target(), context.signal, async session => {
      const rows = await session.query("select current_setting('max_connections') as value");
      expect(rows).toEqual([{ value: '17' }]);
    });
  });
});

describe('inspectServer', () => {
  test('knows a directory that is not there, and what no server can start on', async () => {
    const { machine } = await clusters.create();
    const directory = join(clusters.directory, 'odd');
    await expect(inspectServer(directory, machine)).resolves.toEqual({ state: 'absent' });
    await mkdir(directory);
    await expect(inspectServer(directory, machine)).resolves.toMatchObject({
      state: 'damaged',
      reason: expect.stringMatching(/no PG_VERSION/) as string
    });
    await writeFile(join(directory, 'PG_VERSION'), 'x');
    await expect(inspectServer(directory, machine)).resolves.toMatchObject({
      state: 'damaged',
      reason: expect.stringMatching(/names no version/) as string
    });
    await writeFile(join(directory, 'PG_VERSION'), '17\n');
    await expect(inspectServer(directory, machine)).resolves.toMatchObject({
      state: 'damaged',
      reason: expect.stringMatching(/pg_control/) as string
    });
    await rm(directory, { recursive: true });
  });
});

/** Makes the file of a dead server name a living process. */
async function reuse(cluster: TestCluster, dead: number, living: number): Promise<void> {
  const file = join(cluster.layout.dataDirectory, 'postmaster.pid');
  await writeFile(file, (await readFile(file, 'utf8')).replace(String(dead), String(living)));
}

async function listeningAddresses(port: number): Promise<readonly string[]> {
  const tables = await Promise.all(['tcp', 'tcp6'].map(table => readFile(`/proc/net/${table}`, 'utf8')));
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return tables
    .flatMap(table => table.split('\n').map(row => row.trim().split(/\s+/)))
    .filter(([, local, , state]) => state === '0A' && local?.endsWith(suffix))
    .map(([, local = '']) => local.slice(0, -suffix.length))
    .sort();
}

function hexAddress(address: string): string {
  return address === '::1' ? '00000000000000000000000001000000' : '0100007F';
}
