import type { IncomingMessage, RequestListener } from 'node:http';
import { bomb, CALLS, LISTS, sendEndlessly, SMALL, startHostileApi, type HostileApi } from './hostile-api.ts';

let api: HostileApi | undefined;
afterEach(async () => api?.stop());

/** In the place of a very long answer, which a failure would print. */
const outcome = (): string => 'an answer';

const isAzure = (name: string): boolean => name.startsWith('Azure');

test.each(Object.entries(CALLS))(
  'an endless answer to a call of %s is given up, and the limit is named',
  async (name, call) => {
    api = await startHostileApi(sendEndlessly, isAzure(name));
    await expect(call(api.url).then(outcome)).rejects.toMatchObject({
      code: 'provider-failed',
      kind: 'failed',
      message: expect.stringContaining(`more than ${SMALL.answerBytes} bytes`)
    });
    expect(api.asked()).toBe(1);
  }
);

test.each(Object.entries(CALLS))(
  'a long answer to a call of %s that is no answer of an API makes no long message',
  async (name, call) => {
    const page = ' '.repeat(SMALL.answerBytes - 1);
    api = await startHostileApi((_request, response) => {
      response.writeHead(400, { 'content-type': 'application/json' }).end(page);
    }, isAzure(name));
    const thrown = await call(api.url).then(outcome, (error: unknown) => error);
    expect(thrown).toBeInstanceOf(Error);
    expect((thrown as Error).message.length).toBeLessThan(21_000);
  }
);

/** The others ask for no compressed answer, and take it as it is. */
test.each(Object.entries(CALLS).filter(([name]) => !name.startsWith('AWS')))(
  'a compressed answer to a call of %s is measured by what comes out of it',
  async (name, call) => {
    api = await startHostileApi(bomb, isAzure(name));
    await expect(call(api.url).then(outcome)).rejects.toThrow(`more than ${SMALL.answerBytes} bytes`);
  }
);

/** The list ends far behind the limit: one without an end would hold a test that fails. */
test.each(Object.entries(LISTS))('a list of %s that has no last page is given up', async (name, list) => {
  api = await startHostileApi(
    pagesOf(10 * SMALL.pages, request => `https://${request.headers.host ?? ''}/next`),
    isAzure(name)
  );
  await expect(list(api.url).then(outcome)).rejects.toThrow(`more than ${SMALL.pages} pages`);
  // Azure's client asks for a page before it is counted.
  expect(api.asked()).toBeLessThanOrEqual(SMALL.pages + 1);
});

/** Empty pages of a list, `count` of them with the address of a next one, as each API names it. */
function pagesOf(count: number, nextOf: (request: IncomingMessage) => string): RequestListener {
  let pages = 0;
  return (request, response) => {
    pages += 1;
    const next = nextOf(request);
    const more = { nextPageToken: 'x', NextToken: 'x', nextLink: next, links: { pages: { next } } };
    const answer = { items: [], value: [], databases: [], ...(pages > count ? {} : more) };
    response
      .writeHead(200, {
        'content-type': 'application/json',
        ...(pages > count ? {} : { link: `<${next}>; rel="next"` })
      })
      .end(JSON.stringify(request.url?.includes('/comments') === true ? [] : answer));
  };
}

test.each(Object.entries(LISTS))('a list of %s asks no other host for its next page', async (name, list) => {
  const attacker = await startHostileApi((_request, response) => response.end('{}'), isAzure(name));
  api = await startHostileApi(
    pagesOf(1, () => `${attacker.url}/stolen`),
    isAzure(name)
  );
  try {
    await list(api.url).then(outcome, outcome);
    expect(attacker.asked()).toBe(0);
  } finally {
    await attacker.stop();
  }
});

test.each(Object.entries(CALLS))('a call of %s does not follow an address of another host', async (name, call) => {
  const attacker = await startHostileApi((_request, response) => response.end('{}'), isAzure(name));
  api = await startHostileApi((_request, response) => {
    response.writeHead(307, { location: `${attacker.url}/stolen` }).end();
  }, isAzure(name));
  try {
    await expect(call(api.url)).rejects.toThrow();
    expect(attacker.asked()).toBe(0);
  } finally {
    await attacker.stop();
  }
});

test('addresses of GitHub that lead to each other are given up', async () => {
  api = await startHostileApi((request, response) => {
    const isLast = (api?.asked() ?? 0) > 20;
    response.writeHead(isLast ? 200 : 307, { location: `${request.url}x`, 'content-type': 'application/json' });
    response.end('[]');
  });
  await expect(CALLS['GitHub']?.(api.url)).rejects.toThrow(
    /Could not call GitHub: the answer leads to another address/
  );
  expect(api.asked()).toBe(4);
});

test.each(Object.entries(CALLS))(
  'a certificate that is not trusted is told as such, and no call of %s is sent again',
  async (_name, call) => {
    api = await startHostileApi((_request, response) => response.end('{}'), 'untrusted');
    await expect(call(api.url)).rejects.toMatchObject({
      code: 'tls-failed',
      kind: 'failed',
      message: expect.stringMatching(/the certificate of the server is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\)$/)
    });
    expect(api.asked()).toBe(0);
  }
);
