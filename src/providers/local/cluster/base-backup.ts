import { constants } from 'node:fs';
import { chown, copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SqlSession } from '../../../postgres/connection.ts';
import { ActionError } from '../../../errors.ts';
import { writeFileAtomically } from './atomic-file.ts';
import { makeOwnedDirectory } from './layout.ts';
import type { ServerOwner } from './owner.ts';

/**
 * `archive`: with the log that makes the copy complete by itself, without configuration. `standby`: with the
 * configuration of the primary, but for what is in pgkeep.conf; the log comes from a slot.
 */
export type CopyPurpose = 'archive' | 'standby';

export interface BaseBackupRequest {
  /** Of the running server. */
  readonly dataDirectory: string;
  /** Path of the copy; created, must be empty. */
  readonly into: string;
  readonly owner: ServerOwner | undefined;
  readonly purpose: CopyPurpose;
  readonly signal: AbortSignal;
}

/**
 * Their content belongs to one run of one server. As in `excludeDirContents` of PostgreSQL's basebackup.c, and the log,
 * which is copied separately.
 */
const EMPTIED_DIRECTORIES = new Set([
  'pg_wal',
  'pg_stat_tmp',
  'pg_replslot',
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_subtrans'
]);

/** Files of one run of one server, or of one server alone. */
const LEFT_OUT = new Set([
  'postmaster.pid',
  'postmaster.opts',
  'backup_label',
  'tablespace_map',
  'backup_manifest',
  'standby.signal',
  'recovery.signal',
  'current_logfiles',
  'pgkeep.conf'
]);

const CONFIGURATION = new Set(['postgresql.conf', 'postgresql.auto.conf', 'pg_hba.conf', 'pg_ident.conf']);

const LEFT_OUT_ANYWHERE = /^(?:pgsql_tmp.*|pg_internal\.init.*|.*\.new|t\d+_\d+.*)$/;
const LOG_SEGMENT = /^[0-9A-F]{24}$/;
const MAJOR_WITH_NEW_NAMES = 15;

/**
 * Copies the data directory of a running server, in a state that another server can start from: PostgreSQL's low-level
 * backup, in one session of a superuser. (`pg_basebackup` is not in the published binaries.) Files of a single run are
 * left out. https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-LOWLEVEL-BASE-BACKUP
 *
 * Throws `unsupported` when the server writes too little log for it (`wal_level = minimal`) or has tablespaces
 * elsewhere, a ProviderError for refusals of the server, and failures of the file system. The caller removes a partial
 * copy.
 */
export async function copyRunningServer(session: SqlSession, request: BaseBackupRequest): Promise<void> {
  const { dataDirectory, into, owner, purpose, signal } = request;
  await requireCopyable(session);
  if (purpose === 'archive') await keepLog(session);
  const isNew = Number.parseInt(session.serverVersion, 10) >= MAJOR_WITH_NEW_NAMES;
  const doing = 'back the server up';
  await session.query(
    isNew ? "select pg_backup_start('pgkeep', true)" : "select pg_start_backup('pgkeep', true, false)",
    [],
    doing
  );
  await copyDataDirectory({ from: dataDirectory, into, owner, purpose, signal });
  const [stopped] = await session.query<{ label: string; last: string }>(
    `select labelfile as label, pg_walfile_name(lsn) as last from ${isNew ? 'pg_backup_stop(false)' : 'pg_stop_backup(false, false)'}`,
    [],
    doing
  );
  if (stopped === undefined) throw new Error('pg_backup_stop returned no row');
  await writeFileAtomically(join(into, 'backup_label'), stopped.label, { owner });
  if (purpose === 'standby') return;

  const first = /\(file ([0-9A-F]{24})\)/.exec(stopped.label)?.[1] ?? '';
  const segments = await readdir(join(dataDirectory, 'pg_wal'));
  for (const name of segments.filter(found => LOG_SEGMENT.test(found) && found >= first && found <= stopped.last)) {
    await copyOwned(join(dataDirectory, 'pg_wal', name), join(into, 'pg_wal', name), owner);
  }
}

/**
 * Copies a data directory as `copyRunningServer` does, of a server that does not change it: it is shut down, or in
 * backup mode.
 */
export async function copyDataDirectory(request: {
  readonly from: string;
  readonly into: string;
  readonly owner: ServerOwner | undefined;
  readonly purpose: CopyPurpose;
  readonly signal: AbortSignal;
  /** The server was shut down, so its log is at rest and copied too. */
  readonly isShutDown?: boolean;
}): Promise<void> {
  const { from, into, isShutDown = false, owner, purpose, signal } = request;
  const isLeftOut = (name: string): boolean => LEFT_OUT.has(name) || (purpose === 'archive' && CONFIGURATION.has(name));
  await makeOwnedDirectory(into, owner);
  const copyFolder = async (folder: string): Promise<void> => {
    signal.throwIfAborted();
    const entries = await readdir(join(from, folder), { withFileTypes: true }).catch(ignoreVanished);
    const works = (entries ?? []).map(async entry => {
      const path = join(folder, entry.name);
      if ((folder === '' && isLeftOut(entry.name)) || LEFT_OUT_ANYWHERE.test(entry.name) || path === CONTROL_FILE)
        return;
      if (!entry.isDirectory()) return copyOwned(join(from, path), join(into, path), owner);
      await mkdir(join(into, path), { mode: 0o700 });
      if (owner !== undefined) await chown(join(into, path), owner.uid, owner.gid);
      if (!EMPTIED_DIRECTORIES.has(path) || (isShutDown && path === 'pg_wal')) await copyFolder(path);
    });
    // All of them must have ended before the copy may be removed.
    const failed = (await Promise.allSettled(works)).find(work => work.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  };
  await copyFolder('');
  // The control file records how far the log was applied, so it must be the newest.
  await copyOwned(join(from, CONTROL_FILE), join(into, CONTROL_FILE), owner);
}

const CONTROL_FILE = join('global', 'pg_control');

async function requireCopyable(session: SqlSession): Promise<void> {
  const [facts] = await session.query<{ level: string; elsewhere: string[] | null }>(
    `select current_setting('wal_level') as level,
      (select array_agg(spcname::text) from pg_tablespace where spcname not in ('pg_default', 'pg_global')) as elsewhere`
  );
  if (facts?.level === 'minimal') {
    throw new ActionError('Could not back the server up: wal_level is minimal', {
      code: 'unsupported',
      source: 'user',
      hint: 'Remove wal_level from `parameters`: replicas and snapshots of a running server need at least `replica`.'
    });
  }
  if (facts?.elsewhere) {
    throw new ActionError(
      `Could not back the server up: the tablespace ${facts.elsewhere.join(', ')} lies outside of its directory`,
      {
        code: 'unsupported',
        source: 'user',
        hint: 'Move the data to the default tablespace: replicas and snapshots of a local server hold one directory.'
      }
    );
  }
}

/** A slot that ends with the session keeps the log that the copy will need. */
async function keepLog(session: SqlSession): Promise<void> {
  await session.query(
    "select pg_create_physical_replication_slot('pgkeep_backup_' || pg_backend_pid(), true, true)",
    [],
    'keep the log for a backup'
  );
}

/** Relations may be dropped while they are copied; the log tells the server that starts from the copy. */
async function copyOwned(from: string, into: string, owner: ServerOwner | undefined): Promise<void> {
  try {
    await copyFile(from, into, constants.COPYFILE_FICLONE);
    if (owner !== undefined) await chown(into, owner.uid, owner.gid);
  } catch (thrown) {
    ignoreVanished(thrown as NodeJS.ErrnoException);
  }
}

function ignoreVanished(thrown: NodeJS.ErrnoException): undefined {
  if (thrown.code !== 'ENOENT') throw thrown;
  return undefined;
}
