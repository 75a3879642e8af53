import { clients, failure, ready } from './clients.ts';
import { startAws, type FakeAws } from './fake-aws.ts';

const TRY = {
  DBParameterGroupName: 'orders',
  DBParameterGroupFamily: 'postgres16',
  Description: 'of orders'
};

describe('faults of the fake AWS', () => {
  let aws: FakeAws;
  beforeEach(async () => {
    aws = await startAws();
  });
  afterEach(async () => {
    await aws.stop();
  });

  test('affect the nth call of an action, as often as configured', async () => {
    const { rds } = clients(aws);
    aws.fault({ action: 'DescribeDBInstances', nth: 2, times: 2, code: 'Throttling' });
    const looks = [];
    for (let look = 0; look < 4; look += 1) looks.push(await failure(rds.describeDBInstances({})));
    expect(looks).toEqual(['', 'Throttling: Rate exceeded', 'Throttling: Rate exceeded', '']);
  });

  test('before the effect change nothing', async () => {
    const { rds } = clients(aws);
    aws.fault({ action: 'CreateDBParameterGroup' });
    expect(await failure(rds.createDBParameterGroup(TRY))).not.toBe('');
    expect(aws.leftovers()).toEqual([]);
  });

  test('after the effect only lose the answer', async () => {
    const { rds } = clients(aws);
    aws.fault({ action: 'CreateDBParameterGroup', when: 'after' });
    expect(await failure(rds.createDBParameterGroup(TRY))).not.toBe('');
    expect(aws.leftovers()).toEqual(['parameter-group us-east-1 orders']);
    expect(await failure(rds.createDBParameterGroup(TRY))).toMatch(/^DBParameterGroupAlreadyExistsFault: /);
  });

  test('an error can be answered although the call took effect', async () => {
    const { rds } = clients(aws);
    aws.fault({ action: '*', when: 'after', code: 'InternalFailure', status: 500 });
    expect(await failure(rds.createDBParameterGroup(TRY))).toBe('InternalFailure: InternalFailure was switched on');
    expect(aws.leftovers()).toEqual(['parameter-group us-east-1 orders']);
  });

  test('a kill comes after the effect of the nth change, and reads do not count', async () => {
    const { rds } = clients(aws);
    let killed = 0;
    aws.killAfter('*', 2, () => {
      killed += 1;
    });
    await rds.createDBParameterGroup(TRY);
    await rds.describeDBParameterGroups({});
    expect(killed).toBe(0);
    expect(await failure(rds.createDBParameterGroup({ ...TRY, DBParameterGroupName: 'second' }))).not.toBe('');
    expect(killed).toBe(1);
    expect(aws.leftovers()).toHaveLength(2);
  });

  test('a server set to fail ends in its failed state, with an event that gives the reason', async () => {
    const { rds } = clients(aws);
    aws.doom('orders', { status: 'incompatible-network', message: 'The subnet has no free addresses.' });
    await ready(aws).catch(() => undefined);
    const [server] = (await rds.describeDBInstances({ DBInstanceIdentifier: 'orders' })).DBInstances ?? [];
    expect(server?.DBInstanceStatus).toBe('incompatible-network');
    const { Events: events } = await rds.describeEvents({ SourceIdentifier: 'orders', SourceType: 'db-instance' });
    expect(events?.map(event => event.Message)).toEqual(['The subnet has no free addresses.']);
  });
});
