import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * Runs the first workflow of the README, and examples that need no account, by the workflow runner act
 * (github.com/nektos/act, as `act` on PATH or in `ACT`) on this machine itself, with the action as it lies here. Each
 * runs in a repository that holds no more than the workflow and the files that it names.
 *
 * node scripts/check/act.mts [bundle]
 */
const root = path.resolve(import.meta.dirname, '../..');
const bundle = path.resolve(process.argv[2] ?? path.join(root, 'dist'));
const act = process.env['ACT'] ?? 'act';

const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const [, first = ''] = /^```yaml\n([\s\S]*?)^```$/m.exec(read('README.md')) ?? [];
const WORKFLOWS: Readonly<Record<string, string>> = {
  'README.md': first,
  ...Object.fromEntries(['local-extensions-init-sql', 'local-tls'].map(name => [name, read(`examples/${name}.yml`)]))
};

const temporary = mkdtempSync(path.join(tmpdir(), 'pgkeep-act-'));
let failed = 0;
try {
  // As root the server runs as another user, who passes through here.
  chmodSync(temporary, 0o755);
  const action = path.join(temporary, 'action');
  cpSync(bundle, path.join(action, 'dist'), { recursive: true });
  cpSync(path.join(root, 'action.yml'), path.join(action, 'action.yml'));
  for (const [name, workflow] of Object.entries(WORKFLOWS)) {
    const began = Date.now();
    const { status, output } = run(path.join(temporary, name.replace('.', '-')), action, workflow);
    const hasSucceeded = status === 0 && output.includes('Job succeeded');
    if (!hasSucceeded) failed += 1;
    process.stdout.write(
      `${hasSucceeded ? '✓' : '✕'} ${name} (${Math.round((Date.now() - began) / 1000)} s)\n${hasSucceeded ? '' : output}`
    );
  }
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
process.exitCode = failed === 0 ? 0 : 1;

function run(
  folder: string,
  action: string,
  workflow: string
): { readonly status: number | null; readonly output: string } {
  mkdirSync(path.join(folder, '.github', 'workflows'), { recursive: true });
  writeFileSync(path.join(folder, '.github', 'workflows', 'one.yml'), workflow);
  cpSync(path.join(root, 'examples', 'db'), path.join(folder, 'db'), { recursive: true });
  const git = (...args: readonly string[]): void => void execFileSync('git', args, { cwd: folder, stdio: 'ignore' });
  git('init', '-q', '-b', 'main');
  git('remote', 'add', 'origin', 'https://github.com/acme/shop');
  git('add', '.');
  git('-c', 'user.name=acme', '-c', 'user.email=acme@example.com', 'commit', '-qm', 'A workflow');
  const { status, stdout, stderr } = spawnSync(
    act,
    [
      'push',
      '--platform=ubuntu-latest=-self-hosted',
      `--local-repository=pgkeep/pgkeep@v1=${action}`,
      // act gives steps a terminal, on which psql would wait in its pager.
      '--env=PAGER=cat'
    ],
    {
      cwd: folder,
      encoding: 'utf8',
      timeout: 180_000,
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], XDG_CACHE_HOME: path.join(temporary, 'cache') }
    }
  );
  return { status, output: `${stdout}${stderr}` };
}
