import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { bundleDirectory } from '../support/bundle.ts';

const root = path.resolve(import.meta.dirname, '..', '..');

test('the demo tells its story to the end and leaves nothing running', async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', path.join(root, 'scripts', 'demo', 'demo.mjs')],
    { cwd: root, env: { ...process.env, PGKEEP_BUNDLE: await bundleDirectory() } }
  );
  for (const words of [
    'github-actions[bot] commented',
    '3 to create, 0 to update, 0 to delete.',
    /^ +PostgreSQL 17\.\d+ on /m,
    '1 to create, 1 to update (1 restart), 0 to delete.',
    'streams: 1000 rows, read-only',
    'No changes: the database is as the workflow asks.',
    'nothing is left running'
  ])
    expect(stdout).toMatch(words);
  expect(stdout).not.toContain('<');
});
