import { ProviderError, type FailureKind } from '../../../src/errors.ts';
import { pauseSeconds, retry, type RetryPolicy } from '../../../src/engine/retry.ts';
import { asleep, fakeContext } from '../../support/fake-context.ts';

const failure = (kind: FailureKind, retryAfterSeconds?: number): ProviderError =>
  new ProviderError(`it is ${kind}`, { kind, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) });

const policy: RetryPolicy = { what: 'create thing', idempotent: true };

/** A call that fails with each of these in turn, then answers `made`; and how often it was sent. */
function script(...failures: readonly unknown[]): {
  readonly call: () => Promise<string>;
  readonly sent: () => number;
} {
  let sent = 0;
  return {
    call: async () => {
      sent += 1;
      const thrown = failures[sent - 1];
      if (thrown !== undefined) throw thrown;
      return 'made';
    },
    sent: () => sent
  };
}

describe('retry', () => {
  test('logs nothing and never pauses when the first try succeeds', async () => {
    const execution = fakeContext();
    const { call, sent } = script();
    await expect(retry(execution, policy, call)).resolves.toBe('made');
    expect([sent(), execution.clock.slept, execution.lines]).toEqual([1, [], []]);
  });

  test.each<FailureKind>(['busy', 'throttled', 'transient'])('retries a failure that is %s', async kind => {
    const { call, sent } = script(failure(kind), failure(kind));
    await expect(retry(fakeContext(), policy, call)).resolves.toBe('made');
    expect(sent()).toBe(3);
  });

  test.each<FailureKind>([
    'not-found',
    'already-exists',
    'denied',
    'unauthenticated',
    'invalid',
    'quota',
    'capacity',
    'protected',
    'failed'
  ])('gives up at once on a failure that is %s', async kind => {
    const thrown = failure(kind);
    const { call, sent } = script(thrown);
    await expect(retry(fakeContext(), policy, call)).rejects.toBe(thrown);
    expect(sent()).toBe(1);
  });

  test.each([
    [9.9, 'debug'],
    [10, 'info']
  ])('logs a first pause of %p s as %s', async (seconds, level) => {
    const execution = fakeContext({ random: () => 0 });
    await retry(execution, policy, script(failure('throttled', seconds)).call);
    expect(execution.lines).toEqual([
      `${level}: create thing: it is throttled; trying again in ${seconds.toFixed(1)} s (1/6)`
    ]);
  });

  test('gives up at once on an untranslated error', async () => {
    const thrown = new Error('socket hang up');
    const { call, sent } = script(thrown);
    await expect(retry(fakeContext(), policy, call)).rejects.toBe(thrown);
    expect(sent()).toBe(1);
  });

  test('retries the given kinds, and no others', async () => {
    const only = { ...policy, kinds: ['not-found'] } as const;
    await expect(retry(fakeContext(), only, script(failure('not-found')).call)).resolves.toBe('made');
    const busy = script(failure('busy'));
    await expect(retry(fakeContext(), only, busy.call)).rejects.toThrow('busy');
    expect(busy.sent()).toBe(1);
  });

  test.each([
    [undefined, 6],
    [3, 3],
    [1, 1]
  ])('with attempts %s it sends %i times at most and throws the last failure', async (attempts, times) => {
    const failures = Array.from({ length: 9 }, () => failure('busy'));
    const { call, sent } = script(...failures);
    const execution = fakeContext();
    const limited = { ...policy, ...(attempts === undefined ? {} : { attempts }) };
    await expect(retry(execution, limited, call)).rejects.toBe(failures[times - 1]);
    expect(sent()).toBe(times);
    expect(execution.clock.slept).toHaveLength(times - 1);
  });

  test('logs each retry with the failure and the count; a first short pause only at debug level', async () => {
    const execution = fakeContext({ random: () => 0.5 });
    await retry(execution, policy, script(failure('busy'), failure('busy')).call);
    expect(execution.lines).toEqual([
      'debug: create thing: it is busy; trying again in 0.5 s (1/6)',
      'info: create thing: it is busy; trying again in 1.0 s (2/6)'
    ]);
  });

  test('starts no try after its time', async () => {
    const failures = Array.from({ length: 9 }, () => failure('throttled', 100));
    const { call, sent } = script(...failures);
    await expect(retry(fakeContext(), { ...policy, attempts: 9, mostSeconds: 250 }, call)).rejects.toThrow('throttled');
    expect(sent()).toBe(3);
    const usual = script(...failures);
    await expect(retry(fakeContext(), { ...policy, attempts: 9 }, usual.call)).rejects.toThrow('throttled');
    expect(usual.sent()).toBe(7);
  });
});

/** The pauses between all tries of a call that is always throttled. */
async function pauses(
  random: number,
  more: Partial<RetryPolicy> = {},
  retryAfter?: number
): Promise<readonly number[]> {
  const execution = fakeContext({ random: () => random });
  const failures = Array.from({ length: 9 }, () => failure('throttled', retryAfter));
  await expect(retry(execution, { ...policy, attempts: 8, ...more }, script(...failures).call)).rejects.toThrow(
    'throttled'
  );
  return execution.clock.slept;
}

describe('the pauses', () => {
  test('double under a cap, with full jitter', async () => {
    expect(await pauses(1)).toEqual([1, 2, 4, 8, 16, 30, 30]);
    expect(await pauses(0.5)).toEqual([0.5, 1, 2, 4, 8, 15, 15]);
    expect(await pauses(0)).toEqual([0, 0, 0, 0, 0, 0, 0]);
    expect(await pauses(1, { baseSeconds: 0.1, capSeconds: 0.5, attempts: 6 })).toEqual([0.1, 0.2, 0.4, 0.5, 0.5]);
  });

  test('are as long as the provider asks, over the cap too, and never shorter', async () => {
    expect(await pauses(0, { attempts: 3 }, 60)).toEqual([60, 60]);
    expect(await pauses(1, { attempts: 4 }, 2)).toEqual([2, 2, 4]);
  });

  test('are the same for every caller', () => {
    expect(pauseSeconds({ random: () => 1 }, failure('busy'), 3)).toBe(4);
    expect(pauseSeconds({ random: () => 1 }, failure('busy', 9), 3, { capSeconds: 2 })).toBe(9);
  });
});

const findsNothing = async (): Promise<undefined> => undefined;

describe('a call that may not be sent twice', () => {
  const once = { what: 'create thing', idempotent: false } as const;

  test('is not repeated when its answer is lost and there is no recheck', async () => {
    const { call, sent } = script(failure('transient'));
    const execution = fakeContext();
    await expect(retry(execution, once, call)).rejects.toThrow('transient');
    expect([sent(), execution.clock.slept]).toEqual([1, []]);
  });

  test.each<FailureKind>(['busy', 'throttled'])(
    'is repeated without a recheck when it was rejected as %s',
    async kind => {
      const { call, sent } = script(failure(kind));
      const looks = script();
      await expect(retry(fakeContext(), { ...once, recheck: looks.call }, call)).resolves.toBe('made');
      expect([sent(), looks.sent()]).toEqual([2, 0]);
    }
  );

  test('is not repeated when the recheck finds it done', async () => {
    const { call, sent } = script(failure('transient'));
    await expect(retry(fakeContext(), { ...once, recheck: script().call }, call)).resolves.toBe('made');
    expect(sent()).toBe(1);
  });

  test('is repeated after each recheck that finds nothing', async () => {
    const order: string[] = [];
    const { call } = script(failure('transient'), failure('transient'));
    const recheck = async (): Promise<undefined> => void order.push('look');
    const attempt = async (): Promise<string> => {
      order.push('send');
      return call();
    };
    await expect(retry(fakeContext(), { ...once, recheck }, attempt)).resolves.toBe('made');
    expect(order).toEqual(['send', 'look', 'send', 'look', 'send']);
  });

  test('is rechecked once more after the last try', async () => {
    const { call, sent } = script(failure('transient'), failure('transient'));
    let looks = 0;
    const recheck = async (): Promise<string | undefined> => ((looks += 1) === 2 ? 'found late' : undefined);
    await expect(retry(fakeContext(), { ...once, attempts: 2, recheck }, call)).resolves.toBe('found late');
    expect([sent(), looks]).toEqual([2, 2]);
  });

  test('ends with its own failure when the last recheck finds nothing', async () => {
    const last = failure('transient');
    const { call } = script(failure('transient'), last);
    const execution = fakeContext();
    await expect(retry(execution, { ...once, attempts: 2, recheck: findsNothing }, call)).rejects.toBe(last);
    expect(execution.lines.at(-1)).toContain('looking once more');
  });

  test('is rechecked again when a recheck is lost', async () => {
    const { call, sent } = script(failure('transient'));
    const looks = script(failure('throttled'), failure('transient'));
    await expect(retry(fakeContext(), { ...once, recheck: looks.call }, call)).resolves.toBe('made');
    expect([sent(), looks.sent()]).toEqual([1, 3]);
  });

  test('is not repeated when the recheck itself fails for good', async () => {
    const { call, sent } = script(failure('transient'));
    const denied = script(failure('denied'));
    await expect(retry(fakeContext(), { ...once, recheck: denied.call }, call)).rejects.toThrow('denied');
    expect(sent()).toBe(1);
  });
});

describe('cancellation', () => {
  const reason = new Error('SIGTERM');

  test('before the first try sends nothing', async () => {
    const execution = fakeContext();
    execution.abort(reason);
    const { call, sent } = script();
    await expect(retry(execution, policy, call)).rejects.toBe(reason);
    expect(sent()).toBe(0);
  });

  test('while pausing ends the pause and sends nothing more', async () => {
    const execution = fakeContext();
    const { call, sent } = script(failure('busy'));
    const running = retry(execution, policy, call);
    await asleep(execution);
    execution.abort(reason);
    await expect(running).rejects.toBe(reason);
    expect([sent(), execution.clock.sleeping]).toEqual([1, 0]);
  });
});
