import { startAws, type FakeAws } from '../../../clouds/aws/fake-aws.ts';
import { basic } from '../../../support/aws-inputs.ts';
import { awsRun, told } from '../../../support/aws-run.ts';

let cloud: FakeAws;
beforeEach(async () => {
  cloud = await startAws();
});
afterEach(async () => cloud.stop());

const { applied, planned, notices } = told(async inputs => awsRun(cloud, { ...basic(cloud), ...inputs }));

const live = () => cloud.state().instances.get('orders')?.live;

test('groups that are given by name are used as they are', async () => {
  const given = { parameter_group_name: 'default.postgres16', option_group_name: 'Team-Postgres-16' };
  await applied(given);
  expect(live()?.OptionGroupMemberships).toEqual([{ OptionGroupName: 'team-postgres-16', Status: 'in-sync' }]);
  expect(live()?.DBParameterGroups?.[0]?.DBParameterGroupName).toBe('default.postgres16');
  expect(await planned(given)).toEqual([]);
});

test('another option group waits for the maintenance window, and is not proposed again meanwhile', async () => {
  await applied({});
  const other = { option_group_name: 'team-postgres-16' };
  expect(await applied(other)).toEqual([
    'update server: option_group "default:postgres-16" → "team-postgres-16" (deferred)'
  ]);
  expect(await planned(other)).toEqual([]);
  cloud.maintenance('orders');
  expect(await planned(other)).toEqual([]);
  const back = { option_group_name: 'default:postgres-16', apply_immediately: 'true' };
  expect(await applied(back)).toHaveLength(1);
  expect(await planned(back)).toEqual([]);
});

test('an upgrade includes an option group of the new version', async () => {
  await applied({ option_group_name: 'team-postgres-16' });
  const up = {
    engine_version: '17',
    allow_major_version_upgrade: 'true',
    apply_immediately: 'true',
    option_group_name: 'team-postgres-17'
  };
  await applied(up);
  expect(live()?.OptionGroupMemberships).toEqual([{ OptionGroupName: 'team-postgres-17', Status: 'in-sync' }]);
  expect(await planned(up)).toEqual([]);
});

test.each([
  [{ parameter_group_name: 'nobodys' }, /parameter_group_name.*does not exist in us-east-1/],
  [{ parameter_group_name: 'default.postgres14' }, /parameter_group_name.*is for 14.*gets 16/],
  [{ option_group_name: 'nobodys' }, /option_group_name.*does not exist in us-east-1/],
  [{ option_group_name: 'team-postgres-14' }, /option_group_name.*is for 14.*gets 16/]
])('%j is refused in the plan', async (given, says) => {
  await expect(planned(given)).rejects.toMatchObject({
    code: 'input-invalid',
    message: expect.stringMatching(says) as string
  });
  expect(cloud.mutations()).toEqual([]);
});

test('a notice names groups that may not be read', async () => {
  cloud.fault({ action: 'DescribeOptionGroups', times: 9, code: 'AccessDenied', status: 403 });
  expect(await notices({ option_group_name: 'team-postgres-16' })).toContain('warning not-checked');
});
