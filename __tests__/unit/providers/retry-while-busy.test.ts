import { ProviderError } from '../../../src/errors.ts';
import { retryWhileBusy } from '../../../src/providers/retry-while-busy.ts';
import { fakeContext } from '../../support/fake-context.ts';

const busy = (retryAfterSeconds?: number): ProviderError =>
  new ProviderError('an operation is in progress', {
    kind: 'busy',
    providerCode: 'operationInProgress',
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds })
  });

/** Fails so often with that, then answers. */
function mutation(
  times: number,
  failure: () => Error
): { readonly call: () => Promise<string>; readonly sent: () => number } {
  let sent = 0;
  return {
    call: async () => {
      sent += 1;
      if (sent <= times) throw failure();
      return 'changed';
    },
    sent: () => sent
  };
}

const free = async (): Promise<void> => undefined;
const resource = (execution: ReturnType<typeof fakeContext>) => ({
  what: 'instance orders',
  execution,
  pollSeconds: 5,
  free
});

test('a busy resource is tried again, with a line for each repetition', async () => {
  const execution = fakeContext();
  await expect(retryWhileBusy(resource(execution), mutation(2, busy).call)).resolves.toBe('changed');
  expect(execution.lines).toEqual([
    'info: instance orders is busy: an operation is in progress; trying again in 5 s (1/6)',
    'info: instance orders is busy: an operation is in progress; trying again in 5 s (2/6)'
  ]);
});

test('one that is never free is its own failure, which keeps the last answer', async () => {
  const { call, sent } = mutation(99, busy);
  await expect(retryWhileBusy(resource(fakeContext()), call)).rejects.toMatchObject({
    kind: 'busy',
    providerCode: 'operationInProgress',
    message:
      'Could not change instance orders: it was busy in each of 6 tries over 25 s. The last answer: an operation is in progress',
    hint: expect.stringContaining('Look at what the last answer names') as string
  });
  expect(sent()).toBe(6);
});

test('the tries end with their time, with any number of tries left', async () => {
  const { call, sent } = mutation(99, () => busy(100));
  const limited = { ...resource(fakeContext()), mostTries: 1000, mostSeconds: 250 };
  await expect(retryWhileBusy(limited, call)).rejects.toThrow('in each of 3 tries over 3 min 20 s');
  expect(sent()).toBe(3);
});

test('any other failure passes at once', async () => {
  const { call, sent } = mutation(9, () => new ProviderError('no', { kind: 'invalid' }));
  await expect(retryWhileBusy(resource(fakeContext()), call)).rejects.toThrow('no');
  expect(sent()).toBe(1);
});
