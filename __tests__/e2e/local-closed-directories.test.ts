import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, readdir, rename, rm, stat, symlink } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { bundleDirectory } from '../support/bundle.ts';
import { ask } from '../support/client.ts';
import { closeDirectories } from '../support/closed-directories.ts';
import { testInstallation } from '../support/installation.ts';
import type { Job, RunningStep, Step } from '../support/job.ts';
import { killServers, processTable } from '../support/processes.ts';
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
  readonly run: (
    more?: Readonly<Record<string, string>>,
    variables?: Readonly<Record<string, string>>
  ) => Promise<Step>;
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
  /** Of a first apply with TLS: its server answers, lies where it has to, and is closed to others. */
  async function expectRunning({ left, temporary }: Scene, first: Step, isElsewhere: boolean): Promise<void> {
    expect(first.log).not.toContain('::error');
    expect(first.outputs['result']).toBe('applied');
    expect(await ask(first.outputs['database_url'], 'select 1')).toBe(1);
    expect(await left()).toEqual(isElsewhere ? [expect.stringMatching(/^pgkeep-[0-9a-f]{32}$/)] : []);
    const [own = ''] = await left();
    if (own === '') return;
    const directory = path.join(temporary, own);
    expect((await stat(directory)).mode & 0o777).toBe(0o710);
    const open = (await readable(directory)).filter(name => !name.startsWith('binaries'));
    expect(open).toEqual(['server.crt']);
  }

  test('nothing, with umask 177, which closes directories to their owner: the server runs, is found again, and leaves nothing', async () => {
    const at = await scene();
    process.umask(0o177);
    const first = await at.run({ tls: 'true' });
    await expectRunning(at, first, false);
    expect(first.log).not.toContain('may not enter');
    const second = await at.run({ tls: 'true' });
    expect(second.outputs['result']).toBe('no-changes');
    const post = await at.job.post(second);
    expect(post.log).toContain('is stopped and its data removed');
    expect(await at.left()).toEqual([]);
  });

  // RUNNER_TEMP and RUNNER_TOOL_CACHE lie in it. The copy needs no programs of its own; one of a snapshot lies alike.
  test('a directory above both, with umask 077: after a kill the server runs, with replicas, copies and scripts', async () => {
    process.umask(0o077);
    const at = await scene('above');
    const { start, run, left, job } = at;
    const killed = await start();
    await killed.saying(/^Copying PostgreSQL|^Creating|server orders/m);
    killed.kill('SIGKILL');
    await killed.done;
    await job.file('init.sql', 'create table item as select 7 as n;');
    const more = { init_sql: 'init.sql', create_read_replica: 'true', tls: 'true' };
    const first = await run(more);
    expect(first.log.includes('may not enter')).toBe(isRoot);
    const [replica = ''] = JSON.parse(first.outputs['read_replica_endpoints'] ?? '[]') as readonly string[];
    const reader = new URL(first.outputs['database_url'] ?? '');
    reader.host = replica;
    expect(await ask(reader.href, 'select n from item')).toBe(7);
    await expectRunning(at, first, isRoot);
    expect((await run(more)).outputs['result']).toBe('no-changes');
    const open = { RUNNER_TOOL_CACHE: testToolCache() };
    const copied = await run({ name: 'copied', restore_source: 'orders' }, open);
    expect(await ask(copied.outputs['database_url'], 'select n from item')).toBe(7);
    expect(await left()).toHaveLength(isRoot ? 2 : 0);
    for (const step of [first, copied]) await job.post(step);
    expect(await left()).toEqual([]);
    expect(await job.end()).toEqual([]);
  }, 240_000);

  test('RUNNER_TEMP: the life of a server, with a kill, a link, `destroy` and a runner that empties it', async () => {
    const at = await scene('temp');
    const { start, run, left, job, temp } = at;
    const folder = path.join(temp, 'pgkeep');
    const first = await run({ tls: 'true' });
    await expectRunning(at, first, isRoot);
    const [before] = await left();

    // A link in place of the record is not followed.
    const record = (await readdir(folder)).find(name => name.endsWith('.directory'));
    expect(record === undefined).toBe(!isRoot);
    if (record !== undefined) {
      const file = path.join(folder, record);
      await rename(file, path.join(folder, 'elsewhere'));
      await symlink(path.join(folder, 'elsewhere'), file);
      const refused = await run();
      expect(refused.outputs).toMatchObject({ result: 'failed', failure_reason: 'server-failed' });
      expect(refused.log).toContain(`Remove ${file} and apply again`);
      await rename(path.join(folder, 'elsewhere'), file);
    }

    const destroyed = await run({ command: 'destroy', confirm_destroy: 'orders' });
    expect(destroyed.outputs['result']).toBe('destroyed');
    expect(await left()).toEqual([]);

    // The next apply begins again, and is killed when everything is done.
    const killed = await start();
    await killed.saying(/^Applied/m);
    killed.kill('SIGKILL');
    await killed.done;
    const [after] = await left();
    if (isRoot) expect(after).not.toBe(before);
    const again = await run();
    expect(again.exitCode).toBe(0);
    expect(await ask(again.outputs['database_url'], 'select 1')).toBe(1);
    expect(await left()).toEqual(isRoot ? [after] : []);

    // The runner empties RUNNER_TEMP: what still runs stays, and the rest goes with the next server.
    await rm(folder, { recursive: true });
    const other = await run();
    expect(other.outputs['result']).toBe('applied');
    if (isRoot) expect(await left()).toEqual(expect.arrayContaining([after]));
    const post = await job.post(other);
    expect(post.log).toContain('is stopped and its data removed');
    await killServersBelow(job.directory);
    await rm(folder, { recursive: true });
    const last = await run();
    expect(last.log.includes('which an interrupted job left behind')).toBe(isRoot);
    await job.post(last);
    expect(await left()).toEqual([]);
  });

  // The next is used where one is open: unit/providers/local/cluster/server-directory.
  test('may be the runner’s, TMPDIR and all of the system: the server is refused', async () => {
    const system = ['/tmp', '/var/tmp', '/var/lib'];
    const { job, temp, temporary } = await scene('temp');
    await chmod(temporary, 0o700);
    const needed = [job.directory, process.execPath, await bundleDirectory(), testToolCache()];
    const isHidden = system.some(directory => needed.some(file => file.startsWith(`${directory}/`)));
    const closed = isRoot && !isHidden ? await closeDirectories(system) : undefined;
    // Where this user may not close them, the first of them is open.
    if (closed === undefined) return;
    const options = { env: { RUNNER_TEMP: temp, TMPDIR: temporary }, through: closed.through };
    const step = await job.step(inputs, options);
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'unsupported' });
    expect(step.log).toMatch(/may not enter .*_temp.*Set RUNNER_TEMP or TMPDIR/);
    expect(await readdir(path.join(temp, 'pgkeep'))).not.toContainEqual(expect.stringMatching(/\.directory$/));
    closed.end();
  });
});

type Closed = 'temp' | 'above';

async function scene(...closed: readonly Closed[]): Promise<Scene> {
  const job = await harness.job();
  const [temporary, above] = [path.join(job.directory, 'tëmp of all'), path.join(job.directory, 'runner')];
  const temp = path.join(above, '_temp');
  const isCacheClosed = closed.includes('above');
  const toolCache = isCacheClosed ? path.join(above, '_tool') : testToolCache();
  for (const folder of [temporary, temp]) await mkdir(folder, { recursive: true });
  if (isCacheClosed) await copyBinaries(toolCache);
  // What earlier jobs have verified, as every job of the tests has it.
  for (const name of await readdir(job.temp)) await copyFile(path.join(job.temp, name), path.join(temp, name));
  const mode = (...by: readonly Closed[]): number => (by.some(one => closed.includes(one)) ? 0o700 : 0o755);
  await chmod(temporary, 0o1777);
  await chmod(above, mode('above'));
  await chmod(temp, mode('temp'));
  const env = { RUNNER_TEMP: temp, RUNNER_TOOL_CACHE: toolCache, TMPDIR: temporary };
  return {
    job,
    temp,
    temporary,
    run: async (more = {}, variables = {}) => job.step({ ...inputs, ...more }, { env: { ...env, ...variables } }),
    start: async () => job.start(inputs, { env }),
    left: async () => (await readdir(temporary)).filter(name => !name.startsWith('node-'))
  };
}

/** A copy: a second name of the files would change what is known of the tests' own tool cache. */
async function copyBinaries(toolCache: string): Promise<void> {
  const { binDir } = await testInstallation(17);
  const entry = path.dirname(binDir);
  const copy = path.join(toolCache, path.relative(testToolCache(), entry));
  await mkdir(path.dirname(copy), { recursive: true });
  await promisify(execFile)('cp', ['-a', entry, copy]);
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
  await killServers(servers.map(({ pid }) => pid));
}
