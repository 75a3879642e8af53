import { defined } from '../engine/defined.ts';
import { once } from 'node:events';
import { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { QueryResult, Client, Connection, Submittable } from 'pg';
import { postgresFailure } from './failures.ts';
import { loginGuard } from './login-guard.ts';
import type { Tls } from './tls.ts';

/** Where and as whom to connect. */
export interface ConnectionTarget {
  /** A name, or an address: `127.0.0.1`, `::1`. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly tls: Tls;
  /** Default 10. */
  readonly connectTimeoutSeconds?: number;
  /** As seen in `pg_stat_activity`. Default `pgkeep`. */
  readonly applicationName?: string;
  /** Settings from the first moment of the session on, whatever its database and its user have set. */
  readonly settings?: Readonly<Record<string, string>>;
  /**
   * Begins a connection that is encrypted from its first byte, with its own checks, which `tls` then only describes.
   * Its `connect` does nothing more. Default: a plain one to `host` and `port`.
   */
  readonly dial?: () => Socket;
}

/** The result of a text of several statements. */
export interface BatchOutcome {
  /** Statements that completed, in order. */
  readonly completed: number;
  /** The error that ended it, as node-postgres threw it; `undefined` when all of it ran. */
  readonly error: unknown;
  /** Whether the text left a transaction open. Not known after an error. */
  readonly inTransaction: boolean;
}

/** What goes with a text of several statements. */
export interface BatchOptions {
  /** The data of the one `COPY … FROM STDIN` in it, in pieces, sent as fast as the server takes them. */
  readonly copy?: AsyncIterable<string>;
  /** Is told the server's messages that are no errors: `NOTICE`, `WARNING`, and what they say. */
  readonly onNotice?: (severity: string, message: string) => void;
}

/** An open connection. `withSqlSession` closes it, see `withSession`. */
export interface SqlSession {
  /** The database that it is in. */
  readonly database: string;
  /** `server_version` as the server announces it: `17.10`. */
  readonly serverVersion: string;
  /** Whether the connection is encrypted. */
  readonly encrypted: boolean;
  /**
   * Runs one statement. `values` are sent apart from the text ($1, $2, …). Throws a ProviderError whose `providerCode`
   * is the SQLSTATE; `doing` completes its "Could not …" (default `run SQL`).
   */
  query<Row extends object>(text: string, values?: readonly unknown[], doing?: string): Promise<readonly Row[]>;
  /**
   * Sends a text of any number of statements at once: the server splits it and runs it in one transaction, unless the
   * text has its own. Rows are dropped as they arrive. Returns an error of the server instead of throwing it: its
   * position counts in `text`.
   */
  batch(text: string, options?: BatchOptions): Promise<BatchOutcome>;
}

/** An open connection. The caller closes it. */
export interface OpenSession extends SqlSession {
  /** The server or the network has ended it: every further statement fails. */
  isLost(): boolean;
  /** Never throws. A second call does nothing. */
  close(): Promise<void>;
}

/** Facts about the server from a working connection. */
export interface Probe {
  readonly serverVersion: string;
  readonly encrypted: boolean;
}

const DEFAULT_CONNECT_TIMEOUT_SECONDS = 10;
const GOODBYE_MILLISECONDS = 1000;

/**
 * Connects, calls `use`, and closes the connection in any case. Throws a ProviderError when it cannot connect, the
 * error of `use`, or the signal's reason; an abort drops the connection at once.
 */
export async function withSqlSession<T>(
  target: ConnectionTarget,
  signal: AbortSignal,
  use: (session: SqlSession) => Promise<T>
): Promise<T> {
  const session = await openSqlSession(target, signal);
  try {
    return await use(session);
  } catch (thrown) {
    signal.throwIfAborted();
    throw thrown;
  } finally {
    await session.close();
  }
}

/**
 * Connects. Throws a ProviderError when it cannot, or the signal's reason; an abort drops the connection at once, also
 * later.
 */
export async function openSqlSession(target: ConnectionTarget, signal: AbortSignal): Promise<OpenSession> {
  const { Client } = await import('pg');
  signal.throwIfAborted();
  const socket = target.dial?.() ?? new Socket();
  const drop = (): void => {
    socket.destroy();
  };
  signal.addEventListener('abort', drop, { once: true });
  const release = (): void => {
    signal.removeEventListener('abort', drop);
    socket.destroy();
  };
  try {
    const client = newClient(Client, target, socket);
    const facts = { serverVersion: '' };
    client.connection.on('parameterStatus', (status: { parameterName: string; parameterValue: string }) => {
      if (status.parameterName === 'server_version') facts.serverVersion = status.parameterValue.replace(/ .*/, '');
    });
    const where = `${target.user}@${target.host}:${target.port}/${target.database}`;
    await client.connect().catch((thrown: unknown) => {
      throw postgresFailure(thrown, `connect to PostgreSQL as ${where}`);
    });
    let closing: Promise<void> | undefined;
    let isLost = false;
    client.on('end', () => {
      isLost = true;
    });
    return {
      isLost: () => isLost,
      ...sessionOf(client, target.database, facts.serverVersion),
      close: async () => (closing ??= close(client, socket).finally(release))
    };
  } catch (thrown) {
    release();
    signal.throwIfAborted();
    throw thrown;
  }
}

/** Checks that the server works: connects, logs in and runs `SELECT 1`. Throws a ProviderError otherwise. */
export async function probe(target: ConnectionTarget, signal: AbortSignal): Promise<Probe> {
  return withSqlSession(target, signal, async session => {
    await session.query('SELECT 1');
    return { serverVersion: session.serverVersion, encrypted: session.encrypted };
  });
}

/** Loads the modules of the first connection in advance. */
export async function loadClient(): Promise<void> {
  await import('pg');
}

function newClient(Class: typeof Client, target: ConnectionTarget, socket: Socket): Client {
  const guard = loginGuard(target.password, target.tls);
  const isDialled = target.dial !== undefined;
  const client = new Class({
    host: target.host,
    port: target.port,
    user: target.user,
    password: guard.password,
    database: target.database,
    ssl: isDialled ? false : tlsOptions(target.tls),
    sslnegotiation: 'postgres',
    // It binds the proof of the password to this very connection, so that a server in between can't pass it on. Where
    // another program ends the encryption, PostgreSQL sees a connection of that one.
    enableChannelBinding: target.tls !== 'off' && !isDialled,
    connectionTimeoutMillis: (target.connectTimeoutSeconds ?? DEFAULT_CONNECT_TIMEOUT_SECONDS) * 1000,
    application_name: target.applicationName ?? 'pgkeep',
    ...(target.settings === undefined ? {} : { options: optionsOf(target.settings) }),
    stream: () => socket
  });
  // A connection that is lost between two queries fails the next query; without a listener the error would end the
  // process.
  client.on('error', () => {});
  guard.watch(client);
  return client;
}

/**
 * As the server reads them: https://www.postgresql.org/docs/current/protocol-message-formats.html, `options` of
 * StartupMessage.
 */
function optionsOf(settings: Readonly<Record<string, string>>): string {
  const escaped = (text: string): string => text.replace(/[\\\s]/g, character => `\\${character}`);
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${escaped(value)}`)
    .join(' ');
}

function tlsOptions(tls: Tls): false | ConnectionOptions {
  if (tls === 'off') return false;
  const given = defined({
    // PostgreSQL up to 17 takes this one only, and Node guesses another first: a round trip more.
    ecdhCurve: 'P-256:X25519',
    ca: tls.ca,
    ...(tls.client === undefined ? {} : { cert: tls.client.certificate, key: tls.client.key })
  });
  switch (tls.verify) {
    case 'full':
      return { ...given, rejectUnauthorized: true };
    case 'ca':
      return { ...given, rejectUnauthorized: true, checkServerIdentity: () => undefined };
    case 'none':
      return { ...given, rejectUnauthorized: false };
  }
}

function sessionOf(client: Client, database: string, serverVersion: string): SqlSession {
  return {
    database,
    serverVersion,
    encrypted: 'encrypted' in client.connection.stream && client.connection.stream.encrypted === true,
    query: async <Row extends object>(text: string, values: readonly unknown[] = [], doing = 'run SQL') => {
      const result = await client.query<Row>(text, [...values]).catch((thrown: unknown) => {
        throw postgresFailure(thrown, doing);
      });
      // Of a text of several statements, those of the last one.
      const last: QueryResult<Row> | undefined = Array.isArray(result) ? result.at(-1) : result;
      return last?.rows ?? [];
    },
    batch: async (text, options = {}) => runBatch(client, text, options)
  };
}

async function runBatch(client: Client, text: string, { copy, onNotice }: BatchOptions): Promise<BatchOutcome> {
  const tell = ({
    severity = 'NOTICE',
    message = ''
  }: {
    readonly severity?: string | undefined;
    readonly message?: string | undefined;
  }): void => onNotice?.(severity, message);
  client.on('notice', tell);
  try {
    const ended = await new Promise<BatchEnd>(resolve => client.query(new Batch(text, copy, resolve)));
    return { ...ended, inTransaction: client.getTransactionStatus() !== 'I' };
  } finally {
    client.off('notice', tell);
  }
}

type BatchEnd = Pick<BatchOutcome, 'completed' | 'error'>;

/** As node-postgres has it, which its types do not tell. */
interface CopyingConnection extends Connection {
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(message: string): void;
}

/** The simple query protocol without keeping rows; node-postgres calls one method per message of the server. */
class Batch implements Submittable {
  readonly #text: string;
  readonly #copy: AsyncIterable<string> | undefined;
  readonly #done: (end: BatchEnd) => void;
  #completed = 0;
  #isOver = false;
  /** Why the data of COPY could not be read, which is more than the server says of it. */
  #unread: unknown;

  constructor(text: string, copy: AsyncIterable<string> | undefined, done: (end: BatchEnd) => void) {
    this.#text = text;
    this.#copy = copy;
    this.#done = done;
  }

  submit(connection: Connection): void {
    connection.query(this.#text);
  }

  handleCommandComplete(): void {
    this.#completed += 1;
  }

  handleError(error: unknown): void {
    this.#isOver = true;
    this.#done({ completed: this.#completed, error: this.#unread ?? error });
  }

  handleReadyForQuery(): void {
    this.#done({ completed: this.#completed, error: undefined });
  }

  handleCopyInResponse(connection: CopyingConnection): void {
    if (this.#copy === undefined) connection.sendCopyFail('COPY FROM stdin has no data here');
    else void this.#send(this.#copy, connection);
  }

  /** Waits for the socket between pieces, so that no more than one of them is in memory. */
  async #send(copy: AsyncIterable<string>, connection: CopyingConnection): Promise<void> {
    const { stream } = connection;
    try {
      for await (const piece of copy) {
        if (this.#isOver) return;
        connection.sendCopyFromChunk(Buffer.from(piece));
        if (stream.writableNeedDrain) {
          const waiting = new AbortController();
          const { signal } = waiting;
          await Promise.race([once(stream, 'drain', { signal }), once(stream, 'close', { signal })]);
          waiting.abort();
        }
      }
      connection.endCopyFrom();
    } catch (thrown) {
      this.#unread = thrown;
      connection.sendCopyFail('the data could not be read');
    }
  }

  handleRowDescription(): void {}
  handleDataRow(): void {}
  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}
  handleCopyData(): void {}
}

async function close(client: Client, socket: Socket): Promise<void> {
  const impatience = setTimeout(() => socket.destroy(), GOODBYE_MILLISECONDS);
  try {
    await client.end();
  } catch {
    // It is lost already.
  } finally {
    clearTimeout(impatience);
  }
}
