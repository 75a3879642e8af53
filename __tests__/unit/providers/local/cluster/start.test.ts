import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { probe, withSqlSession } from '../../../../../src/postgres/connection.ts';
import { inspectServer } from '../../../../../src/providers/local/cluster/inspect.ts';
import { launchServer, startServer } from '../../../../../src/providers/local/cluster/start.ts';
import { stopServer } from '../../../../../src/providers/local/cluster/stop.ts';
import { isRunning } from '../../../../support/processes.ts';
import { testClusters, testContext, type TestCluster, type TestClusters } from '../../../../support/real-server.ts';
import { until } from '../../../../support/until.ts';

const execution = testContext();
const isRoot = process.getuid?.() === 0;
let clusters: TestClusters;
/** Of the tests that leave it as it was, but for a server that they started. */
let shared: TestCluster;

beforeAll(async () => {
  clusters = await testClusters();
  shared = await clusters.create();
});

afterEach(async () => {
  const isLeft = existsSync(join(shared.layout.dataDirectory, 'postmaster.pid'));
  if (isLeft) await stopServer(execution, { ...shared.place, mode: 'immediate' });
});

afterAll(() => clusters.remove());

describe('startServer', () => {
  test('starts a server that answers, listens on loopback only, and runs unprivileged', async () => {
    const cluster = await clusters.create();
    const running = await cluster.start();

    expect(running.port).toBe(cluster.settings.port);
    await probe(cluster.target(), execution.signal);
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

  test('gives the server no variable of the environment except the one that ends it with the job', async () => {
    const cluster = shared;
    const env = {
      PATH: process.env['PATH'],
      RUNNER_TRACKING_ID: 'github_1',
      GITHUB_TOKEN: 'canary',
      INPUT_X: 'canary'
    };
    const running = await startServer(execution, { ...cluster.place, machine: { ...cluster.machine, env } });
    const environment = await readFile(`/proc/${running.pid}/environ`, 'utf8');
    expect(environment.split('\0')).toContain('RUNNER_TRACKING_ID=github_1');
    expect(environment).not.toContain('canary');
  });

  test('outlives the process that started it', async () => {
    const cluster = shared;
    const script = join(clusters.directory, 'starter.mts');
    const source = join(import.meta.dirname, '../../../../../src/providers/local/cluster/start.ts');
    await writeFile(
      script,
      `import { startServer } from ${JSON.stringify(source)};
       const clock = { now: () => new Date(), sleep: s => new Promise(r => setTimeout(r, s * 1000)) };
       await startServer({ clock, signal: new AbortController().signal }, ${JSON.stringify(cluster.place)});`
    );
    execFileSync(process.execPath, [script], { stdio: 'pipe' });
    await expect(probe(cluster.target(), execution.signal)).resolves.toMatchObject({ encrypted: false });
  });

  test('can be used before all of its databases are complete', async () => {
    const cluster = shared;
    const base = join(cluster.layout.dataDirectory, 'base', '5');
    await rename(base, `${base}.aside`);
    const starting = await launchServer(execution, cluster.place);
    await rename(`${base}.aside`, base);
    await starting.ready();
    await probe(cluster.target(), execution.signal);
  });

  test('is done when its parallel work is, which may wait for it', async () => {
    const cluster = shared;
    const told: string[] = [];
    await startServer(execution, cluster.place, async ready => {
      told.push('beside');
      const { port } = await ready;
      expect(port).toBe(cluster.settings.port);
      await probe(cluster.target(), execution.signal);
      told.push('served');
    });
    expect(told).toEqual(['beside', 'served']);
  });

  test('leaves no process when its parallel work fails at once', async () => {
    const cluster = shared;
    const duringStart = async (): Promise<never> => Promise.reject(new Error('no space'));
    await expect(startServer(execution, cluster.place, duringStart)).rejects.toThrow('no space');
    expect(await cluster.isGone()).toBe(true);
    await cluster.start();
  });

  test('that fails lets its parallel work finish first', async () => {
    const cluster = shared;
    await cluster.configure({ parameters: { max_connections: 'lots' } });
    const told: string[] = [];
    const start = startServer(execution, cluster.place, async ready => {
      const end = await ready.then(
        () => 'ready',
        () => 'failed'
      );
      await new Promise(resolve => setTimeout(resolve, 50));
      told.push(end);
    });
    await expect(start).rejects.toMatchObject({ kind: 'invalid' });
    expect(told).toEqual(['failed']);
    await cluster.configure();
  });

  test('recovers by itself from a killed server', async () => {
    const cluster = shared;
    const { pid } = await cluster.start();
    await withSqlSession(cluster.target(), execution.signal, session => session.query('create table kept (id int)'));
    await cluster.kill(pid);
    await expect(inspectServer(cluster.layout.dataDirectory, cluster.machine)).resolves.toEqual({
      state: 'stale',
      major: 17
    });
    const again = await cluster.start();
    expect(again.pid).not.toBe(pid);
    await withSqlSession(cluster.target(), execution.signal, session => session.query('select * from kept'));
  });

  test('waits for a process of a killed server that ends late', async () => {
    const cluster = shared;
    const { pid } = await cluster.start();
    const child = await withSqlSession(cluster.target(), execution.signal, async session => {
      const asked = "select pid from pg_stat_activity where backend_type = 'checkpointer'";
      const [row] = await session.query<{ readonly pid: number }>(asked);
      return row?.pid ?? 0;
    });
    process.kill(child, 'SIGSTOP');
    process.kill(pid, 'SIGKILL');
    await until(async () => !(await isRunning(pid)));
    const paused: number[] = [];
    const sleep = async (seconds: number, signal: AbortSignal): Promise<void> => {
      if (seconds < 0.1) return execution.clock.sleep(seconds, signal);
      paused.push(seconds);
      if (paused.length < 2) return;
      process.kill(child, 'SIGCONT');
      await until(() => !existsSync(`/proc/${child}`));
    };
    await startServer({ ...execution, clock: { ...execution.clock, sleep } }, cluster.place);
    expect(paused).toEqual([0.1, 0.2]);
  });

  test('leaves no process when the run is cancelled while it starts', async () => {
    const cluster = shared;
    const controller = new AbortController();
    const starting = await launchServer(testContext(controller.signal), cluster.place);
    controller.abort(new Error('SIGTERM'));
    await expect(starting.ready()).rejects.toThrow('SIGTERM');
    expect(await cluster.isGone()).toBe(true);
  });
});

describe('a start that fails', () => {
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
    await shared.configure({ parameters });
    const thrown = await shared.start().catch((error: unknown) => error);
    expect(thrown).toMatchObject({ kind, hint: expect.any(String) as string });
    expect(String(thrown)).toMatch(message);
    expect(await shared.isGone()).toBe(true);
  });

  test('no longer once the named parameters are corrected', async () => {
    await shared.configure();
    await shared.start();
  });

  test('binaries that need a library of another machine, and other ones lead out', async () => {
    const cluster = shared;
    const bin = join(clusters.directory, 'foreign');
    await mkdir(bin);
    const script = 'echo "postgres: error while loading shared libraries: libicui18n.so.60: cannot open" >&2; exit 127';
    await writeFile(join(bin, 'postgres'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    await expect(startServer(execution, { ...cluster.place, binDir: bin })).rejects.toMatchObject({
      hint: expect.stringContaining('Set `bin_dir` to other binaries') as string
    });
    await cluster.start();
  });

  test('a port of root, and one from 1024 on leads out', async () => {
    const cluster = shared;
    const bin = join(clusters.directory, 'bound');
    await mkdir(bin);
    // Inside of a container nothing may be forbidden: the message is what the server says elsewhere.
    const script = 'echo "LOG:  could not bind IPv4 address \\"127.0.0.1\\": Permission denied" >&2; exit 1';
    await writeFile(join(bin, 'postgres'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    await expect(startServer(execution, { ...cluster.place, binDir: bin })).rejects.toMatchObject({
      hint: expect.stringContaining('Set `port` to one from 1024 on') as string
    });
    expect((await cluster.start()).port).toBeGreaterThanOrEqual(1024);
  });

  test.each([['both addresses'], ['::1']])('a port that another process took in the meantime on %s', async where => {
    const cluster = shared;
    const { addresses, port } = cluster.settings;
    const others = await squat(
      port,
      addresses.filter(address => where === 'both addresses' || address === where)
    );
    await expect(cluster.start()).rejects.toMatchObject({ kind: 'busy', code: 'port-in-use' });
    expect(await cluster.isGone()).toBe(true);
    for (const other of others) other.close();
    await cluster.start();
  });

  test('not because of a port that was held for a moment', async () => {
    const cluster = await clusters.create();
    const [other] = await squat(cluster.settings.port, ['127.0.0.1']);
    const waiting = testContext();
    const clock = {
      ...waiting.clock,
      sleep: async (seconds: number): Promise<void> => {
        if ((await readFile(cluster.layout.logFile, 'utf8').catch(() => '')).includes('could not bind')) other?.close();
        await waiting.clock.sleep(seconds);
      }
    };
    await expect(startServer({ ...waiting, clock }, cluster.place)).resolves.toMatchObject({
      port: cluster.settings.port
    });
    expect(await listeningAddresses(cluster.settings.port)).toEqual(cluster.settings.addresses.map(hexAddress).sort());
  });

  test('a data directory in use', async () => {
    const cluster = shared;
    await cluster.start();
    await expect(cluster.start()).rejects.toMatchObject({
      kind: 'busy',
      message: expect.stringMatching(/already exists/) as string
    });
    await probe(cluster.target(), execution.signal);
  });

  test('data of another major', async () => {
    const cluster = shared;
    await writeFile(join(cluster.layout.dataDirectory, 'PG_VERSION'), '16\n');
    await expect(cluster.start()).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringMatching(/PostgreSQL version 16/) as string,
      hint: expect.stringContaining('Set `engine_version` to the major version that made this data') as string
    });
    await writeFile(join(cluster.layout.dataDirectory, 'PG_VERSION'), '17\n');
    await cluster.start();
  });

  test('a data directory open to others', async () => {
    const cluster = shared;
    await chmod(cluster.layout.dataDirectory, 0o777);
    await expect(cluster.start()).rejects.toMatchObject({
      kind: 'denied',
      message: expect.stringMatching(/invalid permissions/) as string
    });
    await chmod(cluster.layout.dataDirectory, 0o700);
  });

  test('a damaged control file', async () => {
    const cluster = shared;
    const file = join(cluster.layout.dataDirectory, 'global', 'pg_control');
    const before = await readFile(file);
    await writeFile(file, Buffer.alloc(8192, 7));
    await expect(cluster.start()).rejects.toMatchObject({
      code: 'server-failed',
      hint: expect.stringMatching(/damaged/) as string
    });
    await writeFile(file, before);
  });

  test.each([
    ['postgresql.conf', undefined, /: could not access the server configuration file ".*postgresql\.conf"/],
    ['pg_hba.conf', undefined, /: could not open file ".*pg_hba\.conf": No such file/],
    ['postgresql.conf', 'not = = valid\n', /: syntax error in file ".*postgresql\.conf" line 1/],
    ['postgresql.conf', "work_mme = '1MB'\n", /: unrecognized configuration parameter "work_mme" in file/],
    ['pg_hba.conf', 'nonsense\n', /: could not load .*pg_hba\.conf/]
  ])('%s that is gone or damaged (%j)', async (name, text, message) => {
    const cluster = shared;
    const file = join(cluster.layout.dataDirectory, name);
    await rename(file, `${file}.aside`);
    if (text !== undefined) await writeFile(file, text);
    const thrown = await cluster.start().catch((error: unknown) => error);
    expect(String(thrown)).toMatch(message);
    expect(thrown).toMatchObject({
      code: 'server-failed',
      hint: 'Destroy the database and apply again: a file of the configuration is damaged.'
    });
    await rename(`${file}.aside`, file);
  });

  test('missing binaries', async () => {
    const cluster = shared;
    const nowhere = startServer(execution, { ...cluster.place, binDir: '/nonexistent' });
    await expect(nowhere).rejects.toMatchObject({
      code: 'server-failed',
      message: expect.stringMatching(/\/nonexistent\/postgres/) as string
    });
  });

  test('a directory that the user of the server may not enter, when root starts it', async () => {
    const cluster = shared;
    const { mode } = await stat(cluster.layout.directory);
    await chmod(cluster.layout.directory, 0o700);
    const outcome = await cluster.start().catch((thrown: unknown) => thrown);
    await chmod(cluster.layout.directory, mode);
    expect(outcome).toMatchObject(
      isRoot
        ? { code: 'unsupported', message: expect.stringContaining(cluster.layout.directory) as string }
        : { port: cluster.settings.port }
    );
  });
});

/** Servers of others on a port. */
async function squat(port: number, addresses: readonly string[]): Promise<readonly Server[]> {
  return Promise.all(
    addresses.map(
      async host =>
        new Promise<Server>(resolve => {
          const server = createServer().listen(port, host, () => resolve(server));
        })
    )
  );
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
