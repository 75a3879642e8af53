import { defined } from '../../../engine/defined.ts';
import { ProviderError, type FailureKind } from '../../../errors.ts';

/** Which call failed, for the message and for the name of the missing permission. */
export interface FailedCall {
  readonly service: string;
  readonly operation: string;
  readonly region: string;
}

/**
 * What AWS's codes mean. Codes are compared without their `Fault`, `Exception` or `Error` ending: the wire and the SDK's classes spell
 * them differently (`DBInstanceNotFound` / `DBInstanceNotFoundFault`). A status only counts
 * for an unknown code, from 500 on: a taken reservation answers 404.
 */
const KINDS: Readonly<Record<string, FailureKind>> = {
  InvalidDBInstanceState: 'busy',
  InvalidDBProxyState: 'busy',
  InvalidDBParameterGroupState: 'busy',
  InvalidDBSubnetGroupState: 'busy',
  InvalidDBSnapshotState: 'busy',
  InvalidDBInstanceAutomatedBackupState: 'busy',
  DependencyViolation: 'busy',
  DeleteConflict: 'busy',
  ConcurrentModification: 'busy',
  ResourceInUse: 'busy',
  OperationAborted: 'busy',
  Throttling: 'throttled',
  ThrottledException: 'throttled',
  Throttled: 'throttled',
  TooManyRequests: 'throttled',
  RequestLimitExceeded: 'throttled',
  RequestThrottled: 'throttled',
  ProvisionedThroughputExceeded: 'throttled',
  SlowDown: 'throttled',
  PriorRequestNotComplete: 'throttled',
  InternalFailure: 'transient',
  InternalServer: 'transient',
  InternalService: 'transient',
  Internal: 'transient',
  ServiceUnavailable: 'transient',
  ServiceFailure: 'transient',
  Unavailable: 'transient',
  RequestTimeout: 'transient',
  Timeout: 'transient',
  Networking: 'transient',
  ECONNREFUSED: 'transient',
  ECONNRESET: 'transient',
  ETIMEDOUT: 'transient',
  EPIPE: 'transient',
  ENOTFOUND: 'transient',
  EAI_AGAIN: 'transient',
  DBInstanceNotFound: 'not-found',
  DBSnapshotNotFound: 'not-found',
  DBParameterGroupNotFound: 'not-found',
  DBSubnetGroupNotFound: 'not-found',
  OptionGroupNotFound: 'not-found',
  DBProxyNotFound: 'not-found',
  DBProxyTargetGroupNotFound: 'not-found',
  DBProxyTargetNotFound: 'not-found',
  DBInstanceAutomatedBackupNotFound: 'not-found',
  ReservedDBInstanceNotFound: 'not-found',
  ReservedDBInstancesOfferingNotFound: 'not-found',
  NoSuchEntity: 'not-found',
  ResourceNotFound: 'not-found',
  NotFound: 'not-found',
  'InvalidGroup.NotFound': 'not-found',
  'InvalidSecurityGroupRuleId.NotFound': 'not-found',
  'InvalidPermission.NotFound': 'not-found',
  'InvalidSubnetID.NotFound': 'not-found',
  'InvalidVpcID.NotFound': 'not-found',
  DBInstanceAlreadyExists: 'already-exists',
  DBSnapshotAlreadyExists: 'already-exists',
  DBParameterGroupAlreadyExists: 'already-exists',
  DBSubnetGroupAlreadyExists: 'already-exists',
  DBProxyAlreadyExists: 'already-exists',
  DBProxyTargetAlreadyRegistered: 'already-exists',
  ReservedDBInstanceAlreadyExists: 'already-exists',
  EntityAlreadyExists: 'already-exists',
  ResourceExists: 'already-exists',
  ResourceAlreadyExists: 'already-exists',
  'InvalidGroup.Duplicate': 'already-exists',
  'InvalidPermission.Duplicate': 'already-exists',
  AccessDenied: 'denied',
  AuthorizationError: 'denied',
  UnauthorizedOperation: 'denied',
  Unauthorized: 'denied',
  NotAuthorized: 'denied',
  ExpiredToken: 'unauthenticated',
  RequestExpired: 'unauthenticated',
  InvalidClientTokenId: 'unauthenticated',
  UnrecognizedClient: 'unauthenticated',
  InvalidAccessKeyId: 'unauthenticated',
  SignatureDoesNotMatch: 'unauthenticated',
  AuthFailure: 'unauthenticated',
  MissingAuthenticationToken: 'unauthenticated',
  CredentialsProvider: 'unauthenticated',
  OptInRequired: 'unauthenticated',
  InsufficientDBInstanceCapacity: 'capacity',
  ProvisionedIopsNotAvailableInAZ: 'capacity',
  InstanceQuotaExceeded: 'quota',
  StorageQuotaExceeded: 'quota',
  SnapshotQuotaExceeded: 'quota',
  DBParameterGroupQuotaExceeded: 'quota',
  DBSubnetGroupQuotaExceeded: 'quota',
  DBSubnetQuotaExceeded: 'quota',
  DBProxyQuotaExceeded: 'quota',
  ReservedDBInstanceQuotaExceeded: 'quota',
  SecurityGroupLimitExceeded: 'quota',
  RulesPerSecurityGroupLimitExceeded: 'quota',
  LimitExceeded: 'quota'
};

const HINTS: Readonly<Partial<Record<FailureKind, string>>> = {
  busy: 'Something else is changing it at the moment: run the workflow again when it is done.',
  throttled: 'AWS limits how often its API may be called: run the workflow again in a few minutes.',
  transient: 'AWS did not answer as it should: run the workflow again; it goes on from where this one stopped.',
  unauthenticated:
    'Run `aws-actions/configure-aws-credentials` (with `id-token: write`) in an earlier step of this job, or set the usual AWS_* variables.',
  capacity:
    'AWS has no room for this class in this zone now: choose another `instance_class`, or let AWS choose the zone.',
  quota:
    'A quota of the AWS account is used up: ask for a higher one in Service Quotas, or remove what is no longer needed.'
};

const COOL_DOWN =
  'RDS takes the next change of storage when `storage-optimization` is over, six hours after the last one at least: run the workflow again then.';

/** Any failure of a call as a `ProviderError`, classified on its code. The message keeps AWS's own words. */
export function translate(thrown: unknown, call: FailedCall): ProviderError {
  if (thrown instanceof ProviderError) return thrown;
  const code = codeOf(thrown);
  const words = thrown instanceof Error && thrown.message !== '' ? thrown.message : 'no reason given';
  const kind = kindOf(code, words, statusOf(thrown));
  const permission = `${call.service}:${call.operation}`;
  const hint =
    kind === 'denied'
      ? `Allow \`${permission}\` in the role's policy; docs/permissions/aws.md has policies to copy.`
      : kind === 'invalid' && /storage change|storage-optimization|storage .*optimiz/i.test(words)
        ? COOL_DOWN
        : HINTS[kind];
  return new ProviderError(
    `Call ${permission} in ${call.region}: ${words}`,
    defined({ permission, kind, providerCode: code, cause: thrown, hint })
  );
}

/** The code as AWS's documentation spells it, without the ending that only the SDK's classes have. */
export function plainCode(code: string): string {
  return code.replace(/(?<=.)(?:Fault|Exception|Error)$/, '');
}

function codeOf(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null) return 'Unknown';
  const { name, Code, code } = thrown as { name?: unknown; Code?: unknown; code?: unknown };
  // A failed connection is a plain Error or AggregateError whose code says what happened.
  if (typeof code === 'string' && (name === 'Error' || name === 'AggregateError')) return code;
  if (typeof name === 'string' && name !== 'Error') return name;
  return typeof Code === 'string' ? Code : typeof code === 'string' ? code : 'Unknown';
}

/** Of the answer; of a gateway's as well, which the SDK can't read. */
function statusOf(thrown: unknown): number | undefined {
  const { $metadata, $response } = (thrown ?? {}) as {
    $metadata?: { httpStatusCode?: number };
    $response?: { statusCode?: number };
  };
  return $response?.statusCode ?? $metadata?.httpStatusCode;
}

function kindOf(code: string, words: string, status: number | undefined): FailureKind {
  const known = KINDS[plainCode(code)] ?? KINDS[code];
  if (code.startsWith('InvalidParameterCombination') && /disable deletion protection/i.test(words)) return 'protected';
  if (known !== undefined) return known;
  // "IAM role ARN value is invalid or does not include…": a role or group made a moment ago is not known everywhere yet.
  if (isPropagation(words)) return 'busy';
  if (/^(?:Invalid|Validation|Missing|Malformed)/.test(code)) return 'invalid';
  // Whatever the body is: a gateway's page, nothing at all, a code that is newer than this list.
  if (status !== undefined && status >= 500) return 'transient';
  return /ECONNREFUSED|ECONNRESET|socket hang up|network|timed? ?out/i.test(words) ? 'transient' : 'failed';
}

/** A new role, security group or key grant takes a minute or two to be known everywhere. */
export function isPropagation(words: string): boolean {
  return /IAM role ARN value is invalid|does not include the required permissions|is not authorized to assume|security group .* does not exist|unable to assume role|Invalid principal/i.test(
    words
  );
}
