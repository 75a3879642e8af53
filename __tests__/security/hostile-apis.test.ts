import { bomb, CALLS, LISTS, sendEndlessly, SMALL, startHostileApi, type HostileApi } from './hostile-api.ts';

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
      message: expect.stringContaining(`more than ${SMALL.answerBytes} bytes`)
    });
    expect(api.asked()).toBe(1);
  }
);

/** The others ask for no compressed answer, and take it as it is. */
test.each(Object.entries(CALLS).filter(([name]) => !name.startsWith('AWS')))(
  'a compressed answer to a call of %s is measured by what comes out of it',
  async (name, call) => {
    api = await startHostileApi(bomb, isAzure(name));
    await expect(call(api.url)).rejects.toThrow(`more than ${SMALL.answerBytes} bytes`);
  }
);

/** The list ends far behind the limit: one without an end would hold a test that fails. */
test.each(Object.entries(LISTS))('a list of %s that has no last page is given up', async (name, list) => {
  let pages = 0;
  api = await startHostileApi((request, response) => {
    pages += 1;
    const next = pages > 10 * SMALL.pages ? {} : nextPage(`https://${request.headers.host ?? ''}/next`);
    const body = { items: [], value: [], databases: [], alertPolicies: [], backups: [], ...next };
    const link = 'nextLink' in next ? { link: `<${next.nextLink}>; rel="next"` } : {};
    const answer = request.url?.includes('/comments') === true ? [] : body;
    response.writeHead(200, { 'content-type': 'application/json', ...link }).end(JSON.stringify(answer));
  }, isAzure(name));
  await expect(list(api.url)).rejects.toThrow(`more than ${SMALL.pages} pages`);
  // Azure's client asks for a page before it is counted.
  expect(api.asked()).toBeLessThanOrEqual(SMALL.pages + 1);
});

/** As each API names it. */
function nextPage(next: string): { readonly [key: string]: unknown; readonly nextLink: string } {
  return { nextPageToken: 'x', NextToken: 'x', nextLink: next, links: { pages: { next } } };
}

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
