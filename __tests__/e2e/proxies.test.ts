import { createServer, request as sendRequest, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { openAws } from '../support/aws-harness.ts';
import { openAzure } from '../support/azure-harness.ts';
import type { CloudHarness } from '../support/cloud-harness.ts';
import { openDigitalOcean } from '../support/digitalocean-harness.ts';

/** A name that leads to this machine behind the proxy, and nowhere else. */
const HIDDEN = 'cloud.invalid';

const asked: string[] = [];
/** Tunnels, which the server does not count as its own. */
const tunnels: Duplex[] = [];
let proxy: Server;

/** As a company has one, between its runners and the internet. */
beforeAll(async () => {
  proxy = createServer((request, response) => {
    const url = new URL(request.url ?? '');
    asked.push(url.hostname);
    const { method, headers } = request;
    const onward = sendRequest(
      { host: '127.0.0.1', port: url.port, path: url.pathname + url.search, method, headers },
      answer => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      }
    );
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  proxy.on('connect', (request, socket) => {
    const [host = '', port] = (request.url ?? '').split(':');
    asked.push(host);
    tunnels.push(socket);
    const onward = connect(Number(port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    socket.on('error', () => onward.destroy());
    onward.on('error', () => socket.destroy());
  });
  await new Promise<void>(resolve => {
    proxy.listen(0, '127.0.0.1', resolve);
  });
});
afterAll(async () => {
  for (const tunnel of tunnels) tunnel.destroy();
  proxy.closeAllConnections();
  await new Promise(resolve => {
    proxy.close(resolve);
  });
});
beforeEach(() => {
  asked.length = 0;
});

interface Row {
  readonly example: string;
  readonly open: () => Promise<CloudHarness>;
  /** Where its requests go. A certificate names the other one. */
  readonly host: string;
}

/** A cloud of each kind: AWS has our agents in its library, Azure its own, and DigitalOcean our requests, as Google. */
const ROWS: readonly (readonly [cloud: string, row: Row])[] = [
  ['aws', { example: 'aws-basic', open: openAws, host: HIDDEN }],
  ['azure', { example: 'azure-basic', open: openAzure, host: '127.0.0.1' }],
  ['digitalocean', { example: 'digitalocean-basic', open: openDigitalOcean, host: HIDDEN }]
];

/** Plans through the proxy, or past it. What a step reads once is alike for all: they share a process. */
async function plan({ example, open, host }: Row, past?: string): Promise<void> {
  const on = await open();
  try {
    const job = await on.job();
    const hidden = Object.entries(on.env).filter(([, value]) => value.startsWith('http://127.0.0.1'));
    const places = Object.fromEntries(hidden.map(([name, value]) => [name, value.replace('127.0.0.1', host)]));
    const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const proxies = { HTTP_PROXY: address, HTTPS_PROXY: address.slice('http://'.length) };
    const env = { ...proxies, ...(past === undefined ? places : { no_proxy: past }) };
    const { log, outputs } = await job.step({ ...on.example(example), command: 'plan' }, { env });
    if (outputs['result'] !== 'planned') throw new Error(log);
  } finally {
    await on.close();
  }
}

// In either case of the names, and past a host: unit/engine/http. As each client reads them: unit/engine/proxies.
test.each(ROWS)('%s is called through the proxy of the runner', async (_, row) => {
  await plan(row);
  expect(asked).toContain(row.host);
});

test.each(ROWS.filter(([cloud]) => cloud === 'azure'))(
  '%s, whose library has its own, is called directly where `no_proxy` says so',
  async (_, row) => {
    await plan(row, 'localhost, *');
    expect(asked).toEqual([]);
  }
);
