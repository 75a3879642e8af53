import type { SecurityGroup, SecurityGroupRule } from '@aws-sdk/client-ec2';
import type { Facts, FieldTable, Observed, ResourceType, Work } from '../../../engine/resource.ts';
import { textOf } from '../../../engine/value.ts';
import { SECURITY_GROUP } from '../addresses.ts';
import { settled } from '../../failures.ts';
import { fromList, ownershipOf, tagFields, tagsIn, toList } from '../api/tags.ts';
import { tagsFor, type AwsWorld } from '../context.ts';
import { RELEASED } from './server/wait.ts';
import { looking } from '../observe-part.ts';
import { makeTagged } from './create-tagged.ts';
import { pages } from '../api/pages.ts';
import { liveRule, permissionOf, ruleOf, wantedRules, type Rule } from './security-rules.ts';
import { TAG_FIELD, tagChange } from '../api/tagging.ts';

const fields: FieldTable = {
  vpc_id: {
    api: 'VpcId',
    input: 'vpc_id',
    impact: 'restart',
    guard: 'create-only',
    wayOut: 'A security group stays in its VPC: make a new database under another `name` there.'
  },
  'rules.*': { api: 'SecurityGroupRules', input: 'allowed_cidr_blocks', impact: 'online' },
  'tags.*': TAG_FIELD
};

const title = (world: AwsWorld): string => `security group ${world.names.securityGroup}`;

/** Who may reach the server. Rules that others added are left alone: each of ours carries the mark. */
export const securityGroup: ResourceType<AwsWorld> = {
  type: 'security-group',
  fields,
  permissions: {
    observe: ['ec2:DescribeSecurityGroups', 'ec2:DescribeSecurityGroupRules', 'ec2:DescribeSubnets'],
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
  observe: looking(
    {
      type: 'security-group',
      part: 'security-group',
      fields,
      places: world => [{ address: SECURITY_GROUP, title: title(world) }]
    },
    async world => {
      const group = await describe(world);
      if (group?.GroupId === undefined) return [];
      return [observed(world, group, await rulesOf(world, group.GroupId))];
    }
  ),
  create,
  update: async (world, work) => {
    const id = textOf(work.observed?.facts['id']);
    await tagGroup(world, work, id);
    await changeRules(world, work, id);
    return {};
  },
  remove: async (world, work) => {
    const id = work.observed?.facts['id'];
    if (typeof id !== 'string') return;
    await settled(['not-found'], world.call('ec2', 'DeleteSecurityGroup', { GroupId: id }, RELEASED));
  }
};

async function describe(world: AwsWorld): Promise<SecurityGroup | undefined> {
  const filters = [{ Name: 'group-name', Values: [world.names.securityGroup] }];
  const vpc = world.settings.vpc_id;
  const answer = await world.call('ec2', 'DescribeSecurityGroups', {
    Filters: vpc === undefined ? filters : [...filters, { Name: 'vpc-id', Values: [vpc] }]
  });
  const groups = answer.SecurityGroups ?? [];
  // The name is unique in a VPC only: another VPC's group is ours only when its mark says so.
  return (
    groups.find(one => ownershipOf(fromList(one.Tags), world.target).kind === 'ours') ??
    (vpc === undefined ? undefined : groups[0])
  );
}

async function rulesOf(world: AwsWorld, groupId: string): Promise<readonly SecurityGroupRule[]> {
  const Filters = [{ Name: 'group-id', Values: [groupId] }];
  return pages(
    async place => world.call('ec2', 'DescribeSecurityGroupRules', { Filters, ...place }),
    page => page.SecurityGroupRules
  );
}

function observed(world: AwsWorld, group: SecurityGroup, rules: readonly SecurityGroupRule[]): Observed {
  const id = group.GroupId ?? '';
  const tags = fromList(group.Tags);
  const wanted = new Set(wantedRules(world.settings, world.settings.port ?? 5432).map(rule => rule.key));
  const known: Record<string, string> = {};
  const ids: Record<string, string> = {};
  for (const live of rules) {
    const rule = liveRule(live, id);
    if (rule === undefined) continue;
    const isOurs = ownershipOf(fromList(live.Tags), world.target).kind === 'ours';
    // Somebody else's rule that is just what is wanted does the work of ours, but is never taken away.
    if (!isOurs && !wanted.has(rule.key)) continue;
    known[`rules.${rule.key}`] = isOurs ? rule.description : (descriptionWanted(world, rule.key) ?? rule.description);
    if (isOurs && live.SecurityGroupRuleId !== undefined) ids[rule.key] = live.SecurityGroupRuleId;
  }
  return {
    address: SECURITY_GROUP,
    type: 'security-group',
    title: title(world),
    ownership: ownershipOf(tags, world.target),
    fields: { vpc_id: group.VpcId ?? null, ...known, ...tagFields(tags) },
    facts: { id, arn: arnOf(world, id), ruleIds: ids },
    dependsOn: [],
    lane: SECURITY_GROUP
  };
}

function descriptionWanted(world: AwsWorld, key: string): string | undefined {
  return wantedRules(world.settings, world.settings.port ?? 5432).find(rule => rule.key === key)?.description;
}

async function create(world: AwsWorld, work: Work): Promise<Facts> {
  const vpc = work.values['vpc_id'];
  const make = async (): Promise<string | undefined> =>
    (
      await world.call('ec2', 'CreateSecurityGroup', {
        GroupName: world.names.securityGroup,
        Description: `Who may reach ${world.names.instance}`,
        ...(typeof vpc === 'string' ? { VpcId: vpc } : {}),
        TagSpecifications: [
          { ResourceType: 'security-group', Tags: toList(tagsFor(world, work.mark, tagsIn(work.values))) }
        ]
      })
    ).GroupId;
  const made = await makeTagged(world, title(world), make, async () => fromList((await describe(world))?.Tags));
  const id = made ?? (await describe(world))?.GroupId ?? '';
  await changeRules(world, work, id);
  return { id, arn: arnOf(world, id) };
}

async function changeRules(world: AwsWorld, work: Work, groupId: string): Promise<void> {
  const ids = (work.observed?.facts['ruleIds'] ?? {}) as Readonly<Record<string, string>>;
  const entries = Object.entries(work.values).filter(([field]) => field.startsWith('rules.'));
  const rules = entries.map(([field, value]) => ({
    rule: ruleOf(field.slice(6), textOf(value)),
    wanted: value !== null
  }));
  for (const direction of ['ingress', 'egress'] as const) {
    const here = rules.filter(({ rule }) => rule.direction === direction);
    const missing = here.filter(({ rule, wanted }) => wanted && ids[rule.key] === undefined).map(({ rule }) => rule);
    const gone = here.flatMap(({ rule, wanted }) => (wanted ? [] : (ids[rule.key] ?? [])));
    for (const rule of missing) await authorize(world, work, groupId, rule);
    if (gone.length === 0) continue;
    const input = { GroupId: groupId, SecurityGroupRuleIds: gone };
    await settled(
      ['not-found'],
      direction === 'ingress'
        ? world.call('ec2', 'RevokeSecurityGroupIngress', input)
        : world.call('ec2', 'RevokeSecurityGroupEgress', input)
    );
  }
  const described = rules.filter(({ rule, wanted }) => wanted && ids[rule.key] !== undefined);
  for (const { rule } of described) await describeRule(world, groupId, ids[rule.key] ?? '', rule);
}

/** EC2 may not know yet the group that it made a moment ago. */
const FRESH_GROUP = { also: ['not-found'], attempts: 5 } as const;

/** One rule a call: where one of several exists already, the whole call is refused. */
async function authorize(world: AwsWorld, work: Work, groupId: string, rule: Rule): Promise<void> {
  const input = {
    GroupId: groupId,
    IpPermissions: [permissionOf(rule, groupId)],
    TagSpecifications: [{ ResourceType: 'security-group-rule' as const, Tags: toList(tagsFor(world, work.mark, {})) }]
  };
  await settled(
    ['already-exists'],
    rule.direction === 'ingress'
      ? world.call('ec2', 'AuthorizeSecurityGroupIngress', input, FRESH_GROUP)
      : world.call('ec2', 'AuthorizeSecurityGroupEgress', input, FRESH_GROUP)
  );
}

async function describeRule(world: AwsWorld, groupId: string, ruleId: string, rule: Rule): Promise<void> {
  const peer =
    rule.peer === 'self'
      ? { ReferencedGroupId: groupId }
      : rule.peer.includes(':')
        ? { CidrIpv6: rule.peer }
        : { CidrIpv4: rule.peer };
  await world.call('ec2', 'ModifySecurityGroupRules', {
    GroupId: groupId,
    SecurityGroupRules: [
      {
        SecurityGroupRuleId: ruleId,
        SecurityGroupRule: {
          IpProtocol: rule.protocol,
          FromPort: rule.from,
          ToPort: rule.to,
          Description: rule.description,
          ...peer
        }
      }
    ]
  });
}

async function tagGroup(world: AwsWorld, work: Work, id: string): Promise<void> {
  const { put, drop } = tagChange(work);
  if (Object.keys(put).length > 0) await world.call('ec2', 'CreateTags', { Resources: [id], Tags: toList(put) });
  if (drop.length > 0) await world.call('ec2', 'DeleteTags', { Resources: [id], Tags: drop.map(Key => ({ Key })) });
}

function arnOf({ partition, target }: AwsWorld, id: string): string {
  return `arn:${partition}:ec2:${target.region}:${target.account}:security-group/${id}`;
}
