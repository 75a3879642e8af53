import { defined } from '../../../engine/defined.ts';
import type { DBInstance } from '@aws-sdk/client-rds';
import { replicaOwnership } from '../../../engine/ownership.ts';
import {
  type CreationWork,
  defineResource,
  type Facts,
  type FieldTable,
  type Observed
} from '../../../engine/resource.ts';
import { stringOf } from '../../../engine/value.ts';
import { numberOf } from '../../numbered-replicas.ts';
import {
  logGroupAddress,
  LOGS,
  MONITORING_ROLE,
  regionOfReplica,
  replicaAddress,
  SECURITY_GROUP,
  SERVER,
  SUBNET_GROUP
} from '../addresses.ts';
import { createMembers, instanceFacts } from './server/convert.ts';
import { remoteReplicaId } from '../api/names.ts';
import { REPLICA_ID, TAG_FIELD, fromList, ownershipOf, tagsIn, toList } from '../api/tags.ts';
import { tagsFor, type AwsContext } from '../context.ts';
import { PROPAGATION } from './server/create.ts';
import { deleteInstance, observedInstance } from './server/server.ts';
import { INSTANCE_FIELDS } from './server/fields.ts';
import { changeInstance } from './server/update.ts';
import { describeInstance, waitForInstance, retryWhileModifying, type InstanceRef } from './server/wait.ts';
import { createTagged } from './create-tagged.ts';
import { INSTANCE_LOGS, makeLogGroups, removeLogGroups } from './instance-logs.ts';
import { majorOf, MOST_REPLICAS } from '../live-state.ts';

/** The fields of a replica: the server's, and its source. */
export const REPLICA_FIELDS = {
  ...INSTANCE_FIELDS,
  source_arn: { api: 'SourceDBInstanceIdentifier', input: 'replica_region', impact: 'online', satisfied: () => true },
  'tags.*': TAG_FIELD
} as const satisfies FieldTable;

/** A read replica: numbered in the server's own region, or one in another region for the day when this one is lost. */
export const replica = defineResource<AwsContext>()({
  type: 'replica',
  fields: REPLICA_FIELDS,
  permissions: {
    observe: ['rds:DescribeDBInstances'],
    create: [
      'rds:CreateDBInstanceReadReplica',
      'rds:AddTagsToResource',
      'kms:CreateGrant',
      'kms:DescribeKey',
      ...INSTANCE_LOGS.create
    ],
    update: ['rds:ModifyDBInstance', 'rds:RebootDBInstance', 'rds:AddTagsToResource', 'rds:RemoveTagsFromResource'],
    delete: ['rds:DeleteDBInstance', ...INSTANCE_LOGS.delete]
  },
  observe: async context => {
    const liveState = context.liveState();
    const live = await liveState.instances();
    const numbered = Array.from({ length: MOST_REPLICAS }, (_, index) => index + 1).flatMap(number => {
      const one = live.get(context.names.replica(number));
      return one === undefined ? [] : [observed(context, one, replicaAddress(number))];
    });
    const regions = remoteRegions(context, await liveState.main());
    const remote = await Promise.all(
      regions.map(async region => {
        const one = await liveState.remote(region);
        return one === undefined ? [] : [observed(context, one, replicaAddress(region))];
      })
    );
    return [...numbered, ...remote.flat()];
  },
  create,
  update: async (context, work) =>
    instanceFacts(await changeInstance(context, work, refOf(context, work.address, work.observed))),
  remove: async (context, work) => {
    const ref = refOf(context, work.address, work.observed);
    await deleteInstance(context, work, ref, undefined);
    await removeLogGroups(context, ref, work.observed?.fields['enabled_cloudwatch_logs_exports']);
  }
});

/** Where a replica of ours may be: the region asked for, and those that the server itself names. */
function remoteRegions({ names, settings, target }: AwsContext, main: DBInstance | undefined): readonly string[] {
  const known = (main?.ReadReplicaDBInstanceIdentifiers ?? []).flatMap(identifier => {
    const [, , , region, , , name] = identifier.split(':');
    return region !== undefined && name === remoteReplicaId(names.instance, region) ? [region] : [];
  });
  const asked = settings.replica_region === undefined ? [] : [settings.replica_region];
  return [...new Set([...asked, ...known])].filter(region => region !== target.region);
}

function observed(context: AwsContext, live: DBInstance, address: string): Observed<typeof REPLICA_FIELDS> {
  const tags = fromList(live.TagList);
  const common = observedInstance(context, live);
  const isReplica = live.ReadReplicaSourceDBInstanceIdentifier !== undefined;
  return {
    ...common,
    fields: { ...common.fields, source_arn: live.ReadReplicaSourceDBInstanceIdentifier ?? 'none' },
    address,
    type: 'replica',
    title: `read replica ${live.DBInstanceIdentifier ?? ''}`,
    ownership: replicaOwnership(ownershipOf(tags, context.target), live.DBInstanceIdentifier ?? '', isReplica),
    dependsOn: [
      ...(isReplica ? [SERVER] : []),
      SUBNET_GROUP,
      SECURITY_GROUP,
      MONITORING_ROLE,
      ...LOGS.map(log => logGroupAddress(`${live.DBInstanceIdentifier ?? ''}/${log}`)),
      ...groupsOf(context, live)
    ],
    concurrencyGroup: address
  };
}

function groupsOf({ names }: AwsContext, live: DBInstance): readonly string[] {
  return (live.DBParameterGroups ?? []).flatMap(({ DBParameterGroupName: name }) =>
    name?.startsWith(names.parameterGroupPrefix) === true
      ? [`parameter-group/postgres${majorOf(name.slice(names.parameterGroupPrefix.length))}`]
      : []
  );
}

/**
 * `replica/2` is the second in this region, `replica/eu-west-1` the one in that region. One that no input names any
 * more has its own name there, and was observed.
 */
function refOf({ names }: AwsContext, address: string, live?: Pick<Observed, 'facts'>): InstanceRef {
  const number = numberOf(address);
  if (number !== undefined) return { id: names.replica(number) };
  const region = regionOfReplica(address);
  if (region !== undefined) return { id: remoteReplicaId(names.instance, region), region };
  return { id: stringOf(live?.facts['id']) ?? '' };
}

async function create(context: AwsContext, work: CreationWork<typeof REPLICA_FIELDS>): Promise<Facts> {
  const ref = refOf(context, work.address);
  const { source_arn: sourceArn, ...values } = work.values;
  const make = async (): Promise<unknown> =>
    retryWhileModifying(context, work.execution, { id: context.names.instance }, async () =>
      context.call(
        'rds',
        'CreateDBInstanceReadReplica',
        {
          ...createMembers(values),
          DBInstanceIdentifier: ref.id,
          SourceDBInstanceIdentifier: typeof sourceArn === 'string' ? sourceArn : context.names.instance,
          Tags: toList({ ...tagsFor(context, work.mark, tagsIn(values)), [REPLICA_ID]: ref.id })
        },
        defined({ ...PROPAGATION, region: ref.region, attempts: 3 })
      )
    );
  await makeLogGroups(context, ref, values.enabled_cloudwatch_logs_exports, work.mark);
  await createTagged(context, work, `read replica ${ref.id}`, make, async () =>
    fromList((await describeInstance(context, ref))?.TagList)
  );
  const usually = ref.region === undefined ? '5–15 min' : '15–60 min, by the amount of data';
  return instanceFacts(
    await waitForInstance(context, work.execution, ref, { what: `read replica ${ref.id}`, usually, isNew: true })
  );
}
