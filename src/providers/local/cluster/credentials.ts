import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { array, integer, literal, number, object, optional, pipe, safeParse, string, type InferOutput } from 'valibot';
import { ActionError } from '../../../errors.ts';
import { writeFileAtomically } from './atomic-file.ts';

const roleSchema = object({ name: string(), password: string() });

const credentialsSchema = object({
  formatVersion: literal(1),
  /** The server's name as it was given. */
  serverName: string(),
  /** Our superuser; its password is in this file only. */
  superuser: roleSchema,
  /** The user of the workflow, once it exists. */
  master: optional(roleSchema),
  port: pipe(number(), integer()),
  /** Loopback addresses it listens on. */
  addresses: array(string()),
  /** The directory of the binaries it runs from. */
  binDir: string(),
  /** PostgreSQL's version, `17.10`. */
  version: string(),
  /** The process that we started last; `startedAt` as in postmaster.pid. */
  process: optional(object({ pid: pipe(number(), integer()), startedAt: pipe(number(), integer()) }))
});

/**
 * Facts about a local server that later steps need and cannot read from it. Holds passwords: it stays in its file of
 * mode 0600.
 */
export type ServerCredentials = Readonly<InferOutput<typeof credentialsSchema>>;

/**
 * Reads a server's credentials; `undefined` when there are none. Throws `server-failed` when the file is damaged:
 * without it no login to that server is possible any more. The error never shows the content.
 */
export async function readCredentials(file: string): Promise<ServerCredentials | undefined> {
  const text = await readFile(file, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return undefined;
    throw thrown;
  });
  if (text === undefined) return undefined;
  const parsed = safeParse(credentialsSchema, parseJson(text));
  if (parsed.success) return parsed.output;
  const field = parsed.issues[0].path?.map(item => String(item.key)).join('.');
  throw new ActionError(`Could not read ${file}: it is damaged${field === undefined ? '' : ` at ${field}`}`, {
    code: 'server-failed',
    source: 'user',
    hint: `Remove ${dirname(file)} and apply again: the password of this local server is lost with the file.`
  });
}

/** Writes a server's credentials, mode 0600, whole or not at all. */
export async function writeCredentials(file: string, credentials: ServerCredentials): Promise<void> {
  await writeFileAtomically(file, `${JSON.stringify(credentials, undefined, 2)}\n`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
