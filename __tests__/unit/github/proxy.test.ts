import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { readPullRequest } from '../../../src/github/pull-request.ts';
import { startGithub, type FakeGithub } from '../../clouds/github/github.ts';
import { clientOf } from './setting.ts';

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

describe('the client that a proxy needs', () => {
  const READ = 'GET /repos/{owner}/{repo}/pulls/{pull_number}';
  /** The library read its variables before: it asks this address directly, which is loopback by another name. */
  const read = async () => readPullRequest(clientOf({ ...github, url: github.url.replace('127.0.0.1', '0.0.0.0') }), 7);
  const before = process.env['http_proxy'];
  beforeAll(() => {
    process.env['http_proxy'] = 'http://127.0.0.1:1';
  });
  afterAll(() => {
    if (before === undefined) delete process.env['http_proxy'];
    else process.env['http_proxy'] = before;
  });

  test('reads an answer, and follows one on the same host', async () => {
    const moved = { status: 301, headers: { location: '/repos/acme/shop/pulls/7' }, body: {} };
    github.fault({ on: READ, answer: moved });
    expect(await read()).toMatchObject({ number: 7 });
  });

  test('is led to no other host', async () => {
    const earlier = github.requests(READ).length;
    github.fault({ on: READ, answer: { status: 301, headers: { location: github.url }, body: {} } });
    await expect(read()).rejects.toThrow('Could not call GitHub: the answer leads to another address, on 127.0.0.1');
    expect(github.requests(READ)).toHaveLength(earlier + 1);
  });

  test('tells a refusal', async () => {
    github.fault({ on: READ, answer: { status: 403, body: { message: 'Resource not accessible by integration' } } });
    await expect(read()).rejects.toMatchObject({ hint: 'Give the job `permissions: pull-requests: read`.' });
  });
});
