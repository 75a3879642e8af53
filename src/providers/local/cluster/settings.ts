import type { StatsFs } from 'node:fs';
import { access, constants, readFile, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { ActionError } from '../../../errors.ts';
import type { Machine } from '../installation/machine.ts';
import { writeFileAtomically } from './atomic-file.ts';
import type { ServerOwner } from './owner.ts';

/** How PostgreSQL shares memory between parallel workers. */
export type SharedMemoryType = 'posix' | 'mmap' | 'windows';

/** The settings of a local server that we write into its configuration. */
export interface ServerSettings {
  readonly port: number;
  /** Addresses to listen on. */
  readonly addresses: readonly string[];
  /** A private directory for the unix socket; none by default. */
  readonly socketDirectory?: string | undefined;
  /** False: the server does not wait for the disk. Faster, and only a test database is lost in a power cut. */
  readonly durable: boolean;
  readonly sharedMemory: SharedMemoryType;
  readonly tls?: { readonly certificateFile: string; readonly keyFile: string } | undefined;
  /** The user's own, by name. They win over our defaults, never over settings that keep the server ours and private. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The ownership mark, any text: `select current_setting('pgkeep.mark', true)` returns it. */
  readonly mark?: string | undefined;
  /** The settings that make it a standby of another server. */
  readonly standby?: { readonly primaryConninfo: string; readonly slotName: string } | undefined;
}

/** Our file in the data directory, included by postgresql.conf. */
export const SETTINGS_FILE = 'pgkeep.conf';

const INCLUDE = /^\s*include(?:_if_exists)?\s*=?\s*'pgkeep\.conf'/m;

/** Size from which shared memory suffices for parallel workers: a Docker container's 64 MiB are too little. */
const ENOUGH_SHARED_MEMORY_BYTES = 256 * 1024 * 1024;

/** What a server with parallel workers uses of it at once. */
const FREE_SHARED_MEMORY_BYTES = 64 * 1024 * 1024;

/**
 * Durability that a test database does not need. `synchronous_commit` stays on: without fsync it costs next to nothing,
 * and committed data then survives a killed server.
 */
const NOT_DURABLE = { fsync: 'off', full_page_writes: 'off' };

/** A standby reconnects as soon as its primary has restarted, instead of up to five seconds later. */
const STANDBY = { wal_retrieve_retry_interval: '100ms' };

const NAME = /^[a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_$]*)*$/i;

/** Parameters that `parameters` may not hold, each with the reason. */
export const RESERVED_PARAMETERS: ReadonlyMap<string, string> = new Map([
  ...['data_directory', 'config_file', 'hba_file', 'ident_file', 'external_pid_file'].map(
    name => [name, 'the server is kept in a directory of its own'] as const
  ),
  ...['include', 'include_if_exists', 'include_dir'].map(name => [name, 'it is not a parameter'] as const),
  ...['listen_addresses', 'unix_socket_directories', 'unix_socket_group', 'unix_socket_permissions'].map(
    name => [name, 'a local server is reached over loopback only'] as const
  ),
  ['port', 'it has an input of its own'],
  ...['ssl', 'ssl_cert_file', 'ssl_key_file'].map(name => [name, 'TLS has an input of its own'] as const),
  ...['primary_conninfo', 'primary_slot_name'].map(name => [name, 'replicas have inputs of their own'] as const),
  ...['log_destination', 'logging_collector'].map(name => [name, "the server's log goes to one file"] as const),
  ['dynamic_shared_memory_type', 'it follows the machine'],
  ['password_encryption', 'passwords are kept as SCRAM-SHA-256']
]);

/**
 * `posix`, but `mmap` when /dev/shm is smaller than 256 MiB (job containers have 64), nearly full, read-only or not
 * writable for every user (nothing is mounted there), and `windows` on Windows.
 */
export async function sharedMemoryType(machine: Machine): Promise<SharedMemoryType> {
  if (machine.platform === 'win32') return 'windows';
  if (machine.platform !== 'linux') return 'posix';
  const directory = join(machine.root, 'dev/shm');
  const [space, entry] = await Promise.all([
    statfs(directory),
    stat(directory),
    // Asked of root too: a disk that is mounted read-only.
    access(directory, constants.W_OK)
  ]).catch(() => []);
  return space !== undefined && entry !== undefined && suffices(space, entry.mode) ? 'posix' : 'mmap';
}

/** Whether parallel workers can share memory in a directory of this mode, on a disk with this space. */
export function suffices(space: Pick<StatsFs, 'bsize' | 'blocks' | 'bavail'>, mode: number): boolean {
  const { bsize, blocks, bavail } = space;
  const isForAll = (mode & 0o003) === 0o003;
  return isForAll && bsize * blocks >= ENOUGH_SHARED_MEMORY_BYTES && bsize * bavail >= FREE_SHARED_MEMORY_BYTES;
}

/**
 * The text of pgkeep.conf. Pure. Values are inert with any content. Throws `input-invalid` for an invalid or reserved
 * parameter name, and for a NUL.
 */
export function renderSettings(settings: ServerSettings): string {
  const own = Object.entries(settings.parameters).map(([name, value]) => [allowedName(name), value] as const);
  const given = new Set(own.map(([name]) => name));
  const ours = { ...(settings.durable ? {} : NOT_DURABLE), ...(settings.standby === undefined ? {} : STANDBY) };
  const defaults = Object.entries(ours).filter(([name]) => !given.has(name));
  const fixed: readonly (readonly [string, string | undefined])[] = [
    ['listen_addresses', settings.addresses.join(',')],
    ['port', String(settings.port)],
    ['unix_socket_directories', settings.socketDirectory === undefined ? '' : quoteListItem(settings.socketDirectory)],
    ['unix_socket_permissions', '0700'],
    ['dynamic_shared_memory_type', settings.sharedMemory],
    ['password_encryption', 'scram-sha-256'],
    ['log_destination', 'stderr'],
    ['logging_collector', 'off'],
    ['ssl', settings.tls === undefined ? 'off' : 'on'],
    ['ssl_cert_file', settings.tls?.certificateFile],
    ['ssl_key_file', settings.tls?.keyFile],
    ['primary_conninfo', settings.standby?.primaryConninfo],
    ['primary_slot_name', settings.standby?.slotName],
    ['pgkeep.mark', settings.mark]
  ];
  const lines = [...defaults, ...own, ...fixed].flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} = ${quoteSetting(name, value)}`]
  );
  return `# Written by pgkeep; edits are lost.\n${lines.join('\n')}\n`;
}

/**
 * Writes pgkeep.conf into a data directory, atomically, and makes sure that postgresql.conf includes it. A running
 * server reads it with the next reload or restart.
 */
export async function writeSettings(
  dataDirectory: string,
  settings: ServerSettings,
  owner: ServerOwner | undefined
): Promise<void> {
  await writeFileAtomically(join(dataDirectory, SETTINGS_FILE), renderSettings(settings), { owner });
  const main = join(dataDirectory, 'postgresql.conf');
  const text = await readFile(main, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'ENOENT') throw thrown;
    throw new ActionError(`Could not configure PostgreSQL: there is no ${main}`, {
      code: 'server-failed',
      source: 'provider',
      hint: 'Destroy the database and apply again: the file of this server was removed by other hands.'
    });
  });
  if (!INCLUDE.test(text)) await writeFileAtomically(main, `${text}\ninclude = '${SETTINGS_FILE}'\n`, { owner });
}

function allowedName(name: string): string {
  const lower = name.toLowerCase();
  const reserved = lower.startsWith('pgkeep.') ? 'it is reserved for this action' : RESERVED_PARAMETERS.get(lower);
  const reason = NAME.test(name) ? reserved : 'it is not the name of a parameter';
  if (reason === undefined) return lower;
  throw new ActionError(`Could not set parameter ${JSON.stringify(name)}: ${reason}`, {
    code: 'input-invalid',
    source: 'user',
    hint: `Remove it from \`parameters\`.`
  });
}

/**
 * A value in the grammar of configuration files: single quotes, in which a backslash escapes; no raw line break. Octal
 * escapes keep every control character. https://www.postgresql.org/docs/current/config-setting.html
 */
function quoteSetting(name: string, value: string): string {
  if (value.includes('\0')) {
    throw new ActionError(`Could not set parameter ${name}: the value holds a NUL character`, {
      code: 'input-invalid',
      source: 'user',
      hint: 'Remove the NUL character: PostgreSQL cannot hold it.'
    });
  }
  const inert = value
    .replaceAll('\\', '\\\\')
    .replaceAll("'", "''")
    .replaceAll(/\p{Cc}/gu, control => (isAscii(control) ? octal(control) : control));
  return `'${inert}'`;
}

function isAscii(character: string): boolean {
  return character.charCodeAt(0) < 0x80;
}

function octal(character: string): string {
  return `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`;
}

/** One item of a parameter that is a list of names, with commas between items and double quotes around them. */
function quoteListItem(item: string): string {
  return `"${item.replaceAll('"', '""')}"`;
}
