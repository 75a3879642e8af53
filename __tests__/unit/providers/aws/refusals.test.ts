import { readFile } from 'node:fs/promises';
import { ERROR_CODES } from '../../../../src/providers/aws/api/error-codes.ts';
import { translate } from '../../../../src/providers/aws/api/errors.ts';
import { refusals } from '../../../../src/providers/aws/refusals.ts';
import { operations } from '../../../../src/providers/aws/operations/operations.ts';
import { operationPermissions } from '../../../../src/providers/operations.ts';
import { TYPES } from '../../../../src/providers/aws/provider.ts';

/** Permissions that AWS uses itself. */
const ON_OUR_BEHALF = ['iam:PassRole', 'iam:CreateServiceLinkedRole', 'kms:CreateGrant'];
const CALL = { service: 'rds', operation: 'ModifyDBInstance', region: 'us-east-1' };

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

test('every changing call that a resource needs a permission for is in the list', () => {
  const needed = [
    ...operationPermissions(operations),
    ...TYPES.flatMap(({ permissions: { create, update, delete: remove } }) => [...create, ...update, ...remove])
  ]
    .filter(permission => !/:(?:Describe|List|Get)/.test(permission))
    // Allowed, and called by AWS in our name: no answer of theirs reaches this action.
    .filter(permission => !ON_OUR_BEHALF.includes(permission));
  const known = new Set(refusals.map(({ call }) => call));
  expect(needed.filter(call => !known.has(call))).toEqual([]);
});

test('every code in the list says how it is dealt with', () => {
  const handled = new Set(refusals.map(({ call, code }) => `${call} ${code}`));
  const all = Object.entries(ERROR_CODES).flatMap(([call, codes]) => codes.map(code => `${call} ${code}`));
  expect(all.filter(one => !handled.has(one))).toEqual([]);
});

test('a code that is worth another try, or has a way out, is classified as that', () => {
  const kinds = (how: RegExp): readonly string[] => [
    ...new Set(
      refusals
        .filter(one => how.test(one.how))
        .map(({ code }) => translate(Object.assign(new Error('no'), { name: code }), CALL).kind)
    )
  ];
  expect(kinds(/the call waits and is repeated/)).toEqual(['busy']);
  expect(kinds(/^AWS failed: the call is repeated/)).toEqual(['transient', 'throttled']);
  expect(kinds(/^Two calls met/)).toEqual(['transient']);
  expect(kinds(/was deleted meanwhile/)).toEqual(['not-found']);
  expect(kinds(/the hint names Service Quotas/)).toEqual(['quota']);
});

test('each says in one sentence how it is handled', () => {
  expect(refusals.filter(({ how }) => !/^[A-Z].*\.$/.test(how) || how.split(' ').length > 25)).toEqual([]);
});
