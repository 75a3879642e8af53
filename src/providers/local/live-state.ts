import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { defined } from '../../engine/defined.ts';
import { parseMark } from '../../engine/ownership.ts';
import { programEnvironment } from '../../engine/program-environment.ts';
import type { Facts } from '../../engine/resource.ts';
import { ActionError, ProviderError } from '../../errors.ts';
import { readCredentials, type ServerCredentials } from './cluster/credentials.ts';
import { directoryOwner } from './cluster/owner.ts';
import { inspectServer, type ServerState } from './cluster/inspect.ts';
import type { ClusterLocale } from './cluster/cluster-locale.ts';
import { SETTINGS_FILE } from './cluster/settings.ts';
import type { SqlSession } from '../../postgres/connection.ts';
import type { LiveParameter, LiveServer, LocalMark } from './live-types.ts';
import { readShared } from './resources/child-resource.ts';
import { SUPERUSER } from './addresses.ts';
import { asSuperuser, type LocalContext } from './context.ts';
import { damagedServer } from './damaged.ts';

/**
 * Reads the server of this name: over SQL when it runs, from its own configuration when it is stopped. `undefined` when
 * there is none, or only an unfinished one. Throws `server-failed` for a damaged one.
 */
export async function readLive(context: LocalContext): Promise<LiveServer | undefined> {
  const { clock, signal } = context.execution;
  for (let reads = 1; ; reads += 1) {
    const before = await inspectServer(context.layout.dataDirectory, context.machine);
    try {
      return await readOnce(context, before);
    } catch (thrown) {
      if (!isConnectionLost(thrown) || reads >= MOST_READS) throw thrown;
      // Another step restarts or removes the server.
      await clock.sleep(READ_AGAIN_SECONDS, signal);
    }
  }
}

const MOST_READS = 20;
const READ_AGAIN_SECONDS = 0.25;

/** A server that stops, starts or has gone since its process was looked up. */
function isConnectionLost(thrown: unknown): boolean {
  return (
    thrown instanceof ProviderError &&
    (thrown.code === 'not-reachable' || thrown.kind === 'transient' || thrown.providerCode === '57P03')
  );
}

async function readOnce(context: LocalContext, state: ServerState): Promise<LiveServer | undefined> {
  const { layout } = context;
  if (state.state === 'absent' || isUnfinished(context)) return undefined;
  const credentials = await readCredentials(layout.credentialsFile).catch(async (thrown: unknown) => {
    throw thrown instanceof ActionError
      ? await damagedServer(context, 'its credentials.json is damaged', thrown)
      : thrown;
  });
  // A server that never became ready belongs to an interrupted creation.
  const neverRan = credentials !== undefined && credentials.process === undefined;
  if (neverRan && state.state !== 'damaged') return undefined;
  if (state.state === 'damaged') throw await damagedServer(context, state.reason);
  if (credentials === undefined) throw await damagedServer(context, 'its credentials.json is gone');
  if (state.state === 'running') return readRunning(context, { ...credentials, port: state.port || credentials.port });
  return readStopped(context, credentials);
}

/** The live server. Throws `plan-changed` when it was removed after it was planned. */
export async function requireLive(context: LocalContext): Promise<LiveServer> {
  const live = await context.live();
  if (live !== undefined) return live;
  throw new ActionError(`Could not change ${context.spec.name}: the local server was removed after it was planned`, {
    code: 'plan-changed',
    source: 'provider',
    hint: 'Run the step again: it makes a new plan.'
  });
}

/**
 * A creation writes the settings last: files without settings are leftovers of a killed run. They are removed, and the
 * server is created again: its mark is in the settings, and no output named it yet.
 */
export function isUnfinished({ layout }: Pick<LocalContext, 'layout'>): boolean {
  return !existsSync(path.join(layout.dataDirectory, SETTINGS_FILE));
}

interface SettingsRow {
  readonly name: string;
  readonly setting: string;
  readonly queued: string | null;
}

/** Parameters of a running server by name, with the values in force and those that wait for a restart. */
export async function readParameters(
  session: SqlSession,
  names: readonly string[]
): Promise<Readonly<Record<string, LiveParameter>>> {
  const rows = await session.query<SettingsRow>(
    // The server writes some with capitals: TimeZone, DateStyle.
    `select lower(name) as name, setting,
            (select f.setting from pg_file_settings f
              where pending_restart and lower(f.name) = lower(s.name) order by f.seqno desc limit 1) as queued
       from pg_settings s where lower(name) = any($1)`,
    [names],
    'read the settings'
  );
  return Object.fromEntries(
    rows.map(({ name, setting, queued }) => [name, { setting, ...(queued === null ? {} : { queued }) }])
  );
}

async function readRunning(context: LocalContext, credentials: ServerCredentials): Promise<LiveServer> {
  return asSuperuser(context, credentials, SUPERUSER, async session => {
    const [row] = await session.query<SettingsOfServer>(
      `select current_setting('pgkeep.mark', true) as mark, current_setting('fsync')::bool as is_durable,
              current_setting('ssl')::bool as has_tls, pg_encoding_to_char(encoding) as encoding,
              datcollate as locale, to_jsonb(d) as columns
         from pg_database d where datname = 'template1'`,
      undefined,
      'read the settings'
    );
    const mark: LocalMark | undefined = parseMark(row?.mark);
    const names = new Set([...(mark?.parameters ?? []), ...askedParameters(context)]);
    return {
      state: 'running',
      credentials,
      mark,
      isDurable: row?.is_durable === true,
      hasTls: row?.has_tls === true,
      ...(row === undefined ? {} : { locale: localeOf(row) }),
      parameters: names.size === 0 ? {} : await readParameters(session, [...names]),
      shared: await readShared(session, context, credentials)
    };
  });
}

interface SettingsOfServer {
  readonly mark: string | null;
  readonly is_durable: boolean;
  readonly has_tls: boolean;
  readonly encoding: string;
  readonly locale: string;
  /** Those of pg_database that the major has. */
  readonly columns: {
    readonly datlocprovider?: string;
    readonly datlocale?: string;
    readonly daticulocale?: string;
  };
}

function localeOf({ encoding, locale, columns }: SettingsOfServer): ClusterLocale {
  const icuLocale = columns.datlocprovider === 'i' ? (columns.datlocale ?? columns.daticulocale) : undefined;
  return defined({ encoding, locale, icuLocale });
}

function askedParameters(context: LocalContext): readonly string[] {
  return Object.keys(context.settings.parameters ?? {}).map(name => name.toLowerCase());
}

/** `postgres -C` reads one setting of a data directory without starting anything. */
async function readStopped(context: LocalContext, credentials: ServerCredentials): Promise<LiveServer> {
  const { dataDirectory } = context.layout;
  const program = path.join(credentials.binDir, context.machine.platform === 'win32' ? 'postgres.exe' : 'postgres');
  const owner = await directoryOwner(dataDirectory, context.machine);
  const read = async (name: string): Promise<string> => {
    const { stdout } = await promisify(execFile)(program, ['-C', name, '-D', dataDirectory], {
      env: programEnvironment(context.machine),
      ...owner
    });
    return stdout.trim();
  };
  try {
    const mark: LocalMark | undefined = parseMark(await read('pgkeep.mark'));
    const names = new Set([...(mark?.parameters ?? []), ...askedParameters(context)]);
    const parameters = await Promise.all([...names].map(async name => [name, { setting: await read(name) }] as const));
    const [fsync, ssl] = await Promise.all([read('fsync'), read('ssl')]);
    return {
      state: 'stopped',
      credentials,
      mark,
      isDurable: fsync === 'on',
      hasTls: ssl === 'on',
      parameters: Object.fromEntries(parameters)
    };
  } catch (thrown) {
    throw await damagedServer(context, `its configuration can't be read (${complaintIn(thrown)})`, thrown);
  }
}

/** What a program of PostgreSQL says when it fails: its first line, without time and severity. */
function complaintIn(thrown: unknown): string {
  const { stderr = '' } = thrown as { readonly stderr?: string };
  const [, said, plain] = /(?:FATAL|ERROR|LOG): +(.*)|^postgres: (.*)/m.exec(stderr) ?? [];
  return said ?? plain ?? String(thrown);
}

/** Facts of a server, for outputs and references. */
export function serverFacts(live: Pick<LiveServer, 'credentials'>): Facts {
  const { addresses, port, version } = live.credentials;
  return { host: addresses[0] ?? '127.0.0.1', port, version };
}
