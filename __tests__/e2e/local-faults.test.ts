import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ask, query } from '../support/client.ts';
import { testInstallation } from '../support/installation.ts';
import type { Job, RunningStep, Step } from '../support/job.ts';
import { killServers, processTable } from '../support/processes.ts';
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
  beforeAll(async () => {
    job = await harness.job();
    first = await job.step(inputs);
    await query(first.outputs['database_url'], 'create table kept as select 42 as answer');
    await killServer(job);
  });

  test('is reported by `check`, and has no outputs', async () => {
    const check = await job.step({ ...inputs, command: 'check' });
    expect(check.outputs).toMatchObject({ result: 'drifted', failure_reason: 'drifted' });
    const outputs = await job.step({ ...inputs, command: 'outputs' });
    expect(outputs.outputs).toMatchObject({ result: 'failed', failure_reason: 'not-found' });
    expect(outputs.log).toContain('Could not set outputs: server shop is stopped');
  });

  test('is started again by the next apply, with its committed data', async () => {
    const step = await job.step(inputs);
    expect(await changesOf(step)).toEqual([expect.stringContaining('server status: stopped → running')]);
    expect(step.outputs['result']).toBe('applied');
    expect(step.outputs['password']).toBe(first.outputs['password']);
    expect(await ask(step.outputs['database_url'], 'select answer from kept')).toBe(42);
  });

  // A postmaster.pid that was cut, and one that is gone: unit/providers/local/cluster.
  test.each<readonly [string, boolean, (text: string) => string]>([
    [
      'is started again although its old process number belongs to another process now',
      true,
      text => text.replace(/^\d+/, String(process.pid))
    ],
    ['is started again although postmaster.pid is of other hands, and it runs', false, () => 'x\n']
  ])('%s, with its data', async (_, isDead, change) => {
    if (isDead) await killServer(job);
    const file = path.join(await serverDirectory(job), 'data', 'postmaster.pid');
    await writeFile(file, change(await readFile(file, 'utf8')));
    const step = await job.step(inputs);
    expect(await changesOf(step)).toEqual([expect.stringContaining('server status: stopped → running')]);
    expect(step.outputs['result']).toBe('applied');
    expect(await ask(step.outputs['database_url'], 'select answer from kept')).toBe(42);
    expect(await postmasters(job)).toHaveLength(1);
  });

  test('can be destroyed, and the post step has nothing left to do', async () => {
    await killServer(job);
    const step = await job.step({ ...inputs, command: 'destroy', confirm_destroy: 'shop' });
    expect(step.outputs['result']).toBe('destroyed');
    expect((await job.post(first)).annotations).toEqual([]);
    expect(await job.end()).toEqual([]);
  });
});

describe('a server whose files are damaged', () => {
  type Change = (text: Buffer) => string | undefined;
  const removed: Change = () => undefined;
  const replacedBy =
    (text: string): Change =>
    () =>
      text;
  const otherPassword: Change = text => text.toString().replaceAll(/("password": ")[^"]*/g, '$1other');

  let job: Job;
  let first: Step;
  beforeAll(async () => {
    job = await harness.job();
    first = await job.step(inputs);
    await query(first.outputs['database_url'], 'create table kept as select 42 as answer');
  });

  /** Damages a file of the server, and returns what undoes that. */
  async function damage(name: string, change: Change): Promise<() => Promise<void>> {
    const file = path.join(await serverDirectory(job), name);
    const [before, { uid, gid }] = [await readFile(file), await stat(file)];
    const text = change(before);
    await (text === undefined ? rm(file) : writeFile(file, text));
    return async () => {
      await writeFile(file, before, { mode: 0o600 });
      await chown(file, uid, gid);
    };
  }

  /** An apply says what to do; as it says, with `isFollowed`. */
  async function expectRefusal({ isFollowed }: { readonly isFollowed: boolean }): Promise<void> {
    const directory = await serverDirectory(job);
    const step = await job.step(inputs);
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'server-failed' });
    expect(step.log).not.toMatch(/Command failed|ENOENT|at Object/);
    const [, pid, place] =
      /\. (?:End the process (\d+) and remove|Remove) (\S+) if you do not need its data, and apply again\./.exec(
        step.annotations[0]?.message ?? ''
      ) ?? [];
    expect([place, (await postmasters(job)).join()]).toEqual([directory, pid ?? '']);
    if (!isFollowed) return;
    if (pid !== undefined) await killServer(job);
    await rm(directory, { recursive: true });
    const next = await job.step(inputs);
    expect(next.outputs['result']).toBe('applied');
    expect(await ask(next.outputs['database_url'], `select to_regclass('kept')`)).toBeNull();
  }

  test.each([
    ['running', 'the password of another server', 'credentials.json', otherPassword],
    ['dead', 'a broken data/pgkeep.conf', 'data/pgkeep.conf', replacedBy('not = = valid\n')]
  ] as const)('says what to do (%s, %s)', async (state, _what, name, change) => {
    if (state === 'dead') await killServer(job);
    const undo = await damage(name, change);
    await expectRefusal({ isFollowed: false });
    await undo();
  });

  test.each([
    ['dead', 'no data/postgresql.conf', 'data/postgresql.conf'],
    ['running', 'no credentials.json', 'credentials.json']
  ] as const)('says what to do, and that leads to a new server (%s, %s)', async (_state, _what, name) => {
    await damage(name, removed);
    await expectRefusal({ isFollowed: true });
  });

  test('is destroyed and made again where its main configuration is gone', async () => {
    await damage('data/postgresql.conf', removed);
    const refused = await job.step({ ...inputs, parameters: 'work_mem: 8MB' });
    expect(refused.outputs).toMatchObject({ result: 'failed', failure_reason: 'server-failed' });
    expect(refused.annotations[0]?.message).toMatch(/there is no .*postgresql\.conf\. Destroy the database and apply/);
    const gone = await job.step({ ...inputs, command: 'destroy', confirm_destroy: 'shop' });
    expect(gone.outputs['result']).toBe('destroyed');
    expect((await job.step(inputs)).outputs['result']).toBe('applied');
  });

  test('is stopped by the post step, whatever its postmaster.pid says', async () => {
    await damage('data/postmaster.pid', replacedBy('x\n'));
    expect((await job.post(first)).annotations).toEqual([]);
    expect(await job.end()).toEqual([]);
  });
});

describe('two steps at once on one name', () => {
  test('create one server, and both get its outputs', async () => {
    const job = await harness.job();
    const steps = await Promise.all([job.step(inputs), job.step(inputs)]);
    expect(steps.map(step => step.exitCode)).toEqual([0, 0]);
    const [first, other] = steps.map(step => step.outputs['database_url']);
    expect(other).toBe(first);
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

  test('finds nothing while the server is made, as a second apply does, and waits while it is restarted', async () => {
    const slow = await slowServer(job);
    const held = { ...inputs, bin_dir: slow.binDir };
    const making = job.step(held);
    await slow.waiting();
    const early = await job.step(confirmed);
    expect(early.outputs['result']).toBe('no-changes');
    const differing = await job.start({ ...held, parameters: 'work_mem: 8MB' });
    await differing.saying(/Waiting for another step/);
    await slow.goOn();
    expect((await making).outputs['result']).toBe('applied');
    const { outputs: second, log: told } = await differing.done;
    expect(second['failure_reason']).toBe('plan-changed');
    expect(told).toContain(
      'Could not create server shop as planned: another run has made it since, with another parameters'
    );

    await slow.hold();
    const restarting = job.step({ ...held, parameters: 'shared_buffers: 64MB' });
    await slow.waiting();
    const destroying = await job.start(confirmed);
    await destroying.saying(/Waiting for another step/);
    await slow.goOn();
    expect((await destroying.done).outputs['result']).toBe('destroyed');
    const { outputs, log } = await restarting;
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

// One that is cancelled while its SQL runs: ephemeral-fence.test.ts, interrupted.test.ts.
describe('a step that is cancelled', () => {
  test('while its server starts ends and says so; the next one continues, and the post step leaves no process', async () => {
    const job = await harness.job();
    const slow = await slowServer(job);
    const running = await job.start({ ...inputs, bin_dir: slow.binDir });
    await slow.waiting();
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
});

describe('a step that is killed', () => {
  test('again and again, each time further on, is followed by one that creates the database and leaves nothing', async () => {
    const job = await harness.job();
    const folder = path.join(job.temp, 'pgkeep');
    const has = async (file: RegExp): Promise<boolean> =>
      (await readdir(folder, { recursive: true }).catch(() => [])).some(name => file.test(name));
    const moments: readonly ((running: RunningStep) => Promise<unknown>)[] = [
      // Before there is a server: local-closed-directories.test.ts.
      async () => until(async () => has(/^shop-[0-9a-f]{8}\/data\/postmaster\.pid$/)),
      // An earlier one may have been killed too late to leave anything to do.
      async running => Promise.race([running.saying(/server shop: created/), running.done])
    ];
    const ended: Step[] = [];
    for (const moment of moments) {
      const running = await job.start(inputs);
      await moment(running);
      running.kill('SIGKILL');
      ended.push(await running.done);
    }
    const next = await job.step(inputs);
    expect(next.exitCode).toBe(0);
    expect(await ask(next.outputs['database_url'], 'select current_database()')).toBe('orders');
    expect(await postmasters(job)).toHaveLength(1);
    await job.post(ended.find(step => step.state['leftover'] !== undefined) ?? next);
    expect(await job.end()).toEqual([]);
  });
});

/** Command lines of the servers that run below the job's directory. */
async function postmasters(job: Job): Promise<readonly number[]> {
  const all = await processTable();
  return all.filter(({ command }) => command.includes(`postgres -D ${job.directory}`)).map(({ pid }) => pid);
}

interface SlowServer {
  readonly binDir: string;
  /** Resolves when a step has begun to start it, and it waits. */
  waiting(): Promise<void>;
  goOn(): Promise<void>;
  /** For its next start. */
  hold(): Promise<unknown>;
}

/** The server of the tests, which does not start before it is released. */
async function slowServer(job: Job): Promise<SlowServer> {
  const { binDir: real } = await testInstallation(17);
  const binDir = path.join(job.directory, 'bin');
  const sign = path.join(binDir, 'go-on');
  const told = path.join(binDir, 'told');
  // What tells which clusters it can read is part of the program.
  const [catalog = ''] = /PG_17_\d+/.exec(await readFile(path.join(real, 'postgres'), 'latin1')) ?? [];
  const script = [
    '#!/bin/sh',
    `# ${catalog}`,
    `[ "$1" = -D ] && while [ ! -e ${sign} ]; do : > ${told}; sleep 0.02; done`,
    `exec ${path.join(real, 'postgres')} "$@"`
  ];
  await mkdir(binDir);
  // The server's own user writes into it.
  await chmod(binDir, 0o777);
  await writeFile(path.join(binDir, 'postgres'), `${script.join('\n')}\n`, { mode: 0o755 });
  return {
    binDir,
    waiting: async () => until(() => existsSync(told)),
    goOn: async () => writeFile(sign, ''),
    hold: async () => Promise.all([rm(sign), rm(told)])
  };
}

async function killServer(job: Job): Promise<void> {
  await killServers(await postmasters(job));
}

async function serverDirectory(job: Job): Promise<string> {
  const parent = path.join(job.temp, 'pgkeep');
  const [folder = ''] = (await readdir(parent)).filter(name => /^shop-[0-9a-f]{8}$/.test(name));
  return path.join(parent, folder);
}
