import { realpathSync } from 'node:fs';
import path from 'node:path';
import { ActionError } from '../errors.ts';

/**
 * The real place of a file or folder that an input names: links on the way to it are followed, and it lies in one of
 * these directories (the first is the one that a relative name starts from) and in no `.git`, where the checkout's
 * token is. It need not exist yet. Throws `input-invalid` for another place; `what` says which input it is about.
 */
export function withinDirectory(directories: readonly string[], given: string, what: string): string {
  const [first = ''] = directories;
  const real = realPlace(path.resolve(first, given));
  const root = directories.map(realPlace).find(one => real === one || real.startsWith(`${one}${path.sep}`));
  const segments = root === undefined ? [] : path.relative(root, real).split(path.sep);
  if (root !== undefined && !segments.some(segment => segment.toLowerCase() === '.git')) return real;
  throw new ActionError(
    `Could not use ${what} ${JSON.stringify(given)}: it ${root === undefined ? 'lies outside of the workspace' : "is one of Git's own files"}`,
    {
      code: 'input-invalid',
      source: 'user',
      hint: 'Name a file in the workspace; a link in its path must not lead out of the workspace.'
    }
  );
}

/** The place with the links on the way to it followed, as far as it exists. */
function realPlace(place: string): string {
  try {
    return realpathSync(place);
  } catch (thrown) {
    const parent = path.dirname(place);
    if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT' || parent === place) throw unusable(place, thrown);
    return path.join(realPlace(parent), path.basename(place));
  }
}

function unusable(place: string, thrown: unknown): ActionError {
  const { code = 'unknown' } = thrown as NodeJS.ErrnoException;
  return new ActionError(`Could not follow ${place}: ${code}`, {
    code: 'input-invalid',
    source: 'user',
    hint: 'Check the path and the links on the way to it.'
  });
}
