import { randomBytes } from 'node:crypto';
import { createWriteStream, readdirSync, statSync } from 'node:fs';
import { mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress } from 'node:zlib';
import type { Execution } from '../../../engine/execution.ts';
import { ActionError } from '../../../errors.ts';
import { makeDirectory } from '../../../files/make-directory.ts';
import { withSqlSession, type ConnectionTarget } from '../../../postgres/connection.ts';
import { platformName, type Machine } from '../installation/machine.ts';
import { CHUNK_BYTES, DATA_FOLDER, MANIFEST_FILE, type ArchiveManifest } from './archive-manifest.ts';
import { copyDataDirectory, copyRunningServer } from './base-backup.ts';
import { readControlFile } from './control-file.ts';
import { inspectServer } from './inspect.ts';
import { removeTree } from './remove-tree.ts';
import { refuseUnloggedRows } from './unlogged-tables.ts';

export interface WriteArchiveRequest {
  readonly machine: Machine;
  readonly dataDirectory: string;
  /** As a superuser. Not used when the server is stopped. */
  readonly connection: ConnectionTarget;
  /** Path of the archive: replaced when the new one is complete; its directory is created if needed. */
  readonly file: string;
  /** For a copy of the cluster while the archive is made, on the same file system as the data directory if possible. */
  readonly temporaryDirectory: string;
}

/** The written archive. */
export interface WrittenArchive {
  readonly manifest: ArchiveManifest;
  /** Of the archive. */
  readonly bytes: number;
}

/** The fastest levels compress a cluster nearly as well as the slow ones. */
const COMPRESSION_LEVEL = 3;

/**
 * Writes the whole cluster of a server, running or shut down, into one compressed archive (tar, zstd): consistent
 * without stopping it, with any `fsync`. The archive holds no configuration and no key, but the roles with their
 * password verifiers.
 *
 * Throws `not-found` when there is no server, `server-failed` when it crashed and was not started again (its files are
 * not complete), the failures of `copyRunningServer`, and those of the file system. An earlier archive then still
 * exists.
 */
export async function writeArchive(execution: Execution, request: WriteArchiveRequest): Promise<WrittenArchive> {
  const { dataDirectory, file, machine } = request;
  const found = await inspectServer(dataDirectory, machine);
  if (found.state === 'absent') {
    throw new ActionError(`Could not take a snapshot of ${dataDirectory}: there is no server`, {
      code: 'not-found',
      source: 'user'
    });
  }
  const staging = await mkdtemp(join(request.temporaryDirectory, 'snapshot-'));
  const draft = `${file}.${randomBytes(4).toString('hex')}.new`;
  try {
    const data = join(staging, DATA_FOLDER);
    const copy = { into: data, owner: undefined, purpose: 'archive', signal: execution.signal } as const;
    if (found.state === 'running') {
      await refuseUnloggedRows(request.connection, dataDirectory, execution.signal);
      await withSqlSession(request.connection, execution.signal, session =>
        copyRunningServer(session, { ...copy, dataDirectory })
      );
    } else {
      await requireShutDown(dataDirectory, found.state);
      await copyDataDirectory({ ...copy, from: dataDirectory, isShutDown: true });
    }
    const manifest = await manifestOf(data, machine, execution.clock.now());
    await writeFile(join(staging, MANIFEST_FILE), JSON.stringify(manifest));
    makeDirectory(dirname(file));
    await compress(staging, draft, execution.signal);
    await rename(draft, file);
    return { manifest, bytes: (await stat(file)).size };
  } catch (thrown) {
    execution.signal.throwIfAborted();
    throw ofFile(thrown, file);
  } finally {
    await rm(draft, { force: true });
    await removeTree(staging);
  }
}

/** A failed write to a stream does not say which file it was. */
function ofFile(thrown: unknown, file: string): unknown {
  const isWrite = thrown instanceof Error && 'syscall' in thrown && !('path' in thrown);
  return isWrite ? Object.assign(thrown, { path: file }) : thrown;
}

async function compress(staging: string, file: string, signal: AbortSignal): Promise<void> {
  const { create } = await import('tar');
  const pack = create({ cwd: staging, portable: true, strict: true }, [MANIFEST_FILE, DATA_FOLDER]);
  const zstd = createZstdCompress({
    chunkSize: CHUNK_BYTES,
    params: {
      [constants.ZSTD_c_compressionLevel]: COMPRESSION_LEVEL,
      [constants.ZSTD_c_checksumFlag]: 1
    }
  });
  await pipeline(pack, zstd, createWriteStream(file, { mode: 0o600, flags: 'wx' }), { signal });
}

async function requireShutDown(dataDirectory: string, state: string): Promise<void> {
  const control = state === 'stopped' ? await readControlFile(dataDirectory) : undefined;
  if (control?.wasShutDown === true) return;
  throw new ActionError(`Could not take a snapshot of ${dataDirectory}: its server did not shut down properly`, {
    code: 'server-failed',
    source: 'user',
    hint: 'Start the server first (apply does), so that it recovers; then take the snapshot.'
  });
}

async function manifestOf(data: string, machine: Machine, now: Date): Promise<ArchiveManifest> {
  const [control, version] = await Promise.all([readControlFile(data), readFile(join(data, 'PG_VERSION'), 'utf8')]);
  return {
    format: 'pgkeep-snapshot',
    formatVersion: 1,
    major: Number(version),
    catalogVersion: control.catalogVersion,
    platform: platformName(machine),
    createdAt: now.toISOString(),
    ...measure(data)
  };
}

/** The number and size of the files in a directory. Synchronous, because it is much faster with a thousand files. */
export function measure(directory: string): { readonly files: number; readonly bytes: number } {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter(entry => entry.isFile());
  const sizes = files.map(entry => statSync(join(entry.parentPath, entry.name)).size);
  return { files: files.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}
