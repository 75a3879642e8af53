import { grouped, intendedWord } from '../../../src/report/labels.ts';

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
