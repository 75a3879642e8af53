import type { Agent as HttpAgent, IncomingMessage } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { defined } from './defined.ts';

/** A request over HTTP. */
export interface HttpRequest {
  /** Default `GET`. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Ends the request, and the reading of its answer: both throw the signal's reason then. */
  readonly signal?: AbortSignal;
}

/** The beginning of an answer, of any status, and its body as it comes. */
export interface HttpAnswer {
  /** The status is one of 200 to 299. */
  readonly ok: boolean;
  readonly status: number;
  /** By lowercase name. Several of one name stand in one value, with commas. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: AsyncIterable<Uint8Array | string> | null;
  /** Closes the connection of an answer whose body is not read. */
  readonly drop: () => void;
}

/** What holds the connections of requests. */
export interface HttpAgents {
  readonly httpAgent: HttpAgent;
  readonly httpsAgent: HttpsAgent;
}

async function newAgents(): Promise<HttpAgents> {
  const [http, https] = await Promise.all([import('node:http'), import('node:https')]);
  const options = { keepAlive: true, maxSockets: 50, proxyEnv: process.env };
  return { httpAgent: new http.Agent(options), httpsAgent: new https.Agent(options) };
}

/** One pair for each set of proxies: a process of the tests runs the steps of many jobs. */
const shared = new Map<string, Promise<HttpAgents>>();

/** Asked for by name: listing the environment takes 0.1 ms, at each call. */
const PROXY_VARIABLES = ['https_proxy', 'http_proxy', 'no_proxy'].flatMap(name => [name, name.toUpperCase()]);

/**
 * Agents that keep connections open and use the proxies of `https_proxy`, `http_proxy` and `no_proxy`, in either
 * case, as the runner itself does. https://docs.github.com/actions/how-tos/manage-runners/self-hosted-runners/use-
 * proxy-servers
 */
export async function sharedAgents(): Promise<HttpAgents> {
  const key = JSON.stringify(PROXY_VARIABLES.map(name => process.env[name]));
  const agents = shared.get(key) ?? newAgents();
  shared.set(key, agents);
  return agents;
}

/**
 * Sends a request and follows no other address. It is not Node's `fetch`, which takes 20 MB and 0.2 s of CPU at its
 * first call, more than the rest of a plan. Throws Node's error (`ECONNREFUSED`, a certificate's code) when there is no
 * answer.
 */
export async function sendRequest(address: string | URL, request: HttpRequest = {}): Promise<HttpAnswer> {
  const url = new URL(address);
  const { method = 'GET', headers = {}, body, signal } = request;
  const isPlain = url.protocol === 'http:';
  const { request: begin } = isPlain ? await import('node:http') : await import('node:https');
  const { httpAgent, httpsAgent } = await sharedAgents();
  signal?.throwIfAborted();
  // Node states no length for the body of a DELETE.
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const sent = { 'accept-encoding': 'gzip', 'user-agent': 'pgkeep', ...headers, ...length };
  return new Promise((resolve, reject) => {
    const agent = isPlain ? httpAgent : httpsAgent;
    const call = begin(url, defined({ method, headers: sent, signal, agent }), message => {
      const status = message.statusCode ?? 0;
      resolve({
        ok: status >= 200 && status < 300,
        status,
        headers: headersOf(message),
        body: read(message, signal),
        drop: () => void message.destroy()
      });
    });
    call.on('error', thrown => {
      reject(signal?.aborted === true ? (signal.reason as Error) : thrown);
    });
    call.end(body);
  });
}

function headersOf(message: IncomingMessage): ReadonlyMap<string, string> {
  const entries = Object.entries(message.headersDistinct);
  return new Map(entries.map(([name, values = []]) => [name, values.join(', ')]));
}

/** Ends with an error where the connection ends before the body does. */
async function* read(message: IncomingMessage, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  try {
    yield* decoded(message);
  } catch (thrown) {
    signal?.throwIfAborted();
    throw thrown;
  } finally {
    message.destroy();
  }
}

function decoded(message: IncomingMessage): Readable {
  if (message.headers['content-encoding'] !== 'gzip') return message;
  const plain = createGunzip();
  message.on('error', thrown => plain.destroy(thrown));
  return message.pipe(plain);
}
