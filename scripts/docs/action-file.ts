import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isMap, isScalar, parseDocument } from 'yaml';

/** One input or output of action.yml. */
export interface Entry {
  readonly name: string;
  readonly description: string;
  /** As written; most inputs have none (docs/adr/0004-unset-means-unmanaged.md). */
  readonly default?: string;
}

/** Entries below one comment line. */
export interface Section {
  readonly title: string;
  readonly entries: readonly Entry[];
}

/** What action.yml says. */
export interface ActionFile {
  readonly name: string;
  readonly description: string;
  readonly runs: Readonly<Record<string, string>>;
  readonly inputs: readonly Section[];
  readonly outputs: readonly Section[];
}

export const REPOSITORY = path.resolve(import.meta.dirname, '../..');

/** Reads action.yml of this repository. Throws for one that is not valid YAML, or with an entry under no heading. */
export function readActionFile(source = readFileSync(path.join(REPOSITORY, 'action.yml'), 'utf8')): ActionFile {
  const document = parseDocument(source, { strict: true, uniqueKeys: true });
  const [error] = document.errors;
  if (error !== undefined) throw error;
  const { name, description, runs } = document.toJS() as Pick<ActionFile, 'name' | 'description' | 'runs'>;
  return {
    name,
    description,
    runs,
    inputs: sections(document.get('inputs')),
    outputs: sections(document.get('outputs'))
  };
}

/** All entries without their headings. */
export function entriesOf(all: readonly Section[]): readonly Entry[] {
  return all.flatMap(section => section.entries);
}

function sections(node: unknown): readonly Section[] {
  if (!isMap(node)) throw new Error('action.yml: inputs or outputs are not a map');
  const found: { title: string; entries: Entry[] }[] = [];
  for (const [index, { key, value }] of node.items.entries()) {
    if (!isScalar(key) || !isMap(value)) throw new Error('action.yml: an entry is not a map');
    const heading = key.commentBefore ?? (index === 0 ? node.commentBefore : undefined);
    if (heading) found.push({ title: heading.split('\n').at(-1)?.trim() ?? '', entries: [] });
    const section = found.at(-1);
    if (section === undefined) throw new Error(`action.yml: ${String(key.value)} stands under no heading`);
    const { description, default: preset } = value.toJSON() as { description: string; default?: string };
    section.entries.push({
      name: String(key.value),
      description: description.trim(),
      ...(preset === undefined ? {} : { default: preset })
    });
  }
  return found;
}
