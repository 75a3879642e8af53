import { secondsAfter, TALK_ENDS_SECONDS, raceAbort, WORK_ENDS_SECONDS } from '../../../src/runner/cancellation.ts';

const reason = new Error('cancelled');
const forever = new Promise<string>(() => {});

async function abortion(signal: AbortSignal): Promise<unknown> {
  if (!signal.aborted) await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }));
  return signal.reason;
}

describe('a signal some time after another', () => {
  test('comes with the reason of the first, aborted before or after', async () => {
    const cancelled = new AbortController();
    const later = secondsAfter(cancelled.signal, 0.001);
    cancelled.abort(reason);
    expect(later.aborted).toBe(false);
    expect(await abortion(later)).toBe(reason);
    expect(await abortion(secondsAfter(cancelled.signal, 0.001))).toBe(reason);
  });

  test('never comes while the first does not', () => {
    expect(secondsAfter(new AbortController().signal, 0).aborted).toBe(false);
  });
});

test('a cancelled run gives up its work first, then its updates, and all before the runner ends it after 7.5 seconds', () => {
  expect(WORK_ENDS_SECONDS).toBeLessThan(TALK_ENDS_SECONDS);
  expect(TALK_ENDS_SECONDS).toBeLessThan(5);
});

describe('interruptible work', () => {
  test('ends with its result or its failure when there is no abort', async () => {
    const { signal } = new AbortController();
    expect(await raceAbort(Promise.resolve('done'), signal)).toBe('done');
    await expect(raceAbort(Promise.reject(new Error('broken')), signal)).rejects.toThrow('broken');
  });

  test('that ignores the signal ends with the reason of the signal', async () => {
    const cancelled = new AbortController();
    const work = raceAbort(forever, cancelled.signal);
    cancelled.abort(reason);
    await expect(work).rejects.toBe(reason);
  });
});
