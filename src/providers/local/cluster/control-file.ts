import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The facts about a cluster in `global/pg_control`. */
export interface ControlFile {
  /** CATALOG_VERSION_NO: a server reads only clusters of its own. */
  readonly catalogVersion: string;
  /** The server was shut down properly: the files are complete without a recovery. */
  readonly wasShutDown: boolean;
}

const CATALOG_VERSION_OFFSET = 12;
const STATE_OFFSET = 16;

/** `DB_SHUTDOWNED` of `DBState`. */
const SHUT_DOWN = 1;

/**
 * Reads the control file of a cluster. Its first fields are the same in all majors, and little-endian on every platform
 * with published binaries. Throws failures of the file system.
 * https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_control.h
 */
export async function readControlFile(dataDirectory: string): Promise<ControlFile> {
  const bytes = await readFile(join(dataDirectory, 'global', 'pg_control'));
  return {
    catalogVersion: String(bytes.readUInt32LE(CATALOG_VERSION_OFFSET)),
    wasShutDown: bytes.readUInt32LE(STATE_OFFSET) === SHUT_DOWN
  };
}
