import { mkdirSync, statSync } from 'node:fs';
import path from 'node:path';

/**
 * Makes a directory, and those above it that are missing. Returns the first that it made; `undefined` where all were
 * there. Not Node's own `recursive`, which never ends below a directory that takes none, such as `/proc`. Throws what
 * the file system answers.
 */
export function makeDirectory(directory: string, mode = 0o777): string | undefined {
  const parent = path.dirname(directory);
  const first = parent === directory || isDirectory(parent) ? undefined : makeDirectory(parent, mode);
  try {
    mkdirSync(directory, mode);
    return first ?? directory;
  } catch (thrown) {
    // Another process may have made it meanwhile.
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST' || !isDirectory(directory)) throw thrown;
    return first;
  }
}

function isDirectory(place: string): boolean {
  try {
    return statSync(place).isDirectory();
  } catch {
    return false;
  }
}
