import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { carriesMarker, markerOf, readMarker, type DatabaseKey } from '../../../src/github/marker.ts';
import { anyCharacter } from '../../support/any-text.ts';

const database: DatabaseKey = {
  provider: 'aws',
  account: '123456789012',
  region: 'eu-central-1',
  name: 'orders',
  environment: 'dev'
};
const keys = fc.record({
  provider: fc.string({ unit: 'grapheme' }),
  account: fc.string(),
  region: fc.string(),
  name: fc.string({ unit: anyCharacter }).filter(text => text.isWellFormed()),
  environment: fc.string()
});

test('a marker is one hidden line for any names', () => {
  fc.assert(
    fc.property(keys, key => {
      expect(markerOf(key)).toMatch(/^<!-- pgkeep:[A-Za-z0-9_-]+ -->$/);
    })
  );
});

test('a marker names its database, and no other has the same', () => {
  fc.assert(
    fc.property(keys, keys, (one, other) => {
      expect(readMarker(`${markerOf(one)}\nthe report`)).toEqual(one);
      expect(markerOf(one) === markerOf(other)).toBe(isDeepStrictEqual(one, other));
    })
  );
});

test('a value that ends an HTML comment, or is a marker itself, does neither in a marker', () => {
  const hostile = { ...database, name: '--> <script>', environment: markerOf(database) };
  expect(markerOf(hostile).indexOf('-->')).toBe(markerOf(hostile).length - 3);
  expect(readMarker(markerOf(hostile))).toEqual(hostile);
});

test('the members may come in any order', () => {
  const { name, ...rest } = database;
  expect(markerOf({ name, ...rest })).toBe(markerOf(database));
});

const json = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
test.each([
  ['a further line', `hello\n${markerOf(database)}`],
  ['more on the line', `${markerOf(database)} and more`],
  ['a space before it', ` ${markerOf(database)}`],
  ['another key order', `<!-- pgkeep:${json(Object.fromEntries(Object.entries(database)))} -->`],
  ['a missing member', `<!-- pgkeep:${json({ provider: 'aws' })} -->`],
  [
    'a further member',
    `<!-- pgkeep:${json({ account: '', environment: '', name: '', provider: '', region: '', x: '' })} -->`
  ],
  ['no JSON', '<!-- pgkeep:AAAA -->'],
  ['nothing', '']
])('%s is not a marker', (_name, body) => {
  expect(readMarker(body)).toBeUndefined();
  expect(carriesMarker(body, markerOf(database))).toBe(false);
});

test('the line ends that an editor leaves do not hide a marker', () => {
  expect(carriesMarker(`${markerOf(database)}\r\nreport`, markerOf(database))).toBe(true);
  expect(readMarker(`${markerOf(database)}\r\nreport`)).toEqual(database);
});
