import type { EC2, SecurityGroup, TagSpecification } from '@aws-sdk/client-ec2';
import type { Actions, Call } from '../actions.ts';
import { AwsFault, found } from '../fault.ts';
import { page } from '../pages.ts';
import { readTags, tagged, type Tagged } from '../tags.ts';
import type { SecurityGroupRecord } from '../state.ts';
import { passes, type FilterFields } from './filters.ts';
import { asPermissions, flatten, sameRule, type FlatRule } from './permissions.ts';

/** By then a new group is known everywhere. */
const SPREAD_SECONDS = 15;

const FIELDS: FilterFields<SecurityGroupRecord> = {
  'group-name': one => [one.name],
  'group-id': one => [one.id],
  'vpc-id': one => [one.vpcId],
  description: one => [one.description],
  'ip-permission.group-id': one => peersOf(one, false),
  'egress.ip-permission.group-id': one => peersOf(one, true)
};

/** The groups that rules of one direction name. */
function peersOf(record: SecurityGroupRecord, isEgress: boolean): readonly (string | undefined)[] {
  return [...record.rules.values()].flatMap(({ rule }) =>
    rule.IsEgress === isEgress ? [rule.ReferencedGroupInfo?.GroupId] : []
  );
}

export const securityGroups: Actions<EC2> = {
  CreateSecurityGroup: (input, { cloud, region, now }) => {
    const name = input.GroupName ?? '';
    const vpcId = input.VpcId ?? '';
    if (!region.vpcs.has(vpcId)) throw new AwsFault('InvalidVpcID.NotFound', `The vpc ID '${vpcId}' does not exist`);
    if (!/^[a-zA-Z0-9 ._\-:/()#,@[\]+=&;{}!$*]{1,255}$/.test(name) || name.startsWith('sg-')) {
      throw new AwsFault('InvalidParameterValue', `Value (${name}) for parameter GroupName is invalid.`);
    }
    checkDescription(input.Description ?? '');
    if ([...region.securityGroups.values()].some(one => one.name === name && one.vpcId === vpcId)) {
      throw new AwsFault('InvalidGroup.Duplicate', `The security group '${name}' already exists for VPC '${vpcId}'`);
    }
    const id = cloud.id('sg-');
    const tags = taggedFor('security-group', input.TagSpecifications);
    const record: SecurityGroupRecord = {
      id,
      name,
      vpcId,
      description: input.Description ?? '',
      tags,
      rules: new Map(),
      created: now,
      unknownFor: cloud.propagation.securityGroup,
      heldFor: 0
    };
    region.securityGroups.set(id, record);
    addRule(
      record,
      { egress: true, protocol: '-1', from: -1, to: -1, cidr: '0.0.0.0/0' },
      [],
      cloud.id('sgr-'),
      cloud.accountId
    );
    return { GroupId: id, SecurityGroupArn: arnOf(record, region.name, cloud.accountId), Tags: readTags(tags) };
  },
  DescribeSecurityGroups: (input, { cloud, region }) => {
    for (const id of input.GroupIds ?? []) {
      if (!region.securityGroups.has(id)) throw notFound(id);
    }
    const all = [...region.securityGroups.values()]
      .filter(one => input.GroupIds === undefined || input.GroupIds.includes(one.id))
      .filter(one => input.GroupNames === undefined || input.GroupNames.includes(one.name))
      .map(record => ({ record, tags: readTags(record.tags) }))
      .filter(({ record, tags }) => passes(record, tags, input.Filters, FIELDS));
    const { items, next } = page(
      all,
      input.MaxResults === undefined ? 1000 : cloud.pageSize,
      input.MaxResults,
      input.NextToken
    );
    return {
      NextToken: next,
      SecurityGroups: items.map(({ record, tags }): SecurityGroup => ({
        GroupId: record.id,
        GroupName: record.name,
        Description: record.description,
        VpcId: record.vpcId,
        OwnerId: record.ownerId ?? cloud.accountId,
        SecurityGroupArn: arnOf(record, region.name, record.ownerId ?? cloud.accountId),
        Tags: record.ownerId === undefined ? tags : [],
        IpPermissions: asPermissions(record, false),
        IpPermissionsEgress: asPermissions(record, true)
      }))
    };
  },
  DeleteSecurityGroup: (input, call) => {
    const { region } = call;
    const record = group(input.GroupId, call);
    if (record.name === 'default')
      throw new AwsFault(
        'CannotDelete',
        `the specified group: "${record.id}" name: "default" cannot be deleted by a user`
      );
    const users = [
      ...[...region.instances.values()]
        .map(one => one.live.VpcSecurityGroups ?? [])
        .flat()
        .map(one => one.VpcSecurityGroupId),
      ...[...region.proxies.values()].flatMap(one => one.proxy.VpcSecurityGroupIds ?? []),
      ...[...region.interfaces.values()].flatMap(one => (one.Groups ?? []).map(({ GroupId }) => GroupId)),
      ...[...region.securityGroups.values()]
        .filter(one => one !== record)
        .flatMap(one => [...one.rules.values()].map(({ rule }) => rule.ReferencedGroupInfo?.GroupId))
    ];
    if (users.includes(record.id) || record.heldFor-- > 0)
      throw new AwsFault('DependencyViolation', `resource ${record.id} has a dependent object`);
    region.securityGroups.delete(record.id);
    return { Return: true, GroupId: record.id };
  },
  AuthorizeSecurityGroupIngress: (input, call) => authorize(call, input, false),
  AuthorizeSecurityGroupEgress: (input, call) => authorize(call, input, true),
  // A modified rule is given as a whole, with one peer.
  // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySecurityGroupRules.html
  ModifySecurityGroupRules: (input, call) => {
    const record = group(input.GroupId, call);
    const changes = (input.SecurityGroupRules ?? []).map(
      ({ SecurityGroupRuleId: id = '', SecurityGroupRule: given }) => {
        const message = `The security group rule ID '${id}' does not exist`;
        const { rule } = found(record.rules.get(id), 'InvalidSecurityGroupRuleId.NotFound', message);
        const { IpProtocol: protocol, CidrIpv4, CidrIpv6, PrefixListId, Description = '' } = given ?? {};
        const peers = [CidrIpv4, CidrIpv6, PrefixListId, given?.ReferencedGroupId].filter(peer => peer !== undefined);
        if (protocol === undefined || peers.length !== 1)
          throw new AwsFault('MissingParameter', 'The request must contain the whole rule, with one peer.');
        checkDescription(Description);
        return { rule, given, Description };
      }
    );
    for (const { rule, given, Description } of changes) {
      const { IpProtocol, FromPort, ToPort, CidrIpv4, CidrIpv6, PrefixListId, ReferencedGroupId } = given ?? {};
      const own = { GroupId: ReferencedGroupId, UserId: call.cloud.accountId };
      const peer = ReferencedGroupId === undefined ? undefined : own;
      const peers = { CidrIpv4, CidrIpv6, PrefixListId, ReferencedGroupInfo: peer };
      Object.assign(rule, { IpProtocol, FromPort, ToPort, ...peers, Description });
    }
    return { Return: true };
  },
  RevokeSecurityGroupIngress: (input, call) => revoke(call, input, false),
  RevokeSecurityGroupEgress: (input, call) => revoke(call, input, true)
};

/** The group; a new one is refused a few times until it has spread. */
export function group(id: string | undefined, { region, now }: Call): SecurityGroupRecord {
  const record = region.securityGroups.get(id ?? '');
  if (record === undefined) throw notFound(id);
  // https://docs.aws.amazon.com/vpc/latest/userguide/security-group-sharing.html
  if (record.ownerId !== undefined) throw new AwsFault('UnauthorizedOperation', 'You are not authorized to do this.');
  const young = now.getTime() - record.created.getTime() < SPREAD_SECONDS * 1000;
  if (young && record.unknownFor > 0) {
    record.unknownFor -= 1;
    throw notFound(id);
  }
  return record;
}

interface RuleInput {
  readonly GroupId?: string | undefined;
  readonly IpPermissions?: Parameters<typeof flatten>[0] | undefined;
  readonly SecurityGroupRuleIds?: readonly string[] | undefined;
  readonly TagSpecifications?: readonly TagSpecification[] | undefined;
}

function authorize(call: Call, input: RuleInput, egress: boolean): { Return: boolean; SecurityGroupRules: object[] } {
  const { cloud } = call;
  const record = group(input.GroupId, call);
  const wanted = flatten(input.IpPermissions ?? [], egress);
  if (wanted.length === 0)
    throw new AwsFault('MissingParameter', 'The request must contain the parameter ipPermissions');
  for (const rule of wanted) {
    checkDescription(rule.description ?? '');
    // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
    if (rule.groupId !== undefined && !call.region.securityGroups.has(rule.groupId)) throw notFound(rule.groupId);
    const twice = [...record.rules.values()].some(one => sameRule(one.rule, rule));
    if (twice || wanted.filter(one => one !== rule && sameFlat(one, rule)).length > 0) {
      const peer = `peer: ${rule.cidr ?? rule.groupId}, ${rule.protocol.toUpperCase()}, from port: ${rule.from}, to port: ${rule.to}, ALLOW`;
      throw new AwsFault('InvalidPermission.Duplicate', `the specified rule "${peer}" already exists`);
    }
  }
  // The default quota: 60 inbound and 60 outbound rules a group, IPv4 and IPv6 apart. A rule for a group counts in
  // both. https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
  const sameWay = [...record.rules.values()].filter(one => one.rule.IsEgress === egress);
  const peers = [
    ...sameWay.map(({ rule }) => rule.CidrIpv4 ?? rule.CidrIpv6 ?? ''),
    ...wanted.map(({ cidr = '' }) => cidr)
  ];
  const isOver = [':', '.'].some(
    mark => peers.filter(peer => peer === '' || peer.includes(mark)).length > cloud.rulesPerGroup
  );
  if (isOver)
    throw new AwsFault(
      'RulesPerSecurityGroupLimitExceeded',
      'The maximum number of rules per security group has been reached.'
    );
  const tags = specified('security-group-rule', input.TagSpecifications);
  const made = wanted.map(rule => addRule(record, rule, tags, cloud.id('sgr-'), cloud.accountId));
  return { Return: true, SecurityGroupRules: made.map(one => ({ ...one.rule, Tags: readTags(one.tags) })) };
}

function revoke(call: Call, input: RuleInput, egress: boolean): { Return: boolean } {
  const record = group(input.GroupId, call);
  for (const id of input.SecurityGroupRuleIds ?? []) {
    const message = `The security group rule ID '${id}' does not exist`;
    found(record.rules.get(id), 'InvalidSecurityGroupRuleId.NotFound', message);
  }
  const byContent = flatten(input.IpPermissions ?? [], egress).map(wanted => {
    const hit = [...record.rules].find(([, one]) => sameRule(one.rule, wanted));
    if (hit === undefined)
      throw new AwsFault('InvalidPermission.NotFound', 'The specified rule does not exist in this security group.');
    return hit[0];
  });
  for (const id of [...(input.SecurityGroupRuleIds ?? []), ...byContent]) record.rules.delete(id);
  return { Return: true };
}

function addRule(
  record: SecurityGroupRecord,
  rule: FlatRule,
  tags: NonNullable<Parameters<typeof tagged>[0]>,
  id: string,
  accountId: string
): { readonly rule: object; readonly tags: Tagged } {
  const made = {
    rule: {
      SecurityGroupRuleId: id,
      GroupId: record.id,
      GroupOwnerId: accountId,
      IsEgress: rule.egress,
      IpProtocol: rule.protocol,
      FromPort: rule.from,
      ToPort: rule.to,
      ...(rule.cidr !== undefined && (rule.cidr.includes(':') ? { CidrIpv6: rule.cidr } : { CidrIpv4: rule.cidr })),
      ...(rule.prefixList !== undefined && { PrefixListId: rule.prefixList }),
      ...(rule.groupId !== undefined && { ReferencedGroupInfo: { GroupId: rule.groupId, UserId: accountId } }),
      ...(rule.description !== undefined && { Description: rule.description })
    },
    tags: tagged(tags)
  };
  record.rules.set(id, made);
  return made;
}

const sameFlat = (a: FlatRule, b: FlatRule): boolean =>
  a.protocol === b.protocol &&
  a.from === b.from &&
  a.to === b.to &&
  a.cidr === b.cidr &&
  a.groupId === b.groupId &&
  a.prefixList === b.prefixList;

function specified(
  type: string,
  given: readonly TagSpecification[] | undefined
): NonNullable<Parameters<typeof tagged>[0]> {
  for (const one of given ?? []) {
    if (one.ResourceType === type) continue;
    throw new AwsFault(
      'InvalidParameterValue',
      `'${one.ResourceType}' is not a valid taggable resource type for this operation.`
    );
  }
  return (given ?? []).flatMap(one => one.Tags ?? []);
}

function taggedFor(type: string, given: readonly TagSpecification[] | undefined): Tagged {
  return tagged(specified(type, given));
}

function checkDescription(text: string): void {
  if (/^[a-zA-Z0-9 ._\-:/()#,@[\]+=&;{}!$*]{0,255}$/.test(text)) return;
  throw new AwsFault('InvalidParameterValue', `Value (${text}) for parameter Description is invalid.`);
}

const notFound = (id: string | undefined): AwsFault =>
  new AwsFault('InvalidGroup.NotFound', `The security group '${id}' does not exist`);

function arnOf(record: SecurityGroupRecord, region: string, accountId: string): string {
  return `arn:aws:ec2:${region}:${accountId}:security-group/${record.id}`;
}
