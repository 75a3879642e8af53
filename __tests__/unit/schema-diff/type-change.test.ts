import { keepsStorage } from '../../../src/schema-diff/type-change.ts';

/** As `pg_cast` lists them, and as a server would be asked for them. */
const CASTS = new Set(['character varying>text', 'text>character varying', 'cidr>inet', 'integer>oid']);

test.each([
  ['character varying(20)', 'character varying(40)'],
  ['character varying(20)', 'character varying'],
  ['character varying(20)', 'text'],
  ['text', 'character varying'],
  ['numeric(10,2)', 'numeric(12,2)'],
  ['numeric(10,2)', 'numeric'],
  ['timestamp(3) without time zone', 'timestamp(6) without time zone'],
  ['timestamp(3) with time zone', 'timestamp with time zone'],
  ['cidr', 'inet']
])('%s to %s keeps the stored values', (from, to) => {
  expect(keepsStorage(from, to, CASTS)).toBe(true);
});

test.each([
  ['character varying(40)', 'character varying(20)'],
  ['text', 'character varying(20)'],
  ['character(4)', 'character(8)'],
  ['character(4)', 'text'],
  ['numeric(10,2)', 'numeric(12,4)'],
  ['numeric', 'numeric(12,2)'],
  ['integer', 'bigint'],
  ['timestamp without time zone', 'timestamp with time zone'],
  ['character varying(20)[]', 'character varying(40)[]'],
  ['inet', 'cidr']
])('%s to %s does not', (from, to) => {
  expect(keepsStorage(from, to, CASTS)).toBe(false);
});
