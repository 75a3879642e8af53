import { ActionError, ProviderError, type FailureKind } from '../../../src/errors.ts';
import { formatSeconds, waitUntil, type Look, type WaitPolicy } from '../../../src/engine/wait.ts';
import { asleep, fakeContext, type FakeContext } from '../../support/fake-context.ts';

type Scripted = Look<string> | Error;

const done: Look<string> = { state: 'done', value: 'ready' };
const pending: Look<string> = { state: 'pending', detail: 'creating' };
const lost = (kind: FailureKind, retryAfterSeconds?: number): ProviderError =>
  new ProviderError(`it is ${kind}`, { kind, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) });

/** Polls that see each of these in turn, the last one for ever; and the seconds at which they were made. */
function scripted(
  execution: FakeContext,
  looks: readonly Scripted[],
  more: Partial<WaitPolicy<string>> & { readonly within?: number } = {}
): { readonly policy: WaitPolicy<string>; readonly at: readonly number[] } {
  const at: number[] = [];
  const start = execution.clock.now().getTime();
  const { within = 600, ...rest } = more;
  const look = async (): Promise<Look<string>> => {
    const seen = looks[Math.min(at.length, looks.length - 1)] ?? done;
    at.push((execution.clock.now().getTime() - start) / 1000);
    if (seen instanceof Error) throw seen;
    return seen;
  };
  return {
    policy: { what: 'server orders', look, intervalSeconds: 10, deadline: new Date(start + within * 1000), ...rest },
    at
  };
}

describe('waiting', () => {
  test('ends at the first poll when the state is reached, without a log line', async () => {
    const execution = fakeContext();
    const { policy, at } = scripted(execution, [done]);
    await expect(waitUntil(execution, policy)).resolves.toBe('ready');
    expect([at, execution.lines]).toEqual([[0], []]);
  });

  test('polls at every interval until it is', async () => {
    const execution = fakeContext();
    const { policy, at } = scripted(execution, [pending, pending, done]);
    await expect(waitUntil(execution, policy)).resolves.toBe('ready');
    expect(at).toEqual([0, 10, 20]);
  });

  test('ends as failed when the provider reports a final failure', async () => {
    const execution = fakeContext();
    const { policy } = scripted(execution, [
      pending,
      { state: 'failed', message: 'storage-full', hint: 'Ask for more storage.' }
    ]);
    await expect(waitUntil(execution, policy)).rejects.toMatchObject({
      message: 'server orders: storage-full',
      code: 'provider-failed',
      kind: 'failed',
      hint: 'Ask for more storage.'
    });
  });

  test('ends with the failure of a poll that no repetition would fix', async () => {
    const execution = fakeContext();
    const denied = lost('denied');
    const { policy, at } = scripted(execution, [pending, denied]);
    await expect(waitUntil(execution, policy)).rejects.toBe(denied);
    expect(at).toEqual([0, 10]);
  });

  test('with consecutive polls counts again after a pending one', async () => {
    const execution = fakeContext();
    const { policy, at } = scripted(execution, [done, done, pending, done, done, done], { consecutive: 3 });
    await expect(waitUntil(execution, policy)).resolves.toBe('ready');
    expect(at).toEqual([0, 10, 20, 30, 40, 50]);
    expect(execution.lines[0]).toBe('info: server orders: settling (0 s)');
  });
});

describe('the deadline', () => {
  test('is in progress, never a success, with the way to go on', async () => {
    const execution = fakeContext();
    const { policy, at } = scripted(execution, [pending], { within: 75 });
    await expect(waitUntil(execution, policy)).rejects.toMatchObject({
      code: 'in-progress',
      message: 'server orders is still in progress after 1 min 15 s: creating',
      hint: expect.stringContaining('resumes') as string
    });
    expect(at).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 75]);
  });

  test('has its last poll at the deadline itself, and that one counts', async () => {
    const execution = fakeContext();
    const { policy, at } = scripted(execution, [pending, pending, done], { within: 15 });
    await expect(waitUntil(execution, policy)).resolves.toBe('ready');
    expect(at).toEqual([0, 10, 15]);
  });

  test('already over allows one poll', async () => {
    const execution = fakeContext();
    const { policy, at } = scripted(execution, [pending], { within: -1 });
    await expect(waitUntil(execution, policy)).rejects.toMatchObject({ code: 'in-progress' });
    expect(at).toEqual([0]);
    const ready = scripted(execution, [done], { within: -1 });
    await expect(waitUntil(execution, ready.policy)).resolves.toBe('ready');
  });

  test('is not delayed by failed polls', async () => {
    const execution = fakeContext();
    const { policy, at } = scripted(execution, [pending, lost('throttled', 3600)], { within: 60 });
    const thrown: unknown = await waitUntil(execution, policy).catch((error: unknown) => error);
    expect(thrown).toMatchObject({
      code: 'in-progress',
      message: 'server orders is still in progress after 1 min: creating; now it is throttled'
    });
    expect(execution.lines.at(-1)).toBe('info: server orders: creating; now it is throttled (1 min)');
    expect((thrown as ActionError).cause).toMatchObject({ kind: 'throttled' });
    expect(at).toEqual([0, 10, 60]);
  });
});

describe('a failed poll', () => {
  test.each<FailureKind>(['throttled', 'busy', 'transient'])(
    '(%s) ends nothing, however many there are',
    async kind => {
      const execution = fakeContext({ random: () => 0 });
      const { policy, at } = scripted(execution, [...Array.from({ length: 20 }, () => lost(kind)), done]);
      await expect(waitUntil(execution, policy)).resolves.toBe('ready');
      expect(at).toHaveLength(21);
      expect(execution.lines.filter(line => line.startsWith('debug:'))).toHaveLength(20);
    }
  );

  test('is followed by growing pauses, at least the interval, or as long as the provider asks', async () => {
    const execution = fakeContext();
    const { policy, at } = scripted(
      execution,
      [lost('busy'), lost('busy'), lost('busy'), lost('busy', 40), pending, lost('busy'), done],
      {
        intervalSeconds: 3
      }
    );
    await expect(waitUntil(execution, policy)).resolves.toBe('ready');
    expect(at).toEqual([0, 3, 6, 10, 50, 53, 56]);
  });

  test('neither counts nor breaks a row of polls that say done', async () => {
    const execution = fakeContext({ random: () => 0 });
    const { policy, at } = scripted(execution, [done, lost('transient'), done], { consecutive: 2 });
    await expect(waitUntil(execution, policy)).resolves.toBe('ready');
    expect(at).toEqual([0, 10, 20]);
  });
});

describe('progress', () => {
  test('is logged at every new state and at intervals, with the usual time', async () => {
    const execution = fakeContext();
    const starting: Look<string> = { state: 'pending', detail: 'starting' };
    const looks = [...Array.from({ length: 8 }, () => pending), starting, starting, done];
    const { policy } = scripted(execution, looks, { usually: '5–10 min' });
    await waitUntil(execution, policy);
    expect(execution.lines).toEqual([
      'info: server orders: creating (0 s, usually 5–10 min)',
      'info: server orders: creating (30 s, usually 5–10 min)',
      'info: server orders: creating (1 min, usually 5–10 min)',
      'info: server orders: starting (1 min 20 s, usually 5–10 min)'
    ]);
  });

  test('is logged as often as configured', async () => {
    const execution = fakeContext();
    const { policy } = scripted(execution, [...Array.from({ length: 7 }, () => pending), done], {
      progressSeconds: 60
    });
    await waitUntil(execution, policy);
    expect(execution.lines).toHaveLength(2);
  });

  test('is also logged while no poll gets an answer', async () => {
    const execution = fakeContext({ random: () => 0 });
    const { policy } = scripted(execution, [...Array.from({ length: 4 }, () => lost('transient')), done]);
    await waitUntil(execution, policy);
    expect(execution.lines.filter(line => line.startsWith('info:'))).toEqual([
      'info: server orders: no answer yet; now it is transient (30 s)'
    ]);
  });

  test.each([
    [0, '0 s'],
    [59, '59 s'],
    [60, '1 min'],
    [75, '1 min 15 s'],
    [3600, '60 min']
  ])('writes %i seconds as %s', (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text);
  });
});

describe('cancellation', () => {
  const reason = new ActionError('SIGTERM', { code: 'cancelled', source: 'user' });

  test('before the first poll sends none', async () => {
    const execution = fakeContext();
    execution.abort(reason);
    const { policy, at } = scripted(execution, [done]);
    await expect(waitUntil(execution, policy)).rejects.toBe(reason);
    expect(at).toEqual([]);
  });

  test('between two polls ends the pause', async () => {
    const execution = fakeContext();
    const { policy, at } = scripted(execution, [pending]);
    const waiting = waitUntil(execution, policy);
    await asleep(execution);
    execution.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    expect([at, execution.clock.sleeping]).toEqual([[0], 0]);
  });

  test('during a poll that it interrupts ends the wait', async () => {
    const execution = fakeContext();
    const { policy } = scripted(execution, [], {
      look: async () => {
        execution.abort(reason);
        throw lost('transient');
      }
    });
    await expect(waitUntil(execution, policy)).rejects.toBe(reason);
  });
});
