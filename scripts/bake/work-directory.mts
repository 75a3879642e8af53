import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openDirectories } from '../../__tests__/support/open-directories.ts';

/** Works in a new directory, which the users of servers may enter whatever the umask, and removes it. */
export async function inWorkDirectory<T>(name: string, work: (directory: string) => Promise<T>): Promise<T> {
  const [parent] = await openDirectories();
  if (parent === undefined) throw new Error('Could not make a directory for temporary files: set TMPDIR');
  process.umask(0o022);
  const directory = await mkdtemp(join(parent, `${name}-`));
  try {
    await chmod(directory, 0o755);
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
