import { OPERATIONS } from '../../../../src/engine/operation.ts';
import { operations } from '../../../../src/providers/azure/operations/operations.ts';
import { translate } from '../../../../src/providers/azure/api/errors.ts';
import { refusals } from '../../../../src/providers/azure/refusals.ts';
import { azureAccount } from '../../../support/azure-account.ts';
import { everything } from '../../../support/azure-inputs.ts';

const account = azureAccount();

/** Refusals of values. The plan compares the values, so that the code itself says nothing more. */
const OF_VALUES = ['InvalidParameterValue', 'InvalidResourceLocation', 'BadRequest'];

test('every mutating call that a workflow with everything makes has its refusals listed', async () => {
  const inputs = { ...everything(), enable_deletion_protection: 'true' };
  const run = await account.run(inputs);
  await run.apply();
  await run.session.snapshot(await run.session.observe());
  const less = {
    ...everything(),
    allowed_cidr_blocks: '198.51.100.0/24',
    alarms: 'cpu',
    enable_logging: 'false',
    entra_administrators: '[]',
    enable_deletion_protection: 'false',
    parameters: 'work_mem: 8MB',
    allow_restart: 'true'
  };
  for (const operation of OPERATIONS.filter(name => operations[name].can))
    await (await account.run(inputs)).operate(operation);
  await (await account.run({ ...inputs, enable_deletion_protection: 'false' })).apply();
  await (await account.run(less)).apply();
  await (await account.run(less)).destroy();
  const called = [...new Set(account.cloud.mutations().map(({ action }) => action))];
  expect(called.filter(action => !refusals.some(({ call }) => call === action))).toEqual([]);
  expect([...new Set(refusals.map(({ call }) => call))].filter(call => !called.includes(call))).toEqual([]);
});

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
