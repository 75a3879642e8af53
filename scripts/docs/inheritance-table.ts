import path from 'node:path';
import { ADDED_RESOURCES, type AddedResource, type InheritanceTable } from '../../src/providers/inheritance.ts';
import { REPOSITORY } from './action-file.ts';
import { code, table } from './markdown.ts';

const TITLES: Readonly<Record<AddedResource, string>> = {
  replica: 'Read replica',
  'replica-elsewhere': 'Read replica in another region',
  copy: 'Restored server, or clone',
  group: 'Group',
  rule: 'Rule of a firewall',
  alarm: 'Alarm',
  pooler: 'Connection pooler'
};

/**
 * For each provider: the resources that are added to a live server, and the values that they take from it where no
 * input names one.
 */
export async function inheritanceTables(names: readonly string[]): Promise<string> {
  const parts = await Promise.all(
    names.map(async name => {
      const file = path.join(REPOSITORY, 'src', 'providers', name, 'inherited.ts');
      const { inherited } = (await import(file)) as { readonly inherited: InheritanceTable };
      const rows = ADDED_RESOURCES.map(what => [TITLES[what], answer(inherited[what])]);
      return `## ${code(name)}\n\n${table(['Created', 'Taken from the live server'], rows)}`;
    })
  );
  return parts.join('\n\n');
}

function answer(inheritance: InheritanceTable[AddedResource]): string {
  if (typeof inheritance === 'string') return `None is created: ${inheritance}.`;
  const { fields, note } = inheritance;
  const taken = fields.length === 0 ? 'Nothing' : fields.map(code).join(', ');
  return note === undefined ? `${taken}.` : `${taken}; ${note}.`;
}
