import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { NEVER_SENT, refusals } from '../../../../src/providers/gcp/refusals.ts';
import { ERROR_CODES } from '../../../clouds/gcp/error-codes.ts';

describe('the table of refusals', () => {
  test('has every error code that Google lists, except for those of calls that are never sent', () => {
    const known = new Set(refusals.map(({ code }) => code));
    expect(ERROR_CODES.filter(code => !known.has(code) && !NEVER_SENT.test(code))).toEqual([]);
    expect(ERROR_CODES.filter(code => known.has(code) && NEVER_SENT.test(code))).toEqual([]);
  });

  test('has every mutating call that the provider sends', async () => {
    const folder = path.resolve('src/providers/gcp');
    const files = (await readdir(folder, { recursive: true })).filter(name => name.endsWith('.ts'));
    const text = (await Promise.all(files.map(async name => readFile(path.join(folder, name), 'utf8')))).join('\n');
    const sent = [...text.matchAll(/sdk\.(\w+)\.(\w+)\(/g)].map(([, group = '', verb = '']) => `${group}.${verb}`);
    const mutating = sent
      .filter(call => !/\.(?:get\w*|list\w*)$/.test(call))
      .map(call => call.replace('createBackup', 'CreateBackup'));
    const known = new Set(refusals.map(({ call }) => call));
    expect([...new Set(mutating)].filter(call => !known.has(call))).toEqual([]);
    expect(mutating.length).toBeGreaterThan(8);
  });

  test('handles no code of a call twice', () => {
    const keys = refusals.map(({ call, code }) => `${call} ${code}`);
    expect(keys.filter((key, at) => keys.indexOf(key) !== at)).toEqual([]);
  });
});
