import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { withinDirectory } from '../../src/files/within-directory.ts';
import { readInputs } from '../../src/inputs/read-inputs.ts';
import { loadScripts } from '../../src/postgres/script.ts';
import { snapshotFile } from '../../src/providers/local/snapshot.ts';
import { fakeMachine } from '../support/fake-machine.ts';

let root: string;
let workspace: string;
beforeEach(async () => {
  root = await realpath(await mkdtemp(path.join(tmpdir(), 'pgkeep-paths-')));
  workspace = path.join(root, 'work');
  await mkdir(path.join(workspace, '.git'), { recursive: true });
  await mkdir(path.join(workspace, 'db'));
  await writeFile(path.join(root, 'secret.sql'), 'select tweet');
  await writeFile(path.join(workspace, '.git', 'config'), 'tweet');
  await writeFile(path.join(workspace, 'db', 'a.sql'), 'select 1');
  await symlink(path.join(root, 'secret.sql'), path.join(workspace, 'db', 'out.sql'));
  await symlink(root, path.join(workspace, 'up'));
  await symlink(path.join(workspace, '.git', 'config'), path.join(workspace, 'git.sql'));
  await symlink('a.sql', path.join(workspace, 'db', 'b.sql'));
});
afterEach(async () => rm(root, { recursive: true, force: true }));

const OUTSIDE = ['../secret.sql', 'db/out.sql', 'up/secret.sql', 'git.sql', '.git/config', '/etc/passwd'];

test.each(OUTSIDE)('init_sql does not read %s, and its content is not shown', async given => {
  const thrown = await loadScripts([given], workspace).catch((error: unknown) => error);
  expect(thrown).toMatchObject({ code: 'input-invalid' });
  expect(String(thrown)).not.toContain('tweet');
});

test.each(OUTSIDE)('the configuration is not read from %s, and its content is not shown', given => {
  const env = { INPUT_NAME: 'orders', INPUT_CONFIG: given };
  const paths = { workspace, temp: root, toolCache: root, action: root };
  expect(() => readInputs({ env, paths })).toThrow(/Can't use the configuration file|Could not/);
  expect(() => readInputs({ env, paths })).not.toThrow(/tweet/);
});

test.each(['../x.tar', 'up/x.tar', '/etc/x.tar', '.git/x.tar', '.GIT/x.tar'])(
  'a snapshot is neither written to nor read from %s',
  async given => {
    const machine = { ...(await fakeMachine()), temporaryDirectory: path.join(root, 'temp') };
    expect(() => snapshotFile({ workspace, machine }, given)).toThrow(/outside of the workspace|Git's own/);
  }
);

test('a path inside is used, also through a link and before it exists', async () => {
  expect((await loadScripts(['db/[ab].sql'], workspace)).map(({ file }) => file)).toEqual(['db/a.sql', 'db/b.sql']);
  expect(withinDirectory([workspace], 'new/folder/x', 'it')).toBe(path.join(workspace, 'new', 'folder', 'x'));
});

/** One pair of braces too many: a test without the guard ends. */
test('a pattern that expands to very many names is refused', async () => {
  const bomb = '{a,b}'.repeat(5);
  await expect(loadScripts([bomb], workspace)).rejects.toThrow(/more than the limit of 500 characters and 4 braces/);
});
