import { certificateFailure } from '../engine/certificate-failure.ts';
import { defined } from '../engine/defined.ts';
import type { Execution } from '../engine/execution.ts';
import { isForeign } from '../engine/foreign-answer.ts';
import { sendRequest, type HttpAnswer } from '../engine/http.ts';
import { pageCounter, textOf } from '../engine/limits.ts';
import { isRedirect, ledElsewhere } from '../engine/redirect.ts';
import { PASSING_KINDS, retry } from '../engine/retry.ts';
import { ActionError, ProviderError } from '../errors.ts';
import { cleanBody } from './clean-body.ts';
import { translate } from './client-errors.ts';
import type { GithubClient, Octokit } from './calls.ts';
import type { Identity } from './identity.ts';
import { readIdentity } from './read-identity.ts';

export type { Call, GithubClient } from './calls.ts';

export interface GithubClientOptions {
  /** May be empty: then every call fails with `github-denied`, and nothing is sent. */
  readonly token: string;
  /** GITHUB_API_URL; on GitHub Enterprise Server it ends in `/api/v3`. */
  readonly apiUrl: string;
  readonly repository: { readonly owner: string; readonly name: string };
  readonly execution: Execution;
  /** Seconds until one request is given up and tried again. Default 30. */
  readonly timeoutSeconds?: number;
}

/** Tries of one call in all. GitHub asks to stop soon after repeated refusals. */
const ATTEMPTS = 5;

/**
 * GitHub refuses a good token now and then, above all a new one that is not known everywhere yet. One that was refused
 * at each try is not good. https://github.com/octokit/auth-app.js/issues/65
 */
const MAYBE_PASSING_KINDS = [...PASSING_KINDS, 'unauthenticated'] as const;

/**
 * A client of one repository. Octokit is loaded with the first request, never before. Proxies come from the process's
 * `https_proxy`, `http_proxy` and `no_proxy`, as @actions/github reads them.
 */
export function githubClient(options: GithubClientOptions): GithubClient {
  const { execution, token } = options;
  let octokit: Promise<Octokit> | undefined;
  let identity: Promise<Identity> | undefined;
  let isRefused = false;

  const client: GithubClient = {
    repository: { owner: options.repository.owner, repo: options.repository.name },

    async send(call, request) {
      if (token === '') throw missingToken(call.what);
      octokit ??= loadOctokit(options);
      const loaded = await octokit;
      const { what, idempotent, recheck } = call;
      const kinds = isRefused ? PASSING_KINDS : MAYBE_PASSING_KINDS;
      return retry(execution, defined({ what, idempotent, recheck, kinds, attempts: ATTEMPTS }), async () => {
        try {
          return await request(loaded);
        } catch (thrown) {
          execution.signal.throwIfAborted();
          if (thrown instanceof Error && thrown.cause instanceof ProviderError) throw thrown.cause;
          throw certificateFailure(call.what, thrown) ?? translate(thrown, call, execution.clock.now());
        }
      }).catch((thrown: unknown) => {
        isRefused ||= thrown instanceof ProviderError && thrown.kind === 'unauthenticated';
        throw thrown;
      });
    },

    async list(call, request, enough = Number.POSITIVE_INFINITY) {
      const items = [];
      const count = pageCounter(call.what, execution);
      for (let page = 1; ; page += 1) {
        count();
        let more = false;
        const part = await client.send({ ...call, idempotent: true }, async loaded => {
          const answer = await request(loaded, { page, per_page: 100 });
          more = /\brel="next"/.test(answer.headers.link ?? '');
          return answer.data;
        });
        items.push(...part);
        if (!more || items.length >= enough) return items;
      }
    },

    pause: async seconds => execution.clock.sleep(seconds * (1 + 2 * execution.random()), execution.signal),

    identity() {
      identity ??= readIdentity(client, execution);
      return identity;
    },

    learnIdentity(known) {
      identity = Promise.resolve(known);
    }
  };
  return client;
}

async function loadOctokit(options: GithubClientOptions): Promise<Octokit> {
  // Not the package's main door: that one reads and parses the event file while it is imported.
  const [{ GitHub: Client, getOctokitOptions }, { getProxyUrl }] = await Promise.all([
    import('@actions/github/lib/utils'),
    import('@actions/http-client/lib/proxy')
  ]);
  const isProxied = getProxyUrl(new URL(options.apiUrl)) !== undefined;
  const { secrecy, signal } = options.execution;
  const say = (message: string): void => options.execution.log.debug(message);
  const log = { debug: () => {}, info: say, warn: say, error: say };
  const octokit = new Client(
    getOctokitOptions(options.token, {
      baseUrl: options.apiUrl,
      userAgent: 'pgkeep',
      log
    })
  );
  const timeout = (options.timeoutSeconds ?? 30) * 1000;
  octokit.hook.before('request', request => {
    cleanBody(request, secrecy);
    request.request = {
      ...request.request,
      // Without it, what GitHub calls deprecated goes to the console.
      log,
      // Octokit's own brings a second HTTP client, which only a proxy needs: it takes as long to load as a plan takes
      // to render.
      fetch: boundedFetch(isProxied ? fetching(request.request?.fetch as Fetch) : sendRequest, options.execution),
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeout)])
    };
  });
  return octokit;
}

type Send = (url: string, request: OctokitRequest) => Promise<HttpAnswer>;
type Fetch = (url: string | URL, request: RequestInit) => Promise<Response>;

/** What Octokit uses of a `Response`, and gives to a `fetch`. */
interface OctokitResponse extends Pick<HttpAnswer, 'status' | 'headers'> {
  readonly url: string;
  text(): Promise<string>;
  /** Of an answer that is not text: only its status counts. */
  arrayBuffer(): Promise<ArrayBuffer>;
}
interface OctokitRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

/**
 * Octokit reads an answer whatever its length, and follows it to any host. A repository that was renamed has another
 * address on the same one.
 */
function boundedFetch(
  send: Send,
  execution: Execution
): (url: string, request: OctokitRequest) => Promise<OctokitResponse> {
  return async (url, request) => {
    const answer = await following(send, url, request);
    execution.clock.heard?.(answer.headers.get('date'));
    const text = await textOf(answer, 'GitHub', execution);
    const { status, headers } = answer;
    if (isForeign(status, text)) throw new Error('another server answered');
    if (isSuccess(status) && !isJson(text)) throw new Error('its answer is cut off');
    return { url, status, headers, text: async () => text, arrayBuffer: async () => new ArrayBuffer(0) };
  };
}

/** One with a body: 204 has none. */
function isSuccess(status: number): boolean {
  return status >= 200 && status < 300 && status !== 204;
}

/** Octokit takes any other text for the answer, so that a list without an end would pass for an empty one. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

async function following(send: Send, url: string, request: OctokitRequest, hops = 3): Promise<HttpAnswer> {
  const answer = await send(url, request);
  const location = answer.headers.get('location');
  if (!isRedirect(answer.status)) return answer;
  answer.drop();
  const next = location === undefined ? null : URL.parse(location, url);
  if (hops === 0 || next?.origin !== new URL(url).origin) throw ledElsewhere('GitHub', location);
  return following(send, next.href, request, hops - 1);
}

/** The client that @actions/github uses behind a proxy. */
function fetching(fetchBy: Fetch): Send {
  return async (url, { method, headers, body, signal }) => {
    const request = { ...defined({ method, headers, body, signal }), redirect: 'manual' };
    const answer = await fetchBy(url, request as RequestInit);
    return {
      ok: answer.ok,
      status: answer.status,
      headers: new Map(answer.headers),
      body: answer.body,
      drop: () => void answer.body?.cancel().catch(() => undefined)
    };
  };
}

function missingToken(what: string): ActionError {
  return new ActionError(`Could not ${what}: there is no GitHub token`, {
    code: 'github-denied',
    source: 'user',
    hint: 'Leave the input `github_token` at its default, or give it a token.'
  });
}
