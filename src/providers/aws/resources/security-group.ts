import { childOwnership } from '../../../engine/ownership.ts';
import type { SecurityGroup, SecurityGroupRule, SecurityGroupRuleRequest } from '@aws-sdk/client-ec2';
import {
  type CreationWork,
  defineResource,
  type Facts,
  type FieldTable,
  type Observed,
  type Work
} from '../../../engine/resource.ts';
import { textOf } from '../../../engine/value.ts';
import { SECURITY_GROUP } from '../addresses.ts';
import { ignoring, orUndefined } from '../../failures.ts';
import { TAG_FIELD, fromList, markOf, ownershipOf, tagFields, tagsIn, toList } from '../api/tags.ts';
import { tagsFor, type AwsContext } from '../context.ts';
import { runnerRuleName } from '../runner-access.ts';
import { RELEASED } from './server/wait.ts';
import { observePart } from '../observe-part.ts';
import { createTagged } from './create-tagged.ts';
import { pages } from '../api/pages.ts';
import {
  addCounts,
  countable,
  countRules,
  kindOf,
  liveRule,
  MOST_RULES,
  permissionOf,
  portOf,
  ruleOf,
  wantedRules,
  type Rule,
  type RuleCounts
} from './security-rules.ts';
import { namingUsers } from './naming-users.ts';
import { usersOfGroup } from './security-group-users.ts';
import { tagChange } from '../api/tagging.ts';

const FIELDS = {
  vpc_id: {
    api: 'VpcId',
    input: 'vpc_id',
    impact: 'restart',
    constraint: 'create-only',
    hint: 'Create a new database under another `name` there: a security group stays in its VPC.'
  },
  'rules.*': { api: 'SecurityGroupRules', input: 'allowed_cidr_blocks', impact: 'online' },
  'tags.*': TAG_FIELD
} as const satisfies FieldTable;

const title = (context: AwsContext): string => `security group ${context.names.securityGroup}`;

/** The networks that may reach the server. Each rule of ours carries the mark; rules of others are left alone. */
export const securityGroup = defineResource<AwsContext>()({
  type: 'security-group',
  fields: FIELDS,
  permissions: {
    observe: [
      'ec2:DescribeSecurityGroups',
      'ec2:DescribeSecurityGroupRules',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets'
    ],
    create: [
      'ec2:CreateSecurityGroup',
      'ec2:CreateTags',
      'ec2:AuthorizeSecurityGroupIngress',
      'ec2:AuthorizeSecurityGroupEgress'
    ],
    update: [
      'ec2:AuthorizeSecurityGroupIngress',
      'ec2:AuthorizeSecurityGroupEgress',
      'ec2:RevokeSecurityGroupIngress',
      'ec2:RevokeSecurityGroupEgress',
      'ec2:ModifySecurityGroupRules',
      'ec2:CreateTags',
      'ec2:DeleteTags'
    ],
    delete: ['ec2:DeleteSecurityGroup']
  },
  observe: observePart(
    {
      type: 'security-group',
      part: 'security-group',
      fields: FIELDS,
      places: context => [{ address: SECURITY_GROUP, title: title(context) }]
    },
    async context => {
      const group = ourGroup(context, await context.liveState().securityGroups());
      if (group?.GroupId === undefined) return [];
      const [live, rules] = await Promise.all([context.liveState().main(), rulesOf(context, group.GroupId)]);
      return [observed(context, group, rules, wantedRules(context.settings, portOf(context.settings, live)))];
    }
  ),
  create,
  update: async (context, work) => {
    const id = textOf(work.observed?.facts['id']);
    await tagGroup(context, work, id);
    await changeRules(context, work, id);
    return {};
  },
  remove: async (context, work) => {
    const id = work.observed?.facts['id'];
    if (typeof id !== 'string') return;
    const removal = context.call('ec2', 'DeleteSecurityGroup', { GroupId: id }, RELEASED);
    const users = async (): Promise<readonly string[]> => (await usersOfGroup(context, id)).map(one => one.title);
    await ignoring(['not-found'], namingUsers(title(context), removal, users));
  }
});

/** Its id and ARN, for outputs. */
export async function securityGroupFacts(context: AwsContext): Promise<Facts | undefined> {
  const id = ourGroup(context, await context.liveState().securityGroups())?.GroupId;
  return id === undefined ? undefined : { id, arn: arnOf(context, id) };
}

async function describe(context: AwsContext): Promise<SecurityGroup | undefined> {
  const filters = [{ Name: 'group-name', Values: [context.names.securityGroup] }];
  const answer = await context.call('ec2', 'DescribeSecurityGroups', { Filters: filters });
  return ourGroup(context, answer.SecurityGroups ?? []);
}

/** The name is unique in a VPC only: another VPC's group is ours only when its mark says so. */
export function ourGroup(
  { settings, target }: AwsContext,
  groups: readonly SecurityGroup[]
): SecurityGroup | undefined {
  const here = groups.filter(({ VpcId: vpc }) => settings.vpc_id === undefined || vpc === settings.vpc_id);
  return (
    here.find(one => ownershipOf(fromList(one.Tags), target).kind === 'ours') ??
    (settings.vpc_id === undefined ? undefined : here[0])
  );
}

async function rulesOf(context: AwsContext, groupId: string): Promise<readonly SecurityGroupRule[]> {
  const Filters = [{ Name: 'group-id', Values: [groupId] }];
  return pages(
    async place => context.call('ec2', 'DescribeSecurityGroupRules', { Filters, ...place }),
    page => page.SecurityGroupRules
  );
}

function observed(
  context: AwsContext,
  group: SecurityGroup,
  rules: readonly SecurityGroupRule[],
  asked: readonly Rule[]
): Observed<typeof FIELDS> {
  const id = group.GroupId ?? '';
  const tags = fromList(group.Tags);
  const owner = ownershipOf(tags, context.target);
  const wanted = new Map(asked.map(rule => [rule.key, rule.description]));
  const known: Record<`rules.${string}`, string> = {};
  const ids: Record<string, string> = {};
  const others: string[] = [];
  const foreign: ReturnType<typeof countable>[] = [];
  for (const live of rules) {
    const rule = liveRule(live, id);
    if (rule === undefined) {
      foreign.push(countable(live));
      continue;
    }
    const isOurs = childOwnership(markOf(fromList(live.Tags)), context.target, owner.kind).kind === 'ours';
    // A rule of others that equals a wanted one serves as ours, and is never removed.
    if (!isOurs && !wanted.has(rule.key)) {
      if (!isEverywhere(rule) && runnerRuleName(live) === undefined) others.push(rule.key);
      foreign.push(countable(live));
      continue;
    }
    known[`rules.${rule.key}`] = isOurs ? rule.description : (wanted.get(rule.key) ?? rule.description);
    if (isOurs && live.SecurityGroupRuleId !== undefined) ids[rule.key] = live.SecurityGroupRuleId;
  }
  return {
    address: SECURITY_GROUP,
    type: 'security-group',
    title: title(context),
    ownership: owner,
    fields: { vpc_id: group.VpcId ?? null, ...known, ...tagFields(tags) },
    facts: {
      id,
      arn: arnOf(context, id),
      ruleIds: ids,
      otherRules: others,
      ruleCounts: countRules(rules.map(countable)),
      otherCounts: countRules(foreign)
    },
    dependsOn: [],
    concurrencyGroup: SECURITY_GROUP
  };
}

/** The rule that every new group has: all outgoing traffic is allowed. */
function isEverywhere({ direction, protocol, peer }: Rule): boolean {
  return direction === 'egress' && protocol === '-1' && (peer === '0.0.0.0/0' || peer === '::/0');
}

async function create(context: AwsContext, work: CreationWork<typeof FIELDS>): Promise<Facts> {
  const vpc = work.values.vpc_id;
  const make = async (): Promise<string | undefined> =>
    (
      await context.call('ec2', 'CreateSecurityGroup', {
        GroupName: context.names.securityGroup,
        Description: `Access to ${context.names.instance}`,
        ...(typeof vpc === 'string' ? { VpcId: vpc } : {}),
        TagSpecifications: [
          { ResourceType: 'security-group', Tags: toList(tagsFor(context, work.mark, tagsIn(work.values))) }
        ]
      })
    ).GroupId;
  const made = await createTagged(context, work, title(context), make, async () =>
    fromList((await describe(context))?.Tags)
  );
  const id = made ?? (await describe(context))?.GroupId ?? '';
  await changeRules(context, work, id);
  return { id, arn: arnOf(context, id) };
}

async function changeRules(context: AwsContext, work: Work<typeof FIELDS>, groupId: string): Promise<void> {
  const ids = (work.observed?.facts['ruleIds'] ?? {}) as Readonly<Record<string, string>>;
  const counts = (work.observed?.facts['ruleCounts'] ?? {}) as RuleCounts;
  const entries = Object.entries(work.values).filter(([field]) => field.startsWith('rules.'));
  const rules = entries.map(([field, value]) => ({
    rule: ruleOf(field.slice(6), textOf(value)),
    isWanted: value !== null
  }));
  for (const direction of ['ingress', 'egress'] as const) {
    const here = rules.filter(({ rule }) => rule.direction === direction);
    const missing = here
      .filter(({ rule, isWanted }) => isWanted && ids[rule.key] === undefined)
      .map(({ rule }) => rule);
    const gone = here.flatMap(({ rule, isWanted }) => (isWanted ? [] : (ids[rule.key] ?? [])));
    // New rules first, so that no client is locked out meanwhile; without room for both sets, old rules go first.
    const after = Object.entries(addCounts(counts, countRules(missing)));
    const hasCapacity = after.every(([key, count]) => !key.startsWith(direction) || count <= MOST_RULES.usual);
    if (hasCapacity) await authorize(context, work, groupId, missing);
    await revoke(context, groupId, direction, gone);
    if (!hasCapacity) await authorize(context, work, groupId, missing);
  }
  const described = rules.filter(({ rule, isWanted }) => isWanted && ids[rule.key] !== undefined);
  await describeRules(
    context,
    groupId,
    described.map(({ rule }) => ({ id: ids[rule.key] ?? '', rule }))
  );
}

async function revoke(
  context: AwsContext,
  groupId: string,
  direction: Rule['direction'],
  ids: readonly string[]
): Promise<void> {
  const action = direction === 'ingress' ? 'RevokeSecurityGroupIngress' : 'RevokeSecurityGroupEgress';
  const send = async (some: readonly string[]): Promise<unknown> =>
    context.call('ec2', action, { GroupId: groupId, SecurityGroupRuleIds: [...some] });
  if (ids.length === 0) return;
  const answer = await orUndefined(send(ids).then(() => true));
  if (answer !== undefined || ids.length === 1) return;
  // One that is gone already makes EC2 refuse them all.
  for (const id of ids) await ignoring(['not-found'], send([id]));
}

/** EC2 may not know yet the group that it created a moment ago. */
const FRESH_GROUP = { also: ['not-found'], attempts: 5 } as const;

/** All rules of one direction in one call; one a call where EC2 refuses them all because one of them exists. */
async function authorize(
  context: AwsContext,
  work: Work<typeof FIELDS>,
  groupId: string,
  rules: readonly Rule[]
): Promise<void> {
  const [first] = rules;
  if (first === undefined) return;
  const action = first.direction === 'ingress' ? 'AuthorizeSecurityGroupIngress' : 'AuthorizeSecurityGroupEgress';
  const Tags = toList(tagsFor(context, work.mark, {}));
  const input = {
    GroupId: groupId,
    IpPermissions: rules.map(rule => permissionOf(rule, groupId)),
    TagSpecifications: [{ ResourceType: 'security-group-rule' as const, Tags }]
  };
  const made = await ignoring(['already-exists'], context.call('ec2', action, input, FRESH_GROUP));
  if (made !== undefined || rules.length === 1) return;
  for (const rule of rules) await authorize(context, work, groupId, [rule]);
}

async function describeRules(
  context: AwsContext,
  groupId: string,
  rules: readonly { readonly id: string; readonly rule: Rule }[]
): Promise<void> {
  if (rules.length === 0) return;
  const peerOf = ({ peer }: Rule): Partial<SecurityGroupRuleRequest> => {
    switch (kindOf(peer)) {
      case 'group':
        return { ReferencedGroupId: peer === 'self' ? groupId : peer };
      case 'prefix list':
        return { PrefixListId: peer };
      case 'IPv6':
        return { CidrIpv6: peer };
      case 'IPv4':
        return { CidrIpv4: peer };
    }
  };
  await context.call('ec2', 'ModifySecurityGroupRules', {
    GroupId: groupId,
    SecurityGroupRules: rules.map(({ id, rule }) => ({
      SecurityGroupRuleId: id,
      SecurityGroupRule: {
        IpProtocol: rule.protocol,
        FromPort: rule.from,
        ToPort: rule.to,
        Description: rule.description,
        ...peerOf(rule)
      }
    }))
  });
}

async function tagGroup(context: AwsContext, work: Work<typeof FIELDS>, id: string): Promise<void> {
  const { put, drop } = tagChange(work);
  if (Object.keys(put).length > 0) await context.call('ec2', 'CreateTags', { Resources: [id], Tags: toList(put) });
  if (drop.length > 0) await context.call('ec2', 'DeleteTags', { Resources: [id], Tags: drop.map(Key => ({ Key })) });
}

function arnOf({ partition, target }: AwsContext, id: string): string {
  return `arn:${partition}:ec2:${target.region}:${target.account}:security-group/${id}`;
}
