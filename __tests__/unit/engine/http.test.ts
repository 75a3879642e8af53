import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { sendRequest, sharedAgents, type HttpRequest } from '../../../src/engine/http.ts';
import { textOf } from '../../../src/engine/limits.ts';

type Handle = (request: IncomingMessage, response: ServerResponse) => unknown;

let handle: Handle;
const server = createServer((request, response) => handle(request, response));
const sent = async (request?: HttpRequest): ReturnType<typeof sendRequest> =>
  sendRequest(`http://127.0.0.1:${(server.address() as AddressInfo).port}/path?q=1`, request);

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** The request that reaches the server, with its body. */
async function arrived(request: HttpRequest): Promise<IncomingMessage & { readonly text: string }> {
  const got = Promise.withResolvers<IncomingMessage & { readonly text: string }>();
  handle = async (message, response) => {
    let text = '';
    for await (const part of message) text += String(part);
    got.resolve(Object.assign(message, { text }));
    response.end();
  };
  const answer = await sent(request);
  expect(await textOf(answer, 'it')).toBe('');
  return got.promise;
}

test.each(['POST', 'PUT', 'PATCH', 'DELETE'])('a %s says how long its body is', async method => {
  const { headers, text, url, ...got } = await arrived({ method, body: 'hällo', headers: { 'x-own': 'yes' } });
  expect({ method: got.method, text, url }).toEqual({ method, text: 'hällo', url: '/path?q=1' });
  expect(headers).toMatchObject({ 'content-length': '6', 'x-own': 'yes', 'user-agent': 'pgkeep' });
  expect(headers).not.toHaveProperty('transfer-encoding');
});

test('a header that is given goes before the usual one', async () => {
  const { headers } = await arrived({ headers: { 'user-agent': 'pgkeep x' } });
  expect(headers['user-agent']).toBe('pgkeep x');
});

test('an answer of any status comes back, with its headers and its text', async () => {
  handle = (_, response) =>
    response.writeHead(503, { 'Retry-After': '7', link: ['<a>; rel="next"', '<b>; rel="last"'] }).end('later, bitte');
  const answer = await sent();
  expect(answer).toMatchObject({ ok: false, status: 503 });
  expect(answer.headers.get('retry-after')).toBe('7');
  expect(answer.headers.get('link')).toBe('<a>; rel="next", <b>; rel="last"');
  expect(answer.headers.get('absent')).toBeUndefined();
  expect(await textOf(answer, 'it')).toBe('later, bitte');
});

test.each([
  [200, true],
  [299, true],
  [300, false],
  [400, false]
])('an answer of the status %i is a success: %s', async (status, ok) => {
  handle = (_, response) => response.writeHead(status).end();
  expect(await sent()).toMatchObject({ ok, status });
});

test('no other address is followed', async () => {
  let count = 0;
  handle = (_, response) => {
    count += 1;
    response.writeHead(307, { location: '/elsewhere' }).end();
  };
  const answer = await sent();
  expect([answer.status, answer.headers.get('location'), count]).toEqual([307, '/elsewhere', 1]);
  answer.drop();
});

test('a compressed answer is read plain, within the limit for the plain text', async () => {
  handle = ({ headers }, response) => {
    expect(headers['accept-encoding']).toBe('gzip');
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(100_000)));
  };
  expect(await textOf(await sent(), 'it')).toHaveLength(100_000);
  const limited = { limits: { pages: 1, answerBytes: 50_000 } };
  await expect(textOf(await sent(), 'it', limited)).rejects.toThrow('it has more than 50000 bytes');
});

test.each([
  ['plain', {}, Buffer.from('half of it')],
  ['compressed', { 'content-encoding': 'gzip' }, gzipSync('half of it '.repeat(99)).subarray(0, 20)]
])('a %s answer that is cut off is no answer', async (_, headers, part) => {
  handle = (__, response) => {
    response.writeHead(200, { ...headers, 'content-length': '5000' });
    response.write(part, () => response.destroy());
  };
  await expect(textOf(await sent(), 'it')).rejects.toThrow();
});

test.each([
  ['before it is sent', 0],
  ['before an answer', 1],
  ['within its answer', 2]
])('the reason of a signal ends a request, %s', async (_, moment) => {
  const ending = new AbortController();
  const reason = new Error('enough');
  if (moment === 0) ending.abort(reason);
  const closed = Promise.withResolvers<void>();
  handle = (request, response) => {
    request.socket.once('close', () => closed.resolve());
    if (moment === 1) ending.abort(reason);
    else response.writeHead(200).write('half', () => ending.abort(reason));
  };
  const all = async (): Promise<string> => textOf(await sent({ signal: ending.signal }), 'it');
  await expect(all()).rejects.toBe(reason);
  if (moment > 0) await closed.promise;
});

test('an answer that is dropped gives its connection back', async () => {
  const closed = Promise.withResolvers<void>();
  handle = (request, response) => {
    request.socket.once('close', () => closed.resolve());
    response.writeHead(200).write('half');
  };
  (await sent()).drop();
  await closed.promise;
});

test.each([
  ['plain', {}, randomBytes(20_000)],
  ['compressed', { 'content-encoding': 'gzip' }, gzipSync(randomBytes(20_000))]
])('a %s answer that is too long gives its connection back', async (_, headers, part) => {
  const closed = Promise.withResolvers<void>();
  handle = (request, response) => {
    request.socket.once('close', () => closed.resolve());
    response.writeHead(200, headers).write(part);
  };
  const limited = { limits: { pages: 1, answerBytes: 1000 } };
  await expect(textOf(await sent(), 'it', limited)).rejects.toThrow('it has more than 1000 bytes');
  await closed.promise;
});

test('connections are kept for later requests, fifty to one server at most', async () => {
  const { httpAgent, httpsAgent } = await sharedAgents();
  for (const agent of [httpAgent, httpsAgent]) expect(agent).toMatchObject({ keepAlive: true, maxSockets: 50 });
  const sockets = new Set<unknown>();
  handle = (request, response) => {
    sockets.add(request.socket);
    response.end('yes');
  };
  for (let turn = 0; turn < 3; turn += 1) await textOf(await sent(), 'it');
  expect(sockets.size).toBe(1);
});

describe('the proxies of the process', () => {
  const NAMES = ['http_proxy', 'https_proxy', 'no_proxy'].flatMap(name => [name, name.toUpperCase()]);
  const before = NAMES.map(name => [name, process.env[name]] as const);
  beforeEach(() => {
    for (const name of NAMES) delete process.env[name];
  });
  afterAll(() => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });
  /** What the server is asked for, as the proxy of a host that does not exist. */
  const asked = async (): Promise<string | undefined> => {
    let url: string | undefined;
    handle = (request, response) => {
      url = request.url;
      response.end();
    };
    const answer = await sendRequest('http://elsewhere.invalid/path').catch(() => undefined);
    answer?.drop();
    return url;
  };
  const proxy = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  test.each(['http_proxy', 'HTTP_PROXY'])('are those of %s at the time of the request', async name => {
    expect(await asked()).toBeUndefined();
    process.env[name] = proxy();
    expect(await asked()).toBe('http://elsewhere.invalid/path');
  });

  test.each(['no_proxy', 'NO_PROXY'])('are passed by for the hosts of %s', async name => {
    process.env['http_proxy'] = proxy();
    expect(await asked()).toBe('http://elsewhere.invalid/path');
    process.env[name] = 'elsewhere.invalid';
    expect(await asked()).toBeUndefined();
  });
});

test('the error of a connection keeps its code', async () => {
  await expect(sendRequest('http://127.0.0.1:1/')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});
