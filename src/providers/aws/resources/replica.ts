import type { DBInstance } from '@aws-sdk/client-rds';
import type { Facts, FieldTable, Observed, ResourceType, Work } from '../../../engine/resource.ts';
import { MONITORING_ROLE, replicaAddress, SECURITY_GROUP, SERVER, SUBNET_GROUP } from '../addresses.ts';
import { createMembers, instanceFacts } from './server/convert.ts';
import { remoteReplicaId, replicaId } from '../api/names.ts';
import { fromList, ownershipOf, tagsIn, toList } from '../api/tags.ts';
import { tagsFor, type AwsWorld } from '../context.ts';
import { PROPAGATION } from './server/create.ts';
import { deleteInstance, observedInstance } from './server/server.ts';
import { INSTANCE_FIELDS } from './server/fields.ts';
import { changeInstance } from './server/update.ts';
import { describeInstance, waitForInstance, whenFree, type InstanceRef } from './server/wait.ts';
import { makeTagged } from './create-tagged.ts';
import { majorOf, MOST_REPLICAS } from '../live-state.ts';
import { TAG_FIELD } from '../api/tagging.ts';

const fields: FieldTable = {
  ...INSTANCE_FIELDS,
  source_arn: { api: 'SourceDBInstanceIdentifier', input: 'replica_region', impact: 'online', satisfied: () => true },
  'tags.*': TAG_FIELD
};

/** A read replica: numbered in the server's own region, or one in another region for the day when this one is lost. */
export const replica: ResourceType<AwsWorld> = {
  type: 'replica',
  fields,
  permissions: {
    observe: ['rds:DescribeDBInstances'],
    create: ['rds:CreateDBInstanceReadReplica', 'rds:AddTagsToResource', 'kms:CreateGrant', 'kms:DescribeKey'],
    update: [
      'rds:ModifyDBInstance',
      'rds:RebootDBInstance',
      'rds:StartDBInstance',
      'rds:AddTagsToResource',
      'rds:RemoveTagsFromResource'
    ],
    delete: ['rds:DeleteDBInstance']
  },
  observe: async world => {
    const reading = world.reading();
    const live = await reading.instances();
    const numbered = Array.from({ length: MOST_REPLICAS }, (_, index) => index + 1).flatMap(number => {
      const one = live.get(replicaId(world.names.instance, number));
      return one === undefined ? [] : [observed(world, one, replicaAddress(number))];
    });
    const regions = remoteRegions(world, await reading.main());
    const remote = await Promise.all(
      regions.map(async region => {
        const one = await reading.remote(region);
        return one === undefined ? [] : [observed(world, one, replicaAddress(region))];
      })
    );
    return [...numbered, ...remote.flat()];
  },
  create,
  update: async (world, work) => instanceFacts(await changeInstance(world, work, refOf(world, work.address))),
  remove: async (world, work) => deleteInstance(world, work, refOf(world, work.address), undefined)
};

/** Where a replica of ours may be: the region asked for, and those that the server itself names. */
function remoteRegions({ names, settings, target }: AwsWorld, main: DBInstance | undefined): readonly string[] {
  const known = (main?.ReadReplicaDBInstanceIdentifiers ?? []).flatMap(identifier => {
    const [, , , region, , , name] = identifier.split(':');
    return region !== undefined && name === remoteReplicaId(names.instance, region) ? [region] : [];
  });
  const asked = settings.replica_region === undefined ? [] : [settings.replica_region];
  return [...new Set([...asked, ...known])].filter(region => region !== target.region);
}

function observed(world: AwsWorld, live: DBInstance, address: string): Observed {
  const tags = fromList(live.TagList);
  const common = observedInstance(world, live);
  return {
    ...common,
    fields: { ...common.fields, source_arn: live.ReadReplicaSourceDBInstanceIdentifier ?? 'none' },
    address,
    type: 'replica',
    title: `read replica ${live.DBInstanceIdentifier ?? ''}`,
    ownership: ownershipOf(tags, world.target),
    dependsOn: [SERVER, SUBNET_GROUP, SECURITY_GROUP, MONITORING_ROLE, ...groupsOf(world, live)],
    lane: address
  };
}

function groupsOf({ names }: AwsWorld, live: DBInstance): readonly string[] {
  return (live.DBParameterGroups ?? []).flatMap(({ DBParameterGroupName: name }) =>
    name?.startsWith(names.parameterGroupPrefix) === true
      ? [`parameter-group/postgres${majorOf(name.slice(names.parameterGroupPrefix.length))}`]
      : []
  );
}

/** `replica/2` is the second here, `replica/eu-west-1` the one over there. */
function refOf(world: AwsWorld, address: string): InstanceRef {
  const which = address.slice('replica/'.length);
  return /^\d+$/.test(which)
    ? { id: replicaId(world.names.instance, Number(which)) }
    : { id: remoteReplicaId(world.names.instance, which), region: which };
}

async function create(world: AwsWorld, work: Work): Promise<Facts> {
  const ref = refOf(world, work.address);
  const { source_arn: sourceArn, ...values } = work.values;
  const make = async (): Promise<unknown> =>
    whenFree(world, work.context, { id: world.names.instance }, async () =>
      world.call(
        'rds',
        'CreateDBInstanceReadReplica',
        {
          ...createMembers(values),
          DBInstanceIdentifier: ref.id,
          SourceDBInstanceIdentifier: typeof sourceArn === 'string' ? sourceArn : world.names.instance,
          Tags: toList(tagsFor(world, work.mark, tagsIn(values)))
        },
        { ...PROPAGATION, ...(ref.region === undefined ? {} : { region: ref.region }), attempts: 3 }
      )
    );
  await makeTagged(world, `read replica ${ref.id}`, make, async () =>
    fromList((await describeInstance(world, ref))?.TagList)
  );
  const usually = ref.region === undefined ? '5–15 min' : '15–60 min, by the amount of data';
  return instanceFacts(await waitForInstance(world, work.context, ref, { what: `read replica ${ref.id}`, usually }));
}
