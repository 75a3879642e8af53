import type { FailureKind } from '../../../errors.ts';

/**
 * Google's reasons, statuses and codes of failed connections by kind. Cloud SQL writes a code as `operationInProgress`
 * in an answer and as `OPERATION_IN_PROGRESS` in its list of errors: both are one key here.
 * https://cloud.google.com/sql/docs/postgres/admin-api-error-messages
 */
export const KINDS: Readonly<Record<string, FailureKind>> = {
  OPERATION_IN_PROGRESS: 'busy',
  INVALID_STATE: 'busy',
  // The settings were changed since they were read.
  STALE_DATA: 'busy',
  CONDITION_NOT_MET: 'busy',
  ABORTED: 'busy',
  RATE_LIMIT_EXCEEDED: 'throttled',
  USER_RATE_LIMIT_EXCEEDED: 'throttled',
  BACKEND_ERROR: 'transient',
  INTERNAL_ERROR: 'transient',
  SERVER_EXCEPTION: 'transient',
  RETRY_TRANSIENT_ERROR: 'transient',
  UNAVAILABLE: 'transient',
  DEADLINE_EXCEEDED: 'transient',
  INTERNAL: 'transient',
  UNKNOWN: 'transient',
  ECONNREFUSED: 'transient',
  ECONNRESET: 'transient',
  ETIMEDOUT: 'transient',
  EPIPE: 'transient',
  ENOTFOUND: 'transient',
  EAI_AGAIN: 'transient',
  INSTANCE_DOES_NOT_EXIST: 'not-found',
  OPERATION_DOES_NOT_EXIST: 'not-found',
  BACKUP_RUN_DOES_NOT_EXIST: 'not-found',
  NOT_FOUND: 'not-found',
  INSTANCE_ALREADY_EXISTS: 'already-exists',
  ERROR_INSTANCE_NAME_CONFLICT: 'already-exists',
  ALREADY_EXISTS: 'already-exists',
  NOT_AUTHORIZED: 'denied',
  FORBIDDEN: 'denied',
  ACCESS_NOT_CONFIGURED: 'denied',
  SERVICE_DISABLED: 'denied',
  PERMISSION_DENIED: 'denied',
  INVALID_BILLING_ACCOUNT_STATE: 'denied',
  BILLING_DISABLED: 'denied',
  AUTH_ERROR: 'unauthenticated',
  UNAUTHENTICATED: 'unauthenticated',
  QUOTA_EXCEEDED: 'quota',
  RESOURCE_EXHAUSTED: 'quota',
  ERROR_GCE_QUOTA_EXCEEDED: 'quota',
  ERROR_MAX_INSTANCE_PER_LABEL: 'quota',
  ZONE_RESOURCE_POOL_EXHAUSTED: 'capacity',
  ERROR_GCE_STOCKOUT: 'capacity',
  STOCKOUT: 'capacity',
  ERROR_PROTECTED_INSTANCE_DELETION_FAILURE: 'protected',
  INVALID: 'invalid',
  INVALID_REQUEST: 'invalid',
  INVALID_OPERATION: 'invalid',
  INVALID_VALUE: 'invalid',
  INVALID_INSTANCE_PROPERTY: 'invalid',
  ERROR_INVALID_FLAG_NAME: 'invalid',
  ERROR_INVALID_FLAG_VALUE: 'invalid',
  BAD_REQUEST: 'invalid',
  REQUIRED: 'invalid',
  INVALID_ARGUMENT: 'invalid',
  FAILED_PRECONDITION: 'invalid',
  UNSUPPORTED_OPERATION: 'invalid'
};

/** The kind of a failure by its code; `undefined` for an unknown code. */
export function kindOfCode(code: string): FailureKind | undefined {
  return KINDS[code.replaceAll(/([a-z\d])([A-Z])/g, '$1_$2').toUpperCase()];
}

/**
 * Kinds that a server error may have; every other answer with status 500 or more is `transient`, whatever its body
 * says.
 */
const SERVER_KINDS: readonly FailureKind[] = ['throttled', 'quota', 'capacity'];

/** The kind by the codes of an answer, from the most precise, and its HTTP status. Default: `failed`. */
export function kindOf(codes: readonly string[], status = 0): FailureKind {
  const kind = codes.map(kindOfCode).find(one => one !== undefined);
  if (status === 501) return 'invalid';
  if (status >= 500) return kind !== undefined && SERVER_KINDS.includes(kind) ? kind : 'transient';
  if (status === 408) return 'transient';
  return kind ?? (status === 429 ? 'throttled' : 'failed');
}
