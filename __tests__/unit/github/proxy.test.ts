import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { readPullRequest } from '../../../src/github/pull-request.ts';
import { startGithub, type FakeGithub } from '../../clouds/github/github.ts';
import { clientOf } from './setting.ts';

const VARIABLES = ['GITHUB_API_URL', 'http_proxy', 'no_proxy'] as const;
const before = VARIABLES.map(name => [name, process.env[name]] as const);
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
  process.env['GITHUB_API_URL'] = 'http://git.invalid/api';
  process.env['http_proxy'] = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  delete process.env['no_proxy'];
});

afterAll(async () => {
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  await github.stop();
  proxy.closeAllConnections();
  await new Promise(resolve => {
    proxy.close(resolve);
  });
});

test("requests go through the runner's proxy", async () => {
  const client = clientOf({ ...github, url: 'http://git.invalid' });
  expect(await readPullRequest(client, 7)).toMatchObject({ number: 7 });
  expect(asked).toEqual(['git.invalid:80']);
});
