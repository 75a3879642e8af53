import { duration, grouped, intendedWord, span } from '../../../src/report/labels.ts';

test.each([0, 7, 12, 123, 1204, 12_345, 123_456, 1_234_567])('%i is grouped as in English', count => {
  expect(grouped(count)).toBe(count.toLocaleString('en-US'));
});

test.each([
  ['none', 'change'],
  [undefined, 'change'],
  ['create', 'create'],
  ['delete', 'delete']
] as const)('a refused step that would have been %s says what it was refused', (intended, word) => {
  expect(intendedWord(intended === undefined ? {} : { intended })).toBe(word);
});

test.each([
  [0, '0 s'],
  [9.96, '10 s'],
  [9.44, '9.4 s'],
  [10, '10 s'],
  [59.4, '59 s'],
  [59.6, '1 min'],
  [75.4, '1 min 15 s'],
  [120, '2 min'],
  [3661, '61 min 1 s']
])('%d seconds take %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

test.each([
  [29, '0 min'],
  [3540, '59 min'],
  [3600, '1 h'],
  [95_400, '26 h 30 min'],
  [172_740, '47 h 59 min'],
  [172_800, '2 d'],
  [180_000, '2 d 2 h']
])('%d seconds are %s ago', (seconds, text) => {
  expect(span(seconds)).toBe(text);
});
