import type { SecurityGroup, SecurityGroupRule } from '@aws-sdk/client-ec2';
import { defineResource, type Facts, type FieldTable, type Observed, type Work } from '../../../engine/resource.ts';
import { textOf } from '../../../engine/value.ts';
import { SECURITY_GROUP } from '../addresses.ts';
import { ignoring } from '../../failures.ts';
import { TAG_FIELD, fromList, ownershipOf, tagFields, tagsIn, toList } from '../api/tags.ts';
import { tagsFor, type AwsContext } from '../context.ts';
import { RELEASED } from './server/wait.ts';
import { observePart } from '../observe-part.ts';
import { createTagged } from './create-tagged.ts';
import { pages } from '../api/pages.ts';
import { liveRule, permissionOf, ruleOf, wantedRules, type Rule } from './security-rules.ts';
import { tagChange } from '../api/tagging.ts';

const FIELDS = {
  vpc_id: {
    api: 'VpcId',
    input: 'vpc_id',
    impact: 'restart',
    constraint: 'create-only',
    hint: 'A security group stays in its VPC: make a new database under another `name` there.'
  },
  'rules.*': { api: 'SecurityGroupRules', input: 'allowed_cidr_blocks', impact: 'online' },
  'tags.*': TAG_FIELD
} as const satisfies FieldTable;

const title = (context: AwsContext): string => `security group ${context.names.securityGroup}`;

/** Who may reach the server. Rules that others added are left alone: each of ours carries the mark. */
export const securityGroup = defineResource<AwsContext>()({
  type: 'security-group',
  fields: FIELDS,
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
  observe: observePart(
    {
      type: 'security-group',
      part: 'security-group',
      fields: FIELDS,
      places: context => [{ address: SECURITY_GROUP, title: title(context) }]
    },
    async context => {
      const group = await describe(context);
      if (group?.GroupId === undefined) return [];
      return [observed(context, group, await rulesOf(context, group.GroupId))];
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
    await ignoring(['not-found'], context.call('ec2', 'DeleteSecurityGroup', { GroupId: id }, RELEASED));
  }
});

async function describe(context: AwsContext): Promise<SecurityGroup | undefined> {
  const filters = [{ Name: 'group-name', Values: [context.names.securityGroup] }];
  const vpc = context.settings.vpc_id;
  const answer = await context.call('ec2', 'DescribeSecurityGroups', {
    Filters: vpc === undefined ? filters : [...filters, { Name: 'vpc-id', Values: [vpc] }]
  });
  const groups = answer.SecurityGroups ?? [];
  // The name is unique in a VPC only: another VPC's group is ours only when its mark says so.
  return (
    groups.find(one => ownershipOf(fromList(one.Tags), context.target).kind === 'ours') ??
    (vpc === undefined ? undefined : groups[0])
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
  rules: readonly SecurityGroupRule[]
): Observed<typeof FIELDS> {
  const id = group.GroupId ?? '';
  const tags = fromList(group.Tags);
  const wanted = new Set(wantedRules(context.settings, context.settings.port ?? 5432).map(rule => rule.key));
  const known: Record<string, string> = {};
  const ids: Record<string, string> = {};
  for (const live of rules) {
    const rule = liveRule(live, id);
    if (rule === undefined) continue;
    const isOurs = ownershipOf(fromList(live.Tags), context.target).kind === 'ours';
    // Somebody else's rule that is just what is wanted does the work of ours, but is never taken away.
    if (!isOurs && !wanted.has(rule.key)) continue;
    known[`rules.${rule.key}`] = isOurs ? rule.description : (descriptionWanted(context, rule.key) ?? rule.description);
    if (isOurs && live.SecurityGroupRuleId !== undefined) ids[rule.key] = live.SecurityGroupRuleId;
  }
  return {
    address: SECURITY_GROUP,
    type: 'security-group',
    title: title(context),
    ownership: ownershipOf(tags, context.target),
    fields: { vpc_id: group.VpcId ?? null, ...known, ...tagFields(tags) },
    facts: { id, arn: arnOf(context, id), ruleIds: ids },
    dependsOn: [],
    concurrencyGroup: SECURITY_GROUP
  };
}

function descriptionWanted(context: AwsContext, key: string): string | undefined {
  return wantedRules(context.settings, context.settings.port ?? 5432).find(rule => rule.key === key)?.description;
}

async function create(context: AwsContext, work: Work<typeof FIELDS>): Promise<Facts> {
  const vpc = work.values.vpc_id;
  const make = async (): Promise<string | undefined> =>
    (
      await context.call('ec2', 'CreateSecurityGroup', {
        GroupName: context.names.securityGroup,
        Description: `Who may reach ${context.names.instance}`,
        ...(typeof vpc === 'string' ? { VpcId: vpc } : {}),
        TagSpecifications: [
          { ResourceType: 'security-group', Tags: toList(tagsFor(context, work.mark, tagsIn(work.values))) }
        ]
      })
    ).GroupId;
  const made = await createTagged(context, title(context), make, async () => fromList((await describe(context))?.Tags));
  const id = made ?? (await describe(context))?.GroupId ?? '';
  await changeRules(context, work, id);
  return { id, arn: arnOf(context, id) };
}

async function changeRules(context: AwsContext, work: Work<typeof FIELDS>, groupId: string): Promise<void> {
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
    for (const rule of missing) await authorize(context, work, groupId, rule);
    if (gone.length === 0) continue;
    const input = { GroupId: groupId, SecurityGroupRuleIds: gone };
    await ignoring(
      ['not-found'],
      direction === 'ingress'
        ? context.call('ec2', 'RevokeSecurityGroupIngress', input)
        : context.call('ec2', 'RevokeSecurityGroupEgress', input)
    );
  }
  const described = rules.filter(({ rule, wanted }) => wanted && ids[rule.key] !== undefined);
  for (const { rule } of described) await describeRule(context, groupId, ids[rule.key] ?? '', rule);
}

/** EC2 may not know yet the group that it made a moment ago. */
const FRESH_GROUP = { also: ['not-found'], attempts: 5 } as const;

/** One rule a call: where one of several exists already, the whole call is refused. */
async function authorize(context: AwsContext, work: Work<typeof FIELDS>, groupId: string, rule: Rule): Promise<void> {
  const input = {
    GroupId: groupId,
    IpPermissions: [permissionOf(rule, groupId)],
    TagSpecifications: [{ ResourceType: 'security-group-rule' as const, Tags: toList(tagsFor(context, work.mark, {})) }]
  };
  await ignoring(
    ['already-exists'],
    rule.direction === 'ingress'
      ? context.call('ec2', 'AuthorizeSecurityGroupIngress', input, FRESH_GROUP)
      : context.call('ec2', 'AuthorizeSecurityGroupEgress', input, FRESH_GROUP)
  );
}

async function describeRule(context: AwsContext, groupId: string, ruleId: string, rule: Rule): Promise<void> {
  const peer =
    rule.peer === 'self'
      ? { ReferencedGroupId: groupId }
      : rule.peer.includes(':')
        ? { CidrIpv6: rule.peer }
        : { CidrIpv4: rule.peer };
  await context.call('ec2', 'ModifySecurityGroupRules', {
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

async function tagGroup(context: AwsContext, work: Work<typeof FIELDS>, id: string): Promise<void> {
  const { put, drop } = tagChange(work);
  if (Object.keys(put).length > 0) await context.call('ec2', 'CreateTags', { Resources: [id], Tags: toList(put) });
  if (drop.length > 0) await context.call('ec2', 'DeleteTags', { Resources: [id], Tags: drop.map(Key => ({ Key })) });
}

function arnOf({ partition, target }: AwsContext, id: string): string {
  return `arn:${partition}:ec2:${target.region}:${target.account}:security-group/${id}`;
}
