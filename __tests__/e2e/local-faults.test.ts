import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ask, query } from '../support/client.ts';
import { testInstallation } from '../support/installation.ts';
import type { Job, Step } from '../support/job.ts';
import { processTable } from '../support/processes.ts';
import { changesOf, openHarness, type Harness } from '../support/harness.ts';

const inputs = { cloud_provider: 'local', name: 'shop', engine_version: '17', database_name: 'orders' };

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness();
});
afterAll(async () => harness.close());

describe('a server that crashed between two steps', () => {
  let job: Job;
  let first: Step;
  beforeEach(async () => {
    job = await harness.job();
    first = await job.step(inputs);
    await query(first.outputs['database_url'], 'create table kept as select 42 as answer');
    await killServer(job);
  });
  afterEach(async () => {
    expect((await job.post(first)).annotations).toEqual([]);
    expect(await job.end()).toEqual([]);
  });

  test('is started again by the next apply, with its committed data', async () => {
    const step = await job.step(inputs);
    expect(await changesOf(step)).toEqual([expect.stringContaining('server status: stopped → running')]);
    expect(step.outputs['result']).toBe('applied');
    expect(step.outputs['password']).toBe(first.outputs['password']);
    expect(await ask(step.outputs['database_url'], 'select answer from kept')).toBe(42);
  });

  test('is started again although its old process number belongs to another process now', async () => {
    const file = path.join(await serverDirectory(job), 'data', 'postmaster.pid');
    const lines = (await readFile(file, 'utf8')).split('\n');
    await writeFile(file, [String(process.pid), ...lines.slice(1)].join('\n'));
    const step = await job.step(inputs);
    expect(step.outputs['result']).toBe('applied');
    expect(await ask(step.outputs['database_url'], 'select answer from kept')).toBe(42);
  });

  test('is reported by `check`, and has no outputs', async () => {
    const check = await job.step({ ...inputs, command: 'check' });
    expect(check.outputs).toMatchObject({ result: 'drifted', failure_reason: 'drifted' });
    const outputs = await job.step({ ...inputs, command: 'outputs' });
    expect(outputs.outputs).toMatchObject({ result: 'failed', failure_reason: 'not-found' });
    expect(outputs.log).toContain('Could not set outputs: server shop is stopped');
  });

  test('can be destroyed', async () => {
    const step = await job.step({ ...inputs, command: 'destroy', confirm_destroy: 'shop' });
    expect(step.outputs['result']).toBe('destroyed');
  });
});

describe('a server whose files are damaged', () => {
  test.each(['data/PG_VERSION', 'data/global/pg_control', 'credentials.json'])(
    'is an error that says what to do (%s)',
    async file => {
      const job = await harness.job();
      const first = await job.step(inputs);
      await killServer(job);
      await rm(path.join(await serverDirectory(job), file));
      const step = await job.step(inputs);
      expect(step.exitCode).toBe(1);
      expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'server-failed' });
      expect(step.log).toMatch(/remove .*pgkeep.*apply again/i);
      expect((await job.post(first)).annotations).toEqual([]);
      expect(await job.end()).toEqual([]);
    }
  );
});

describe('two steps at once on one name', () => {
  test('create one server, and both get its outputs', async () => {
    const job = await harness.job();
    const steps = await Promise.all([job.step(inputs), job.step(inputs), job.step(inputs)]);
    expect(steps.map(step => step.exitCode)).toEqual([0, 0, 0]);
    const [first, ...others] = steps.map(step => step.outputs['database_url']);
    expect(others).toEqual([first, first]);
    expect(await ask(first, 'select 1')).toBe(1);
    expect(await postmasters(job)).toHaveLength(1);
  });
});

describe('a step that is cancelled', () => {
  test('while its server starts ends and says so; the next one continues, and the post step leaves no process', async () => {
    const job = await harness.job();
    const slow = await slowServer(job);
    const running = await job.start({ ...inputs, bin_dir: slow.binDir });
    while ((await postmasters(job)).length === 0) await new Promise(resolve => setTimeout(resolve, 5));
    running.kill('SIGTERM');
    const step = await running.done;
    expect(step.exitCode).toBe(1);
    expect(step.outputs).toMatchObject({ result: 'in-progress', failure_reason: 'cancelled' });
    expect(step.summary).not.toBe('');
    expect(await postmasters(job)).toEqual([]);

    await slow.goOn();
    const next = await job.step({ ...inputs, bin_dir: slow.binDir });
    expect(next.exitCode).toBe(0);
    expect(await ask(next.outputs['database_url'], 'select current_database()')).toBe('orders');
    expect(await postmasters(job)).toHaveLength(1);
    await job.post(next);
    expect(await job.end()).toEqual([]);
  });

  test('while its initial SQL runs stops the SQL, and keeps the database', async () => {
    const job = await harness.job();
    await job.file('slow.sql', 'create table before_it as select 1;\nselect pg_sleep(60);\n');
    const running = await job.start({ ...inputs, init_sql: 'slow.sql' });
    await running.saying(/database orders: created/);
    running.kill('SIGINT');
    const step = await running.done;
    expect(step.outputs).toMatchObject({ result: 'in-progress', failure_reason: 'cancelled' });
    const again = await job.step({ ...inputs, command: 'outputs' });
    expect(
      await ask(
        again.outputs['database_url'],
        `select count(*)::int from pg_stat_activity where query like '%sleep(60)%' and pid <> pg_backend_pid()`
      )
    ).toBe(0);
  });
});

describe('a step that is killed', () => {
  test.each([80, 140, 200, 260, 320, 400])(
    'after %i ms is followed by one that creates the database, and the post step leaves nothing',
    async milliseconds => {
      const job = await harness.job();
      const running = await job.start(inputs);
      await new Promise(resolve => setTimeout(resolve, milliseconds));
      running.kill('SIGKILL');
      const killed = await running.done;
      const next = await job.step(inputs);
      expect(next.exitCode).toBe(0);
      expect(await ask(next.outputs['database_url'], 'select current_database()')).toBe('orders');
      expect(await postmasters(job)).toHaveLength(1);
      await job.post(killed.state['leftover'] === undefined ? next : killed);
      expect(await job.end()).toEqual([]);
    }
  );
});

/** Command lines of the servers that run below the job's directory. */
async function postmasters(job: Job): Promise<readonly number[]> {
  const all = await processTable();
  return all.filter(({ command }) => command.includes(`postgres -D ${job.directory}`)).map(({ pid }) => pid);
}

/** The server of the tests, which does not start before it is released. */
async function slowServer(job: Job): Promise<{ readonly binDir: string; goOn(): Promise<void> }> {
  const { binDir: real } = await testInstallation(17);
  const binDir = path.join(job.directory, 'bin');
  const sign = path.join(binDir, 'go-on');
  // What tells which clusters it can read is part of the program.
  const [catalog = ''] = /PG_17_\d+/.exec(await readFile(path.join(real, 'postgres'), 'latin1')) ?? [];
  const script = [
    '#!/bin/sh',
    `# ${catalog}`,
    `[ "$1" = -D ] && while [ ! -e ${sign} ]; do sleep 0.02; done`,
    `exec ${path.join(real, 'postgres')} "$@"`
  ];
  await mkdir(binDir);
  await writeFile(path.join(binDir, 'postgres'), `${script.join('\n')}\n`, { mode: 0o755 });
  return { binDir, goOn: async () => writeFile(sign, '') };
}

async function killServer(job: Job): Promise<void> {
  for (const pid of await postmasters(job)) process.kill(pid, 'SIGKILL');
  while ((await postmasters(job)).length > 0) await new Promise(resolve => setTimeout(resolve, 5));
}

async function serverDirectory(job: Job): Promise<string> {
  const parent = path.join(job.temp, 'pgkeep');
  const [folder = ''] = (await readdir(parent)).filter(name => /^shop-[0-9a-f]{8}$/.test(name));
  return path.join(parent, folder);
}
