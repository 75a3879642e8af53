import { readFileSync } from 'node:fs';
import path from 'node:path';
import { FIELD_CASES, LOCAL_CASES, type Cell } from '../../support/field-cases.ts';

const TESTS = path.resolve(import.meta.dirname, '../..');
/** Cases of a kind on a cloud besides those that were seen. */
const FURTHER = 3;
/** Clouds on which each kind has a case through the bundle. */
const THROUGH_THE_BUNDLE: readonly string[] = ['aws', 'azure', 'gcp', 'digitalocean', 'local'];

const cells = [
  ...Object.entries(FIELD_CASES).flatMap(([kind, clouds]) =>
    Object.entries(clouds).map(([cloud, cell]): readonly [string, string, Cell] => [kind, cloud, cell])
  ),
  ...Object.entries(LOCAL_CASES).map(([kind, cell]): readonly [string, string, Cell] => [kind, 'local', cell])
];

test('each kind of fault has its cases on each provider', () => {
  expect(cells.map(([kind, cloud]) => `${kind} ${cloud}`)).toHaveLength(12 * 5);
});

test.each(cells)('%s on %s: what was seen and three further cases, each in its test file', (_kind, _cloud, cell) => {
  const missing = Object.entries(cell.cases).flatMap(([file, cases]) => {
    const text = readFileSync(path.join(TESTS, file), 'utf8');
    return cases.filter(one => !["'", '"', '`'].some(quote => text.includes(`${quote}${one}`))).map(one => [file, one]);
  });
  expect(missing).toEqual([]);
  const all = Object.entries(cell.cases).flatMap(([file, cases]) => cases.map(one => `${file} ${one}`));
  expect(all.filter((one, at) => all.indexOf(one) !== at)).toEqual([]);
  expect(all.length).toBeGreaterThanOrEqual(cell.samples + FURTHER);
});

test.each(THROUGH_THE_BUNDLE)('each kind has a case through the bundle on %s', name => {
  const without = cells.filter(
    ([, cloud, { cases }]) => cloud === name && !Object.keys(cases).some(file => file.startsWith('e2e/'))
  );
  expect(without.map(([kind]) => kind)).toEqual([]);
});
