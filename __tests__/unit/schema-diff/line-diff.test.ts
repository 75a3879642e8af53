import * as fc from 'fast-check';
import { lineDiff } from '../../../src/schema-diff/line-diff.ts';

const told = (before: string, after: string): readonly string[] =>
  lineDiff(before, after).map(({ sign, text }) => `${sign}${text}`);

test('keeps two lines around a change, and leaves out the others', () => {
  expect(told('a\nb\nc\nd\ne\nf\ng', 'a\nb\nc\nD\ne\nf\ng')).toEqual([' b', ' c', '-d', '+D', ' e', ' f']);
});

test('finds the shortest way: what was moved in between stays', () => {
  expect(told('one\ntwo', 'zero\none\ntwo')).toEqual(['+zero', ' one', ' two']);
});

test('equal texts differ in nothing, and very long ones are replaced as a whole', () => {
  expect(told('a\nb', 'a\nb')).toEqual([]);
  const long = Array.from({ length: 1200 }, (_, at) => `line ${at}`);
  expect(told(long.join('\n'), [...long, 'end'].join('\n'))).toHaveLength(2401);
});

test('without what is added it is the text before, and without what is taken the text after', () => {
  const texts = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(texts, texts, (before, after) => {
      // Texts this short are near a change everywhere, unless they are equal.
      fc.pre(before.join() !== after.join());
      const lines = lineDiff(before.join('\n'), after.join('\n'));
      const kept = (sign: string) => lines.filter(line => line.sign !== sign).length;
      expect(kept('+')).toBeLessThanOrEqual(before.length);
      expect(kept('-')).toBeLessThanOrEqual(after.length);
      expect(lines.filter(({ sign }) => sign === '+').length - lines.filter(({ sign }) => sign === '-').length).toBe(
        after.length - before.length
      );
    })
  );
});
