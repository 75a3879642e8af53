import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ask, query } from '../support/client.ts';
import { testInstallation } from '../support/installation.ts';
import type { Job, Step } from '../support/job.ts';
import { processTable } from '../support/processes.ts';
import { until } from '../support/until.ts';
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
  type Damage = (directory: string) => Promise<void>;
  const removed =
    (file: string): Damage =>
    async directory =>
      rm(path.join(directory, file));
  const replaced =
    (file: string, text: string): Damage =>
    async directory =>
      writeFile(path.join(directory, file), text);
  const otherPassword: Damage = async directory => {
    const file = path.join(directory, 'credentials.json');
    await writeFile(file, (await readFile(file, 'utf8')).replaceAll(/("password": ")[^"]*/g, '$1other'));
  };

  /** A server with a row of its own, its files damaged; then `body`, and the end of the job leaves nothing. */
  async function damaged(
    state: 'running' | 'dead',
    damage: Damage,
    body: (job: Job, directory: string) => Promise<void>
  ): Promise<void> {
    const job = await harness.job();
    const first = await job.step(inputs);
    await query(first.outputs['database_url'], 'create table kept as select 42 as answer');
    if (state === 'dead') await killServer(job);
    const directory = await serverDirectory(job);
    await damage(directory);
    await body(job, directory);
    expect((await job.post(first)).annotations).toEqual([]);
    expect(await job.end()).toEqual([]);
  }

  test.each([
    ['dead', 'no data/PG_VERSION', removed('data/PG_VERSION')],
    ['dead', 'no data/global/pg_control', removed('data/global/pg_control')],
    ['dead', 'a broken data/pgkeep.conf', replaced('data/pgkeep.conf', 'not = = valid\n')],
    ['dead', 'no data/postgresql.conf', removed('data/postgresql.conf')],
    ['running', 'no credentials.json', removed('credentials.json')],
    ['running', 'half of credentials.json', replaced('credentials.json', '{ "formatVersion": 1,')],
    ['running', 'the password of another server', otherPassword]
  ] as const)('says what to do, and that leads to a new server (%s, %s)', async (state, _what, damage) =>
    damaged(state, damage, async (job, directory) => {
      const step = await job.step(inputs);
      expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'server-failed' });
      expect(step.log).not.toMatch(/Command failed|ENOENT|at Object/);
      const [, pid, place] =
        /\. (?:End the process (\d+) and remove|Remove) (\S+) if you do not need its data, and apply again\./.exec(
          step.annotations[0]?.message ?? ''
        ) ?? [];
      expect([place, (await postmasters(job)).join()]).toEqual([directory, pid ?? '']);
      if (pid !== undefined) await killServer(job);
      await rm(directory, { recursive: true });
      const next = await job.step(inputs);
      expect(next.outputs['result']).toBe('applied');
      expect(await ask(next.outputs['database_url'], `select to_regclass('kept')`)).toBeNull();
    })
  );

  test.each([
    ['running', 'a postmaster.pid of other hands', replaced('data/postmaster.pid', 'x\n')],
    ['running', 'no postmaster.pid', removed('data/postmaster.pid')],
    ['dead', 'half of postmaster.pid', replaced('data/postmaster.pid', '12')]
  ] as const)('is started again with its data (%s, %s)', async (state, _what, damage) =>
    damaged(state, damage, async job => {
      const step = await job.step(inputs);
      expect(await changesOf(step)).toEqual([expect.stringContaining('server status: stopped → running')]);
      expect(await ask(step.outputs['database_url'], 'select answer from kept')).toBe(42);
      expect(await postmasters(job)).toHaveLength(1);
    })
  );

  test('is destroyed and made again where its main configuration is gone', async () =>
    damaged('running', removed('data/postgresql.conf'), async job => {
      const refused = await job.step({ ...inputs, parameters: 'work_mem: 8MB' });
      expect(refused.outputs).toMatchObject({ result: 'failed', failure_reason: 'server-failed' });
      expect(refused.annotations[0]?.message).toMatch(
        /there is no .*postgresql\.conf\. Destroy the database and apply/
      );
      const gone = await job.step({ ...inputs, command: 'destroy', confirm_destroy: 'shop' });
      expect(gone.outputs['result']).toBe('destroyed');
      expect((await job.step(inputs)).outputs['result']).toBe('applied');
    }));

  test('is stopped by the post step, whatever its postmaster.pid says', async () =>
    damaged('running', replaced('data/postmaster.pid', 'x\n'), async () => {}));
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

describe('a destroy while an apply works on the same name', () => {
  const confirmed = { ...inputs, command: 'destroy', confirm_destroy: 'shop' };
  let job: Job;
  beforeAll(async () => {
    job = await harness.job();
  });

  /** Nothing of the server is left, and the name is free. */
  async function nothingIsLeft(): Promise<void> {
    expect(await postmasters(job)).toEqual([]);
    const left = await readdir(path.join(job.temp, 'pgkeep'));
    expect(left.filter(name => /^shop-[0-9a-f]{8}$/.test(name))).toEqual([]);
  }

  test('finds nothing while the server is made, and waits while it is restarted', async () => {
    const slow = await slowServer(job);
    const held = { ...inputs, bin_dir: slow.binDir };
    const making = await job.start(held);
    await until(async () => (await postmasters(job)).length === 1);
    const early = await job.step(confirmed);
    expect(early.outputs['result']).toBe('no-changes');
    await slow.goOn();
    expect((await making.done).outputs['result']).toBe('applied');

    await slow.hold();
    const restarting = await job.start({ ...held, parameters: 'shared_buffers: 64MB' });
    await until(async () => (await processTable()).some(({ command }) => /\/sh \S+\/bin\/postgres -D/.test(command)));
    const destroying = await job.start(confirmed);
    await destroying.saying(/Waiting for another step/);
    await slow.goOn();
    expect((await destroying.done).outputs['result']).toBe('destroyed');
    const { outputs, log } = await restarting.done;
    expect(['applied', 'plan-changed']).toContain(outputs['failure_reason'] ?? outputs['result']);
    expect(log).not.toMatch(/Unexpected failure|\n +at /);
    await nothingIsLeft();
  });

  test('ends the SQL of the apply, which says that the server is gone', async () => {
    await job.file('slow.sql', 'create table before_it as select 1;\nselect pg_sleep(60);\n');
    const running = await job.start({ ...inputs, init_sql: 'slow.sql' });
    await running.saying(/database orders: created/);
    const gone = await job.step(confirmed);
    expect(gone.outputs['result']).toBe('destroyed');
    const applied = await running.done;
    expect([applied.exitCode, applied.outputs['result']]).toEqual([1, 'failed']);
    // What the dying server still says differs: that it ends the connection, or nothing.
    expect(applied.annotations.at(-1)?.message).toMatch(
      /^Could not .*([Tt]erminat|ECONN|does not run|connection was lost|shutting down)/
    );
    expect(applied.log).not.toMatch(/Left to do|Unexpected failure/);
    await nothingIsLeft();
    expect(await job.end()).toEqual([]);
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
async function slowServer(
  job: Job
): Promise<{ readonly binDir: string; goOn(): Promise<void>; hold(): Promise<void> }> {
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
  return { binDir, goOn: async () => writeFile(sign, ''), hold: async () => rm(sign) };
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
