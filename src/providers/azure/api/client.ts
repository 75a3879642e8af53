import { defined } from '../../../engine/defined.ts';
import type { PostgreSQLManagementFlexibleServerClient } from '@azure/arm-postgresql-flexible';
import type { PipelineResponse, RawHttpHeadersInput, RestError } from '@azure/core-rest-pipeline';
import type { Execution } from '../../../engine/execution.ts';
import { retry } from '../../../engine/retry.ts';
import type { FailureKind } from '../../../errors.ts';
import { callLimit, type WithinLimit } from '../../call-limit.ts';
import type { TokenSource } from './credential.ts';
import { translate } from './errors.ts';

type Client = PostgreSQLManagementFlexibleServerClient;

/** What every request of the client takes. */
export interface RequestOptions {
  readonly abortSignal: AbortSignal;
  readonly onResponse?: (response: PipelineResponse) => void;
}

export interface CallOptions {
  /** Kinds worth another try besides throttled and transient. `busy` is mostly for the caller, who knows what to wait for. */
  readonly also?: readonly FailureKind[];
}

/** An answer of Resource Manager as it came. */
export interface Answer {
  readonly status: number;
  /** Parsed JSON; `undefined` when there was no body. */
  readonly body: unknown;
  readonly header: (name: string) => string | undefined;
}

/** Where an operation that goes on says how it is going. */
export interface Started {
  /** `Azure-AsyncOperation`, which tells status and error. */
  readonly operationUrl?: string;
  /** `Location`, which answers 202 until it is over. */
  readonly locationUrl?: string;
  /** How long Azure says to leave it alone between two looks. */
  readonly retryAfterSeconds?: number;
}

export interface Azure {
  readonly subscription: string;
  /**
   * One call through the client: tried again where it may be, and throws only `ProviderError`. `operation` is the permission it needs, as
   * roles spell it. Every mutation the wing makes is safe to repeat: its name is its key.
   */
  call<T>(
    operation: string,
    send: (client: Client, options: RequestOptions) => Promise<T>,
    options?: CallOptions
  ): Promise<T>;
  /** Begins something that takes its time; returns as soon as Azure has accepted it. */
  begin(operation: string, send: (client: Client, options: RequestOptions) => Promise<unknown>): Promise<Started>;
  /** A call of Resource Manager that the client does not know. `path` begins with a slash, or is a whole address that Azure named. */
  rest(operation: string, method: Method, path: string, body?: unknown): Promise<Answer>;
  /** All items of a list of Resource Manager's, on all pages. */
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
  /** What each call is made under. Default: the usual limit. */
  readonly limit?: WithinLimit;
}): Azure {
  const { subscription, endpoint, credential, execution, firstPause, limit = callLimit({}, execution) } = source;
  const loading = load(subscription, endpoint, credential);
  loading.catch(() => undefined);

  const call: Azure['call'] = async (operation, send, options = {}) =>
    retry(
      execution,
      {
        what: operation,
        idempotent: true,
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

  const rest: Azure['rest'] = async (operation, method, path, body) =>
    call(operation, async (client, { abortSignal }) => {
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
      const parsed = jsonOf(response.bodyAsText);
      if (response.status >= 400) throw failureOf(response, parsed, http.RestError);
      return { status: response.status, body: parsed, header: name => response.headers.get(name) };
    });

  return {
    subscription,
    call,
    rest,
    begin: async (operation, send) =>
      call(operation, async (client, options) => {
        let first: PipelineResponse | undefined;
        const onResponse = (response: PipelineResponse): void => {
          first ??= response;
        };
        try {
          await send(client, { ...options, onResponse });
        } catch (thrown) {
          // The client looks once by itself how it is going. Once Azure has accepted the request, a failure of that look is none of it.
          if (first === undefined || first.status >= 300) throw thrown;
          execution.log.debug(`${operation}: accepted; the first look at it failed`);
        }
        return startedOf(first);
      }),
    list: async (operation, path) => {
      const all: unknown[] = [];
      for (let next: string | undefined = path; next !== undefined && next !== '';) {
        const { body } = await rest(operation, 'GET', next);
        const { value = [], nextLink } = (body ?? {}) as { value?: readonly unknown[]; nextLink?: string };
        all.push(...value);
        next = nextLink;
      }
      return all;
    }
  };
}

async function load(subscription: string, endpoint: string, credential: TokenSource) {
  const [sdk, http] = await Promise.all([
    import('@azure/arm-postgresql-flexible'),
    import('@azure/core-rest-pipeline')
  ]);
  const client = new sdk.PostgreSQLManagementFlexibleServerClient(credential, subscription, {
    endpoint,
    // The engine repeats what may be repeated, by its own clock.
    retryOptions: { maxRetries: 0 },
    userAgentOptions: { userAgentPrefix: 'pgkeep' }
  });
  return { client, http };
}

function startedOf(response: PipelineResponse | undefined): Started {
  const header = (name: string): string | undefined => response?.headers.get(name);
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
  return new Failure(
    message ?? `Azure answers ${response.status}`,
    defined({ statusCode: response.status, response, code })
  );
}
