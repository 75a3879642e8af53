import { createHash } from 'node:crypto';
import { glob, readFile, stat } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import { ActionError } from '../errors.ts';

/** A file of SQL, read but not looked into. */
export interface Script {
  /** Relative to where the patterns were resolved, with forward slashes: what errors show. */
  readonly file: string;
  readonly text: string;
  /** SHA-256 of its bytes, in hex: the same hash, the same script. */
  readonly hash: string;
}

/**
 * Reads the files that the patterns (`db/schema.sql`, `db/seed/*.sql`) name below `directory`: in the patterns' order, sorted by name
 * within a pattern, each file once. Throws `input-invalid` for a pattern that matches no file, and for a file that is not UTF-8.
 */
export async function loadScripts(patterns: readonly string[], directory: string): Promise<readonly Script[]> {
  const files: string[] = [];
  for (const pattern of patterns) files.push(...(await matchingFiles(pattern, directory)));
  return Promise.all([...new Set(files)].map(file => loadScript(file, directory)));
}

async function matchingFiles(pattern: string, directory: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const entry of glob(pattern, { cwd: directory })) {
    const path = resolve(directory, entry);
    if ((await stat(path).catch(() => undefined))?.isFile() === true) found.push(path);
  }
  if (found.length === 0) {
    throw new ActionError(`Could not read init_sql ${JSON.stringify(pattern)}: it matches no file`, {
      code: 'input-invalid',
      source: 'user',
      hint: 'Patterns are relative to the workspace: check the path, and that the repository is checked out.'
    });
  }
  return found.sort((one, other) => (one < other ? -1 : 1));
}

async function loadScript(path: string, directory: string): Promise<Script> {
  const file = relative(directory, path).split(sep).join('/');
  const bytes = await readFile(path);
  return { file, text: decode(bytes, file), hash: createHash('sha256').update(bytes).digest('hex') };
}

function decode(bytes: Buffer, file: string): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch {
    // The same words serve for both.
  }
  throw new ActionError(`Could not read init_sql ${file}: it is not UTF-8 text`, {
    code: 'input-invalid',
    source: 'user',
    hint: 'Save the file as UTF-8. A dump in the custom format (pg_dump -Fc) is not SQL: make a plain one.'
  });
}
