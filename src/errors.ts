import { defined } from './engine/defined.ts';
import type { Secrecy } from './secrecy/secrecy.ts';

/**
 * Every way a run can end badly, by its stable code. The code is the `failure_reason` output and the anchor of a
 * heading in docs/troubleshooting.md (a test holds the two lists together).
 */
export const ERROR_CODES = [
  'input-invalid',
  'config-invalid',
  'event-invalid',
  'provider-unavailable',
  'unsupported',
  'binaries-unavailable',
  'disk-failed',
  'port-in-use',
  'server-failed',
  'init-sql-failed',
  'archive-invalid',
  'checksum-mismatch',
  'not-found',
  'not-ours',
  'plan-blocked',
  'plan-changed',
  'approval-missing',
  'confirm-destroy',
  'credentials-missing',
  'permission-denied',
  'github-denied',
  'github-failed',
  'provider-failed',
  'provider-invalid',
  'in-progress',
  'cancelled',
  'not-reachable',
  'tls-failed',
  'drifted',
  'not-compared',
  'ephemeral-limit',
  'wrong-database',
  'restore-failed',
  'untrusted-checkout',
  'internal'
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** The hint where something is gone, or is another than a run has seen. */
export const SEE_THE_PLAN = 'Run the workflow again: its plan shows what is there.';

/** Who can fix it: the author of the workflow, the provider (or the machine), or us. */
export type ErrorSource = 'user' | 'provider' | 'bug';

export interface ErrorDetails {
  readonly code: ErrorCode;
  readonly source: ErrorSource;
  /** One sentence that a person can act on. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/**
 * The one error this action throws on purpose. `message` reads "Could not <do something>: <cause>"; `hint` says what to
 * do. It never holds a secret.
 */
export class ActionError extends Error {
  readonly code: ErrorCode;
  readonly source: ErrorSource;
  readonly hint: string | undefined;

  constructor(message: string, details: ErrorDetails) {
    super(shortened(message), details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'ActionError';
    this.code = details.code;
    this.source = details.source;
    this.hint = details.hint;
  }
}

/** Characters of one message. A server that is no API may answer with millions, which a message would repeat. */
const MOST_CHARACTERS = 20_000;

function shortened(message: string): string {
  return message.length <= MOST_CHARACTERS
    ? message
    : `${message.slice(0, MOST_CHARACTERS)}… (cut off: a message has at most ${MOST_CHARACTERS} characters)`;
}

/**
 * The meaning of a provider's failure for the engine, under any name of the provider. Classified by code; a status of
 * 500 or above without a known code is `transient`.
 */
export type FailureKind =
  | 'busy'
  | 'throttled'
  | 'transient'
  | 'not-found'
  | 'already-exists'
  | 'denied'
  | 'unauthenticated'
  | 'invalid'
  | 'quota'
  | 'capacity'
  | 'protected'
  | 'failed';

const codeOfKind: Readonly<Record<FailureKind, ErrorCode>> = {
  busy: 'provider-failed',
  throttled: 'provider-failed',
  transient: 'provider-failed',
  'not-found': 'not-found',
  'already-exists': 'provider-failed',
  denied: 'permission-denied',
  unauthenticated: 'credentials-missing',
  invalid: 'provider-invalid',
  quota: 'provider-failed',
  capacity: 'provider-failed',
  protected: 'plan-blocked',
  failed: 'provider-failed'
};

export interface ProviderErrorDetails {
  readonly kind: FailureKind;
  readonly hint?: string;
  readonly cause?: unknown;
  /** When the provider said how long to wait, in seconds. */
  readonly retryAfterSeconds?: number;
  /** The provider's own code, for the log (`DBInstanceNotFound`, `operationInProgress`, SQLSTATE…). */
  readonly providerCode?: string;
  /** The permission that the call needs, as the provider names it (`rds:DescribeDBInstances`). */
  readonly permission?: string;
  /** A code of ours more precise than the one the kind implies. */
  readonly code?: ErrorCode;
}

/** A failure of a provider's call, translated once, in the provider that made the call. */
export class ProviderError extends ActionError {
  readonly kind: FailureKind;
  readonly retryAfterSeconds: number | undefined;
  readonly providerCode: string | undefined;
  readonly permission: string | undefined;

  constructor(message: string, details: ProviderErrorDetails) {
    super(
      message,
      defined({
        code: details.code ?? codeOfKind[details.kind],
        source: 'provider',
        hint: details.hint,
        cause: details.cause
      })
    );
    this.name = 'ProviderError';
    this.kind = details.kind;
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.providerCode = details.providerCode;
    this.permission = details.permission;
  }
}

const DISK_CAUSES: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the disk is read-only',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EIO: 'the disk failed'
};

/** Why no directory can be made in a place. */
const PLACE_CAUSES: Readonly<Record<string, string>> = {
  ENOENT: 'the file system takes no directory there',
  ENOTDIR: 'a file is in the way',
  EEXIST: 'a file is in the way',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'the path is too long'
};

/** What the runner's disk refused, in words; `undefined` for another failure. */
function diskFailure(thrown: unknown): ActionError | undefined {
  const { code = '', syscall, path } = (thrown ?? {}) as NodeJS.ErrnoException;
  if (syscall === 'mkdir' && PLACE_CAUSES[code] !== undefined) {
    return new ActionError(`Could not make the directory ${path ?? 'of the runner'}: ${PLACE_CAUSES[code]}`, {
      code: 'disk-failed',
      source: 'user',
      cause: thrown,
      hint: 'Remove what is in the way, or set RUNNER_TEMP to a directory that this user may write to: a runner sets it by itself.'
    });
  }
  const because = DISK_CAUSES[code];
  if (because === undefined || syscall === undefined || !FILE_CALLS.test(syscall)) return undefined;
  return new ActionError(`Could not write ${path ?? 'a file of the runner'}: ${because}`, {
    code: 'disk-failed',
    source: 'user',
    cause: thrown,
    hint: 'Make room on the runner, or let this user write there; then run the step again.'
  });
}

/** Calls of the file system; a socket's `connect` may be refused with the same codes. */
const FILE_CALLS =
  /^(?:f?(?:write|open|truncate|sync|chmod|chown)|mkdir|mkdtemp|rename|copyfile|symlink|unlink|rmdir|rm|read|scandir)$/;

/**
 * The failure of a file that the runner gives a step to write to, by the variable that names it: the file is missing,
 * a directory, or closed.
 */
export function commandFileFailure(variable: string, file: string, thrown: unknown): ActionError {
  const { code, message } = thrown as NodeJS.ErrnoException;
  // The toolkit looks for the file itself.
  const because = FILE_CAUSES[code ?? (message.startsWith('Missing file') ? 'ENOENT' : '')];
  if (because === undefined) return asActionError(Object.assign(thrown as Error, { path: file }));
  return new ActionError(`Could not write ${file}, which ${variable} names: ${because}`, {
    code: 'disk-failed',
    source: 'user',
    cause: thrown,
    hint: `Let no step set ${variable}, which the runner gives to each step; in a container, mount the directory of the file at the same place.`
  });
}

const FILE_CAUSES: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a file is in the way',
  EACCES: 'permission denied',
  EPERM: 'permission denied'
};

/** Any thrown value as an ActionError; one that we did not throw on purpose is a bug of ours. */
export function asActionError(thrown: unknown): ActionError {
  if (thrown instanceof ActionError) return thrown;
  const ofDisk = diskFailure(thrown);
  if (ofDisk !== undefined) return ofDisk;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new ActionError(`Unexpected failure: ${message}`, {
    code: 'internal',
    source: 'bug',
    cause: thrown,
    hint: 'This is a defect of the action: please open an issue with the debug log.'
  });
}

/**
 * Removes secrets from an error, once, when a call throws it: from its message and its hint. If a secret may remain,
 * foreign text is replaced by the code. Returns the same error object.
 */
export function withoutSecrets<T>(thrown: T, secrecy: Secrecy): T {
  if (!(thrown instanceof ActionError)) return thrown;
  const isForeign = thrown.source !== 'user' || thrown.code === 'init-sql-failed';
  const { message, hint } = thrown;
  const cleaned = isForeign ? (secrecy.cleanForeign(message) ?? unsaid(thrown, secrecy)) : secrecy.clean(message);
  return Object.assign(
    thrown,
    defined({ message: cleaned, hint: hint === undefined ? undefined : secrecy.clean(hint) })
  );
}

function unsaid(error: ActionError, secrecy: Secrecy): string {
  const [ours = ''] = error.message.split(': ', 1);
  const code = error instanceof ProviderError ? (error.providerCode ?? error.kind) : error.code;
  return `${secrecy.clean(ours)}: ${secrecy.clean(code)} (the rest is left out: it may hold a secret)`;
}
