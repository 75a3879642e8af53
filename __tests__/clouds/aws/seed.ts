import { hexId } from './ids.ts';
import { tagged } from './tags.ts';
import type { Region, RoleRecord, CloudState } from './state.ts';

/** Made once for every region, before anyone asks. */
export interface Network {
  readonly vpcId: string;
  readonly cidr: string;
  /** Private, one in each of three zones. */
  readonly subnetIds: readonly string[];
  readonly publicSubnetIds: readonly string[];
  /** Two subnets that lie in the same zone. */
  readonly oneZoneSubnetIds: readonly string[];
  readonly otherVpcId: string;
  readonly otherVpcSubnetIds: readonly string[];
  /** The default security group of `vpcId`. */
  readonly securityGroupId: string;
}

const ZONES = ['a', 'b', 'c'] as const;

export function network(region: string): Network {
  const subnets = (kind: string, count: number): string[] =>
    Array.from({ length: count }, (_, at) => hexId('subnet-', region, kind, at));
  const subnetIds = subnets('private', 3);
  const publicSubnetIds = subnets('public', 3);
  return {
    vpcId: hexId('vpc-', region, 'main'),
    cidr: '10.0.0.0/16',
    subnetIds,
    publicSubnetIds,
    oneZoneSubnetIds: [...subnetIds.slice(0, 1), ...publicSubnetIds.slice(0, 1)],
    otherVpcId: hexId('vpc-', region, 'other'),
    otherVpcSubnetIds: subnets('other', 2),
    securityGroupId: hexId('sg-', region, 'main')
  };
}

export function emptyRegion(name: string): Region {
  return {
    name,
    vpcs: new Map(),
    lacking: new Map(),
    subnets: new Map(),
    securityGroups: new Map(),
    interfaces: new Map(),
    keys: new Map(),
    keyAliases: new Map(),
    secrets: new Map(),
    lastingNames: new Map(),
    alarms: new Map(),
    logGroups: new Map(),
    instances: new Map(),
    parameterGroups: new Map(),
    subnetGroups: new Map(),
    snapshots: new Map(),
    proxies: new Map(),
    reservations: new Map(),
    backups: new Map(),
    events: [],
    blueGreen: new Map(),
    metrics: new Map(),
    daily: new Map(),
    pendingMaintenance: new Map()
  };
}

/** Networks and keys that every account of ours has in a region. */
export function seed(region: Region, accountId: string): Region {
  const net = network(region.name);
  const vpc = (
    id: string,
    cidr: string,
    isDefault: boolean,
    ranges: readonly (readonly [string, readonly string[]])[]
  ): void => {
    region.vpcs.set(id, {
      VpcId: id,
      CidrBlock: cidr,
      IsDefault: isDefault,
      State: 'available',
      OwnerId: accountId,
      InstanceTenancy: 'default'
    });
    for (const [third, ids] of ranges) {
      ids.forEach((subnetId, at) => {
        region.subnets.set(subnetId, {
          SubnetId: subnetId,
          VpcId: id,
          AvailabilityZone: `${region.name}${ZONES[at] ?? 'a'}`,
          CidrBlock: `${cidr.split('.').slice(0, 2).join('.')}.${third}${at}.0/24`,
          AvailableIpAddressCount: 251,
          State: 'available',
          OwnerId: accountId,
          MapPublicIpOnLaunch: third === '10',
          SubnetArn: `arn:aws:ec2:${region.name}:${accountId}:subnet/${subnetId}`
        });
      });
    }
  };
  vpc(net.vpcId, net.cidr, false, [
    ['', net.subnetIds],
    ['10', net.publicSubnetIds]
  ]);
  vpc(net.otherVpcId, '10.9.0.0/16', true, [['', net.otherVpcSubnetIds]]);
  for (const [id, vpcId] of [
    [net.securityGroupId, net.vpcId],
    [hexId('sg-', region.name, 'other'), net.otherVpcId]
  ] as const) {
    const description = 'default VPC security group';
    region.securityGroups.set(id, {
      id,
      name: 'default',
      vpcId,
      description,
      tags: tagged(),
      rules: new Map(),
      created: new Date(0),
      unknownFor: 0,
      heldFor: 0
    });
  }
  for (const [id, alias, manager] of [
    ['00000000-0000-4000-8000-00000000aaaa', 'alias/aws/rds', 'AWS'],
    ['00000000-0000-4000-8000-00000000bbbb', 'alias/aws/secretsmanager', 'AWS'],
    ['00000000-0000-4000-8000-00000000cccc', 'alias/database', 'CUSTOMER']
  ] as const) {
    const arn = `arn:aws:kms:${region.name}:${accountId}:key/${id}`;
    region.keys.set(id, {
      KeyId: id,
      Arn: arn,
      AWSAccountId: accountId,
      Enabled: true,
      KeyState: 'Enabled',
      KeyManager: manager,
      KeyUsage: 'ENCRYPT_DECRYPT',
      KeySpec: 'SYMMETRIC_DEFAULT',
      Origin: 'AWS_KMS'
    });
    region.keyAliases.set(alias, id);
  }
  return region;
}

/** A role for enhanced monitoring that someone made by hand. */
export function monitoringRole(cloud: Pick<CloudState, 'accountId' | 'id' | 'now'>): RoleRecord {
  const name = 'rds-monitoring-role';
  return {
    name,
    path: '/',
    arn: `arn:aws:iam::${cloud.accountId}:role/${name}`,
    id: 'AROAEXAMPLEMONITORING',
    created: cloud.now(),
    description: undefined,
    trust: JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: 'monitoring.rds.amazonaws.com' }, Action: 'sts:AssumeRole' }]
    }),
    attached: new Set(['arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole']),
    inline: new Map(),
    tags: tagged(),
    unknownFor: 0
  };
}
