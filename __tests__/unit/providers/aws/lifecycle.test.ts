import { PROMPT, startAws, type FakeAws } from '../../../clouds/aws/fake-aws.ts';
import { basic } from '../../../support/aws-inputs.ts';
import { awsRun, lines, snapshotTaken } from '../../../support/aws-run.ts';
import { keptAccount } from '../../../support/kept-account.ts';

let cloud: FakeAws;
const given = keptAccount(
  async () => (cloud = await startAws(PROMPT)),
  async inputs => awsRun(cloud, inputs)
);

test('without a password RDS keeps one in Secrets Manager, and the outputs read and mask it', async () => {
  const { master_password: _password, ...inputs }: Readonly<Record<string, string>> = {
    ...basic(cloud),
    enable_proxy: 'true',
    manage_master_user_password: 'true'
  };
  const run = await awsRun(cloud, inputs);
  const { outputs } = await run.apply();
  expect(outputs?.endpoint.password).toMatch(/.{8}/);
  expect(run.masked).toContain(outputs?.endpoint.password);
  expect(lines((await (await awsRun(cloud, inputs)).plan()).plan)).toEqual([]);
  await (await awsRun(cloud, inputs)).destroy();
  expect(cloud.leftovers().filter(left => !left.startsWith('snapshot '))).toEqual([]);
});

test('the settings of an apply with a purchase are computed again without a call', async () => {
  const offering = '649fd0c8-cf6d-47a0-bfa6-060f8e75e95f';
  const bought = { reserved_offering_id: offering, confirm_purchase: offering };
  const run = await awsRun(cloud, { ...basic(cloud), ...bought, kms_key_id: 'alias/database' });
  await run.apply();
  const observed = await run.session.observe();
  const before = cloud.calls().length;
  const desired = await run.session.desired(observed);
  expect(desired.map(({ address }) => address)).toContain('server');
  expect(cloud.calls().slice(before)).toEqual([]);
});

describe('a snapshot', () => {
  test('is taken once under its name, and restores to a new server with the password of the workflow', async () => {
    await given(basic(cloud));
    const taking = await awsRun(cloud, { ...basic(cloud), snapshot_identifier: 'before-release' });
    const observed = await taking.session.observe();
    expect((await taking.session.snapshot(observed)).id).toBe('before-release');
    expect((await taking.session.snapshot(observed)).id).toBe('before-release');

    const copy = {
      ...basic(cloud),
      name: 'copy',
      restore_from_snapshot: 'before-release',
      master_password: 'another-battery'
    };
    const { plan } = await (await awsRun(cloud, copy)).apply();
    expect(plan.steps.find(step => step.address === 'server')?.action).toBe('create');
    expect(cloud.state().instances.get('copy')?.password).toBe('another-battery');
    expect(lines((await (await awsRun(cloud, copy)).plan()).plan)).toEqual([]);
  });

  test('whose restore was interrupted gets its password in the next run', async () => {
    await given(basic(cloud));
    await snapshotTaken(cloud, { ...basic(cloud), snapshot_identifier: 'before-release' });
    const copy = {
      ...basic(cloud),
      name: 'copy',
      restore_from_snapshot: 'before-release',
      master_password: 'another-battery'
    };
    const killed = await awsRun(cloud, copy);
    cloud.killAfter('RestoreDBInstanceFromDBSnapshot', 1, () => killed.execution.abort(new Error('killed')));
    await expect(killed.apply()).rejects.toMatchObject({ code: 'cancelled' });
    cloud.clearFaults();
    await (await awsRun(cloud, copy)).apply();
    expect(cloud.state().instances.get('copy')?.password).toBe('another-battery');
    expect(lines((await (await awsRun(cloud, copy)).plan()).plan)).toEqual([]);
  });

  test('larger than the requested storage is refused before anything is created', async () => {
    await (await awsRun(cloud, { ...basic(cloud), allocated_storage: '100' })).apply();
    await snapshotTaken(cloud, { ...basic(cloud), snapshot_identifier: 'large' });
    const copy = await awsRun(cloud, { ...basic(cloud), name: 'copy', restore_from_snapshot: 'large' });
    await expect(copy.plan()).rejects.toThrow(/less than the storage of the source/);
  });
});

test('a point in time is restored to a new server', async () => {
  await given(basic(cloud));
  const copy = { ...basic(cloud), name: 'copy', restore_source: 'orders' };
  await (await awsRun(cloud, copy)).apply();
  expect(lines((await (await awsRun(cloud, copy)).plan()).plan)).toEqual([]);
});
