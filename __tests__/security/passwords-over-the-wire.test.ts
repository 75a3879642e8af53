import { createHash } from 'node:crypto';
import { probe } from '../../src/postgres/connection.ts';
import type { Tls } from '../../src/postgres/tls.ts';
import { startFakeServer, type Asks, type FakeServer } from './fake-server.ts';

const PASSWORD = 'tweet-of-the-wire';
const MD5 = createHash('md5')
  .update(createHash('md5').update(`${PASSWORD}shop`).digest('hex'))
  .update(Buffer.from([1, 2, 3, 4]))
  .digest('hex');

async function attempt(server: FakeServer, tls: Tls): Promise<unknown> {
  const target = { host: '127.0.0.1', port: server.port, user: 'shop', password: PASSWORD, database: 'shop', tls };
  return probe({ ...target, connectTimeoutSeconds: 2 }, new AbortController().signal).catch(
    (thrown: unknown) => thrown
  );
}

async function against<T>(asks: Asks, tls: boolean, use: (server: FakeServer) => Promise<T>): Promise<T> {
  const server = await startFakeServer(asks, tls);
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}

test.each([
  ['its password in clear text', 'cleartext', 'without TLS'],
  ['its password in clear text', 'cleartext', 'over TLS that is not verified'],
  ['the MD5 hash of its password', 'md5', 'without TLS'],
  ['the MD5 hash of its password', 'md5', 'over TLS that is not verified']
] as const)('a server that asks for %s (%s) %s does not get it', async (_what, asks, how) => {
  const encrypted = how !== 'without TLS';
  await against(asks, encrypted, async server => {
    const thrown = await attempt(server, encrypted ? { verify: 'none' } : 'off');
    expect(thrown).toMatchObject({ code: 'tls-failed', kind: 'failed' });
    expect(server.heard()).toContain('shop');
    expect(server.heard()).not.toContain(PASSWORD);
    expect(server.heard()).not.toContain(MD5);
  });
});

test('a server that admits everyone is not trusted over unverified TLS', async () => {
  await against('trust', true, async server => {
    expect(await attempt(server, { verify: 'none' })).toMatchObject({ code: 'tls-failed' });
    expect(server.heard()).not.toContain('SELECT');
  });
});

test('a server with a verified certificate gets the password in the way that it asks for', async () => {
  await against('cleartext', true, async server => {
    await attempt(server, { verify: 'ca', ca: server.ca });
    expect(server.heard()).toContain(PASSWORD);
  });
});

test('SCRAM reveals no password to the server, and binds the proof to the connection', async () => {
  await against('scram', true, async server => {
    await attempt(server, { verify: 'none' });
    expect(server.heard()).toContain('SCRAM-SHA-256');
    // `y`: this client can bind to the connection, so that a server in between can't talk it out of it.
    expect(server.heard()).toContain('y,,n=*');
    expect(server.heard()).not.toContain(PASSWORD);
  });
});

test('an untrusted certificate is reported as such', async () => {
  await against('scram', true, async server => {
    const thrown = await attempt(server, { verify: 'full' });
    expect(thrown).toMatchObject({ code: 'tls-failed' });
    expect(String(thrown)).toMatch(/certificate/);
  });
});
