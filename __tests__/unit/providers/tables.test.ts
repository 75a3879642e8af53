import { aws } from '../../../src/providers/aws/provider.ts';
import { azure } from '../../../src/providers/azure/provider.ts';
import { digitalocean } from '../../../src/providers/digitalocean/provider.ts';
import { gcp } from '../../../src/providers/gcp/provider.ts';
import { local } from '../../../src/providers/local/provider.ts';
import { expectGolden } from '../../support/golden.ts';

/**
 * The tables of each provider whole: its resources with their fields and permissions, its capabilities and
 * operations. A member that goes missing from a table shows in the golden files. `UPDATE_GOLDENS=1` writes them.
 */
const TABLES = { aws, azure, digitalocean, gcp, local } as const;

/** A table, a line for each row of each table in it. A function is told as such. */
function rows(table: unknown, at: string, depth: number): readonly string[] {
  if (depth === 0 || typeof table !== 'object' || table === null) return [`${at}: ${told(table)}`];
  return Object.entries(table).flatMap(([name, row]) => rows(row, `${at} ${name}`, depth - 1));
}

function told(value: unknown): string {
  const plain = (_key: string, one: unknown): unknown => (typeof one === 'function' ? 'ƒ' : one);
  return value instanceof RegExp ? String(value) : (JSON.stringify(value, plain) ?? 'ƒ');
}

test.each(Object.entries(TABLES))('the tables of %s are as its golden file says', (name, { types, ...rest }) => {
  const page = [
    ...types.flatMap(({ fields, ...type }) => [...rows(type, type.type, 1), ...rows(fields, `${type.type} field`, 1)]),
    ...rows(rest, '', 2)
  ];
  expectGolden(`tables-${name}.txt`, `${page.join('\n')}\n`);
});
