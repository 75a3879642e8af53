import { defined } from '../../../engine/defined.ts';
import type { Execution } from '../../../engine/execution.ts';
import { foreignAnswer, isForeign } from '../../../engine/foreign-answer.ts';
import { sendRequest } from '../../../engine/http.ts';
import { LIMITS, pageCounter, textOf, tooLong } from '../../../engine/limits.ts';
import { retry } from '../../../engine/retry.ts';
import { ProviderError } from '../../../errors.ts';
import { CALL_SECONDS, callLimit, type WithinLimit } from '../../call-limit.ts';
import { isRedirect, ledElsewhere } from '../../../engine/redirect.ts';
import { lost, translated, type Refused } from './errors.ts';
import { pacing } from './pacing.ts';
import { secretsIn } from './secrets.ts';

/**
 * dots-wrapper, on a client that follows no other address and reads no endless answer. It brings an HTTP client of its
 * own, which takes a quarter of a start to load: only runs that use it load it.
 */
async function loadDots(token: string, endpoint: string, mostBytes: number) {
  const { modules } = await import('dots-wrapper');
  const createApiClient = modules.common.createApiClient({
    modules,
    createContext: ({ axios, token: key, endpoint: baseURL, requestTimeoutInMs }) => {
      const httpClient = axios.create(
        defined({
          baseURL,
          headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
          timeout: requestTimeoutInMs,
          maxContentLength: mostBytes,
          maxRedirects: 0
        })
      );
      return { endpoint: baseURL ?? '', httpClient };
    }
  });
  return createApiClient({ token, endpoint, requestTimeoutInMs: CALL_SECONDS * 1000 });
}

export type Dots = Awaited<ReturnType<typeof loadDots>>;
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

interface Repeating {
  /** Sent twice, it has one effect. Default: true. */
  readonly idempotent?: boolean;
  /** Reads what an unanswered call, which must not be sent twice, has created. */
  readonly recheck?: () => Promise<unknown>;
}

/** Every call to DigitalOcean: paced, retried, its failures translated, and each secret of its answer masked. */
export interface DigitalOcean {
  /** A call that dots-wrapper offers. */
  dots<T>(what: string, send: (dots: Dots) => Promise<Answered<T>>, repeating?: Repeating): Promise<T>;
  /** A call that dots-wrapper lacks or whose body it cuts, and every call of a plan. `path` follows the version. */
  rest<T>(method: Method, path: string, body?: unknown, repeating?: Repeating): Promise<T>;
  /** All items of a list, on all pages. `key` names them in the answer. `path` may have a query. */
  pages<T>(path: string, key: string): Promise<readonly T[]>;
}

interface Answered<T> {
  readonly data: T;
  readonly headers?: unknown;
}

/**
 * `mask` gets each secret of an answer first; `firstPause` is the number of seconds before the first retry of a refused
 * call.
 */
export function openDigitalOcean(
  token: string,
  endpoint: string,
  execution: Execution,
  mask: (value: string) => void,
  firstPause = 1,
  limit: WithinLimit = callLimit({}, execution)
): DigitalOcean {
  const { limits = LIMITS } = execution;
  let loading: Promise<Dots> | undefined;
  const pace = pacing(execution);
  const masked = <T>(answer: T): T => {
    for (const secret of secretsIn(answer)) mask(secret);
    return answer;
  };
  const call = async <T>(
    what: string,
    send: (signal: AbortSignal) => Promise<T>,
    repeating: Repeating = {}
  ): Promise<T> =>
    retry(
      execution,
      defined({
        what,
        kinds: ['throttled', 'transient'],
        baseSeconds: firstPause,
        idempotent: repeating.idempotent ?? true,
        recheck: repeating.recheck
      }),
      async () => {
        await pace.turn();
        execution.signal.throwIfAborted();
        try {
          return masked(await limit(what, send));
        } catch (thrown) {
          execution.signal.throwIfAborted();
          if (thrown instanceof ProviderError) throw thrown;
          if ((thrown as Error).message.startsWith('maxContentLength ')) throw tooLong(what, execution);
          const refused = refusedBy(thrown);
          if (isForeignPage(thrown)) throw foreignAnswer(what);
          if (refused !== undefined) pace.heard(refused.header);
          if (refused !== undefined && isRedirect(refused.status)) throw ledElsewhere(what, refused.header('location'));
          // The thrown error holds the request and with it the token: it never becomes a cause.
          throw refused === undefined ? lost(what, undefined) : translated(what, refused, execution.clock.now());
        }
      }
    );
  const rest = async <T>(method: Method, path: string, body?: unknown, repeating?: Repeating): Promise<T> => {
    const what = `${method} ${path}`;
    const send = async (signal: AbortSignal): Promise<T> => {
      const answer = await sendRequest(`${endpoint}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal
      });
      const header = (name: string): string | undefined => answer.headers.get(name);
      if (isRedirect(answer.status)) throw ledElsewhere(what, header('location'));
      pace.heard(header);
      execution.clock.heard?.(header('date'));
      const text = await textOf(answer, what, execution);
      const data: unknown = text === '' ? undefined : parsed(text);
      // A body that is cut off leaves the effect unknown.
      if (isForeign(answer.status, text)) throw foreignAnswer(what);
      if (answer.ok && !isObject(data) && (text !== '' || method === 'GET')) throw foreignAnswer(what);
      if (answer.ok) return data as T;
      throw translated(what, refusal(answer.status, data, header), execution.clock.now());
    };
    return call(what, send, repeating);
  };
  return {
    dots: async (what, send, repeating) =>
      call(
        what,
        async () => {
          // dots-wrapper can't end a request: at the limit the run goes on without its answer.
          loading ??= loadDots(token, endpoint, limits.answerBytes);
          const { data, headers } = await send(await loading);
          pace.heard(headerOf(headers));
          if (typeof data === 'string' && (data !== '' || what.startsWith('GET '))) throw foreignAnswer(what);
          return data;
        },
        repeating
      ),
    rest,
    pages: async <T>(path: string, key: string) => {
      const count = pageCounter(`GET ${path}`, execution);
      const ask = async (page: number): Promise<Page> => {
        count();
        const more = `${path}${path.includes('?') ? '&' : '?'}page=${page}`;
        return rest<Page>('GET', page === 1 ? path : more);
      };
      const itemsOf = (answer: Page): readonly T[] => (answer[key] ?? []) as readonly T[];
      let last = await ask(1);
      const all = [...itemsOf(last)];
      // The first page says how many there are: the others are asked for together.
      const known = Math.min(Math.ceil((last.meta?.total ?? 0) / Math.max(all.length, 1)), MOST_PAGES_AT_ONCE);
      let page = 1;
      while (last.links?.pages?.next !== undefined) {
        const numbers = Array.from({ length: Math.max(known - page, 1) }, (_, at) => page + 1 + at);
        const answers = await Promise.all(numbers.map(ask));
        all.push(...answers.flatMap(itemsOf));
        page += numbers.length;
        last = answers.at(-1) ?? {};
      }
      return all;
    }
  };
}

/** Pages that are asked for at the same time. */
const MOST_PAGES_AT_ONCE = 20;

interface Page {
  readonly meta?: { readonly total?: number };
  readonly links?: { readonly pages?: { readonly next?: string } };
  readonly [key: string]: unknown;
}

/** axios gives what it can't parse as it is. */
function isForeignPage(thrown: unknown): boolean {
  const { response } = thrown as { response?: { status: number; data: unknown } };
  return response !== undefined && typeof response.data === 'string' && isForeign(response.status, response.data);
}

function refusedBy(thrown: unknown): Refused | undefined {
  const { response } = thrown as { response?: { status: number; data: unknown; headers: unknown } };
  return response === undefined ? undefined : refusal(response.status, response.data, headerOf(response.headers));
}

function headerOf(headers: unknown): Refused['header'] {
  return name => {
    const value = (headers as Readonly<Record<string, unknown>> | undefined)?.[name];
    return typeof value === 'string' ? value : undefined;
  };
}

function refusal(status: number, data: unknown, header: Refused['header']): Refused {
  const { id, message } = (data ?? {}) as { id?: unknown; message?: unknown };
  return {
    status,
    // A gateway answers in another form than DigitalOcean: the status decides.
    id: typeof id === 'string' ? id : '',
    message: typeof message === 'string' ? message : '',
    header
  };
}

/** Every answer of the API that has a body is an object. */
function isObject(data: unknown): boolean {
  return typeof data === 'object' && data !== null && !Array.isArray(data);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
