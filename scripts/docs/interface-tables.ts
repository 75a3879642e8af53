import { ALIASES, DATABASE_INPUTS, RUN_INPUTS, type InputName } from '../../src/spec/catalogue.ts';
import { originOf } from '../../src/spec/input-origins.ts';
import type { ActionFile, Section } from './action-file.ts';
import { code, folded, table } from './markdown.ts';

/** The inputs of action.yml, a folded table for each of its headings. */
export function inputTables({ inputs }: ActionFile): string {
  return each(inputs, ({ entries }) =>
    table(
      ['Input', 'Form', 'Set in', 'Meaning'],
      entries.map(({ name, description }) => [code(name), formOf(name), placeOf(name), description])
    )
  );
}

/** The outputs of action.yml, a folded table for each of its headings. */
export function outputTables({ outputs }: ActionFile): string {
  return each(outputs, ({ entries }) =>
    table(
      ['Output', 'Meaning'],
      entries.map(({ name, description }) => [code(name), description])
    )
  );
}

function each(sections: readonly Section[], body: (section: Section) => string): string {
  return sections
    .map(section => folded(`<b>${titleOf(section)}</b> (${section.entries.length})`, body(section)))
    .join('\n\n');
}

function titleOf({ title }: Section): string {
  return title.replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}

/** Where an input may be set: `with:` alone, or a file as well. */
function placeOf(name: string): string {
  return originOf(name as InputName) === 'with' ? '`with:` only' : '`with:`, file';
}

function formOf(name: string): string {
  const parsers: Readonly<Record<string, { readonly kind: string }>> = {
    ...RUN_INPUTS,
    ...DATABASE_INPUTS,
    ...Object.fromEntries(Object.entries(ALIASES).map(([alias, { parser }]) => [alias, parser]))
  };
  return parsers[name]?.kind ?? '';
}
