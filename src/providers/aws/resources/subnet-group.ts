import type { DBSubnetGroup } from '@aws-sdk/client-rds';
import type { Facts, FieldTable, Observed, ResourceType, Work } from '../../../engine/resource.ts';
import type { Value } from '../../../engine/value.ts';
import { SUBNET_GROUP } from '../addresses.ts';
import { defined } from './server/convert.ts';
import { found, settled } from '../../failures.ts';
import { ownershipOf, tagFields, tagsIn, toList, type Tags } from '../api/tags.ts';
import { tagsFor, type AwsWorld } from '../context.ts';
import { RELEASED } from './server/wait.ts';
import { looking } from '../observe-part.ts';
import { makeTagged } from './create-tagged.ts';
import { TAG_FIELD, tagRds } from '../api/tagging.ts';

const fields: FieldTable = {
  subnet_ids: { api: 'SubnetIds', input: 'subnet_ids', impact: 'online', normalise: sorted },
  'tags.*': TAG_FIELD
};

const title = (world: AwsWorld): string => `subnet group ${world.names.subnetGroup}`;

/** The subnets that the server may live in. */
export const subnetGroup: ResourceType<AwsWorld> = {
  type: 'subnet-group',
  fields,
  permissions: {
    observe: ['rds:DescribeDBSubnetGroups', 'rds:ListTagsForResource', 'ec2:DescribeSubnets'],
    create: ['rds:CreateDBSubnetGroup', 'rds:AddTagsToResource', 'ec2:DescribeVpcs', 'ec2:DescribeSubnets'],
    update: ['rds:ModifyDBSubnetGroup', 'rds:AddTagsToResource', 'rds:RemoveTagsFromResource'],
    delete: ['rds:DeleteDBSubnetGroup']
  },
  observe: looking(
    {
      type: 'subnet-group',
      part: 'subnet-group',
      fields,
      places: world => [{ address: SUBNET_GROUP, title: title(world) }]
    },
    async world => {
      const group = await describe(world);
      if (group?.DBSubnetGroupArn === undefined) return [];
      const tags = await world.reading().tags(group.DBSubnetGroupArn);
      return tags === undefined ? [] : [observed(world, group, tags)];
    }
  ),
  create: async (world, work) => {
    const make = async (): Promise<DBSubnetGroup | undefined> =>
      (
        await world.call('rds', 'CreateDBSubnetGroup', {
          DBSubnetGroupName: world.names.subnetGroup,
          DBSubnetGroupDescription: `Subnets of ${world.names.instance}`,
          SubnetIds: texts(work.values['subnet_ids']),
          Tags: toList(tagsFor(world, work.mark, tagsIn(work.values)))
        })
      ).DBSubnetGroup;
    const made = await makeTagged(world, title(world), make, async () => liveTags(world));
    return facts(made ?? (await describe(world)));
  },
  update,
  remove: async world => {
    const name = world.names.subnetGroup;
    await settled(['not-found'], world.call('rds', 'DeleteDBSubnetGroup', { DBSubnetGroupName: name }, RELEASED));
  }
};

async function describe(world: AwsWorld): Promise<DBSubnetGroup | undefined> {
  const name = world.names.subnetGroup;
  return (await found(world.call('rds', 'DescribeDBSubnetGroups', { DBSubnetGroupName: name })))?.DBSubnetGroups?.[0];
}

async function liveTags(world: AwsWorld): Promise<Tags | undefined> {
  const arn = (await describe(world))?.DBSubnetGroupArn;
  return arn === undefined ? undefined : world.reading().tags(arn);
}

function observed(world: AwsWorld, group: DBSubnetGroup, tags: Tags): Observed {
  return {
    address: SUBNET_GROUP,
    type: 'subnet-group',
    title: title(world),
    ownership: ownershipOf(tags, world.target),
    fields: {
      subnet_ids: (group.Subnets ?? []).flatMap(subnet => subnet.SubnetIdentifier ?? []).sort(),
      ...tagFields(tags)
    },
    facts: facts(group),
    dependsOn: [],
    lane: SUBNET_GROUP
  };
}

async function update(world: AwsWorld, work: Work): Promise<Facts> {
  const arn = work.observed?.facts['arn'];
  if ('subnet_ids' in work.values) {
    await world.call('rds', 'ModifyDBSubnetGroup', {
      DBSubnetGroupName: world.names.subnetGroup,
      SubnetIds: texts(work.values['subnet_ids'])
    });
  }
  if (typeof arn === 'string') await tagRds(world, work, arn);
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
