import { clients, ready } from './clients.ts';
import type { FakeAws } from './fake-aws.ts';

/** What a team has before it moves in. */
export interface LiveServer {
  readonly securityGroupId: string;
  readonly subnetGroup: string;
  readonly parameterGroup: string;
}

/**
 * A server as the example `complete-postgres` of terraform-aws-rds makes it: groups under generated names, exported
 * logs, a monitoring role of its own, tags of the module.
 */
export async function completePostgres(cloud: FakeAws, id = 'complete-postgresql'): Promise<LiveServer> {
  const { rds, ec2, logs } = clients(cloud);
  const { vpcId, subnetIds } = cloud.network();
  const Tags = [
    { Key: 'Name', Value: 'complete-postgresql' },
    { Key: 'Example', Value: 'complete-postgresql' },
    { Key: 'Repository', Value: 'https://github.com/terraform-aws-modules/terraform-aws-rds' }
  ];
  const [subnetGroup, parameterGroup] = ['complete-vpc', `${id}-20260102030405`];
  await rds.createDBSubnetGroup({
    DBSubnetGroupName: subnetGroup,
    DBSubnetGroupDescription: 'Database subnet group',
    SubnetIds: [...subnetIds],
    Tags
  });
  await rds.createDBParameterGroup({
    DBParameterGroupName: parameterGroup,
    DBParameterGroupFamily: 'postgres16',
    Description: 'complete-postgresql parameter group',
    Tags
  });
  await rds.modifyDBParameterGroup({
    DBParameterGroupName: parameterGroup,
    Parameters: [
      { ParameterName: 'autovacuum', ParameterValue: '1', ApplyMethod: 'pending-reboot' },
      { ParameterName: 'rds.logical_replication', ParameterValue: '1', ApplyMethod: 'pending-reboot' }
    ]
  });
  const { GroupId: securityGroupId = '' } = await ec2.createSecurityGroup({
    GroupName: `${id}-20260102030406`,
    Description: 'Complete PostgreSQL example security group',
    VpcId: vpcId
  });
  await ec2.authorizeSecurityGroupIngress({
    GroupId: securityGroupId,
    IpPermissions: [
      { IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, IpRanges: [{ CidrIp: '10.0.0.0/16' }] },
      { IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }
    ]
  });
  for (const log of ['postgresql', 'upgrade'])
    await logs.createLogGroup({ logGroupName: `/aws/rds/instance/${id}/${log}`, tags: { Example: 'complete' } });
  await ready(cloud, {
    DBInstanceIdentifier: id,
    DBInstanceClass: 'db.t4g.large',
    AllocatedStorage: 20,
    MaxAllocatedStorage: 100,
    DBName: 'completePostgresql',
    MasterUsername: 'complete_postgresql',
    Port: 5432,
    MultiAZ: true,
    DBSubnetGroupName: subnetGroup,
    VpcSecurityGroupIds: [securityGroupId],
    DBParameterGroupName: parameterGroup,
    PreferredMaintenanceWindow: 'Mon:00:00-Mon:03:00',
    PreferredBackupWindow: '03:00-06:00',
    EnableCloudwatchLogsExports: ['postgresql', 'upgrade'],
    BackupRetentionPeriod: 1,
    MonitoringInterval: 60,
    MonitoringRoleArn: cloud.monitoringRoleArn,
    EnablePerformanceInsights: true,
    PerformanceInsightsRetentionPeriod: 7,
    Tags
  });
  return { securityGroupId, subnetGroup, parameterGroup };
}

/** A server as the module makes one from a name, a class and a size, in a parameter group of its own. */
export async function moduleDefault(cloud: FakeAws, id = 'orders'): Promise<void> {
  const { rds } = clients(cloud);
  const parameterGroup = `${id}-20260102030405`;
  await rds.createDBParameterGroup({
    DBParameterGroupName: parameterGroup,
    DBParameterGroupFamily: 'postgres16',
    Description: `${id} parameter group`
  });
  await ready(cloud, {
    DBInstanceIdentifier: id,
    DBInstanceClass: 'db.t4g.micro',
    AllocatedStorage: 20,
    MasterUsername: 'demo',
    Port: 5432,
    DBParameterGroupName: parameterGroup,
    VpcSecurityGroupIds: [],
    Tags: [{ Key: 'Name', Value: id }]
  });
}
