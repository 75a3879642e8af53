import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SOURCES_FILE } from '../build/sources.mts';

/**
 * Holds the committed `dist/` to the source: builds into another folder and compares byte by byte. Exit status 1: they
 * differ. But for which sources it says that it is made of: new versions of tools change these, and seldom what they
 * make.
 */
const root = path.resolve(import.meta.dirname, '../..');
const committed = path.join(root, 'dist');
const fresh = mkdtempSync(path.join(tmpdir(), 'pgkeep-dist-'));

try {
  const build = [path.join(root, 'scripts', 'build', 'build.mts'), fresh];
  const { status, stdout, stderr } = spawnSync(process.execPath, build, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`The bundle can't be built:\n${stdout}${stderr}`);
  const all = new Set([...filesOf(committed), ...filesOf(fresh)]);
  const names = [...all].filter(name => name !== SOURCES_FILE).sort();
  const different = names.filter(name => !isSame(path.join(committed, name), path.join(fresh, name)));
  for (const name of different) process.stdout.write(`dist/${name} is not what the source makes\n`);
  if (different.length > 0) {
    process.stdout.write('Run `npm run build` and commit dist/.\n');
    process.exitCode = 1;
  } else {
    process.stdout.write(`dist: ${names.length} files, as the source makes them\n`);
  }
} finally {
  rmSync(fresh, { recursive: true, force: true });
}

function filesOf(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => path.relative(folder, path.join(entry.parentPath, entry.name)));
}

function isSame(one: string, other: string): boolean {
  return existsSync(one) && existsSync(other) && readFileSync(one).equals(readFileSync(other));
}
