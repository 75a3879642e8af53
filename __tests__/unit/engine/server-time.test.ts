import { listeningClock, serverTime } from '../../../src/engine/server-time.ts';
import { realClock } from '../../../src/runner/runtime.ts';

const MACHINE = new Date('2026-11-30T12:00:00Z');

test.each<readonly [heard: readonly (string | undefined)[], time: string, said: readonly string[]]>([
  [[], '2026-11-30T12:00:00.000Z', []],
  [[undefined, 'soon'], '2026-11-30T12:00:00.000Z', []],
  [['Mon, 30 Nov 2026 12:04:59 GMT'], '2026-11-30T12:00:00.000Z', []],
  [['Mon, 30 Nov 2026 13:00:00 GMT'], '2026-11-30T13:00:00.000Z', ['60 minutes behind']],
  [['Fri, 27 Nov 2026 12:00:00 GMT', 'soon'], '2026-11-27T12:00:00.000Z', ['3 days ahead']],
  // A server whose own clock is wrong does not overrule another one.
  [['Sat, 30 May 2026 12:00:00 GMT', 'Mon, 30 Nov 2026 12:00:01 GMT'], '2026-11-30T12:00:00.000Z', []]
])('a clock that heard %j takes it for %s', (heard, time, said) => {
  const clock = listeningClock({ now: () => MACHINE, sleep: async () => {} });
  const lines: string[] = [];
  const log = { warning: (line: string) => void lines.push(line) };
  for (const date of heard) clock.heard?.(date);
  expect(serverTime({ clock, log }).toISOString()).toBe(time);
  serverTime({ clock, log });
  expect(lines).toEqual(said.map(words => expect.stringContaining(`The clock of this runner is ${words}.`) as string));
  expect(clock.now()).toBe(MACHINE);
});

test('the clock of a run listens, and that of another run has not heard it', () => {
  const [one, other] = [realClock(), realClock()];
  one.heard?.('Fri, 01 Jan 2100 00:00:00 GMT');
  expect([one.behindMs?.(), other.behindMs?.()]).toEqual([expect.any(Number), 0]);
  expect(one.behindMs?.()).toBeGreaterThan(0);
});
