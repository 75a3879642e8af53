import { rmSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, readFile, realpath, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { Header, type HeaderData } from 'tar';
import { restoreArchive } from '../../src/providers/local/cluster/restore.ts';
import type { Installation } from '../../src/providers/local/installation/installation.ts';
import { platformName } from '../../src/providers/local/installation/machine.ts';
import { fakeContext } from '../support/fake-context.ts';
import { fakeMachine } from '../support/fake-machine.ts';
import { testInstallation } from '../support/installation.ts';

const MINE = 'of another';

let root: string;
let installation: Installation;
beforeAll(async () => {
  installation = await testInstallation(17);
});
beforeEach(async () => {
  root = await realpath(await mkdtemp(path.join(tmpdir(), 'pgkeep-archives-')));
  await mkdir(path.join(root, 'outside'));
  await writeFile(path.join(root, 'outside', 'precious'), MINE);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

type Entry = HeaderData & { readonly content?: string };

/** Archives as no packer writes them: entry by entry. */
async function archive(entries: readonly Entry[], manifest: object): Promise<string> {
  const all = [{ path: 'manifest.json', content: JSON.stringify(manifest) }, ...entries];
  const blocks = all.flatMap(({ content = '', ...entry }: Entry) => {
    const header = Buffer.alloc(512);
    new Header({ type: 'File', mode: 0o600, ...entry, size: Buffer.byteLength(content) }).encode(header);
    const padded = Buffer.alloc(Math.ceil(Buffer.byteLength(content) / 512) * 512);
    padded.write(content);
    return [header, padded];
  });
  const file = path.join(root, 'forged.tar.zst');
  await writeFile(file, zstdCompressSync(Buffer.concat([...blocks, Buffer.alloc(1024)])));
  return file;
}

async function restore(entries: readonly Entry[], directory: string): Promise<unknown> {
  const machine = await fakeMachine();
  const manifest = { format: 'pgkeep-snapshot', formatVersion: 1, major: 17, catalogVersion: '1', createdAt: '' };
  const counted = { ...manifest, platform: platformName(machine), files: 1, bytes: 4 };
  return restoreArchive(fakeContext(), {
    file: await archive(entries, counted),
    directory,
    installation,
    machine,
    owner: undefined,
    password: 'x'
  });
}

const OUT = '../outside';

test.each<[string, readonly Entry[]]>([
  ['a name that leads out', [{ path: `data/${OUT}/new`, content: 'evil' }]],
  ['a name that leads out of all', [{ path: 'data/../../outside/precious', content: 'evil' }]],
  [
    'a link to a folder, and a file through it',
    [
      { path: 'data/base', type: 'SymbolicLink', linkpath: OUT },
      { path: 'data/base/precious', content: 'evil' }
    ]
  ],
  [
    'a link to a file, and the same file again',
    [
      { path: 'data/PG_VERSION', type: 'SymbolicLink', linkpath: `${OUT}/precious` },
      { path: 'data/PG_VERSION', content: 'evil' }
    ]
  ],
  [
    'a second name of a file elsewhere, and its content again',
    [
      { path: 'data/PG_VERSION', type: 'Link', linkpath: `data/${OUT}/precious` },
      { path: 'data/PG_VERSION', content: 'evil' }
    ]
  ],
  ['a link', [{ path: 'data/PG_VERSION', type: 'SymbolicLink', linkpath: `${OUT}/precious` }]],
  ['a link to a folder', [{ path: 'data/base', type: 'SymbolicLink', linkpath: OUT }]],
  ['a second name of its own file', [{ path: 'data/PG_VERSION', type: 'Link', linkpath: 'data/base' }]],
  ['a device', [{ path: 'data/PG_VERSION', type: 'CharacterDevice' }]],
  ['a pipe', [{ path: 'data/PG_VERSION', type: 'FIFO' }]]
])('a snapshot with %s is refused, and writes nothing elsewhere', async (_what, entries) => {
  // The library itself refuses a name with `..`, in its own words.
  const isNamed = entries.every(entry => entry.path?.includes('..') !== true);
  const directory = path.join(root, 'data');
  await expect(restore(entries, directory)).rejects.toMatchObject({
    code: 'archive-invalid',
    message: expect.stringMatching(isNamed ? / it holds data\/\S+, which no snapshot of this action has$/ : /./)
  });
  expect(await readdir(path.join(root, 'outside'))).toEqual(['precious']);
  expect(await readFile(path.join(root, 'outside', 'precious'), 'utf8')).toBe(MINE);
  await expect(lstat(directory)).rejects.toMatchObject({ code: 'ENOENT' });
});

/** Zeros, which are a few kilobytes in the archive. */
test('a snapshot that unpacks to far more than its manifest says is given up, and the limit is named', async () => {
  const directory = path.join(root, 'data');
  const content = '\0'.repeat(66 * 1024 * 1024);
  await expect(restore([{ path: 'data/PG_VERSION', content }], directory)).rejects.toMatchObject({
    code: 'archive-invalid',
    message: expect.stringMatching(/ it unpacks to more than the 67112964 bytes that it may, by its manifest$/)
  });
  await expect(lstat(directory)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a snapshot is not unpacked through a link that lies in the place of its directory', async () => {
  const directory = path.join(root, 'data');
  await mkdir(path.join(root, 'empty'));
  await symlink(path.join(root, 'empty'), directory);
  await expect(restore([{ path: 'data/PG_VERSION', content: 'evil' }], directory)).rejects.toMatchObject({
    code: 'server-failed'
  });
  expect(await readdir(path.join(root, 'empty'))).toEqual([]);
  expect((await lstat(directory)).isSymbolicLink()).toBe(true);
});
