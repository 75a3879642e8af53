import { ActionError } from '../errors.ts';
import { map } from './parse.ts';

/** The passwords that `role_passwords` gives, by role. Throws `input-invalid` for a text that is no map. */
export function rolePasswords(text: string | undefined): ReadonlyMap<string, string> {
  if (text === undefined) return new Map();
  const parsed = map().parse(text);
  if (parsed.ok) return new Map(Object.entries(parsed.value));
  throw new ActionError(`Could not read \`role_passwords\`: it ${parsed.why.replace(/ for .*/s, '')}`, {
    code: 'input-invalid',
    source: 'user',
    hint: 'Write one `name: password` a line, each password in quotes and from a secret of the repository.'
  });
}
