import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Refusal, RefusalHandling } from '../../src/providers/refusals.ts';
import { REPOSITORY } from './action-file.ts';
import { code, table } from './markdown.ts';

const HANDLING: Readonly<Record<RefusalHandling, string>> = {
  checked: 'checked in the plan',
  unknowable: "can't be known before",
  'our-bug': 'our bug'
};

/**
 * For each provider that has a cloud's API behind it: what its mutating calls can refuse, and where that is dealt with.
 */
export async function refusalTables(names: readonly string[]): Promise<string> {
  const files = names.map(name => ({ name, file: path.join(REPOSITORY, 'src', 'providers', name, 'refusals.ts') }));
  const parts = await Promise.all(
    files
      .filter(({ file }) => existsSync(file))
      .map(async ({ name, file }) => {
        const { refusals } = (await import(file)) as { readonly refusals: readonly Refusal[] };
        const rows = refusals.map(({ call, code: error, when, how }) => [code(call), code(error), HANDLING[when], how]);
        return `## ${code(name)}\n\n${table(['Call', 'Code', 'Where', 'How'], rows)}`;
      })
  );
  return parts.join('\n\n');
}
