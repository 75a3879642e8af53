import { defined } from '../../../src/engine/defined.ts';

test('members that are `undefined` are left out, and all others stay in their order', () => {
  const kept = defined({ b: 0, a: undefined, c: null, d: '', e: false, 1: Number.NaN });
  expect(Object.entries(kept)).toEqual([
    ['1', Number.NaN],
    ['b', 0],
    ['c', null],
    ['d', ''],
    ['e', false]
  ]);
});

test('a member named `__proto__` is one of its own, not a prototype', () => {
  const kept = defined(JSON.parse('{"__proto__": {"a": 1}, "b": 2}') as Readonly<Record<string, unknown>>);
  expect(Object.keys(kept)).toEqual(['__proto__', 'b']);
  expect(Object.getPrototypeOf(kept)).toBe(Object.prototype);
  expect(Object.getOwnPropertyDescriptor(kept, '__proto__')).toEqual({
    configurable: true,
    enumerable: true,
    writable: true,
    value: { a: 1 }
  });
});
