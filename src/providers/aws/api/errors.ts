import { defined } from '../../../engine/defined.ts';
import { ProviderError, type FailureKind } from '../../../errors.ts';
import type { LoginHint } from '../../login-hint.ts';

/** The call that failed, for the message and for the name of the missing permission. */
export interface FailedCall {
  readonly service: string;
  readonly operation: string;
  readonly region: string;
}

/**
 * The kind of failure of each code. Codes are compared without their `Fault`, `Exception` or `Error` ending: the wire
 * and the SDK's classes spell them differently (`DBInstanceNotFound` / `DBInstanceNotFoundFault`). A status only counts
 * for an unknown code, from 500 on: a taken reservation answers 404.
 */
export const KINDS: Readonly<Record<string, FailureKind>> = {
  InvalidDBInstanceState: 'busy',
  InvalidDBProxyState: 'busy',
  InvalidBlueGreenDeploymentState: 'busy',
  InvalidDBParameterGroupState: 'busy',
  InvalidDBSubnetGroupState: 'busy',
  InvalidDBSnapshotState: 'busy',
  InvalidDBInstanceAutomatedBackupState: 'busy',
  DependencyViolation: 'busy',
  DeleteConflict: 'busy',
  ResourceInUse: 'busy',
  Throttling: 'throttled',
  ThrottledException: 'throttled',
  Throttled: 'throttled',
  TooManyRequests: 'throttled',
  RequestLimitExceeded: 'throttled',
  RequestThrottled: 'throttled',
  ProvisionedThroughputExceeded: 'throttled',
  SlowDown: 'throttled',
  PriorRequestNotComplete: 'throttled',
  // Two calls at once: nothing was done, and the same call succeeds a moment later.
  ConcurrentModification: 'transient',
  ConcurrentTagAccess: 'transient',
  Conflict: 'transient',
  OperationAborted: 'transient',
  ResourceConflict: 'transient',
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
  BlueGreenDeploymentNotFound: 'not-found',
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
  InvalidID: 'not-found',
  'InvalidSubnetID.NotFound': 'not-found',
  'InvalidVpcID.NotFound': 'not-found',
  DBInstanceAlreadyExists: 'already-exists',
  DBSnapshotAlreadyExists: 'already-exists',
  BlueGreenDeploymentAlreadyExists: 'already-exists',
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
  RegionDisabled: 'unauthenticated',
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
  LimitExceeded: 'quota',
  TagLimitExceeded: 'quota',
  TooManyTags: 'quota',
  DBUpgradeDependencyFailure: 'invalid',
  KMSKeyNotAccessible: 'invalid',
  DecryptionFailure: 'invalid',
  EncryptionFailure: 'invalid',
  VPCIdNotSpecified: 'invalid',
  VpcEncryptionControlViolation: 'invalid',
  UnmodifiableEntity: 'invalid',
  PolicyNotAttachable: 'invalid',
  DBSubnetGroupDoesNotCoverEnoughAZs: 'invalid',
  DBSubnetGroupNotAllowed: 'invalid',
  StorageTypeNotSupported: 'invalid',
  PointInTimeRestoreNotEnabled: 'invalid',
  CertificateNotFound: 'invalid',
  InsufficientAvailableIPsInSubnet: 'capacity',
  DBInstanceAutomatedBackupQuotaExceeded: 'quota'
};

/** Hints say how to log in. */
export const LOGIN: LoginHint = {
  job: '`aws-actions/configure-aws-credentials` (with `id-token: write`) in an earlier step of this job',
  terminal: '`aws sso login` or `aws configure`'
};

const HINTS: Readonly<Partial<Record<FailureKind, string>>> = {
  busy: 'Run the workflow again when the other change is done.',
  throttled: 'Run the workflow again in a few minutes: AWS limits the calls of its API.',
  transient: 'Run the workflow again: it goes on from where this one stopped.',
  unauthenticated: `Run ${LOGIN.job}, or set the usual AWS_* variables.`,
  capacity:
    'Choose another `instance_class`, or leave `availability_zone` unset: AWS has no capacity for this class in this zone now.',
  quota: 'Ask for a higher quota of the account in Service Quotas, or remove resources that are no longer needed.'
};

const COOL_DOWN =
  'Run the workflow again when `storage-optimization` is over, at least six hours after the last change of the storage.';

const KEY_HINT = 'Enable the key, and allow this role `kms:CreateGrant` and `kms:DescribeKey` in its policy.';

/** Codes with their own hint. */
const CODE_HINTS: Readonly<Record<string, string>> = {
  DBUpgradeDependencyFailure:
    'Upgrade the read replicas that the message names first, those in other regions too. Then run the workflow again.',
  DecryptionFailure: KEY_HINT,
  EncryptionFailure: KEY_HINT,
  TagLimitExceeded: 'List fewer `tags`: AWS allows 50 on a resource, with those of this action and of others.',
  TooManyTags: 'List fewer `tags`: AWS allows 50 on a resource, with those of this action and of others.',
  KMSKeyNotAccessible: KEY_HINT,
  InsufficientAvailableIPsInSubnet: 'Free addresses in the subnets, or add a subnet to `subnet_ids`.',
  StorageTypeNotSupported: 'Set another `storage_type`, or a class that supports this one.',
  RulesPerSecurityGroupLimitExceeded:
    'Ask for a higher quota (Inbound or outbound rules per security group), or join networks in `allowed_cidr_blocks`.'
};

/**
 * The regions that every account has. In others a login is no login until the account enables them: then AWS says of
 * each that its token is invalid. https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
 */
const ALWAYS_ENABLED: readonly string[] = [
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-northeast-3',
  'ap-south-1',
  'ap-southeast-1',
  'ap-southeast-2',
  'ca-central-1',
  'eu-central-1',
  'eu-north-1',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'sa-east-1'
];
const OF_DISABLED_REGION: readonly string[] = ['AuthFailure', 'InvalidClientTokenId', 'UnrecognizedClient'];
const OTHER_PARTITION = /^(?:cn|us-gov|us-iso|eu-iso|eusc)/;

function regionHint(code: string, region: string): string | undefined {
  const isTold = code === 'OptInRequired' || code === 'RegionDisabled';
  const canBe = OF_DISABLED_REGION.includes(code) && !ALWAYS_ENABLED.includes(region) && !OTHER_PARTITION.test(region);
  if (!isTold && !canBe) return undefined;
  return `Enable the region ${region} for the account (AWS Account Management), or set another. If it is enabled: ${HINTS.unauthenticated ?? ''}`;
}

/** Where a minute or two of repetitions have not helped: it was not a new resource. */
const NOT_KNOWN =
  'Check what the message names: a security group has to exist in this region, and the trust policy of a role has to let the service assume it.';

/** What the SDK adds to the failure of its parser: a page of a gateway, or half an answer. */
const UNREADABLE = /\n\s*Deserialization error:/;

/** Any failure of a call as a `ProviderError`, classified on its code. The message keeps AWS's own words. */
export function translate(thrown: unknown, call: FailedCall): ProviderError {
  if (thrown instanceof ProviderError) return thrown;
  const code = codeOf(thrown);
  const status = statusOf(thrown);
  const isUnreadable = thrown instanceof Error && UNREADABLE.test(thrown.message);
  const words = isUnreadable
    ? `an answer of status ${status ?? 'unknown'} that is not from AWS`
    : thrown instanceof Error && thrown.message !== ''
      ? thrown.message
      : 'no reason given';
  // A success whose answer is lost may have had its effect.
  const isLost = isUnreadable && status !== undefined && status < 300;
  const kind = isLost || hasLearntTime(thrown, code) ? 'transient' : kindOf(code, words, status);
  const permission = `${call.service}:${call.operation}`;
  const hint =
    CODE_HINTS[plainCode(code)] ??
    regionHint(plainCode(code), call.region) ??
    (kind === 'busy' && isPropagation(words) ? NOT_KNOWN : undefined) ??
    (kind === 'denied'
      ? `Allow \`${permission}\` in the role's policy; docs/permissions/aws.md has policies to copy.`
      : kind === 'invalid' && /storage change|storage-optimization|storage .*optimiz/i.test(words)
        ? COOL_DOWN
        : HINTS[kind]);
  return new ProviderError(
    `Could not call ${permission} in ${call.region}: ${words}`,
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
  // A failed connection is a plain Error or AggregateError with a code.
  if (typeof code === 'string' && (name === 'Error' || name === 'AggregateError')) return code;
  if (typeof name === 'string' && name !== 'Error') return name;
  return typeof Code === 'string' ? Code : typeof code === 'string' ? code : 'Unknown';
}

/** How AWS refuses a request that was signed by a wrong clock, in its several protocols. */
const WRONG_TIME =
  /^(?:AuthFailure|InvalidSignature|RequestExpired|RequestInTheFuture|RequestTimeTooSkewed|SignatureDoesNotMatch)$/;

/**
 * The refusal taught the SDK how wrong the machine's clock is: it signs the next try by AWS's time. The SDK says so of
 * every later failure too.
 */
function hasLearntTime(thrown: unknown, code: string): boolean {
  if (!WRONG_TIME.test(plainCode(code))) return false;
  return (thrown as { $metadata?: { clockSkewCorrected?: boolean } } | null)?.$metadata?.clockSkewCorrected === true;
}

/** Of the answer; also of a gateway's answer, which the SDK can't read. */
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
  // "IAM role ARN value is invalid or does not include…": a role or group that was just created is not known everywhere
  // yet.
  if (isPropagation(words)) return 'busy';
  if (/^(?:Invalid|Validation|Missing|Malformed)/.test(code)) return 'invalid';
  // For any body: a gateway's page, nothing at all, a code that is newer than this list.
  if (status !== undefined && status >= 500) return 'transient';
  return /ECONNREFUSED|ECONNRESET|socket hang up|network|timed? ?out/i.test(words) ? 'transient' : 'failed';
}

/** A new role, security group or key grant takes a minute or two to be known everywhere. */
export function isPropagation(words: string): boolean {
  return /IAM role ARN value is invalid|does not include the required permissions|is not authorized to assume|security group .* does not exist|unable to assume role|Invalid principal/i.test(
    words
  );
}
