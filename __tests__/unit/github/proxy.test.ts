import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { startGithub, type FakeGithub } from '../../clouds/github/github.ts';

const asked: string[] = [];
let github: FakeGithub;
let proxy: Server;

beforeAll(async () => {
  github = await startGithub();
  github.seedPull({ number: 7 });
  proxy = createServer();
  proxy.on('connect', (request, socket) => {
    asked.push(request.url ?? '');
    const upstream = connect(Number(new URL(github.url).port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    socket.on('error', () => upstream.destroy());
    upstream.on('error', () => socket.destroy());
  });
  await new Promise<void>(resolve => {
    proxy.listen(0, '127.0.0.1', resolve);
  });
});

afterAll(async () => {
  await github.stop();
  proxy.closeAllConnections();
  await new Promise(resolve => {
    proxy.close(resolve);
  });
});

/** The library reads its variables while it loads: a process of its own asks. */
async function askedAlone(): Promise<unknown> {
  const { no_proxy: _, ...env } = process.env;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON',
      path.join(import.meta.dirname, 'read-alone.ts'),
      JSON.stringify({ token: github.token, repository: github.repository, number: 7 })
    ],
    {
      env: {
        ...env,
        GITHUB_API_URL: 'http://git.invalid/api',
        http_proxy: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
      }
    }
  );
  return JSON.parse(stdout);
}

test("requests go through the runner's proxy", async () => {
  expect(await askedAlone()).toMatchObject({ number: 7 });
  expect(asked).toEqual(['git.invalid:80']);
});
