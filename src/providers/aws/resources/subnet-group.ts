import type { DBSubnetGroup } from '@aws-sdk/client-rds';
import { defineResource, type Facts, type FieldTable, type Observed, type Work } from '../../../engine/resource.ts';
import type { Value } from '../../../engine/value.ts';
import { SUBNET_GROUP } from '../addresses.ts';
import { defined } from '../../../engine/defined.ts';
import { orUndefined, ignoring } from '../../failures.ts';
import { TAG_FIELD, ownershipOf, tagFields, tagsIn, toList, type Tags } from '../api/tags.ts';
import { tagsFor, type AwsContext } from '../context.ts';
import { RELEASED } from './server/wait.ts';
import { observePart } from '../observe-part.ts';
import { createTagged } from './create-tagged.ts';
import { tagRds } from '../api/tagging.ts';

const FIELDS = {
  subnet_ids: { api: 'SubnetIds', input: 'subnet_ids', impact: 'online', normalise: sorted },
  'tags.*': TAG_FIELD
} as const satisfies FieldTable;

const title = (context: AwsContext): string => `subnet group ${context.names.subnetGroup}`;

/** The subnets of the server. */
export const subnetGroup = defineResource<AwsContext>()({
  type: 'subnet-group',
  fields: FIELDS,
  permissions: {
    observe: ['rds:DescribeDBSubnetGroups', 'rds:ListTagsForResource', 'ec2:DescribeSubnets'],
    create: ['rds:CreateDBSubnetGroup', 'rds:AddTagsToResource', 'ec2:DescribeVpcs', 'ec2:DescribeSubnets'],
    update: ['rds:ModifyDBSubnetGroup', 'rds:AddTagsToResource', 'rds:RemoveTagsFromResource'],
    delete: ['rds:DeleteDBSubnetGroup']
  },
  observe: observePart(
    {
      type: 'subnet-group',
      part: 'subnet-group',
      fields: FIELDS,
      places: context => [{ address: SUBNET_GROUP, title: title(context) }]
    },
    async context => {
      const group = await describe(context);
      if (group?.DBSubnetGroupArn === undefined) return [];
      const tags = await context.liveState().tags(group.DBSubnetGroupArn);
      return tags === undefined ? [] : [observed(context, group, tags)];
    }
  ),
  create: async (context, work) => {
    const make = async (): Promise<DBSubnetGroup | undefined> =>
      (
        await context.call('rds', 'CreateDBSubnetGroup', {
          DBSubnetGroupName: context.names.subnetGroup,
          DBSubnetGroupDescription: `Subnets of ${context.names.instance}`,
          SubnetIds: texts(work.values.subnet_ids),
          Tags: toList(tagsFor(context, work.mark, tagsIn(work.values)))
        })
      ).DBSubnetGroup;
    const made = await createTagged(context, work, title(context), make, async () => liveTags(context));
    return facts(made ?? (await describe(context)));
  },
  update,
  remove: async context => {
    const name = context.names.subnetGroup;
    await ignoring(['not-found'], context.call('rds', 'DeleteDBSubnetGroup', { DBSubnetGroupName: name }, RELEASED));
  }
});

async function describe(context: AwsContext): Promise<DBSubnetGroup | undefined> {
  const name = context.names.subnetGroup;
  return (await orUndefined(context.call('rds', 'DescribeDBSubnetGroups', { DBSubnetGroupName: name })))
    ?.DBSubnetGroups?.[0];
}

/** Its name, ARN and VPC, for outputs. */
export async function subnetGroupFacts(context: AwsContext): Promise<Facts | undefined> {
  const group = await describe(context);
  return group === undefined ? undefined : facts(group);
}

async function liveTags(context: AwsContext): Promise<Tags | undefined> {
  const arn = (await describe(context))?.DBSubnetGroupArn;
  return arn === undefined ? undefined : context.liveState().tags(arn);
}

function observed(context: AwsContext, group: DBSubnetGroup, tags: Tags): Observed<typeof FIELDS> {
  return {
    address: SUBNET_GROUP,
    type: 'subnet-group',
    title: title(context),
    ownership: ownershipOf(tags, context.target),
    fields: {
      subnet_ids: (group.Subnets ?? []).flatMap(subnet => subnet.SubnetIdentifier ?? []).sort(),
      ...tagFields(tags)
    },
    facts: facts(group),
    dependsOn: [],
    concurrencyGroup: SUBNET_GROUP
  };
}

async function update(context: AwsContext, work: Work<typeof FIELDS>): Promise<Facts> {
  const arn = work.observed?.facts['arn'];
  if ('subnet_ids' in work.values) {
    await context.call('rds', 'ModifyDBSubnetGroup', {
      DBSubnetGroupName: context.names.subnetGroup,
      SubnetIds: texts(work.values.subnet_ids)
    });
  }
  if (typeof arn === 'string') await tagRds(context, work, arn);
  return {};
}

function facts(group: DBSubnetGroup | undefined): Facts {
  return defined({ name: group?.DBSubnetGroupName, arn: group?.DBSubnetGroupArn, vpcId: group?.VpcId });
}

/** A list of text, whatever else is in it left out. */
export function texts(value: Value | undefined): string[] {
  return Array.isArray(value) ? value.filter(item => typeof item === 'string') : [];
}

function sorted(value: Value): Value {
  return Array.isArray(value) ? texts(value).sort() : value;
}
