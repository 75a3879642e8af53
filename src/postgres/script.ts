import { isUtf8 } from 'node:buffer';
import { createHash, type Hash } from 'node:crypto';
import { glob, open, stat } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import { ActionError } from '../errors.ts';
import { withinDirectory } from '../files/within-directory.ts';

/** A file of SQL, which is read in pieces: a large one is never in memory as a whole. */
export interface Script {
  /** Relative to the folder of the patterns, with forward slashes, as errors show it. */
  readonly file: string;
  /** SHA-256 of its bytes, in hex: the same hash, the same script. */
  readonly hash: string;
  /** Its text in pieces, without a byte order mark. Throws `plan-changed` at the end when its hash is another now. */
  readonly read: () => AsyncIterable<string>;
}

/**
 * Reads the files that the patterns (`db/schema.sql`, `db/seed/*.sql`) name below `directory`: in the patterns' order,
 * sorted by name within a pattern, each file once. Throws `input-invalid` for a pattern that matches no file or too
 * many, for a file that is not UTF-8 or too large, and for one that lies outside of `directory`, by its name or by a
 * link.
 */
export async function loadScripts(patterns: readonly string[], directory: string): Promise<readonly Script[]> {
  const files: string[] = [];
  for (const pattern of patterns) files.push(...(await filesMatching(pattern, directory)));
  if (files.length > MOST_FILES) throw tooMuch(`${files.length} files`, `${MOST_FILES} files`);
  const scripts: Script[] = [];
  for (const file of new Set(files)) scripts.push(await loadScript(file, directory));
  return scripts;
}

/** Limits of what `init_sql` may name. */
const MOST_FILES = 1000;
const MOST_BYTES = 16 * 1024 ** 3;
const MOST_PATTERN = 500;
/** Each pair of braces multiplies the matches of a pattern. */
const MOST_BRACES = 4;

function tooMuch(what: string, limit: string): ActionError {
  return new ActionError(`Could not read init_sql: ${what} is more than the limit of ${limit}`, {
    code: 'input-invalid',
    source: 'user',
    hint: 'Name fewer or smaller files; large data is better loaded in a step of its own.'
  });
}

/** Whole paths of the files that a pattern names below a directory. Throws as `loadScripts`. */
export async function filesMatching(pattern: string, directory: string): Promise<readonly string[]> {
  if (pattern.length > MOST_PATTERN || (pattern.match(/[{]/g) ?? []).length > MOST_BRACES)
    throw tooMuch(
      `the pattern ${JSON.stringify(pattern.slice(0, 40))}`,
      `${MOST_PATTERN} characters and ${MOST_BRACES} braces`
    );
  const found: string[] = [];
  for await (const entry of glob(pattern, { cwd: directory })) {
    const path = resolve(directory, entry);
    if (found.length > MOST_FILES)
      throw tooMuch(`the number of matches of ${JSON.stringify(pattern)}`, `${MOST_FILES} files`);
    if ((await stat(path).catch(() => undefined))?.isFile() === true) found.push(path);
  }
  if (found.length === 0) {
    throw new ActionError(`Could not read init_sql ${JSON.stringify(pattern)}: it matches no file`, {
      code: 'input-invalid',
      source: 'user',
      hint: /[\s;]/.test(pattern)
        ? 'Write the SQL into a file, and name that: no statements are taken here.'
        : 'Patterns are relative to the workspace: check the path, and that the repository is checked out.'
    });
  }
  return found.sort((one, other) => (one < other ? -1 : 1));
}

async function loadScript(path: string, directory: string): Promise<Script> {
  const file = relative(directory, path).split(sep).join('/');
  // Checked again before use: a link may have changed since it was found.
  const real = withinDirectory([directory], path, 'init_sql');
  const { size } = await stat(real);
  if (size > MOST_BYTES) throw tooMuch(`${file} of ${size} bytes`, `${MOST_BYTES} bytes`);
  const hash = await hashOf(real, file);
  return { file, hash, read: () => unchanged(real, file, hash) };
}

/** Reads a file to its end, so that one that is no text is refused before anything runs. */
async function hashOf(real: string, file: string): Promise<string> {
  const digest = createHash('sha256');
  for await (const _ of decoded(real, file, digest)) continue;
  return digest.digest('hex');
}

async function* unchanged(real: string, file: string, hash: string): AsyncGenerator<string> {
  const digest = createHash('sha256');
  yield* decoded(real, file, digest);
  if (digest.digest('hex') === hash) return;
  throw new ActionError(`Could not run ${file}: it was changed after it was planned`, {
    code: 'plan-changed',
    source: 'user',
    hint: 'Run the step again: it makes a new plan.'
  });
}

/**
 * V8 keeps a text of more than 128 KiB apart, where it stays until the whole heap is searched: with pieces of 256 KiB a
 * file of 200 MB took 26 MB to read.
 */
const PIECE_BYTES = 32 * 1024;

async function* decoded(real: string, file: string, digest: Hash): AsyncGenerator<string> {
  const handle = await open(real);
  try {
    // One buffer for all, and no TextDecoder: what they leave behind is memory outside of the heap, seldom freed.
    const buffer = Buffer.allocUnsafe(PIECE_BYTES);
    for (let isFirst = true, kept = 0; ;) {
      const { bytesRead } = await handle.read(buffer, kept, PIECE_BYTES - kept);
      const bytes = buffer.subarray(0, kept + bytesRead);
      digest.update(bytes.subarray(kept));
      const whole = bytesRead === 0 ? bytes : bytes.subarray(0, wholeCharacters(bytes));
      if (!isUtf8(whole) || whole.includes(0)) throw notText(file);
      const text = whole.toString('utf8');
      yield isFirst && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
      isFirst &&= text === '';
      if (bytesRead === 0) return;
      kept = bytes.copy(buffer, 0, whole.length);
    }
  } finally {
    await handle.close();
  }
}

const BYTE_ORDER_MARK = '\uFEFF';

/** How many bytes there are before a last character that is cut. */
function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0b1100_0000) === 0b1000_0000) continue;
    const length = byte >= 0b1111_0000 ? 4 : byte >= 0b1110_0000 ? 3 : byte >= 0b1100_0000 ? 2 : 1;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

function notText(file: string): ActionError {
  return new ActionError(`Could not read init_sql ${file}: it is not UTF-8 text`, {
    code: 'input-invalid',
    source: 'user',
    hint: 'Save the file as UTF-8. A dump in the custom format (pg_dump -Fc) is not SQL: make a plain one.'
  });
}
