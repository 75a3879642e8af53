import { defined } from '../../../engine/defined.ts';
import { ProviderError, type FailureKind } from '../../../errors.ts';
import type { LoginHint } from '../../login-hint.ts';
import { START_IT } from '../../operations.ts';

/** The kinds of Azure's error codes, in lower case: Resource Manager and the service spell some of them differently. */
export const KINDS: Readonly<Record<string, FailureKind>> = {
  serverisbusy: 'busy',
  serverbusy: 'busy',
  serverisnotready: 'busy',
  servernotready: 'busy',
  anotheroperationinprogress: 'busy',
  operationinprogress: 'busy',
  operationnotallowedwhileserverisbusy: 'busy',
  resourcegroupbeingdeleted: 'busy',
  conflict: 'busy',
  conflictingoperation: 'busy',
  conflictingserveroperation: 'busy',
  servergroupdropping: 'busy',
  preconditionfailed: 'busy',
  // A server that has just been made, or whose logins are being changed, is not ready for its administrators:
  // https://github.com/Azure/azure-postgresql/issues/127
  aadauthoperationcannotbeperformedwhenserverisnotaccessible: 'busy',
  toomanyrequests: 'throttled',
  subscriptionrequeststhrottled: 'throttled',
  resourcerequeststhrottled: 'throttled',
  operationpreemptedbyhigherpriorityoperation: 'transient',
  throttled: 'throttled',
  ratelimitexceeded: 'throttled',
  internalservererror: 'transient',
  internalerror: 'transient',
  serverunavailable: 'transient',
  serviceunavailable: 'transient',
  servicetimeout: 'transient',
  gatewaytimeout: 'transient',
  badgateway: 'transient',
  request_send_error: 'transient',
  parse_error: 'transient',
  econnrefused: 'transient',
  econnreset: 'transient',
  etimedout: 'transient',
  epipe: 'transient',
  enotfound: 'transient',
  eai_again: 'transient',
  resourcenotfound: 'not-found',
  notfound: 'not-found',
  resourcegroupnotfound: 'not-found',
  parentresourcenotfound: 'not-found',
  locknotfound: 'not-found',
  servernotfound: 'not-found',
  subscriptionnotfound: 'not-found',
  backupnotfound: 'not-found',
  servernamealreadyexists: 'already-exists',
  nameunavailable: 'already-exists',
  servernamenotavailable: 'already-exists',
  alreadyexists: 'already-exists',
  resourcealreadyexists: 'already-exists',
  authorizationfailed: 'denied',
  linkedauthorizationfailed: 'denied',
  linkedaccesscheckfailed: 'denied',
  requestdisallowedbypolicy: 'denied',
  requestdisallowedbyazure: 'denied',
  // No role would help, and a plan can't do without it.
  missingsubscriptionregistration: 'failed',
  forbidden: 'denied',
  accessdenied: 'denied',
  invalidauthenticationtoken: 'unauthenticated',
  invalidauthenticationtokentenant: 'unauthenticated',
  expiredauthenticationtoken: 'unauthenticated',
  authenticationfailed: 'unauthenticated',
  unauthorized: 'unauthenticated',
  credentialunavailableerror: 'unauthenticated',
  authenticationerror: 'unauthenticated',
  authenticationrequirederror: 'unauthenticated',
  aggregateauthenticationerror: 'unauthenticated',
  skunotavailable: 'capacity',
  insufficientcapacity: 'capacity',
  zonalallocationfailed: 'capacity',
  allocationfailed: 'capacity',
  overconstrainedallocationrequest: 'capacity',
  regionisofferrestricted: 'capacity',
  provisionnotsupportedforregion: 'capacity',
  locationnotavailableforresourcetype: 'capacity',
  locationisofferrestricted: 'capacity',
  subscriptionnotallowed: 'quota',
  quotaexceeded: 'quota',
  servercountquotaexceeded: 'quota',
  scopelocked: 'protected'
};

/** Hints say how to log in. */
export const LOGIN: LoginHint = {
  job: '`azure/login` (with `id-token: write`) in an earlier step of this job, or set AZURE_CLIENT_ID and AZURE_TENANT_ID for a federated credential',
  terminal: '`az login`'
};

const HINTS: Readonly<Partial<Record<FailureKind, string>>> = {
  busy: 'Run the workflow again when the other change of the server has ended; its activity log in the Azure portal names that change.',
  throttled: 'Run the workflow again in a few minutes: Azure limits how often its API may be called.',
  transient: 'Run the workflow again: it goes on from where this run stopped.',
  unauthenticated: `Run ${LOGIN.job}.`,
  capacity:
    'Choose another `sku_name`, `availability_zone` or `location`, or ask Azure for access to the region: it has no capacity for this size now.',
  quota: 'Ask Azure for a higher quota of the subscription, or delete servers that are no longer needed.',
  protected:
    'Apply `enable_deletion_protection: false` first, or remove the lock on the server, its resource group or its subscription.'
};

/**
 * The same of an operation that Azure began. An internal error can come again each time, of a region or a key as well.
 * https://github.com/Azure/azure-dev/issues/933
 */
const OF_OPERATIONS: typeof HINTS = {
  ...HINTS,
  transient:
    'Run the workflow again. Where it ends so once more, read the activity log of the server in the Azure portal, try another region for a new server, or ask Azure about the tracking id.'
};

/** Refusals with a way out of their own. */
const BY_CODE: Readonly<Record<string, string>> = {
  // https://learn.microsoft.com/azure/postgresql/scale/how-to-scale-storage-performance
  performancetiercannotbedowngradedbefore12hourserror:
    'Leave `storage_tier` as it was until 12 hours after it was raised, then run the workflow again.',
  requestdisallowedbypolicy:
    'Ask for an exemption from the policy that the message names, or change the input that it forbids.',
  requestdisallowedbyazure:
    'Choose another `location`: Azure lets this subscription create resources in some regions only, which the assignments of Azure Policy list in the portal.'
};

/**
 * Messages by which Azure says busy under other codes.
 * https://github.com/hashicorp/terraform-provider-azurerm/issues/16622
 */
const BUSY_WORDS = /in dropping state|is busy|another operation|operation .*in progress|not in a ready state/i;

/**
 * How Azure says that a region is closed to the subscription: it has no version there. The code is the one of any value
 * out of range. https://github.com/Azure-Samples/msdocs-flask-postgresql-sample-app/issues/35
 */
const CLOSED_WORDS = /value of the '?version'? should be in:? \[\]/i;

/** How a lock refuses a change. https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources */
const FROZEN_WORDS = /cannot perform write operation/i;

/** Messages about a stopped server, in which nothing can be changed. */
const STOPPED_WORDS = /\bis stopped\b|stopped state/i;

interface Failure {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
  readonly statusCode?: unknown;
  readonly response?: { readonly headers?: { get(name: string): string | undefined } };
  /** The body of the answer. */
  readonly details?: unknown;
}

/** An error as Resource Manager describes it. Services put the one that counts into the details of another. */
export interface ErrorBody {
  readonly code?: string;
  readonly message?: string;
  readonly details?: readonly ErrorBody[];
  readonly additionalInfo?: readonly { readonly type?: string; readonly info?: Readonly<Record<string, unknown>> }[];
}

/**
 * Any failure of a call as a `ProviderError`, classified on its code. `operation` is the permission that the call
 * needs.
 */
export function translate(thrown: unknown, operation: string): ProviderError {
  if (thrown instanceof ProviderError) return thrown;
  const failure: Failure = typeof thrown === 'object' && thrown !== null ? thrown : {};
  const body = (failure.details as { readonly error?: ErrorBody } | undefined)?.error;
  const code = tellingCode(codeOf(failure), body);
  const words = wordsOf(failure.message, body);
  const kind = kindOf(code, words, failure.statusCode);
  const seconds = retryAfterSeconds(failure.response?.headers?.get('retry-after'));
  return new ProviderError(
    `Could not call ${operation}: ${words}`,
    defined({
      kind,
      permission: operation,
      cause: thrown,
      ...(STOPPED_WORDS.test(words) ? { hint: START_IT } : hintOf(kind, operation, code, words)),
      ...(code === '' ? {} : { providerCode: code }),
      retryAfterSeconds: seconds
    })
  );
}

/** The kind of a failed call. */
export function kindOf(code: string, words: string, status?: unknown): FailureKind {
  const known = knownKind(code, words);
  if (known !== undefined) return known;
  if (typeof status === 'number' && status >= 500) return 'transient';
  if (status === 429) return 'throttled';
  // Without a code, the answer comes from a gateway on the way.
  return code === '' ? 'failed' : 'invalid';
}

/** A long-running operation that failed, by the code of its error. Only `busy` is worth sending again at once. */
export function failedOperation(operation: string, status: string, error: ErrorBody = {}): ProviderError {
  const code = tellingCode(error.code ?? '', error) || status;
  const words = wordsOf(error.message, error);
  const known = knownKind(code, words);
  const kind = known === 'transient' || known === 'throttled' || known === undefined ? 'failed' : known;
  const unknown =
    'Read the activity log of the server in the Azure portal, correct what it names, and run the workflow again.';
  const { hint = known === undefined ? unknown : OF_OPERATIONS[known] } = hintOf(kind, operation, code, words);
  return new ProviderError(
    `Could not complete ${operation}: ${code}: ${words}`,
    defined({ kind, providerCode: code, hint })
  );
}

function knownKind(code: string, words: string): FailureKind | undefined {
  if (BUSY_WORDS.test(words)) return 'busy';
  if (CLOSED_WORDS.test(words)) return 'capacity';
  const known = KINDS[code.toLowerCase()];
  if (known !== undefined) return known;
  if (/notfound$/i.test(code)) return 'not-found';
  if (/alreadyexists$/i.test(code)) return 'already-exists';
  return /quota|exceeded.*(limit|quota)/i.test(code) ? 'quota' : undefined;
}

function hintOf(kind: FailureKind, operation: string, code: string, words: string): { readonly hint?: string } {
  if (code.toLowerCase() === 'missingsubscriptionregistration') {
    const [, service = 'Microsoft.DBforPostgreSQL'] = /namespace '([\w.]+)'/i.exec(words) ?? [];
    return { hint: `Register the service in the subscription once: \`az provider register --namespace ${service}\`.` };
  }
  const known = code.toLowerCase();
  if (BY_CODE[known] !== undefined) return { hint: BY_CODE[known] };
  if (kind === 'protected' && FROZEN_WORDS.test(words)) {
    return { hint: 'Delete the lock that the message names, or make one of it that forbids deletions only.' };
  }
  if (
    operation.endsWith('/configurations/write') &&
    (kind === 'invalid' || (kind === 'not-found' && /\bconfigurations\//.test(words)))
  ) {
    return {
      hint: 'Correct it in `parameters` or `proxy_config`: a plan of the server, which exists now, says what Azure allows.'
    };
  }
  if (kind === 'denied') {
    const hint = `Allow \`${operation}\` in the role of this identity. docs/permissions/azure.md has a role to copy.`;
    return { hint };
  }
  return defined({ hint: HINTS[kind] });
}

function codeOf({ code, name }: Failure): string {
  if (typeof code === 'string' && code !== '') return code;
  return typeof name === 'string' && name !== 'RestError' && name !== 'Error' && name !== 'TypeError' ? name : '';
}

/** The code that says what happened: the first known one of an error and of its details, or else the first. */
function tellingCode(outer: string, body: ErrorBody | undefined): string {
  const codes = [outer, ...listOf(body?.details).map(({ code }) => code ?? '')].filter(code => code !== '');
  return codes.find(code => knownKind(code, '') !== undefined) ?? codes[0] ?? '';
}

/** Azure's own message, with the first of its details, which often says more, and the policy that it may not name. */
function wordsOf(message: unknown, body: ErrorBody | undefined): string {
  const words = typeof message === 'string' && message !== '' ? firstLine(message) : undefined;
  const first: unknown = listOf(body?.details)[0]?.message;
  const inner = typeof first === 'string' ? firstLine(first) : '';
  const { policyAssignmentDisplayName: assignment, policyDefinitionDisplayName: policy } =
    listOf(body?.additionalInfo).find(({ type }) => type === 'PolicyViolation')?.info ?? {};
  const policies = [assignment, policy].filter(name => typeof name === 'string' && name !== '');
  const more = [inner, ...(policies.length === 0 ? [] : [`The policy: ${[...new Set(policies)].join(', ')}.`])];
  const said = more.filter(text => text !== '' && words?.includes(text) !== true);
  return words === undefined && said.length === 0 ? 'no reason given' : [words ?? '', ...said].join(' ').trim();
}

/** A service may answer with something else than the list of objects that Resource Manager describes. */
function listOf<T extends object>(list: readonly T[] | undefined): readonly T[] {
  return Array.isArray(list) ? list.filter((one: unknown): one is T => typeof one === 'object' && one !== null) : [];
}

function firstLine(text: string): string {
  return text.split(/[\r\n]/, 1)[0] ?? text;
}

/** Seconds, as Resource Manager gives them; `undefined` for anything else. */
export function retryAfterSeconds(header: string | undefined): number | undefined {
  if (header === undefined || header === '') return undefined;
  const seconds = Number(header);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
}
