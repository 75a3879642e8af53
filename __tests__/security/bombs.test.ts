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
  ['tens of thousands of keys', lines(40_000, at => `k${at}: v`), 'holds more than the limit of 10000 entries'],
  ['a list of as many items', lines(40_000, () => '- x'), 'holds more than the limit of 10000 entries'],
  ['lists in a map', lines(200, at => `k${at}: [${'x,'.repeat(100)}]`), 'holds more than the limit of 10000 entries'],
  ['aliases of aliases', ALIASES, 'is not valid YAML or JSON: too deep, or too many aliases'],
  [
    'lists in lists',
    `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
    'is not valid YAML or JSON: too deep, or too many aliases'
  ]
])('a text with %s is refused, and the limit is named', (_what, text, expected) => {
  expect(why(text)).toBe(expected);
});

test('a key that a map has twice is refused with its line, also among thousands', () => {
  expect(why(`${lines(5000, at => `k${at}: v`)}\nk7: w`)).toBe(
    'is not valid YAML or JSON (line 5001: Map keys must be unique)'
  );
  expect(why('a:\n  b: 1\n  b: 2')).toBe('is not valid YAML or JSON (line 3: Map keys must be unique)');
  expect(why('a: {b: 1}\nc: {b: 1}')).toBe('accepted');
});

test.each(['aws', 'azure', 'gcp', 'digitalocean', 'local'] as const satisfies readonly ProviderName[])(
  'tens of thousands of tags for %s are a problem of the input',
  provider => {
    const { problems } = load([
      { values: { name: 'shop', cloud_provider: provider, tags: lines(40_000, at => `k${at}: v`) } }
    ]);
    expect(problems.map(({ input, why: said }) => `${input} ${said}`)).toEqual([
      'tags holds more than the limit of 10000 entries'
    ]);
  }
);

test('a message names the first problems of very many, and counts the rest', () => {
  const values = Object.fromEntries(Array.from({ length: 1500 }, (_, at) => [`unknown_${at}`, 'x']));
  const { problems } = load([{ values: { name: 'shop' } }, { source: 'pgkeep.yml', values }]);
  expect(() => refuseProblems(problems)).toThrow(
    /^1500 inputs are invalid:[^]*and 1400 more: a message shows at most 100$/
  );
});
