import { logExports } from '../../desired/parts.ts';
import { INSTANCE_LOGS, removeLogGroups } from '../instance-logs.ts';
import { defined } from '../../../../engine/defined.ts';
import type { DBInstance } from '@aws-sdk/client-rds';
import { defineResource, type Observed, type Work } from '../../../../engine/resource.ts';
import {
  LOGS,
  logGroupAddress,
  MONITORING_ROLE,
  parameterGroupAddress,
  SECURITY_GROUP,
  SERVER,
  SERVER_GROUP,
  SUBNET_GROUP
} from '../../addresses.ts';
import { instanceFacts, instanceValues, queuedValues } from './convert.ts';
import { isFailure, ignoring } from '../../../failures.ts';
import { timestamp } from '../../../names.ts';
import { fromList, ownershipOf, tagFields } from '../../api/tags.ts';
import type { AwsContext } from '../../context.ts';
import { textOf } from '../../../../engine/value.ts';
import { serverTime } from '../../../../engine/server-time.ts';
import { CARRIED, greenOf } from './blue-green.ts';
import { createInstance } from './create.ts';
import { SERVER_FIELDS } from './fields.ts';
import { askedStorage, brokenReplication, stoppedState } from './state.ts';
import { observeOtherReplicas } from './others.ts';
import { updateInstance } from './update.ts';
import { describeInstance, waitUntilGone, retryWhileModifying, type InstanceRef } from './wait.ts';

/** The PostgreSQL server: one DB instance of RDS. */
export const server = defineResource<AwsContext>()({
  type: 'server',
  fields: SERVER_FIELDS,
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
      'rds:CreateBlueGreenDeployment',
      'rds:CreateDBInstanceReadReplica',
      'rds:DescribeBlueGreenDeployments',
      'rds:ModifyDBInstance',
      'rds:RebootDBInstance',
      'rds:AddTagsToResource',
      'rds:RemoveTagsFromResource',
      'rds:DescribeEvents'
    ],
    delete: ['rds:DeleteDBInstance', 'rds:CreateDBSnapshot', 'rds:AddTagsToResource', ...INSTANCE_LOGS.delete]
  },
  observe: async context => {
    const live = await context.liveState().main();
    const others = observeOtherReplicas(context);
    const rotates = live === undefined ? undefined : await rotatesWithoutRestart(context, live);
    const green = live === undefined ? undefined : await greenOf(context);
    return [...(live === undefined ? [] : [observed(context, live, rotates, green)]), ...(await others)];
  },
  create: createInstance,
  update: updateInstance,
  remove
});

/** The server, as its outputs need it. */
export async function foundServer(context: AwsContext): Promise<readonly Observed<typeof SERVER_FIELDS>[]> {
  const live = await context.liveState().main();
  return live === undefined ? [] : [observed(context, live, undefined, undefined)];
}

/** Asked only where the certificate authority is to change. */
async function rotatesWithoutRestart(context: AwsContext, live: DBInstance): Promise<boolean | undefined> {
  const { ca_certificate_identifier: asked } = context.settings;
  if (asked === undefined || asked === live.CACertificateIdentifier || live.EngineVersion === undefined)
    return undefined;
  const version = await ignoring(['denied', 'transient', 'throttled'], context.offerings.version(live.EngineVersion));
  return version?.SupportsCertificateRotationWithoutRestart === true;
}

function observed(
  context: AwsContext,
  live: DBInstance,
  rotates: boolean | undefined,
  green: DBInstance | undefined
): Observed<typeof SERVER_FIELDS> {
  const tags = fromList(live.TagList);
  const common = observedInstance(context, live);
  return {
    ...common,
    ...(green === undefined ? {} : waiting(context, common.pending, green)),
    facts: { ...common.facts, ...defined({ rotatesWithoutRestart: rotates }) },
    address: SERVER,
    type: 'server',
    title: `server ${context.names.instance}`,
    ownership: ownershipOf(tags, context.target),
    losesData: context.settings.skip_final_snapshot === true || !canSnapshot(live),
    dependsOn: [
      SUBNET_GROUP,
      SECURITY_GROUP,
      MONITORING_ROLE,
      ...LOGS.map(logGroupAddress),
      ...familiesOf(context, live).map(parameterGroupAddress)
    ],
    concurrencyGroup: SERVER_GROUP
  };
}

/** What a switchover brings, of the fields that go with a new version. Nothing but that command brings it. */
function waiting(
  { settings }: AwsContext,
  queued: Observed<typeof SERVER_FIELDS>['pending'],
  green: DBInstance
): Pick<Observed<typeof SERVER_FIELDS>, 'pending' | 'isQueueDue'> {
  const values = instanceValues(green);
  const { engine_version, parameter_group, option_group } = values;
  // What the copy was not asked for is a change of the server, as ever.
  const carried = CARRIED.filter(field => textOf(values[field]) === textOf(settings[field]).toLowerCase());
  const brought = Object.fromEntries(carried.map(field => [field, values[field]]));
  return {
    pending: { ...queued, ...defined({ engine_version, parameter_group, option_group, ...brought }) },
    isQueueDue: false
  };
}

/** The part that server and replicas share. */
export function observedInstance(
  context: AwsContext,
  live: DBInstance
): Pick<Observed<typeof SERVER_FIELDS>, 'fields' | 'pending' | 'isQueueDue' | 'facts' | 'isProtected' | 'stopped'> {
  const tags = fromList(live.TagList);
  return {
    fields: { ...instanceValues(live), ...tagFields(tags) },
    pending: queuedValues(live),
    isQueueDue: context.options.applyImmediately,
    facts: {
      ...instanceFacts(live),
      applyImmediately: context.options.applyImmediately,
      mayReboot: context.options.allowRestart === true,
      ...defined({ askedStorage: askedStorage(live), replication: brokenReplication(live)?.message }),
      ...(live.AwsBackupRecoveryPointArn === undefined ? {} : { backupPlan: true })
    },
    isProtected: live.DeletionProtection === true,
    ...defined({ stopped: stoppedState(live) })
  };
}

/** Families of our parameter groups that the instance uses. */
function familiesOf({ names }: AwsContext, live: DBInstance): readonly string[] {
  return (live.DBParameterGroups ?? []).flatMap(({ DBParameterGroupName: name }) =>
    name?.startsWith(names.parameterGroupPrefix) === true
      ? [`postgres${name.slice(names.parameterGroupPrefix.length)}`]
      : []
  );
}

/** RDS can't take a final snapshot of an instance that is broken or not finished, or whose key is out of reach. */
function canSnapshot(live: DBInstance): boolean {
  return !/^(?:creating|failed|insufficient-|restore-error|incompatible-|inaccessible-)/.test(
    live.DBInstanceStatus ?? ''
  );
}

async function remove(context: AwsContext, work: Work<typeof SERVER_FIELDS>): Promise<void> {
  const skip = work.observed?.losesData === true || context.target.pullRequest !== undefined;
  const ref = { id: context.names.instance };
  await deleteInstance(context, work, ref, skip ? undefined : finalSnapshotId(context));
  if (logExports(context.settings) !== undefined) return;
  await removeLogGroups(context, ref, work.observed?.fields.enabled_cloudwatch_logs_exports);
}

/**
 * Deletes an instance, keeping a final snapshot under the given name, and waits until it is gone. An instance that is
 * already gone is a success.
 */
export async function deleteInstance(
  context: AwsContext,
  work: Pick<Work, 'address' | 'execution'>,
  ref: InstanceRef,
  finalSnapshot: string | undefined
): Promise<void> {
  const send = async (snapshot: string | undefined): Promise<unknown> =>
    context.call(
      'rds',
      'DeleteDBInstance',
      defined({
        DBInstanceIdentifier: ref.id,
        SkipFinalSnapshot: snapshot === undefined,
        FinalDBSnapshotIdentifier: snapshot,
        ...(work.address === SERVER ? { DeleteAutomatedBackups: true } : {})
      }),
      defined({ region: ref.region })
    );
  const attempt = async (): Promise<unknown> => {
    try {
      return await send(finalSnapshot);
    } catch (thrown) {
      // A snapshot with this name exists from an earlier database; a timestamp keeps both.
      if (isFailure(thrown, 'already-exists') && finalSnapshot !== undefined) {
        const other = `${finalSnapshot}-${timestamp(serverTime(work.execution))}`;
        work.execution.log.info(`The snapshot ${finalSnapshot} exists: the final snapshot gets the name ${other}`);
        return send(other);
      }
      if (isFailure(thrown, 'busy') && (await describeInstance(context, ref))?.DBInstanceStatus === 'deleting')
        return undefined;
      throw thrown;
    }
  };
  await ignoring(['not-found'], retryWhileModifying(context, work.execution, ref, attempt));
  await waitUntilGone(context, work.execution, ref, `deletion of ${ref.id}`);
}

function finalSnapshotId(context: AwsContext): string {
  const { final_snapshot_identifier: given } = context.settings;
  return given ?? `${context.names.instance}-final-${timestamp(serverTime(context.execution))}`;
}
