import {
  boolean,
  choice,
  cidr,
  duration,
  integer,
  list,
  map,
  moment,
  parameters,
  parseData,
  text,
  type Parser,
  type Raw
} from '../../../src/spec/parse.ts';

interface Row {
  readonly name: string;
  readonly parser: Parser<unknown>;
  readonly raw: Raw;
  readonly value: unknown;
}

const accepted: readonly Row[] = [
  { name: 'text is trimmed', parser: text(), raw: '  orders ', value: 'orders' },
  { name: 'true in any case', parser: boolean(), raw: 'True', value: true },
  { name: 'false', parser: boolean(), raw: ' false ', value: false },
  { name: 'a whole number', parser: integer(1, 100), raw: '20', value: 20 },
  { name: 'a choice', parser: choice('a', 'b'), raw: 'b', value: 'b' },
  { name: 'one item a line', parser: list(text()), raw: 'one\n\n two \n', value: ['one', 'two'] },
  { name: 'a JSON list', parser: list(text()), raw: '["one", "two, three"]', value: ['one', 'two, three'] },
  { name: 'a YAML list', parser: list(text()), raw: '- one\n- two', value: ['one', 'two'] },
  { name: 'an item that is listed twice, once', parser: list(text()), raw: 'one\ntwo\none', value: ['one', 'two'] },
  { name: 'an empty JSON list', parser: list(text()), raw: '[]', value: [] },
  { name: 'a list that is data already', parser: list(text()), raw: ['one'], value: ['one'] },
  { name: 'a map by lines', parser: map(), raw: 'Team: data\nCost: "1.50"', value: { Team: 'data', Cost: '1.50' } },
  { name: 'a JSON map', parser: map(), raw: '{"a": "b"}', value: { a: 'b' } },
  { name: 'a map without its nulls', parser: map(), raw: '{"a": "b", "c": null, "d": ""}', value: { a: 'b', d: '' } },
  {
    name: 'numbers in a map stay text',
    parser: map(),
    raw: 'version: 16.10\nflag: on',
    value: { version: '16.10', flag: 'on' }
  },
  {
    name: "the module's list of parameters",
    parser: parameters(),
    raw: '[{"name": "work_mem", "value": "8MB"}, {"name": "ssl", "value": "on"}]',
    value: { work_mem: '8MB', ssl: 'on' }
  },
  {
    name: 'a list of parameters without its nulls',
    parser: parameters(),
    raw: '[{name: work_mem, value: ~}, {name: ssl, value: on}]',
    value: { ssl: 'on' }
  },
  { name: 'parameters by lines', parser: parameters(), raw: 'work_mem: 8MB', value: { work_mem: '8MB' } },
  { name: 'a network', parser: cidr(), raw: '10.0.0.0/8', value: '10.0.0.0/8' },
  { name: 'an address as a network of one', parser: cidr(), raw: '10.1.2.3', value: '10.1.2.3/32' },
  { name: 'an IPv6 network in its short spelling', parser: cidr(), raw: '2001:DB8:0::/32', value: '2001:db8::/32' },
  { name: 'hours', parser: duration(), raw: '72h', value: 4320 },
  { name: 'days', parser: duration(), raw: '3d', value: 4320 },
  {
    name: 'a time in another zone',
    parser: moment(),
    raw: '2026-11-22T04:00:00+01:00',
    value: '2026-11-22T03:00:00.000Z'
  },
  { name: 'the latest moment', parser: moment(), raw: 'latest', value: 'latest' }
];

test.each(accepted)('accepts $name', ({ parser, raw, value }) => {
  expect(parser.parse(raw)).toEqual({ ok: true, value });
});

const refused: readonly (Omit<Row, 'value'> & { readonly why: RegExp })[] = [
  { name: 'text of two lines', parser: text(), raw: 'a\nb', why: /line break/ },
  { name: 'yes for a boolean', parser: boolean(), raw: 'yes', why: /neither/ },
  { name: 'an empty boolean', parser: boolean(), raw: '', why: /neither/ },
  { name: 'a number with a unit', parser: integer(1, 100), raw: '20GB', why: /whole number/ },
  { name: 'a fraction', parser: integer(1, 100), raw: '1.5', why: /whole number/ },
  { name: 'a number out of range', parser: integer(1, 100), raw: '101', why: /range/ },
  { name: 'an unknown choice', parser: choice('a', 'b'), raw: 'c', why: /not one/ },
  { name: 'a bad item, naming it', parser: list(cidr()), raw: '10.0.0.0/8\nhome', why: /"home"/ },
  { name: 'an empty item', parser: list(text()), raw: '["one", ""]', why: /empty item/ },
  { name: 'an item that is null', parser: list(text()), raw: '[one, ~]', why: /empty item/ },
  { name: 'a map where a list belongs', parser: list(text()), raw: { a: 'b' }, why: /not a list/ },
  { name: 'nested values in a map', parser: map(), raw: 'a: {b: c}', why: /no plain value for a/ },
  { name: 'an empty key', parser: map(), raw: '"": b', why: /without a key/ },
  { name: 'a key given twice', parser: map(), raw: 'a: 1\na: 2', why: /line 2/ },
  { name: 'a parameter without a value', parser: parameters(), raw: '[{"name": "a"}]', why: /name and value/ },
  {
    name: 'a parameter named twice',
    parser: parameters(),
    raw: '[{"name":"a","value":"1"},{"name":"a","value":"2"}]',
    why: /twice/
  },
  { name: 'a network with host bits', parser: cidr(), raw: '10.0.0.1/8', why: /10\.0\.0\.0\/8/ },
  { name: 'a mask beyond 32', parser: cidr(), raw: '10.0.0.0/33', why: /not an IP network/ },
  { name: 'two masks', parser: cidr(), raw: '10.0.0.0/8/8', why: /not an IP network/ },
  { name: 'an octal-looking address', parser: cidr(), raw: '012.0.0.1', why: /not an IP network/ },
  { name: 'a short address', parser: cidr(), raw: '10.1/16', why: /not an IP network/ },
  { name: 'a duration without a unit', parser: duration(), raw: '72', why: /not a duration/ },
  { name: 'no time at all', parser: duration(), raw: '0h', why: /not a duration/ },
  { name: 'a time without a zone', parser: moment(), raw: '2026-11-22T04:00:00', why: /not a time/ },
  { name: '31 November', parser: moment(), raw: '2026-11-31T03:00:00Z', why: /a day that no month has/ },
  { name: 'broken YAML', parser: map(), raw: 'a: [', why: /line 1/ },
  {
    name: 'a value that YAML takes for a reference',
    parser: map(),
    raw: 'a: *b',
    why: /put the value `\*b` in quotes/
  },
  { name: 'a value that begins with a mark of YAML', parser: map(), raw: 'a: %m', why: /put that value in quotes/ }
];

test.each(refused)('refuses $name', ({ parser, raw, why }) => {
  const parsed = parser.parse(raw);
  expect(parsed.ok).toBe(false);
  expect(parsed.ok ? '' : parsed.why).toMatch(why);
});

test('keeps every scalar of a file as it is written', () => {
  expect(parseData('engine_version: 16.10\nmulti_az: on\nport: 0755\nnothing: null\nnone: ~')).toEqual({
    ok: true,
    value: { engine_version: '16.10', multi_az: 'on', port: '0755', nothing: 'null', none: 'null' }
  });
});
