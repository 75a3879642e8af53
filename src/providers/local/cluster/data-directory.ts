import { readFile, readdir } from 'node:fs/promises';
import { ActionError } from '../../../errors.ts';
import type { Major } from '../../../postgres/major.ts';
import { scramVerifier } from '../../../postgres/scram.ts';
import { programPath, type Installation } from '../installation/installation.ts';
import { exists, isMusl, onMachine, type Machine } from '../installation/machine.ts';
import { writeConfiguration } from './data-directory-configuration.ts';
import { runInitdb } from './initdb.ts';
import { makeOwnedDirectory } from './layout.ts';
import type { ServerOwner } from './owner.ts';
import type { CharacterType, Pack } from './pack.ts';
import { COMPLETE, unpackDatabases, unpackShared, type Unpacking } from './pack-unpack.ts';
import { removeTree } from './remove-tree.ts';

/** A data directory to create. */
export interface DataDirectoryRequest {
  readonly installation: Installation;
  /** Resolves when the programs are complete, if they are still being downloaded. Only initdb waits for them. */
  readonly programs?: Promise<Installation>;
  readonly machine: Machine;
  /** Must not hold anything yet; created when it is absent. */
  readonly directory: string;
  /** Of the superuser `postgres`. */
  readonly password: string;
  /** The user that the server will run as, when that is not us. */
  readonly owner: ServerOwner | undefined;
  /** Reads the prebuilt cluster of a major; throws when it can't be used. */
  readonly readPack: (major: Major) => Promise<Pack>;
  /** Default: `C.UTF-8` where the machine has it. */
  readonly characterType?: CharacterType;
  /** Why the prebuilt cluster must not be used, for instance because the server refused it. */
  readonly initdbBecause?: string;
}

/** How a data directory was created. */
export type CreatedDataDirectory =
  | { readonly way: 'pack'; readonly characterType: CharacterType }
  | {
      readonly way: 'initdb';
      readonly characterType: CharacterType;
      /** Why the prebuilt cluster was not used. */
      readonly reason: string;
    };

/** A data directory on which a server may be started, though not yet used. */
export interface PreparedDataDirectory {
  readonly created: CreatedDataDirectory;
  /**
   * Writes the rest: the contents of the databases, 20 ms of work that can overlap with a server's start. Done once,
   * however often it is called. If it fails, the directory is useless.
   */
  complete(): Unpacking;
}

/**
 * Creates a new data directory, mode 0700, with the superuser `postgres` and SCRAM authentication on every line: from
 * the prebuilt cluster of the major in some 60 ms, or with initdb in about a second when that does not fit this server.
 * Text is UTF-8 and sorts by code point. No server has run on it, the password is set, and `pgkeep.conf` is included
 * but does not exist yet.
 *
 * All prebuilt clusters of a major share a system identifier, so it does not tell their physical backups apart.
 *
 * Throws `server-failed` or `unsupported` when initdb fails, and leaves nothing behind then.
 */
export async function createDataDirectory(request: DataDirectoryRequest): Promise<CreatedDataDirectory> {
  const prepared = await prepareDataDirectory(request);
  try {
    await prepared.complete().whole;
  } catch (thrown) {
    await removeTree(request.directory);
    throw thrown;
  }
  return prepared.created;
}

/** As `createDataDirectory`, for a caller who starts the server before the databases are written. */
export async function prepareDataDirectory(request: DataDirectoryRequest): Promise<PreparedDataDirectory> {
  const { directory, machine, owner } = request;
  await assertEmpty(directory);
  const characterType = request.characterType ?? (await bestCharacterType(machine));
  const full = { ...request, characterType, verifier: scramVerifier(request.password) };
  try {
    await makeOwnedDirectory(directory, owner);
    const unpacked = await unpack(full);
    if (typeof unpacked === 'string') {
      await empty(directory);
      const installation = (await request.programs) ?? request.installation;
      await runInitdb({ ...full, installation });
    }
    writeConfiguration(directory, owner);
    if (typeof unpacked === 'string') {
      return { created: { way: 'initdb', characterType, reason: unpacked }, complete: () => COMPLETE };
    }
    let unpacking: Unpacking | undefined;
    return { created: { way: 'pack', characterType }, complete: () => (unpacking ??= completed(unpacked, full)) };
  } catch (thrown) {
    await removeTree(directory);
    throw translate(thrown, directory);
  }
}

async function assertEmpty(directory: string): Promise<void> {
  if ((await readdir(directory).catch(() => [])).length === 0) return;
  throw new ActionError(`Could not create a cluster in ${directory}: the directory is not empty`, {
    code: 'server-failed',
    source: 'user',
    hint: 'Remove it if nothing in it is needed.'
  });
}

type UnpackRequest = DataDirectoryRequest & { readonly characterType: CharacterType; readonly verifier: string };

/** Unpacks the prebuilt cluster but for its databases, or says why it cannot be used here. */
async function unpack(request: UnpackRequest): Promise<Pack | string> {
  const { installation, machine } = request;
  if (request.initdbBecause !== undefined) return request.initdbBecause;
  try {
    const pack = await request.readPack(installation.major);
    if (!(await readsCatalog(installation, pack.header.catalogVersion, machine))) {
      return `the server does not read catalog version ${pack.header.catalogVersion}`;
    }
    unpackShared(pack, request);
    return pack;
  } catch (thrown) {
    if (isOfDisk(thrown)) throw thrown;
    return `the prebuilt cluster of PostgreSQL ${installation.major} cannot be used: ${(thrown as Error).message}`;
  }
}

function completed(pack: Pack, request: UnpackRequest): Unpacking {
  const told = async (end: Promise<void>): Promise<void> => {
    try {
      await end;
    } catch (thrown) {
      throw translate(thrown, request.directory);
    }
  };
  const { connectable, whole } = unpackDatabases(pack, request);
  const ends = { connectable: told(connectable), whole: told(whole) };
  // The caller that awaits one of the two gets its failure; the failure of the other is ignored.
  for (const end of Object.values(ends)) end.catch(() => undefined);
  return ends;
}

/**
 * Whether a server has this CATALOG_VERSION_NO. The program holds it in the name of a tablespace's folder,
 * `PG_17_202406281`, on every platform; no other way to read it is as quick. The published binaries are known to match
 * the packs, which are made with them.
 */
async function readsCatalog(installation: Installation, catalogVersion: string, machine: Machine): Promise<boolean> {
  if (installation.source === 'tool-cache') return true;
  const wanted = `PG_${installation.major}_${catalogVersion}`;
  return (await readFile(programPath(installation, 'postgres', machine))).includes(wanted);
}

const UNICODE_LOCALES = ['/usr/lib/locale/C.utf8', '/usr/lib/locale/C.UTF-8'];

async function bestCharacterType(machine: Machine): Promise<CharacterType> {
  if (machine.platform !== 'linux') return 'C';
  const found = await Promise.all(UNICODE_LOCALES.map(path => exists(onMachine(machine, path))));
  return found.includes(true) || (await isMusl(machine)) ? 'C.UTF-8' : 'C';
}

async function empty(directory: string): Promise<void> {
  for (const name of await readdir(directory)) await removeTree(`${directory}/${name}`);
}

const OF_DISK: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the disk is read-only',
  EACCES: 'permission denied',
  EPERM: 'permission denied'
};

/** Whether the disk is the cause: initdb would fail as well. */
function isOfDisk(thrown: unknown): boolean {
  const { code, syscall } = thrown as NodeJS.ErrnoException;
  return code !== undefined && code in OF_DISK && syscall !== undefined;
}

function translate(thrown: unknown, directory: string): unknown {
  if (!isOfDisk(thrown)) return thrown;
  const code = (thrown as NodeJS.ErrnoException).code ?? '';
  return new ActionError(`Could not create a cluster in ${directory}: ${OF_DISK[code]}`, {
    code: 'server-failed',
    source: 'provider',
    cause: thrown,
    hint: 'Make room for about 50 MB below the runner’s temporary directory, where this user must be able to write.'
  });
}
