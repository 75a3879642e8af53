import { ALIASES } from '../../src/spec/aliases.ts';
import { OTHER_FORMS, REPLACED } from '../../src/spec/names-of-others.ts';
import { code, table } from './markdown.ts';

/** The names that are taken as they are, each with our own name. */
export function aliasTable(): string {
  return table(
    ['Their name', 'Ours', 'On'],
    ALIASES.map(({ name, means, on }) => [code(name), code(means), on === undefined ? 'all' : on.map(code).join(', ')])
  );
}

/** The names that several inputs replace, or none. */
export function replacedTable(): string {
  return table(
    ['On', 'Their name', 'In its place'],
    REPLACED.map(({ on, name, instead }) => [code(on), code(name), instead ?? 'no input: it stays as it is'])
  );
}

/** Values in another form than ours. */
export function formTable(): string {
  return table(
    ['Input', 'On', 'Form'],
    Object.entries(OTHER_FORMS).flatMap(([input, forms = {}]) =>
      Object.entries(forms).map(([on, form]) => [code(input), code(on), form])
    )
  );
}
