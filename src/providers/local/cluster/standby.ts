import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Execution } from '../../../engine/execution.ts';
import { asActionError, ProviderError } from '../../../errors.ts';
import { withSqlSession, type ConnectionTarget, type SqlSession } from '../../../postgres/connection.ts';
import type { Machine } from '../installation/machine.ts';
import { writeFileAtomically } from './atomic-file.ts';
import { copyRunningServer } from './base-backup.ts';
import { inspectServer, type RunningServer } from './inspect.ts';
import { makeServerDirectory, type ServerLayout } from './layout.ts';
import { directoryOwner } from './owner.ts';
import { removeTree } from './remove-tree.ts';
import { writeSettings, type ServerSettings } from './settings.ts';
import { startServer } from './start.ts';
import { lastWords } from './start-failure.ts';
import { stopServer } from './stop.ts';

export interface StandbyRequest {
  readonly machine: Machine;
  readonly binDir: string;
  readonly primary: {
    readonly dataDirectory: string;
    /** As a superuser, over loopback. The standby logs in with the same name and password. */
    readonly connection: ConnectionTarget;
  };
  readonly layout: ServerLayout;
  /**
   * Of the standby: its own port, and the primary's parameters: PostgreSQL refuses a standby with a smaller
   * max_connections and the like.
   */
  readonly settings: Omit<ServerSettings, 'standby'>;
  /**
   * Name of the replication slot, and of the standby in `pg_stat_replication`: lower-case letters, digits, underscores.
   */
  readonly slotName: string;
  /** How long it may take from its start until it streams. Default 60. */
  readonly timeoutSeconds?: number;
}

const DEFAULT_TIMEOUT_SECONDS = 60;
const POLL_SECONDS = 0.01;
const REPLAY_SECONDS = 20;
const REPLAY_POLL_SECONDS = 0.02;
const CLEANUP_MILLISECONDS = 3000;

/**
 * Creates a streaming standby of a running local server and waits until it streams and answers queries: it then holds
 * everything that was committed before the call. A slot at the primary keeps the log that it has not yet received.
 * Replaces leftovers of an earlier attempt, and leaves nothing behind when it fails itself. Throws `already-exists`
 * (kind) when it is already running, the failures of backup and start, and `server-failed` when it does not begin to
 * stream in time.
 */
export async function createStandby(execution: Execution, request: StandbyRequest): Promise<RunningServer> {
  const { layout, machine, primary, slotName } = request;
  const owner = await directoryOwner(primary.dataDirectory, machine);
  if ((await inspectServer(layout.dataDirectory, machine)).state === 'running') {
    throw new ProviderError(`Could not create replica ${slotName}: it is already running`, { kind: 'already-exists' });
  }
  try {
    await removeTree(layout.directory);
    await makeServerDirectory(layout, owner);
    await withSqlSession(primary.connection, execution.signal, async session => {
      await dropSlot(session, slotName);
      await session.query(
        'select pg_create_physical_replication_slot($1, true)',
        [slotName],
        `make the replication slot ${slotName}`
      );
      await copyRunningServer(session, {
        dataDirectory: primary.dataDirectory,
        into: layout.dataDirectory,
        owner,
        purpose: 'standby',
        signal: execution.signal
      });
    });
    await writeStandbySettings(request);
    await writeFileAtomically(join(layout.dataDirectory, 'standby.signal'), '', { owner });
    const running = await startServer(execution, { ...request, ...layout });
    await withSqlSession(primary.connection, execution.signal, session => awaitStreaming(execution, session, request));
    return running;
  } catch (thrown) {
    await discard(execution, request);
    throw thrown;
  }
}

/**
 * Rewrites a standby's settings: its primary has another port or password, or its own parameters have changed. They
 * take effect with a reload or restart.
 */
export async function writeStandbySettings(
  request: Pick<StandbyRequest, 'layout' | 'machine' | 'primary' | 'settings' | 'slotName'>
): Promise<void> {
  const { layout, machine, primary, settings, slotName } = request;
  const owner = await directoryOwner(layout.dataDirectory, machine);
  await writeFileAtomically(layout.passFile, passLine(primary.connection), { owner });
  const standby = { slotName, primaryConninfo: primaryConninfo(primary.connection, layout.passFile, slotName) };
  await writeSettings(layout.dataDirectory, { ...settings, standby }, owner);
}

/**
 * Stops a standby, removes its directory, and drops its slot at the primary, which would otherwise keep its log for
 * ever. Each may be gone already. Without `primary` (it is removed too) the slot is left alone.
 */
export async function removeStandby(
  execution: Execution,
  request: Pick<StandbyRequest, 'machine' | 'binDir' | 'layout' | 'slotName'> & {
    readonly primary?: ConnectionTarget;
  }
): Promise<void> {
  const { layout, primary, slotName } = request;
  await stopServer(execution, { ...request, ...layout, mode: 'immediate' });
  await removeTree(layout.directory);
  if (primary === undefined) return;
  await withSqlSession(primary, execution.signal, session => dropSlot(session, slotName));
}

/** The slot is active until the primary has noticed that its standby is gone. */
async function dropSlot(session: SqlSession, slotName: string): Promise<void> {
  await session.query(
    'select pg_terminate_backend(active_pid, 5000) from pg_replication_slots where slot_name = $1 and active',
    [slotName],
    `free the replication slot ${slotName}`
  );
  await session.query(
    'select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1',
    [slotName],
    `drop the replication slot ${slotName}`
  );
}

/** Waits until the primary, whose session this is, sends the standby its log. */
export async function awaitStreaming(
  execution: Execution,
  session: SqlSession,
  request: Pick<StandbyRequest, 'slotName' | 'timeoutSeconds' | 'layout'>
): Promise<void> {
  const timeoutSeconds = request.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
  const deadline = execution.clock.now().getTime() + timeoutSeconds * 1000;
  for (;;) {
    const [row] = await session.query<{ state: string }>(
      'select state from pg_stat_replication where application_name = $1',
      [request.slotName],
      'look at the replication'
    );
    if (row?.state === 'streaming') return;
    if (execution.clock.now().getTime() > deadline) {
      // The files of the replica are removed, its log among them.
      const words = lastWords(await readFile(request.layout.logFile, 'utf8').catch(() => ''));
      throw new ProviderError(
        `Could not start replica ${request.slotName}: it does not stream after ${timeoutSeconds} s; its log: ${words}`,
        {
          kind: 'failed',
          code: 'server-failed',
          hint: 'Correct what the log names, and run the step again: it makes the replica from the beginning.'
        }
      );
    }
    await execution.clock.sleep(POLL_SECONDS, execution.signal);
  }
}

/**
 * Waits until a standby has replayed its primary's log, the primary's new limits included: a standby that restarts with
 * lower limits before that refuses to start. A standby whose limits are too low pauses there, which is far enough. One
 * that does not stream in time is restarted as well. The session is the primary's.
 */
export async function awaitReplay(
  { clock, signal }: Execution,
  session: SqlSession,
  slotName: string,
  isPaused: () => Promise<boolean>
): Promise<void> {
  const deadline = clock.now().getTime() + REPLAY_SECONDS * 1000;
  const [written] = await session.query<{ at: string }>(
    'select pg_current_wal_lsn()::text as at',
    [],
    'read the log position'
  );
  while (clock.now().getTime() < deadline) {
    const [standby] = await session.query<{ is_there: boolean }>(
      'select replay_lsn >= $2::pg_lsn as is_there from pg_stat_replication where application_name = $1',
      [slotName, written?.at],
      'read the replication state'
    );
    if (standby?.is_there === true || (await isPaused())) return;
    await clock.sleep(REPLAY_POLL_SECONDS, signal);
  }
}

/** Leftovers of a failed attempt must be removed even when the run is being cancelled. */
async function discard(execution: Execution, request: StandbyRequest): Promise<void> {
  const last: Execution = { ...execution, signal: AbortSignal.timeout(CLEANUP_MILLISECONDS) };
  try {
    await removeStandby(last, { ...request, primary: request.primary.connection });
  } catch (thrown) {
    execution.log.warning(`Could not clean up replica ${request.slotName}: ${asActionError(thrown).message}`);
  }
}

/** https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING */
function primaryConninfo({ host, port, user }: ConnectionTarget, passFile: string, name: string): string {
  const fields = { host, port: String(port), user, passfile: passFile, application_name: name, sslmode: 'prefer' };
  return Object.entries(fields)
    .map(([key, value]) => `${key}='${value.replaceAll(/['\\]/g, '\\$&')}'`)
    .join(' ');
}

/** https://www.postgresql.org/docs/current/libpq-pgpass.html */
function passLine({ host, port, user, password }: ConnectionTarget): string {
  const [safeHost, safeUser, safePassword] = [host, user, password].map(text => text.replaceAll(/[:\\]/g, '\\$&'));
  return `${safeHost}:${port}:*:${safeUser}:${safePassword}\n`;
}
