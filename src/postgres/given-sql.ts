import { createHash } from 'node:crypto';
import { loadScripts, type Script } from './script.ts';

/** SQL of an input: its text, or the files that hold it. */
export type GivenSql =
  { readonly kind: 'text'; readonly text: string } | { readonly kind: 'files'; readonly patterns: readonly string[] };

/** The scripts of an input, in their order. Throws `input-invalid` for a pattern that matches no file. */
export async function scriptsOf(given: GivenSql, input: string, workspace: string): Promise<readonly Script[]> {
  if (given.kind === 'files') return loadScripts(given.patterns, workspace);
  const hash = createHash('sha256').update(given.text).digest('hex');
  return [
    {
      file: input,
      hash,
      async *read() {
        yield given.text;
      }
    }
  ];
}

/** One hash of all of them, in their order. */
export function hashOfScripts(scripts: readonly Script[]): string {
  const all = createHash('sha256');
  for (const { file, hash } of scripts) all.update(`${file}\0${hash}\0`);
  return all.digest('hex');
}
