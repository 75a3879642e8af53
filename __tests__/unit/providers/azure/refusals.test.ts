import { translate } from '../../../../src/providers/azure/api/errors.ts';
import { refusals } from '../../../../src/providers/azure/refusals.ts';

/** Refusals of values. The plan compares the values, so that the code itself says nothing more. */
const OF_VALUES = ['InvalidParameterValue', 'InvalidResourceLocation', 'BadRequest'];

test('every listed code is known by the client, with its own kind, or is about a value', () => {
  const unknown = [...new Set(refusals.map(({ code }) => code))].filter(
    code => translate(Object.assign(new Error('No.'), { code, statusCode: 400 }), 'call').kind === 'invalid'
  );
  expect(unknown.toSorted()).toEqual(OF_VALUES.toSorted());
});

test('a call lists each code once', () => {
  const rows = refusals.map(({ call, code }) => `${call} ${code}`);
  expect(rows.filter((row, at) => rows.indexOf(row) !== at)).toEqual([]);
});
