import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { bundleDirectory } from '../support/bundle.ts';

const root = path.resolve(import.meta.dirname, '..', '..');

interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** Runs the demo to its end, with changes to the environment: `undefined` takes a variable away. */
async function demo(env: Readonly<Record<string, string | undefined>> = {}): Promise<Ended> {
  const script = path.join(root, 'scripts', 'demo', 'demo.mjs');
  const all = { ...process.env, PGKEEP_BUNDLE: await bundleDirectory(), ...env };
  return promisify(execFile)(process.execPath, ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', script], {
    cwd: root,
    env: all
  }).then(
    printed => ({ ...printed, exitCode: 0 }),
    ({ stdout, stderr, code }: { stdout: string; stderr: string; code: number }) => ({ stdout, stderr, exitCode: code })
  );
}

describe('the demo', () => {
  test.each([
    ['closed to others', 0o700],
    ['open', 0o1777]
  ])('runs to the end without HOME and a lenient umask, and leaves nothing in a TMPDIR that is %s', async (_, mode) => {
    const temporary = await mkdtemp(path.join(tmpdir(), 'pgkeep-démo '));
    await chmod(temporary, mode);
    const before = process.umask(0o077);
    const ended = await demo({ TMPDIR: temporary, HOME: undefined }).finally(() => process.umask(before));
    expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await readdir(temporary)).toEqual([]);
    await rm(temporary, { recursive: true });
    for (const words of [
      'github-actions[bot] commented',
      '3 to create, 0 to update, 0 to delete.',
      /^ +PostgreSQL 17\.\d+ on /m,
      '1 to create, 1 to update (1 restart), 0 to delete.',
      'streams: 1000 rows, read-only',
      'No changes: the database is as the workflow asks.',
      'nothing is left running'
    ])
      expect(ended.stdout).toMatch(words);
    expect(ended.stdout).not.toContain('<');
  });

  test.each([
    ['there is no bundle', undefined, /^The demo could not go on: There is no bundle in /m],
    ['a step fails', "console.log('::error::It broke');process.exit(1)", /^The demo could not go on: .*: It broke$/m],
    ['a step says nothing', 'process.exit(3)', /^The demo could not go on: .*: the step ended with exit code 3\./m]
  ])('ends with a sentence when %s', async (_, program, sentence) => {
    const bundle = await mkdtemp(path.join(tmpdir(), 'pgkeep-bundle-'));
    if (program !== undefined) await writeFile(path.join(bundle, 'index.js'), program);
    const { exitCode, stderr } = await demo({ PGKEEP_BUNDLE: bundle });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(sentence);
    expect(stderr).not.toMatch(/^ {4}at /m);
    await rm(bundle, { recursive: true });
  });
});
