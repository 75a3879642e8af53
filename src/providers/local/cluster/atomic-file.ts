import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import type { ServerOwner } from './owner.ts';

/**
 * Writes a whole file or nothing: a reader of `path` sees the old content or the new one. The file has its mode (0600
 * by default) and its owner from the first moment on. Throws failures of the file system.
 */
export async function writeFileAtomically(
  path: string,
  content: string,
  options: { readonly owner?: ServerOwner | undefined; readonly mode?: number } = {}
): Promise<void> {
  const mode = options.mode ?? 0o600;
  const draft = `${path}.${randomBytes(4).toString('hex')}.new`;
  try {
    const file = await open(draft, 'wx', mode);
    try {
      await file.chmod(mode);
      if (options.owner !== undefined) await file.chown(options.owner.uid, options.owner.gid);
      await file.writeFile(content);
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (thrown) {
    await rm(draft, { force: true });
    throw thrown;
  }
}
