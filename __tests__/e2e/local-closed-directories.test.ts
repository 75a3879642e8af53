import { chmod, cp, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { ask } from '../support/client.ts';
import { testInstallation, testToolCache } from '../support/installation.ts';
import type { Job, Step } from '../support/job.ts';
import { openStage, type Stage } from '../support/stage.ts';

/** Elsewhere the server runs as the user of the step, who may enter what the step may enter. */
const isRoot = process.geteuid?.() === 0;
const inputs = { cloud_provider: 'local', name: 'orders', engine_version: '17', database_name: 'shop' };

/** A job whose steps have a directory for temporary files to themselves, while directories of the runner are closed to others. */
interface Scene {
  readonly job: Job;
  /** RUNNER_TEMP of the steps. */
  readonly temp: string;
  /** TMPDIR of the steps. */
  readonly temporary: string;
  /** Runs a step to its end. */
  run(more?: Readonly<Record<string, string>>): Promise<Step>;
  /** Names of what is left in TMPDIR. */
  left(): Promise<readonly string[]>;
}

let stage: Stage;
let umask: number;
beforeAll(async () => {
  stage = await openStage();
  await testInstallation(17);
});
beforeEach(() => {
  umask = process.umask();
});
afterEach(() => {
  process.umask(umask);
});
afterAll(async () => stage.close());

describe('directories that are closed to others', () => {
  const rows: readonly (readonly [string, readonly Closed[], readonly number[]])[] = [
    ['nothing', [], [0o022, 0o027, 0o007, 0o077]],
    ['RUNNER_TEMP', ['temp'], [0o022, 0o027, 0o007, 0o077]],
    ['RUNNER_TOOL_CACHE', ['tool cache'], [0o022, 0o027, 0o007, 0o077]],
    ['RUNNER_TEMP and RUNNER_TOOL_CACHE', ['temp', 'tool cache'], [0o022, 0o027, 0o007, 0o077]],
    ['a directory above both', ['above'], [0o022, 0o027, 0o007, 0o077]]
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
});

type Closed = 'temp' | 'tool cache' | 'above';

async function scene(...closed: readonly Closed[]): Promise<Scene> {
  const job = await stage.job();
  const [temporary, above] = [path.join(job.directory, 'tëmp of all'), path.join(job.directory, 'runner')];
  const temp = path.join(above, '_temp');
  const isCacheClosed = closed.includes('tool cache') || closed.includes('above');
  const toolCache = isCacheClosed ? path.join(above, '_tool') : testToolCache;
  for (const folder of [temporary, temp]) await mkdir(folder, { recursive: true });
  if (isCacheClosed) await copyBinaries(toolCache);
  const mode = (...by: readonly Closed[]): number => (by.some(one => closed.includes(one)) ? 0o700 : 0o755);
  await chmod(temporary, 0o1777);
  await chmod(above, mode('above'));
  await chmod(temp, mode('temp'));
  if (isCacheClosed) await chmod(toolCache, mode('tool cache'));
  return {
    job,
    temp,
    temporary,
    run: async (more = {}) =>
      job.step({ ...inputs, ...more }, { env: { RUNNER_TEMP: temp, RUNNER_TOOL_CACHE: toolCache, TMPDIR: temporary } }),
    left: async () => (await readdir(temporary)).filter(name => !name.startsWith('node-'))
  };
}

async function copyBinaries(toolCache: string): Promise<void> {
  const { binDir } = await testInstallation(17);
  const entry = path.dirname(binDir);
  await cp(entry, path.join(toolCache, path.relative(testToolCache, entry)), {
    recursive: true,
    verbatimSymlinks: true
  });
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
