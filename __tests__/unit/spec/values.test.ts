import { DATABASE_INPUTS, RUN_INPUTS } from '../../../src/spec/catalogue.ts';
import type { Parser, Raw } from '../../../src/spec/parse.ts';
import { expectGolden } from '../../support/golden.ts';

/** What each input is said to take, what these values are read as, and which are refused, and why. */
const TEXTS = [
  ['', ' x ', 'x'.repeat(64), 'a\nb', 'true', 'Yes', 'off', 'none', '0', '1', '-1', '7', '40', '65536', '1.5', '1e3'],
  ['5s', '15 min', '2h', '7d', '90 days', '10GB', '1 TiB', '10%', '16', '17.2', 'gp3', 'db.t4g.medium', 'a_b', 'a-b'],
  ['10.0.0.0/16', '10.0.0.1', '10.0.0.1/16', '::/0', '03:00-04:00', 'sun:04:00-sun:05:00', 'sun 4', '2026-01-02'],
  ['2026-01-02T03:04:05Z', '2026-11-20 to 2027-01-05', '11-20 to 01-05 at 06:00:00', '11-20 to 05-05', '11-20'],
  ['a, b', '- a\n- b', 'a: b', '{"a": 1}', '[{name: b}]', '{', 'a: 1\na: 2', '*', '!a', 'a b', 'a@b.example', '# a'],
  ['https://x.example', 'https://x.example/p', 'http://x', '123456789012', '0'.repeat(64), 'e'.repeat(32)],
  ['00000000-0000-4000-8000-00000000cccc', 'arn:aws:iam::123456789012:role/x', 'projects/p/locations/l/x/y']
].flat();
const VALUES: readonly Raw[] = [...TEXTS, ['a', 'b'], [], {}, { a: 'b' }, { name: 'a', a: ['b'] }];

const spelled = (value: unknown): string => JSON.stringify(value) ?? 'nothing';

function readAs(value: unknown, raw: Raw): string {
  const read = spelled(value);
  return read === spelled(raw) ? 'as it is' : read === spelled([raw]) ? 'as a list of it' : `as ${read}`;
}

function page({ kind, allowed, choices = [], otherWords = {}, ...parser }: Parser<unknown>): string {
  const groups = new Map<string, string[]>();
  for (const raw of VALUES) {
    const read = parser.parse(raw);
    const what = read.ok ? readAs(read.value, raw) : `refused: it ${read.why.replace(/: ".*$/s, ': …')}`;
    groups.set(what, [...(groups.get(what) ?? []), spelled(raw)]);
  }
  const words = Object.entries(otherWords).map(([word, meant]) => `${word} for ${meant}`);
  return [
    `  ${kind}: ${allowed}`,
    ...(choices.length === 0 ? [] : [`  choices: ${choices.join(', ')}`]),
    ...(words.length === 0 ? [] : [`  words of others: ${words.join(', ')}`]),
    ...[...groups].map(([what, raws]) => `  ${what}: ${raws.length > 12 ? `${raws.length} values` : raws.join(' ')}`)
  ].join('\n');
}

test('each input says what it takes, and reads or refuses these values', () => {
  const all: readonly (readonly [string, Parser<unknown>])[] = [
    ...Object.entries(RUN_INPUTS),
    ...Object.entries(DATABASE_INPUTS)
  ];
  const alike = Map.groupBy(all, ([, parser]) => page(parser));
  const pages = [...alike].map(([said, inputs]) => `${inputs.map(([name]) => name).join(', ')}\n${said}`);
  expectGolden('values.txt', `${pages.join('\n')}\n`);
});
