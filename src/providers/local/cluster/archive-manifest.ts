import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createZstdDecompress } from 'node:zlib';
import { integer, literal, number, object, pipe, safeParse, string, type InferOutput } from 'valibot';
import { ActionError } from '../../../errors.ts';
import { missingArchive } from './missing-archive.ts';

const manifestSchema = object({
  format: literal('pgkeep-snapshot'),
  formatVersion: literal(1),
  major: pipe(number(), integer()),
  /** CATALOG_VERSION_NO of the cluster. */
  catalogVersion: string(),
  /** `linux-x64`: the files are of one kind of machine. */
  platform: string(),
  /** ISO 8601. */
  createdAt: string(),
  /** Files and bytes that follow. */
  files: pipe(number(), integer()),
  bytes: pipe(number(), integer())
});

/** The first entry of an archive: its contents. */
export type ArchiveManifest = Readonly<InferOutput<typeof manifestSchema>>;

/** Its name in the archive. */
export const MANIFEST_FILE = 'manifest.json';

/** The folder of the archive that becomes the data directory. */
export const DATA_FOLDER = 'data';

/**
 * Files at the top of a data directory that no archive of ours holds: configuration, which could run programs, and
 * what makes a server a standby or links a folder of another place into it.
 */
export const NEVER_IN_ARCHIVES: ReadonlySet<string> = new Set([
  'tablespace_map',
  'standby.signal',
  'recovery.signal',
  'postmaster.pid',
  'pgkeep.conf',
  'postgresql.conf',
  'postgresql.auto.conf',
  'pg_hba.conf',
  'pg_ident.conf'
]);

/** The piece size of zlib's output: its own default of 16 KiB makes decompression five times as slow. */
export const CHUNK_BYTES = 1024 * 1024;

const MAX_MANIFEST_BYTES = 64 * 1024;
const DAMAGE = /^(?:ZSTD_|Z_|TAR_)/;

/**
 * Reads the manifest of an archive, without unpacking it. Throws `not-found` when the file does not exist,
 * `archive-invalid` when it is not ours, of a later format, cut or damaged.
 */
export async function readArchiveManifest(file: string): Promise<ArchiveManifest> {
  const { list } = await import('tar');
  const done = new AbortController();
  let text: string | undefined;
  const parser = list({
    strict: true,
    onReadEntry: entry => {
      if (text !== undefined) return undefined;
      text = '';
      // The first entry is the manifest, or the file is not ours: the rest need not be unpacked to know.
      if (entry.path !== MANIFEST_FILE || entry.size > MAX_MANIFEST_BYTES) return done.abort();
      entry.on('data', (chunk: Buffer) => {
        text += chunk.toString('utf8');
      });
      entry.on('end', () => done.abort());
      return undefined;
    }
  });
  try {
    await pipeline(createReadStream(file), createZstdDecompress(), parser, { signal: done.signal });
  } catch (thrown) {
    if (!done.signal.aborted) throw archiveFailure(file, thrown);
  }
  const parsed = safeParse(manifestSchema, parseJson(text ?? ''));
  if (parsed.success) return parsed.output;
  throw invalidArchive(file, 'it is not a snapshot of this action, or a later version took it');
}

/**
 * A failure while an archive was read: `archive-invalid` for damage; any other as it is, such as the signal's reason.
 */
export function archiveFailure(file: string, thrown: unknown): unknown {
  const { code = '', message } = thrown as NodeJS.ErrnoException;
  if (code === 'ENOENT') return missingArchive(file);
  return DAMAGE.test(code) ? invalidArchive(file, `it is cut or damaged (${message})`) : thrown;
}

/** An archive that cannot be used, and why. */
export function invalidArchive(file: string, because: string): ActionError {
  return new ActionError(`Could not read snapshot ${file}: ${because}`, {
    code: 'archive-invalid',
    source: 'user',
    hint: 'Take the snapshot again; when it comes from a cache, give it another cache key.'
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
