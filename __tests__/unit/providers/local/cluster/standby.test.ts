import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { withSqlSession, type ConnectionTarget } from '../../../../../src/postgres/connection.ts';
import type { RunningServer } from '../../../../../src/providers/local/cluster/inspect.ts';
import { standbyLayout } from '../../../../../src/providers/local/cluster/layout.ts';
import { choosePort } from '../../../../../src/providers/local/cluster/port.ts';
import {
  createStandby,
  removeStandby,
  writeStandbySettings,
  type StandbyRequest
} from '../../../../../src/providers/local/cluster/standby.ts';
import { restartServer, stopServer } from '../../../../../src/providers/local/cluster/stop.ts';
import {
  processesIn,
  testClusters,
  testContext,
  testPassword,
  type TestCluster,
  type TestClusters
} from '../../../../support/real-server.ts';
import { until } from '../../../../support/until.ts';

const execution = testContext();
let clusters: TestClusters;

beforeAll(async () => {
  clusters = await testClusters();
});

afterAll(() => clusters.remove());

async function requestFor(primary: TestCluster, index = 1): Promise<StandbyRequest> {
  return {
    machine: primary.machine,
    binDir: primary.binDir,
    primary: { dataDirectory: primary.layout.dataDirectory, connection: primary.target() },
    layout: standbyLayout(primary.layout, index),
    settings: { ...primary.settings, ...(await choosePort(primary.machine, 'any')) },
    slotName: `replica_${index}`,
    timeoutSeconds: 20
  };
}

async function ask(target: ConnectionTarget, query: string): Promise<unknown> {
  return withSqlSession(target, execution.signal, async session => {
    const [row] = await session.query<{ value: unknown }>(`select (${query}) as value`);
    return row?.value;
  });
}

async function eventually(target: ConnectionTarget, query: string, expected: unknown): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    if ((await ask(target, query)) === expected) return;
    await execution.clock.sleep(0.01);
  }
  expect(await ask(target, query)).toBe(expected);
}

// The other tests here are of 17.
describe.each([14, 18] as const)('PostgreSQL %i', major => {
  test('a standby has the existing data, streams new data, and is removed without a trace', async () => {
    const primary = await clusters.create({ major });
    await primary.start();
    await withSqlSession(primary.target(), execution.signal, session =>
      session.batch('create table orders (id int); insert into orders select generate_series(1, 1000)')
    );
    const request = await requestFor(primary);
    const running: RunningServer = await createStandby(execution, request);
    const standby = primary.target({ port: running.port });

    expect(running.port).toBe(request.settings.port);
    expect(await ask(standby, 'select count(*) from orders')).toBe('1000');
    expect(await ask(standby, 'pg_is_in_recovery()')).toBe(true);
    await withSqlSession(primary.target(), execution.signal, session =>
      session.query('insert into orders values (1001)')
    );
    await eventually(standby, 'select count(*) from orders', '1001');
    await expect(
      withSqlSession(standby, execution.signal, session => session.query('insert into orders values (1)'))
    ).rejects.toMatchObject({ providerCode: '25006' });

    await removeStandby(execution, { ...request, primary: primary.target() });
    expect(await ask(primary.target(), 'select count(*) from pg_replication_slots')).toBe('0');
    await expect(stat(request.layout.directory)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await processesIn(request.layout.directory)).toEqual([]);
    await removeStandby(execution, { ...request, primary: primary.target() });
  });
});

describe('a standby', () => {
  let primary: TestCluster;
  let request: StandbyRequest;

  beforeAll(async () => {
    primary = await clusters.create({ name: "pri'mary \\ : name" });
    await primary.start();
    request = await requestFor(primary);
    await createStandby(execution, request);
  });

  test('keeps the password of its primary in one file that only its owner reads', async () => {
    const { layout } = request;
    expect((await stat(layout.passFile)).mode & 0o777).toBe(0o600);
    const owner = primary.owner?.uid ?? process.getuid?.();
    expect((await stat(layout.passFile)).uid).toBe(owner);
    for (const name of await readdir(layout.dataDirectory)) {
      const file = join(layout.dataDirectory, name);
      if ((await stat(file)).isFile()) expect(await readFile(file, 'utf8')).not.toContain(testPassword.slice(0, 8));
    }
    for (const command of await processesIn('')) expect(command).not.toContain(testPassword.slice(0, 8));
  });

  test('streams again when its primary was restarted, also on another port', async () => {
    const moved = await choosePort(primary.machine, 'any');
    await primary.configure(moved);
    await restartServer(execution, { machine: primary.machine, binDir: primary.binDir, ...primary.layout });
    const connection = primary.target({ port: moved.port });
    await writeStandbySettings({ ...request, primary: { ...request.primary, connection } });
    await restartServer(execution, { machine: primary.machine, binDir: primary.binDir, ...request.layout });
    await withSqlSession(connection, execution.signal, session => session.query('create table after_move (id int)'));
    await eventually(primary.target({ port: request.settings.port }), "to_regclass('after_move')::text", 'after_move');
    await primary.configure();
    await restartServer(execution, { machine: primary.machine, binDir: primary.binDir, ...primary.layout });
  });

  test('is not created twice, but replaces a leftover one', async () => {
    await expect(createStandby(execution, request)).rejects.toMatchObject({ kind: 'already-exists' });
    await stopServer(execution, {
      machine: primary.machine,
      binDir: primary.binDir,
      ...request.layout,
      mode: 'immediate'
    });
    await createStandby(execution, request);
    expect(await ask(primary.target({ port: request.settings.port }), 'pg_is_in_recovery()')).toBe(true);
  });

  test('that cannot start leaves nothing behind', async () => {
    const second = await requestFor(primary, 2);
    const small = { ...second, settings: { ...second.settings, parameters: { max_connections: '10' } } };
    await expect(createStandby(execution, small)).rejects.toMatchObject({
      message: expect.stringContaining('insufficient parameter settings') as string
    });
    await expect(stat(second.layout.directory)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await ask(primary.target(), "select count(*) from pg_replication_slots where slot_name = 'replica_2'")).toBe(
      '0'
    );
    expect(await processesIn(second.layout.directory)).toEqual([]);
  });

  test('leaves nothing behind when the run is cancelled', async () => {
    const third = await requestFor(primary, 3);
    const controller = new AbortController();
    const making = createStandby(testContext(controller.signal), third);
    void until(() => existsSync(third.layout.dataDirectory)).then(() => controller.abort(new Error('cancelled')));
    await expect(making).rejects.toThrow('cancelled');
    await expect(stat(third.layout.directory)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await ask(primary.target(), "select count(*) from pg_replication_slots where slot_name = 'replica_3'")).toBe(
      '0'
    );
    expect(await processesIn(third.layout.directory)).toEqual([]);
  });

  test('is removed with its primary, whose slot is then ignored', async () => {
    const { binDir, layout, machine, slotName } = request;
    await removeStandby(execution, { binDir, layout, machine, slotName });
    await expect(stat(request.layout.directory)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
