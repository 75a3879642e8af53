import { ActionError, ProviderError, type FailureKind } from '../../../src/errors.ts';
import { formatSeconds, waitUntil, type Look, type WaitPolicy } from '../../../src/engine/wait.ts';
import { asleep, fakeContext, type FakeContext } from '../../support/fake-context.ts';

type Scripted = Look<string> | Error;

const done: Look<string> = { state: 'done', value: 'ready' };
const pending: Look<string> = { state: 'pending', detail: 'creating' };
const lost = (kind: FailureKind, retryAfterSeconds?: number): ProviderError =>
  new ProviderError(`it is ${kind}`, { kind, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) });

/** Looks that see each of these in turn, the last one for ever; and the seconds at which they were made. */
function scripted(
  context: FakeContext,
  looks: readonly Scripted[],
  more: Partial<WaitPolicy<string>> & { readonly within?: number } = {}
): { readonly policy: WaitPolicy<string>; readonly at: readonly number[] } {
  const at: number[] = [];
  const start = context.clock.now().getTime();
  const { within = 600, ...rest } = more;
  const look = async (): Promise<Look<string>> => {
    const seen = looks[Math.min(at.length, looks.length - 1)] ?? done;
    at.push((context.clock.now().getTime() - start) / 1000);
    if (seen instanceof Error) throw seen;
    return seen;
  };
  return {
    policy: { what: 'server orders', look, intervalSeconds: 10, deadline: new Date(start + within * 1000), ...rest },
    at
  };
}

describe('waiting', () => {
  test('ends at the first look when the thing is done, without a word', async () => {
    const context = fakeContext();
    const { policy, at } = scripted(context, [done]);
    await expect(waitUntil(context, policy)).resolves.toBe('ready');
    expect([at, context.lines]).toEqual([[0], []]);
  });

  test('looks at every interval until it is', async () => {
    const context = fakeContext();
    const { policy, at } = scripted(context, [pending, pending, done]);
    await expect(waitUntil(context, policy)).resolves.toBe('ready');
    expect(at).toEqual([0, 10, 20]);
  });

  test('ends as failed when the provider calls it hopeless', async () => {
    const context = fakeContext();
    const { policy } = scripted(context, [
      pending,
      { state: 'failed', message: 'storage-full', hint: 'Ask for more storage.' }
    ]);
    await expect(waitUntil(context, policy)).rejects.toMatchObject({
      message: 'server orders: storage-full',
      code: 'provider-failed',
      kind: 'failed',
      hint: 'Ask for more storage.'
    });
  });

  test('ends with the failure of a look that no other look would cure', async () => {
    const context = fakeContext();
    const denied = lost('denied');
    const { policy, at } = scripted(context, [pending, denied]);
    await expect(waitUntil(context, policy)).rejects.toBe(denied);
    expect(at).toEqual([0, 10]);
  });

  test('with consecutive looks starts to count again after a look that says pending', async () => {
    const context = fakeContext();
    const { policy, at } = scripted(context, [done, done, pending, done, done, done], { consecutive: 3 });
    await expect(waitUntil(context, policy)).resolves.toBe('ready');
    expect(at).toEqual([0, 10, 20, 30, 40, 50]);
    expect(context.lines[0]).toBe('info: server orders: settling (0 s)');
  });
});

describe('the deadline', () => {
  test('is in progress, never a success, with the way to go on', async () => {
    const context = fakeContext();
    const { policy, at } = scripted(context, [pending], { within: 75 });
    await expect(waitUntil(context, policy)).rejects.toMatchObject({
      code: 'in-progress',
      message: 'server orders is still in progress after 1 min 15 s: creating',
      hint: expect.stringContaining('resumes') as string
    });
    expect(at).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 75]);
  });

  test('has its last look at the deadline itself, and that one counts', async () => {
    const context = fakeContext();
    const { policy, at } = scripted(context, [pending, pending, done], { within: 15 });
    await expect(waitUntil(context, policy)).resolves.toBe('ready');
    expect(at).toEqual([0, 10, 15]);
  });

  test('already over allows one look', async () => {
    const context = fakeContext();
    const { policy, at } = scripted(context, [pending], { within: -1 });
    await expect(waitUntil(context, policy)).rejects.toMatchObject({ code: 'in-progress' });
    expect(at).toEqual([0]);
    const ready = scripted(context, [done], { within: -1 });
    await expect(waitUntil(context, ready.policy)).resolves.toBe('ready');
  });

  test('is not put off by looks that are lost', async () => {
    const context = fakeContext();
    const { policy, at } = scripted(context, [pending, lost('throttled', 3600)], { within: 60 });
    const thrown: unknown = await waitUntil(context, policy).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code: 'in-progress', message: expect.stringContaining('creating') as string });
    expect((thrown as ActionError).cause).toMatchObject({ kind: 'throttled' });
    expect(at).toEqual([0, 10, 60]);
  });
});

describe('a lost look', () => {
  test.each<FailureKind>(['throttled', 'busy', 'transient'])(
    '(%s) ends nothing, however many there are',
    async kind => {
      const context = fakeContext({ random: () => 0 });
      const { policy, at } = scripted(context, [...Array.from({ length: 20 }, () => lost(kind)), done]);
      await expect(waitUntil(context, policy)).resolves.toBe('ready');
      expect(at).toHaveLength(21);
      expect(context.lines.filter(line => line.startsWith('debug:'))).toHaveLength(20);
    }
  );

  test('is followed by growing pauses, at least the interval, or as long as the provider asks', async () => {
    const context = fakeContext();
    const { policy, at } = scripted(
      context,
      [lost('busy'), lost('busy'), lost('busy'), lost('busy', 40), pending, lost('busy'), done],
      {
        intervalSeconds: 3
      }
    );
    await expect(waitUntil(context, policy)).resolves.toBe('ready');
    expect(at).toEqual([0, 3, 6, 10, 50, 53, 56]);
  });

  test('neither counts nor breaks a row of looks that say done', async () => {
    const context = fakeContext({ random: () => 0 });
    const { policy, at } = scripted(context, [done, lost('transient'), done], { consecutive: 2 });
    await expect(waitUntil(context, policy)).resolves.toBe('ready');
    expect(at).toEqual([0, 10, 20]);
  });
});

describe('progress', () => {
  test('is told at every new state and every so often, with the time that is usual', async () => {
    const context = fakeContext();
    const starting: Look<string> = { state: 'pending', detail: 'starting' };
    const looks = [...Array.from({ length: 8 }, () => pending), starting, starting, done];
    const { policy } = scripted(context, looks, { usually: '5–10 min' });
    await waitUntil(context, policy);
    expect(context.lines).toEqual([
      'info: server orders: creating (0 s, usually 5–10 min)',
      'info: server orders: creating (30 s, usually 5–10 min)',
      'info: server orders: creating (1 min, usually 5–10 min)',
      'info: server orders: starting (1 min 20 s, usually 5–10 min)'
    ]);
  });

  test('is told as often as asked', async () => {
    const context = fakeContext();
    const { policy } = scripted(context, [...Array.from({ length: 7 }, () => pending), done], { progressSeconds: 60 });
    await waitUntil(context, policy);
    expect(context.lines).toHaveLength(2);
  });

  test('is told while no look gets an answer, too', async () => {
    const context = fakeContext({ random: () => 0 });
    const { policy } = scripted(context, [...Array.from({ length: 4 }, () => lost('transient')), done]);
    await waitUntil(context, policy);
    expect(context.lines.filter(line => line.startsWith('info:'))).toEqual([
      'info: server orders: no answer yet (30 s)'
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

  test('before the first look makes none', async () => {
    const context = fakeContext();
    context.abort(reason);
    const { policy, at } = scripted(context, [done]);
    await expect(waitUntil(context, policy)).rejects.toBe(reason);
    expect(at).toEqual([]);
  });

  test('between two looks ends the pause', async () => {
    const context = fakeContext();
    const { policy, at } = scripted(context, [pending]);
    const waiting = waitUntil(context, policy);
    await asleep(context);
    context.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    expect([at, context.clock.sleeping]).toEqual([[0], 0]);
  });

  test('during a look that is lost by it ends the wait', async () => {
    const context = fakeContext();
    const { policy } = scripted(context, [], {
      look: async () => {
        context.abort(reason);
        throw lost('transient');
      }
    });
    await expect(waitUntil(context, policy)).rejects.toBe(reason);
  });
});
