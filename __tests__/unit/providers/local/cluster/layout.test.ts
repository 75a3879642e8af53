import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import * as fc from 'fast-check';
import {
  makeOwnedDirectory,
  makeServerDirectory,
  serverLayout,
  standbyLayout
} from '../../../../../src/providers/local/cluster/layout.ts';
import { anyCharacter } from '../../../../support/any-text.ts';

test('keeps a plain name readable', () => {
  expect(serverLayout('/tmp/runner', 'orders-dev').dataDirectory).toMatch(
    /^\/tmp\/runner\/pgkeep\/orders-dev-[0-9a-f]{8}\/data$/
  );
});

test('any name stays one folder below the base, made of harmless characters', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: anyCharacter }), fc.constantFrom('..', '/', '../../etc', 'a\0b', 'CON')),
      name => {
        const { directory, lockFile } = serverLayout('/tmp/runner', name);
        expect(dirname(directory)).toBe('/tmp/runner/pgkeep');
        expect(basename(directory)).toMatch(/^(?:[a-z0-9]+-)*[0-9a-f]{8}$/);
        expect(basename(directory).length).toBeLessThanOrEqual(33);
        expect(lockFile).toBe(`${directory}.lock`);
      }
    )
  );
});

test('keeps names apart that look alike', () => {
  const names = ['Orders', 'orders', 'orders ', 'orders!', 'órders', `${'o'.repeat(80)}1`, `${'o'.repeat(80)}2`];
  expect(new Set(names.map(name => serverLayout('/t', name).directory.toLowerCase())).size).toBe(names.length);
});

test('has no socket directory when its path would be too long', () => {
  const fits = serverLayout(`/${'r'.repeat(30)}`, 'a');
  expect(fits.socketDirectory).toBe(join(fits.directory, 'sockets'));
  expect(serverLayout(`/${'r'.repeat(80)}`, 'a').socketDirectory).toBeUndefined();
});

test('puts a standby inside the directory of its primary', () => {
  const primary = serverLayout('/tmp', 'orders');
  expect(standbyLayout(primary, 2).dataDirectory).toBe(join(primary.directory, 'standby-2', 'data'));
});

test('closes the directories to others, and lets the user of a server pass', async () => {
  const base = await mkdtemp(join(tmpdir(), 'pgkeep-test-'));
  const layout = serverLayout(base, 'orders');
  await makeServerDirectory(layout, undefined);
  expect(await mode(layout.directory)).toBe(0o700);
  await makeServerDirectory(layout, { uid: 1, gid: 1 });
  expect(await mode(layout.directory)).toBe(0o711);
  await makeOwnedDirectory(layout.dataDirectory, undefined);
  expect(await mode(layout.dataDirectory)).toBe(0o700);
  await rm(base, { recursive: true });
});

async function mode(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777;
}
