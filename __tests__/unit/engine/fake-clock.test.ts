import { FakeClock } from '../../support/fake-clock.ts';

describe('the fake clock', () => {
  test('stands still until a sleep, then jumps', async () => {
    const clock = new FakeClock('2026-03-01T12:00:00.000Z');
    expect(clock.now().toISOString()).toBe('2026-03-01T12:00:00.000Z');
    await clock.sleep(90);
    expect(clock.now().toISOString()).toBe('2026-03-01T12:01:30.000Z');
    clock.advance(30);
    expect(clock.now().toISOString()).toBe('2026-03-01T12:02:00.000Z');
    expect(clock.slept).toEqual([90]);
  });

  test('wakes parallel sleepers in the order of their waking times', async () => {
    const clock = new FakeClock('2026-03-01T12:00:00.000Z');
    const woken: string[] = [];
    const nap = async (name: string, seconds: number): Promise<void> => {
      await clock.sleep(seconds);
      woken.push(`${name} ${clock.now().toISOString().slice(14, 19)}`);
    };
    await Promise.all([nap('long', 60), nap('short', 10).then(() => nap('again', 20)), nap('mid', 20)]);
    expect(woken).toEqual(['short 00:10', 'mid 00:20', 'again 00:30', 'long 01:00']);
    expect(clock.sleeping).toBe(0);
  });

  test('a sleep ends with the reason of its signal, before or while sleeping', async () => {
    const clock = new FakeClock();
    const controller = new AbortController();
    const asleep = clock.sleep(5, controller.signal);
    controller.abort(new Error('stop'));
    await expect(asleep).rejects.toThrow('stop');
    await expect(clock.sleep(5, controller.signal)).rejects.toThrow('stop');
    expect(clock.sleeping).toBe(0);
  });
});
