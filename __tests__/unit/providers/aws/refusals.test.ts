import { readFile } from 'node:fs/promises';
import { refusals } from '../../../../src/providers/aws/refusals.ts';
import { TYPES } from '../../../../src/providers/aws/provider.ts';

/** The error lists of AWS's own API descriptions, as of the pinned SDK. */
const described = JSON.parse(
  await readFile(new URL('../../../fixtures/aws-error-codes.json', import.meta.url), 'utf8')
) as Readonly<Record<string, readonly string[]>>;

test('every error code of a mutating call in the API descriptions is accounted for', () => {
  const known = new Set(refusals.map(({ call, code }) => `${call} ${code}`));
  const missing = Object.entries(described).flatMap(([call, codes]) =>
    codes.map(code => `${call} ${code}`).filter(one => !known.has(one))
  );
  expect(missing).toEqual([]);
});

test('every call to RDS that a resource needs a permission for is in the list', () => {
  const needed = TYPES.flatMap(({ permissions: { create, update, delete: remove } }) => [
    ...create,
    ...update,
    ...remove
  ])
    .filter(permission => permission.startsWith('rds:'))
    .filter(permission => !/:(?:Describe|List)/.test(permission));
  expect(needed.filter(call => !(call in described))).toEqual([]);
});

test('each says in one sentence how it is handled', () => {
  expect(refusals.filter(({ how }) => !/^[A-Z].*\.$/.test(how) || how.split(' ').length > 25)).toEqual([]);
});
