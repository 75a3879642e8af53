import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { retry } from '../../../src/engine/retry.ts';
import { callLimit } from '../../../src/providers/call-limit.ts';
import { fakeContext } from '../../support/fake-context.ts';

const QUICK = { PGKEEP_CALL_SECONDS: '0.05' };
const never = async (): Promise<never> => new Promise<never>(() => undefined);

describe('a server that stalls', () => {
  let server: Server;
  let url: string;
  let requests: number;
  beforeEach(async () => {
    requests = 0;
    server = createServer((request, response) => {
      requests += 1;
      if (request.url === '/header') return;
      response.writeHead(200, { 'content-length': '1000' }).write('{"half":');
    });
    await new Promise<void>(resolve => {
      server.listen(0, '127.0.0.1', resolve);
    });
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  test.each(['header', 'body'])('in its %s is abandoned at the limit, as a transient failure', async part => {
    const limited = callLimit(QUICK, fakeContext());
    const call = limited('orders:list', async signal => {
      const answer = await fetch(`${url}/${part}`, { signal });
      return answer.text();
    });
    await expect(call).rejects.toMatchObject({
      kind: 'transient',
      message: 'Could not call orders:list: no answer in 0.05 s'
    });
  });

  test('is called again by a retry, and the last failure gives the time it waited', async () => {
    const execution = fakeContext();
    const limited = callLimit(QUICK, execution);
    const policy = { what: 'orders:list', idempotent: true, attempts: 3 };
    const call = retry(execution, policy, async () =>
      limited('orders:list', async signal => fetch(`${url}/header`, { signal }))
    );
    await expect(call).rejects.toMatchObject({ message: expect.stringContaining('no answer in 0.05 s') as string });
    expect(requests).toBe(3);
  });
});

test('a client that ignores the signal is abandoned as well', async () => {
  await expect(callLimit(QUICK, fakeContext())('orders:list', never)).rejects.toMatchObject({ kind: 'transient' });
});

test('a run that ends also ends its call, with the reason of the end', async () => {
  const execution = fakeContext();
  const call = callLimit({}, execution)('orders:list', never);
  const reason = new Error('timeout_minutes is over');
  execution.abort(reason);
  await expect(call).rejects.toBe(reason);
});

test('a run that has ended starts no call', async () => {
  const execution = fakeContext();
  execution.abort(new Error('over'));
  let called = false;
  const call = callLimit({}, execution)('orders:list', async () => {
    called = true;
  });
  await expect(call).rejects.toThrow('over');
  expect(called).toBe(false);
});

test.each([
  ['an answer', async () => 'answer', 'answer'],
  ['a failure', async () => Promise.reject(new Error('refused')), 'refused']
])('%s in time passes as it is', async (_what, call, expected) => {
  const ended = await callLimit(QUICK, fakeContext())<string>('orders:list', call).catch((thrown: unknown) =>
    thrown instanceof Error ? thrown.message : thrown
  );
  expect(ended).toBe(expected);
});
