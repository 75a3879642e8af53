import { chmod, mkdir, readFile, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Installation } from '../../../../../src/providers/local/installation/installation.ts';
import { firstClosedDirectory } from '../../../../../src/providers/local/installation/reachable.ts';
import { bringWithinReach } from '../../../../../src/providers/local/installation/within-reach.ts';
import { fakeMachine, type FakeMachine } from '../../../../support/fake-machine.ts';

/** No user has this number on the machines where the tests run. */
const user = { uid: 54_321, gid: 54_321 };
const lines: string[] = [];
const log = { debug: () => {}, info: (line: string) => void lines.push(line), warning: () => {} };

let disk: FakeMachine;
let tools: string;
let copy: string;
beforeEach(async () => {
  disk = await fakeMachine();
  lines.length = 0;
  tools = path.join(disk.root, 'tools');
  copy = path.join(disk.root, 'copy');
  for (const folder of ['bin', 'lib']) await mkdir(path.join(tools, 'entry', folder), { recursive: true });
  await writeFile(path.join(tools, 'entry', 'bin', 'postgres'), 'program', { mode: 0o700 });
  await writeFile(path.join(tools, 'entry', 'lib', 'libpq.so.5.17'), 'library', { mode: 0o600 });
  await symlink('libpq.so.5.17', path.join(tools, 'entry', 'lib', 'libpq.so.5'));
});
afterEach(async () => disk.remove());

function installation(source: Installation['source'] = 'tool-cache'): Installation {
  return { source, major: 17, version: '17.10', binDir: path.join(tools, 'entry', 'bin') };
}

describe('binaries that the server’s user may not reach', () => {
  test.each([0o022, 0o077])('are copied whole, for every user to run, with umask %i', async mask => {
    await chmod(tools, 0o700);
    const before = process.umask(mask);
    const brought = await bringWithinReach(installation(), { user, directory: copy, log }).finally(() =>
      process.umask(before)
    );
    expect(brought).toEqual({ ...installation(), binDir: path.join(copy, 'bin') });
    expect(await readFile(path.join(copy, 'lib', 'libpq.so.5'), 'utf8')).toBe('library');
    const entries = ['.', 'bin', 'bin/postgres', 'lib', 'lib/libpq.so.5.17'];
    const modes = await Promise.all(entries.map(async entry => (await stat(path.join(copy, entry))).mode & 0o777));
    expect(modes).toEqual([0o755, 0o755, 0o755, 0o755, 0o644]);
    expect(lines).toEqual([`Copying PostgreSQL 17.10 out of ${tools}, which the server's user may not enter`]);
  });

  test('are refused when they are not ours to copy, with a hint', async () => {
    await chmod(tools, 0o700);
    for (const source of ['bin-dir', 'installed'] as const) {
      await expect(bringWithinReach(installation(source), { user, directory: copy, log })).rejects.toMatchObject({
        code: 'unsupported',
        message: expect.stringMatching(/^Could not use the PostgreSQL server in .*may not enter/) as string,
        hint: expect.stringContaining(`chmod o+x ${tools}`) as string
      });
    }
    expect(await readdir(disk.root)).not.toContain('copy');
  });
});

test('binaries within reach stay where they are, as all do for our own user', async () => {
  expect(await bringWithinReach(installation(), { user, directory: copy, log })).toEqual(installation());
  await chmod(tools, 0o700);
  expect(await bringWithinReach(installation(), { user: undefined, directory: copy, log })).toEqual(installation());
  expect(lines).toEqual([]);
});

describe('the first directory that a user may not enter', () => {
  test.each([
    ['the owner, who may', 0o700, 'owner', false],
    ['the owner, who may not although all others may', 0o077, 'owner', true],
    ['the group, which may', 0o710, 'group', false],
    ['the group, which may not although all others may', 0o701, 'group', true],
    ['others, who may', 0o701, 'others', false],
    ['others, who may list but not enter', 0o774, 'others', true]
  ] as const)('checks the bits of %s', async (_, mode, who, isClosed) => {
    const { uid, gid } = await stat(tools);
    const asked = { owner: { uid, gid: 54_321 }, group: { uid: 54_321, gid }, others: user }[who];
    await chmod(tools, mode);
    const closed = await firstClosedDirectory(path.join(tools, 'entry', 'bin', 'postgres'), asked);
    await chmod(tools, 0o700);
    expect(closed).toBe(isClosed ? tools : undefined);
  });

  test('may be one that a link lies in, or one that it leads through', async () => {
    const links = path.join(disk.root, 'links');
    await mkdir(links);
    await symlink(path.join(tools, 'entry'), path.join(links, 'entry'));
    await chmod(tools, 0o700);
    expect(await firstClosedDirectory(path.join(links, 'entry', 'bin'), user)).toBe(tools);
    await chmod(tools, 0o755);
    await chmod(links, 0o700);
    expect(await firstClosedDirectory(path.join(links, 'entry', 'bin'), user)).toBe(links);
  });
});
