import { defined } from '../../../engine/defined.ts';
import { ProviderError, type FailureKind } from '../../../errors.ts';
import type { LoginHint } from '../../login-hint.ts';

/** An answer that reports a failure. */
export interface Refused {
  readonly status: number;
  readonly id: string;
  readonly message: string;
  readonly header: (name: string) => string | undefined;
}

/** DigitalOcean's error ids. Several failures share an id: then the message decides. */
export const KINDS: Readonly<Record<string, FailureKind>> = {
  not_found: 'not-found',
  unauthorized: 'unauthenticated',
  forbidden: 'denied',
  too_many_requests: 'throttled',
  server_error: 'transient',
  internal_server_error: 'transient',
  service_unavailable: 'transient',
  precondition_failed: 'busy',
  conflict: 'busy'
};

export const STATUSES: Readonly<Record<number, FailureKind>> = {
  400: 'invalid',
  401: 'unauthenticated',
  403: 'denied',
  404: 'not-found',
  408: 'transient',
  409: 'busy',
  412: 'busy',
  422: 'invalid',
  429: 'throttled'
};

/** Hints say how to log in. */
export const LOGIN: LoginHint = {
  job: 'Set `digitalocean_token`, or DIGITALOCEAN_TOKEN in the environment of the step, to a valid token from a secret of the repository.',
  terminal: 'Set DIGITALOCEAN_TOKEN in your environment to a valid token of your account.'
};

const HINTS: Readonly<Partial<Record<FailureKind, string>>> = {
  busy: 'Run the workflow again when the other change of the cluster has ended.',
  throttled: 'Run the workflow again later: DigitalOcean allows 5,000 calls an hour, and 250 a minute.',
  transient: 'Run the workflow again: it goes on from where this run stopped.',
  unauthenticated: LOGIN.job,
  denied: 'Give the token the scope for this call; docs/permissions/digitalocean.md lists them all.',
  quota: 'Ask the support of DigitalOcean for a higher limit, or delete what is no longer needed.'
};

const STORAGE_LIMITS =
  'Set `allocated_storage` within the limits of the size (digitalocean.com/pricing/managed-databases), or choose a larger `instance_class`.';

/** The scope that a refusal names. */
const SCOPE = /\b[a-z_]+:[a-z_]+\b/;

/** The failure in the engine's words. `what` is the call: `GET /v2/databases`. */
export function translated(what: string, { status, id, message, header }: Refused, now: Date): ProviderError {
  const kind = kindOf(status, id.toLowerCase(), message);
  const wait = kind === 'throttled' ? waitSeconds(header, now) : undefined;
  return new ProviderError(
    `Could not call ${what} on DigitalOcean: ${message === '' ? `status ${status}` : message}`,
    defined({
      kind,
      ...(id === '' ? {} : { providerCode: id }),
      retryAfterSeconds: wait,
      permission: kind === 'denied' ? SCOPE.exec(message)?.[0] : undefined,
      hint: kind === 'invalid' && message.includes('storage_size_mib') ? STORAGE_LIMITS : HINTS[kind]
    })
  );
}

/** No answer: whether the call had an effect is unknown. */
export function lost(what: string, cause: unknown): ProviderError {
  return new ProviderError(`Could not call ${what} on DigitalOcean: no answer`, { kind: 'transient', cause });
}

/** The status decides where the id says nothing: a gateway, or a new id of the service. */
function kindOf(status: number, id: string, message: string): FailureKind {
  if (status >= 500) return 'transient';
  if (id === 'unprocessable_entity' || id === 'bad_request' || id === 'invalid_request') {
    if (/name is not available|already exists|already in use/i.test(message)) return 'already-exists';
    if (/\blimit\b|quota/i.test(message)) return 'quota';
    if (/not online|in progress|being (created|resized|migrated)|currently/i.test(message)) return 'busy';
    return 'invalid';
  }
  return KINDS[id] ?? STATUSES[status] ?? 'failed';
}

function waitSeconds(header: Refused['header'], now: Date): number | undefined {
  const after = Number(header('retry-after') ?? Number.NaN);
  if (after >= 0) return after;
  const reset = Number(header('ratelimit-reset') ?? Number.NaN);
  return Number.isFinite(reset) ? Math.max(0, reset - now.getTime() / 1000) : undefined;
}
