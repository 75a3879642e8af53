import type { BlueGreenDeployment, DBInstance } from '@aws-sdk/client-rds';
import type { Execution } from '../../../engine/execution.ts';
import type { OperationDraft, OperationState, OperationStep } from '../../../engine/operation.ts';
import { isOfSameWorkflow } from '../../../engine/ownership.ts';
import type { Refusal } from '../../../engine/plan.ts';
import type { Observed } from '../../../engine/resource.ts';
import { runOperation } from '../../../engine/run-operation.ts';
import { serverTime } from '../../../engine/server-time.ts';
import { ActionError } from '../../../errors.ts';
import { ignoring } from '../../failures.ts';
import { timestamp } from '../../names.ts';
import type { Chosen } from '../../operations.ts';
import { SERVER } from '../addresses.ts';
import { fromList, markOf, markTags, toList } from '../api/tags.ts';
import type { AwsContext } from '../context.ts';
import { allInstances } from '../live-state.ts';
import { deploymentName, deploymentNamed, identifierIn, isBlueGreen } from '../resources/server/blue-green.ts';
import { HOPELESS, hintOf, isStopped } from '../resources/server/state.ts';
import { describeInstance } from '../resources/server/wait.ts';
import { lagOf } from './replica-lag.ts';

/** Seconds that RDS has for a switchover before it takes it back. */
const SWITCH_SECONDS = 300;
/** Work on a volume can go on for hours. */
const STORAGE_WORK = /^storage-(?:optimization|initialization|config-upgrade)/;
/** Hours for which the server before is kept, where no input says. */
const DEFAULT_HOURS = 24;

/**
 * Makes the copy of a Blue/Green deployment the server, keeps the server before for a time, and deletes it after that.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/blue-green-deployments-switching.html
 */
export async function switchover(
  context: AwsContext,
  _observed: readonly Observed[],
  { replica: confirmed }: Chosen = {}
): Promise<OperationDraft> {
  const { names, settings } = context;
  const version = settings.engine_version;
  const refused = (message: string, hint: string): Refusal => ({ rule: 'switchover', message, hint });
  const name = version === undefined ? undefined : deploymentName(context, version);
  const deployment = name === undefined ? undefined : await deploymentNamed(context, name);
  const oldId = oldIdOf(context, deployment);
  const before = await describeInstance(context, { id: oldId });
  const old = before !== undefined && isOwn(context, before) ? before : undefined;
  const olds = await serversBefore(context);
  if (!isBlueGreen(context) || (deployment === undefined && old === undefined && olds.length === 0)) {
    const asked = version ?? '<new version>';
    const message = `${names.instance} has no Blue/Green deployment to switch over to.`;
    const hint = `Apply \`engine_version: ${asked}\`, \`upgrade_strategy: blue-green\` and \`allow_major_version_upgrade: true\` first. To move to a read replica, use \`command: promote\`.`;
    return { steps: [], consequences: [], refusals: [refused(message, hint)] };
  }
  const status = deployment?.Status ?? 'SWITCHOVER_COMPLETED';
  const isSwitched = status.startsWith('SWITCHOVER_COMPLETED');
  const hours = hoursKept(context);
  const isOver = old !== undefined && isExpired(context, old);
  // While the deployment is there, it keeps the server before and its replicas.
  const kept = isSwitched && !isOver ? [oldId, ...(old === undefined ? [] : replicasOf(old))] : [];
  const due = olds.filter(
    one => isExpired(context, one) && !(deployment !== undefined && kept.includes(one.DBInstanceIdentifier ?? ''))
  );
  const deletions = due.map(
    one =>
      `${one.DBInstanceIdentifier ?? ''} is deleted ${withSnapshot(skipsSnapshot(context, one))}. There is no way back to it.`
  );
  const green = identifierIn(deployment?.Target);
  const busy = deployment === undefined || isSwitched ? undefined : await busyCopy(context, deployment);
  return {
    steps: [
      ...(deployment === undefined ? [] : [switchStep(context, deployment)]),
      ...(deployment === undefined && (isOver || old === undefined) ? [] : [keepStep(context, deployment)]),
      ...(deployment !== undefined && isSwitched && isOver ? [forgetStep(context, deployment)] : []),
      ...due.map(one => deleteStep(context, one))
    ],
    consequences: isSwitched
      ? deletions
      : [
          `Writes wait and all connections are cut, usually for less than a minute; RDS takes it back after ${SWITCH_SECONDS} s, and nothing has changed then.`,
          await greenSentence(context, green),
          `The endpoint stays and leads to the new server: clients that keep addresses have to look them up again. Its resource id changes, which IAM policies of \`rds-db:connect\` name.`,
          `The server before becomes ${oldId}, is billed, and takes no writes. \`command: switchover\` deletes it when ${hours} hours are over. There is no switchover back.`,
          'Statistics are not taken over: run ANALYZE afterwards. Sequences can be behind.'
        ],
    refusals: [
      ...(confirmed?.toLowerCase() === names.instance
        ? []
        : [
            refused(
              'A switchover cuts all connections, and it is not confirmed.',
              `Set \`confirm_switchover: ${names.instance}\`.`
            )
          ]),
      ...(/^(?:PROVISIONING|INVALID|DELETING)/.test(status)
        ? [
            refused(
              `The Blue/Green deployment ${name ?? ''} is \`${status}\`.`,
              'Run `command: apply` again: it waits until it is ready, or names the cause.'
            )
          ]
        : []),
      ...(busy !== undefined && isStuck(busy.status)
        ? [refused(`The copy ${busy.id} is \`${busy.status}\`.`, hintOf(busy.status))]
        : []),
      ...(busy !== undefined && STORAGE_WORK.test(busy.status)
        ? [
            refused(
              `The copy ${busy.id} is \`${busy.status}\`, and RDS switches over when it is \`available\`.`,
              'Run the command again then: RDS can work on the storage for hours.'
            )
          ]
        : [])
    ]
  };
}

/** As the command, to a copy that follows: for an apply whose plan says so. It deletes nothing. */
export async function switchOver(context: AwsContext, execution: Execution, name: string): Promise<void> {
  const deployment = await deploymentNamed(context, name);
  if (deployment === undefined) {
    throw new ActionError(`Could not switch over to ${name}: the Blue/Green deployment does not exist`, {
      code: 'not-found',
      source: 'user',
      hint: 'Run the workflow again: it makes the deployment again.'
    });
  }
  const { wait, deadline } = context.options;
  const steps = [switchStep(context, deployment), keepStep(context, deployment)];
  const { error } = await runOperation(execution, steps, wait ? deadline : execution.clock.now());
  if (error !== undefined) throw error;
}

function hoursKept({ settings }: AwsContext): number {
  return settings.blue_green_keep_hours ?? DEFAULT_HOURS;
}

/** By its mark: that of the server, which RDS has copied, or the one that a switchover wrote. */
function isOwn({ names, target }: AwsContext, { TagList: tags }: DBInstance): boolean {
  const mark = markOf(fromList(tags));
  if (mark === undefined || !isOfSameWorkflow(mark, target)) return false;
  return mark.name === target.name || mark.promotedTo === names.instance;
}

/** Servers of earlier switchovers and their replicas, by their marks; replicas first. */
async function serversBefore(context: AwsContext): Promise<readonly DBInstance[]> {
  const { names } = context;
  const all = await allInstances(context.call);
  const own = all.filter(
    one =>
      /-old\d+$/.test(one.DBInstanceIdentifier ?? '') &&
      isOwn(context, one) &&
      markOf(fromList(one.TagList))?.promotedTo === names.instance
  );
  const isReplica = (one: DBInstance): boolean => one.ReadReplicaSourceDBInstanceIdentifier !== undefined;
  return [...own.filter(isReplica), ...own.filter(one => !isReplica(one))];
}

function isExpired({ execution }: AwsContext, { TagList: tags }: DBInstance): boolean {
  const expires = markOf(fromList(tags))?.expiresAt;
  return expires !== undefined && Date.parse(expires) <= serverTime(execution).getTime();
}

/** Its replicas in the same region. */
function replicasOf({ ReadReplicaDBInstanceIdentifiers: ids = [] }: DBInstance): readonly string[] {
  return ids.filter(id => !id.startsWith('arn:'));
}

/** RDS appends `-old1` to the server before. */
function oldIdOf({ names }: AwsContext, deployment: BlueGreenDeployment | undefined): string {
  const source = identifierIn(deployment?.Source);
  return source === '' || source === names.instance ? `${names.instance}-old1` : source;
}

async function greenSentence(context: AwsContext, green: string): Promise<string> {
  const lag = await lagOf(context, green);
  const waits = 'RDS waits until it has everything: nothing is lost.';
  return typeof lag === 'number'
    ? `${green} is ${lag} s behind now. ${waits}`
    : `How far ${green} is behind could not be read (${lag}). ${waits}`;
}

/**
 * The copy, or a replica of it, that is not `available` yet: RDS refuses the switchover until it is.
 * https://github.com/hashicorp/terraform-provider-aws/issues/35802
 */
async function busyCopy(
  context: AwsContext,
  { Status: phase = '', Target: target }: BlueGreenDeployment
): Promise<{ readonly id: string; readonly status: string } | undefined> {
  const id = identifierIn(target);
  if (id === '' || !/^(?:AVAILABLE|SWITCHOVER_FAILED)/.test(phase)) return undefined;
  const copy = await describeInstance(context, { id });
  if (copy === undefined) return undefined;
  const replicas = await Promise.all(replicasOf(copy).map(async one => describeInstance(context, { id: one })));
  const busy = [copy, ...replicas].find(one => one !== undefined && one.DBInstanceStatus !== 'available');
  return busy && { id: busy.DBInstanceIdentifier ?? id, status: busy.DBInstanceStatus ?? 'unknown' };
}

/** It does not become `available` by itself. */
function isStuck(status: string): boolean {
  return HOPELESS.includes(status) || isStopped(status);
}

function switchStep(
  context: AwsContext,
  { BlueGreenDeploymentName: name = '', BlueGreenDeploymentIdentifier: id = '' }: BlueGreenDeployment
): OperationStep {
  let wasAtWork = false;
  return {
    address: SERVER,
    title: `server ${context.names.instance}`,
    summary: `switch server ${context.names.instance} over to ${name}`,
    call: 'rds:SwitchoverBlueGreenDeployment',
    impact: 'failover',
    usually: '1–5 min',
    intervalSeconds: context.pollSeconds,
    isRepeatable: true,
    look: async (): Promise<OperationState> => {
      const now = await deploymentNamed(context, name);
      if (now === undefined) return { state: 'failed', message: 'the deployment does not exist any more' };
      const { Status: status = 'unknown', StatusDetails: why = '' } = now;
      const detail = `\`${status}\``;
      if (status.startsWith('SWITCHOVER_COMPLETED')) return { state: 'done', detail };
      if (status.startsWith('SWITCHOVER_IN_PROGRESS')) {
        wasAtWork = true;
        return { state: 'underway', detail };
      }
      if (!wasAtWork) {
        const busy = await busyCopy(context, now);
        if (busy !== undefined && isStuck(busy.status))
          return { state: 'failed', message: `its copy ${busy.id} is \`${busy.status}\``, hint: hintOf(busy.status) };
        return busy === undefined
          ? { state: 'todo', detail }
          : { state: 'underway', detail: `${detail}, and its copy ${busy.id} is \`${busy.status}\`` };
      }
      return {
        state: 'failed',
        message: `RDS took the switchover back: it is ${detail}${why === '' ? '' : `. AWS says: ${why}`}`,
        hint: 'End long transactions and wait until the copy is not behind, then run the command again.'
      };
    },
    send: async () => {
      // RDS refuses a second call by the state.
      await context.call(
        'rds',
        'SwitchoverBlueGreenDeployment',
        { BlueGreenDeploymentIdentifier: id, SwitchoverTimeout: SWITCH_SECONDS },
        { attempts: 1 }
      );
    }
  };
}

/** RDS copies all tags: until this step two servers carry the mark of one. */
function keepStep(context: AwsContext, deployment: BlueGreenDeployment | undefined): OperationStep {
  const { call, execution, names, pollSeconds } = context;
  const guess = oldIdOf(context, deployment);
  const hours = hoursKept(context);
  // Where one of an earlier switchover is still there, RDS takes the next number: the deployment tells which.
  const idNow = async (): Promise<string | undefined> => {
    if (deployment === undefined) return guess;
    const source = identifierIn((await deploymentNamed(context, deployment.BlueGreenDeploymentName ?? ''))?.Source);
    return source === '' || source === names.instance ? undefined : source;
  };
  return {
    address: `server/${guess}`,
    title: `server ${guess}`,
    summary: `mark the server before (${guess}) to be kept for ${hours} hours`,
    call: 'rds:AddTagsToResource',
    impact: 'online',
    usually: 'a moment',
    intervalSeconds: pollSeconds,
    isRepeatable: true,
    look: async (): Promise<OperationState> => {
      const all = await beforeNow(context, idNow);
      if (all.length === 0) return { state: 'todo', detail: 'not switched over yet' };
      const marks = all.map(({ TagList: tags }) => markOf(fromList(tags)));
      if (marks.some(mark => mark?.promotedTo === undefined)) return { state: 'todo', detail: 'not marked' };
      return { state: 'done', detail: `kept until ${marks[0]?.expiresAt ?? 'someone deletes it'}` };
    },
    send: async () => {
      const expiresAt = new Date(serverTime(execution).getTime() + hours * 3_600_000).toISOString();
      for (const live of await beforeNow(context, idNow)) {
        const mark = markOf(fromList(live.TagList));
        if (mark === undefined || mark.promotedTo !== undefined || !isOwn(context, live)) continue;
        const kept = { ...mark, name: live.DBInstanceIdentifier ?? guess, promotedTo: names.instance, expiresAt };
        await call('rds', 'AddTagsToResource', { ResourceName: live.DBInstanceArn, Tags: toList(markTags(kept)) });
      }
    }
  };
}

/** The server before and its replicas, which RDS has renamed with it; none before the switchover. */
async function beforeNow(
  context: AwsContext,
  idNow: () => Promise<string | undefined>
): Promise<readonly DBInstance[]> {
  const id = await idNow();
  const live = id === undefined ? undefined : await describeInstance(context, { id });
  if (live === undefined) return [];
  const replicas = await Promise.all(replicasOf(live).map(async one => describeInstance(context, { id: one })));
  return [live, ...replicas.filter(one => one !== undefined)];
}

function forgetStep(
  context: AwsContext,
  { BlueGreenDeploymentName: name = '', BlueGreenDeploymentIdentifier: id = '' }: BlueGreenDeployment
): OperationStep {
  return {
    address: SERVER,
    title: `Blue/Green deployment ${name}`,
    summary: `delete the Blue/Green deployment ${name}, which keeps both servers`,
    call: 'rds:DeleteBlueGreenDeployment',
    impact: 'online',
    usually: 'a minute',
    intervalSeconds: context.pollSeconds,
    isRepeatable: true,
    look: async () => {
      const now = await deploymentNamed(context, name);
      if (now === undefined) return { state: 'done', detail: 'gone' };
      const status = now.Status ?? 'unknown';
      return { state: status === 'DELETING' ? 'underway' : 'todo', detail: `\`${status}\`` };
    },
    send: async () => {
      await ignoring(
        ['not-found'],
        context.call('rds', 'DeleteBlueGreenDeployment', { BlueGreenDeploymentIdentifier: id }, { attempts: 1 })
      );
    }
  };
}

/** RDS takes no final snapshot of a replica, nor of a broken instance. */
function skipsSnapshot(
  { settings }: AwsContext,
  { DBInstanceStatus: status = '', ReadReplicaSourceDBInstanceIdentifier: source }: DBInstance
): boolean {
  return settings.skip_final_snapshot === true || HOPELESS.includes(status) || source !== undefined;
}

function withSnapshot(isSkipped: boolean): string {
  return isSkipped ? 'without a final snapshot' : 'with a final snapshot';
}

function deleteStep(context: AwsContext, planned: DBInstance): OperationStep {
  const { call, execution, pollSeconds } = context;
  const { DBInstanceIdentifier: id = '' } = planned;
  const skip = skipsSnapshot(context, planned);
  return {
    address: `server/${id}`,
    title: `server ${id}`,
    summary: `delete server ${id} ${withSnapshot(skip)}`,
    call: 'rds:DeleteDBInstance',
    impact: 'online',
    usually: '5–20 min',
    intervalSeconds: pollSeconds,
    isRepeatable: true,
    look: async (): Promise<OperationState> => {
      const status = (await describeInstance(context, { id }))?.DBInstanceStatus;
      if (status === undefined) return { state: 'done', detail: 'gone' };
      return { state: status === 'deleting' ? 'underway' : 'todo', detail: `\`${status}\`` };
    },
    send: async () => {
      const live = await describeInstance(context, { id });
      // Only the server before, by its mark: never one of the same name that others made.
      const mark = markOf(fromList(live?.TagList));
      if (live === undefined || !isOwn(context, live) || mark?.promotedTo !== context.names.instance) return;
      if (live.DeletionProtection === true) {
        await call('rds', 'ModifyDBInstance', {
          DBInstanceIdentifier: id,
          DeletionProtection: false,
          ApplyImmediately: true
        });
      }
      await call(
        'rds',
        'DeleteDBInstance',
        {
          DBInstanceIdentifier: id,
          SkipFinalSnapshot: skip,
          ...(skip ? {} : { FinalDBSnapshotIdentifier: `${id}-final-${timestamp(serverTime(execution))}` })
        },
        { attempts: 1 }
      );
    }
  };
}
