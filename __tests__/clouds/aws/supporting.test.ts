import { clients, failure, ready } from './clients.ts';
import { startAws, type FakeAws } from './fake-aws.ts';

const TRUST = (service: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }]
  });

describe('supporting resources of the fake AWS', () => {
  let aws: FakeAws;
  beforeEach(async () => {
    aws = await startAws();
  });
  afterEach(async () => {
    await aws.stop();
  });

  test('a new role is refused until it has spread, and for good when its policies are wrong', async () => {
    const { iam } = clients(aws);
    const { Role: role } = await iam.createRole({
      RoleName: 'watch',
      AssumeRolePolicyDocument: TRUST('monitoring.rds.amazonaws.com')
    });
    const given = { MonitoringInterval: 60, MonitoringRoleArn: role?.Arn };
    expect(await failure(ready(aws, given))).toMatch(/IAM role ARN value is invalid/);
    await iam.attachRolePolicy({
      RoleName: 'watch',
      PolicyArn: 'arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole'
    });
    const tries = [];
    for (let attempt = 0; attempt < 3; attempt += 1) tries.push((await failure(ready(aws, given))) === '');
    expect(tries).toEqual([false, false, true]);
    expect(aws.state().instances.get('orders')?.live.EnhancedMonitoringResourceArn).toMatch(/RDSOSMetrics/);
    expect(await failure(iam.deleteRole({ RoleName: 'watch' }))).toMatch(/^DeleteConflictException: /);
  });

  test('a security group keeps canonical rules, refuses duplicates, and cannot be deleted while it is used', async () => {
    const { ec2, rds } = clients(aws);
    const net = aws.network();
    const tag = { ResourceType: 'security-group' as const, Tags: [{ Key: 'Team', Value: 'A' }] };
    const made = await ec2.createSecurityGroup({
      GroupName: 'orders-db',
      Description: 'orders',
      VpcId: net.vpcId,
      TagSpecifications: [tag]
    });
    const rule = {
      GroupId: made.GroupId,
      IpPermissions: [{ IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, IpRanges: [{ CidrIp: '10.0.7.9/16' }] }]
    };
    expect(await failure(ec2.authorizeSecurityGroupIngress(rule))).toMatch(/^InvalidGroup.NotFound: /);
    await ec2.authorizeSecurityGroupIngress(rule);
    expect(await failure(ec2.authorizeSecurityGroupIngress(rule))).toMatch(/^InvalidPermission.Duplicate: /);
    const { SecurityGroupRules: rules } = await ec2.describeSecurityGroupRules({
      Filters: [{ Name: 'group-id', Values: [made.GroupId ?? ''] }]
    });
    expect(rules?.map(one => [one.IsEgress, one.IpProtocol, one.CidrIpv4])).toEqual([
      [true, '-1', '0.0.0.0/0'],
      [false, 'tcp', '10.0.0.0/16']
    ]);
    await rds.createDBSubnetGroup({
      DBSubnetGroupName: 'Orders',
      DBSubnetGroupDescription: 'orders',
      SubnetIds: [...net.subnetIds]
    });
    await ready(aws, { DBSubnetGroupName: 'orders', VpcSecurityGroupIds: [made.GroupId ?? ''] });
    expect(await failure(ec2.deleteSecurityGroup({ GroupId: made.GroupId }))).toMatch(/^DependencyViolation: /);
    expect(await failure(rds.deleteDBSubnetGroup({ DBSubnetGroupName: 'orders' }))).toMatch(/still using it/);
    expect(
      await failure(ec2.createSecurityGroup({ GroupName: 'orders-db', Description: 'x', VpcId: net.vpcId }))
    ).toMatch(/^InvalidGroup.Duplicate: /);
    const found = await ec2.describeSecurityGroups({ Filters: [{ Name: 'group-name', Values: ['orders-db'] }] });
    expect(found.SecurityGroups?.map(one => [one.GroupId, one.Tags])).toEqual([
      [made.GroupId, [{ Key: 'Team', Value: 'A' }]]
    ]);
  });

  test.each([
    ['two subnets of one zone', 'oneZoneSubnetIds' as const, /^DBSubnetGroupDoesNotCoverEnoughAZs: /],
    ['subnets of two networks', undefined, /^InvalidSubnet: /]
  ])('a subnet group refuses %s', async (_what, kind, expected) => {
    const net = aws.network();
    const subnets = kind === undefined ? [...net.subnetIds, ...net.otherVpcSubnetIds] : net[kind];
    const { rds } = clients(aws);
    const made = rds.createDBSubnetGroup({
      DBSubnetGroupName: 'orders',
      DBSubnetGroupDescription: 'x',
      SubnetIds: [...subnets]
    });
    expect(await failure(made)).toMatch(expected);
  });

  test('a proxy takes a secret, a role and a server, each when it is ready', async () => {
    const { rds, iam, secrets } = clients(aws);
    const net = aws.network();
    await rds.createDBSubnetGroup({
      DBSubnetGroupName: 'orders',
      DBSubnetGroupDescription: 'x',
      SubnetIds: [...net.subnetIds]
    });
    await ready(aws, { DBSubnetGroupName: 'orders' });
    const secret = await secrets.createSecret({ Name: 'orders-proxy', SecretString: '{}' });
    const { Role: role } = await iam.createRole({
      RoleName: 'orders-proxy',
      AssumeRolePolicyDocument: TRUST('rds.amazonaws.com')
    });
    const document = JSON.stringify({
      Statement: [{ Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: secret.ARN }]
    });
    await iam.putRolePolicy({ RoleName: 'orders-proxy', PolicyName: 'secret', PolicyDocument: document });
    const create = async (): Promise<string> =>
      failure(
        rds.createDBProxy({
          DBProxyName: 'orders-proxy',
          EngineFamily: 'POSTGRESQL',
          Auth: [{ AuthScheme: 'SECRETS', SecretArn: secret.ARN, IAMAuth: 'DISABLED' }],
          RoleArn: role?.Arn,
          VpcSubnetIds: [...net.subnetIds]
        })
      );
    expect([await create(), await create(), await create()].map(text => text === '')).toEqual([false, false, true]);
    const register = { DBProxyName: 'orders-proxy', TargetGroupName: 'default', DBInstanceIdentifiers: ['orders'] };
    expect(await failure(rds.registerDBProxyTargets(register))).toMatch(/^InvalidDBProxyStateFault: /);
    await rds.describeDBProxies({ DBProxyName: 'orders-proxy' });
    await rds.registerDBProxyTargets(register);
    expect(await failure(rds.registerDBProxyTargets(register))).toMatch(/^DBProxyTargetAlreadyRegisteredFault: /);
    await rds.modifyDBProxyTargetGroup({
      DBProxyName: 'orders-proxy',
      TargetGroupName: 'default',
      ConnectionPoolConfig: { MaxConnectionsPercent: 50 }
    });
    const { TargetGroups: groups } = await rds.describeDBProxyTargetGroups({ DBProxyName: 'orders-proxy' });
    expect(groups?.[0]?.ConnectionPoolConfig).toMatchObject({
      MaxConnectionsPercent: 50,
      ConnectionBorrowTimeout: 120
    });
    await rds.deleteDBProxy({ DBProxyName: 'orders-proxy' });
    await rds.describeDBProxies({ DBProxyName: 'orders-proxy' });
    await rds.describeDBProxies({ DBProxyName: 'orders-proxy' });
    expect(await failure(rds.describeDBProxies({ DBProxyName: 'orders-proxy' }))).toMatch(/^DBProxyNotFoundFault: /);
  });

  test('a deleted secret keeps its name until its recovery window has passed', async () => {
    const { secrets } = clients(aws);
    await secrets.createSecret({ Name: 'a', SecretString: 'x' });
    await secrets.deleteSecret({ SecretId: 'a' });
    expect(await failure(secrets.createSecret({ Name: 'a', SecretString: 'x' }))).toMatch(/scheduled for deletion/);
    await secrets.deleteSecret({ SecretId: 'a', ForceDeleteWithoutRecovery: true });
    // It is deleted in the background.
    expect(await failure(secrets.createSecret({ Name: 'a', SecretString: 'x' }))).toMatch(/scheduled for deletion/);
    expect(await failure(secrets.createSecret({ Name: 'a', SecretString: 'x' }))).toMatch(/scheduled for deletion/);
    expect(await failure(secrets.createSecret({ Name: 'a', SecretString: 'x' }))).toBe('');
  });

  test('alarms and log groups are kept with their tags', async () => {
    const { cloudwatch, logs } = clients(aws);
    const alarm = {
      AlarmName: 'orders-cpu',
      MetricName: 'CPUUtilization',
      Namespace: 'AWS/RDS',
      Statistic: 'Average' as const,
      Period: 300,
      EvaluationPeriods: 2,
      Threshold: 0.2,
      ComparisonOperator: 'GreaterThanThreshold' as const,
      Dimensions: [{ Name: 'DBInstanceIdentifier', Value: 'orders' }],
      Tags: [{ Key: 'Team', Value: 'A' }]
    };
    await cloudwatch.putMetricAlarm(alarm);
    await cloudwatch.putMetricAlarm({ ...alarm, Threshold: 0.3, Tags: [{ Key: 'Team', Value: 'B' }] });
    const { MetricAlarms: alarms } = await cloudwatch.describeAlarms({ AlarmNames: ['orders-cpu'] });
    expect(alarms?.map(one => one.Threshold)).toEqual([0.3]);
    const arn = alarms?.[0]?.AlarmArn;
    expect((await cloudwatch.listTagsForResource({ ResourceARN: arn })).Tags).toEqual([{ Key: 'Team', Value: 'A' }]);
    await cloudwatch.deleteAlarms({ AlarmNames: ['orders-cpu'] });
    expect(await failure(cloudwatch.deleteAlarms({ AlarmNames: ['orders-cpu'] }))).toMatch(/^ResourceNotFound: /);

    const logGroupName = '/aws/rds/instance/orders/postgresql';
    await logs.createLogGroup({ logGroupName, tags: { Team: 'A' } });
    await logs.putRetentionPolicy({ logGroupName, retentionInDays: 7 });
    expect(await failure(logs.putRetentionPolicy({ logGroupName, retentionInDays: 8 }))).toMatch(
      /^InvalidParameterException: /
    );
    expect(await failure(logs.createLogGroup({ logGroupName }))).toMatch(/^ResourceAlreadyExistsException: /);
    const { logGroups } = await logs.describeLogGroups({ logGroupNamePrefix: '/aws/rds/instance/orders/' });
    expect(logGroups?.map(one => [one.logGroupName, one.retentionInDays])).toEqual([[logGroupName, 7]]);
    expect((await logs.listTagsForResource({ resourceArn: logGroups?.[0]?.logGroupArn })).tags).toEqual({ Team: 'A' });
  });

  test('a reservation is bought once under its id, and a refusal is a 404', async () => {
    const { rds } = clients(aws);
    const purchase = {
      ReservedDBInstancesOfferingId: '649fd0c8-cf6d-47a0-bfa6-060f8e75e95f',
      ReservedDBInstanceId: 'orders-649fd0c8'
    };
    await rds.purchaseReservedDBInstancesOffering(purchase);
    expect(await failure(rds.purchaseReservedDBInstancesOffering(purchase))).toMatch(
      /^ReservedDBInstanceAlreadyExistsFault: /
    );
    expect(aws.calls().at(-1)?.status).toBe(404);
    const looks = [];
    for (let look = 0; look < 2; look += 1)
      looks.push((await rds.describeReservedDBInstances({})).ReservedDBInstances?.[0]?.State);
    expect(looks).toEqual(['payment-pending', 'active']);
  });

  test('versions and orderable options are listed as they are today', async () => {
    const { rds } = clients(aws);
    const versions = await rds.describeDBEngineVersions({ Engine: 'postgres', DBParameterGroupFamily: 'postgres14' });
    expect(versions.DBEngineVersions?.map(one => one.EngineVersion)).toEqual(['14.20', '14.21', '14.22', '14.23']);
    expect(
      (await rds.describeDBEngineVersions({ Engine: 'postgres', EngineVersion: '14.9' })).DBEngineVersions ?? []
    ).toEqual([]);
    const options = await rds.describeOrderableDBInstanceOptions({
      Engine: 'postgres',
      EngineVersion: '14.23',
      DBInstanceClass: 'db.r5.xlarge'
    });
    expect(options.OrderableDBInstanceOptions?.map(one => one.StorageType)).toEqual([
      'standard',
      'gp2',
      'gp3',
      'io1',
      'io2'
    ]);
  });
});
