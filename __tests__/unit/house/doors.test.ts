import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { refusalOf } from '../../../scripts/lint/doors.mjs';

const ROOT = process.cwd();

describe('every folder of src', () => {
  test('has a row with its allowed imports', async () => {
    const entries = await readdir(path.join(ROOT, 'src'), { withFileTypes: true });
    const rooms = entries.map(entry => (entry.isDirectory() ? `${entry.name}/any.ts` : entry.name));
    expect(rooms.filter(file => /has no row/.test(refusalOf(file, './other.ts') ?? ''))).toEqual([]);
    expect(refusalOf('attic/any.ts', './other.ts')).toContain('src/attic has no row');
  });
});

describe('a cloud that no rule names', () => {
  let copy: string;
  beforeAll(async () => {
    copy = await mkdtemp(path.join(os.tmpdir(), 'pgkeep-doors-'));
    await mkdir(path.join(copy, 'src', 'providers', 'throwaway', 'resources', 'server'), { recursive: true });
    await mkdir(path.join(copy, 'scripts', 'lint'), { recursive: true });
    await cp(path.join(ROOT, '.oxlintrc.json'), path.join(copy, '.oxlintrc.json'));
    await cp(path.join(ROOT, 'scripts', 'lint', 'doors.mjs'), path.join(copy, 'scripts', 'lint', 'doors.mjs'));
    await symlink(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'));
  });
  afterAll(async () => rm(copy, { recursive: true, force: true }));

  const FORBIDDEN = [
    ['provider.ts', '../aws/context.ts'],
    ['checks.ts', '../../report/verdict.ts'],
    ['resources/pool.ts', '../../gcp/context.ts'],
    ['resources/server/server.ts', '../../../azure/api/client.ts'],
    ['resources/server/update.ts', '../../../../github/client.ts'],
    ['context.ts', '../../runner/runtime.ts'],
    ['outputs.ts', '../../commands/apply.ts'],
    ['client.ts', '@actions/core'],
    ['sql.ts', 'pg']
  ] as const;
  const ALLOWED = [
    ['resources/server/fields.ts', '../../../../engine/resource.ts'],
    ['resources/database.ts', '../../names.ts'],
    ['resources/user.ts', '../context.ts'],
    ['addresses.ts', '../names.ts']
  ] as const;

  test('is refused the same imports as the others, and no more', async () => {
    const folder = path.join(copy, 'src', 'providers', 'throwaway');
    await Promise.all(
      [...FORBIDDEN, ...ALLOWED].map(async ([file, imported]) =>
        writeFile(path.join(folder, file), `export { one } from '${imported}';\n`)
      )
    );
    const refused = await lint(copy);
    expect(refused).toEqual(FORBIDDEN.map(([file]) => `src/providers/throwaway/${file}`).sort());
  });
});

/** The files that the doors rule refuses. */
async function lint(directory: string): Promise<readonly string[]> {
  const oxlint = path.join(ROOT, 'node_modules', 'oxlint', 'bin', 'oxlint');
  const { stdout } = await promisify(execFile)(process.execPath, [oxlint, '-f', 'json', 'src'], {
    cwd: directory
  }).catch((failed: { stdout: string }) => failed);
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string; filename: string }[] };
  return [
    ...new Set(diagnostics.filter(({ code }) => code.startsWith('doors')).map(({ filename }) => filename))
  ].sort();
}
