import type { Change } from '../../../src/engine/plan.ts';
import type { FieldValue } from '../../../src/engine/value.ts';
import { inLog, inMarkdown, written, writtenChange } from '../../../src/report/values.ts';

describe('a formatted value', () => {
  test.each<[string, FieldValue | undefined, string]>([
    ['a value that is not there', undefined, '—'],
    ["the provider's default", null, '_(default)_'],
    ['what is known later', { $ref: 'security-group', fact: 'id' }, '_known after apply_'],
    ['a secret', { $secret: 'master_password' }, '_(secret)_'],
    ['a string', '256MB', '`256MB`'],
    ['an empty string', '', '`""`'],
    ['a string with spaces around it', ' a ', '`" a "`'],
    ['a string that looks like our word', '(secret)', '`(secret)`'],
    ['a number', 5432, '`5432`'],
    ['false', false, '`false`'],
    ['a list', ['10.0.0.0/16', '10.1.0.0/16'], '`10.0.0.0/16, 10.1.0.0/16`'],
    ['a list whose items hold commas', ['a,b', 'c'], '`"a,b", c`'],
    ['a list that waits for another resource', ['sg-1', { $ref: 'sg', fact: 'id' }], '`sg-1, known after apply`'],
    ['a list of lists', [[1, 2], []], '`[1, 2], []`'],
    ['an empty list', [], '_(empty)_'],
    ['a map', { size: 20, mode: 'transaction' }, '`mode: transaction, size: 20`'],
    ['a map in a map', { pool: { size: 20, name: null } }, '`pool: {name: null, size: 20}`'],
    ['an empty map', {}, '_(empty)_']
  ])('%s', (_, value, wanted) => {
    expect(inMarkdown(written(value))).toBe(wanted);
  });

  test("has the field's own spelling", () => {
    const change: Change = {
      field: 'm',
      from: 32768,
      to: 65536,
      shown: { from: '256MB', to: '512MB' },
      impact: 'online'
    };
    const { from, to } = writtenChange(change);
    expect([from.text, to.text]).toEqual(['256MB', '512MB']);
  });

  test('never uncovers a secret by its spelling', () => {
    const change: Change = { field: 'p', to: { $secret: 'p' }, shown: { to: 'hunter2' }, impact: 'online' };
    expect(writtenChange(change).to).toEqual({ kind: 'word', text: '(secret)' });
  });

  test('is one line in the log', () => {
    expect(inLog(written('a\nb\u001B[31m'))).toBe('a↵b␛[31m');
  });
});
