import { chmod, cp, link, mkdir, readdir, rename, rm, stat, symlink } from 'node:fs/promises';
import path from 'node:path';
import { bundleDirectory } from '../support/bundle.ts';
import { ask } from '../support/client.ts';
import { closeDirectories } from '../support/closed-directories.ts';
import { testInstallation } from '../support/installation.ts';
import type { Job, RunningStep, Step } from '../support/job.ts';
import { isRunning, processTable } from '../support/processes.ts';
import { openHarness, type Harness } from '../support/harness.ts';
import { testToolCache } from '../support/tool-cache.ts';

/** Elsewhere the server runs as the user of the step, who may enter what the step may enter. */
const isRoot = process.geteuid?.() === 0;
const inputs = { cloud_provider: 'local', name: 'orders', engine_version: '17', database_name: 'shop' };

/**
 * A job whose steps have a directory for temporary files to themselves, while directories of the runner are closed to
 * others.
 */
interface Scene {
  readonly job: Job;
  /** RUNNER_TEMP of the steps. */
  readonly temp: string;
  /** TMPDIR of the steps. */
  readonly temporary: string;
  /** Runs a step to its end. */
  readonly run: (more?: Readonly<Record<string, string>>) => Promise<Step>;
  readonly start: () => Promise<RunningStep>;
  /** Names of what is left in TMPDIR. */
  readonly left: () => Promise<readonly string[]>;
}

let harness: Harness;
let umask: number;
beforeAll(async () => {
  harness = await openHarness();
  await testInstallation(17);
});
beforeEach(() => {
  umask = process.umask();
});
afterEach(() => {
  process.umask(umask);
});
afterAll(async () => harness.close());

describe('directories that are closed to others', () => {
  const rows: readonly (readonly [string, readonly Closed[], readonly number[]])[] = [
    ['nothing', [], [0o027, 0o077]],
    ['RUNNER_TEMP', ['temp'], [0o022]],
    ['RUNNER_TOOL_CACHE', ['tool cache'], [0o022]],
    ['RUNNER_TEMP and RUNNER_TOOL_CACHE', ['temp', 'tool cache'], [0o077]],
    ['a directory above both', ['above'], [0o022, 0o077]]
  ];
  const table = rows.flatMap(([what, closed, masks]) =>
    masks.map(mask => [what, `0${mask.toString(8).padStart(2, '0')}`, closed, mask] as const)
  );
  test.each(table)(
    '%s, with umask %s: the server runs, is found again, and leaves nothing',
    async (_, __, closed, mask) => {
      process.umask(mask);
      const { run, left, job, temporary } = await scene(...closed);
      const first = await run({ tls: 'true' });
      expect(first.log).not.toContain('::error');
      expect(first.outputs['result']).toBe('applied');
      expect(await ask(first.outputs['database_url'], 'select 1')).toBe(1);
      const isElsewhere = isRoot && (closed.includes('temp') || closed.includes('above'));
      expect(await left()).toEqual(isElsewhere ? [expect.stringMatching(/^pgkeep-[0-9a-f]{32}$/)] : []);
      const [own = ''] = await left();
      expect(first.log.includes('may not enter')).toBe(isRoot && closed.length > 0);
      if (own !== '') {
        const directory = path.join(temporary, own);
        expect((await stat(directory)).mode & 0o777).toBe(0o710);
        const open = (await readable(directory)).filter(name => !name.startsWith('binaries'));
        expect(open).toEqual(['server.crt']);
      }
      const second = await run({ tls: 'true' });
      expect(second.outputs['result']).toBe('no-changes');
      const post = await job.post(second);
      expect(post.log).toContain('is stopped and its data removed');
      expect(await left()).toEqual([]);
    }
  );

  // Four servers, each with a copy of the programs.
  test('work for replicas, snapshots, copies of a server, and its scripts', async () => {
    process.umask(0o077);
    const { run, left, job } = await scene('above');
    await job.file('init.sql', 'create table item as select 7 as n;');
    const more = { init_sql: 'init.sql', create_read_replica: 'true', tls: 'true' };
    const first = await run(more);
    expect(first.log).not.toContain('::error');
    const [replica = ''] = JSON.parse(first.outputs['read_replica_endpoints'] ?? '[]') as readonly string[];
    const reader = new URL(first.outputs['database_url'] ?? '');
    reader.host = replica;
    expect(await ask(reader.href, 'select n from item')).toBe(7);
    const snapshot = await run({ command: 'snapshot', snapshot_identifier: 'kept' });
    expect(snapshot.exitCode).toBe(0);
    const restored = await run({ name: 'restored', restore_from_snapshot: 'kept' });
    const copied = await run({ name: 'copied', restore_source: 'orders' });
    for (const step of [restored, copied])
      expect(await ask(step.outputs['database_url'], 'select n from item')).toBe(7);
    expect(await left()).toHaveLength(isRoot ? 3 : 0);
    for (const step of [first, restored, copied]) await job.post(step);
    expect(await left()).toEqual([]);
  }, 240_000);

  test('leave nothing behind after `destroy`, and are used again by the next apply', async () => {
    const { run, left, job } = await scene('temp');
    await run();
    const [before] = await left();
    const destroyed = await run({ command: 'destroy', confirm_destroy: 'orders' });
    expect(destroyed.outputs['result']).toBe('destroyed');
    expect(await left()).toEqual([]);
    const again = await run();
    expect(again.outputs['result']).toBe('applied');
    const [after] = await left();
    if (isRoot) expect(after).not.toBe(before);
    await job.post(again);
    expect(await left()).toEqual([]);
  });

  test.each([
    ['before the server starts', /^Copying PostgreSQL|^Creating|server orders/m],
    ['when everything is done', /^Applied/m]
  ])('leave nothing behind after a kill %s and a second run', async (_, moment) => {
    const { start, run, left, job } = await scene('above');
    const killed = await start();
    await killed.saying(moment);
    killed.kill('SIGKILL');
    await killed.done;
    const second = await run();
    expect(second.exitCode).toBe(0);
    expect(await ask(second.outputs['database_url'], 'select 1')).toBe(1);
    expect(await left()).toHaveLength(isRoot ? 1 : 0);
    await job.post(second);
    expect(await left()).toEqual([]);
  });

  test('leave nothing behind when the runner emptied RUNNER_TEMP after a kill, unless the server still runs', async () => {
    const { run, left, job, temp } = await scene('temp');
    const first = await run();
    const before = await left();
    await rm(path.join(temp, 'pgkeep'), { recursive: true });
    const second = await run();
    expect(second.outputs['result']).toBe('applied');
    if (isRoot) expect(await left()).toEqual(expect.arrayContaining([...before]));
    await job.post(second);
    await killServersBelow(job.directory);
    await rm(path.join(temp, 'pgkeep'), { recursive: true });
    const third = await run();
    expect(third.log.includes('which an interrupted job left behind')).toBe(isRoot);
    await job.post(third);
    expect(await left()).toEqual([]);
    expect(first.exitCode).toBe(0);
  });

  test.each<readonly [string, readonly string[], string]>([
    ['none of the system’s', [], '/tmp'],
    ['/tmp', ['/tmp'], '/var/tmp'],
    ['/tmp and /var/tmp', ['/tmp', '/var/tmp'], '/var/lib'],
    ['/tmp, /var/tmp and /var/lib', ['/tmp', '/var/tmp', '/var/lib'], '']
  ])('may be the runner’s, TMPDIR and %s: the next is used, or the server refused', async (_, system, parent) => {
    const { job, temp, temporary } = await scene('temp');
    await chmod(temporary, 0o700);
    const needed = [job.directory, process.execPath, await bundleDirectory(), testToolCache()];
    const isHidden = system.some(directory => needed.some(file => file.startsWith(`${directory}/`)));
    const closed = isRoot && !isHidden ? await closeDirectories(system) : undefined;
    const options = { env: { RUNNER_TEMP: temp, TMPDIR: temporary }, through: closed?.through ?? [] };
    const step = await job.step(inputs, options);
    // Where this user may not close them, the first of them is open.
    const expected = closed === undefined ? '/tmp' : parent;
    if (expected === '') {
      expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'unsupported' });
      expect(step.log).toMatch(/may not enter .*_temp.*Set RUNNER_TEMP or TMPDIR/);
      expect(await readdir(path.join(temp, 'pgkeep'))).not.toContainEqual(expect.stringMatching(/\.directory$/));
    } else {
      expect(await ask(step.outputs['database_url'], 'select 1')).toBe(1);
      const directory = /The files of PostgreSQL orders are in (\S+):/.exec(step.log)?.[1];
      expect(directory === undefined ? undefined : path.dirname(directory)).toBe(isRoot ? expected : undefined);
      const post = await job.post(step);
      expect(post.log).toContain('is stopped and its data removed');
      if (directory !== undefined) await expect(stat(directory)).rejects.toMatchObject({ code: 'ENOENT' });
    }
    closed?.end();
  });

  test('are not followed through a link in place of the record', async () => {
    const { run, temp, job } = await scene('temp');
    const first = await run();
    const folder = path.join(temp, 'pgkeep');
    const record = (await readdir(folder)).find(name => name.endsWith('.directory'));
    expect(record === undefined).toBe(!isRoot);
    if (record !== undefined) {
      const file = path.join(folder, record);
      await rename(file, path.join(folder, 'elsewhere'));
      await symlink(path.join(folder, 'elsewhere'), file);
      const second = await run();
      expect(second.outputs).toMatchObject({ result: 'failed', failure_reason: 'server-failed' });
      expect(second.log).toContain(`Remove ${file} and apply again`);
      await rename(path.join(folder, 'elsewhere'), file);
    }
    const post = await job.post(first);
    expect(post.log).toContain('is stopped and its data removed');
  });
});

type Closed = 'temp' | 'tool cache' | 'above';

async function scene(...closed: readonly Closed[]): Promise<Scene> {
  const job = await harness.job();
  const [temporary, above] = [path.join(job.directory, 'tëmp of all'), path.join(job.directory, 'runner')];
  const temp = path.join(above, '_temp');
  const isCacheClosed = closed.includes('tool cache') || closed.includes('above');
  const toolCache = isCacheClosed ? path.join(above, '_tool') : testToolCache();
  for (const folder of [temporary, temp]) await mkdir(folder, { recursive: true });
  if (isCacheClosed) await copyBinaries(toolCache);
  const mode = (...by: readonly Closed[]): number => (by.some(one => closed.includes(one)) ? 0o700 : 0o755);
  await chmod(temporary, 0o1777);
  await chmod(above, mode('above'));
  await chmod(temp, mode('temp'));
  if (isCacheClosed) await chmod(toolCache, mode('tool cache'));
  const env = { RUNNER_TEMP: temp, RUNNER_TOOL_CACHE: toolCache, TMPDIR: temporary };
  return {
    job,
    temp,
    temporary,
    run: async (more = {}) => job.step({ ...inputs, ...more }, { env }),
    start: async () => job.start(inputs, { env }),
    left: async () => (await readdir(temporary)).filter(name => !name.startsWith('node-'))
  };
}

async function copyBinaries(toolCache: string): Promise<void> {
  const { binDir } = await testInstallation(17);
  const entry = path.dirname(binDir);
  await linkTree(entry, path.join(toolCache, path.relative(testToolCache(), entry)));
}

/** The same files under another name, since nothing writes into them; copies of them on another file system. */
async function linkTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  await chmod(to, (await stat(from)).mode);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [one, other] = [path.join(from, entry.name), path.join(to, entry.name)];
    if (entry.isDirectory()) await linkTree(one, other);
    else await link(one, other).catch(async () => cp(one, other, { verbatimSymlinks: true }));
  }
}

/** Modes of everything below a directory that anyone but its owner may read or list. */
async function readable(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const found = await Promise.all(
    entries.map(async entry => {
      const file = path.join(entry.parentPath, entry.name);
      return ((await stat(file)).mode & 0o044) === 0 ? [] : [path.relative(directory, file)];
    })
  );
  return found.flat();
}

/** As the runner does at a job's end, with every process that the job began. */
async function killServersBelow(directory: string): Promise<void> {
  const servers = (await processTable()).filter(({ command }) => command.includes(`-D ${directory}`));
  for (const { pid } of servers) process.kill(pid, 'SIGKILL');
  for (const { pid } of servers) {
    while (await isRunning(pid)) await new Promise(resolve => setTimeout(resolve, 5));
  }
}
