import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { chooseBundle } from './bundle.ts';
import { chooseToolCache } from './tool-cache.ts';
import { quickDirectory } from './quick-directory.ts';
import { sharedMemory } from './shared-memory.ts';

/** Test folders whose tests run the bundle. */
const RUN_THE_BUNDLE = ['contract', 'e2e', 'examples'];

/** The part of jest's own configuration that says which files a run is about. */
interface Selection {
  readonly rootDir: string;
  readonly testPathPatterns: {
    isSet(): boolean;
    toExecutor(options: { readonly rootDir: string }): { isMatch(file: string): boolean };
  };
}

/**
 * Once, before all tests: finds a quick place for their files, and builds the bundle, unless only tests were asked for
 * that have no use for it.
 */
export default async function setUp(selection: Selection): Promise<void> {
  // Tests make directories that the users of servers enter. What a stricter one does to the action is tested for
  // itself.
  process.umask(0o022);
  const temporary = await quickDirectory();
  process.env['TMPDIR'] = temporary;
  await chooseToolCache(temporary);
  process.env['PGKEEP_MEMORY_BEFORE'] = (await sharedMemory()).join(' ');
  if (await needsBundle(selection)) await chooseBundle();
}

async function needsBundle({ rootDir, testPathPatterns }: Selection): Promise<boolean> {
  if (!testPathPatterns.isSet()) return true;
  const selected = testPathPatterns.toExecutor({ rootDir });
  for (const folder of RUN_THE_BUNDLE) {
    const tests = path.join(rootDir, '__tests__', folder);
    const files = await readdir(tests, { recursive: true }).catch(() => []);
    if (files.some(file => file.endsWith('.test.ts') && selected.isMatch(path.join(tests, file)))) return true;
  }
  return false;
}
