import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { probe, withSqlSession } from '../../../../../src/postgres/connection.ts';
import { inspectServer } from '../../../../../src/providers/local/cluster/inspect.ts';
import { reloadServer, restartServer, stopServer } from '../../../../../src/providers/local/cluster/stop.ts';
import { testClusters, testContext, type TestCluster, type TestClusters } from '../../../../support/real-server.ts';

const execution = testContext();
let clusters: TestClusters;

beforeAll(async () => {
  clusters = await testClusters();
});

afterAll(() => clusters.remove());

describe('stopServer', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await clusters.create();
  });

  test.each(['fast', 'immediate'] as const)('stops the server (%s), and reports when there is none', async mode => {
    await cluster.start();
    await expect(stopServer(execution, { ...cluster.place, mode })).resolves.toBe('stopped');
    expect(await cluster.isGone()).toBe(true);
    await expect(stopServer(execution, { ...cluster.place, mode })).resolves.toBe('not-running');
    await expect(inspectServer(cluster.layout.dataDirectory, cluster.machine)).resolves.toEqual({
      state: 'stopped',
      major: 17
    });
  });

  test('becomes immediate when fast takes too long, and kills a server that is frozen', async () => {
    const { pid } = await cluster.start();
    process.kill(pid, 'SIGSTOP');
    const hurried = testContext();
    // Time passes until SIGKILL is sent, and stands still while the machine ends the process.
    let seconds = 0;
    const sleep = async (): Promise<void> => {
      if (hurried.lines.length < 2) seconds += 1;
      await hurried.clock.sleep(0.003);
    };
    const clock = { ...hurried.clock, now: () => new Date(seconds * 1000), sleep };
    const stopping = stopServer({ ...hurried, clock }, { ...cluster.place, mode: 'fast', timeoutSeconds: 1 });
    await expect(stopping).resolves.toBe('stopped');
    expect(hurried.lines).toEqual([expect.stringContaining('SIGINT'), expect.stringContaining('SIGQUIT')]);
  });

  test("never signals another program or server that got a dead one's number", async () => {
    const { pid } = await cluster.start();
    await cluster.kill(pid);
    const file = join(cluster.layout.dataDirectory, 'postmaster.pid');
    const left = await readFile(file, 'utf8');
    /** Makes the file of the dead server name a living process. */
    const reuse = async (living: number): Promise<void> => writeFile(file, left.replace(String(pid), String(living)));

    for (const args of [
      ['sleep', '60'],
      ['sleep', '60', '-D', cluster.layout.dataDirectory]
    ]) {
      const bystander = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)', ...args]);
      await once(bystander, 'spawn');
      await reuse(bystander.pid ?? 0);
      await expect(inspectServer(cluster.layout.dataDirectory, cluster.machine)).resolves.toMatchObject({
        state: 'stale'
      });
      await expect(stopServer(execution, { ...cluster.place, mode: 'immediate' })).resolves.toBe('not-running');
      await expect(reloadServer(cluster.place)).resolves.toBe(false);
      expect(bystander.signalCode).toBeNull();
      bystander.kill();
      await once(bystander, 'exit');
    }

    const alive = await clusters.create();
    const other = await alive.start();
    await reuse(other.pid);
    await expect(stopServer(execution, { ...cluster.place, mode: 'immediate' })).resolves.toBe('not-running');
    await probe(alive.target(), execution.signal);
    await writeFile(file, left);
  });

  test.each(['nonsense', undefined])('finds a server by its process where postmaster.pid is %j', async content => {
    const { pid } = await cluster.start();
    const file = join(cluster.layout.dataDirectory, 'postmaster.pid');
    await (content === undefined ? rm(file) : writeFile(file, content));
    const state = await inspectServer(cluster.layout.dataDirectory, cluster.machine);
    expect(state).toMatchObject({ state: 'stale', dying: pid });
    await expect(stopServer(execution, { ...cluster.place, mode: 'fast' })).resolves.toBe('stopped');
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});

describe('reloadServer and restartServer', () => {
  test('a reload applies the settings that need no restart, a restart the rest', async () => {
    const cluster = await clusters.create();
    const first = await cluster.start();
    await cluster.configure({ parameters: { work_mem: '7MB', max_connections: '17' } });
    await expect(reloadServer(cluster.place)).resolves.toBe(true);
    await withSqlSession(cluster.target(), execution.signal, async session => {
      let workMem = '';
      while (workMem !== '7MB') {
        const [row] = await session.query<{ value: string }>("select current_setting('work_mem') as value");
        workMem = row?.value ?? '';
      }
      const [row] = await session.query<{ value: string }>("select current_setting('max_connections') as value");
      expect(row?.value).toBe('100');
    });
    const second = await restartServer(execution, cluster.place);
    expect(second.pid).not.toBe(first.pid);
    await withSqlSession(cluster.target(), execution.signal, async session => {
      const rows = await session.query("select current_setting('max_connections') as value");
      expect(rows).toEqual([{ value: '17' }]);
    });
  });
});
