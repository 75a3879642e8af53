import { chmod, chown, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { serverLayout, type ServerLayout } from '../../../../../src/providers/local/cluster/layout.ts';
import {
  currentLayout,
  plannedParent,
  prepareServerDirectory,
  removeServerDirectory,
  serverDirectories
} from '../../../../../src/providers/local/cluster/server-directory.ts';
import { removeStrayDirectories, writeOrigin } from '../../../../../src/providers/local/cluster/stray-directories.ts';
import type { Machine } from '../../../../../src/providers/local/installation/machine.ts';
import { fakeMachine, type FakeMachine } from '../../../../support/fake-machine.ts';
import { testContext } from '../../../../support/real-server.ts';

/**
 * Only root may run programs as another user, which is how a directory is tried out: without that none is found fit.
 */
const isRoot = process.geteuid?.() === 0;
const owner = { uid: 54_321, gid: isRoot ? 54_321 : (process.getegid?.() ?? 0) };
const OWN_NAME = /^pgkeep-[0-9a-f]{32}$/;

let disk: FakeMachine;
let machine: Machine;
beforeEach(async () => {
  disk = await fakeMachine({ uid: 0 });
  machine = disk;
  for (const folder of ['tmp', 'var/tmp', 'var/lib']) await mkdir(path.join(disk.root, folder), { recursive: true });
  for (const folder of ['tmp', 'var/tmp']) await chmod(path.join(disk.root, folder), 0o1777);
  for (const folder of ['var', 'var/lib']) await chmod(path.join(disk.root, folder), 0o755);
  await chmod(disk.temporaryDirectory, 0o700);
});
afterEach(async () => disk.remove());

/** What `prepareServerDirectory` comes to, and where on the disk of the test. */
async function prepare(): Promise<{ readonly layout?: ServerLayout; readonly at: string; readonly log: string }> {
  const execution = testContext();
  try {
    const layout = await prepareServerDirectory(execution, machine, 'orders', owner);
    return { layout, at: path.dirname(path.relative(disk.root, layout.directory)), log: execution.lines.join('\n') };
  } catch (thrown) {
    return { at: (thrown as { code?: string }).code ?? String(thrown), log: String(thrown) };
  }
}

/** The rows tell what root finds; without root no directory can be tried out. */
const found = (place: string): string => (isRoot ? place : 'unsupported');

describe('the directory of a server', () => {
  test('is the usual one where its user may enter the runner’s temporary directory', async () => {
    await chmod(disk.temporaryDirectory, 0o711);
    const { layout, log } = await prepare();
    expect(layout).toEqual(serverLayout(disk.temporaryDirectory, 'orders'));
    expect(log).toBe('');
    expect((await stat(path.dirname(layout?.directory ?? ''))).mode & 0o011).toBe(0o011);
  });

  test('is the usual one where the runner’s directory belongs to that user, or to its group', async () => {
    const { uid, gid } = await stat(disk.temporaryDirectory);
    for (const [user, mode] of [
      [{ uid, gid: 1 }, 0o700],
      [{ uid: 1, gid }, 0o710]
    ] as const) {
      await chmod(disk.temporaryDirectory, mode);
      const layout = await prepareServerDirectory(testContext(), machine, 'orders', user);
      expect(layout).toEqual(serverLayout(disk.temporaryDirectory, 'orders'));
    }
  });

  test('lies in the system’s temporary directory when that user may not, with one log line', async () => {
    const { layout, at, log } = await prepare();
    expect(at).toBe(found('tmp'));
    expect(log).toContain(`may not enter ${disk.temporaryDirectory}`);
    expect(log.split('\n')).toHaveLength(1);
    if (layout === undefined) return;
    expect(path.basename(layout.directory)).toMatch(OWN_NAME);
    expect(await stat(layout.directory)).toMatchObject({ uid: 0, gid: owner.gid });
    expect((await stat(layout.directory)).mode & 0o7777).toBe(0o710);
    expect(await readdir(layout.directory)).toEqual(['origin.json']);
  });

  test('keeps its lock where a step expects it before there is a server', async () => {
    const { layout } = await prepare();
    const usual = serverLayout(disk.temporaryDirectory, 'orders');
    expect((layout ?? usual).lockFile).toBe(usual.lockFile);
  });

  test.each<readonly [string, string, (root: string) => Promise<unknown>]>([
    ['TMPDIR, which comes first', 'mine', async root => open(root, 'mine', 0o1777)],
    ['the next, where TMPDIR is closed', 'tmp', async root => open(root, 'mine', 0o700)],
    ['the next, where TMPDIR is not there', 'tmp', async () => undefined],
    ['the next, where others may rename in TMPDIR', 'tmp', async root => open(root, 'mine', 0o777)],
    [
      'the next, where another user owns TMPDIR',
      'tmp',
      async root => {
        await open(root, 'mine', 0o1777);
        if (isRoot) await chown(path.join(root, 'mine'), 12_345, 12_345);
      }
    ],
    [
      'the next, where a group may rename above TMPDIR',
      'tmp',
      async root => {
        await open(root, 'group', 0o775);
        await open(root, 'group/mine', 0o755);
        await rename(path.join(root, 'group', 'mine'), path.join(root, 'group', 'other'));
        await symlink(path.join(root, 'group', 'other'), path.join(root, 'mine'));
      }
    ],
    [
      'where TMPDIR leads as a link',
      'real',
      async root => {
        await open(root, 'real', 0o1777);
        await symlink(path.join(root, 'real'), path.join(root, 'mine'));
      }
    ],
    ['/var/tmp, where /tmp is closed', 'var/tmp', async root => chmod(path.join(root, 'tmp'), 0o700)],
    [
      '/var/lib, where both are closed',
      'var/lib',
      async root => {
        for (const folder of ['tmp', 'var/tmp']) await chmod(path.join(root, folder), 0o700);
      }
    ]
  ])('may lie in %s', async (_, place, arrange) => {
    machine = { ...disk, env: { ...disk.env, TMPDIR: path.join(disk.root, 'mine') } };
    await arrange(disk.root);
    expect((await prepare()).at).toBe(found(place));
  });

  test('is named by doctor, which creates nothing', async () => {
    expect(await plannedParent(machine, owner)).toBe(path.join(disk.root, 'tmp'));
    expect(await plannedParent(machine, undefined)).toBe(disk.temporaryDirectory);
    await chmod(disk.temporaryDirectory, 0o711);
    expect(await plannedParent(machine, owner)).toBe(disk.temporaryDirectory);
    for (const folder of ['temp', 'tmp', 'var']) await chmod(path.join(disk.root, folder), 0o700);
    await expect(plannedParent(machine, owner)).rejects.toMatchObject({ code: 'unsupported' });
    expect(await readdir(disk.temporaryDirectory)).toEqual([]);
  });

  test('is not created through a link in place of the folder of all servers, and its target stays closed', async () => {
    const target = path.join(disk.root, 'target');
    await mkdir(target, { mode: 0o700 });
    await chmod(disk.temporaryDirectory, 0o711);
    await symlink(target, path.join(disk.temporaryDirectory, 'pgkeep'));
    const { log } = await prepare();
    expect(log).toContain('it is a link');
    expect((await stat(target)).mode & 0o777).toBe(0o700);
  });

  test('lies elsewhere when another user owns the folder of all servers, whose mode stays', async () => {
    const folder = path.join(disk.temporaryDirectory, 'pgkeep');
    await mkdir(folder, { mode: 0o700 });
    await chmod(disk.temporaryDirectory, 0o711);
    if (isRoot) await chown(folder, 12_345, 12_345);
    const { at } = await prepare();
    expect(at).toBe(isRoot ? 'tmp' : 'temp/pgkeep');
    expect((await stat(folder)).mode & 0o777).toBe(isRoot ? 0o700 : 0o711);
  });

  test('is refused when no directory is open to both, and leaves no record', async () => {
    for (const folder of ['tmp', 'var']) await chmod(path.join(disk.root, folder), 0o700);
    const execution = testContext();
    const refused = prepareServerDirectory(execution, machine, 'orders', owner);
    await expect(refused).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/^Could not create a directory for PostgreSQL: /) as string,
      hint: expect.stringMatching(/^Set RUNNER_TEMP or TMPDIR .*chmod o\+x/) as string
    });
    expect(await readdir(path.join(disk.temporaryDirectory, 'pgkeep'))).toEqual([]);
  });
});

describe('the record of a directory elsewhere', () => {
  const usual = (): ServerLayout => serverLayout(disk.temporaryDirectory, 'orders');
  /** As another process finds it. */
  const now = (): string => path.relative(disk.root, currentLayout(machine, 'orders').directory);
  const elsewhere = (): string => path.join(disk.root, 'tmp', `pgkeep-${'0'.repeat(32)}`);
  const record = async (text: string, mode = 0o600): Promise<void> => {
    await mkdir(path.dirname(usual().recordFile), { recursive: true });
    await writeFile(usual().recordFile, text);
    await chmod(usual().recordFile, mode);
  };
  const untrusted = (why: RegExp): object => ({
    code: 'server-failed',
    source: 'user',
    message: expect.stringMatching(why) as string,
    hint: `Remove ${usual().recordFile} and apply again.`
  });
  const OTHERS = / could have been written by another user$/;
  const DAMAGED = /\.directory is damaged$/;
  const DIRECTORY = / names .*\/pgkeep-0{32}, which another user could have made$/;
  const failure = (): unknown => {
    try {
      return now();
    } catch (thrown) {
      return thrown;
    }
  };

  test('is found by other processes, until the directory is removed', async () => {
    await record(`${elsewhere()}\n`);
    await mkdir(elsewhere(), { mode: 0o700 });
    expect(now()).toBe(path.relative(disk.root, elsewhere()));
    expect(await serverDirectories(machine)).toEqual([elsewhere()]);
    await removeServerDirectory(currentLayout(machine, 'orders'));
    expect(now()).toBe(path.relative(disk.root, usual().directory));
    expect(await readdir(path.join(disk.root, 'tmp'))).toEqual([]);
    await removeServerDirectory(currentLayout(machine, 'orders'));
  });

  test('may name a directory that does not exist yet: the run was killed in between', async () => {
    await record(`${elsewhere()}\n`);
    expect(now()).toBe(path.relative(disk.root, elsewhere()));
  });

  test('is written before the directory is created, and is closed to others', async () => {
    const { layout } = await prepare();
    const text = await readFile(usual().recordFile, 'utf8').catch(() => undefined);
    expect(text).toBe(layout === undefined ? undefined : `${layout.directory}\n`);
    expect(now()).toBe(path.relative(disk.root, (layout ?? usual()).directory));
  });

  test('is not read when the server runs as our own user', async () => {
    await record('nonsense');
    expect(currentLayout({ ...machine, uid: 1001 }, 'orders')).toEqual(usual());
  });

  test.each<readonly [string, RegExp, () => Promise<unknown>]>([
    ['that others may write to', OTHERS, async () => record(`${elsewhere()}\n`, 0o606)],
    [
      'that is a link',
      / is a link$/,
      async () => {
        await record('');
        await rm(usual().recordFile);
        await writeFile(path.join(disk.root, 'other'), `${elsewhere()}\n`, { mode: 0o600 });
        await symlink(path.join(disk.root, 'other'), usual().recordFile);
      }
    ],
    ['that names no directory of ours', DAMAGED, async () => record('/etc\n')],
    ['that names another place', DAMAGED, async () => record(`${path.basename(elsewhere())}\n`)],
    ['that is cut', DAMAGED, async () => record('')],
    [
      'whose directory is a link',
      DIRECTORY,
      async () => {
        await record(`${elsewhere()}\n`);
        await symlink('/etc', elsewhere());
      }
    ],
    [
      'whose directory others may enter',
      DIRECTORY,
      async () => {
        await record(`${elsewhere()}\n`);
        await mkdir(elsewhere());
        await chmod(elsewhere(), 0o711);
      }
    ],
    [
      'whose directory its group may write to',
      DIRECTORY,
      async () => {
        await record(`${elsewhere()}\n`);
        await mkdir(elsewhere());
        await chmod(elsewhere(), 0o770);
      }
    ],
    [
      'whose directory is a file',
      DIRECTORY,
      async () => {
        await record(`${elsewhere()}\n`);
        await writeFile(elsewhere(), '', { mode: 0o600 });
      }
    ]
  ])('is not trusted: one %s', async (_, why, arrange) => {
    await arrange();
    expect(failure()).toMatchObject(untrusted(why));
  });

  test('is not trusted when another user wrote it, or owns its directory', async () => {
    for (const file of [usual().recordFile, elsewhere()]) {
      await record(`${elsewhere()}\n`);
      await mkdir(elsewhere(), { recursive: true, mode: 0o700 });
      if (isRoot) await chown(file, owner.uid, owner.gid);
      else await chmod(file, 0o777);
      expect(failure()).toMatchObject(untrusted(/another user/));
      await rm(usual().recordFile);
    }
  });
});

describe('directories of servers that no step will find again', () => {
  const lost = (): string => path.join(disk.root, 'tmp', `pgkeep-${'1'.repeat(32)}`);
  const record = (): string => path.join(disk.root, 'gone', 'orders.directory');
  const removal = async (): Promise<string> => {
    const { lines, log } = testContext();
    await removeStrayDirectories([path.join(disk.root, 'tmp')], machine, log);
    return lines.join('\n');
  };
  beforeEach(async () => {
    await mkdir(lost(), { mode: 0o700 });
    await mkdir(path.join(lost(), 'data'));
    await writeOrigin(lost(), record(), machine);
  });

  test('are removed, with a log line', async () => {
    expect(await removal()).toContain(`Removed ${lost()}, which an interrupted job left behind`);
    expect(await readdir(path.join(disk.root, 'tmp'))).toEqual([]);
    expect(await removal()).toBe('');
  });

  test('are those whose name was recorded for another directory since', async () => {
    await mkdir(path.dirname(record()));
    await writeFile(record(), `${lost().replaceAll('1', '2')}\n`, { mode: 0o600 });
    expect(await removal()).toContain('Removed');
  });

  test.each<readonly [string, () => Promise<unknown>]>([
    [
      'that is recorded',
      async () => {
        await mkdir(path.dirname(record()));
        await writeFile(record(), `${lost()}\n`, { mode: 0o600 });
      }
    ],
    [
      'whose record can’t be trusted',
      async () => {
        await mkdir(path.dirname(record()));
        await writeFile(record(), 'nonsense', { mode: 0o666 });
        await chmod(record(), 0o666);
      }
    ],
    ['that does not say where it is recorded', async () => rm(path.join(lost(), 'origin.json'))],
    [
      'of a job that sees another file system',
      async () => writeFile(path.join(lost(), 'origin.json'), JSON.stringify({ recordFile: record(), view: 'mnt:[1]' }))
    ],
    ['that others may enter', async () => chmod(lost(), 0o711)],
    [
      'of another name',
      async () => {
        await rename(lost(), path.join(disk.root, 'tmp', 'pgkeep-notes'));
      }
    ],
    [
      'that is a link',
      async () => {
        await rename(lost(), path.join(disk.root, 'elsewhere'));
        await symlink(path.join(disk.root, 'elsewhere'), lost());
      }
    ]
  ])('do not include one %s', async (_, arrange) => {
    await arrange();
    const before = await readdir(path.join(disk.root, 'tmp'), { recursive: true });
    expect(await removal()).toBe('');
    expect(await readdir(path.join(disk.root, 'tmp'), { recursive: true })).toEqual(before);
  });
});

async function open(root: string, folder: string, mode: number): Promise<void> {
  await mkdir(path.join(root, folder));
  await chmod(path.join(root, folder), mode);
}
