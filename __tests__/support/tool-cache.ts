import { access, chmod, constants, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { isOpen } from './open-directories.ts';

const repository = path.resolve(import.meta.dirname, '..', '..');

/** Set by the setup of the whole test run. */
const CHOSEN = 'PGKEEP_TEST_TOOLS';

/**
 * What jobs and tests found of the tool cache: the installation is not read again in each of a thousand jobs. A verdict
 * names the files that it is about.
 */
export const VERDICTS = path.join(repository, '.cache', 'verified');

/** Keeps server binaries: between test runs as well, unless it had to lie elsewhere. Not committed. */
export function testToolCache(): string {
  return process.env[CHOSEN] ?? path.join(repository, '.cache', 'tools');
}

/**
 * Settles on a tool cache for this process and the ones it starts: the repository's own, or one in `temporary` where
 * the repository can't be written to or is closed to the users of servers.
 */
export async function chooseToolCache(temporary: string): Promise<string> {
  const own = path.join(repository, '.cache', 'tools');
  const isWritable = await mkdir(own, { recursive: true })
    .then(async () => access(own, constants.W_OK))
    .then(
      () => true,
      () => false
    );
  process.env[CHOSEN] = isWritable && (await isOpen(own)) ? own : await openDirectory(path.join(temporary, 'tools'));
  return testToolCache();
}

async function openDirectory(directory: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  await chmod(directory, 0o755);
  return directory;
}
