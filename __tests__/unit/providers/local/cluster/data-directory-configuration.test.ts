import { lstat, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeConfiguration } from '../../../../../src/providers/local/cluster/data-directory-configuration.ts';

const isRoot = process.getuid?.() === 0;
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pgkeep-configuration-'));
});

afterEach(async () => rm(directory, { recursive: true }));

test('the configuration of a cluster replaces an existing one, and follows no link out of it', async () => {
  const elsewhere = join(directory, 'elsewhere');
  await writeFile(elsewhere, 'precious');
  await writeFile(join(directory, 'pg_hba.conf'), 'host all all all trust\n', { mode: 0o644 });
  await symlink(elsewhere, join(directory, 'postgresql.conf'));
  await symlink(join(directory, 'made'), join(directory, 'pg_ident.conf'));

  const owner = isRoot ? { uid: 54321, gid: 54322 } : undefined;
  writeConfiguration(directory, owner);

  expect(await readFile(elsewhere, 'utf8')).toBe('precious');
  await expect(lstat(join(directory, 'made'))).rejects.toMatchObject({ code: 'ENOENT' });
  expect(await readFile(join(directory, 'pg_hba.conf'), 'utf8')).not.toContain('trust');
  for (const name of ['pg_hba.conf', 'pg_ident.conf', 'postgresql.conf', 'postgresql.auto.conf']) {
    const found = await lstat(join(directory, name));
    expect([name, found.isFile(), found.mode & 0o777]).toEqual([name, true, 0o600]);
    if (owner !== undefined) expect([found.uid, found.gid]).toEqual([owner.uid, owner.gid]);
  }
  expect((await lstat(elsewhere)).uid).toBe(process.getuid?.());
});
