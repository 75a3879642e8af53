import { defined } from '../../../engine/defined.ts';
import { foreignAnswer, isForeign } from '../../../engine/foreign-answer.ts';
import { ProviderError, type FailureKind } from '../../../errors.ts';
import type { LoginHint } from '../../login-hint.ts';
import { START_IT } from '../../operations.ts';
import { kindOf, kindOfCode } from './error-kinds.ts';

/** A call, for error messages and for the name of a missing permission. */
export interface FailedCall {
  /** The permission that the call needs, as IAM spells it: `cloudsql.instances.create`. */
  readonly permission: string;
  /** The instance, database or user it was about. */
  readonly subject: string;
}

/**
 * The `error` of a failed answer. Only `errors`, which the SDK drops, tells a busy instance from a taken name: both are
 * 409.
 */
export interface ErrorBody {
  /** The HTTP status. */
  readonly code?: number;
  readonly message?: string;
  readonly status?: string;
  readonly errors?: readonly { readonly reason?: string }[];
  readonly details?: readonly { readonly reason?: string }[];
}

/** Hints say how to log in. */
export const LOGIN: LoginHint = {
  job: '`google-github-actions/auth` (with `id-token: write`) in an earlier step of this job',
  terminal: '`gcloud auth application-default login`'
};

/** Cloud SQL changes no stopped instance, and has no code of its own for that. */
const NOT_RUNNING = /instance is not running/i;

/**
 * Nor for a user that still owns something:
 * https://github.com/terraform-google-modules/terraform-google-sql-db/issues/323
 */
const OWNER = /cannot be dropped because some objects depend on it/i;

const WORDS: readonly (readonly [words: RegExp, hint: string])[] = [
  [NOT_RUNNING, START_IT],
  [
    OWNER,
    'Give what the user owns to another role (`REASSIGN OWNED BY`) and revoke what was granted to it, in each database that the message names; then apply again.'
  ]
];

const HINTS: Readonly<Partial<Record<FailureKind, string>>> = {
  busy: 'Run the workflow again when the other operation on the instance has ended.',
  throttled: 'Run the workflow again in a few minutes: Google limits the rate of API calls.',
  transient: 'Run the workflow again: Google did not answer, or answered with a server error.',
  unauthenticated: `Run ${LOGIN.job}.`,
  capacity: 'Run the workflow again later, or set another zone, region or tier.',
  protected: 'Apply `enable_deletion_protection: false` first, then destroy it in a second run.',
  quota: 'Request a higher quota for the project, or delete instances that are no longer needed.'
};

/**
 * Any failure of a call as a `ProviderError`, classified by Google's reason and the status. The message keeps Google's
 * words.
 */
export function translate(
  thrown: unknown,
  call: FailedCall,
  body?: ErrorBody,
  retryAfter?: string | null
): ProviderError {
  if (thrown instanceof ProviderError) return thrown;
  const codes = [...codesOf(body), ...connectionCode(thrown)];
  const code = codes.find(one => kindOfCode(one) !== undefined) ?? codes[0] ?? 'Unknown';
  const words =
    body?.message ?? (thrown instanceof Error && thrown.message !== '' ? thrown.message : 'no reason given');
  const known = kindOf(codes, body?.code);
  // Cloud SQL has no code of its own for it. https://github.com/hashicorp/terraform-provider-google/issues/12344
  const kind = known === 'invalid' && /instance is protected/i.test(words) ? 'protected' : known;
  const hint = policyHint(words) ?? WORDS.find(([one]) => one.test(words))?.[1] ?? hintFor(kind, code, call);
  const seconds = Number(retryAfter ?? Number.NaN);
  return new ProviderError(
    `Could not call ${call.permission} for ${call.subject}: ${words}`,
    defined({
      kind,
      permission: call.permission,
      providerCode: code,
      cause: thrown,
      ...(seconds >= 0 ? { retryAfterSeconds: seconds } : {}),
      hint
    })
  );
}

/** No answer, or part of one: whether the call had an effect is unknown. */
export function lost({ permission, subject }: FailedCall, cause?: unknown): ProviderError {
  return new ProviderError(`Could not call ${permission} for ${subject}: no answer from Google`, {
    kind: 'transient',
    cause
  });
}

/** Of Google's login library, with the body of the answer where there was one. */
interface Refusal {
  readonly status?: unknown;
  readonly message?: unknown;
  readonly response?: { readonly data?: unknown };
}

/**
 * The login failed: no call was sent. The thrown error holds the request with its tokens, so that it never becomes a
 * cause.
 */
export function loginFailed(thrown: unknown): ProviderError {
  const { status, message, response } = thrown as Refusal;
  const page = response?.data;
  if (typeof page === 'string' && isForeign(Number(status), page)) return foreignAnswer('the login of Google Cloud');
  const isRefused = typeof status === 'number' && status >= 400 && status < 500 && status !== 429;
  const why = typeof message === 'string' ? message : 'no reason given';
  return new ProviderError(`Could not log in to Google Cloud: ${why}`, {
    kind: isRefused ? 'unauthenticated' : 'transient',
    hint: HINTS[isRefused ? 'unauthenticated' : 'transient'] ?? ''
  });
}

/** From the most precise to the least. */
function codesOf(body: ErrorBody | undefined): readonly string[] {
  const reasons = [...(body?.details ?? []), ...(body?.errors ?? [])].map(({ reason }) => reason);
  return [...reasons, body?.status].filter(one => one !== undefined);
}

function connectionCode(thrown: unknown): readonly string[] {
  if (typeof thrown !== 'object' || thrown === null) return [];
  const { code } = thrown as { code?: unknown };
  return typeof code === 'string' ? [code] : [];
}

/**
 * What leads out of a constraint of an organization, which only administrators can read.
 * https://cloud.google.com/sql/docs/postgres/org-policy/org-policy
 */
const POLICY_HINTS: Readonly<Record<string, string>> = {
  'sql.restrictPublicIp': 'Set `publicly_accessible: false` and `vpc_id`, the network of the instance.',
  'sql.restrictAuthorizedNetworks': 'Remove `allowed_cidr_blocks`: clients connect with the Cloud SQL Auth Proxy.',
  'gcp.restrictNonCmekServices': 'Set `kms_key_id` to a key that the organization allows.',
  'gcp.resourceLocations': 'Set `gcp_region` to a region that the organization allows.'
};

function policyHint(words: string): string | undefined {
  const [, constraint] = /constraints\/([\w.]+)/.exec(words) ?? [];
  if (constraint === undefined) return undefined;
  return POLICY_HINTS[constraint] ?? `Ask an administrator of the organization about the constraint ${constraint}.`;
}

function hintFor(kind: FailureKind, code: string, { permission }: FailedCall): string | undefined {
  if (code === 'accessNotConfigured' || code === 'SERVICE_DISABLED') {
    const own = ['cloudbilling', 'secretmanager'].find(service => permission.startsWith(`${service}.`));
    const services = own === undefined ? 'sqladmin.googleapis.com monitoring.googleapis.com' : `${own}.googleapis.com`;
    return `Run \`gcloud services enable ${services}\` in the project.`;
  }
  if (code === 'INVALID_BILLING_ACCOUNT_STATE' || code === 'BILLING_DISABLED') {
    return 'Enable billing for the project in the Google Cloud console.';
  }
  return kind === 'denied' ? `Add \`${permission}\` to a role of the service account.` : HINTS[kind];
}
