import { smallestWindow } from '../../../src/spec/alarms.ts';

const WINDOWS = [
  [60, '1m'],
  [300, '5m'],
  [3600, '1h']
] as const;

test.each([
  [undefined, '5m'],
  [10, '1m'],
  [60, '1m'],
  [61, '5m'],
  [301, '1h'],
  [86_400, '1h']
])('a period of %p seconds uses the window %s', (seconds, window) => {
  expect(smallestWindow(WINDOWS, seconds)).toBe(window);
});
