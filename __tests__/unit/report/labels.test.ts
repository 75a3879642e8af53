import { grouped } from '../../../src/report/labels.ts';

test.each([0, 7, 12, 123, 1204, 12_345, 123_456, 1_234_567])('%i is grouped as in English', count => {
  expect(grouped(count)).toBe(count.toLocaleString('en-US'));
});
