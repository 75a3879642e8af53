import type { ProviderName } from '../../src/spec/catalogue.ts';
import { load } from '../../src/spec/load.ts';
import { parseData } from '../../src/spec/parse.ts';
import { refuseProblems } from '../../src/spec/problem.ts';

function lines(count: number, line: (at: number) => string): string {
  return Array.from({ length: count }, (_, at) => line(at)).join('\n');
}

function why(text: string): string {
  const parsed = parseData(text);
  return parsed.ok ? 'accepted' : parsed.why;
}

const ALIASES = [
  'a: &a [x,x,x,x,x,x,x,x,x]',
  ...Array.from('bcdefghi', (name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghi'[at]}`).join()}]`)
].join('\n');

test.each([
  ['more than ten thousand keys', lines(10_001, at => `k${at}: v`), 'holds more than the limit of 10000 entries'],
  ['a list of as many items', lines(10_001, () => '- x'), 'holds more than the limit of 10000 entries'],
  ['lists in a map', lines(100, at => `k${at}: [${'x,'.repeat(100)}]`), 'holds more than the limit of 10000 entries'],
  ['aliases of aliases', ALIASES, 'is not valid YAML or JSON: too deep, or too many aliases'],
  [
    'lists in lists',
    `${'['.repeat(10_000)}${']'.repeat(10_000)}`,
    'is not valid YAML or JSON: too deep, or too many aliases'
  ]
])('a text with %s is refused, and the limit is named', (_what, text, expected) => {
  expect(why(text)).toBe(expected);
});

test('a key that a map has twice is refused with its line, also among two thousand', () => {
  expect(why(`${lines(2000, at => `k${at}: v`)}\nk7: w`)).toBe(
    'is not valid YAML or JSON (line 2001: Map keys must be unique)'
  );
  expect(why('a:\n  b: 1\n  b: 2')).toBe('is not valid YAML or JSON (line 3: Map keys must be unique)');
  expect(why('a: {b: 1}\nc: {b: 1}')).toBe('accepted');
});

test.each(['aws', 'azure', 'gcp', 'digitalocean', 'local'] as const satisfies readonly ProviderName[])(
  'tags for %s with more than ten thousand entries are a problem of the input',
  provider => {
    const tags = lines(101, at => `k${at}: [${'x,'.repeat(100)}]`);
    const { problems } = load([{ values: { name: 'shop', cloud_provider: provider, tags } }]);
    expect(problems.map(({ input, why: said }) => `${input} ${said}`)).toEqual([
      'tags holds more than the limit of 10000 entries'
    ]);
  }
);

test('a message names the first problems of many, and counts the rest', () => {
  const values = Object.fromEntries(Array.from({ length: 150 }, (_, at) => [`unknown_${at}`, 'x']));
  const { problems } = load([{ values: { name: 'shop' } }, { source: 'pgkeep.yml', values }]);
  expect(() => refuseProblems(problems)).toThrow(
    /^150 inputs are invalid:[^]*and 50 more: a message shows at most 100$/
  );
});
