import { lstatSync } from 'node:fs';
import { basename, isAbsolute } from 'node:path';
import { ActionError } from '../../../errors.ts';
import { isOurs, OPEN_DIRECTORY_NAME } from './open-directory.ts';
import { readOwnFile } from '../installation/own-file.ts';

/**
 * The directory that a server's record names; `undefined` when there is no record. The directory need not exist. Throws
 * `server-failed` for a record, or a directory it names, that another user could have made.
 */
export function readRecord(file: string): string | undefined {
  const text = ownText(file);
  if (text === undefined) return undefined;
  const directory = text.trimEnd();
  if (!isAbsolute(directory) || !OPEN_DIRECTORY_NAME.test(basename(directory))) throw untrusted(file, 'is damaged');
  const found = lstatSync(directory, { throwIfNoEntry: false });
  if (found === undefined) return directory;
  if (isOurs(found)) return directory;
  throw untrusted(file, `names ${directory}, which another user could have made`);
}

function ownText(file: string): string | undefined {
  try {
    return readOwnFile(file);
  } catch (thrown) {
    throw untrusted(file, thrown instanceof Error ? thrown.message : String(thrown));
  }
}

function untrusted(file: string, why: string): ActionError {
  return new ActionError(`Could not find the server's directory: ${file} ${why}`, {
    code: 'server-failed',
    source: 'user',
    hint: `Remove ${file} and apply again.`
  });
}
