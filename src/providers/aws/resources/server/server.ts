import type { DBInstance } from '@aws-sdk/client-rds';
import type { FieldTable, Observed, ResourceType, Work } from '../../../../engine/resource.ts';
import {
  LOGS,
  logGroupAddress,
  MONITORING_ROLE,
  parameterGroupAddress,
  SECURITY_GROUP,
  SERVER,
  SERVER_LANE,
  SUBNET_GROUP
} from '../../addresses.ts';
import { instanceFacts, instanceValues, queuedValues } from './convert.ts';
import { isKind, settled } from '../../../failures.ts';
import { timestamp } from '../../../names.ts';
import { fromList, ownershipOf, tagFields } from '../../api/tags.ts';
import type { AwsWorld } from '../../context.ts';
import { createInstance } from './create.ts';
import { INSTANCE_FIELDS } from './fields.ts';
import { updateInstance } from './update.ts';
import { describeInstance, waitUntilGone, whenFree, type InstanceRef } from './wait.ts';
import { TAG_FIELD } from '../../api/tagging.ts';

const fields: FieldTable = { ...INSTANCE_FIELDS, 'tags.*': TAG_FIELD };

/** The PostgreSQL server: one DB instance of RDS. */
export const instance: ResourceType<AwsWorld> = {
  type: 'server',
  fields,
  permissions: {
    observe: ['rds:DescribeDBInstances', 'sts:GetCallerIdentity'],
    create: [
      'rds:CreateDBInstance',
      'rds:RestoreDBInstanceFromDBSnapshot',
      'rds:RestoreDBInstanceToPointInTime',
      'rds:ModifyDBInstance',
      'rds:AddTagsToResource',
      'rds:RemoveTagsFromResource',
      'rds:DescribeEvents',
      'iam:CreateServiceLinkedRole',
      'kms:CreateGrant',
      'kms:DescribeKey',
      'secretsmanager:CreateSecret',
      'secretsmanager:TagResource'
    ],
    update: [
      'rds:ModifyDBInstance',
      'rds:RebootDBInstance',
      'rds:StartDBInstance',
      'rds:AddTagsToResource',
      'rds:RemoveTagsFromResource',
      'rds:DescribeEvents'
    ],
    delete: ['rds:DeleteDBInstance', 'rds:CreateDBSnapshot', 'rds:AddTagsToResource']
  },
  observe: async world => {
    const live = await world.reading().main();
    return live === undefined ? [] : [observed(world, live)];
  },
  create: createInstance,
  update: updateInstance,
  remove
};

function observed(world: AwsWorld, live: DBInstance): Observed {
  const tags = fromList(live.TagList);
  return {
    ...observedInstance(world, live),
    address: SERVER,
    type: 'server',
    title: `server ${world.names.instance}`,
    ownership: ownershipOf(tags, world.target),
    losesData: world.settings.skip_final_snapshot === true || !canSnapshot(live),
    dependsOn: [
      SUBNET_GROUP,
      SECURITY_GROUP,
      MONITORING_ROLE,
      ...LOGS.map(logGroupAddress),
      ...familiesOf(world, live).map(parameterGroupAddress)
    ],
    lane: SERVER_LANE
  };
}

/** What server and replicas have in common. */
export function observedInstance(
  world: AwsWorld,
  live: DBInstance
): Pick<Observed, 'fields' | 'pending' | 'isQueueDue' | 'facts' | 'isProtected'> {
  const tags = fromList(live.TagList);
  return {
    fields: { ...instanceValues(live), ...tagFields(tags) },
    pending: queuedValues(live),
    isQueueDue: world.options.applyImmediately,
    facts: {
      ...instanceFacts(live),
      applyImmediately: world.options.applyImmediately,
      mayReboot: world.options.allowRestart === true,
      hasGrownToCeiling:
        live.MaxAllocatedStorage !== undefined && (live.AllocatedStorage ?? 0) >= live.MaxAllocatedStorage
    },
    isProtected: live.DeletionProtection === true
  };
}

/** Families of our parameter groups that the instance uses. */
function familiesOf({ names }: AwsWorld, live: DBInstance): readonly string[] {
  return (live.DBParameterGroups ?? []).flatMap(({ DBParameterGroupName: name }) =>
    name?.startsWith(names.parameterGroupPrefix) === true
      ? [`postgres${name.slice(names.parameterGroupPrefix.length)}`]
      : []
  );
}

/** RDS can't take a final snapshot of what is broken or not there yet. */
function canSnapshot(live: DBInstance): boolean {
  const status = live.DBInstanceStatus ?? '';
  return status !== 'creating' && status !== 'failed' && !status.startsWith('incompatible-');
}

async function remove(world: AwsWorld, work: Work): Promise<void> {
  const skip = work.observed?.losesData === true || world.target.pullRequest !== undefined;
  await deleteInstance(world, work, { id: world.names.instance }, skip ? undefined : finalSnapshotId(world));
}

/** Deletes an instance, keeping a last snapshot under the given name, and waits until it is gone. Gone already is a success. */
export async function deleteInstance(
  world: AwsWorld,
  work: Work,
  ref: InstanceRef,
  finalSnapshot: string | undefined
): Promise<void> {
  const send = async (snapshot: string | undefined): Promise<unknown> =>
    world.call(
      'rds',
      'DeleteDBInstance',
      {
        DBInstanceIdentifier: ref.id,
        SkipFinalSnapshot: snapshot === undefined,
        ...(snapshot === undefined ? {} : { FinalDBSnapshotIdentifier: snapshot }),
        ...(work.address === SERVER ? { DeleteAutomatedBackups: true } : {})
      },
      ref.region === undefined ? {} : { region: ref.region }
    );
  const attempt = async (): Promise<unknown> => {
    try {
      return await send(finalSnapshot);
    } catch (thrown) {
      // The name was used by an earlier life of this database: its last words are kept beside those.
      if (isKind(thrown, 'already-exists') && finalSnapshot !== undefined) {
        const other = `${finalSnapshot}-${timestamp(work.context.clock.now())}`;
        work.context.log.info(`The snapshot ${finalSnapshot} exists already: the final snapshot is called ${other}`);
        return send(other);
      }
      if (isKind(thrown, 'busy') && (await describeInstance(world, ref))?.DBInstanceStatus === 'deleting')
        return undefined;
      throw thrown;
    }
  };
  await settled(['not-found'], whenFree(world, work.context, ref, attempt));
  await waitUntilGone(world, work.context, ref, `delete ${ref.id}`);
}

function finalSnapshotId(world: AwsWorld): string {
  const { final_snapshot_identifier: given } = world.settings;
  return given ?? `${world.names.instance}-final-${timestamp(world.context.clock.now())}`;
}
