import { randomUUID } from 'node:crypto';
import { defined } from '../../../engine/defined.ts';
import { certificateFailure } from '../../../engine/certificate-failure.ts';
import type { Execution } from '../../../engine/execution.ts';
import { foreignAnswer, isForeign } from '../../../engine/foreign-answer.ts';
import { sendRequest } from '../../../engine/http.ts';
import { pageCounter, textOf } from '../../../engine/limits.ts';
import { retry } from '../../../engine/retry.ts';
import { ActionError, type FailureKind } from '../../../errors.ts';
import { callLimit, type WithinLimit } from '../../call-limit.ts';
import { isRedirect, ledElsewhere } from '../../../engine/redirect.ts';
import type { Credential } from './credential.ts';
import { loginFailed, lost, translate, type ErrorBody, type FailedCall } from './errors.ts';
import { loadSdk, type CallOptions, type Sdk } from './sdk.ts';

export type { FailedCall } from './errors.ts';
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Other APIs of Google. */
export type Api = 'monitoring' | 'cloudresourcemanager' | 'logging' | 'cloudbilling' | 'secretmanager';

export interface Sending {
  /** The body, sent unchanged. */
  readonly body?: unknown;
  /** Query parameters. The bundled client can't write whole numbers there. */
  readonly query?: Readonly<Record<string, string>>;
  /** May be sent twice with one effect. Default: true. */
  readonly idempotent?: boolean;
  /** The result of an unanswered call that must not be sent twice; `undefined` if it had no effect. */
  readonly recheck?: () => Promise<unknown>;
}

/** Every call to Google is sent, retried and translated here. Throws only `ProviderError`. */
export interface Gcp {
  readonly project: string;
  /**
   * A method of Cloud SQL, through Google's client. The body is `sending.body` and the answer is the raw JSON: the
   * client itself would drop members and enum names that it does not know. `send` gives the client the names in the
   * path.
   */
  sql<T>(call: FailedCall, send: (sdk: Sdk, options: CallOptions) => Promise<unknown>, sending?: Sending): Promise<T>;
  /** All items of a list of Cloud SQL, on all pages. `key` names them in the answer; default `items`. */
  all<T>(
    call: FailedCall,
    send: (sdk: Sdk, pageToken: string, options: CallOptions) => Promise<unknown>,
    key?: string
  ): Promise<readonly T[]>;
  /** The access token of this run, with which an IAM user logs in to an instance. Masked. */
  token(): Promise<string>;
  /**
   * A call of another API, or one of Cloud SQL that Google's client here does not have. `path` begins with its version:
   * `/v3/projects/…`.
   */
  rest<T>(api: Api | 'sql', method: Method, path: string, call: FailedCall, sending?: Sending): Promise<T>;
}

export interface Endpoints extends Readonly<Record<Api | 'sql', string>> {}

/** Tells the transport which call a request belongs to. Removed before sending. */
const CALL_HEADER = 'x-pgkeep-call';

interface Exchange {
  /** The call, for the failure at its limit. */
  readonly what: string;
  readonly body: unknown;
  readonly query: Readonly<Record<string, string>>;
  /** The request reached the transport. */
  isMade?: boolean;
  answer?: {
    readonly ok: boolean;
    readonly status: number;
    /** A GET, whose success always has a body. */
    readonly isRead: boolean;
    readonly text: string;
    readonly wait: string | null;
  };
  failure?: unknown;
}

/** Begins to load the client; calls wait for it. */
export function openGcp(source: {
  readonly project: string;
  readonly credential: Credential;
  readonly endpoints: Endpoints;
  readonly execution: Execution;
  /** Seconds of the first pause before a refused call is tried again. Default: 1. */
  readonly firstPause?: number;
  /** The time limit of each call, its login included. Default: the usual limit. */
  readonly limit?: WithinLimit;
}): Gcp {
  const { project, credential, endpoints, execution, firstPause = 1, limit = callLimit({}, execution) } = source;
  const exchanges = new Map<string, Exchange>();

  const login = async (headers: Headers): Promise<void> => {
    try {
      for (const [name, value] of await credential.headers()) headers.set(name, value);
    } catch (thrown) {
      throw thrown instanceof ActionError
        ? thrown
        : (certificateFailure('the login of Google Cloud', thrown) ?? loginFailed(thrown));
    }
  };

  const transfer = async (exchange: Exchange, method: string, url: string, headers: Headers): Promise<void> => {
    exchange.isMade = true;
    const send = async (signal: AbortSignal): Promise<NonNullable<Exchange['answer']>> => {
      await login(headers);
      // Audit logs keep it: by it `whoChanged` knows this action's own changes.
      headers.set('user-agent', 'pgkeep');
      if (exchange.body !== undefined) headers.set('content-type', 'application/json');
      const body = exchange.body === undefined ? {} : { body: JSON.stringify(exchange.body) };
      const response = await sendRequest(url, { method, headers: Object.fromEntries(headers), ...body, signal });
      const { ok, status } = response;
      execution.clock.heard?.(response.headers.get('date'));
      if (isRedirect(status)) throw ledElsewhere(exchange.what, response.headers.get('location'));
      return {
        ok,
        status,
        isRead: method === 'GET',
        text: await textOf(response, exchange.what, execution),
        wait: response.headers.get('retry-after') ?? null
      };
    };
    try {
      exchange.answer = await limit(exchange.what, send);
    } catch (thrown) {
      exchange.failure = thrown;
    }
  };

  const loading = loadSdk(async (url, { method, headers }) => {
    const id = headers.get(CALL_HEADER) ?? '';
    const exchange = exchanges.get(id);
    if (exchange === undefined) throw new Error('A request that belongs to no call');
    headers.delete(CALL_HEADER);
    await transfer(exchange, method, atEndpoint(url, endpoints.sql, exchange.query), headers);
    // The client's own result is not used: it gets the shortest valid answer.
    return new Response('{}', { status: 200 });
  });
  loading.catch(() => undefined);

  const request = async <T>(
    call: FailedCall,
    sending: Sending,
    send: (exchange: Exchange) => Promise<unknown>
  ): Promise<T> => {
    const what = `${call.permission} for ${call.subject}`;
    return retry(
      execution,
      defined({
        what,
        kinds: REPEATED,
        baseSeconds: firstPause,
        idempotent: sending.idempotent ?? true,
        recheck: sending.recheck
      }),
      async () => {
        const exchange: Exchange = { what, body: sending.body, query: sending.query ?? {} };
        try {
          await send(exchange);
        } catch (thrown) {
          exchange.failure ??= exchange.isMade === true ? thrown : unsent(call, thrown);
        }
        execution.signal.throwIfAborted();
        return answerOf(exchange, call) as T;
      }
    );
  };

  const told = new Set<string>();
  /**
   * What Cloud SQL warns of in an answer, each once.
   * https://cloud.google.com/sql/docs/postgres/admin-api/rest/v1/ApiWarning
   */
  const tell = ({ warnings = [], apiWarning }: Warned): void => {
    for (const { code, message = code, region } of [...warnings, apiWarning ?? {}]) {
      const words = `Cloud SQL warns: ${message}${region === undefined ? '' : ` (${region})`}`;
      if (message === undefined || told.has(words)) continue;
      told.add(words);
      execution.log.warning(words);
    }
  };

  const sql: Gcp['sql'] = async <T>(
    call: FailedCall,
    send: (sdk: Sdk, options: CallOptions) => Promise<unknown>,
    sending: Sending = {}
  ) => {
    const answer = await request<T & Warned>(call, sending, async exchange => {
      const id = randomUUID();
      exchanges.set(id, exchange);
      try {
        const sdk = await loading;
        await send(sdk, { retry: null, otherArgs: { headers: { [CALL_HEADER]: id } } });
      } finally {
        exchanges.delete(id);
      }
    });
    tell(answer);
    return answer;
  };

  return {
    project,
    sql,
    token: async () => {
      const headers = new Headers();
      await login(headers);
      return (headers.get('authorization') ?? '').replace(/^Bearer /, '');
    },
    all: async <T>(
      call: FailedCall,
      send: (sdk: Sdk, pageToken: string, options: CallOptions) => Promise<unknown>,
      key = 'items'
    ): Promise<readonly T[]> => {
      const items: T[] = [];
      const count = pageCounter(`${call.permission} for ${call.subject}`, execution);
      for (let token = ''; ;) {
        count();
        const at = token;
        const page = await sql<Page>(call, async (sdk, options) => send(sdk, at, options));
        items.push(...((page[key] ?? []) as readonly T[]));
        if (!page.nextPageToken) return items;
        token = page.nextPageToken;
      }
    },
    rest: async (api, method, path, call, sending = {}) =>
      request(call, sending, async exchange => transfer(exchange, method, `${endpoints[api]}${path}`, new Headers()))
  };
}

/** `busy` is not retried here: the caller knows what to wait for. */
const REPEATED: readonly FailureKind[] = ['throttled', 'transient'];

/** Of a list, and of an operation. */
interface Warned {
  readonly warnings?: readonly Warning[];
  readonly apiWarning?: Warning;
}

/** `REGION_UNREACHABLE`, after which a list can lack instances; `COMPROMISED_CREDENTIALS`; others. */
interface Warning {
  readonly code?: string;
  readonly message?: string;
  readonly region?: string;
}

interface Page {
  readonly nextPageToken?: string;
  readonly [key: string]: unknown;
}

/** The client knows one host only, and asks for enums as numbers, which hide values newer than the client. */
function atEndpoint(url: string, endpoint: string, more: Readonly<Record<string, string>>): string {
  const { pathname, searchParams } = new URL(url);
  searchParams.delete('$alt');
  for (const [name, value] of Object.entries(more)) searchParams.set(name, value);
  const query = searchParams.toString();
  return `${endpoint}${pathname}${query === '' ? '' : `?${query}`}`;
}

/** The client refused the request: nothing was sent, and a retry would not help. */
function unsent({ permission, subject }: FailedCall, cause: unknown): ActionError {
  const message = `Could not call ${permission} for ${subject}: the client refused the request`;
  return new ActionError(message, { code: 'internal', source: 'bug', cause });
}

function answerOf({ answer, failure }: Exchange, call: FailedCall): unknown {
  if (answer === undefined) {
    if (failure instanceof ActionError) throw failure;
    throw lost(call, failure);
  }
  if (isForeign(answer.status, answer.text)) throw foreignAnswer(call.permission);
  const json = parsed(answer.text);
  if (answer.ok) {
    // A cut or foreign body does not tell what happened.
    if (!isObject(json) || (answer.isRead && answer.text === '')) throw foreignAnswer(call.permission);
    return json;
  }
  throw translate(undefined, call, bodyOf(json, answer.status), answer.wait);
}

/** A gateway does not answer in Google's form: its status decides. */
function bodyOf(json: unknown, status: number): ErrorBody {
  const error: unknown = isObject(json) ? json['error'] : undefined;
  if (!isObject(error)) return { code: status, message: `status ${status}` };
  const { message, status: word, errors, details } = error;
  return defined({
    code: status,
    message: typeof message === 'string' ? message : `status ${status}`,
    status: typeof word === 'string' ? word : undefined,
    errors: reasonsIn(errors),
    details: reasonsIn(details)
  });
}

function reasonsIn(list: unknown): readonly { readonly reason: string }[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((one: unknown) =>
    isObject(one) && typeof one['reason'] === 'string' ? [{ reason: one['reason'] }] : []
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parsed(text: string): unknown {
  if (text === '') return {};
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
