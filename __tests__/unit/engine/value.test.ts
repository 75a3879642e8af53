import {
  canonicalJson,
  isReference,
  isSecretName,
  referencesIn,
  sameValue,
  textOf,
  withReferences,
  type FieldValue,
  type Reference,
  type Value
} from '../../../src/engine/value.ts';

describe('canonical JSON', () => {
  test.each([
    ['null', null, 'null'],
    ['nothing', undefined, 'null'],
    ['a boolean', false, 'false'],
    ['a number', 14.5, '14.5'],
    ['minus zero', -0, '0'],
    ['a string with a quote and a newline', 'a"\n', '"a\\"\\n"'],
    ['a list in its own order', ['b', 'a', ['d', 'c']], '["b","a",["d","c"]]'],
    ['an empty map', {}, '{}'],
    ['a map with sorted keys', { b: 1, a: { d: 2, c: 3 } }, '{"a":{"c":3,"d":2},"b":1}'],
    ['maps in a list', [{ z: 1, y: 2 }], '[{"y":2,"z":1}]'],
    ['no members that are undefined', { a: undefined, b: 1 }, '{"b":1}'],
    ['keys in the order of their code units', { ä: 1, a: 2, Z: 3, '10': 4, '9': 5 }, '{"10":4,"9":5,"Z":3,"a":2,"ä":1}']
  ])('writes %s', (_, value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  test.each<[string, FieldValue | undefined, FieldValue | undefined, boolean]>([
    ['maps with keys in another order', { a: 1, b: 2 }, { b: 2, a: 1 }, true],
    ['nothing and null', undefined, null, true],
    ['a number and its digits', 1, '1', false],
    ['lists in another order', [1, 2], [2, 1], false],
    ['a reference and the same one', { $ref: 'a', fact: 'id' }, { fact: 'id', $ref: 'a' }, true],
    ['false and null', false, null, false],
    ['an empty list and an empty map', [], {}, false]
  ])('compares %s', (_, a, b, same) => {
    expect(sameValue(a, b)).toBe(same);
  });
});

describe('a value as text', () => {
  test.each<[Value | undefined, string]>([
    ['a', 'a'],
    [14, '14'],
    [false, 'false'],
    [null, ''],
    [undefined, ''],
    [['b', 1], '["b",1]'],
    [{ b: 1, a: 2 }, '{"a":2,"b":1}']
  ])('%j is %s', (value, text) => {
    expect(textOf(value)).toBe(text);
  });
});

describe('references and secrets', () => {
  test.each<[string, FieldValue, boolean, boolean]>([
    ['a reference', { $ref: 'network', fact: 'id' }, true, false],
    ['a secret', { $secret: 'master_password' }, false, true],
    ['a map of the user that holds such a key among others', { $secret: 'x', team: 'a' }, false, false],
    ['a map whose $secret is no name', { $secret: 1 }, false, false],
    ['a reference without a fact', { $ref: 'network' }, false, false],
    ['a reference with more than a fact', { $ref: 'network', fact: 'id', more: 'x' }, false, false],
    ['a list', ['$secret'], false, false],
    ['null', null, false, false]
  ])('recognises %s', (_, value, reference, secret) => {
    expect([isReference(value), isSecretName(value)]).toEqual([reference, secret]);
  });

  const group = { $ref: 'group', fact: 'id' };

  test('are found as a whole field and as items of a list, not deeper', () => {
    expect(referencesIn(group)).toEqual([group]);
    expect(referencesIn(['sg-1', group])).toEqual([group]);
    expect(referencesIn({ inner: group })).toEqual([]);
    expect(referencesIn('group')).toEqual([]);
  });

  test('take their values where those are known and stay otherwise', () => {
    const facts = new Map([['group', 'sg-9']]);
    const known = (reference: Reference): string | undefined => facts.get(reference.$ref);
    expect(withReferences(group, known)).toBe('sg-9');
    expect(withReferences(['sg-1', group], known)).toEqual(['sg-1', 'sg-9']);
    const other = { $ref: 'other', fact: 'id' };
    expect(withReferences([group, other], known)).toEqual(['sg-9', other]);
    expect(withReferences({ inner: group }, known)).toEqual({ inner: group });
  });
});
