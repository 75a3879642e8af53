import { loadProvider } from '../../../src/providers/registry.ts';
import { PROVIDERS } from '../../../src/spec/catalogue.ts';
import { load } from '../../../src/spec/load.ts';
import * as fc from 'fast-check';
import { escapeIdentifier, escapeLiteral } from 'pg';
import { fitName, quoteIdentifier, quoteLiteral } from '../../../src/postgres/identifier.ts';
import { anyCharacter } from '../../support/any-text.ts';

const text = fc.string({ unit: anyCharacter }).filter(value => !value.includes('\0'));

describe('quoteIdentifier', () => {
  test.each([
    ['plain', '"plain"'],
    ['Mixed Case', '"Mixed Case"'],
    ['a"; drop table users; --', '"a""; drop table users; --"']
  ])('quotes %s', (name, quoted) => {
    expect(quoteIdentifier(name)).toBe(quoted);
  });

  test('agrees with node-postgres for any name', () => {
    fc.assert(
      fc.property(
        text.filter(name => name !== '' && Buffer.byteLength(name) <= 63),
        name => {
          expect(quoteIdentifier(name)).toBe(escapeIdentifier(name));
        }
      )
    );
  });

  test.each([
    ['an empty name', ''],
    ['a NUL', 'a\0b'],
    ['a name that would be cut without a word', 'é'.repeat(32)]
  ])('refuses %s', (_, name) => {
    expect(() => quoteIdentifier(name)).toThrow(expect.objectContaining({ code: 'input-invalid' }));
  });
});

describe('quoteLiteral', () => {
  test.each([
    ["it's", "'it''s'"],
    ['back\\slash', " E'back\\\\slash'"],
    ["\\'; drop database app; --", " E'\\\\''; drop database app; --'"]
  ])('quotes %s', (value, quoted) => {
    expect(quoteLiteral(value)).toBe(quoted);
  });

  test('agrees with node-postgres for any text', () => {
    fc.assert(
      fc.property(text, value => {
        expect(quoteLiteral(value)).toBe(escapeLiteral(value));
      })
    );
  });

  test('refuses a NUL without repeating the value', () => {
    expect(() => quoteLiteral('s3cret\0')).toThrow(
      expect.objectContaining({ code: 'input-invalid', message: expect.not.stringContaining('s3cret') as string })
    );
  });
});

describe('fitName', () => {
  test('leaves a name that fits as it is', () => {
    expect(fitName('a'.repeat(63))).toBe('a'.repeat(63));
  });

  test('shortens to 63 bytes, keeps the start, and keeps two long names different', () => {
    const one = fitName(`${'a'.repeat(80)}1`);
    const two = fitName(`${'a'.repeat(80)}2`);
    expect(Buffer.byteLength(one)).toBe(63);
    expect(one.startsWith('a'.repeat(54))).toBe(true);
    expect(one).not.toBe(two);
  });

  test('never cuts a character in half', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter, minLength: 20 }), fc.integer({ min: 20, max: 63 }), (name, max) => {
        const fitted = fitName(name, max);
        expect(Buffer.byteLength(fitted)).toBeLessThanOrEqual(max);
        expect(Buffer.from(fitted).toString()).toBe(fitted.toWellFormed());
      })
    );
  });
});

test.each(PROVIDERS)('%s refuses names that PostgreSQL keeps for itself', async name => {
  const { validate } = await loadProvider(name);
  const refused = (given: Readonly<Record<string, string>>): readonly string[] =>
    validate(load([{ values: { cloud_provider: name, name: 'orders', ...given } }]).spec).problems.flatMap(
      ({ input, value }) => (input in given ? [`${input} ${value ?? ''}`] : [])
    );
  for (const user of ['pg_shop', 'public', 'none'])
    expect(refused({ master_username: user })).toEqual([`master_username ${user}`]);
  for (const database of ['template0', 'template1'])
    expect(refused({ database_name: database })).toEqual([`database_name ${database}`]);
  expect(refused({ master_username: 'shop', database_name: 'templates' })).toEqual([]);
});
