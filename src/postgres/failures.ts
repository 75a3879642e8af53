import { defined } from '../engine/defined.ts';
import { certificateHint, isCertificateCode } from '../engine/certificate-failure.ts';
import { ActionError, ProviderError, type FailureKind, type ProviderErrorDetails } from '../errors.ts';

/** PostgreSQL's report of a failed statement (an ErrorResponse), as node-postgres returns it. */
export interface PostgresMessage {
  /** SQLSTATE, five characters: https://www.postgresql.org/docs/current/errcodes-appendix.html */
  readonly code: string;
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
  /** Where in the statement, in characters from 1. */
  readonly position?: string;
  /** The context of an error inside a function, or in the data of COPY. */
  readonly where?: string;
  readonly table?: string;
}

const SQLSTATE = /^[0-9A-Z]{5}$/;

/** Exact SQLSTATEs first, then their classes (the first two characters). Any other is `failed`. */
const KIND_OF_STATE: Readonly<Record<string, FailureKind>> = {
  '28000': 'unauthenticated',
  '28P01': 'unauthenticated',
  '3D000': 'not-found',
  '42704': 'not-found',
  '42P01': 'not-found',
  '42501': 'denied',
  '42P04': 'already-exists',
  '42P06': 'already-exists',
  '42P07': 'already-exists',
  '42710': 'already-exists',
  '53300': 'busy',
  '55006': 'busy',
  '55P03': 'busy',
  '57P03': 'busy',
  '57P01': 'transient',
  '57P02': 'transient',
  '40001': 'transient',
  '40P01': 'transient'
};
const KIND_OF_CLASS: Readonly<Record<string, FailureKind>> = {
  '08': 'transient',
  '53': 'capacity',
  '0A': 'invalid',
  '22': 'invalid',
  '23': 'invalid',
  '25': 'invalid',
  '42': 'invalid'
};

const HINT_OF_STATE: Readonly<Record<string, string>> = {
  '28000':
    'Check the user name, and that pg_hba.conf (or the firewall) admits this user from here, with or without TLS.',
  '28P01': 'Check the user name and the password.',
  '3D000': 'Create the database first, or check its name: names are case-sensitive.',
  '42501': 'Grant the named privilege to this user.',
  '53100': 'Free some disk space.',
  '53300':
    'Close idle connections, or raise what is used up: `max_connections`, or the limit of the database or the role that the message names.',
  '57P03': 'The server is starting up or shutting down: try again in a moment.'
};

const REFUSED = 'Check host and port, and that the server runs and is reachable from this runner.';

/** The message that PostgreSQL sent, when `thrown` is one. */
export function postgresMessage(thrown: unknown): PostgresMessage | undefined {
  const { code, severity } = fieldsOf(thrown);
  return severity !== undefined && SQLSTATE.test(code ?? '') ? (thrown as PostgresMessage) : undefined;
}

/** Whose message or details quote rows: data exceptions, and constraints that a row breaks. */
const QUOTES_ROWS = /^2[23]/;
/** Their messages name columns and options, and no value: COPY's bad file format. */
const QUOTES_NOTHING = '22P04';
/** What a service appends to the message itself. */
const APPENDED = /\s*\b(?:DETAIL|CONTEXT|QUERY|STATEMENT):[^]*$/;

/**
 * A failure in words, with the names of what it is about and without values of rows, which its details, its context and
 * some messages quote: who reads the log or a comment may not be allowed to see the data.
 */
export function describeFailure({ code, message, detail = '', where = '', table = '' }: PostgresMessage): string {
  const plain = message.replace(APPENDED, '');
  const isQuoting = code.startsWith('22') && code !== QUOTES_NOTHING;
  const said = isQuoting ? plain.replace(/".*"/s, '"…"') : plain;
  const [, key] = /^Key \(([^]*?)\)=\(/.exec(detail) ?? [];
  const isUnnamed = QUOTES_ROWS.test(code) && table !== '' && !said.includes(`"${table}"`);
  return [
    said,
    isUnnamed ? `table ${table}` : undefined,
    key === undefined ? undefined : `key (${key})`,
    /^COPY .+?, line \d+(?:, column [^:\n]+)?/.exec(where)?.[0],
    /^PL\/pgSQL function [^\n]+ line \d+(?: at [^\n]+)?$/m.exec(where)?.[0]
  ]
    .filter(part => part !== undefined)
    .join('; ');
}

/**
 * Any error of node-postgres or the socket, as an error of ours. `doing` completes "Could not …": `connect to
 * 127.0.0.1:5432`. Errors of ours pass unchanged. Never holds a password: neither PostgreSQL nor the client repeats
 * one.
 */
export function postgresFailure(thrown: unknown, doing: string): ActionError {
  if (thrown instanceof ActionError) return thrown;
  const said = postgresMessage(thrown);
  if (said !== undefined) {
    const hint = HINT_OF_STATE[said.code] ?? said.hint;
    const isHidden = said.detail === undefined || QUOTES_ROWS.test(said.code);
    return failure(
      doing,
      isHidden ? describeFailure(said) : `${said.message} (${said.detail})`,
      defined({
        kind: isCollision(said)
          ? 'busy'
          : (KIND_OF_STATE[said.code] ?? KIND_OF_CLASS[said.code.slice(0, 2)] ?? 'failed'),
        providerCode: said.code,
        cause: thrown,
        hint
      })
    );
  }
  const { code, message = String(thrown) } = fieldsOf(thrown);
  // node-postgres, of any query after the one that met the end of the connection.
  const because = message.startsWith('Client has encountered a connection error') ? 'the connection was lost' : message;
  return failure(doing, because, { ...connectionFailure(code, message), cause: thrown });
}

/**
 * Two sessions changed the same row of a catalog at once, such as the rights of one database. The loser gets an
 * internal error (XX000) without a code of its own, and everything that it did is undone.
 */
function isCollision({ code, message }: PostgresMessage): boolean {
  return code === 'XX000' && /^tuple (concurrently|already) /.test(message);
}

function failure(doing: string, because: string, details: ProviderErrorDetails): ProviderError {
  return new ProviderError(`Could not ${doing}: ${because}`, details);
}

/**
 * Read as plain fields: an error of the socket is not an instance of our `Error` where code runs in a context of its
 * own.
 */
function fieldsOf(thrown: unknown): Partial<Record<'code' | 'message' | 'severity', string>> {
  return typeof thrown === 'object' && thrown !== null ? thrown : {};
}

function connectionFailure(code: string | undefined, message: string): ProviderErrorDetails {
  const named = code === undefined ? {} : { providerCode: code };
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return { ...named, kind: 'failed', code: 'tls-failed', hint: 'Connect by a name that the certificate holds.' };
  }
  if (isCertificateCode(code)) {
    return {
      ...named,
      kind: 'failed',
      code: 'tls-failed',
      hint: certificateHint(code, "Give the certificate authority of the server's certificate.")
    };
  }
  if (message.includes('does not support SSL')) {
    return {
      ...named,
      kind: 'failed',
      code: 'tls-failed',
      hint: 'Switch TLS on at the server, or off for this connection.'
    };
  }
  if (message.startsWith('SASL channel binding')) {
    return {
      ...named,
      kind: 'failed',
      code: 'tls-failed',
      hint: 'Check what is between the runner and the server: this connection does not end at a server that knows the password.'
    };
  }
  if (message.startsWith('SASL')) {
    return { ...named, kind: 'unauthenticated', hint: 'Check the password, and that this is the server you mean.' };
  }
  return { ...named, kind: 'transient', code: 'not-reachable', hint: REFUSED };
}
