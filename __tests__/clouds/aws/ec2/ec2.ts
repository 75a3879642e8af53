import type { EC2, InternetGateway, NetworkInterface, Subnet, Vpc } from '@aws-sdk/client-ec2';
import type { Actions, AnyActions, Call } from '../actions.ts';
import { AwsFault } from '../fault.ts';
import { hexId } from '../ids.ts';
import { page } from '../pages.ts';
import { addTags, readTags, removeTags, type Tagged } from '../tags.ts';
import type { RuleRecord } from '../state.ts';
import { passes, type FilterFields } from './filters.ts';
import { securityGroups } from './security-groups.ts';

const VPC_FIELDS: FilterFields<Vpc> = {
  'vpc-id': one => [one.VpcId],
  'is-default': one => [String(one.IsDefault)],
  isDefault: one => [String(one.IsDefault)],
  cidr: one => [one.CidrBlock]
};
const GATEWAY_FIELDS: FilterFields<InternetGateway> = {
  'attachment.vpc-id': one => (one.Attachments ?? []).map(({ VpcId }) => VpcId)
};
const SUBNET_FIELDS: FilterFields<Subnet> = {
  'subnet-id': one => [one.SubnetId],
  'vpc-id': one => [one.VpcId],
  'availability-zone': one => [one.AvailabilityZone]
};
const INTERFACE_FIELDS: FilterFields<NetworkInterface> = {
  'group-id': one => (one.Groups ?? []).map(group => group.GroupId),
  'network-interface-id': one => [one.NetworkInterfaceId],
  'vpc-id': one => [one.VpcId]
};
const RULE_FIELDS: FilterFields<RuleRecord> = {
  'group-id': one => [one.rule.GroupId],
  'security-group-rule-id': one => [one.rule.SecurityGroupRuleId]
};

const actions: Actions<EC2> = {
  ...securityGroups,
  DescribeVpcs: (input, { cloud, region }) => {
    const all = [...region.vpcs.values()].filter(one => passes(one, [], input.Filters, VPC_FIELDS));
    const named = only(
      all,
      input.VpcIds,
      one => one.VpcId,
      id => new AwsFault('InvalidVpcID.NotFound', `The vpc ID '${id}' does not exist`)
    );
    const { items, next } = page(named, cloud.pageSize, input.MaxResults, input.NextToken);
    return { Vpcs: [...items], NextToken: next };
  },
  DescribeVpcAttribute: ({ VpcId, Attribute = '' }, { region }) => {
    const Value = region.lacking.get(VpcId ?? '') !== Attribute;
    return Attribute === 'enableDnsSupport'
      ? { VpcId, EnableDnsSupport: { Value } }
      : { VpcId, EnableDnsHostnames: { Value } };
  },
  DescribeInternetGateways: (input, { region }) => {
    const all = [...region.vpcs.keys()].filter(vpc => region.lacking.get(vpc) !== 'gateway');
    const InternetGateways = all.map(VpcId => ({
      InternetGatewayId: hexId('igw-', VpcId),
      Attachments: [{ VpcId }]
    }));
    return { InternetGateways: InternetGateways.filter(one => passes(one, [], input.Filters, GATEWAY_FIELDS)) };
  },
  DescribeSubnets: (input, { cloud, region }) => {
    const all = [...region.subnets.values()].filter(one => passes(one, [], input.Filters, SUBNET_FIELDS));
    const named = only(all, input.SubnetIds, one => one.SubnetId, noSubnet);
    const { items, next } = page(named, cloud.pageSize, input.MaxResults, input.NextToken);
    return { Subnets: [...items], NextToken: next };
  },
  DescribeAvailabilityZones: (_input, { region }) => ({
    AvailabilityZones: ['a', 'b', 'c'].map((letter, at) => ({
      ZoneName: `${region.name}${letter}`,
      ZoneId: `az${at + 1}`,
      State: 'available' as const,
      RegionName: region.name
    }))
  }),
  DescribeSecurityGroupRules: (input, { cloud, region }) => {
    const rules = [...region.securityGroups.values()].flatMap(one => [...one.rules.values()]);
    const all = rules
      .map(record => ({ record, tags: readTags(record.tags) }))
      .filter(({ record, tags }) => passes(record, tags, input.Filters, RULE_FIELDS))
      .map(({ record, tags }) => ({ ...record.rule, Tags: tags }));
    const named = only(all, input.SecurityGroupRuleIds, one => one.SecurityGroupRuleId, noRule);
    const { items, next } = page(named, cloud.pageSize, input.MaxResults, input.NextToken);
    return { SecurityGroupRules: [...items], NextToken: next };
  },
  DescribeNetworkInterfaces: (input, { cloud, region }) => {
    const all = [...region.interfaces.values()].filter(one => passes(one, [], input.Filters, INTERFACE_FIELDS));
    const { items, next } = page(all, cloud.pageSize, input.MaxResults, input.NextToken);
    return { NetworkInterfaces: [...items], NextToken: next };
  },
  CreateTags: (input, call) => {
    for (const id of input.Resources ?? []) addTags(tagsOf(call, id), input.Tags ?? [], call.cloud.pace.tags);
  },
  DeleteTags: (input, call) => {
    const keys = (input.Tags ?? []).map(tag => tag.Key ?? '');
    for (const id of input.Resources ?? []) removeTags(tagsOf(call, id), keys, call.cloud.pace.tags);
  }
};

/** Elastic Compute Cloud: networks, which are given, and security groups. */
export const ec2: AnyActions = actions;

function only<T>(
  all: readonly T[],
  ids: readonly string[] | undefined,
  idOf: (one: T) => string | undefined,
  missing: (id: string) => AwsFault
): readonly T[] {
  if (ids === undefined) return all;
  return ids.map(id => {
    const one = all.find(thing => idOf(thing) === id);
    if (one === undefined) throw missing(id);
    return one;
  });
}

function tagsOf({ region }: Call, id: string): Tagged {
  const group = region.securityGroups.get(id);
  if (group !== undefined) return group.tags;
  for (const one of region.securityGroups.values()) {
    const rule = one.rules.get(id);
    if (rule !== undefined) return rule.tags;
  }
  throw new AwsFault('InvalidID', `The ID '${id}' is not valid`);
}

const noSubnet = (id: string): AwsFault =>
  new AwsFault('InvalidSubnetID.NotFound', `The subnet ID '${id}' does not exist`);
const noRule = (id: string): AwsFault =>
  new AwsFault('InvalidSecurityGroupRuleId.NotFound', `The security group rule ID '${id}' does not exist`);
