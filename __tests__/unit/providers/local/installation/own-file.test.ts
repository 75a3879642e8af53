import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readOwnFile } from '../../../../../src/providers/local/installation/own-file.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pgkeep-own-'));
  await writeFile(join(directory, 'own'), 'text', { mode: 0o600 });
  await writeFile(join(directory, 'open'), 'text', { mode: 0o600 });
  await chmod(join(directory, 'open'), 0o640);
  await symlink(join(directory, 'own'), join(directory, 'link'));
});

afterEach(async () => rm(directory, { recursive: true }));

test('a file of ours is read; a missing one is none', () => {
  expect(readOwnFile(join(directory, 'own'))).toBe('text');
  expect(readOwnFile(join(directory, 'missing'))).toBeUndefined();
});

test.each([
  ['link', /^is a link$/],
  ['open', /^could have been written by another user$/],
  ['', /^could have been written by another user$/],
  ['own/below', /^can't be read \(ENOTDIR\)$/]
])('%j is refused', (name, why) => {
  expect(() => readOwnFile(join(directory, name))).toThrow(why);
});
