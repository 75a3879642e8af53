import type { Parameter } from '@aws-sdk/client-rds';
import { clients, failure, ready, statuses } from './clients.ts';
import { startAws, type FakeAws } from './fake-aws.ts';

const GROUP = 'orders-postgres16';
const written = (
  name: string,
  value: string,
  ApplyMethod: 'immediate' | 'pending-reboot' = 'immediate'
): Parameter => ({
  ParameterName: name,
  ParameterValue: value,
  ApplyMethod
});

describe('a parameter group of the fake AWS', () => {
  let aws: FakeAws;
  beforeEach(async () => {
    aws = await startAws();
    const { rds } = clients(aws);
    await rds.createDBParameterGroup({
      DBParameterGroupName: GROUP,
      DBParameterGroupFamily: 'postgres16',
      Description: 'orders'
    });
  });
  afterEach(async () => {
    await aws.stop();
  });

  const modify = async (...parameters: readonly Parameter[]): Promise<string> =>
    failure(clients(aws).rds.modifyDBParameterGroup({ DBParameterGroupName: GROUP, Parameters: [...parameters] }));

  const applyStatus = async (): Promise<string | undefined> => {
    const answer = await clients(aws).rds.describeDBInstances({ DBInstanceIdentifier: 'orders' });
    return answer.DBInstances?.[0]?.DBParameterGroups?.[0]?.ParameterApplyStatus;
  };

  test.each([
    ['a value with a unit', written('work_mem', '4MB'), /Invalid parameter value: 4MB/],
    ['a word where 0 or 1 stands', written('log_connections', 'on'), /allowed values are: 0,1/],
    ['what nobody can change', written('ssl', '1', 'pending-reboot'), /cannot be modified/],
    ['what does not exist', written('wrok_mem', '4096'), /Could not find parameter with name: wrok_mem/],
    ['what the version does not have', written('transaction_timeout', '1000'), /Could not find parameter/],
    [
      'a static one at once',
      written('shared_buffers', '32768'),
      /cannot use immediate apply method for static parameter/
    ]
  ])('refuses %s', async (_what, parameter, expected) => {
    expect(await modify(parameter)).toMatch(expected);
  });

  test('takes twenty in one call but not twenty-one', async () => {
    const values = Array.from({ length: 21 }, () => written('work_mem', '4096'));
    expect(await modify(...values)).toMatch(/not 21/);
    expect(await modify(...values.slice(1))).toBe('');
  });

  test('distinguishes values set by a user from defaults', async () => {
    await modify(
      written('work_mem', '4096'),
      written('max_connections', 'LEAST({DBInstanceClassMemory/9531392},200)', 'pending-reboot')
    );
    const { rds } = clients(aws);
    const own = await rds.describeDBParameters({ DBParameterGroupName: GROUP, Source: 'user' });
    expect(own.Parameters?.map(one => [one.ParameterName, one.ApplyType, one.DataType])).toEqual([
      ['max_connections', 'static', 'integer'],
      ['work_mem', 'dynamic', 'integer']
    ]);
    await rds.resetDBParameterGroup({
      DBParameterGroupName: GROUP,
      Parameters: [{ ParameterName: 'work_mem', ApplyMethod: 'immediate' }]
    });
    const after = await rds.describeDBParameters({ DBParameterGroupName: GROUP, Source: 'user' });
    expect(after.Parameters?.map(one => one.ParameterName)).toEqual(['max_connections']);
    const defaults = await rds.describeEngineDefaultParameters({
      DBParameterGroupFamily: 'postgres14',
      Filters: [{ Name: 'parameter-name', Values: ['rds.force_ssl'] }]
    });
    expect(defaults.EngineDefaults?.Parameters?.map(one => one.ParameterValue)).toEqual(['0']);
  });

  test('applies dynamic values at once and static ones at a reboot', async () => {
    await ready(aws, { DBParameterGroupName: GROUP });
    expect(await applyStatus()).toBe('in-sync');
    await modify(written('work_mem', '4096'));
    expect(await applyStatus()).toBe('applying');
    expect(await applyStatus()).toBe('in-sync');
    await modify(written('shared_buffers', '16384', 'pending-reboot'));
    await applyStatus();
    await modify(written('work_mem', '8192'));
    await applyStatus();
    expect(await applyStatus()).toBe('pending-reboot');
    const { rds } = clients(aws);
    await rds.rebootDBInstance({ DBInstanceIdentifier: 'orders' });
    expect(await statuses(rds, 'orders')).toEqual(['rebooting', 'available']);
    expect(await applyStatus()).toBe('in-sync');
  });

  test('attached to a server later waits for a reboot with everything in it', async () => {
    const { rds } = clients(aws);
    await ready(aws);
    await rds.modifyDBInstance({ DBInstanceIdentifier: 'orders', DBParameterGroupName: GROUP, ApplyImmediately: true });
    await applyStatus();
    await applyStatus();
    expect(await applyStatus()).toBe('pending-reboot');
  });

  test('that asks for more memory than the class has stops the server at its next reboot', async () => {
    const { rds } = clients(aws);
    await ready(aws, { DBParameterGroupName: GROUP });
    await modify(written('shared_buffers', '1310720', 'pending-reboot'));
    await applyStatus();
    await rds.rebootDBInstance({ DBInstanceIdentifier: 'orders' });
    expect(await statuses(rds, 'orders', ['incompatible-parameters'])).toContain('incompatible-parameters');
  });

  test('cannot be deleted while a server uses it', async () => {
    const { rds } = clients(aws);
    await ready(aws, { DBParameterGroupName: GROUP });
    expect(await failure(rds.deleteDBParameterGroup({ DBParameterGroupName: GROUP }))).toMatch(
      /^InvalidDBParameterGroupStateFault: /
    );
    await rds.deleteDBInstance({ DBInstanceIdentifier: 'orders', SkipFinalSnapshot: true });
    await statuses(rds, 'orders').catch(() => undefined);
    await rds.deleteDBParameterGroup({ DBParameterGroupName: GROUP });
    expect(aws.leftovers()).toEqual([]);
  });
});
