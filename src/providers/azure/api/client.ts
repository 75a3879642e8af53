import { defined } from '../../../engine/defined.ts';
import type { PostgreSQLManagementFlexibleServerClient } from '@azure/arm-postgresql-flexible';
import type { PipelinePolicy, PipelineResponse, RawHttpHeadersInput, RestError } from '@azure/core-rest-pipeline';
import type { Execution } from '../../../engine/execution.ts';
import { pageCounter } from '../../../engine/limits.ts';
import { isRedirect, ledElsewhere } from '../../../engine/redirect.ts';
import { retry } from '../../../engine/retry.ts';
import { ProviderError, type FailureKind } from '../../../errors.ts';
import { callLimit, type WithinLimit } from '../../call-limit.ts';
import { boundedHttpClient } from './bounded-http-client.ts';
import type { TokenSource } from './credential.ts';
import { translate } from './errors.ts';

type Client = PostgreSQLManagementFlexibleServerClient;

/** The options of every request of the client. */
export interface RequestOptions {
  readonly abortSignal: AbortSignal;
  readonly onResponse?: (response: PipelineResponse) => void;
}

export interface CallOptions {
  /**
   * Failure kinds to retry besides throttled and transient. A caller handles `busy` itself, since it knows what to wait
   * for.
   */
  readonly also?: readonly FailureKind[];
  /** False: a call without an answer is not sent again. Default true. */
  readonly isRepeatable?: boolean;
}

/** An answer of Resource Manager. */
export interface Answer {
  readonly status: number;
  /** Parsed JSON; `undefined` when there was no body. */
  readonly body: unknown;
  readonly header: (name: string) => string | undefined;
}

/** Where a long-running operation reports its status. */
export interface Started {
  /** `Azure-AsyncOperation`, which reports status and error. */
  readonly operationUrl?: string;
  /** `Location`, which answers 202 until the operation is over. */
  readonly locationUrl?: string;
  /** The pause between two requests that Azure asks for. */
  readonly retryAfterSeconds?: number;
}

export interface Azure {
  readonly subscription: string;
  /**
   * One call through the client, retried where that is safe. Throws only `ProviderError`. `operation` is the permission
   * that the call needs, as roles spell it. Every mutation of this provider can be repeated: its name is its key.
   */
  call<T>(
    operation: string,
    send: (client: Client, options: RequestOptions) => Promise<T>,
    options?: CallOptions
  ): Promise<T>;
  /** Begins a long-running operation; returns as soon as Azure has accepted it. */
  begin(
    operation: string,
    send: (client: Client, options: RequestOptions) => Promise<unknown>,
    options?: CallOptions
  ): Promise<Started>;
  /**
   * A call of Resource Manager that the client lacks. `path` begins with a slash, or is a whole address that Azure
   * named. An address of another host is refused: the call would carry the token there.
   */
  rest(operation: string, method: Method, path: string, body?: unknown, options?: CallOptions): Promise<Answer>;
  /** Begins a change of a server with members that the client would leave out. It is not sent again. */
  beginPatch(operation: string, serverId: string, properties: unknown): Promise<Started>;
  /**
   * What the activity log may call this login: ids of its application and of itself. Empty for a token that does not
   * say it.
   */
  caller(): Promise<ReadonlySet<string>>;
  /** A token of Entra to log in to a server. Masked. */
  databaseToken(): Promise<string>;
  /** All items of a list of Resource Manager, on all pages. */
  list(operation: string, path: string): Promise<readonly unknown[]>;
}

type Method = 'GET' | 'PUT' | 'PATCH' | 'POST' | 'DELETE';

/** The public cloud's Resource Manager. */
export const PUBLIC_ENDPOINT = 'https://management.azure.com';

/** The library is loaded at the first call, and begins to load when this is called. */
export function openAzure(source: {
  readonly subscription: string;
  readonly endpoint: string;
  readonly credential: TokenSource;
  readonly execution: Execution;
  /** Seconds of the first pause before a refused call is tried again. */
  readonly firstPause: number;
  /** The time limit of each call. Default: the usual limit. */
  readonly limit?: WithinLimit;
}): Azure {
  const { subscription, endpoint, credential, execution, firstPause, limit = callLimit({}, execution) } = source;
  const loading = load(subscription, endpoint, credential, execution);
  loading.catch(() => undefined);

  const call: Azure['call'] = async (operation, send, options = {}) =>
    retry(
      execution,
      {
        what: operation,
        idempotent: options.isRepeatable ?? true,
        baseSeconds: firstPause,
        kinds: ['throttled', 'transient', ...(options.also ?? [])]
      },
      async () => {
        try {
          const { client } = await loading;
          return await limit(operation, async abortSignal => send(client, { abortSignal }));
        } catch (thrown) {
          execution.signal.throwIfAborted();
          throw translate(thrown, operation);
        }
      }
    );

  const rest: Azure['rest'] = async (operation, method, path, body, options) =>
    call(
      operation,
      async (client, { abortSignal }) => {
        const { http } = await loading;
        const headers: RawHttpHeadersInput = {
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' })
        };
        const response = await client.sendRequest(
          http.createPipelineRequest({
            url: path.startsWith('/') ? `${endpoint}${path}` : path,
            method,
            headers: http.createHttpHeaders(headers),
            abortSignal,
            ...(body === undefined ? {} : { body: JSON.stringify(body) })
          })
        );
        if (isRedirect(response.status)) throw ledElsewhere(operation, response.headers.get('location'));
        const parsed = jsonOf(response.bodyAsText);
        if (response.status >= 400) throw failureOf(response, parsed, http.RestError);
        return { status: response.status, body: parsed, header: name => response.headers.get(name) };
      },
      options
    );

  return {
    subscription,
    call,
    rest,
    caller: async () => {
      const login = await credential.getToken(`${endpoint}/.default`);
      return namesIn(login?.token ?? '');
    },
    databaseToken: async () => {
      const login = await credential.getToken(databaseScope(endpoint)).catch((thrown: unknown) => {
        throw translate(thrown, 'a login to the database');
      });
      return login?.token ?? '';
    },
    begin: async (operation, send, more) =>
      call(
        operation,
        async (client, options) => {
          let first: PipelineResponse | undefined;
          const onResponse = (response: PipelineResponse): void => {
            first ??= response;
            // The client would now ask for the status by itself, and throw what it learns in the place of the answer.
            if (response.status < 300) throw new Accepted();
          };
          try {
            await send(client, { ...options, onResponse });
          } catch (thrown) {
            if (first === undefined || first.status >= 300) throw thrown;
          }
          return startedOf(name => first?.headers.get(name));
        },
        more
      ),
    beginPatch: async (operation, serverId, properties) => {
      const path = `${serverId}?api-version=${(await loading).client.apiVersion}`;
      return startedOf((await rest(operation, 'PATCH', path, { properties }, { isRepeatable: false })).header);
    },
    list: async (operation, path) => {
      const all: unknown[] = [];
      const count = pageCounter(operation, execution);
      for (let next: string | undefined = path; next !== undefined && next !== '';) {
        count();
        const { body } = await rest(operation, 'GET', next);
        const { value = [], nextLink } = (body ?? {}) as { value?: readonly unknown[]; nextLink?: string };
        all.push(...value);
        next = nextLink;
      }
      return all;
    }
  };
}

/**
 * What a token of a database is asked for, in each of Azure's clouds.
 * https://learn.microsoft.com/azure/postgresql/flexible-server/how-to-configure-sign-in-azure-ad-authentication
 */
function databaseScope(endpoint: string): string {
  const { hostname } = new URL(endpoint);
  const [, suffix = 'windows.net'] = /\.(usgovcloudapi\.net|chinacloudapi\.cn)$/.exec(hostname) ?? [];
  return `https://ossrdbms-aad.database.${suffix}/.default`;
}

/**
 * The claims of a token by which logs name its owner. The token is this job's own, so that nothing has to be verified.
 */
function namesIn(token: string): ReadonlySet<string> {
  const [, payload = ''] = token.split('.');
  const claims = (jsonOf(Buffer.from(payload, 'base64url').toString('utf8')) ?? {}) as Readonly<
    Record<string, unknown>
  >;
  const names = ['appid', 'azp', 'oid', 'upn'].map(claim => claims[claim]);
  return new Set(names.filter(name => typeof name === 'string'));
}

/** Ends a call of the client when Azure has accepted its request. */
class Accepted extends Error {
  override readonly name = 'Accepted';
}

async function load(subscription: string, endpoint: string, credential: TokenSource, execution: Execution) {
  const [sdk, http] = await Promise.all([
    import('@azure/arm-postgresql-flexible'),
    import('@azure/core-rest-pipeline')
  ]);
  const client = new sdk.PostgreSQLManagementFlexibleServerClient(credential, subscription, {
    endpoint,
    httpClient: boundedHttpClient(http, execution),
    // The engine retries by its own clock.
    retryOptions: { maxRetries: 0 },
    userAgentOptions: { userAgentPrefix: 'pgkeep' }
  });
  client.pipeline.addPolicy(onlyTo(endpoint));
  return { client, http };
}

/** Requests carry a token: the address of a next page, or of an operation, is followed on the same host only. */
function onlyTo(endpoint: string): PipelinePolicy {
  const { origin } = new URL(endpoint);
  return {
    name: 'same-host',
    sendRequest: async (request, next) => {
      const { origin: asked, host } = new URL(request.url);
      if (asked === origin) return next(request);
      throw new ProviderError(`Could not follow an address of Azure: it leads to another host, ${host}`, {
        kind: 'failed',
        hint: 'Check the proxy and `azure_resource_manager_endpoint`: Resource Manager names only addresses of its own.'
      });
    }
  };
}

function startedOf(header: Answer['header']): Started {
  const [operationUrl, locationUrl] = [header('azure-asyncoperation'), header('location')];
  const seconds = Number(header('retry-after') ?? Number.NaN);
  return defined({ operationUrl, locationUrl, ...(Number.isFinite(seconds) ? { retryAfterSeconds: seconds } : {}) });
}

function jsonOf(text: string | null | undefined): unknown {
  if (text === null || text === undefined || text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function failureOf(response: PipelineResponse, body: unknown, Failure: typeof RestError): Error {
  const { error } = (body ?? {}) as { error?: { code?: string; message?: string } };
  const { code, message } = error ?? (body as { code?: string; message?: string } | undefined) ?? {};
  return Object.assign(
    new Failure(
      message ?? `Azure answered with status ${response.status}`,
      defined({ statusCode: response.status, response, code })
    ),
    { details: body }
  );
}
