import * as fc from 'fast-check';
import { CHECK_RUN_LIMIT, COMMENT_LIMIT, firstFitting } from '../../../src/github/rendering.ts';
import { fits } from '../../../src/report/size-limit.ts';

const limit = { characters: 100, bytes: 150 };

test('the fullest rendering that fits is used', () => {
  expect(firstFitting([() => 'x'.repeat(101), () => 'x'.repeat(100), () => 'short'], limit)).toBe('x'.repeat(100));
});

test('text of many bytes is measured in bytes too', () => {
  const dense = '日'.repeat(60);
  expect(dense.length).toBeLessThan(limit.characters);
  expect(firstFitting([() => dense, () => '日'.repeat(50), () => 'short'], limit)).toBe('日'.repeat(50));
});

test('the prefix counts, and a rendering gets the remaining size', () => {
  const told: unknown[] = [];
  const render = (available: unknown): string => {
    told.push(available);
    return 'text';
  };
  expect(firstFitting([render], limit, 'päth\n')).toBe('päth\ntext');
  expect(told).toEqual([{ characters: 95, bytes: 144 }]);
});

test('shorter renderings are not built when a longer one fits', () => {
  let asked = 0;
  const counted = (): string => {
    asked += 1;
    return 'short';
  };
  expect(firstFitting([() => 'text', counted], limit)).toBe('text');
  expect(asked).toBe(0);
});

test('when none fits, one sentence says where the report is', () => {
  const sentence = 'The report is too long to be shown here. It is in the job summary.\n';
  expect(firstFitting([() => 'x'.repeat(101)], limit)).toBe(sentence);
  expect(firstFitting([], limit)).toBe(sentence);
});

test('the result always fits', () => {
  const anyText = fc.string({ unit: 'grapheme', maxLength: 400 });
  fc.assert(
    fc.property(fc.array(anyText, { maxLength: 4 }), texts => {
      expect(
        fits(
          firstFitting(
            texts.map(text => () => text),
            limit
          ),
          limit
        )
      ).toBe(true);
    })
  );
});

test("the limits are GitHub's", () => {
  expect(COMMENT_LIMIT).toEqual({ characters: 65_536, bytes: 262_144 });
  expect(CHECK_RUN_LIMIT).toEqual({ characters: 65_535, bytes: 65_535 });
});

test('a text within the limit of characters is within the limit of bytes', () => {
  expect(COMMENT_LIMIT.characters * 3).toBeLessThan(COMMENT_LIMIT.bytes);
  expect(CHECK_RUN_LIMIT).toEqual({ characters: 65_535, bytes: 65_535 });
});
