import { createServer, type AddressInfo, type Server } from 'node:net';
import { choosePort } from '../../../../../src/providers/local/cluster/port.ts';
import { thisMachine } from '../../../../../src/providers/local/installation/machine.ts';

const machine = thisMachine(process.env);
const open: Server[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map(server => new Promise(resolve => server.close(resolve))));
});

async function occupy(host: string, port = 0): Promise<number> {
  const server = createServer();
  open.push(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return (server.address() as AddressInfo).port;
}

async function hasIpv6(): Promise<boolean> {
  return occupy('::1').then(
    () => true,
    () => false
  );
}

test('takes the requested port, on every loopback address of the machine', async () => {
  const { port } = await choosePort(machine);
  await expect(choosePort(machine, port)).resolves.toEqual({
    port,
    addresses: (await hasIpv6()) ? ['127.0.0.1', '::1'] : ['127.0.0.1']
  });
});

test.each(['127.0.0.1', '0.0.0.0'])('names the holder of the requested port (%s)', async host => {
  const port = await occupy(host);
  await expect(choosePort(machine, port)).rejects.toMatchObject({
    code: 'port-in-use',
    source: 'user',
    message:
      process.platform === 'linux'
        ? (expect.stringMatching(
            `^Could not listen on 127.0.0.1 port ${port}: .+ \\(pid ${process.pid}\\) uses it$`
          ) as string)
        : `Could not listen on 127.0.0.1 port ${port}: another process uses it`
  });
});

test('respects a holder of the port on IPv6 only, where IPv6 exists', async () => {
  const isThere = await hasIpv6();
  const port = isThere ? await occupy('::1') : (await choosePort(machine, 'any')).port;
  const outcome = await choosePort(machine, port).catch((thrown: unknown) => thrown);
  expect(outcome).toMatchObject(isThere ? { code: 'port-in-use' } : { port, addresses: ['127.0.0.1'] });
});

test('chooses 5432 when it is free, and a free one when it is not', async () => {
  const first = await choosePort(machine);
  if (first.port === 5432) await occupy('127.0.0.1', 5432);
  const second = await choosePort(machine);
  expect(second.port).not.toBe(5432);
  expect(second.port).toBeGreaterThan(1023);
  expect(second.port).toBeLessThan(32_768);
});

test('where none of those that it tries is free it says so, and a given port ends that', async () => {
  const tried: number[] = [];
  const noneFree = async (_machine: typeof machine, port: number): Promise<boolean> => {
    tried.push(port);
    return false;
  };
  await expect(choosePort(machine, undefined, noneFree)).rejects.toMatchObject({
    code: 'port-in-use',
    hint: 'Set `port` to a free one.'
  });
  expect([tried[0], tried.length]).toEqual([5432, 21]);
  const { port } = await choosePort(machine, 'any');
  await expect(choosePort(machine, port, noneFree)).resolves.toMatchObject({ port });
});
