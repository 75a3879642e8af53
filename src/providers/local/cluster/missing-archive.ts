import { ActionError } from '../../../errors.ts';

/** The failure of a snapshot whose file does not exist. */
export function missingArchive(file: string): ActionError {
  return new ActionError(`Could not read snapshot ${file}: the file does not exist`, {
    code: 'not-found',
    source: 'user',
    hint: 'Check the name, and that the step that restores it from the cache found it.'
  });
}
