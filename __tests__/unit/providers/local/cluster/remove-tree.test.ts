import { lstatSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeTree } from '../../../../../src/providers/local/cluster/remove-tree.ts';

const parent = mkdtempSync(join(tmpdir(), 'tree-ü-'));
const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

afterAll(async () => removeTree(parent));

test('a directory goes with its files and links, and nothing that the links name', async () => {
  const [kept, gone] = [join(parent, 'kept'), join(parent, 'gone')];
  mkdirSync(kept);
  mkdirSync(join(gone, 'base/ü'), { recursive: true });
  writeFileSync(join(gone, 'base/ü/1'), '');
  symlinkSync(kept, join(gone, 'pg_wal'));
  symlinkSync('/nonexistent', join(gone, 'nowhere'));
  await removeTree(gone);
  expect([isThere(gone), isThere(kept)]).toEqual([false, true]);
  await removeTree(gone);
});

test('a failure has its code, and the path as it is spelled', async () => {
  const long = join(parent, 'ü'.repeat(200));
  await expect(removeTree(long)).rejects.toMatchObject({
    code: 'ENAMETOOLONG',
    message: expect.stringContaining(long)
  });
});
