import { MOST_ANSWER_BYTES, MOST_PAGES } from '../../src/engine/limits.ts';
import { bomb, CALLS, LISTS, sendEndlessly, startHostileApi, type HostileApi } from './hostile-api.ts';

let api: HostileApi | undefined;
afterEach(async () => api?.stop());

const isAzure = (name: string): boolean => name.startsWith('Azure');

test.each(Object.entries(CALLS))(
  'an endless answer to a call of %s is given up, and the limit is named',
  async (name, call) => {
    api = await startHostileApi(sendEndlessly, isAzure(name));
    await expect(call(api.url)).rejects.toMatchObject({
      code: 'provider-failed',
      kind: 'failed',
      message: expect.stringContaining(`more than ${MOST_ANSWER_BYTES} bytes`)
    });
    expect(api.asked()).toBe(1);
  }
);

/** The others ask for no compressed answer, and take it as it is. */
test.each(Object.entries(CALLS).filter(([name]) => !name.startsWith('AWS')))(
  'a compressed answer to a call of %s is measured by what comes out of it',
  async (name, call) => {
    api = await startHostileApi(bomb, isAzure(name));
    await expect(call(api.url)).rejects.toThrow(`more than ${MOST_ANSWER_BYTES} bytes`);
  }
);

test.each(Object.entries(LISTS))(
  'a list of %s that has no last page is given up',
  async (name, list) => {
    api = await startHostileApi((request, response) => {
      const next = `https://${request.headers.host ?? ''}/next`;
      const body = {
        items: [],
        nextPageToken: 'x',
        value: [],
        nextLink: next,
        databases: [],
        links: { pages: { next } }
      };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    }, isAzure(name));
    await expect(list(api.url)).rejects.toThrow(`more than ${MOST_PAGES} pages`);
  },
  30_000
);

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
