import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

/**
 * The text of a file that only we can have written: our own, closed to others, and not a link. `undefined` when it does
 * not exist. Throws when another user could have written it, and failures of the file system.
 */
export function readOwnFile(file: string): string | undefined {
  const opened = openUnlinked(file);
  if (opened === undefined) return undefined;
  try {
    const found = fstatSync(opened);
    const isOwn = found.isFile() && found.uid === process.geteuid?.() && (found.mode & 0o077) === 0;
    if (!isOwn) throw new Error('could have been written by another user');
    return readFileSync(opened, 'utf8');
  } finally {
    closeSync(opened);
  }
}

function openUnlinked(file: string): number | undefined {
  try {
    return openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new Error(code === 'ELOOP' ? 'is a link' : `can't be read (${code ?? String(thrown)})`, { cause: thrown });
  }
}
