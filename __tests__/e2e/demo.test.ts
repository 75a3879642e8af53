import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { bundleDirectory } from '../support/bundle.ts';
import { compileCache } from '../support/warm-steps.ts';

const root = path.resolve(import.meta.dirname, '..', '..');

interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** Runs the demo to its end, with changes to the environment: `undefined` takes a variable away. */
async function demo(env: Readonly<Record<string, string | undefined>> = {}): Promise<Ended> {
  const script = path.join(root, 'scripts', 'demo', 'demo.mjs');
  const all = { ...process.env, ...compileCache(), PGKEEP_BUNDLE: await bundleDirectory(), ...env };
  return promisify(execFile)(process.execPath, ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', script], {
    cwd: root,
    env: all
  }).then(
    printed => ({ ...printed, exitCode: 0 }),
    ({ stdout, stderr, code }: { stdout: string; stderr: string; code: number }) => ({ stdout, stderr, exitCode: code })
  );
}

/** Runs the demo with a TMPDIR of its own, and returns what it leaves there as well. */
async function demoIn(mode: number, env: Readonly<Record<string, string | undefined>>) {
  const temporary = await mkdtemp(path.join(tmpdir(), 'pgkeep-démo '));
  await chmod(temporary, mode);
  const before = process.umask(0o077);
  const ended = await demo({ TMPDIR: temporary, HOME: undefined, ...env }).finally(() => process.umask(before));
  const left = await readdir(temporary);
  await rm(temporary, { recursive: true });
  return { ...ended, left };
}

/** A step that fails, and names the directories on its way that are closed to the user of a server, for root. */
const FAILS = `
const { statSync } = require('node:fs');
const { dirname } = require('node:path');
const closed = [];
for (let at = process.env.RUNNER_TEMP; at !== dirname(at); at = dirname(at)) {
  if (process.getuid() === 0 && (statSync(at).mode & 1) === 0) closed.push(at);
}
console.log('::error::It broke' + closed.map(directory => ', and ' + directory + ' is closed').join(''));
process.exit(1);
`;

describe('the demo', () => {
  test('runs to the end without HOME and a lenient umask, and leaves nothing in TMPDIR', async () => {
    const ended = await demoIn(0o1777, {});
    expect(ended).toMatchObject({ exitCode: 0, stderr: '', left: [] });
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
    ['a step fails', FAILS, /^The demo could not go on: .*: It broke$/m],
    ['a step says nothing', 'process.exit(3)', /^The demo could not go on: .*: the step ended with exit code 3\./m]
  ])('ends with a sentence when %s, and needs no TMPDIR that is open to others', async (_, program, sentence) => {
    const bundle = await mkdtemp(path.join(tmpdir(), 'pgkeep-bundle-'));
    if (program !== undefined) await writeFile(path.join(bundle, 'index.js'), program);
    const { exitCode, stderr, left } = await demoIn(0o700, { PGKEEP_BUNDLE: bundle });
    expect([exitCode, left]).toEqual([1, []]);
    expect(stderr).toMatch(sentence);
    expect(stderr).not.toMatch(/^ {4}at /m);
    await rm(bundle, { recursive: true });
  });
});
